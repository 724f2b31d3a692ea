//! Functions on text.

use super::{list, too_large};
use crate::node::Node;

pub(super) fn call(name: &str, arguments: &[Node], bytes: usize) -> Option<Option<Node>> {
    Some(match name {
        "lower" => of_text(arguments, str::to_lowercase),
        "upper" => of_text(arguments, str::to_uppercase),
        "title" => of_text(arguments, title),
        "trimspace" => of_text(arguments, |text| text.trim().to_owned()),
        "chomp" => of_text(arguments, |text| text.trim_end_matches(['\r', '\n']).to_owned()),
        "strrev" => of_text(arguments, |text| text.chars().rev().collect()),
        "trim" => of_two(arguments, |text, set| text.trim_matches(|c| set.contains(c)).to_owned()),
        "trimprefix" => of_two(arguments, |text, start| text.strip_prefix(start).unwrap_or(text).to_owned()),
        "trimsuffix" => of_two(arguments, |text, end| text.strip_suffix(end).unwrap_or(text).to_owned()),
        "startswith" => of_two(arguments, |text, start| text.starts_with(start).to_string()),
        "endswith" => of_two(arguments, |text, end| text.ends_with(end).to_string()),
        "strcontains" => of_two(arguments, |text, part| text.contains(part).to_string()),
        "substr" => substr(arguments),
        "replace" if !is_regex(arguments) => replace(arguments, bytes),
        "join" => join(arguments, bytes),
        "split" => split(arguments),
        "indent" => indent(arguments, bytes),
        "tostring" | "tonumber" | "nonsensitive" | "sensitive" => arguments.first().cloned(),
        "tobool" => arguments.first().filter(|argument| is_truth(argument)).cloned(),
        "coalesce" => {
            arguments.iter().find(|argument| !argument.is_null() && argument.as_text() != Some("")).cloned()
        }
        _ => return None,
    })
}

fn is_truth(node: &Node) -> bool {
    node.is_null() || matches!(node.as_text(), Some("true" | "false"))
}

fn of_text(arguments: &[Node], change: impl FnOnce(&str) -> String) -> Option<Node> {
    let [argument] = arguments else { return None };
    argument.as_text().map(|text| Node::text(change(text)))
}

fn of_two(arguments: &[Node], change: impl FnOnce(&str, &str) -> String) -> Option<Node> {
    let [first, second] = arguments else { return None };
    Some(Node::text(change(first.as_text()?, second.as_text()?)))
}

fn title(text: &str) -> String {
    let mut starts = true;
    let changed = text.chars().flat_map(|c| {
        let upper = std::mem::replace(&mut starts, !(c.is_alphanumeric() || matches!(c, '_' | '\'')));
        if upper { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] }
    });
    changed.collect()
}

fn substr(arguments: &[Node]) -> Option<Node> {
    let [text, offset, length] = arguments else { return None };
    let characters: Vec<char> = text.as_text()?.chars().collect();
    let offset: i64 = offset.as_text()?.parse().ok()?;
    let length: i64 = length.as_text()?.parse().ok()?;
    let start = if offset < 0 {
        characters.len().saturating_sub(usize::try_from(offset.unsigned_abs()).ok()?)
    } else {
        usize::try_from(offset).ok()?.min(characters.len())
    };
    let rest = characters.get(start..)?;
    let taken = usize::try_from(length).unwrap_or(rest.len()).min(rest.len());
    Some(Node::text(rest.iter().take(taken).collect::<String>()))
}

/// Whether the second argument of `replace` is a regular expression.
pub(super) fn is_regex(arguments: &[Node]) -> bool {
    let old = arguments.get(1).and_then(Node::as_text).unwrap_or_default();
    old.len() > 1 && old.starts_with('/') && old.ends_with('/')
}

fn replace(arguments: &[Node], bytes: usize) -> Option<Node> {
    let [text, old, new] = arguments else { return None };
    let (text, old, new) = (text.as_text()?, old.as_text()?, new.as_text()?);
    let length = text.matches(old).count().saturating_mul(new.len()).saturating_add(text.len());
    if length > bytes {
        return Some(too_large("replace"));
    }
    Some(Node::text(text.replace(old, new)))
}

fn join(arguments: &[Node], bytes: usize) -> Option<Node> {
    let (separator, lists) = arguments.split_first()?;
    let separator = separator.as_text()?;
    let mut items = Vec::new();
    for list in lists {
        for item in list.as_list()? {
            if item.as_unknown().is_some() {
                return Some(item.clone());
            }
            items.push(item.as_text()?);
        }
    }
    let length: usize = items.iter().map(|item| item.len().saturating_add(separator.len())).sum();
    if length > bytes {
        return Some(too_large("join"));
    }
    Some(Node::text(items.join(separator)))
}

fn split(arguments: &[Node]) -> Option<Node> {
    let [separator, text] = arguments else { return None };
    let (separator, text) = (separator.as_text().filter(|text| !text.is_empty())?, text.as_text()?);
    // An empty text gives a list with one empty text.
    Some(list(text.split(separator).map(Node::text).collect()))
}

fn indent(arguments: &[Node], bytes: usize) -> Option<Node> {
    let [spaces, text] = arguments else { return None };
    let (spaces, text) = (spaces.as_text()?.parse::<usize>().ok()?, text.as_text()?);
    if text.matches('\n').count().saturating_mul(spaces).saturating_add(text.len()) > bytes {
        return Some(too_large("indent"));
    }
    Some(Node::text(text.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}
