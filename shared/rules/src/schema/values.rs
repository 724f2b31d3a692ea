//! Scalars of the document as text, numbers and enumeration values. What they mean is decided by the callers.
//!
//! Numbers may be quoted, because the metric filter API itself writes `metricValue: "1"`.

use super::{
    Context,
    suggestion::nearest,
    wording::{list, shortened},
};
use crate::{
    named::Named,
    yaml::{Node, Resolved, Value, is_decimal},
};

/// A text. A number counts as text, spelled as written; booleans and null do not.
pub(super) fn text<'n>(node: &'n Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<&'n str> {
    let found =
        node.scalar().filter(|scalar| !matches!(scalar.resolve(), Resolved::Null | Resolved::Boolean(_)));
    if found.is_none() {
        expected("text", node, name, context);
    }
    found.map(|scalar| &*scalar.text)
}

/// A text that is not blank, has a single line and no control characters.
pub(super) fn line<'n>(node: &'n Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<&'n str> {
    let text = text(node, name, context)?;
    if text.trim().is_empty() {
        context.error(node.span, format!("{name} is empty"));
        return None;
    }
    if text.contains(char::is_control) {
        context.error(node.span, format!("{name} must be a single line without control characters"));
        return None;
    }
    Some(text)
}

/// `true` or `false`.
pub(super) fn boolean(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<bool> {
    if let Some(Resolved::Boolean(value)) = node.scalar().map(|scalar| scalar.resolve()) {
        return Some(value);
    }
    expected("`true` or `false`", node, name, context);
    None
}

/// A whole number of at least 1.
pub(super) fn positive(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<u32> {
    let number = node
        .scalar()
        .filter(|scalar| scalar.text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|scalar| scalar.text.parse().ok())
        .filter(|number| *number > 0);
    if number.is_none() {
        let message = format!("{name} must be a whole number from 1 to {}", u32::MAX);
        context.error(node.headline(), message);
    }
    number
}

/// A finite decimal number.
pub(super) fn number(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<f64> {
    let number = node.scalar().and_then(|scalar| decimal(&scalar.text));
    if number.is_none() {
        context.error(node.headline(), format!("{name} must be a finite number"));
    }
    number
}

/// The finite number that a text represents.
pub(super) fn decimal(text: &str) -> Option<f64> {
    is_decimal(text).then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}

/// A value of an enumeration, by its spelling.
pub(super) fn named<T: Named>(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<T> {
    let written = text(node, name, context)?;
    let value = T::all().iter().copied().find(|value| value.name() == written);
    if value.is_none() {
        let names: Vec<_> = T::all().iter().map(|value| value.name()).collect();
        unknown_name(node, name, written, &names, context);
    }
    value
}

/// Reports a value that is not allowed.
pub(super) fn unknown_name(
    node: &Node<'_>,
    name: &str,
    written: &str,
    allowed: &[&str],
    context: &mut Context<'_, '_>,
) {
    let help = match nearest(written, allowed.iter().copied()) {
        Some(suggestion) => format!("did you mean `{suggestion}`?"),
        None => format!("allowed values: {}", list(allowed)),
    };
    let message = format!("unknown value `{}` for {name}", shortened(written));
    context.error_with_help(node.headline(), message, help);
}

/// Whether a part of a rule is `false`, which switches it off.
///
/// `None` means a fault: the node is neither `false` nor a mapping.
pub(super) fn switched_off(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<bool> {
    match &node.value {
        Value::Mapping(_) => Some(false),
        Value::Scalar(scalar) if scalar.resolve() == Resolved::Boolean(false) => Some(true),
        Value::Scalar(_) | Value::Sequence(_) => {
            expected("a mapping or `false`", node, name, context);
            None
        }
    }
}

/// The items of a list.
pub(super) fn items<'n, 't>(
    node: &'n Node<'t>,
    name: &str,
    context: &mut Context<'_, '_>,
) -> Option<&'n [Node<'t>]> {
    match &node.value {
        Value::Sequence(items) => Some(items),
        Value::Scalar(_) | Value::Mapping(_) => {
            expected("a list", node, name, context);
            None
        }
    }
}

/// Reads every item of a list, so that each faulty one is reported; `None` if any item is faulty.
pub(super) fn each<'n, 't, 's, 'u, T>(
    node: &'n Node<'t>,
    name: &str,
    context: &mut Context<'s, 'u>,
    mut read: impl FnMut(&'n Node<'t>, &mut Context<'s, 'u>) -> Option<T>,
) -> Option<Vec<T>> {
    let items = items(node, name, context)?;
    let read: Vec<_> = items.iter().map(|item| read(item, context)).collect();
    read.into_iter().collect()
}

/// Reports a node of the wrong kind.
pub(super) fn expected(kind: &str, node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) {
    context.error(node.headline(), format!("expected {name} to be {kind}, found {}", node.describe()));
}
