//! Functions on lists, sets and mappings.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{is_same, list, too_large, truth};
use crate::node::{Node, Value};

pub(super) fn call(name: &str, arguments: &[Node], bytes: usize) -> Option<Option<Node>> {
    Some(match name {
        "tolist" | "tomap" => arguments.first().cloned(),
        "toset" => of_list(arguments, |items| sorted(distinct(items))),
        "distinct" => of_list(arguments, distinct),
        "sort" => of_list(arguments, |items| sorted(items.to_vec())),
        "reverse" => of_list(arguments, |items| items.iter().rev().cloned().collect()),
        "compact" => of_list(arguments, |items| {
            items.iter().filter(|item| !item.is_null() && item.as_text() != Some("")).cloned().collect()
        }),
        "concat" => {
            let lists: Option<Vec<_>> = arguments.iter().map(Node::as_list).collect();
            lists.map(|lists| list(lists.concat()))
        }
        "coalescelist" => arguments
            .iter()
            .find(|argument| argument.as_list().is_some_and(|items| !items.is_empty()))
            .cloned(),
        "flatten" => of_list(arguments, flattened),
        "one" => one(arguments),
        "merge" => merge(arguments),
        "keys" => of_entries(arguments, |(key, _)| Node::text(key.as_str())),
        "values" => of_entries(arguments, |(_, value)| value.clone()),
        "length" => arguments.first().and_then(length).map(|length| Node::text(length.to_string())),
        "lookup" => lookup(arguments),
        "element" => element(arguments),
        "index" => index(arguments),
        "contains" => contains(arguments),
        "slice" => slice(arguments),
        "chunklist" => chunks(arguments),
        "zipmap" => zipmap(arguments),
        "setproduct" => product(arguments, bytes),
        "setunion" => {
            let lists: Option<Vec<_>> = arguments.iter().map(Node::as_list).collect();
            lists.map(|lists| list(sorted(distinct(&lists.concat()))))
        }
        "setintersection" => of_sets(arguments, |item, others| others.iter().all(|other| has(other, item))),
        "setsubtract" => of_sets(arguments, |item, others| !others.iter().any(|other| has(other, item))),
        "alltrue" => all(arguments, true),
        "anytrue" => all(arguments, false).map(|none| truth(none.as_text() == Some("false"))),
        _ => return None,
    })
}

fn of_list(arguments: &[Node], change: impl FnOnce(&[Node]) -> Vec<Node>) -> Option<Node> {
    let [argument] = arguments else { return None };
    Some(list(change(argument.as_list()?)))
}

fn of_entries(arguments: &[Node], part: impl Fn(&(String, Node)) -> Node) -> Option<Node> {
    let [argument] = arguments else { return None };
    let mut entries: Vec<_> = argument.as_map()?.iter().collect();
    entries.sort_by_key(|(key, _)| key);
    Some(list(entries.into_iter().map(part).collect()))
}

/// The items without repetitions. Only equal texts are found, because other items rarely repeat.
fn distinct(items: &[Node]) -> Vec<Node> {
    let mut seen = HashSet::new();
    items.iter().filter(|item| item.as_text().is_none_or(|text| seen.insert(text))).cloned().collect()
}

fn sorted(mut items: Vec<Node>) -> Vec<Node> {
    if items.iter().all(|item| item.as_text().is_some()) {
        items.sort_by(|one, other| one.as_text().cmp(&other.as_text()));
    }
    items
}

fn has(items: &[Node], wanted: &Node) -> bool {
    items.iter().any(|item| is_same(item, wanted))
}

/// The items of the first list that a test with the other lists keeps.
fn of_sets(arguments: &[Node], keeps: impl Fn(&Node, &[&[Node]]) -> bool) -> Option<Node> {
    let lists = arguments.iter().map(Node::as_list).collect::<Option<Vec<_>>>()?;
    let (first, others) = lists.split_first()?;
    Some(list(sorted(first.iter().filter(|item| keeps(item, others)).cloned().collect())))
}

fn flattened(items: &[Node]) -> Vec<Node> {
    let mut flat = Vec::new();
    for item in items {
        match item.as_list() {
            Some(inner) => flat.extend(flattened(inner)),
            None => flat.push(item.clone()),
        }
    }
    flat
}

/// The only item, or null if there is none.
fn one(arguments: &[Node]) -> Option<Node> {
    let [argument] = arguments else { return None };
    match argument.as_list()? {
        [] => Some(Node::new(Value::Null)),
        [item] => Some(item.clone()),
        _ => None,
    }
}

fn merge(arguments: &[Node]) -> Option<Node> {
    let mut merged: Vec<(String, Node)> = Vec::new();
    let mut places = HashMap::new();
    for argument in arguments.iter().filter(|argument| !argument.is_null()) {
        for (key, value) in argument.as_map()? {
            match places.get(key).and_then(|place: &usize| merged.get_mut(*place)) {
                Some((_, taken)) => *taken = value.clone(),
                None => {
                    places.insert(key, merged.len());
                    merged.push((key.clone(), value.clone()));
                }
            }
        }
    }
    Some(Node::map(merged))
}

fn length(node: &Node) -> Option<usize> {
    match &node.value {
        Value::Text(text) => Some(text.chars().count()),
        Value::List(items) => Some(items.len()),
        Value::Map(entries) => Some(entries.len()),
        Value::Null | Value::Unknown(_) => None,
    }
}

fn lookup(arguments: &[Node]) -> Option<Node> {
    let (map, key, default) = match arguments {
        [map, key] => (map, key, None),
        [map, key, default] => (map, key, Some(default)),
        _ => return None,
    };
    map.as_map()?;
    map.get(key.as_text()?).or(default).cloned()
}

fn element(arguments: &[Node]) -> Option<Node> {
    let [list, index] = arguments else { return None };
    let items = list.as_list().filter(|items| !items.is_empty())?;
    let index: i64 = index.as_text()?.parse().ok()?;
    let index = index.rem_euclid(i64::try_from(items.len()).ok()?);
    items.get(usize::try_from(index).ok()?).cloned()
}

fn index(arguments: &[Node]) -> Option<Node> {
    let [list, wanted] = arguments else { return None };
    let found = list.as_list()?.iter().position(|item| is_same(item, wanted))?;
    Some(Node::text(found.to_string()))
}

fn contains(arguments: &[Node]) -> Option<Node> {
    let [list, wanted] = arguments else { return None };
    let items = list.as_list()?;
    if has(items, wanted) {
        return Some(truth(true));
    }
    let unknown = items.iter().find(|item| item.as_unknown().is_some()).cloned();
    Some(unknown.unwrap_or_else(|| truth(false)))
}

fn slice(arguments: &[Node]) -> Option<Node> {
    let [items, start, end] = arguments else { return None };
    let (start, end) = (start.as_text()?.parse().ok()?, end.as_text()?.parse().ok()?);
    Some(list(items.as_list()?.get::<std::ops::Range<usize>>(start..end)?.to_vec()))
}

fn chunks(arguments: &[Node]) -> Option<Node> {
    let [items, size] = arguments else { return None };
    let size = size.as_text()?.parse().ok().filter(|size| *size > 0)?;
    Some(list(items.as_list()?.chunks(size).map(|chunk| list(chunk.to_vec())).collect()))
}

fn zipmap(arguments: &[Node]) -> Option<Node> {
    let [keys, values] = arguments else { return None };
    let (keys, values) = (keys.as_list()?, values.as_list()?);
    if keys.len() != values.len() {
        return None;
    }
    let mut map = BTreeMap::new();
    for (key, value) in keys.iter().zip(values) {
        map.insert(key.as_text()?.to_owned(), value.clone());
    }
    Some(Node::new(Value::Map(map.into_iter().collect())))
}

fn product(arguments: &[Node], bytes: usize) -> Option<Node> {
    let lists = arguments.iter().map(Node::as_list).collect::<Option<Vec<_>>>()?;
    let mut rows: Vec<Vec<Node>> = vec![Vec::new()];
    for items in lists {
        let size: usize = rows.iter().flatten().chain(items).map(Node::size).sum();
        if size.saturating_mul(items.len().max(1)) > bytes {
            return Some(too_large("setproduct"));
        }
        let longer = |row: &Vec<Node>| -> Vec<Vec<Node>> {
            items.iter().map(|item| row.iter().chain([item]).cloned().collect()).collect()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    Some(list(rows.into_iter().map(list).collect()))
}

/// Whether all items are `true`; or, with `false`, whether all are.
fn all(arguments: &[Node], expected: bool) -> Option<Node> {
    let [argument] = arguments else { return None };
    let items = argument.as_list()?;
    let expected = if expected { "true" } else { "false" };
    if items.iter().any(|item| item.as_text().is_some_and(|text| text != expected)) {
        return Some(truth(false));
    }
    let unknown = items.iter().find(|item| item.as_unknown().is_some()).cloned();
    Some(unknown.unwrap_or_else(|| truth(true)))
}
