//! The command line of `trailbell replay`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use cloudtrail::Limits;
use rules::Severity;

use crate::inputs::SourceOptions;
use crate::options::RuleOptions;

const REPLAY_HELP: &str = "\
Examples:
  trailbell replay AWSLogs/
  trailbell replay --rules rules.yaml --format json AWSLogs/ | jq .rules
  trailbell replay --set cis-3.0 --set aws-guide AWSLogs/
  trailbell replay --severity high --verbose AWSLogs/
  trailbell replay --format jsonl AWSLogs/ | jq .target
  trailbell replay s3://amzn-s3-demo-bucket/AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/
  aws cloudtrail lookup-events --output json | trailbell replay -

Exit codes:
  0  every file was processed, a duplicate, or not a log file
  1  a file or a record could not be read, and the report lists it; or nothing was evaluated
  2  the replay could not start, for instance because a rule file is invalid";

/// What `replay` takes.
#[derive(Debug, Args)]
#[command(after_help = REPLAY_HELP, override_usage = "trailbell replay [OPTIONS] <PATH>...")]
pub(crate) struct ReplayArguments {
    /// Files, folders, `s3://BUCKET[/PREFIX]`, or `-` for standard input
    ///
    /// A file may be a log file, records, or what the AWS CLI, EventBridge or CloudWatch Logs made of them, plain
    /// or gzip. A folder is searched with all its subfolders, whatever the names of the files are. Files in it
    /// that contain no records are skipped, counted and named. A file with the name of a trail's log file must be
    /// intact. Files whose name or folder marks them as digests or as logs of another service are counted as
    /// ignored. An unreachable path is an error. It counts as a failed file if you named it or if its name ends
    /// in `.json.gz` or `.json`; the contents of an unreadable folder are unknown and not counted.
    ///
    /// In S3, a source is an object, a folder such as that of a day, or everything before `AWSLogs/`. Needs
    /// s3:ListBucket on the bucket, s3:GetObject on the objects, and kms:Decrypt on the key of the trail.
    ///
    /// A record without a time gets the minute in the name of its log file. If there is none either, its matches
    /// are counted, but have no datapoint.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) options: SourceOptions,
    #[command(flatten)]
    pub(super) rules: RuleOptions,
    /// Largest log file to accept, in bytes after decompression
    #[arg(
        long,
        value_name = "N",
        default_value_t = Limits::default().decompressed_bytes,
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    pub(super) max_file_bytes: u64,
    /// Show only alerts of this severity or above
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(super) severity: Option<Severity>,
    /// Show only alerts of this rule; can be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub(super) only_rules: Vec<String>,
    /// Show the details of each alert, and what the rules say
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReplayFormat::Text)]
    pub(super) format: ReplayFormat,
}

/// The output format of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReplayFormat {
    /// Human-readable
    Text,
    /// JSON, one object on one line
    Json,
    /// JSON Lines, one object for each finding, also of rules that send no alerts
    Jsonl,
}

/// Reads the name of a severity.
fn severity(text: &str) -> Result<Severity, String> {
    let found = SEVERITIES.into_iter().find(|severity| severity.as_str() == text);
    found.ok_or_else(|| format!("use one of {}", SEVERITIES.map(Severity::as_str).join(", ")))
}

/// From least to most.
const SEVERITIES: [Severity; 5] =
    [Severity::Informational, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
