//! The document as a whole: its version, its defaults, the rules that it inherits, and its own rules. A single rule
//! is read in [`super::rule`].

use super::{
    Context, Declared, Origin,
    defaults::Defaults,
    fields::Fields,
    inherit::{self, Inheritance, Inherited, rule_node},
    merge::merge,
    rule::{rule, rule_id_of},
    suggestion::nearest,
    values, wording,
};
use crate::{
    catalogue::{self, Forms},
    limits,
    yaml::{Node, Position, Span},
};

pub(crate) const KEYS: [&str; 6] = ["version", "defaults", "extends", "include", "exclude", "rules"];
pub(crate) const VERSION: &str = "1";

/// Reads all rules of a document, inherited rules first. Faults go to the context.
pub(crate) fn read_document(
    root: Option<&Node<'_>>,
    forms: Forms,
    context: &mut Context<'_, '_>,
) -> Vec<Declared> {
    let Some(root) = root else {
        if context.is_cut_short() {
            return Vec::new();
        }
        let help = "a rule document starts with `version: 1` and contains a list of `rules`";
        context.error_with_help(Span::at(Position::START), "the document is empty", help);
        return Vec::new();
    };
    let Some(fields) = Fields::read(root, "the document", &KEYS, context) else { return Vec::new() };
    let required = |key, context: &mut Context<'_, '_>| {
        if context.is_cut_short() { fields.get(key) } else { fields.required(key, context) }
    };
    if let Some(node) = required("version", context)
        && !is_known_version(node, context)
    {
        return Vec::new();
    }
    let defaults = Defaults::read(fields.get("defaults"), context);
    let inheritance = Inheritance::read(&fields, context);
    let stands_alone = inherit::KEYS.iter().all(|key| fields.get(key).is_none());
    let list = if stands_alone { required("rules", context) } else { fields.get("rules") };
    if stands_alone && list.is_none() {
        return Vec::new();
    }
    let items = match list {
        Some(list) => match values::items(list, "`rules`", context) {
            Some(items) => items,
            None => return Vec::new(),
        },
        None => &[],
    };
    let count = inheritance.rules.len() + items.len();
    if count == 0 && !inheritance.is_incomplete && !context.is_cut_short() {
        let help =
            "an empty document would replace working rules with none: add rules, or `extends: [recommended]`";
        let node = fields.get("exclude").or(list).unwrap_or(root);
        context.error_with_help(node.headline(), "the document has no rules", help);
    }
    if let Some(item) = items.get(limits::RULES) {
        let message = format!("{} rules, more than the limit of {}", items.len(), limits::RULES);
        context.error(item.headline(), message);
    }
    let defaults = defaults.affordable(count, context);
    let items = items.get(..limits::RULES).unwrap_or(items);
    read_rules(items, inheritance, &defaults, forms, context)
}

/// Reads the inherited rules, each with the document's changes to it, and then the document's own rules.
fn read_rules(
    items: &[Node<'_>],
    inheritance: Inheritance,
    defaults: &Defaults,
    forms: Forms,
    context: &mut Context<'_, '_>,
) -> Vec<Declared> {
    let mut changes: Vec<Vec<&Node<'_>>> = inheritance.rules.iter().map(|_| Vec::new()).collect();
    let mut own = Vec::new();
    for item in items {
        let position = rule_id_of(item).and_then(|id| inheritance.position(id));
        match position.and_then(|position| changes.get_mut(position)) {
            Some(changes) => changes.push(item),
            None => own.push(item),
        }
    }
    let mut declared = Vec::new();
    for (inherited, entries) in inheritance.rules.iter().zip(changes) {
        if entries.is_empty()
            && let Some(unchanged) = decoded(inherited, defaults, forms, context)
        {
            declared.push(unchanged);
            continue;
        }
        let Some(node) = rule_node(inherited.id, inherited.span, forms) else { continue };
        if entries.is_empty() {
            declared.push(Declared { origin: Origin::Catalogue, ..rule(&node, defaults, context) });
        }
        for entry in entries {
            let node = node.clone().at(entry.headline());
            declared.push(rule(&merge(&node, entry), defaults, context));
        }
    }
    for item in own {
        if !is_without_base(item, &inheritance, context) {
            declared.push(rule(item, defaults, context));
        }
    }
    declared
}

/// An inherited rule that needs no parsing: neither the document nor its defaults change it.
fn decoded(
    inherited: &Inherited,
    defaults: &Defaults,
    forms: Forms,
    context: &mut Context<'_, '_>,
) -> Option<Declared> {
    let rule = defaults.are_built_in().then(|| (forms.decoded)(inherited.id)).flatten()?;
    // A rule beyond the budget is read from its text, which reports it.
    let size = rule.pattern.regex_size();
    let is_affordable = size == 0 || context.regex_size_left().is_some_and(|left| size <= left);
    (is_affordable && (size == 0 || context.spend_regex_size(size))).then(|| Declared {
        id: Some((rule.id.clone(), inherited.span)),
        supersedes: rule.supersedes.iter().map(|_| inherited.span).collect(),
        rule: Some(rule),
        origin: Origin::Catalogue,
    })
}

/// Whether an entry can only be a change to a rule that the document does not inherit. If so, this has been reported.
fn is_without_base(item: &Node<'_>, inheritance: &Inheritance, context: &mut Context<'_, '_>) -> bool {
    let (Some(id), None, None) = (
        rule_id_of(item),
        item.get("filterPattern"),
        item.get("metricTransformation").and_then(|metric| metric.get("metricName")),
    ) else {
        return false;
    };
    if inheritance.is_incomplete {
        return true;
    }
    let inherited = inheritance.rules.iter().map(|rule| rule.id);
    let help = if inheritance.is_excluded(id) {
        "the document excludes it: remove it from `exclude`, or give the rule its own pattern".to_owned()
    } else if catalogue::rule_ids().any(|known| known == id) {
        format!("the catalogue has this rule: add `include: [{id}]` to inherit it")
    } else if let Some(suggestion) = nearest(id, inherited) {
        format!("did you mean the inherited rule `{suggestion}`?")
    } else {
        return false;
    };
    let span = item.get("id").unwrap_or(item).headline();
    context.error_with_help(span, format!("rule `{id}` has no `filterPattern` and is not inherited"), help);
    true
}

/// In another version every key may have another meaning, so nothing else is reported about such a document.
fn is_known_version(node: &Node<'_>, context: &mut Context<'_, '_>) -> bool {
    let Some(version) = values::text(node, "`version`", context) else { return true };
    if version != VERSION {
        let message = format!("unknown version `{}`", wording::shortened(version));
        context.error_with_help(node.span, message, "this release supports `version: 1`");
    }
    version == VERSION
}
