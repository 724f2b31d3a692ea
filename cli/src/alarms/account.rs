//! `trailbell alarms plan` and `apply`: the alarms in an account next to the alarms that the rules define.
//!
//! The comparison and the changes are the alarm reconciler's own, from the crate `alarms`.

use std::io::Write;
use std::sync::Arc;

use alarms::{AlarmStore, Owner, Plan, ReconcileCounts, Reconciler};
use aws::TopicArn;
use clap::Args;
use rules::RuleSet;
use serde_json::json;

use super::options::AlarmOptions;
use crate::cloud::AwsOptions;
use crate::exit::Exit;
use crate::options::Format;
use crate::rules::files::load_rules;
use crate::runtime::block_on;
use crate::terminal::{Stdout, printable};

/// Rules, and the account whose alarms to compare with them.
#[derive(Debug, Args)]
pub(super) struct AccountArguments {
    #[command(flatten)]
    alarms: AlarmOptions,
    /// Owner of the alarms: the value of their tag `trailbell:owner`
    ///
    /// The alarms of a stack are owned by the stack's id.
    #[arg(long, value_name = "OWNER", default_value = "trailbell", value_parser = Owner::new)]
    owner: Owner,
    /// SNS topic for the alarms to notify; without it, they notify nobody
    #[arg(long, value_name = "ARN", value_parser = TopicArn::parse)]
    topic: Option<TopicArn>,
    /// SNS topic for the alarms of rules that send no alerts [default: that of --topic]
    #[arg(long, value_name = "ARN", value_parser = TopicArn::parse)]
    alert_topic: Option<TopicArn>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    aws: AwsOptions,
}

/// Shows how the alarms in the account differ from the rules.
///
/// # Errors
///
/// When the account cannot be reached, or the alarms cannot be read.
pub(super) fn plan(arguments: &AccountArguments) -> anyhow::Result<Exit> {
    run(arguments, Task::Plan)
}

/// Updates the alarms in the account until they match the rules.
///
/// # Errors
///
/// When the account cannot be reached, or some alarms cannot be read or updated.
pub(super) fn apply(arguments: &AccountArguments) -> anyhow::Result<Exit> {
    run(arguments, Task::Apply)
}

/// What to do with the alarms in the account.
#[derive(Debug, Clone, Copy)]
enum Task {
    Plan,
    Apply,
}

fn run(arguments: &AccountArguments, task: Task) -> anyhow::Result<Exit> {
    let Some(rules) = load_rules(&arguments.alarms.rules) else { return Ok(Exit::Failure) };
    let topic = arguments.topic.as_ref();
    let topics = [topic, arguments.alert_topic.as_ref().or(topic)].map(|topic| topic.map(TopicArn::as_str));
    block_on(async {
        let reconciler = Reconciler {
            rules: Arc::new(rules),
            store: arguments.aws.connect(None).await?.alarm_store(),
            settings: arguments.alarms.settings(&arguments.owner, topics),
        };
        let mut out = Stdout::unbuffered();
        match task {
            Task::Plan => show_plan(&reconciler, arguments.format, &mut out).await,
            Task::Apply => apply_plan(&reconciler, arguments.format, &mut out).await,
        }
    })
}

/// Shows what would change.
async fn show_plan<S: AlarmStore>(
    reconciler: &Reconciler<Arc<RuleSet>, S>,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<Exit> {
    let plan = reconciler.plan(None).await?;
    match format {
        Format::Text => writeln!(out, "{plan}")?,
        Format::Json => writeln!(out, "{}", serde_json::to_string(&plan)?)?,
    }
    let is_up_to_date = plan.is_empty() && plan.conflicts.is_empty();
    Ok(if is_up_to_date { Exit::Success } else { Exit::Findings })
}

/// Shows what changes, changes it, and sums up.
async fn apply_plan<S: AlarmStore>(
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
    let counts = &outcome.counts;
    let error = outcome.result.err().map(anyhow::Error::from);
    match format {
        Format::Text => writeln!(out, "{}", summary(counts))?,
        Format::Json => {
            let error = error.as_ref().map(|error| format!("{error:#}"));
            writeln!(out, "{}", json!({ "plan": plan, "report": counts, "error": error }))?;
        }
    }
    match error {
        Some(error) => Err(anyhow::anyhow!("{}", printable(&format!("{error:#}")))),
        None => Ok(Exit::Success),
    }
}

fn summary(counts: &ReconcileCounts) -> String {
    let ReconcileCounts { created, updated, deleted, unchanged, .. } = counts;
    format!("{created} created, {updated} updated, {deleted} deleted, {unchanged} already up to date")
}

#[cfg(test)]
mod tests;
