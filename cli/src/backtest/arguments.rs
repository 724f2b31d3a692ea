//! The command line of `trailbell backtest`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use cloudtrail::Limits;
use rules::{Severity, catalogue};

use crate::inputs::SourceOptions;
use crate::moment::Moment;
use crate::options::{Format, RuleOptions};

/// Messages in a batch unless the stack says otherwise: the default of the parameter `BatchSize`.
const BATCH_SIZE: u64 = 10;
/// When an alarm sees a datapoint, in seconds after the start of the minute of delivery.
const VISIBLE_AFTER_SECONDS: u32 = 60;

const BACKTEST_HELP: &str = "\
Examples:
  trailbell backtest AWSLogs/
  trailbell backtest AWSLogs/ --rules new.yaml --against old.yaml --html report.html
  trailbell backtest AWSLogs/ --rules new.yaml --against recommended --fail-on-lost high
  trailbell backtest s3://amzn-s3-demo-bucket/AWSLogs/ --from 30d --format json

An alert is a message. A ring is a change of an alarm to ALARM, which is one message too. Alarms also stay in ALARM for
some time, so compare hours as well as rings.

Exit codes:
  0  the backtest ran, and no limit is exceeded
  1  a limit is exceeded, matches are lost, or a file or record could not be read
  2  the backtest could not start, for instance because a rule file is invalid";

/// What `backtest` takes.
#[derive(Debug, Args)]
#[command(after_help = BACKTEST_HELP, override_usage = "trailbell backtest [OPTIONS] <SOURCE>...")]
pub(crate) struct BacktestArguments {
    /// Files, folders or `s3://BUCKET[/PREFIX]`
    ///
    /// Log files are read in the order in which CloudTrail delivered them, by the minute in their names. Files without
    /// such a name come last, and their records count at the time of the event.
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath, required = true)]
    pub(super) sources: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) options: SourceOptions,
    #[command(flatten)]
    pub(super) rules: RuleOptions,
    /// Rule file or set of built-in rules to compare the rules with
    #[arg(long, value_name = "FILE|SET", value_hint = ValueHint::FilePath)]
    pub(super) against: Option<PathBuf>,
    /// Start of the backtest, by time of delivery; default: the first log file
    ///
    /// Earlier log files are read as far back as the alarms look, so that they start in the right state.
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<Moment>,
    /// End of the backtest, by time of delivery; default: the last log file
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<Moment>,
    /// Log files in a batch of the function, which sends one alert for each rule and group
    #[arg(long, value_name = "N", default_value_t = BATCH_SIZE, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(super) batch_size: u64,
    /// Number of periods that an alarm reads; default: two more than the alarm's evaluation periods
    ///
    /// CloudWatch does not document this number. `trailbell alarms simulate --history` compares it with your alarms.
    #[arg(long, value_name = "PERIODS")]
    pub(super) evaluation_range: Option<u32>,
    /// When alarms can see a datapoint, in seconds after the start of the minute of delivery
    #[arg(long, value_name = "SECONDS", default_value_t = VISIBLE_AFTER_SECONDS)]
    pub(super) visible_after: u32,
    /// Add the composite alarm of each severity
    #[arg(long)]
    pub(super) severity_alarms: bool,
    /// Largest log file to accept, in bytes after decompression
    #[arg(
        long,
        value_name = "N",
        default_value_t = Limits::default().decompressed_bytes,
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    pub(super) max_file_bytes: u64,
    /// Write a page with everything to this file; it needs no network
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) html: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) limits: LimitOptions,
}

/// What makes a backtest fail.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct LimitOptions {
    /// Fail if there are more alerts than this per day with log files, on average
    #[arg(long, value_name = "N")]
    pub(super) max_alerts_per_day: Option<u64>,
    /// Fail if there are more alerts than this on any day
    #[arg(long, value_name = "N")]
    pub(super) max_alerts_on_a_day: Option<u64>,
    /// Fail if there are more rings than this per day with log files, on average
    #[arg(long, value_name = "N")]
    pub(super) max_rings_per_day: Option<u64>,
    /// Fail if a rule of this severity or above loses a match that the rules of `--against` have
    #[arg(long, value_name = "SEVERITY", value_parser = severity, requires = "against")]
    pub(super) fail_on_lost: Option<Severity>,
}

impl BacktestArguments {
    /// The rules of `--against` as the options of a rule set: a file if there is one with this name, or else a set.
    pub(super) fn against(&self) -> Option<RuleOptions> {
        let against = self.against.as_ref()?;
        let set = against.to_str().filter(|name| catalogue::set(name).is_some() && !against.exists());
        Some(match set {
            Some(name) => RuleOptions { files: Vec::new(), sets: vec![name.to_owned()] },
            None => RuleOptions { files: vec![against.clone()], sets: Vec::new() },
        })
    }

    /// Whether the report is for a program.
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}

/// Reads the name of a severity.
fn severity(text: &str) -> Result<Severity, String> {
    let found = Severity::ALL.iter().copied().find(|severity| severity.as_str() == text);
    let names: Vec<&str> = Severity::ALL.iter().map(|severity| severity.as_str()).collect();
    found.ok_or_else(|| format!("use one of {}", names.join(", ")))
}
