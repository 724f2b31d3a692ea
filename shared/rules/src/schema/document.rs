//! The document as a whole: its version, its defaults and its rules.

use filter_pattern::Pattern;

use super::{Context, alarm, alert, fields::Fields, metric, pattern::pattern, record::rule_test, values};
use crate::{
    Alarm, Alert, MetricTransformation, Rule, RuleTest, defaults, limits,
    yaml::{Node, Position, Span},
};

const DOCUMENT_KEYS: [&str; 3] = ["version", "defaults", "rules"];
const DEFAULTS_KEYS: [&str; 1] = ["metricNamespace"];
const RULE_KEYS: [&str; 10] = [
    "id",
    "title",
    "description",
    "severity",
    "references",
    "filterPattern",
    "metricTransformation",
    "alarm",
    "alert",
    "tests",
];
const VERSION: &str = "1";

/// A rule of a document: its id and where that stands, and the rule itself unless it is at fault.
pub(crate) struct Declared {
    pub(crate) id: Option<(String, Span)>,
    pub(crate) rule: Option<Rule>,
}

/// Reads all rules of a document; faults are in the context.
pub(crate) fn read_document(root: Option<&Node<'_>>, context: &mut Context<'_, '_>) -> Vec<Declared> {
    let Some(root) = root else {
        if context.is_cut_short() {
            return Vec::new();
        }
        let help = "a rule document begins with `version: 1` and has a list of `rules`";
        context.error_with_help(Span::at(Position::START), "the document is empty", help);
        return Vec::new();
    };
    let Some(fields) = Fields::read(root, "the document", &DOCUMENT_KEYS, context) else { return Vec::new() };
    let required = |key, context: &mut Context<'_, '_>| {
        if context.is_cut_short() { fields.get(key) } else { fields.required(key, context) }
    };
    if let Some(node) = required("version", context)
        && !is_known_version(node, context)
    {
        return Vec::new();
    }
    let namespace = fields.get("defaults").and_then(|node| default_namespace(node, context));
    let namespace = namespace.as_deref().unwrap_or(defaults::METRIC_NAMESPACE);
    let Some(list) = required("rules", context) else { return Vec::new() };
    let Some(items) = values::items(list, "`rules`", context) else { return Vec::new() };
    if items.is_empty() && !context.is_cut_short() {
        context.warning(list.headline(), "there are no rules", "without rules nothing is published");
    }
    if let Some(item) = items.get(limits::RULES) {
        let message = format!("{} rules, more than the {} that are read", items.len(), limits::RULES);
        context.error(item.headline(), message);
    }
    items.iter().take(limits::RULES).map(|item| rule(item, namespace, context)).collect()
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

fn default_namespace(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<String> {
    let fields = Fields::read(node, "`defaults`", &DEFAULTS_KEYS, context)?;
    metric::metric_namespace(fields.get("metricNamespace")?, context)
}

/// The parts of a rule, each of which is `None` if it is at fault.
struct Parts {
    title: Option<Option<String>>,
    description: Option<String>,
    severity: Option<crate::Severity>,
    references: Option<Vec<String>>,
    pattern: Option<Pattern>,
    metric: Option<MetricTransformation>,
    alarm: Option<Option<Alarm>>,
    alert: Option<Option<Alert>>,
    tests: Option<Vec<RuleTest>>,
}

fn rule(node: &Node<'_>, namespace: &str, context: &mut Context<'_, '_>) -> Declared {
    let Some(fields) = Fields::read(node, "a rule", &RULE_KEYS, context) else {
        return Declared { id: None, rule: None };
    };
    let id = fields.required("id", context);
    let id = id.and_then(|node| rule_id(node, context).map(|id| (id, node.span)));
    let parts = parts(&fields, namespace, context);
    let rule = id.as_ref().and_then(|(id, _)| assemble(id, parts));
    Declared { id, rule }
}

fn parts(fields: &Fields<'_, '_>, namespace: &str, context: &mut Context<'_, '_>) -> Parts {
    let title = match fields.get("title") {
        Some(node) => values::line(node, "`title`", context).map(|title| Some(title.to_owned())),
        None => Some(None),
    };
    let description = match fields.get("description") {
        Some(node) => values::text(node, "`description`", context).map(|text| text.trim_end().to_owned()),
        None => Some(String::new()),
    };
    let severity = match fields.get("severity") {
        Some(node) => values::named(node, "`severity`", context),
        None => Some(defaults::SEVERITY),
    };
    let references = match fields.get("references") {
        Some(node) => values::each(node, "`references`", context, |item, context| {
            values::line(item, "an item of `references`", context).map(str::to_owned)
        }),
        None => Some(Vec::new()),
    };
    let pattern = fields.required("filterPattern", context).and_then(|node| pattern(node, context));
    let metric = fields
        .required("metricTransformation", context)
        .and_then(|node| metric::metric(node, namespace, pattern.as_ref(), context));
    let alarm = match fields.get("alarm") {
        Some(node) => alarm::alarm(node, metric.as_ref(), context),
        None => metric.as_ref().map(alarm::default_alarm),
    };
    if let (Some(metric), Some(Some(alarm))) = (&metric, &alarm)
        && let Some(node) = fields.get("alarm").or_else(|| fields.get("metricTransformation"))
    {
        alarm::warn_if_silent(alarm, metric, node, context);
    }
    let alert = match fields.get("alert") {
        Some(node) => alert::alert(node, context),
        None => Some(Some(alert::default_alert())),
    };
    let tests = match fields.get("tests") {
        Some(node) => values::each(node, "`tests`", context, rule_test),
        None => Some(Vec::new()),
    };
    Parts { title, description, severity, references, pattern, metric, alarm, alert, tests }
}

fn assemble(id: &str, parts: Parts) -> Option<Rule> {
    Some(Rule {
        id: id.to_owned(),
        title: parts.title?.unwrap_or_else(|| id.to_owned()),
        description: parts.description?,
        severity: parts.severity?,
        references: parts.references?,
        pattern: parts.pattern?,
        metric: parts.metric?,
        alarm: parts.alarm?,
        alert: parts.alert?,
        tests: parts.tests?,
    })
}

/// A rule id: words of lower-case letters and digits, joined by hyphens.
fn rule_id(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<String> {
    let id = values::line(node, "`id`", context)?;
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if !id.split('-').all(is_word) {
        let help = format!("write it in kebab-case{}", kebab_case(id));
        context.error_with_help(node.span, format!("`{}` is not a rule id", values::shortened(id)), help);
        return None;
    }
    if id.len() > limits::ID_CHARACTERS {
        let message =
            format!("`id` has {} characters, more than the {} allowed", id.len(), limits::ID_CHARACTERS);
        context.error(node.span, message);
        return None;
    }
    Some(id.to_owned())
}

/// Proposes a spelling, such as `: \`root-usage\`` for `RootUsage`.
fn kebab_case(id: &str) -> String {
    let mut proposal = String::new();
    let mut after_lower_case = false;
    for c in id.chars().take(limits::ID_CHARACTERS) {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && after_lower_case) {
            proposal.push('-');
        }
        proposal.extend(c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase()));
        after_lower_case = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    let words: Vec<_> = proposal.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { String::new() } else { format!(": `{}`", words.join("-")) }
}
