//! Filter patterns and selectors inside the document. They are parsed by `filter-pattern`; this module maps the
//! positions of faults to the document.

use filter_pattern::{ParseError, Pattern, Selector};

use super::{Context, values};
use crate::{
    DiagnosticSeverity, limits,
    yaml::{Node, Scalar, Span, Value, place_in_scalar},
};

/// The filter pattern of a rule. Exceeding a quota of CloudWatch Logs is only a warning, because nothing here depends
/// on the quotas.
pub(super) fn pattern(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<Pattern> {
    let scalar = quoted_text(node, "`filterPattern`", context)?;
    // Parsing a regular expression compiles it, so a spent budget forbids both.
    if context.regex_size_left().is_none() && scalar.text.contains('%') {
        return None;
    }
    match Pattern::parse(&scalar.text) {
        Ok(pattern) => {
            if !afford_regexes(pattern.regex_size(), node, context) {
                return None;
            }
            for violation in pattern.quota_violations() {
                let span = place_in_scalar(context.source, node.span, scalar, violation.span());
                let help = format!("the pattern works here; for CloudWatch Logs, {}", violation.help());
                context.warning(span, violation.to_string(), help);
            }
            Some(pattern)
        }
        Err(error) => {
            report(&error, node.span, scalar, context);
            afford_regexes(error.regex_size(), node, context);
            None
        }
    }
}

/// Spends the budget for regular expressions, and reports where it is exceeded.
fn afford_regexes(size: usize, node: &Node<'_>, context: &mut Context<'_, '_>) -> bool {
    if size == 0 || context.spend_regex_size(size) {
        return true;
    }
    let allowed = limits::REGEX_SIZE;
    let message = format!("the regular expressions of all rules together exceed {allowed} positions");
    let help = "use smaller repetition counts, or `*` wildcards where they suffice; \
                later regular expressions were not checked";
    context.error_with_help(node.headline(), message, help);
    false
}

/// A selector of a single value, such as `$.userIdentity.arn`.
pub(super) fn selector(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<Selector> {
    let scalar = quoted_text(node, name, context)?;
    match Selector::parse(&scalar.text) {
        Ok(selector) if selector.wildcards() == 0 => Some(selector),
        Ok(_) => {
            let help = "name one field or index instead of `*`";
            context.error_with_help(node.span, format!("{name} must select a single value"), help);
            None
        }
        Err(error) => {
            report(&error, node.span, scalar, context);
            None
        }
    }
}

/// The scalar of a pattern. Without quotes, YAML interprets the braces of a pattern.
fn quoted_text<'n, 't>(
    node: &'n Node<'t>,
    name: &str,
    context: &mut Context<'_, '_>,
) -> Option<&'n Scalar<'t>> {
    match &node.value {
        Value::Scalar(scalar) => values::text(node, name, context).map(|_| scalar),
        Value::Sequence(_) | Value::Mapping(_) => {
            let message = format!("expected {name} to be text, found {}", node.describe());
            let help = "put it in single quotes; otherwise YAML interprets `{` and `[`";
            context.error_with_help(Span::at(node.span.start), message, help);
            None
        }
    }
}

fn report(error: &ParseError, span: Span, scalar: &Scalar<'_>, context: &mut Context<'_, '_>) {
    let place = place_in_scalar(context.source, span, scalar, error.span());
    let help = error.help().map(str::to_owned);
    context.record(DiagnosticSeverity::Error, place, error.to_string(), help);
}
