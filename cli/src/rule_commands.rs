//! `trailbell rules check` and `trailbell rules test`.
//!
//! Findings are the product and go to standard output; files that cannot be read are reported on standard error.

use std::io::Write;

use rules::{Diagnostics, RuleSet, TestOutcome, run_tests};

use crate::arguments::RuleFileArguments;
use crate::complaint::complain;
use crate::exit::Exit;
use crate::printable::printable;
use crate::rule_files::{RuleFile, documents, read_all};

/// Prints every diagnostic of the files and sets.
pub(crate) fn check(arguments: &RuleFileArguments) -> anyhow::Result<Exit> {
    with_files(arguments, check_files)
}

/// Runs the tests of the files' rules and prints the failures.
pub(crate) fn test(arguments: &RuleFileArguments) -> anyhow::Result<Exit> {
    with_files(arguments, test_files)
}

/// Runs a command on the files that can be read; the others make it a failure in the end.
fn with_files(
    arguments: &RuleFileArguments,
    command: impl FnOnce(&[RuleFile], &mut dyn Write) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let (files, errors) = read_all(&arguments.files, &arguments.sets);
    for error in &errors {
        complain(format_args!("error: {error:#}"));
    }
    if files.is_empty() {
        return Ok(Exit::Failure);
    }
    let exit = command(&files, &mut anstream::stdout().lock())?;
    Ok(if errors.is_empty() { exit } else { Exit::Failure })
}

fn check_files(files: &[RuleFile], out: &mut dyn Write) -> anyhow::Result<Exit> {
    match RuleSet::parse_all(documents(files)) {
        Ok((set, warnings)) => {
            if !warnings.is_empty() {
                writeln!(out, "{warnings}\n")?;
            }
            let rules = counted(set.rules().len(), "rule");
            match warnings.warnings() {
                0 => writeln!(out, "{rules}, no faults")?,
                count => writeln!(out, "{rules}, {}", counted(count, "warning"))?,
            }
            Ok(Exit::Success)
        }
        Err(diagnostics) => report_faults(&diagnostics, out),
    }
}

/// Prints the faults of files that cannot be used, and how many there are.
pub(crate) fn report_faults(diagnostics: &Diagnostics, out: &mut dyn Write) -> anyhow::Result<Exit> {
    writeln!(out, "{diagnostics}\n")?;
    write!(out, "{}", counted(diagnostics.errors(), "error"))?;
    if diagnostics.warnings() > 0 {
        write!(out, ", {}", counted(diagnostics.warnings(), "warning"))?;
    }
    writeln!(out)?;
    Ok(Exit::Findings)
}

fn test_files(files: &[RuleFile], out: &mut dyn Write) -> anyhow::Result<Exit> {
    let set = match RuleSet::parse_all(documents(files)) {
        Ok((set, _)) => set,
        Err(diagnostics) => return report_faults(&diagnostics, out),
    };
    let outcomes = run_tests(&set);
    let failures: Vec<&TestOutcome> = outcomes.iter().filter(|outcome| !outcome.passed()).collect();
    for failure in &failures {
        writeln!(
            out,
            "{}: `{}` failed: expected {}, got {}",
            failure.rule_id,
            printable(&failure.name),
            answer(failure.expected),
            answer(failure.actual),
        )?;
    }
    let passed = outcomes.len() - failures.len();
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
    Ok(if failures.is_empty() { Exit::Success } else { Exit::Findings })
}

fn answer(matches: bool) -> &'static str {
    if matches { "a match" } else { "no match" }
}

/// A number with its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
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
        command: impl FnOnce(&[RuleFile], &mut dyn Write) -> anyhow::Result<Exit>,
        texts: &[&str],
    ) -> (Exit, String) {
        let files: Vec<RuleFile> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| RuleFile { name: format!("{index}.yaml"), text: format!("{HEAD}{text}") })
            .collect();
        let mut out = Vec::new();
        let exit = command(&files, &mut out).unwrap();
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
    fn a_valid_file_is_summed_up() {
        assert_eq!(run(check_files, &[RULE]), (Exit::Success, "2 rules, no faults\n".to_owned()));
    }

    #[test]
    fn an_id_that_two_files_use_is_an_error_with_its_place() {
        for (exit, text) in [run(check_files, &[RULE, RULE]), run(test_files, &[RULE, RULE])] {
            assert_eq!(exit, Exit::Findings);
            assert!(text.starts_with("1.yaml:3:9: error: "), "{text}");
            assert!(text.ends_with("\n\n2 errors\n"), "{text}");
        }
    }

    #[test]
    fn the_counts_are_true_also_of_what_is_not_shown() {
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
