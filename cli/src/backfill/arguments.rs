//! The command line of `trailbell backfill`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use aws::{QueueUrl, S3Prefix};
use clap::{Args, ValueEnum, ValueHint};
use serde::{Deserialize, Serialize};

use crate::arguments::Format;
use crate::moment::Moment;

const BACKFILL_HELP: &str = "\
Examples:
  trailbell backfill s3://amzn-s3-demo-bucket --queue-url \"$QUEUE\" --table \"$LEDGER\" --from 6h --dry-run
  trailbell backfill s3://amzn-s3-demo-bucket --queue-url \"$QUEUE\" --table \"$LEDGER\" --from 2026-09-12 --to 2026-09-14T12:00Z --state backfill.json
  trailbell backfill s3://amzn-s3-demo-bucket/prefix --queue-url \"$QUEUE\" --table \"$LEDGER\" --from 2d --account 111122223333 --region eu-west-1

Datapoints and alerts:
  With `--metrics auto`, files that were delivered within the two weeks that CloudWatch accepts have their datapoints at the
  minute in their names, and older ones have none.
  The same goes for alerts with `--alerts auto`. A file of which neither is published leaves no mark in the ledger.
  With `--alerts off`, or `--metrics off` alone, a file is done all the same: what was left out of it is never published.
  Datapoints that are older than an alarm looks back do not set it off; alerts do not depend on their time.
  Redrive the dead-letter queue first (`trailbell dlq`): what it holds is published as it would have been.

Permissions:
  s3:ListBucket on the bucket
  sqs:SendMessage on the queue, and kms:GenerateDataKey and kms:Decrypt on its key, where it has one of yours
  dynamodb:BatchGetItem on the table, with --table, and kms:Decrypt on its key, where it has one of yours

Exit codes:
  0  every file is known or announced; with --dry-run, every file is known
  1  with --dry-run: there are files to announce
  2  the command could not do all of its work; with --state, run it again to go on";

/// What `backfill` takes.
#[derive(Debug, Args)]
#[command(after_help = BACKFILL_HELP)]
pub(crate) struct BackfillArguments {
    /// The trail's bucket, with what stands in front of `AWSLogs/`, if anything does
    #[arg(value_name = "S3_URI", value_parser = S3Prefix::parse)]
    pub(crate) source: S3Prefix,
    /// URL of the queue that the log processor reads
    #[arg(long, value_name = "URL", value_parser = QueueUrl::parse)]
    pub(crate) queue_url: QueueUrl,
    /// Name of the ledger's table, in the region of the queue; without it every file of the span is announced
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// Beginning of the span: `2026-09-14`, `2026-09-14T12:00Z`, or a time ago such as `90m`, `36h` or `2d`
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Moment,
    /// End of the span, which is no part of it; later files may still be on their way through the queue
    #[arg(long, value_name = "TIME", default_value = "30m")]
    pub(crate) to: Moment,
    /// Only this account; may be repeated
    #[arg(long = "account", value_name = "ID", num_args = 1.., value_parser = account)]
    pub(crate) accounts: Vec<String>,
    /// Only this region; may be repeated
    #[arg(long = "region", value_name = "REGION", num_args = 1..)]
    pub(crate) regions: Vec<String>,
    /// Most files to announce in a second; files that are delivered meanwhile wait behind them
    #[arg(long, value_name = "N", default_value = "50")]
    pub(crate) rate: NonZeroU32,
    /// What becomes of the rules' datapoints
    #[arg(long, value_enum, default_value_t = Metrics::Auto)]
    pub(crate) metrics: Metrics,
    /// What becomes of alerts
    #[arg(long, value_enum, default_value_t = Alerts::Auto)]
    pub(crate) alerts: Alerts,
    /// File that remembers how far the command has come, so that the next run with the same arguments goes on there
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "dry_run")]
    pub(crate) state: Option<PathBuf>,
    /// Count what would be announced, for each account, region and day, and announce nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What becomes of the rules' datapoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Metrics {
    /// At the minute in the file's name as far back as CloudWatch accepts them, and none before that
    Auto,
    /// None
    Off,
}

/// What becomes of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Alerts {
    /// Those of files that have their datapoints with `--metrics auto`
    Auto,
    /// All
    On,
    /// None
    Off,
}

/// An account id that is none.
#[derive(Debug, thiserror::Error)]
#[error("an account id has 12 digits")]
struct AccountError;

fn account(text: &str) -> Result<String, AccountError> {
    let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if is_account { Ok(text.to_owned()) } else { Err(AccountError) }
}
