//! `trailbell alert preview`: the alerts of one rule, in the form of a kind of subscriber.

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum, ValueHint};
use filter_pattern::{Matches, PatternSet, parse_record};
use pipeline::{Alert, RecordInFile};
use rules::{Rule, RuleSet, catalogue};
use serde_json::Value;

use crate::exit::Exit;
use crate::inputs::{self, SourceOptions, Span};
use crate::options::RuleOptions;
use crate::records::visit;
use crate::rules::files::load_rules_with_tests;
use crate::terminal::{Stdout, complain, printable};

/// The log file of test records.
const EXAMPLE_FILE: &str = "s3://amzn-s3-demo-bucket/AWSLogs/example.json.gz";

const PREVIEW_HELP: &str = "\
Examples:
  trailbell alert preview cloudtrail-changes
  trailbell alert preview root-usage --as chat
  trailbell alert preview my-rule --rules rules.yaml --records AWSLogs/ --as json

Exit codes:
  0  at least one alert was shown
  1  no record matches the rule, so there is no alert; or some records could not be read
  2  there is no such rule";

/// What `alert preview` takes.
#[derive(Debug, Args)]
#[command(after_help = PREVIEW_HELP)]
pub(super) struct PreviewArguments {
    /// Id of the rule
    #[arg(value_name = "RULE")]
    rule: String,
    #[command(flatten)]
    rules: RuleOptions,
    /// Records instead of the rule's test records: files, folders or `s3://BUCKET[/PREFIX]`, in any shape that `events`
    /// reads, or `-` for standard input
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    records: Vec<PathBuf>,
    #[command(flatten)]
    options: SourceOptions,
    /// Form of the alert
    #[arg(long = "as", value_enum, value_name = "FORM", default_value_t = AlertForm::Mail)]
    form: AlertForm,
}

/// The form of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AlertForm {
    /// Subject and text of an e-mail
    Mail,
    /// Custom notification of Amazon Q Developer in chat applications
    Chat,
    /// What queues and functions receive
    Json,
    /// One short message
    Sms,
}

/// Shows the alerts.
pub(super) fn run(arguments: &PreviewArguments) -> anyhow::Result<Exit> {
    let Some(rules) = rules(arguments)? else { return Ok(Exit::Failure) };
    let Some(rule) = rules.rule(&arguments.rule) else {
        bail!("there is no rule `{}`; `trailbell rules list` shows the ids", printable(&arguments.rule));
    };
    let (records, is_complete) = records(arguments, rule)?;
    if rule.alert.is_none() {
        complain(format_args!("note: the rule sends no alerts, because it has `alert: false`"));
    }
    let alerts = Alert::of_each_group(&records, rule);
    if alerts.is_empty() {
        complain(format_args!("note: no record matches the rule, so there is no alert"));
        return Ok(Exit::Findings);
    }
    let mut out = match arguments.form {
        AlertForm::Mail | AlertForm::Sms => Stdout::buffered(),
        AlertForm::Chat | AlertForm::Json => Stdout::json(),
    };
    for (index, alert) in alerts.iter().enumerate() {
        if index > 0 && arguments.form == AlertForm::Mail {
            writeln!(out)?;
        }
        write(alert, arguments.form, &mut out)?;
    }
    out.flush()?;
    Ok(if is_complete { Exit::Success } else { Exit::Findings })
}

/// The rules to look in: the given ones, or else the built-in rule with this id.
fn rules(arguments: &PreviewArguments) -> anyhow::Result<Option<RuleSet>> {
    let is_given = !arguments.rules.files.is_empty() || !arguments.rules.sets.is_empty();
    match catalogue::rule_text(&arguments.rule).filter(|_| !is_given) {
        Some(text) => {
            let parsed = RuleSet::parse(&arguments.rule, text);
            let (rules, _) = parsed.ok().context("the built-in rule cannot be read")?;
            Ok(Some(rules))
        }
        None => Ok(load_rules_with_tests(&arguments.rules)),
    }
}

/// The records that the alert is about, and whether all of them could be read.
fn records(arguments: &PreviewArguments, rule: &Rule) -> anyhow::Result<(Vec<RecordInFile>, bool)> {
    if arguments.records.is_empty() {
        return Ok((test_records(rule), true));
    }
    let inputs = inputs::list(&arguments.records, false, &Span::RECORDS, &arguments.options)?;
    let patterns = PatternSet::new([rule.pattern.clone()]);
    let mut matches = Matches::default();
    let mut records = Vec::new();
    let mut seen = HashSet::new();
    let given = visit(&inputs, &mut |input, record| {
        patterns.matches_into(record, &mut matches)?;
        if matches.contains(0)
            && let Ok(record) = parse_record(record)
            && !(rule.deduplicate && is_repetition(&record, &mut seen))
        {
            records.push(RecordInFile { record, log_file: Arc::clone(&input.name) });
        }
        Ok(())
    });
    Ok((records, given.is_complete))
}

/// Whether an event with the id of this record has been seen before.
fn is_repetition(record: &Value, seen: &mut HashSet<String>) -> bool {
    let id = record.get("eventID").and_then(Value::as_str).filter(|id| !id.trim().is_empty());
    id.is_some_and(|id| !seen.insert(id.to_owned()))
}

fn test_records(rule: &Rule) -> Vec<RecordInFile> {
    let log_file: Arc<str> = EXAMPLE_FILE.into();
    let matching = rule.tests.iter().filter(|test| test.expected);
    matching
        .map(|test| RecordInFile { record: test.record.clone(), log_file: Arc::clone(&log_file) })
        .collect()
}

fn write(alert: &Alert, form: AlertForm, out: &mut impl Write) -> anyhow::Result<()> {
    match form {
        AlertForm::Mail => {
            writeln!(out, "Subject: {}\n", alert.subject())?;
            for line in alert.text().lines() {
                writeln!(out, "{}", printable(line))?;
            }
        }
        AlertForm::Chat => {
            serde_json::to_writer_pretty(&mut *out, &alert.chat())?;
            writeln!(out)?;
        }
        AlertForm::Json => {
            serde_json::to_writer(&mut *out, alert)?;
            writeln!(out)?;
        }
        AlertForm::Sms => writeln!(out, "{}", alert.sms())?,
    }
    Ok(())
}
