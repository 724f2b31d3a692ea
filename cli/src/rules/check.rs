//! `trailbell rules check` and `trailbell rules test`.
//!
//! Findings are the result and go to standard output. Files that cannot be read are reported on standard
//! error.

use std::io::Write;

use rules::{Diagnostic, Diagnostics, RuleSet, TestOutcome, run_tests};

use serde_json::{Value, json};

use super::arguments::RuleFileArguments;
use super::files::{RuleFile, documents, read_all};
use super::report::{self, Entry, ReportFormat};
use crate::exit::Exit;
use crate::terminal::{Stdout, complain, printable};

/// Prints every diagnostic of the files and sets.
pub(super) fn check(arguments: &RuleFileArguments) -> anyhow::Result<Exit> {
    with_files(arguments, check_files)
}

/// Runs the tests of the rules and prints the failures.
pub(super) fn test(arguments: &RuleFileArguments) -> anyhow::Result<Exit> {
    with_files(arguments, test_files)
}

/// Runs a command on the files that can be read. If any file cannot be read, the command fails in the end.
fn with_files(
    arguments: &RuleFileArguments,
    command: impl FnOnce(&[RuleFile], ReportFormat, &mut dyn Write) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let (files, errors) = read_all(&arguments.files, &arguments.sets);
    for error in &errors {
        complain(format_args!("error: {error:#}"));
    }
    if files.is_empty() {
        return Ok(Exit::Failure);
    }
    let mut out = Stdout::buffered();
    let exit = command(&files, arguments.format, &mut out)?;
    out.flush()?;
    Ok(if errors.is_empty() { exit } else { Exit::Failure })
}

fn check_files(files: &[RuleFile], format: ReportFormat, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let parsed = RuleSet::parse_all(documents(files));
    if format != ReportFormat::Text {
        let (rules, diagnostics) = match &parsed {
            Ok((set, warnings)) => (set.rules().len(), warnings),
            Err(diagnostics) => (0, diagnostics),
        };
        write_diagnostics(rules, diagnostics, format, out)?;
        return Ok(if parsed.is_ok() { Exit::Success } else { Exit::Findings });
    }
    match parsed {
        Ok((set, warnings)) => {
            if !warnings.is_empty() {
                writeln!(out, "{warnings}\n")?;
            }
            let rules = counted(set.rules().len(), "rule");
            match warnings.warnings() {
                0 => writeln!(out, "{rules}, no errors")?,
                count => writeln!(out, "{rules}, {}", counted(count, "warning"))?,
            }
            Ok(Exit::Success)
        }
        Err(diagnostics) => report_faults(&diagnostics, out),
    }
}

/// Writes the diagnostics for other programs.
fn write_diagnostics(
    rules: usize,
    diagnostics: &Diagnostics,
    format: ReportFormat,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if format == ReportFormat::Json {
        let diagnostic = |one: &Diagnostic| {
            json!({
                "severity": one.severity.to_string(),
                "file": one.source_name,
                "line": one.line,
                "column": one.column,
                "message": one.message,
                "help": one.help,
            })
        };
        let report = json!({
            "rules": rules,
            "errors": diagnostics.errors(),
            "warnings": diagnostics.warnings(),
            "diagnostics": diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
        });
        writeln!(out, "{report}")?;
        return Ok(());
    }
    let entry = |one: &Diagnostic| Entry {
        is_error: one.is_error(),
        code: if one.is_error() { "rule-error" } else { "rule-warning" }.to_owned(),
        place: format!("{}:{}:{}", one.source_name, one.line, one.column),
        message: match &one.help {
            Some(help) => format!("{}; {help}", one.message),
            None => one.message.clone(),
        },
    };
    report::write(&diagnostics.iter().map(entry).collect::<Vec<_>>(), format, out)?;
    Ok(())
}

/// Prints the errors of invalid files, and their number.
pub(super) fn report_faults(diagnostics: &Diagnostics, out: &mut dyn Write) -> anyhow::Result<Exit> {
    writeln!(out, "{diagnostics}\n")?;
    write!(out, "{}", counted(diagnostics.errors(), "error"))?;
    if diagnostics.warnings() > 0 {
        write!(out, ", {}", counted(diagnostics.warnings(), "warning"))?;
    }
    writeln!(out)?;
    Ok(Exit::Findings)
}

fn test_files(files: &[RuleFile], format: ReportFormat, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let set = match RuleSet::parse_all(documents(files)) {
        Ok((set, _)) => set,
        Err(diagnostics) if format == ReportFormat::Text => return report_faults(&diagnostics, out),
        Err(diagnostics) => {
            write_diagnostics(0, &diagnostics, format, out)?;
            return Ok(Exit::Findings);
        }
    };
    let outcomes = run_tests(&set);
    let failures: Vec<&TestOutcome> = outcomes.iter().filter(|outcome| !outcome.passed()).collect();
    match format {
        ReportFormat::Text => write_outcomes(&set, &outcomes, &failures, out)?,
        ReportFormat::Json => writeln!(out, "{}", outcomes_to_json(&set, &outcomes))?,
        ReportFormat::Sarif | ReportFormat::Github => {
            let entry = |failure: &&TestOutcome| Entry {
                is_error: true,
                code: "test-failed".to_owned(),
                place: set.place(&failure.rule_id).unwrap_or_default().to_owned(),
                message: failed(failure),
            };
            report::write(&failures.iter().map(entry).collect::<Vec<_>>(), format, out)?;
        }
    }
    Ok(if failures.is_empty() && !outcomes.is_empty() { Exit::Success } else { Exit::Findings })
}

fn outcomes_to_json(set: &RuleSet, outcomes: &[TestOutcome]) -> Value {
    let outcome = |outcome: &TestOutcome| {
        json!({
            "rule": outcome.rule_id,
            "name": outcome.name,
            "place": set.place(&outcome.rule_id),
            "expected": outcome.expected,
            "actual": outcome.actual,
            "passed": outcome.passed(),
        })
    };
    json!({ "rules": set.rules().len(), "tests": outcomes.iter().map(outcome).collect::<Vec<_>>() })
}

fn failed(failure: &TestOutcome) -> String {
    format!(
        "{}: `{}` failed: expected {}, got {}",
        failure.rule_id,
        printable(&failure.name),
        answer(failure.expected),
        answer(failure.actual),
    )
}

fn write_outcomes(
    set: &RuleSet,
    outcomes: &[TestOutcome],
    failures: &[&TestOutcome],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for failure in failures {
        writeln!(out, "{}", failed(failure))?;
    }
    let passed = outcomes.len() - failures.len();
    if outcomes.is_empty() {
        writeln!(out, "no tests in {}: add `tests` to a rule", counted(set.rules().len(), "rule"))?;
        return Ok(());
    }
    writeln!(
        out,
        "{} of {}: {passed} passed, {} failed",
        counted(outcomes.len(), "test"),
        counted(set.rules().len(), "rule"),
        failures.len()
    )?;
    let untested = set.rules().iter().filter(|rule| rule.tests.is_empty()).count();
    if untested > 0 {
        writeln!(out, "{} without tests", counted(untested, "rule"))?;
    }
    Ok(())
}

fn answer(matches: bool) -> &'static str {
    if matches { "a match" } else { "no match" }
}

/// A number with its noun.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version: 1\nrules:\n";
    const RULE: &str = concat!(
        "  - id: a\n    filterPattern: '{ $.x = 1 }'\n    metricTransformation: { metricName: A }\n",
        "    tests:\n",
        "      - { name: one matches, record: { x: 1 }, match: true }\n",
        "      - { name: two matches, record: { x: 2 }, match: true }\n",
        "  - id: b\n    filterPattern: '{ $.x = 2 }'\n    metricTransformation: { metricName: B }\n",
    );

    fn run(
        command: impl FnOnce(&[RuleFile], ReportFormat, &mut dyn Write) -> anyhow::Result<Exit>,
        texts: &[&str],
    ) -> (Exit, String) {
        let files: Vec<RuleFile> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| RuleFile { name: format!("{index}.yaml"), text: format!("{HEAD}{text}") })
            .collect();
        let mut out = Vec::new();
        let exit = command(&files, ReportFormat::Text, &mut out).unwrap();
        (exit, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_failing_test_is_named_with_what_was_expected() {
        let (exit, text) = run(test_files, &[RULE]);
        assert_eq!(exit, Exit::Findings);
        assert_eq!(
            text,
            "a: `two matches` failed: expected a match, got no match\n\
             2 tests of 2 rules: 1 passed, 1 failed\n\
             1 rule without tests\n"
        );
    }

    #[test]
    fn rules_without_any_test_are_a_finding() {
        let untested = RULE.split_once("    tests:").unwrap().0;
        let expected = "no tests in 1 rule: add `tests` to a rule\n".to_owned();
        assert_eq!(run(test_files, &[untested]), (Exit::Findings, expected));
    }

    #[test]
    fn a_valid_file_is_summed_up() {
        assert_eq!(run(check_files, &[RULE]), (Exit::Success, "2 rules, no errors\n".to_owned()));
    }

    #[test]
    fn an_id_used_in_two_files_is_an_error_with_its_location() {
        for (exit, text) in [run(check_files, &[RULE, RULE]), run(test_files, &[RULE, RULE])] {
            assert_eq!(exit, Exit::Findings);
            assert!(text.starts_with("1.yaml:3:9: error: "), "{text}");
            assert!(text.ends_with("\n\n2 errors\n"), "{text}");
        }
    }

    #[test]
    fn the_counts_include_what_is_not_shown() {
        let warning = "      - { name: n, record: { accountId: 111122223333 }, match: false }\n";
        let rule = RULE.replacen("    tests:\n", &format!("    tests:\n{}", warning.repeat(250)), 1);
        let (exit, text) = run(check_files, &[&rule]);
        assert_eq!(exit, Exit::Success);
        assert!(text.ends_with("\n\nnot shown: 50 more warnings\n\n2 rules, 250 warnings\n"), "{text}");
        let faulty = "  - { id: B }\n".repeat(100);
        let (exit, text) = run(check_files, &[&format!("{rule}{faulty}")]);
        assert_eq!(exit, Exit::Findings);
        let expected = "\n\nnot shown: 100 more errors, 50 more warnings\n\n300 errors, 250 warnings\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
