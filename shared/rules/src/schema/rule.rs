//! One rule: its keys, and the [`Rule`] that they make. Whether its id is unique is decided in [`crate::set`].

use std::collections::BTreeMap;

use filter_pattern::{Pattern, PatternKind};

use super::{
    Context, alarm, alert,
    defaults::Defaults,
    fields::{Fields, for_each_entry},
    metric,
    pattern::pattern,
    record::rule_test,
    values, wording,
};
use crate::{
    LintCode, MetricTransformation, NamedAlarm, Rule, RuleAlarm, RuleAlert, RuleTest, Severity, defaults,
    limits,
    yaml::{Node, Span, Value},
};

pub(crate) const KEYS: [&str; 18] = [
    "id",
    "title",
    "summary",
    "rationale",
    "response",
    "knownNoise",
    "severity",
    "severityIfAllFailed",
    "references",
    "filterPattern",
    "metricTransformation",
    "alarm",
    "alarms",
    "alert",
    "supersedes",
    "deduplicate",
    "acceptedLints",
    "tests",
];
/// Stands for `summary` and `rationale`.
pub(crate) const DESCRIPTION: &str = "description";

/// A rule of a document: its id with the position of the id, and the rule itself unless it is faulty.
pub(crate) struct Declared {
    pub(crate) id: Option<(String, Span)>,
    pub(crate) rule: Option<Rule>,
    /// Where the items of `supersedes` are, in order; empty if one of them is faulty.
    pub(crate) supersedes: Vec<Span>,
    pub(crate) origin: Origin,
}

/// Where a rule is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In the document, which defines or changes it.
    Document,
    /// In the catalogue; the document inherits it unchanged.
    Catalogue,
}

/// The parts of a rule; a faulty part is `None`.
struct Parts {
    title: Option<Option<String>>,
    texts: Option<Texts>,
    severity: Option<Severity>,
    severity_if_all_failed: Option<Option<Severity>>,
    references: Option<Vec<String>>,
    pattern: Option<Pattern>,
    metric: Option<MetricTransformation>,
    alarm: Option<Option<RuleAlarm>>,
    alarms: Option<Vec<NamedAlarm>>,
    alert: Option<Option<RuleAlert>>,
    supersedes: Option<Vec<(String, Span)>>,
    deduplicate: Option<bool>,
    accepted_lints: Option<BTreeMap<LintCode, String>>,
    tests: Option<Vec<RuleTest>>,
}

/// Reads a rule.
pub(super) fn rule(node: &Node<'_>, defaults: &Defaults, context: &mut Context<'_, '_>) -> Declared {
    let origin = Origin::Document;
    let Some(fields) = Fields::read_with_synonyms(node, "a rule", &KEYS, &[DESCRIPTION], context) else {
        return Declared { id: None, rule: None, supersedes: Vec::new(), origin };
    };
    let id = fields.required("id", context);
    let id = id.and_then(|node| rule_id(node, "`id`", context).map(|id| (id, node.span)));
    let parts = parts(&fields, id.as_ref().map(|(id, _)| id.as_str()), defaults, context);
    let supersedes = parts.supersedes.iter().flatten().map(|(_, span)| *span).collect();
    let rule = id.as_ref().and_then(|(id, _)| assemble(id, parts));
    Declared { id, rule, supersedes, origin }
}

fn parts(
    fields: &Fields<'_, '_>,
    id: Option<&str>,
    defaults: &Defaults,
    context: &mut Context<'_, '_>,
) -> Parts {
    let title = match fields.get("title") {
        Some(node) => values::line(node, "`title`", context).map(|title| Some(title.to_owned())),
        None => Some(None),
    };
    let texts = texts(fields, context);
    let severity_if_all_failed = match fields.get("severityIfAllFailed") {
        Some(node) => values::named(node, "`severityIfAllFailed`", context).map(Some),
        None => Some(None),
    };
    let severity = match fields.get("severity") {
        Some(node) => values::named(node, "`severity`", context),
        None => Some(defaults::SEVERITY),
    };
    let references = references(fields, context);
    let pattern = fields.required("filterPattern", context).and_then(|node| pattern(node, context));
    let metric = fields
        .required("metricTransformation", context)
        .and_then(|node| metric::metric(node, &defaults.namespace, pattern.as_ref(), context));
    let alarms = alarms(fields, metric.as_ref(), pattern.as_ref(), defaults, context);
    let (metric, alarm) = metric_and_alarm(fields, metric, pattern.as_ref(), defaults, context);
    let alert = match fields.get("alert") {
        Some(node) => alert::alert(node, context),
        None => Some(Some(alert::default_alert())),
    };
    let supersedes = supersedes(fields, id, context);
    let deduplicate = match fields.get("deduplicate") {
        Some(node) => values::boolean(node, "`deduplicate`", context),
        None => Some(defaults::DEDUPLICATE),
    };
    let accepted_lints = match fields.get("acceptedLints") {
        Some(node) => accepted_lints(node, context),
        None => Some(BTreeMap::new()),
    };
    let tests = match fields.get("tests") {
        Some(node) => values::each(node, "`tests`", context, rule_test),
        None => Some(Vec::new()),
    };
    Parts {
        title,
        texts,
        severity,
        severity_if_all_failed,
        references,
        pattern,
        metric,
        alarm,
        alarms,
        alert,
        supersedes,
        deduplicate,
        accepted_lints,
        tests,
    }
}

fn references(fields: &Fields<'_, '_>, context: &mut Context<'_, '_>) -> Option<Vec<String>> {
    let Some(node) = fields.get("references") else { return Some(Vec::new()) };
    values::each(node, "`references`", context, |item, context| {
        values::line(item, "an item of `references`", context).map(str::to_owned)
    })
}

/// The ids of the superseded rules, each with its place in the document.
fn supersedes(
    fields: &Fields<'_, '_>,
    id: Option<&str>,
    context: &mut Context<'_, '_>,
) -> Option<Vec<(String, Span)>> {
    let Some(node) = fields.get("supersedes") else { return Some(Vec::new()) };
    values::each(node, "`supersedes`", context, |item, context| {
        superseded(item, id, context).map(|id| (id, item.span))
    })
}

/// The lints that the author accepts, each with the reason.
fn accepted_lints(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<BTreeMap<LintCode, String>> {
    let Value::Mapping(entries) = &node.value else {
        values::expected("a mapping of lints to reasons", node, "`acceptedLints`", context);
        return None;
    };
    let mut accepted = Some(BTreeMap::new());
    for_each_entry(entries, context, |name, span, reason, context| {
        let code = LintCode::ALL.iter().copied().find(|code| code.as_str() == name);
        if code.is_none() {
            let names: Vec<_> = LintCode::ALL.iter().map(|code| code.as_str()).collect();
            let help = wording::list(&names);
            let message = format!("there is no lint `{}`", wording::shortened(name));
            context.error_with_help(span, message, format!("lints: {help}"));
        }
        let reason = values::line(reason, "the reason for accepting a lint", context);
        match (&mut accepted, code, reason) {
            (Some(accepted), Some(code), Some(reason)) => drop(accepted.insert(code, reason.to_owned())),
            _ => accepted = None,
        }
    });
    accepted
}

/// The prose of a rule; a text is empty if the rule lacks its key.
struct Texts {
    summary: String,
    rationale: String,
    response: String,
    known_noise: String,
}

fn texts(fields: &Fields<'_, '_>, context: &mut Context<'_, '_>) -> Option<Texts> {
    let description = prose(fields, DESCRIPTION, context);
    let summary = prose(fields, "summary", context);
    let rationale = prose(fields, "rationale", context);
    let response = prose(fields, "response", context);
    let known_noise = prose(fields, "knownNoise", context);
    if let Some(node) = fields.get(DESCRIPTION) {
        let help =
            "`summary` is for the person who reads the alert, `rationale` for the people who edit the rule";
        context.warning(node.headline(), "`description` stands for `summary` and `rationale`", help);
    }
    let description = description?;
    Some(Texts {
        summary: summary?.unwrap_or_else(|| description.clone().unwrap_or_default()),
        rationale: rationale?.or(description).unwrap_or_default(),
        response: response?.unwrap_or_default(),
        known_noise: known_noise?.unwrap_or_default(),
    })
}

/// A text that may have several lines. The outer `None` means a fault, the inner one that the rule lacks the key.
fn prose(fields: &Fields<'_, '_>, key: &str, context: &mut Context<'_, '_>) -> Option<Option<String>> {
    let Some(node) = fields.get(key) else { return Some(None) };
    values::text(node, &format!("`{key}`"), context).map(|text| Some(text.trim_end().to_owned()))
}

/// The id of a rule that the rule `id` supersedes.
fn superseded(node: &Node<'_>, id: Option<&str>, context: &mut Context<'_, '_>) -> Option<String> {
    let other = rule_id(node, "an item of `supersedes`", context)?;
    if id == Some(other.as_str()) {
        context.error_with_help(node.span, format!("rule `{other}` supersedes itself"), "remove the item");
        return None;
    }
    Some(other)
}

/// The items of `alarms`; empty if the rule lacks the key.
fn alarms(
    fields: &Fields<'_, '_>,
    metric: Option<&MetricTransformation>,
    pattern: Option<&Pattern>,
    defaults: &Defaults,
    context: &mut Context<'_, '_>,
) -> Option<Vec<NamedAlarm>> {
    let Some(node) = fields.get("alarms") else { return Some(Vec::new()) };
    if let Some(alarm) = fields.get("alarm")
        && !values::switched_off(alarm, "`alarm`", context)?
    {
        let help = "give the alarm in `alarm` a name, and make it an item of `alarms`";
        context.error_with_help(node.headline(), "`alarm` and `alarms` cannot be combined", help);
        return None;
    }
    let mut named = values::each(node, "`alarms`", context, |item, context| {
        alarm::named_alarm(item, metric, context).map(|named| (named, item.headline()))
    })?;
    if named.is_empty() || named.len() > limits::ALARMS_OF_A_RULE {
        let message =
            format!("`alarms` has {} items, but 1 to {} are allowed", named.len(), limits::ALARMS_OF_A_RULE);
        context.error_with_help(node.headline(), message, "to have no alarm, write `alarm: false`");
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    let mut is_whole = true;
    for (alarm, span) in &named {
        if names.contains(&alarm.name.as_str()) {
            let message = format!("two alarms have the name `{}`", alarm.name);
            context.error_with_help(*span, message, "give each alarm of a rule a name of its own");
            is_whole = false;
        }
        names.push(&alarm.name);
    }
    if let Some(metric) = metric {
        for (named, _) in &mut named {
            finish(&mut named.alarm, &mut metric.clone(), pattern, defaults, node, context);
        }
    }
    is_whole.then(|| named.into_iter().map(|(named, _)| named).collect())
}

/// Gives each of `alarmAccounts` an alarm of its own, and checks the alarm.
fn finish(
    alarm: &mut RuleAlarm,
    metric: &mut MetricTransformation,
    pattern: Option<&Pattern>,
    defaults: &Defaults,
    node: &Node<'_>,
    context: &mut Context<'_, '_>,
) {
    if !defaults.alarm_accounts.is_empty() && metric.dimensions.is_empty() {
        let is_json = pattern.is_none_or(|pattern| pattern.kind() == PatternKind::Json);
        alarm::give_each_account_one(alarm, metric, is_json, &defaults.alarm_accounts, node, context);
    }
    alarm::check(alarm, metric, node, context);
}

/// The alarm and its metric, to which `alarmAccounts` may have added a dimension.
fn metric_and_alarm(
    fields: &Fields<'_, '_>,
    mut metric: Option<MetricTransformation>,
    pattern: Option<&Pattern>,
    defaults: &Defaults,
    context: &mut Context<'_, '_>,
) -> (Option<MetricTransformation>, Option<Option<RuleAlarm>>) {
    if fields.get("alarms").is_some() {
        // The metric gets the dimension for which the named alarms have values.
        if let Some(metric) = &mut metric {
            let mut alarm = alarm::default_alarm(metric);
            if let (Some(alarm), Some(node), false) =
                (&mut alarm, fields.get("alarms"), defaults.alarm_accounts.is_empty())
            {
                let is_json = pattern.is_none_or(|pattern| pattern.kind() == PatternKind::Json);
                alarm::give_each_account_one(alarm, metric, is_json, &defaults.alarm_accounts, node, context);
            }
        }
        return (metric, Some(None));
    }
    let mut alarm = match fields.get("alarm") {
        Some(node) => alarm::alarm(node, metric.as_ref(), context),
        None => metric.as_ref().map(alarm::default_alarm),
    };
    let node = fields.get("alarm").or_else(|| fields.get("metricTransformation"));
    if let (Some(metric), Some(Some(alarm)), Some(node)) = (&mut metric, &mut alarm, node) {
        finish(alarm, metric, pattern, defaults, node, context);
    }
    (metric, alarm)
}

fn assemble(id: &str, parts: Parts) -> Option<Rule> {
    let texts = parts.texts?;
    let severity = parts.severity?;
    Some(Rule {
        id: id.to_owned(),
        title: parts.title?.unwrap_or_else(|| id.to_owned()),
        summary: texts.summary,
        rationale: texts.rationale,
        response: texts.response,
        known_noise: texts.known_noise,
        severity,
        // A document may lower the inherited severity below the inherited one for failures.
        severity_if_all_failed: parts.severity_if_all_failed?.filter(|lesser| *lesser < severity),
        references: parts.references?,
        pattern: parts.pattern?,
        metric: parts.metric?,
        alarm: parts.alarm?,
        alarms: parts.alarms?,
        alert: parts.alert?,
        supersedes: parts.supersedes?.into_iter().map(|(id, _)| id).collect(),
        deduplicate: parts.deduplicate?,
        accepted_lints: parts.accepted_lints?,
        tests: parts.tests?,
    })
}

/// The id of an entry as written, whether or not it is valid.
pub(super) fn rule_id_of<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.get("id")?.scalar().map(|scalar| &*scalar.text)
}

/// A rule id: words of lower-case letters and digits, joined by hyphens.
fn rule_id(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<String> {
    let id = values::line(node, name, context)?;
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if !id.split('-').all(is_word) {
        let help = format!("use kebab-case{}", kebab_case(id));
        context.error_with_help(node.span, format!("`{}` is not a rule id", wording::shortened(id)), help);
        return None;
    }
    if id.len() > limits::ID_CHARACTERS {
        let message =
            format!("{name} has {} characters, more than the {} allowed", id.len(), limits::ID_CHARACTERS);
        context.error(node.span, message);
        return None;
    }
    Some(id.to_owned())
}

/// Suggests a spelling, such as `: \`root-usage\`` for `RootUsage`.
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
