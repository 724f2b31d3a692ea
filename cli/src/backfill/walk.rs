//! Finds the log files of a span in a bucket, without listing keys that cannot be in it.
//!
//! Below `AWSLogs/`, folders are listed level by level down to the regions. The files of a region are listed
//! from the first minute of the span to the last, because their keys are in the order of delivery.
//!
//! Source: the CloudTrail user guide, "Getting and viewing your CloudTrail log files" and "CloudTrail log
//! file name format".

use aws::{CallError, ListedObject};
use cloudtrail::{ObjectKind, classify_key};
use futures::{StreamExt as _, TryStreamExt as _};
use time::OffsetDateTime;
use time::macros::format_description;

use super::request::{LOGS_FOLDER, Request};
use crate::cloud::Bucket;

/// The folders of an account that hold log files.
const SERVICES: [&str; 3] = ["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity"];
/// Folders listed at the same time.
const CONCURRENCY: usize = 8;

/// The folder with the log files of one account, region and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogFolder {
    /// The start of its keys, ending with `/`.
    pub(super) prefix: String,
    pub(super) account: String,
    pub(super) region: String,
    service: &'static str,
}

/// A log file in the span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedLogFile {
    pub(super) key: String,
    pub(super) size: u64,
    /// Seconds since 1970.
    pub(super) delivered_at: i64,
}

/// The log files on a page of a listing.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) found: Vec<ListedLogFile>,
    /// Objects that are not named like log files.
    pub(super) unrecognized: u64,
    /// Whether no later page can hold more files of the span.
    pub(super) is_over: bool,
}

/// The folders that a request covers, in key order.
pub(super) async fn log_folders<B: Bucket>(
    bucket: &B,
    request: &Request,
) -> Result<Vec<LogFolder>, CallError> {
    let root = format!("{}{LOGS_FOLDER}", request.prefix);
    let mut accounts = Vec::new();
    for folder in bucket.folders(&root).await? {
        if last_segment(&folder).starts_with("o-") {
            accounts.extend(bucket.folders(&folder).await?);
        } else {
            accounts.push(folder);
        }
    }
    let wanted = |folder: &String| {
        let account = last_segment(folder);
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        is_account && (request.accounts.is_empty() || request.accounts.iter().any(|id| id == account))
    };
    let accounts: Vec<String> = accounts.into_iter().filter(wanted).collect();
    let folders = accounts.into_iter().map(|folder| folders_of_account(bucket, folder, &request.regions));
    let folders: Vec<Vec<LogFolder>> =
        futures::stream::iter(folders).buffered(CONCURRENCY).try_collect().await?;
    let mut folders: Vec<LogFolder> = folders.into_iter().flatten().collect();
    folders.sort_by(|a, b| a.prefix.cmp(&b.prefix));
    Ok(folders)
}

async fn folders_of_account<B: Bucket>(
    bucket: &B,
    folder: String,
    regions: &[String],
) -> Result<Vec<LogFolder>, CallError> {
    let account = last_segment(&folder);
    let mut folders = Vec::new();
    for service_folder in bucket.folders(&folder).await? {
        let Some(service) = SERVICES.into_iter().find(|service| *service == last_segment(&service_folder))
        else {
            continue;
        };
        for prefix in bucket.folders(&service_folder).await? {
            let region = last_segment(&prefix).to_owned();
            if regions.is_empty() || regions.contains(&region) {
                folders.push(LogFolder { account: account.to_owned(), region, service, prefix });
            }
        }
    }
    Ok(folders)
}

/// The name of a folder.
fn last_segment(folder: &str) -> &str {
    folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

impl LogFolder {
    /// The folder of CloudTrail's own files.
    #[cfg(test)]
    pub(super) fn of(root: &str, account: &str, region: &str) -> Self {
        let prefix = format!("{root}{account}/CloudTrail/{region}/");
        Self { prefix, account: account.to_owned(), region: region.to_owned(), service: "CloudTrail" }
    }

    /// The key after which to start listing: the start of the span, or `position` if an earlier run reached
    /// that; `None` if the earlier run finished this folder.
    pub(super) fn start(&self, request: &Request, position: Option<&str>) -> Option<String> {
        if self.is_over(position) {
            return None;
        }
        let start = self.bound(request.from_minute);
        let position = position.filter(|position| position.starts_with(&self.prefix));
        Some(position.map_or(start.clone(), |position| start.max(position.to_owned())))
    }

    /// Whether a run that reached `position` finished this folder.
    pub(super) fn is_over(&self, position: Option<&str>) -> bool {
        position
            .is_some_and(|position| !position.starts_with(&self.prefix) && position > self.prefix.as_str())
    }

    /// A text that sorts before the keys of files delivered in this minute or later, and after all other
    /// keys.
    fn bound(&self, minute: i64) -> String {
        let time = OffsetDateTime::from_unix_timestamp(minute).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let folder = time.format(format_description!("[year]/[month]/[day]/")).unwrap_or_default();
        let name = time.format(format_description!("[year][month][day]T[hour][minute]")).unwrap_or_default();
        format!("{}{folder}{}_{}_{}_{name}", self.prefix, self.account, self.service, self.region)
    }

    /// Selects the log files of the span from the listed objects.
    pub(super) fn files(&self, objects: Vec<ListedObject>, request: &Request) -> Files {
        let end = self.bound(request.to_minute);
        let mut files = Files::default();
        for ListedObject { key, size, .. } in objects {
            if key >= end {
                files.is_over = true;
                break;
            }
            match delivered_at(&key) {
                None => files.unrecognized += 1,
                Some(time) if !(request.from_minute..request.to_minute).contains(&time) => {}
                Some(delivered_at) => files.found.push(ListedLogFile { key, size, delivered_at }),
            }
        }
        files
    }
}

/// When a log file was delivered, according to its key; `None` for any other object.
fn delivered_at(key: &str) -> Option<i64> {
    match classify_key(key) {
        ObjectKind::LogFile(file) | ObjectKind::Insight(file) | ObjectKind::NetworkActivity(file) => {
            file.delivered_at
        }
        ObjectKind::Digest
        | ObjectKind::Aggregated
        | ObjectKind::Marker
        | ObjectKind::Foreign
        | ObjectKind::Unrecognized => None,
    }
}
