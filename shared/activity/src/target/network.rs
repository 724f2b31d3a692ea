//! Rules of security groups and network ACLs: protocol, ports, and who is on the other side.

use serde_json::Value;

use super::Call;
use super::shown::{LIST_VALUES, value_text};
use crate::text::list;
use crate::value::{child, elements_at, flag, shown, shown_at};

/// One rule in words.
struct RuleWords {
    text: String,
    is_open: bool,
}

/// The rules that a call adds to or removes from a security group; those for the whole world come first. `preposition`
/// says in which direction they work.
pub(super) fn security_group_rules(call: &Call<'_>, preposition: &str) -> Option<String> {
    let request = call.request();
    let mut rules: Vec<RuleWords> = elements_at(request, "ipPermissions")
        .into_iter()
        .chain([request])
        .flat_map(|permission| of_permission(permission, preposition, call))
        .collect();
    if rules.is_empty() {
        let ids = elements_at(request, "securityGroupRuleIds")
            .into_iter()
            .chain(elements_at(request, "securityGroupRuleId"));
        let ids: Vec<String> = ids.filter_map(shown).map(|id| value_text(&id)).collect();
        if let Some(ids) = list(ids, LIST_VALUES) {
            return Some(format!("rules {ids}"));
        }
        rules = call
            .values("<securityGroupRuleSet.*")
            .into_iter()
            .flat_map(|rule| of_rule(rule, preposition))
            .collect();
    }
    rules.sort_by_key(|rule| !rule.is_open);
    list(rules.into_iter().map(|rule| rule.text).collect::<Vec<_>>(), LIST_VALUES)
}

/// The rules of one permission: one for each range, group and prefix list.
fn of_permission(permission: &Value, preposition: &str, call: &Call<'_>) -> Vec<RuleWords> {
    let traffic = traffic(permission);
    let rule = |peer: &str| RuleWords {
        text: format!("{traffic} {preposition} {}", value_text(peer)),
        is_open: is_whole_world(peer),
    };
    let mut rules = Vec::new();
    rules.extend(shown_at(permission, "cidrIp").map(|range| rule(&range)));
    for (member, name) in
        [("ipRanges", "cidrIp"), ("ipv6Ranges", "cidrIpv6"), ("prefixListIds", "prefixListId")]
    {
        let peers = elements_at(permission, member).into_iter().filter_map(|range| shown_at(range, name));
        rules.extend(peers.map(|range| rule(&range)));
    }
    for group in elements_at(permission, "groups") {
        let Some(id) = shown_at(group, "groupId").or_else(|| shown_at(group, "groupName")) else { continue };
        let owner = shown_at(group, "userId");
        let peer = match (owner, call.record.recipient()) {
            (Some(owner), Some(recipient)) if owner != recipient => format!("{id} of account {owner}"),
            (Some(_) | None, _) => id.into_owned(),
        };
        rules.push(rule(&peer));
    }
    rules
}

/// A rule as responses and edits describe it.
fn of_rule(rule: &Value, preposition: &str) -> Option<RuleWords> {
    let peer = peer(rule)?;
    let text = format!("{} {preposition} {}", traffic(rule), value_text(&peer));
    Some(RuleWords { text, is_open: is_whole_world(&peer) })
}

fn peer(rule: &Value) -> Option<String> {
    let group = child(rule, "referencedGroupInfo").and_then(|group| shown_at(group, "groupId"));
    ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedGroupId"]
        .iter()
        .find_map(|name| shown_at(rule, name))
        .or(group)
        .map(|peer| peer.into_owned())
}

/// The rules that a call replaces, with their ids.
pub(super) fn security_group_edits(call: &Call<'_>) -> Option<String> {
    let edits = elements_at(call.request(), "SecurityGroupRule").into_iter().filter_map(|edit| {
        let id = shown_at(edit, "SecurityGroupRuleId").map(|id| value_text(&id));
        let rule = child(edit, "SecurityGroupRule")?;
        let words = of_rule(rule, "for");
        let is_open = words.as_ref().is_some_and(|words| words.is_open);
        let parts: Vec<String> = [id, words.map(|words| words.text)].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| RuleWords { text: parts.join(" "), is_open })
    });
    let mut edits: Vec<RuleWords> = edits.collect();
    edits.sort_by_key(|edit| !edit.is_open);
    list(edits.into_iter().map(|edit| edit.text).collect::<Vec<_>>(), LIST_VALUES)
}

/// The entry of a network ACL.
pub(super) fn network_acl_rule(call: &Call<'_>) -> Option<String> {
    let request = call.request();
    let action = shown_at(request, "ruleAction")?;
    let range = shown_at(request, "cidrBlock").or_else(|| shown_at(request, "ipv6CidrBlock"))?;
    let direction = match child(request, "egress").and_then(flag) {
        Some(true) => "to",
        Some(false) | None => "from",
    };
    let protocol = shown_at(request, "aclProtocol").unwrap_or_default();
    let ports = child(request, "portRange").unwrap_or(&Value::Null);
    let traffic = with_ports(&protocol, port(ports, "from"), port(ports, "to"));
    Some(format!("{} {traffic} {direction} {}", value_text(&action), value_text(&range)))
}

fn port(value: &Value, name: &str) -> Option<i64> {
    shown_at(value, name)?.parse().ok()
}

/// Protocol and ports in words.
fn traffic(rule: &Value) -> String {
    let protocol = shown_at(rule, "ipProtocol").unwrap_or_default();
    with_ports(&protocol, port(rule, "fromPort"), port(rule, "toPort"))
}

fn with_ports(protocol: &str, from: Option<i64>, to: Option<i64>) -> String {
    let name = match protocol {
        "-1" | "" | "all" => return "all traffic".to_owned(),
        "1" => "icmp".to_owned(),
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "58" => "icmpv6".to_owned(),
        number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("protocol {}", value_text(number))
        }
        name => value_text(name),
    };
    match (from, to) {
        (Some(from), Some(to)) if from == to && from >= 0 => format!("{name} {from}"),
        (Some(from), Some(to)) if from >= 0 && to >= 0 => format!("{name} {from}-{to}"),
        (_, _) => name,
    }
}

fn is_whole_world(range: &str) -> bool {
    matches!(range, "0.0.0.0/0" | "::/0")
}
