//! `alert`: how findings are grouped, or `false`.

use filter_pattern::Selector;

use super::{Context, fields::Fields, pattern::selector, values};
use crate::{Alert, defaults, yaml::Node};

const KEYS: [&str; 1] = ["groupBy"];

/// The alert of a rule that says nothing about one.
pub(super) fn default_alert() -> Alert {
    // A test proves that the three selectors parse; one that did not would only widen the groups.
    Alert { group_by: defaults::GROUP_BY.iter().filter_map(|text| Selector::parse(text).ok()).collect() }
}

/// Reads the alert of a rule; the outer `None` stands for a fault, the inner one for `alert: false`.
pub(super) fn alert(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<Option<Alert>> {
    if values::switched_off(node, "`alert`", context)? {
        return Some(None);
    }
    let fields = Fields::read(node, "`alert`", &KEYS, context)?;
    match fields.get("groupBy") {
        Some(node) => {
            let group_by = values::each(node, "`groupBy`", context, |item, context| {
                selector(item, "an item of `groupBy`", context)
            })?;
            Some(Some(Alert { group_by }))
        }
        None => Some(Some(default_alert())),
    }
}
