//! `trailbell pattern compare`: what two filter patterns have in common, with a record that shows each difference.
//!
//! The answers are those of `pattern_analysis`. This file reads two patterns and words what was found.

use std::io::{self, Write};

use clap::Args;
use filter_pattern::Pattern;
use pattern_analysis::{PatternAnalysis, PatternComparison, Reason, Relation, Witness};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::options::Format;
use crate::terminal::{Stdout, complain, printable};

const HELP: &str = "\
Examples:
  trailbell pattern compare '{ $.eventName = \"Delete*\" }' '{ $.eventName = DeleteTrail }'
  trailbell pattern compare --format json \"$OLD\" \"$NEW\" | jq .onlyFirst

Exit codes:
  0  the patterns are equivalent
  1  the patterns differ
  2  a pattern is invalid, or it could not be decided how the patterns relate";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct CompareArguments {
    /// Format of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// A filter pattern
    #[arg(value_name = "FIRST", allow_hyphen_values = true)]
    first: String,
    /// Another filter pattern
    #[arg(value_name = "SECOND", allow_hyphen_values = true)]
    second: String,
}

pub(super) fn run(arguments: &CompareArguments) -> anyhow::Result<Exit> {
    let (Some(first), Some(second)) = (read(&arguments.first), read(&arguments.second)) else {
        return Ok(Exit::Failure);
    };
    let compared = compare(&first, &second);
    let mut out = Stdout::buffered();
    match arguments.format {
        Format::Text => write_text(&compared, &mut out)?,
        Format::Json => writeln!(out, "{}", to_json(&compared))?,
    }
    out.flush()?;
    Ok(match compared.as_ref().map_or(Relation::Unknown, PatternComparison::relation) {
        Relation::Equivalent => Exit::Success,
        Relation::Implies | Relation::Implied | Relation::Disjoint | Relation::Overlap => Exit::Findings,
        Relation::Unknown => Exit::Failure,
    })
}

/// A pattern, whose faults are reported.
fn read(text: &str) -> Option<Pattern> {
    Pattern::parse(text).map_err(|error| complain(error.diagnostic(text))).ok()
}

fn compare(first: &Pattern, second: &Pattern) -> Result<PatternComparison, Reason> {
    let mut analysis = PatternAnalysis::new();
    let (first, second) = (analysis.add(first)?, analysis.add(second)?);
    Ok(analysis.compare(first, second))
}

fn to_json(compared: &Result<PatternComparison, Reason>) -> Value {
    let record = |part: fn(&PatternComparison) -> Option<&Witness>| {
        compared.as_ref().ok().and_then(part).map_or(Value::Null, |witness| witness.record().clone())
    };
    json!({
        "relation": compared.as_ref().map_or(Relation::Unknown, PatternComparison::relation).as_str(),
        "onlyFirst": record(PatternComparison::only_first),
        "onlySecond": record(PatternComparison::only_second),
        "both": record(PatternComparison::both),
        "reason": reason(compared).map(Reason::code),
    })
}

/// Why the relation is not known.
fn reason(compared: &Result<PatternComparison, Reason>) -> Option<Reason> {
    match compared {
        Ok(comparison) => comparison.unknown().filter(|_| comparison.relation() == Relation::Unknown),
        Err(reason) => Some(*reason),
    }
}

fn write_text(compared: &Result<PatternComparison, Reason>, out: &mut impl Write) -> io::Result<()> {
    match compared.as_ref().map_or(Relation::Unknown, PatternComparison::relation) {
        Relation::Equivalent => writeln!(out, "equivalent: both match the same records")?,
        Relation::Implies => writeln!(out, "implies: whatever the first matches, the second matches too")?,
        Relation::Implied => writeln!(out, "implied: whatever the second matches, the first matches too")?,
        Relation::Disjoint => writeln!(out, "disjoint: no record matches both")?,
        Relation::Overlap => writeln!(out, "overlap: each matches records that the other does not match")?,
        Relation::Unknown => match reason(compared) {
            Some(reason) => writeln!(out, "unknown: {reason}")?,
            None => writeln!(out, "unknown")?,
        },
    }
    let Ok(comparison) = compared else { return Ok(()) };
    let parts = [
        ("only the first matches", comparison.only_first()),
        ("only the second matches", comparison.only_second()),
        ("both match", comparison.both()),
    ];
    for (name, witness) in parts {
        if let Some(witness) = witness {
            writeln!(out, "{name}\n  {}", printable(&witness.to_string()))?;
        }
    }
    Ok(())
}
