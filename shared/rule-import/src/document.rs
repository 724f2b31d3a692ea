//! The rule file: rules as YAML that a person would have written, and above them what they do not say.
//!
//! Texts of the input may hold anything, and none of it may leave its scalar or its comment.

use std::{borrow::Cow, fmt::Write as _};

use filter_pattern::printable;

use crate::{
    Grade, Omission, Place,
    alarm::Settings,
    filter::Metric,
    join::{JoinedAlarm, JoinedRule},
    number,
};

/// The head of a rule file without defaults, as every key that matters is written out.
const HEAD: &str = "version: 1\nrules:\n";
/// Words that are a boolean or null to readers of YAML 1.1 or 1.2, in whichever case.
const RESERVED: [&str; 9] = ["y", "yes", "n", "no", "true", "false", "on", "off", "null"];

/// One rule as a document, for `rules` to judge.
pub(crate) fn of_one(rule: &JoinedRule) -> String {
    let mut out = HEAD.to_owned();
    push_rule(&mut out, rule, false);
    out
}

/// The rule file.
pub(crate) fn of_all(rules: &[(Place, JoinedRule)], omissions: &[Omission], has_alerts: bool) -> String {
    let mut out = String::from("# Imported by `trailbell rules import`.\n");
    for (grade, title) in [
        (Grade::Lost, "Not carried over:"),
        (Grade::Note, "For the deployment to decide, or of no account here:"),
    ] {
        let lines: Vec<_> = omissions.iter().filter(|omission| omission.grade() == grade).collect();
        if !lines.is_empty() {
            let _ = write!(out, "#\n# {title}\n");
        }
        for line in lines {
            let _ = writeln!(out, "# - {line}");
        }
    }
    out.push('\n');
    out.push_str(HEAD);
    for (index, (place, rule)) in rules.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "  # {place}: {}", printable(&rule.filter.subject));
        push_rule(&mut out, rule, has_alerts);
    }
    out
}

fn push_rule(out: &mut String, rule: &JoinedRule, has_alerts: bool) {
    // Writing to a `String` does not fail.
    let _ = writeln!(out, "  - id: {}", word(&rule.id));
    if let Some(description) = &rule.description {
        let _ = writeln!(out, "    description: {}", text(description, 4));
    }
    let _ = writeln!(out, "    filterPattern: {}", text(&rule.filter.pattern, 4));
    push_metric(out, &rule.filter.metric);
    match &rule.alarm {
        Some(alarm) => push_alarm(out, alarm),
        None => out.push_str("    alarm: false\n"),
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

fn push_alarm(out: &mut String, alarm: &JoinedAlarm) {
    let Settings {
        statistic,
        period,
        evaluation_periods,
        datapoints_to_alarm,
        threshold,
        comparison_operator,
        treat_missing_data,
    } = &alarm.settings;
    out.push_str("    alarm:\n");
    let _ = writeln!(out, "      statistic: {}", word(statistic));
    let _ = writeln!(out, "      period: {}", number(period));
    let _ = writeln!(out, "      evaluationPeriods: {}", number(evaluation_periods));
    let _ = writeln!(out, "      datapointsToAlarm: {}", number(datapoints_to_alarm));
    let _ = writeln!(out, "      threshold: {}", number(threshold));
    let _ = writeln!(out, "      comparisonOperator: {}", word(comparison_operator));
    let _ = writeln!(out, "      treatMissingData: {}", word(treat_missing_data));
    if !alarm.dimensions.is_empty() {
        out.push_str("      dimensions:\n");
    }
    for dimensions in &alarm.dimensions {
        let entries: Vec<_> =
            dimensions.iter().map(|(name, value)| format!("{}: {}", quoted(name), quoted(value))).collect();
        let _ = writeln!(out, "        - {{ {} }}", entries.join(", "));
    }
}

/// A number; other text is left for `rules` to refuse.
fn number(text: &str) -> String {
    number::plain(text).unwrap_or_else(|| quoted(text))
}

/// A name, plain where it can be nothing else.
fn word(text: &str) -> Cow<'_, str> {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./_-".contains(&byte))
        && !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_word { Cow::Borrowed(text) } else { Cow::Owned(quoted(text)) }
}

/// Text as the value of a key that is indented by `indent` blanks: several lines as a literal block where YAML can hold
/// them so.
fn text(text: &str, indent: usize) -> String {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_shown = |line: &str| line.split('\t').all(|part| matches!(printable(part), Cow::Borrowed(_)));
    let is_several = text.contains('\n') && !body.is_empty();
    let fits = !body.starts_with('\n') && !body.ends_with('\n') && body.split('\n').all(is_shown);
    if !is_several || !fits {
        return quoted(text);
    }
    let keeps_break = if body.len() == text.len() { "-" } else { "" };
    // Where the first line begins with a blank, YAML has to be told where the indentation ends.
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

/// Text in quotes: in single ones where a reader sees every character, else in double ones with escapes.
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

    /// The only scalar of the document `a: {b: <scalar>}`, written with an indentation of four.
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
    fn words_that_a_reader_of_yaml_may_take_for_something_else_are_quoted() {
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
