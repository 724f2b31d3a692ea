//! The document as a whole: its version, its defaults, what it inherits, and its rules.

use super::{
    Context, Declared, Origin,
    defaults::Defaults,
    fields::Fields,
    inherit::{self, Inheritance, rule_node},
    merge::merge,
    rule::{rule, rule_id_of},
    values,
};
use crate::{
    catalogue::{self, Texts},
    limits,
    schema::nearest,
    yaml::{Node, Position, Span},
};

const KEYS: [&str; 6] = ["version", "defaults", "extends", "include", "exclude", "rules"];
const VERSION: &str = "1";

/// Reads all rules of a document, the inherited ones first; faults are in the context.
pub(crate) fn read_document(
    root: Option<&Node<'_>>,
    texts: Texts,
    context: &mut Context<'_, '_>,
) -> Vec<Declared> {
    let Some(root) = root else {
        if context.is_cut_short() {
            return Vec::new();
        }
        let help = "a rule document begins with `version: 1` and has a list of `rules`";
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
            "it would put nothing in the place of rules that work: write rules, or `extends: [recommended]`";
        let node = fields.get("exclude").or(list).unwrap_or(root);
        context.error_with_help(node.headline(), "there are no rules", help);
    }
    if let Some(item) = items.get(limits::RULES) {
        let message = format!("{} rules, more than the {} that are read", items.len(), limits::RULES);
        context.error(item.headline(), message);
    }
    let defaults = defaults.affordable(count, context);
    let items = items.get(..limits::RULES).unwrap_or(items);
    read_rules(items, inheritance, &defaults, texts, context)
}

/// Reads the inherited rules, each with what the document changes about it, and then the document's own.
fn read_rules(
    items: &[Node<'_>],
    inheritance: Inheritance,
    defaults: &Defaults,
    texts: Texts,
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
        let Some(node) = rule_node(inherited.id, inherited.span, texts) else { continue };
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

/// Whether an entry only makes sense as a change to a rule that the document does not inherit, which has been reported.
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
        "the document excludes it: remove it from `exclude`, or give the rule a pattern of its own".to_owned()
    } else if catalogue::rule_ids().any(|known| known == id) {
        format!("the catalogue has it: inherit it with `include: [{id}]`")
    } else if let Some(suggestion) = nearest(id, inherited) {
        format!("did you mean `{suggestion}`, which is inherited?")
    } else {
        return false;
    };
    let span = item.get("id").unwrap_or(item).headline();
    context.error_with_help(
        span,
        format!("the rule `{id}` has no `filterPattern`, and is not inherited"),
        help,
    );
    true
}

/// Another version may mean something else by every key, so nothing else is said about such a document.
fn is_known_version(node: &Node<'_>, context: &mut Context<'_, '_>) -> bool {
    let Some(version) = values::text(node, "`version`", context) else { return true };
    if version != VERSION {
        let message = format!("version `{}` is not known", values::shortened(version));
        context.error_with_help(node.span, message, "this release reads `version: 1`");
    }
    version == VERSION
}
