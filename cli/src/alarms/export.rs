//! `trailbell alarms export`: the alarms as a template. It reads no account.

use std::io::Write as _;

use alarms::{Owner, cloudformation, desired};

use super::arguments::{ExportArguments, TemplateFormat};
use crate::exit::Exit;
use crate::rules::files::load_rules;
use crate::terminal::Stdout;

/// Writes the template.
///
/// # Errors
///
/// When a template cannot hold the alarms, or cannot be written.
pub(super) fn run(arguments: &ExportArguments) -> anyhow::Result<Exit> {
    let Some(rules) = load_rules(&arguments.alarms.rules) else { return Ok(Exit::Failure) };
    // The template has no owner; see `alarms::cloudformation`.
    let owner = Owner::new("template")?;
    let alarms = desired(rules.rules(), &arguments.alarms.settings(&owner, [None, None]))?;
    let template = match arguments.format {
        TemplateFormat::Cloudformation => cloudformation(&alarms, &arguments.alarms.prefix)?,
    };
    let mut out = Stdout::buffered();
    writeln!(out, "{}", serde_json::to_string_pretty(&template)?)?;
    out.flush()?;
    Ok(Exit::Success)
}
