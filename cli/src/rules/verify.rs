//! `trailbell rules verify --deployed`: whether the metric filters of an account count what the rules count.
//!
//! Rules and filters are compared by the metric that they publish. The comparison is about all records: patterns that
//! are written differently, or divided into several filters, are equal if they match the same records. Alarms are not
//! compared; `trailbell alarms plan` does that.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use filter_pattern::Pattern;
use pattern_analysis::{PatternAnalysis, PatternId, Relation, Witness};
use rule_import::{Grade, Options, Source, Unreadable};
use rules::{MetricValue, Rule, RuleSet};
use serde_json::{Value, json};

use super::files::{self, load_rules};
use crate::exit::Exit;
use crate::options::{Format, RuleOptions};
use crate::terminal::{Stdout, complain, printable};

const HELP: &str = "\
Examples:
  aws logs describe-metric-filters --log-group-name CloudTrail/logs > deployed.json
  trailbell rules verify --deployed deployed.json --rules rules.yaml
  trailbell rules verify --deployed deployed.json --set security-hub --namespace-prefix Companion/

Exit codes:
  0  the metric filters count what the rules count
  1  they differ
  2  a file could not be read, or a rule file is invalid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct VerifyArguments {
    /// Output of `aws logs describe-metric-filters`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    deployed: PathBuf,
    #[command(flatten)]
    rules: RuleOptions,
    /// Compare only the filters of this log group; can be repeated
    #[arg(long = "log-group", value_name = "NAME")]
    log_groups: Vec<String>,
    /// What precedes the rules' namespaces in the deployed filters, as in the template of `rules export`
    #[arg(long, value_name = "PREFIX", default_value = "")]
    namespace_prefix: String,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Compares the rules with the deployed filters, and prints the differences.
pub(super) fn run(arguments: &VerifyArguments) -> anyhow::Result<Exit> {
    let Some(set) = load_rules(&arguments.rules) else { return Ok(Exit::Failure) };
    let Some((deployed, is_whole)) = deployed(arguments)? else { return Ok(Exit::Failure) };
    let (rules, filters) =
        (by_metric(set.rules(), ""), by_metric(deployed.rules(), &arguments.namespace_prefix));
    let mut differences = Vec::new();
    for (metric, rules) in &rules {
        match filters.get(metric) {
            None => differences.push(Difference::new(metric, "no metric filter publishes it")),
            Some(filters) => differences.extend(compare(metric, rules, filters)),
        }
    }
    for metric in filters.keys().filter(|metric| !rules.contains_key(*metric)) {
        differences.push(Difference::new(metric, "a metric filter publishes it, but no rule does"));
    }
    let mut out = Stdout::buffered();
    match arguments.format {
        Format::Text => write_text(&differences, rules.len(), &mut out)?,
        Format::Json => {
            let differences: Vec<_> = differences.iter().map(Difference::to_json).collect();
            writeln!(out, "{}", json!({ "metrics": rules.len(), "differences": differences }))?;
        }
    }
    out.flush()?;
    Ok(if differences.is_empty() && is_whole { Exit::Success } else { Exit::Findings })
}

/// The deployed filters as rules, and whether all of them can be compared. `None` if the listing cannot be read; the
/// errors have been printed.
fn deployed(arguments: &VerifyArguments) -> anyhow::Result<Option<(RuleSet, bool)>> {
    let file = files::read(&arguments.deployed)?;
    let options =
        Options { log_groups: arguments.log_groups.iter().cloned().collect(), ..Options::default() };
    let import = match rule_import::import(&[Source { name: &file.name, text: &file.text }], &options) {
        Ok(import) => import,
        Err(Unreadable(errors)) => {
            for error in errors {
                complain(format_args!("error: {:#}", anyhow::Error::new(error)));
            }
            return Ok(None);
        }
    };
    let mut is_whole = true;
    for omission in import.omissions.iter().filter(|omission| omission.grade() == Grade::Lost) {
        is_whole = false;
        complain(format_args!("error: {omission}"));
    }
    if import.rules == 0 {
        return Ok(Some((RuleSet::default(), is_whole)));
    }
    Ok(RuleSet::parse("the deployed filters", &import.text).ok().map(|(set, _)| (set, is_whole)))
}

/// Namespace and name.
type Metric = (String, String);

fn by_metric<'r>(rules: &'r [Rule], prefix: &str) -> BTreeMap<Metric, Vec<&'r Rule>> {
    let mut metrics = BTreeMap::<Metric, Vec<&Rule>>::new();
    for rule in rules {
        let namespace = rule.metric.namespace.strip_prefix(prefix).unwrap_or(&rule.metric.namespace);
        metrics.entry((namespace.to_owned(), rule.metric.name.clone())).or_default().push(rule);
    }
    metrics
}

/// A metric that is not published as the rules say.
struct Difference {
    metric: Metric,
    message: String,
    /// A record that shows the difference.
    record: Option<Value>,
}

impl Difference {
    fn new(metric: &Metric, message: impl Into<String>) -> Self {
        Self { metric: metric.clone(), message: message.into(), record: None }
    }

    fn with(metric: &Metric, message: &str, witness: &Witness) -> Self {
        Self { record: Some(witness.record().clone()), ..Self::new(metric, message) }
    }

    fn to_json(&self) -> Value {
        json!({
            "namespace": self.metric.0,
            "metric": self.metric.1,
            "message": self.message,
            "record": self.record,
        })
    }
}

fn compare(metric: &Metric, rules: &[&Rule], filters: &[&Rule]) -> Vec<Difference> {
    let mut found = Vec::new();
    let value = |rule: &&Rule| match &rule.metric.value {
        MetricValue::Constant(number) => number.to_string(),
        MetricValue::Field(selector) => selector.to_string(),
    };
    let values = |rules: &[&Rule]| {
        let mut values: Vec<_> = rules.iter().map(value).collect();
        values.sort();
        values.dedup();
        values.join(", ")
    };
    let (wanted, actual) = (values(rules), values(filters));
    if wanted != actual {
        found.push(Difference::new(metric, format!("each match counts {wanted} by the rules, but {actual}")));
    }
    let mut analysis = PatternAnalysis::new();
    let (Some(ours), Some(theirs)) = (all(&mut analysis, rules), all(&mut analysis, filters)) else {
        if texts(rules) != texts(filters) {
            found.push(Difference::new(metric, "the patterns differ, and their relation is unknown"));
        }
        return found;
    };
    found.extend(counted_differently(metric, (&ours, &theirs), &mut analysis));
    let (any_of_ours, any_of_theirs) = (analysis.add_any(&ours), analysis.add_any(&theirs));
    let comparison = analysis.compare(any_of_ours, any_of_theirs);
    if let Some(witness) = comparison.only_first() {
        found.push(Difference::with(metric, "a rule counts a record that no filter counts", witness));
    }
    if let Some(witness) = comparison.only_second() {
        found.push(Difference::with(metric, "a filter counts a record that no rule counts", witness));
    }
    if comparison.relation() == Relation::Unknown {
        found.push(Difference::new(metric, "the relation of the patterns is unknown"));
    }
    found
}

fn all(analysis: &mut PatternAnalysis, rules: &[&Rule]) -> Option<Vec<PatternId>> {
    rules.iter().map(|rule| analysis.add(&rule.pattern).ok()).collect()
}

fn texts(rules: &[&Rule]) -> Vec<String> {
    let mut texts: Vec<_> = rules.iter().map(|rule| Pattern::to_string(&rule.pattern)).collect();
    texts.sort();
    texts
}

/// A record that several filters of a metric count, although only one rule does.
fn counted_differently(
    metric: &Metric,
    (ours, theirs): (&[PatternId], &[PatternId]),
    analysis: &mut PatternAnalysis,
) -> Option<Difference> {
    let twice = |patterns: &[PatternId], analysis: &mut PatternAnalysis| {
        let pairs = patterns.iter().enumerate();
        pairs.clone().find_map(|(index, first)| {
            let others = patterns.iter().skip(index + 1);
            others.into_iter().find_map(|second| analysis.compare(*first, *second).both().cloned())
        })
    };
    if twice(ours, analysis).is_some() {
        return None;
    }
    let witness = twice(theirs, analysis)?;
    Some(Difference::with(metric, "two filters count the same record", &witness))
}

fn write_text(differences: &[Difference], metrics: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    for Difference { metric: (namespace, name), message, record } in differences {
        writeln!(out, "{} in {}: {}", printable(name), printable(namespace), printable(message))?;
        if let Some(record) = record {
            writeln!(out, "  {}", printable(&record.to_string()))?;
        }
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    write!(out, "{metrics} metric{}, ", plural(metrics))?;
    match differences.len() {
        0 => writeln!(out, "as deployed")?,
        count => writeln!(out, "{count} difference{}", plural(count))?,
    }
    Ok(())
}
