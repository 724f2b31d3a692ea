//! `trailbell rules export`: the rules as templates for other AWS services, or as JSON.
//!
//! A template is one of CloudFormation. Nothing is written unless the template can hold every rule. A
//! warning on standard error names what the template cannot express exactly.

mod athena;
mod metric_filters;
mod split;
mod sql;
mod template;
#[cfg(test)]
mod tests;
mod yaml;

use std::io::Write as _;

use rules::{Rule, RuleSet};
use serde_json::json;

use self::template::Export;
use super::arguments::{ExportArguments, ExportFormat};
use super::check::report_faults;
use super::files::{documents, read_all};
use crate::exit::Exit;
use crate::terminal::{Stdout, complain};

/// Writes the template for the rule files and sets, or for the recommended rules.
pub(super) fn run(arguments: &ExportArguments) -> anyhow::Result<Exit> {
    let set = if arguments.files.is_empty() && arguments.sets.is_empty() {
        RuleSet::recommended()?
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
    let mut out = Stdout::buffered();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Success)
}

fn export(rules: &[Rule], format: ExportFormat) -> Export {
    match format {
        ExportFormat::MetricFilters => metric_filters::export(rules),
        ExportFormat::Athena => athena::export(rules),
        ExportFormat::Json => {
            let text = format!("{}\n", json!({ "rules": rules }));
            Export { text, warnings: Vec::new(), faults: Vec::new() }
        }
    }
}
