//! The command line: the commands and their help. The arguments of a command are in the command's own module.

use clap::{Parser, Subcommand};

use crate::alarms::AlarmsArguments;
use crate::alert::AlertArguments;
use crate::backfill::BackfillArguments;
use crate::backtest::BacktestArguments;
use crate::completions::CompletionsArguments;
use crate::dead_letters::DlqArguments;
use crate::events::EventsArguments;
use crate::explain::ExplainArguments;
use crate::pattern::PatternArguments;
use crate::replay::ReplayArguments;
use crate::rules::RulesArguments;
use crate::status::StatusArguments;
use crate::verify::VerifyArguments;

const HELP: &str = "\
Examples:
  trailbell replay AWSLogs/
  trailbell events AWSLogs/ --user alice --from 2026-09-14
  trailbell pattern match '{ $.eventName = ConsoleLogin }' log.json.gz
  trailbell rules test rules.yaml

Exit codes:
  0  success
  1  the command ran and found problems in its input
  2  the command could not do its work";

/// The version, with the commit and its date in what `.ci/package` builds.
const VERSION: &str = match option_env!("RELEASED_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// The operator's tool for Trailbell, which turns CloudTrail log files into metrics and alerts
#[derive(Debug, Parser)]
#[command(name = "trailbell", version = VERSION, after_help = HELP, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run log files through the pipeline and show what it would publish
    ///
    /// The files go through the same code as on Lambda, but nothing is published. A file that cannot be read
    /// is listed as an error; all other files are still processed.
    Replay(ReplayArguments),
    /// Rehearse rules on the log files of the past: matches, alerts, rings of alarms, and new rules against old
    ///
    /// The files go through the code that runs on Lambda, in order of delivery, and the alarms through a simulation of
    /// CloudWatch's evaluation. Nothing is published.
    Backtest(Box<BacktestArguments>),
    /// Search CloudTrail events in files, folders and standard input
    ///
    /// The events are shown newest first. Values of one filter are alternatives, and different filters must all match.
    /// In a value, `*` stands for any text, and a leading `!` excludes. Reads are left out unless `--read`, `--all` or a
    /// filter other than time, account and region is given. The last line on standard error says what was searched.
    Events(Box<EventsArguments>),
    /// Try out filter patterns
    Pattern(PatternArguments),
    /// List, check, test, compare, export and import rules
    Rules(RulesArguments),
    /// Compare the CloudWatch alarms in an account with the rules, update them, or export them
    Alarms(AlarmsArguments),
    /// Show what an alert looks like
    Alert(AlertArguments),
    /// Explain why messages are in the dead-letter queue, and send them back
    Dlq(DlqArguments),
    /// Announce log files that the ledger does not know to the log processor's queue
    ///
    /// The command searches the bucket below `AWSLogs/`, in all accounts, including those of organizations,
    /// and in all regions. It selects files by the minute in their names, which is when CloudTrail delivered
    /// them; their records are from the minutes before. It sends one message per file, in the form of
    /// CloudTrail's own messages. A file that is announced twice is processed once, as far back as the ledger
    /// remembers (30 days).
    Backfill(BackfillArguments),
    /// Look at every part of a deployed stack, and say what is broken and what to do
    ///
    /// The command only reads. A part that the caller may not see is unknown, not broken.
    Status(StatusArguments),
    /// Prove with CloudTrail's signed digest files that no log file is missing, changed or added
    ///
    /// The command verifies all accounts and regions in one run. Every second of the span is either proven, or not
    /// proven for one reason.
    Verify(Box<VerifyArguments>),
    /// Show how rules were compiled: the fields to look for, and the records each rule is evaluated on
    Explain(ExplainArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }
}
