//! `trailbell explain`: how a rule set compiled.
//!
//! A rule that is evaluated for every record costs time on each; here is which ones are, and why.

use std::io::{BufWriter, Write};

use filter_pattern::{Evaluated, Explanation, Found, PatternSet};
use rules::{Rule, RuleSet};
use serde_json::{Value, json};

use crate::arguments::{ExplainArguments, Format};
use crate::exit::Exit;
use crate::rule_files;
use crate::table::table;
use crate::terminal::columns;

/// Explains the rules of the files, or the recommended ones.
pub(crate) fn run(arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let Some(rules) = rule_files::load(&arguments.rules) else { return Ok(Exit::Failure) };
    let mut out = BufWriter::new(anstream::stdout().lock());
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
        writeln!(out, "Rules that are evaluated for every record\n{}\n", table(columns, &[], rows))?;
    }
    if !indexed.is_empty() {
        let rows = indexed.iter().map(|(rule, evaluated)| [rule.id.clone(), evaluated.to_string()]);
        writeln!(out, "Rules that are evaluated for some records\n{}\n", table(columns, &[], rows))?;
    }
    let rows = explanation
        .selectors
        .iter()
        .map(|used| [used.selector.to_string(), used.patterns.to_string(), found(used.found).to_owned()]);
    writeln!(out, "Selectors, the rules that have them, and when their values are looked for")?;
    writeln!(out, "{}", table(columns, &[1], rows))?;
    Ok(())
}

fn by_rule<'e>(
    rules: &'e RuleSet,
    explanation: &'e Explanation,
) -> impl Iterator<Item = (&'e Rule, &'e Evaluated)> {
    rules.rules().iter().zip(&explanation.patterns)
}

/// Why a rule is evaluated for every record; what it requires, for one that is not.
fn reason(evaluated: &Evaluated) -> String {
    match evaluated {
        Evaluated::Always(why) => why.to_string(),
        Evaluated::If(_) => evaluated.to_string(),
    }
}

fn found(found: Found) -> &'static str {
    match found {
        Found::InPassing => "in every record",
        Found::OnDemand => "when a rule asks",
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
                "lookedFor": found(used.found),
            })
        })
        .collect();
    json!({ "rules": by_rule(rules, &explanation).map(rule).collect::<Vec<_>>(), "selectors": selectors })
}
