//! `trailbell pattern explain`: why a filter pattern matches a record, or which of its conditions fail.
//!
//! Whether a condition holds is the evaluator's answer; this file only shows it beside the values that were compared.

use std::fs;
use std::io::{self, Read as _, Write};

use anyhow::{Context as _, bail};
use clap::Args;
use filter_pattern::ast::{Ast, Condition, Expression, Test};
use filter_pattern::{Pattern, parse_record};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::options::Format;
use crate::terminal::{Stdout, complain, printable};

const HELP: &str = "\
Examples:
  trailbell pattern explain '{ $.eventName = ConsoleLogin && $.errorCode NOT EXISTS }' record.json
  trailbell pattern explain '{ $.eventName = \"Delete*\" }' '{\"eventName\":\"DeleteTrail\"}'

Exit codes:
  0  the record matches
  1  the record does not match
  2  the pattern is invalid or no JSON pattern, or the record could not be read";

/// The longest value that is shown whole, in characters.
const SHOWN_CHARACTERS: usize = 60;
/// The most values of a condition that are shown.
const SHOWN_VALUES: usize = 4;

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct ExplainArguments {
    /// Format of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The filter pattern
    #[arg(value_name = "PATTERN", allow_hyphen_values = true)]
    pattern: String,
    /// The record: JSON that begins with `{`, or a file that holds it; without it, or for `-`, standard input
    #[arg(value_name = "RECORD")]
    record: Option<String>,
}

pub(super) fn run(arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let pattern = match Pattern::parse(&arguments.pattern) {
        Ok(pattern) => pattern,
        Err(error) => {
            complain(error.diagnostic(&arguments.pattern));
            return Ok(Exit::Failure);
        }
    };
    let Ast::Json(expression) = pattern.ast() else {
        bail!("only a JSON pattern, `{{ ... }}`, has conditions that can be explained");
    };
    let record = read_record(arguments.record.as_deref())?;
    let explained = Explained::new(expression, &record);
    let mut out = Stdout::buffered();
    match arguments.format {
        Format::Text => explained.write_text(&mut out)?,
        Format::Json => writeln!(out, "{}", explained.to_json())?,
    }
    out.flush()?;
    Ok(if explained.root.holds { Exit::Success } else { Exit::Findings })
}

fn read_record(record: Option<&str>) -> anyhow::Result<Value> {
    let bytes = match record {
        None | Some("-") => {
            let mut bytes = Vec::new();
            io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .context("cannot read the record from standard input")?;
            bytes
        }
        Some(text) if text.trim_start().starts_with('{') => text.as_bytes().to_vec(),
        Some(path) => fs::read(path).with_context(|| format!("cannot read `{}`", printable(path)))?,
    };
    let value = parse_record(&bytes)?;
    if !value.is_object() {
        bail!("the record is not a JSON object");
    }
    Ok(value)
}

/// A pattern beside a record.
struct Explained<'p> {
    root: Part<'p>,
}

/// A part of the pattern, and whether it holds.
struct Part<'p> {
    holds: bool,
    kind: PartKind<'p>,
}

enum PartKind<'p> {
    Condition { condition: &'p Condition, values: Vec<&'p Value> },
    All(Vec<Part<'p>>),
    Any(Vec<Part<'p>>),
}

impl<'p> Explained<'p> {
    fn new(expression: &'p Expression<Condition>, record: &'p Value) -> Self {
        Self { root: Part::new(expression, record) }
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let verdict = if self.root.holds { "the record matches" } else { "the record does not match" };
        writeln!(out, "{verdict}")?;
        self.root.write_text(out, 1, true)
    }

    fn to_json(&self) -> Value {
        let mut conditions = Vec::new();
        self.root.collect_json(&mut conditions, true);
        json!({ "matches": self.root.holds, "conditions": conditions })
    }
}

impl<'p> Part<'p> {
    fn new(expression: &'p Expression<Condition>, record: &'p Value) -> Self {
        let parts = |parts: &'p [Expression<Condition>]| -> Vec<Part<'p>> {
            parts.iter().map(|part| Part::new(part, record)).collect()
        };
        match expression {
            Expression::Condition(condition) => Self {
                holds: condition.holds(record),
                kind: PartKind::Condition { condition, values: condition.selector.select(record) },
            },
            Expression::All(all) => {
                let parts = parts(all);
                Self { holds: parts.iter().all(|part| part.holds), kind: PartKind::All(parts) }
            }
            Expression::Any(any) => {
                let parts = parts(any);
                Self { holds: parts.iter().any(|part| part.holds), kind: PartKind::Any(parts) }
            }
        }
    }

    /// Writes the part, indented. It decides the answer if `decides` says that its group does and its own answer is the group's.
    fn write_text(&self, out: &mut impl Write, depth: usize, decides: bool) -> io::Result<()> {
        let mark = if decides { '>' } else { ' ' };
        let verb = if self.holds { "holds" } else { "fails" };
        let indent = "  ".repeat(depth);
        let (name, parts) = match &self.kind {
            PartKind::Condition { condition, values } => {
                let text = printable(&condition.to_string()).into_owned();
                return writeln!(out, "{mark}{indent}{verb}  {text}  ({})", found(condition, values));
            }
            PartKind::All(parts) => ("all of", parts),
            PartKind::Any(parts) => ("any of", parts),
        };
        writeln!(out, "{mark}{indent}{verb}  {name}")?;
        for part in parts {
            part.write_text(out, depth + 1, decides && part.holds == self.holds)?;
        }
        Ok(())
    }

    fn collect_json(&self, conditions: &mut Vec<Value>, decides: bool) {
        match &self.kind {
            PartKind::Condition { condition, values } => conditions.push(json!({
                "condition": condition.to_string(),
                "holds": self.holds,
                "decides": decides,
                "values": values,
            })),
            PartKind::All(parts) | PartKind::Any(parts) => {
                for part in parts {
                    part.collect_json(conditions, decides && part.holds == self.holds);
                }
            }
        }
    }
}

/// What a condition found in the record, and what is surprising about it.
fn found(condition: &Condition, values: &[&Value]) -> String {
    if values.is_empty() {
        let is_compared = matches!(condition.test, Test::Compare(_));
        return if is_compared { "no such field, so nothing to compare" } else { "no such field" }.to_owned();
    }
    let mut shown: Vec<String> = values.iter().take(SHOWN_VALUES).map(|value| describe(value)).collect();
    if values.len() > SHOWN_VALUES {
        shown.push(format!("{} more", values.len() - SHOWN_VALUES));
    }
    let shown = shown.join(", ");
    let is_compared = matches!(condition.test, Test::Compare(_));
    let is_comparable = |value: &&Value| value.is_string() || value.is_number();
    if is_compared && !values.iter().any(is_comparable) {
        return format!("{shown}; only strings and numbers can be compared");
    }
    shown
}

/// A value in a few words. Its text comes from the record and may hold anything.
fn describe(value: &Value) -> String {
    let text = match value {
        Value::Object(_) => return "an object".to_owned(),
        Value::Array(_) => return "an array".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    };
    let mut shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    printable(&shown).into_owned()
}
