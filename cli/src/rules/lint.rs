//! `trailbell rules lint`: patterns that may not do what their author intended.

mod proofs;

use std::io::Write;

use rules::{Lint, Linter, Rule, RuleSet};
use serde_json::{Value, json};

use super::arguments::LintArguments;
use super::check::counted;
use super::files::load_rules_with_tests;
use super::report::{self, Entry, ReportFormat};
use crate::exit::Exit;
use crate::inputs::{self, Span};
use crate::records::{Given, visit};
use crate::terminal::{Stdout, complain, printable};

/// Lints the rules, and prints the findings.
pub(super) fn run(arguments: &LintArguments) -> anyhow::Result<Exit> {
    let Some(set) = load_rules_with_tests(&arguments.rules) else { return Ok(Exit::Failure) };
    let mut linter = Linter::new(&set);
    let given = if arguments.records.is_empty() {
        Given::default()
    } else {
        let inputs = inputs::list(&arguments.records, true, &Span::RECORDS, &arguments.options)?;
        visit(&inputs, &mut |_, record| linter.observe(record))
    };
    let mut lints = linter.finish();
    proofs::add(&set, &mut lints);
    let findings = Findings::of(lints, &set, arguments.rules.files.is_empty());
    let mut out = Stdout::buffered();
    match arguments.format {
        ReportFormat::Text => write_text(&findings, set.rules().len(), &mut out)?,
        ReportFormat::Json => {
            let report = json!({
                "rules": set.rules().len(),
                "recordsGiven": given.records,
                "lints": findings.open.iter().map(to_json).collect::<Vec<_>>(),
                "accepted": findings.accepted.iter().map(accepted_to_json).collect::<Vec<_>>(),
                "inBuiltInRules": findings.built_in.iter().map(to_json).collect::<Vec<_>>(),
            });
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
        ReportFormat::Sarif | ReportFormat::Github => {
            let entries: Vec<_> = findings.open.iter().map(to_entry).collect();
            report::write(&entries, arguments.format, &mut out)?;
        }
    }
    out.flush()?;
    let is_evaluated = arguments.records.is_empty() || given.records > 0;
    if !is_evaluated {
        complain(
            "note: the sources contain no CloudTrail records, so the patterns were tried on none of yours",
        );
    }
    let is_clean = findings.open.is_empty() && given.is_complete && is_evaluated;
    Ok(if is_clean { Exit::Success } else { Exit::Findings })
}

/// The lints by what they mean for the command.
struct Findings {
    /// The lints that fail the command.
    open: Vec<Lint>,
    /// The lints that the rules accept, each with the reason.
    accepted: Vec<(Lint, String)>,
    /// The lints of built-in rules that a document inherits, which its author cannot change.
    built_in: Vec<Lint>,
}

impl Findings {
    fn of(lints: Vec<Lint>, set: &RuleSet, are_built_in_own: bool) -> Self {
        let mut findings = Self { open: Vec::new(), accepted: Vec::new(), built_in: Vec::new() };
        for lint in lints {
            let rule = set.rule(&lint.rule_id);
            let reason = rule.and_then(|rule| rule.accepted_lints.get(&lint.code)).cloned();
            match reason {
                Some(reason) => findings.accepted.push((lint, reason)),
                None if !are_built_in_own && rule.is_some_and(|rule| is_built_in(set, rule)) => {
                    findings.built_in.push(lint);
                }
                None => findings.open.push(lint),
            }
        }
        findings
    }
}

/// Whether a rule is inherited unchanged from the catalogue.
fn is_built_in(set: &RuleSet, rule: &Rule) -> bool {
    set.place(&rule.id).is_some_and(|place| place.starts_with("catalogue/"))
}

fn write_text(findings: &Findings, rules: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    for Lint { code, rule_id, place, part, message, advice, witness } in &findings.open {
        writeln!(out, "{}: {code}: {rule_id}: {}", printable(place), printable(message))?;
        if !part.is_empty() {
            writeln!(out, "  | {}", printable(part))?;
        }
        if let Some(witness) = witness {
            writeln!(out, "  = record: {}", printable(witness))?;
        }
        writeln!(out, "  = help: {}\n", printable(advice))?;
    }
    let rules = counted(rules, "rule");
    match findings.open.len() {
        0 => write!(out, "{rules}, no findings")?,
        count => write!(out, "{rules}, {}", counted(count, "finding"))?,
    }
    for (count, what) in
        [(findings.accepted.len(), "accepted"), (findings.built_in.len(), "in built-in rules not shown")]
    {
        if count > 0 {
            write!(out, ", {count} {what}")?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn to_entry(lint: &Lint) -> Entry {
    Entry {
        is_error: false,
        code: lint.code.as_str().to_owned(),
        place: lint.place.clone(),
        message: format!("{}: {}; {}", lint.rule_id, lint.message, lint.advice),
    }
}

fn accepted_to_json((lint, reason): &(Lint, String)) -> Value {
    json!({ "code": lint.code.as_str(), "rule": lint.rule_id, "place": lint.place, "reason": reason })
}

fn to_json(lint: &Lint) -> Value {
    json!({
        "code": lint.code.as_str(),
        "rule": lint.rule_id,
        "place": lint.place,
        "part": lint.part,
        "message": lint.message,
        "advice": lint.advice,
        "witness": lint.witness,
    })
}
