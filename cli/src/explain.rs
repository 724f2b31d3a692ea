//! `trailbell explain`: how a rule set compiled.
//!
//! A rule that is evaluated on every record costs time on every record. This command shows which rules are,
//! and why.

use std::io::Write;

use clap::Args;
use filter_pattern::{Evaluated, Explanation, PatternSet, SelectorLookup};
use rules::{Rule, RuleSet};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::options::{Format, RuleOptions};
use crate::rules::files::load_rules;
use crate::terminal::{Stdout, columns, table};

const EXPLAIN_HELP: &str = "\
Examples:
  trailbell explain
  trailbell explain --rules rules.yaml
  trailbell explain --format json | jq '.rules[] | select(.evaluatedFor == \"every record\") | .id'

Exit codes:
  0  the rules were explained
  2  a rule file is invalid or could not be read";

/// What `explain` takes.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_HELP)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    rules: RuleOptions,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Explains the rules in the files and sets, or else the recommended rules.
pub(crate) fn run(arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let Some(rules) = load_rules(&arguments.rules) else { return Ok(Exit::Failure) };
    let mut out = Stdout::buffered();
    match arguments.format {
        Format::Text => write_text(&rules, columns(), &mut out)?,
        Format::Json => {
            serde_json::to_writer(&mut out, &to_json(&rules))?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn explain(rules: &RuleSet) -> Explanation {
    PatternSet::new(rules.rules().iter().map(|rule| rule.pattern.clone())).explain()
}

fn write_text(rules: &RuleSet, columns: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    let explanation = explain(rules);
    let (always, indexed): (Vec<_>, Vec<_>) =
        by_rule(rules, &explanation).partition(|(_, evaluated)| matches!(evaluated, Evaluated::Always(_)));
    if !always.is_empty() {
        let rows = always.iter().map(|(rule, evaluated)| [rule.id.clone(), reason(evaluated)]);
        writeln!(out, "Rules evaluated on every record\n{}\n", table(columns, &[], rows))?;
    }
    if !indexed.is_empty() {
        let rows = indexed.iter().map(|(rule, evaluated)| [rule.id.clone(), evaluated.to_string()]);
        writeln!(out, "Rules evaluated on some records\n{}\n", table(columns, &[], rows))?;
    }
    let rows = explanation.selectors.iter().map(|used| {
        [used.selector.to_string(), used.patterns.to_string(), lookup_text(used.lookup).to_owned()]
    });
    writeln!(out, "Selectors, the number of rules that use them, and when their values are read")?;
    writeln!(out, "{}", table(columns, &[1], rows))?;
    Ok(())
}

fn by_rule<'e>(
    rules: &'e RuleSet,
    explanation: &'e Explanation,
) -> impl Iterator<Item = (&'e Rule, &'e Evaluated)> {
    rules.rules().iter().zip(&explanation.patterns)
}

/// Why a rule is evaluated on every record, or what it requires of a record.
fn reason(evaluated: &Evaluated) -> String {
    match evaluated {
        Evaluated::Always(why) => why.to_string(),
        Evaluated::If(_) => evaluated.to_string(),
    }
}

fn lookup_text(lookup: SelectorLookup) -> &'static str {
    match lookup {
        SelectorLookup::InPassing => "in every record",
        SelectorLookup::OnDemand => "when a rule asks",
    }
}

fn to_json(rules: &RuleSet) -> Value {
    let explanation = explain(rules);
    let rule = |(rule, evaluated): (&Rule, &Evaluated)| match evaluated {
        Evaluated::Always(why) => {
            json!({ "id": rule.id, "evaluatedFor": "every record", "because": why.to_string() })
        }
        Evaluated::If(requirements) => {
            let any_of: Vec<String> = requirements.iter().map(ToString::to_string).collect();
            json!({ "id": rule.id, "evaluatedFor": "some records", "anyOf": any_of })
        }
    };
    let selectors: Vec<Value> = explanation
        .selectors
        .iter()
        .map(|used| {
            json!({
                "selector": used.selector.to_string(),
                "rules": used.patterns,
                "lookedFor": lookup_text(used.lookup),
            })
        })
        .collect();
    json!({ "rules": by_rule(rules, &explanation).map(rule).collect::<Vec<_>>(), "selectors": selectors })
}
