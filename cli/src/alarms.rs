//! `trailbell alarms`: the alarms that the rules ask for, next to those of an account.
//!
//! The work is that of the alarm reconciler; this is its other front. Account, region, credentials and endpoint come from the
//! environment and the profile files, as for every AWS SDK.

pub(crate) mod arguments;

use std::io::Write;
use std::sync::Arc;

use alarms::{AlarmStore, Owner, Plan, Reconciler, Report, cloudformation, desired};
use anyhow::Context as _;
use aws::Aws;
use rules::RuleSet;
use serde_json::json;

use self::arguments::{AccountArguments, AlarmsCommand, ExportArguments, TemplateFormat};
use crate::arguments::Format;
use crate::exit::Exit;
use crate::printable::printable;
use crate::rule_files;

/// Runs one of the commands.
pub(crate) fn run(command: &AlarmsCommand) -> anyhow::Result<Exit> {
    match command {
        AlarmsCommand::Plan(arguments) => with_account(arguments, Task::Plan),
        AlarmsCommand::Apply(arguments) => with_account(arguments, Task::Apply),
        AlarmsCommand::Export(arguments) => export(arguments),
    }
}

/// What to do with the alarms of an account.
#[derive(Debug, Clone, Copy)]
enum Task {
    Plan,
    Apply,
}

fn with_account(arguments: &AccountArguments, task: Task) -> anyhow::Result<Exit> {
    let Some(rules) = rule_files::load(&arguments.alarms.rules) else { return Ok(Exit::Failure) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let reconciler = Reconciler {
            rules: Arc::new(rules),
            store: Aws::load().await.alarm_store(),
            settings: arguments.alarms.settings(&arguments.owner, arguments.topic.as_ref()),
        };
        // Written at once where it is buffered, so that progress shows.
        let mut out = anstream::stdout();
        match task {
            Task::Plan => plan(&reconciler, arguments.format, &mut out).await,
            Task::Apply => apply(&reconciler, arguments.format, &mut out).await,
        }
    })
}

/// Shows what would change.
async fn plan<S: AlarmStore>(
    reconciler: &Reconciler<Arc<RuleSet>, S>,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<Exit> {
    let plan = reconciler.plan(None).await?;
    match format {
        Format::Text => writeln!(out, "{plan}")?,
        Format::Json => writeln!(out, "{}", serde_json::to_string(&plan)?)?,
    }
    let is_right = plan.is_empty() && plan.conflicts.is_empty();
    Ok(if is_right { Exit::Success } else { Exit::Findings })
}

/// Shows what changes, changes it, and sums up.
async fn apply<S: AlarmStore>(
    reconciler: &Reconciler<Arc<RuleSet>, S>,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<Exit> {
    let plan: Plan = reconciler.plan(None).await?;
    if format == Format::Text {
        writeln!(out, "{plan}")?;
        out.flush()?;
    }
    let outcome = reconciler.reconcile(None).await;
    let report = &outcome.report;
    let error = outcome.result.err().map(anyhow::Error::from);
    match format {
        Format::Text => writeln!(out, "{}", summed_up(report))?,
        Format::Json => {
            let error = error.as_ref().map(|error| format!("{error:#}"));
            writeln!(out, "{}", json!({ "plan": plan, "report": report, "error": error }))?;
        }
    }
    match error {
        Some(error) => Err(anyhow::anyhow!("{}", printable(&format!("{error:#}")))),
        None => Ok(Exit::Success),
    }
}

fn summed_up(report: &Report) -> String {
    let Report { created, updated, deleted, unchanged, .. } = report;
    format!("{created} created, {updated} updated, {deleted} deleted; {unchanged} as the rules ask")
}

/// Writes the template.
fn export(arguments: &ExportArguments) -> anyhow::Result<Exit> {
    let Some(rules) = rule_files::load(&arguments.alarms.rules) else { return Ok(Exit::Failure) };
    // The template has no owner; see `alarms::cloudformation`.
    let owner = Owner::new("template")?;
    let alarms = desired(rules.rules(), &arguments.alarms.settings(&owner, None))?;
    let template = match arguments.format {
        TemplateFormat::Cloudformation => cloudformation(&alarms, &arguments.alarms.prefix)?,
    };
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", serde_json::to_string_pretty(&template)?)
        .context("the template cannot be written")?;
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests;
