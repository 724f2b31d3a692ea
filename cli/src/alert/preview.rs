//! `trailbell alert preview`: the alerts of one rule, in the form of a kind of subscriber.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum, ValueHint};
use cloudtrail::Limits;
use cloudtrail::shapes::{Item, open_input};
use filter_pattern::{Matches, PatternSet, parse_record};
use pipeline::Alert;
use rules::{Rule, RuleSet, catalogue};
use serde_json::Value;

use crate::exit::Exit;
use crate::options::RuleOptions;
use crate::rules::files::load_rules_with_tests;
use crate::terminal::{Stdout, complain, path_text, printable};

const PREVIEW_HELP: &str = "\
Examples:
  trailbell alert preview cloudtrail-changes
  trailbell alert preview root-usage --as chat
  trailbell alert preview my-rule --rules rules.yaml --records log.json.gz --as json

Exit codes:
  0  at least one alert was shown
  1  no record matches the rule, so there is no alert
  2  there is no such rule, or the records could not be read";

/// What `alert preview` takes.
#[derive(Debug, Args)]
#[command(after_help = PREVIEW_HELP)]
pub(super) struct PreviewArguments {
    /// Id of the rule
    #[arg(value_name = "RULE")]
    rule: String,
    #[command(flatten)]
    rules: RuleOptions,
    /// Records in any common format, instead of the rule's test records
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    records: Option<PathBuf>,
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
    let (records, name) = match &arguments.records {
        Some(path) => (matching_records(path, rule)?, path_text(path)),
        None => (test_records(rule), "s3://amzn-s3-demo-bucket/AWSLogs/example.json.gz".to_owned()),
    };
    if rule.alert.is_none() {
        complain(format_args!("note: the rule sends no alerts, because it has `alert: false`"));
    }
    let alerts = Alert::of_each_group(&records, rule, &name);
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
    Ok(Exit::Success)
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

fn test_records(rule: &Rule) -> Vec<Value> {
    rule.tests.iter().filter(|test| test.expected).map(|test| test.record.clone()).collect()
}

/// The records of a file that the rule matches.
fn matching_records(path: &Path, rule: &Rule) -> anyhow::Result<Vec<Value>> {
    let file = File::open(path).with_context(|| format!("cannot open `{}`", path_text(path)))?;
    let mut reader = open_input(file, Limits::default());
    let patterns = PatternSet::new([rule.pattern.clone()]);
    let mut matches = Matches::default();
    let mut records = Vec::new();
    while let Some(item) = reader.next_item().with_context(|| format!("cannot read `{}`", path_text(path)))? {
        match item {
            Item::Record(record) => {
                if patterns.matches_into(record, &mut matches).is_ok() && matches.contains(0) {
                    records.extend(parse_record(record).ok());
                }
            }
            Item::Rejected(rejected) => complain(format_args!("note: {}", printable(&rejected.to_string()))),
        }
    }
    Ok(records)
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
