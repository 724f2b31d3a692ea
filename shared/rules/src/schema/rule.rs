//! One rule: its keys, and how they become a [`Rule`].

use filter_pattern::{Pattern, PatternKind};

use super::{
    Context, alarm, alert, defaults::Defaults, fields::Fields, metric, pattern::pattern, record::rule_test,
    values,
};
use crate::{
    Alarm, Alert, MetricTransformation, Rule, RuleTest, defaults, limits,
    yaml::{Node, Span},
};

const KEYS: [&str; 13] = [
    "id",
    "title",
    "description",
    "response",
    "knownNoise",
    "severity",
    "references",
    "filterPattern",
    "metricTransformation",
    "alarm",
    "alert",
    "deduplicate",
    "tests",
];

/// A rule of a document: its id and where that stands, and the rule itself unless it is at fault.
pub(crate) struct Declared {
    pub(crate) id: Option<(String, Span)>,
    pub(crate) rule: Option<Rule>,
    pub(crate) origin: Origin,
}

/// Where a rule is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In the document, or changed by it.
    Document,
    /// In the catalogue, and the document takes it as it is.
    Catalogue,
}

/// The parts of a rule, each of which is `None` if it is at fault.
struct Parts {
    title: Option<Option<String>>,
    description: Option<String>,
    response: Option<String>,
    known_noise: Option<String>,
    severity: Option<crate::Severity>,
    references: Option<Vec<String>>,
    pattern: Option<Pattern>,
    metric: Option<MetricTransformation>,
    alarm: Option<Option<Alarm>>,
    alert: Option<Option<Alert>>,
    deduplicate: Option<bool>,
    tests: Option<Vec<RuleTest>>,
}

/// Reads a rule.
pub(super) fn rule(node: &Node<'_>, defaults: &Defaults, context: &mut Context<'_, '_>) -> Declared {
    let origin = Origin::Document;
    let Some(fields) = Fields::read(node, "a rule", &KEYS, context) else {
        return Declared { id: None, rule: None, origin };
    };
    let id = fields.required("id", context);
    let id = id.and_then(|node| rule_id(node, context).map(|id| (id, node.span)));
    let parts = parts(&fields, defaults, context);
    let rule = id.as_ref().and_then(|(id, _)| assemble(id, parts));
    Declared { id, rule, origin }
}

fn parts(fields: &Fields<'_, '_>, defaults: &Defaults, context: &mut Context<'_, '_>) -> Parts {
    let title = match fields.get("title") {
        Some(node) => values::line(node, "`title`", context).map(|title| Some(title.to_owned())),
        None => Some(None),
    };
    let description = prose(fields, "description", context);
    let response = prose(fields, "response", context);
    let known_noise = prose(fields, "knownNoise", context);
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
        .and_then(|node| metric::metric(node, &defaults.namespace, pattern.as_ref(), context));
    let (metric, alarm) = metric_and_alarm(fields, metric, pattern.as_ref(), defaults, context);
    let alert = match fields.get("alert") {
        Some(node) => alert::alert(node, context),
        None => Some(Some(alert::default_alert())),
    };
    let deduplicate = match fields.get("deduplicate") {
        Some(node) => values::boolean(node, "`deduplicate`", context),
        None => Some(defaults::DEDUPLICATE),
    };
    let tests = match fields.get("tests") {
        Some(node) => values::each(node, "`tests`", context, rule_test),
        None => Some(Vec::new()),
    };
    Parts {
        title,
        description,
        response,
        known_noise,
        severity,
        references,
        pattern,
        metric,
        alarm,
        alert,
        deduplicate,
        tests,
    }
}

/// A text of several lines; empty where the rule has none.
fn prose(fields: &Fields<'_, '_>, key: &str, context: &mut Context<'_, '_>) -> Option<String> {
    match fields.get(key) {
        Some(node) => values::text(node, &format!("`{key}`"), context).map(|text| text.trim_end().to_owned()),
        None => Some(String::new()),
    }
}

/// The alarm of a metric, and the metric as the alarm needs it: with a dimension where each account has its own.
fn metric_and_alarm(
    fields: &Fields<'_, '_>,
    mut metric: Option<MetricTransformation>,
    pattern: Option<&Pattern>,
    defaults: &Defaults,
    context: &mut Context<'_, '_>,
) -> (Option<MetricTransformation>, Option<Option<Alarm>>) {
    let mut alarm = match fields.get("alarm") {
        Some(node) => alarm::alarm(node, metric.as_ref(), context),
        None => metric.as_ref().map(alarm::default_alarm),
    };
    let node = fields.get("alarm").or_else(|| fields.get("metricTransformation"));
    if let (Some(metric), Some(Some(alarm)), Some(node)) = (&mut metric, &mut alarm, node) {
        if !defaults.alarm_accounts.is_empty() && metric.dimensions.is_empty() {
            let is_json = pattern.is_none_or(|pattern| pattern.kind() == PatternKind::Json);
            alarm::give_each_account_one(alarm, metric, is_json, &defaults.alarm_accounts, node, context);
        }
        alarm::check(alarm, metric, node, context);
    }
    (metric, alarm)
}

fn assemble(id: &str, parts: Parts) -> Option<Rule> {
    Some(Rule {
        id: id.to_owned(),
        title: parts.title?.unwrap_or_else(|| id.to_owned()),
        description: parts.description?,
        response: parts.response?,
        known_noise: parts.known_noise?,
        severity: parts.severity?,
        references: parts.references?,
        pattern: parts.pattern?,
        metric: parts.metric?,
        alarm: parts.alarm?,
        alert: parts.alert?,
        deduplicate: parts.deduplicate?,
        tests: parts.tests?,
    })
}

/// The id that an entry gives itself, whether or not it is one.
pub(super) fn rule_id_of<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.get("id")?.scalar().map(|scalar| &*scalar.text)
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
