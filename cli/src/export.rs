//! `trailbell rules export`: the rules in the forms that other services take.
//!
//! Both forms are CloudFormation templates. Nothing is written unless every rule has its place in the template; what the
//! form cannot say exactly is a warning on standard error.

mod athena;
mod metric_filters;
mod split;
mod sql;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::HashSet;
use std::io::Write as _;

use rules::{Rule, RuleSet};

use crate::arguments::{ExportArguments, ExportFormat};
use crate::complaint::complain;
use crate::exit::Exit;
use crate::rule_commands::report_faults;
use crate::rule_files::{documents, read_all};

/// A template, and how well it holds the rules.
#[derive(Debug, Default)]
struct Export {
    text: String,
    /// What the template cannot say exactly.
    warnings: Vec<String>,
    /// What keeps the template from being deployed, or a rule from being in it.
    faults: Vec<String>,
}

/// Writes the template of the rule files and sets, or of the recommended rules.
pub(crate) fn run(arguments: &ExportArguments) -> anyhow::Result<Exit> {
    let set = if arguments.files.is_empty() && arguments.sets.is_empty() {
        RuleSet::recommended()
    } else {
        let (files, errors) = read_all(&arguments.files, &arguments.sets);
        for error in &errors {
            complain(format_args!("error: {error:#}"));
        }
        if !errors.is_empty() {
            return Ok(Exit::Failure);
        }
        match RuleSet::parse_all(documents(&files)) {
            Ok((set, _)) => set,
            Err(diagnostics) => return report_faults(&diagnostics, &mut anstream::stderr().lock()),
        }
    };
    let Export { text, warnings, faults } = export(set.rules(), arguments.format);
    for warning in warnings {
        complain(format_args!("warning: {}", filter_pattern::printable(&warning)));
    }
    for fault in &faults {
        complain(format_args!("error: {}", filter_pattern::printable(fault)));
    }
    if !faults.is_empty() {
        return Ok(Exit::Findings);
    }
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Success)
}

fn export(rules: &[Rule], format: ExportFormat) -> Export {
    match format {
        ExportFormat::MetricFilters => metric_filters::export(rules),
        ExportFormat::Athena => athena::export(rules),
    }
}

/// Logical ids of CloudFormation, made from rule ids: `root-usage` becomes `RuleRootUsage`.
#[derive(Debug, Default)]
struct LogicalIds {
    taken: HashSet<String>,
}

impl LogicalIds {
    /// An id that no other rule has: `a-b1` and `a-b-1` would both be `RuleAB1`.
    fn of(&mut self, rule_id: &str) -> String {
        let mut id = String::from("Rule");
        for word in rule_id.split('-') {
            let mut characters = word.chars();
            id.extend(characters.next().map(|first| first.to_ascii_uppercase()));
            id.push_str(characters.as_str());
        }
        while !self.taken.insert(id.clone()) {
            id.push('X');
        }
        id
    }
}
