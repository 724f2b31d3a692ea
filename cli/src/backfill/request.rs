//! What a backfill was asked to do, as it is kept in the state file.

use anyhow::bail;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::arguments::{Alerts, BackfillArguments, Metrics};

/// The folder below which CloudTrail writes.
pub(super) const LOGS_FOLDER: &str = "AWSLogs/";

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) bucket: String,
    /// The part of the keys before `AWSLogs/`.
    pub(super) prefix: String,
    pub(super) queue: String,
    table: Option<String>,
    pub(super) accounts: Vec<String>,
    pub(super) regions: Vec<String>,
    metrics: Metrics,
    alerts: Alerts,
    /// As typed. A relative time is relative to the first run.
    from: String,
    to: String,
    /// Seconds since 1970.
    pub(super) from_minute: i64,
    /// Seconds since 1970. The span ends before this minute.
    pub(super) to_minute: i64,
}

impl Request {
    /// Reads the command line.
    ///
    /// # Errors
    ///
    /// When the span is empty, or the prefix is below `AWSLogs/`.
    pub(super) fn of(arguments: &BackfillArguments, now: OffsetDateTime) -> anyhow::Result<Self> {
        let (from_minute, to_minute) = (arguments.from.minute(now), arguments.to.minute(now));
        if from_minute >= to_minute {
            bail!("the span is empty: `--from {}` is not before `--to {}`", arguments.from, arguments.to);
        }
        Ok(Self {
            bucket: arguments.source.bucket.clone(),
            prefix: prefix_of(&arguments.source.prefix)?.to_owned(),
            queue: arguments.queue_url.to_string(),
            table: arguments.table.clone(),
            accounts: arguments.accounts.clone(),
            regions: arguments.regions.clone(),
            metrics: arguments.metrics,
            alerts: arguments.alerts,
            from: arguments.from.to_string(),
            to: arguments.to.to_string(),
            from_minute,
            to_minute,
        })
    }

    /// The first argument in which two requests differ.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        let arguments = [
            (self.bucket == other.bucket && self.prefix == other.prefix, "S3_URI"),
            (self.queue == other.queue, "--queue-url"),
            (self.table == other.table, "--table"),
            (self.accounts == other.accounts, "--account"),
            (self.regions == other.regions, "--region"),
            (self.metrics == other.metrics, "--metrics"),
            (self.alerts == other.alerts, "--alerts"),
            (self.from == other.from, "--from"),
            (self.to == other.to, "--to"),
        ];
        arguments.into_iter().find(|(is_same, _)| !is_same).map(|(_, name)| name)
    }
}

/// The part of a URI's prefix before `AWSLogs/`.
fn prefix_of(prefix: &str) -> anyhow::Result<&str> {
    let before = match prefix.strip_suffix(LOGS_FOLDER) {
        Some(before) if before.is_empty() || before.ends_with('/') => before,
        _ => prefix,
    };
    if before.split('/').any(|segment| segment == LOGS_FOLDER.trim_end_matches('/')) {
        bail!("the S3 URI must end before `AWSLogs/`; select with `--account` and `--region`");
    }
    Ok(before)
}
