//! `alert`: how findings are grouped into alerts, or `false`. What an alert says is decided in the pipeline.

use super::{
    Context,
    fields::Fields,
    pattern::selector,
    suggestion::nearest,
    values,
    wording::{list, shortened},
};
use crate::{GroupBy, RuleAlert, defaults, yaml::Node};

pub(crate) const KEYS: [&str; 2] = ["groupBy", "threshold"];

/// The alert of a rule without the key `alert`.
pub(super) fn default_alert() -> RuleAlert {
    RuleAlert { group_by: defaults::GROUP_BY.to_vec(), threshold: defaults::ALERT_THRESHOLD }
}

/// Reads the alert of a rule. The outer `None` means a fault, the inner one `alert: false`.
pub(super) fn alert(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<Option<RuleAlert>> {
    if values::switched_off(node, "`alert`", context)? {
        return Some(None);
    }
    let fields = Fields::read(node, "`alert`", &KEYS, context)?;
    let group_by = match fields.get("groupBy") {
        Some(node) => values::each(node, "`groupBy`", context, group_by),
        None => Some(defaults::GROUP_BY.to_vec()),
    };
    let threshold = match fields.get("threshold") {
        Some(node) => values::positive(node, "`threshold`", context),
        None => Some(defaults::ALERT_THRESHOLD),
    };
    Some(Some(RuleAlert { group_by: group_by?, threshold: threshold? }))
}

/// Reads a named property such as `identity`, or a selector.
fn group_by(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<GroupBy> {
    const NAME: &str = "an item of `groupBy`";
    let Some(written) = node.scalar().map(|scalar| &*scalar.text).filter(|text| is_word(text)) else {
        return selector(node, NAME, context).map(GroupBy::Field);
    };
    let named = GroupBy::NAMED.into_iter().find(|named| named.to_string() == written);
    if named.is_none() {
        let names = GroupBy::NAMED.map(|named| named.to_string());
        let help = match nearest(written, names.iter().map(String::as_str)) {
            Some(suggestion) => format!("did you mean `{suggestion}`?"),
            None => format!(
                "use {}, or a selector such as `$.sourceIPAddress`",
                list(&names.each_ref().map(String::as_str))
            ),
        };
        context.error_with_help(
            node.span,
            format!("unknown value `{}` for {NAME}", shortened(written)),
            help,
        );
    }
    named
}

/// Whether a text is a plain word, which no selector is.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
