//! The command line of `trailbell backfill`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use aws::{QueueUrl, S3Prefix};
use clap::{Args, ValueEnum, ValueHint};
use serde::{Deserialize, Serialize};

use crate::cloud::ProfileOption;
use crate::moment::Moment;
use crate::options::Format;

const BACKFILL_HELP: &str = "\
Examples:
  trailbell backfill s3://amzn-s3-demo-bucket --queue-url \"$QUEUE\" --table \"$LEDGER\" --from 6h --dry-run
  trailbell backfill s3://amzn-s3-demo-bucket --queue-url \"$QUEUE\" --table \"$LEDGER\" --from 2026-09-12 --to 2026-09-14T12:00Z --state backfill.json
  trailbell backfill s3://amzn-s3-demo-bucket/prefix --queue-url \"$QUEUE\" --table \"$LEDGER\" --from 2d --account 111122223333 --region eu-west-1

Datapoints and alerts:
  With `--metrics auto`, files delivered within the last two weeks, which CloudWatch still accepts, get their datapoints at
  the minute in their names. Older files get none.
  With `--alerts auto`, the same files get alerts. A file with neither leaves no entry in the ledger.
  With `--alerts off`, or with `--metrics off` alone, a file still counts as done: what was left out is never published.
  Datapoints older than the period an alarm evaluates do not raise it. Alerts do not depend on the time.
  Redrive the dead-letter queue first (`trailbell dlq`): its messages are published as if nothing had happened.

AWS access:
  Requests go to the region in the queue's URL, and to the bucket's own region. `--region` selects log files.

Permissions:
  s3:ListBucket on the bucket
  sqs:SendMessage on the queue; kms:GenerateDataKey and kms:Decrypt on its key, if it has a customer managed key
  dynamodb:BatchGetItem on the table, with --table; kms:Decrypt on its key, if it has a customer managed key

Exit codes:
  0  every file is known or was announced; with --dry-run, every file is known
  1  with --dry-run: there are files to announce
  2  the command could not finish; with --state, run it again to continue";

/// What `backfill` takes.
#[derive(Debug, Args)]
#[command(after_help = BACKFILL_HELP)]
pub(crate) struct BackfillArguments {
    /// The trail's bucket, with the prefix before `AWSLogs/` if there is one
    #[arg(value_name = "S3_URI", value_parser = S3Prefix::parse)]
    pub(super) source: S3Prefix,
    /// URL of the queue that the log processor reads
    #[arg(long, value_name = "URL", value_parser = QueueUrl::parse)]
    pub(super) queue_url: QueueUrl,
    /// Name of the ledger's table, in the queue's region; without it, every file in the span is announced
    #[arg(long, value_name = "NAME")]
    pub(super) table: Option<String>,
    /// Start of the span: `2026-09-14`, `2026-09-14T12:00Z`, or a time ago such as `90m`, `36h` or `2d`
    #[arg(long, value_name = "TIME")]
    pub(super) from: Moment,
    /// End of the span, exclusive; later files may still be on their way through the queue
    #[arg(long, value_name = "TIME", default_value = "30m")]
    pub(super) to: Moment,
    /// Announce only files of this account; can be repeated
    #[arg(long = "account", value_name = "ID", num_args = 1.., value_parser = account)]
    pub(super) accounts: Vec<String>,
    /// Announce only files of this region; can be repeated
    #[arg(long = "region", value_name = "REGION", num_args = 1..)]
    pub(super) regions: Vec<String>,
    /// Most files to announce per second; files delivered in the meantime wait behind them
    #[arg(long, value_name = "N", default_value = "50")]
    pub(super) rate: NonZeroU32,
    /// Which files get the rules' datapoints
    #[arg(long, value_enum, default_value_t = Metrics::Auto)]
    pub(super) metrics: Metrics,
    /// Which files get alerts
    #[arg(long, value_enum, default_value_t = Alerts::Auto)]
    pub(super) alerts: Alerts,
    /// File that records the progress; run the command again with the same arguments to continue
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "dry_run")]
    pub(super) state: Option<PathBuf>,
    /// Announce nothing; count what would be announced, by account, region and day
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) aws: ProfileOption,
}

/// Which files get the rules' datapoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Metrics {
    /// Files that are recent enough for CloudWatch; their datapoints are at the minute in their names
    Auto,
    /// No file
    Off,
}

/// Which files get alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Alerts {
    /// The files that get datapoints with `--metrics auto`
    Auto,
    /// Every file
    On,
    /// No file
    Off,
}

/// A text that is not an account id.
#[derive(Debug, thiserror::Error)]
#[error("an account id has 12 digits")]
struct AccountError;

fn account(text: &str) -> Result<String, AccountError> {
    let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if is_account { Ok(text.to_owned()) } else { Err(AccountError) }
}
