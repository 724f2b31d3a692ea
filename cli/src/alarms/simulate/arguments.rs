//! The command line of `trailbell alarms simulate`.

use std::path::PathBuf;

use alarm_simulation::State;
use clap::{Args, ValueHint};

use crate::moment::Moment;
use crate::options::Format;

/// When a datapoint is visible to an alarm, in seconds after the start of its minute.
const VISIBLE_AFTER_SECONDS: u32 = 60;

/// How the command is called.
pub(crate) const SIMULATE_USAGE: &str = "\
trailbell alarms simulate <FILE>
       trailbell alarms simulate --alarm <FILE> --data <FILE> [OPTIONS]";

/// The help of the command.
pub(crate) const SIMULATE_HELP: &str = "\
Examples:
  trailbell alarms simulate cases.jsonl
  trailbell alarms simulate --alarm alarms.json --data minutes.csv
  trailbell alarms simulate --alarm alarms.json --name trailbell/root-usage --data data.json --history history.json

To get the files of an account:
  aws cloudwatch describe-alarms --alarm-names trailbell/root-usage > alarms.json
  aws cloudwatch get-metric-statistics --namespace CloudTrailMetrics --metric-name RootAccountUsage \\
    --statistics Sum SampleCount Minimum Maximum --period 60 --start-time ... --end-time ... > data.json
  aws cloudwatch describe-alarm-history --alarm-name trailbell/root-usage \\
    --history-item-type StateUpdate > history.json

Exit codes:
  0  every case was answered, or the alarms were simulated
  1  an answer differs from what its case expects, a case could not be read, or the history differs
  2  a file could not be read, or an alarm cannot be simulated";

/// The options for alarms with their data.
const OWN_ARGUMENTS: [&str; 10] = [
    "alarm",
    "data",
    "history",
    "names",
    "from",
    "to",
    "state",
    "evaluation_range",
    "visible_after",
    "format",
];

/// Cases, or alarms with their data.
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// Test cases to answer (JSON Lines), or `-` for standard input
    #[arg(
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        required_unless_present = "alarm",
        conflicts_with_all = OWN_ARGUMENTS,
    )]
    pub(crate) cases: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) own: OwnArguments,
}

/// Alarms with their data.
#[derive(Debug, Args)]
pub(crate) struct OwnArguments {
    /// Alarms to simulate: the output of `aws cloudwatch describe-alarms`, or one alarm of it
    ///
    /// All metric alarms of the file see the same data, so they must watch the same metric. A composite alarm
    /// is simulated if every alarm it refers to is.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "data")]
    pub(crate) alarm: Option<PathBuf>,
    /// The metric's data, per minute
    ///
    /// The output of `aws cloudwatch get-metric-statistics` or `get-metric-data` with a period of 60 seconds,
    /// a JSON array of `[minute, value]`, or CSV with the columns `minute`, `value` and, optionally, `count`
    /// and `visible`. `visible` is when alarms could first see a datapoint.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "alarm")]
    pub(crate) data: Option<PathBuf>,
    /// What the alarms really did: the output of
    /// `aws cloudwatch describe-alarm-history --history-item-type StateUpdate`
    ///
    /// Changes to ALARM within two minutes of each other count as the same.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "alarm")]
    pub(crate) history: Option<PathBuf>,
    /// Simulate only the metric alarm with this name; can be repeated
    #[arg(long = "name", value_name = "NAME", requires = "alarm")]
    pub(crate) names: Vec<String>,
    /// When the simulation starts; default: the first minute of the data
    #[arg(long, value_name = "TIME", requires = "alarm")]
    pub(crate) from: Option<Moment>,
    /// When the simulation ends; default: when the last datapoint is visible
    ///
    /// The time after the last datapoint counts as missing data only if you set `--to`.
    #[arg(long, value_name = "TIME", requires = "alarm")]
    pub(crate) to: Option<Moment>,
    /// State of the alarms at the start; default: the state in the history, or OK
    #[arg(long, value_name = "STATE", requires = "alarm")]
    pub(crate) state: Option<State>,
    /// Number of periods that an alarm reads; default: two more than the alarm's evaluation periods
    ///
    /// CloudWatch does not document this number. Use `--history` to find the number that fits your alarms.
    #[arg(long, value_name = "PERIODS", requires = "alarm")]
    pub(crate) evaluation_range: Option<u32>,
    /// When alarms can see a datapoint, in seconds after the start of its minute
    #[arg(long, value_name = "SECONDS", default_value_t = VISIBLE_AFTER_SECONDS, requires = "alarm")]
    pub(crate) visible_after: u32,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, requires = "alarm")]
    pub(crate) format: Format,
}
