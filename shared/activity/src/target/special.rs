//! Values that one form does not cover: several parameters that say something together.

use serde_json::Value;

use super::shown::{LIST_VALUES, value_text};
use super::{Call, network, storage, trail};
use crate::arn;
use crate::text::list;
use crate::value::{child, elements_at, flag, shown, shown_at, values};

/// The names of the special values.
#[cfg(test)]
pub(super) const NAMES: [&str; 13] = [
    "sgRules",
    "sgEdits",
    "naclRule",
    "permission",
    "values",
    "instanceChange",
    "count",
    "trailChanges",
    "eventSelectors",
    "acl",
    "lifecycle",
    "pab",
    "account",
];

/// A special value by name.
pub(super) fn special(name: &str, argument: &str, call: &Call<'_>) -> Option<String> {
    match name {
        "sgRules" => network::security_group_rules(call, argument),
        "sgEdits" => network::security_group_edits(call),
        "naclRule" => network::network_acl_rule(call),
        "permission" => permission(child(call.request(), argument)?),
        "values" => shared_values(call.request()),
        "instanceChange" => instance_change(call.request()),
        "count" => instance_count(call),
        "trailChanges" => trail::changes(call.request()),
        "eventSelectors" => trail::event_selectors(call.request()),
        "acl" => storage::acl(call.request()),
        "lifecycle" => storage::lifecycle(call.request()),
        "pab" => storage::public_access_block(call.request()),
        "account" => account(call, argument),
        _ => None,
    }
}

/// The account that a parameter names, or else the account of the record.
fn account(call: &Call<'_>, parameter: &str) -> Option<String> {
    let named = shown_at(call.request(), parameter).or_else(|| call.record.recipient());
    named.or_else(|| call.record.identity_account()).map(|account| value_text(&account))
}

/// Who gets and who loses access to an image or a snapshot.
fn permission(permission: &Value) -> Option<String> {
    let who = |member: &str| {
        let grantees = elements_at(permission, member).into_iter().filter_map(grantee);
        list(grantees.collect::<Vec<_>>(), LIST_VALUES)
    };
    shared(who("add"), who("remove"))
}

fn shared(with: Option<String>, no_longer_with: Option<String>) -> Option<String> {
    let words: Vec<String> = [
        with.map(|who| format!("shared with {who}")),
        no_longer_with.map(|who| format!("no longer shared with {who}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn grantee(value: &Value) -> Option<String> {
    if shown_at(value, "group").as_deref() == Some("all") {
        return Some("everybody".to_owned());
    }
    let named = |member: &str, word: &str| {
        shown_at(value, member).map(|text| format!("{word} {}", value_text(arn::tail(&text))))
    };
    named("userId", "account")
        .or_else(|| named("organizationArn", "organization"))
        .or_else(|| named("organizationalUnitArn", "unit"))
        .or_else(|| named("group", "group"))
}

/// `valuesToAdd` and `valuesToRemove` of a database snapshot.
fn shared_values(request: &Value) -> Option<String> {
    let who = |member: &str| {
        let names = values(request, member).into_iter().filter_map(shown).map(|name| match name.as_ref() {
            "all" => "everybody".to_owned(),
            account => format!("account {}", value_text(account)),
        });
        list(names.collect::<Vec<_>>(), LIST_VALUES)
    };
    shared(who("valuesToAdd"), who("valuesToRemove"))
}

/// Attributes of an instance with plain values, and the words before the value.
const PLAIN_ATTRIBUTES: [(&str, &str); 4] = [
    ("instanceType", "instance type"),
    ("instanceInitiatedShutdownBehavior", "on shutdown"),
    ("kernel", "kernel"),
    ("ramdisk", "RAM disk"),
];
/// Attributes of an instance that are on or off.
const SWITCHES: [(&str, &str); 5] = [
    ("disableApiTermination", "termination protection"),
    ("disableApiStop", "stop protection"),
    ("sourceDestCheck", "source/destination check"),
    ("ebsOptimized", "EBS optimization"),
    ("enaSupport", "enhanced networking"),
];

/// What a call changes about an instance. The start-up script is never shown.
fn instance_change(request: &Value) -> Option<String> {
    let named = shown_at(request, "attribute");
    let value_of = |attribute: &str| {
        let own = child(request, attribute).map(|value| child(value, "value").unwrap_or(value));
        own.or_else(|| child(request, "value").filter(|_| named.as_deref() == Some(attribute)))
    };
    let has_script = child(request, "userData").is_some_and(|value| !value.is_null());
    let mut words: Vec<String> = Vec::new();
    if has_script || named.as_deref() == Some("userData") {
        words.push("start-up script (user data)".to_owned());
    }
    for (attribute, name) in PLAIN_ATTRIBUTES {
        words.extend(
            value_of(attribute).and_then(shown).map(|value| format!("{name} {}", value_text(&value))),
        );
    }
    for (attribute, name) in SWITCHES {
        let state = value_of(attribute).and_then(flag);
        words.extend(state.map(|on| format!("{name} {}", if on { "on" } else { "off" })));
    }
    let groups =
        values(request, "groupSet.*.groupId").into_iter().filter_map(shown).map(|id| value_text(&id));
    words.extend(list(groups.collect::<Vec<_>>(), LIST_VALUES).map(|ids| format!("security groups {ids}")));
    if words.is_empty() {
        words.extend(named.map(|attribute| value_text(&attribute)));
    }
    (!words.is_empty()).then(|| words.join(", "))
}

/// How many instances a call started or, if it did not succeed, asked for.
fn instance_count(call: &Call<'_>) -> Option<String> {
    if call.has_succeeded() {
        let started = call.values("<instancesSet.*.instanceId").len();
        if started > 0 {
            return Some(started.to_string());
        }
    }
    let most = call.values("instancesSet.*.maxCount").into_iter().find_map(shown)?;
    Some(format!("up to {}", value_text(&most)))
}
