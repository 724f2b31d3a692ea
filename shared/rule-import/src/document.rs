//! Writes the rule file: YAML that looks handwritten, preceded by a comment that lists the omissions.
//!
//! Text from the input may contain anything, and must not break out of its scalar or comment. Whether the rules are
//! valid is decided by the `rules` crate.

use std::{borrow::Cow, fmt::Write as _};

use filter_pattern::printable;

use crate::{
    Grade, Omission, SourceLocation,
    alarm::AlarmSettings,
    filter::Metric,
    joined::{JoinedAlarm, JoinedRule},
    number,
};

/// The beginning of a rule file. It has no `defaults`, because every relevant key is written out.
const HEAD: &str = "version: 1\nrules:\n";
/// How many omissions of a grade the comment lists, so that a rule file stays one.
const LISTED: usize = 500;
/// Words that YAML 1.1 or 1.2 reads as a boolean or null, in any case.
const RESERVED: [&str; 9] = ["y", "yes", "n", "no", "true", "false", "on", "off", "null"];

/// A document with a single rule, to be validated by `rules`.
pub(crate) fn of_one(rule: &JoinedRule) -> String {
    let mut out = HEAD.to_owned();
    push_rule(&mut out, rule, false);
    out
}

/// The rule file, and where the entry of each rule ends in it. Without rules, it is empty.
pub(crate) fn of_all(
    rules: &[(SourceLocation, JoinedRule)],
    omissions: &[Omission],
    has_alerts: bool,
) -> (String, Vec<usize>) {
    if rules.is_empty() {
        return (String::new(), Vec::new());
    }
    let mut ends = Vec::with_capacity(rules.len());
    let mut out = format!("{}# Imported by `trailbell rules import`.\n", rules::JSON_SCHEMA_LINE);
    for (grade, title) in
        [(Grade::Lost, "Not carried over:"), (Grade::Note, "Decided by the deployment, or not needed:")]
    {
        let lines: Vec<_> = omissions.iter().filter(|omission| omission.grade() == grade).collect();
        if !lines.is_empty() {
            let _ = write!(out, "#\n# {title}\n");
        }
        for line in lines.iter().take(LISTED) {
            let _ = writeln!(out, "# - {line}");
        }
        if let Some(others) = lines.len().checked_sub(LISTED).filter(|others| *others > 0) {
            let _ = writeln!(out, "# - and {others} more");
        }
    }
    out.push('\n');
    out.push_str(HEAD);
    for (index, (location, rule)) in rules.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "  # {location}: {}", printable(&rule.filter.subject));
        push_rule(&mut out, rule, has_alerts);
        ends.push(out.len());
    }
    (out, ends)
}

fn push_rule(out: &mut String, rule: &JoinedRule, has_alerts: bool) {
    // Writing to a `String` does not fail.
    let _ = writeln!(out, "  - id: {}", word(&rule.id));
    if let Some(description) = &rule.description {
        let _ = writeln!(out, "    summary: {}", text(description, 4));
    }
    let _ = writeln!(out, "    filterPattern: {}", text(&rule.filter.pattern, 4));
    push_metric(out, &rule.filter.metric);
    match rule.alarms.as_slice() {
        [] => out.push_str("    alarm: false\n"),
        [alarm] => {
            out.push_str("    alarm:\n");
            push_alarm(out, alarm, "      ");
        }
        alarms => {
            out.push_str("    alarms:\n");
            for alarm in alarms {
                let _ = writeln!(out, "      - name: {}", word(&alarm.name));
                push_alarm(out, alarm, "        ");
            }
        }
    }
    if !has_alerts {
        out.push_str("    alert: false\n");
    }
}

fn push_metric(out: &mut String, metric: &Metric) {
    let Metric { namespace, name, value, default_value, unit, dimensions } = metric;
    out.push_str("    metricTransformation:\n");
    let _ = writeln!(out, "      metricNamespace: {}", word(namespace));
    let _ = writeln!(out, "      metricName: {}", word(name));
    let _ = writeln!(out, "      metricValue: {}", quoted(value));
    if let Some(value) = default_value {
        let _ = writeln!(out, "      defaultValue: {}", number(value));
    }
    if let Some(unit) = unit {
        let _ = writeln!(out, "      unit: {}", word(unit));
    }
    if !dimensions.is_empty() {
        out.push_str("      dimensions:\n");
    }
    for (name, selector) in dimensions {
        let _ = writeln!(out, "        {}: {}", quoted(name), quoted(selector));
    }
}

/// Writes the settings of an alarm, with `indent` before each line.
fn push_alarm(out: &mut String, alarm: &JoinedAlarm, indent: &str) {
    let AlarmSettings {
        statistic,
        period,
        evaluation_periods,
        datapoints_to_alarm,
        threshold,
        comparison_operator,
        treat_missing_data,
    } = &alarm.settings;
    let _ = writeln!(out, "{indent}statistic: {}", word(statistic));
    let _ = writeln!(out, "{indent}period: {}", number(period));
    let _ = writeln!(out, "{indent}evaluationPeriods: {}", number(evaluation_periods));
    let _ = writeln!(out, "{indent}datapointsToAlarm: {}", number(datapoints_to_alarm));
    let _ = writeln!(out, "{indent}threshold: {}", number(threshold));
    let _ = writeln!(out, "{indent}comparisonOperator: {}", word(comparison_operator));
    let _ = writeln!(out, "{indent}treatMissingData: {}", word(treat_missing_data));
    if !alarm.dimensions.is_empty() {
        let _ = writeln!(out, "{indent}dimensions:");
    }
    for dimensions in &alarm.dimensions {
        let entries: Vec<_> =
            dimensions.iter().map(|(name, value)| format!("{}: {}", quoted(name), quoted(value))).collect();
        let _ = writeln!(out, "{indent}  - {{ {} }}", entries.join(", "));
    }
}

/// A number; other text is quoted, and `rules` rejects it.
fn number(text: &str) -> String {
    number::plain(text).unwrap_or_else(|| quoted(text))
}

/// A name: plain if it is unambiguous, otherwise quoted.
fn word(text: &str) -> Cow<'_, str> {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./_-".contains(&byte))
        && !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_word { Cow::Borrowed(text) } else { Cow::Owned(quoted(text)) }
}

/// Text as the value of a key that is indented by `indent` spaces. Text with several lines becomes a literal block if
/// YAML can represent it that way.
fn text(text: &str, indent: usize) -> String {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_shown = |line: &str| line.split('\t').all(|part| matches!(printable(part), Cow::Borrowed(_)));
    let is_several = text.contains('\n') && !body.is_empty();
    let fits = !body.starts_with('\n') && !body.ends_with('\n') && body.split('\n').all(is_shown);
    if !is_several || !fits {
        return quoted(text);
    }
    let keeps_break = if body.len() == text.len() { "-" } else { "" };
    // If the first line begins with a blank, YAML needs an indentation indicator.
    let indentation = if body.starts_with([' ', '\t']) { "2" } else { "" };
    let mut out = format!("|{indentation}{keeps_break}");
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent + 2));
            out.push_str(line);
        }
    }
    out
}

/// Quoted text: in single quotes if every character is visible, otherwise in double quotes with escapes.
fn quoted(text: &str) -> String {
    if matches!(printable(text), Cow::Borrowed(_)) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        let mut buffer = [0; 4];
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if matches!(printable(c.encode_utf8(&mut buffer)), Cow::Borrowed(_)) => out.push(c),
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saphyr_parser::{Event, Parser};

    use super::*;

    /// The value of `b` in the document `a: {b: <scalar>}`, with an indentation of four spaces.
    fn read_back(scalar: &str) -> String {
        let document = format!("a:\n    b: {scalar}\n    c: d\n");
        let events = Parser::new_from_str(&document).map(|event| event.unwrap().0);
        let scalars: Vec<_> = events
            .filter_map(|event| match event {
                Event::Scalar(text, ..) => Some(text.into_owned()),
                Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Alias(_)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => None,
            })
            .collect();
        assert_eq!(scalars.len(), 5, "{document}");
        scalars[2].clone()
    }

    #[test]
    fn text_is_written_as_a_person_would() {
        for (value, expected) in [
            ("{ $.a = \"b\" }", "'{ $.a = \"b\" }'"),
            ("it's", "'it''s'"),
            ("", "''"),
            ("{ $.a = 1\n  || $.b = 2 }\n", "|\n      { $.a = 1\n        || $.b = 2 }"),
            ("a\n\nb", "|-\n      a\n\n      b"),
            ("a\n", "|\n      a"),
            ("\n", "\"\\n\""),
            ("  a\nb\n", "|2\n        a\n      b"),
            ("a\n\n", "\"a\\n\\n\""),
            ("a\u{202e}\"\\\n\tb", "\"a\\U0000202E\\\"\\\\\\n\\tb\""),
        ] {
            assert_eq!(text(value, 4), expected);
        }
    }

    #[test]
    fn numbers_of_every_dialect_are_plain_and_anything_else_is_text() {
        for (written, expected) in [
            ("300", "300"),
            ("1.0", "1"),
            ("3e2", "300"),
            ("-0.5", "-0.5"),
            ("inf", "'inf'"),
            ("a: b", "'a: b'"),
        ] {
            assert_eq!(number(written), expected);
        }
        assert_eq!(word("p99.9"), "p99.9");
        assert_eq!(word("tm(1%:2%)"), "'tm(1%:2%)'");
    }

    #[test]
    fn words_that_yaml_could_read_as_something_else_are_quoted() {
        for word in ["y", "Yes", "n", "NO", "true", "False", "on", "OFF", "null", "~", "", "1e3", ".inf"] {
            assert_eq!(super::word(word), format!("'{word}'"));
        }
        for word in ["yesterday", "Nobody", "onward", "e1", "Null-Device"] {
            assert_eq!(super::word(word), word);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in "[-a-z#:{}'\"\\\\ \\t\\n\\u{202e}\\u{85}é&*!|>%@`]{0,30}") {
            prop_assert_eq!(read_back(&text(&value, 4)), value);
        }
    }
}
