//! Finds the objects behind a source in S3 without listing keys that cannot be wanted.
//!
//! Below `AWSLogs/`, folders are listed level by level down to the regions, so that other accounts, regions and services
//! cost nothing. The log files of a region are listed from the first minute of the span to the last, because their keys
//! are in the order of delivery. A source without that layout is listed completely.
//!
//! Source: the CloudTrail user guide, "Getting and viewing your CloudTrail log files" and "CloudTrail log file name
//! format".

use aws::{CallError, ListedObject};
use cloudtrail::{LogFileKey, ObjectKind, classify_key, is_account, is_organization};
use futures::{StreamExt as _, TryStreamExt as _};
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use super::{Span, log_file_key, unwanted};
use crate::cloud::Bucket;

/// The folder below which AWS services write.
const LOGS_FOLDER: &str = "AWSLogs/";
/// The folders of an account with log files.
const SERVICES: [&str; 3] = ["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity"];
/// The folder of an account with digests.
const DIGESTS: &str = "CloudTrail-Digest";
/// The levels of folders between `AWSLogs/` and the days: account, service and region.
const LAYOUT_LEVELS: usize = 3;
/// Folders listed at the same time.
const CONCURRENCY: usize = 8;

/// The objects of a source.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) objects: Vec<ListedObject>,
    /// Whether the source names one object, which is read whatever it is.
    pub(super) is_single: bool,
    /// What may surprise the user.
    pub(super) notes: Vec<String>,
}

/// The folder of one account, region and kind.
struct RegionFolder {
    prefix: String,
    account: String,
    service: String,
    region: String,
}

/// The keys of the log files of all accounts and regions below `prefix` that were delivered since `from`.
pub(crate) async fn recent_keys<B: Bucket>(
    bucket: &B,
    prefix: &str,
    from: OffsetDateTime,
) -> Result<Vec<String>, CallError> {
    let span = Span { from: Some(from), ..Span::RECORDS };
    let found = find(bucket, prefix, &span).await?;
    Ok(found.objects.into_iter().map(|object| object.key).collect())
}

/// Finds the objects behind `prefix`: an object, a folder, or a whole bucket.
pub(super) async fn find<B: Bucket>(bucket: &B, prefix: &str, span: &Span<'_>) -> Result<Found, CallError> {
    let mut prefix = prefix.to_owned();
    if !prefix.is_empty() && !prefix.ends_with('/') {
        let page = bucket.page(&prefix, "").await?;
        if let Some(object) = page.objects.into_iter().find(|object| object.key == prefix) {
            return Ok(Found { objects: vec![object], is_single: true, notes: Vec::new() });
        }
        prefix.push('/');
    }
    let mut found = Found::default();
    let levels = match after_logs_folder(&prefix) {
        Some(levels) => levels,
        None => {
            let logs = format!("{prefix}{LOGS_FOLDER}");
            let folders = bucket.folders(&prefix).await?;
            if !folders.contains(&logs) {
                found.objects = all(bucket, &prefix, span).await?;
                return Ok(found.checked());
            }
            if folders.len() > 1 {
                found.notes.push(format!("only `{LOGS_FOLDER}` is searched, not the folders beside it"));
            }
            prefix = logs;
            Vec::new()
        }
    };
    let is_default = span.from.is_none() && span.default_from.is_some() && levels.len() <= LAYOUT_LEVELS;
    let span = &Span { from: if is_default { span.default_from } else { span.from }, ..*span };
    if is_default {
        found
            .notes
            .push("only log files of the last 24 hours are searched; `--from` sets another start".to_owned());
    }
    let regions = match levels.as_slice() {
        [] => of_root(bucket, prefix.clone(), span).await?,
        [account] => of_account(bucket, prefix.clone(), account, span).await?,
        [account, service] => of_service(bucket, prefix.clone(), account, service, span).await?,
        [account, service, region] => vec![RegionFolder {
            account: account.clone(),
            service: service.clone(),
            region: region.clone(),
            prefix: prefix.clone(),
        }],
        _ => {
            found.objects = all(bucket, &prefix, span).await?;
            return Ok(found.checked());
        }
    };
    let lists = regions.into_iter().map(|folder| async move { of_region(bucket, &folder, span).await });
    let lists: Vec<Vec<ListedObject>> =
        futures::stream::iter(lists).buffered(CONCURRENCY).try_collect().await?;
    found.objects = lists.into_iter().flatten().collect();
    Ok(found.checked())
}

impl Found {
    fn checked(mut self) -> Self {
        if self.objects.is_empty() {
            self.notes.push("no files of these accounts, regions and times".to_owned());
        }
        self
    }
}

/// The folders below `AWSLogs/` and, where there is one, the organization; `None` without `AWSLogs/`.
fn after_logs_folder(prefix: &str) -> Option<Vec<String>> {
    let segments: Vec<&str> = prefix.split('/').filter(|segment| !segment.is_empty()).collect();
    let at = segments.iter().rposition(|segment| format!("{segment}/") == LOGS_FOLDER)?;
    let levels = segments.get(at + 1..).unwrap_or_default();
    let organizations = levels.iter().take_while(|level| is_organization(level)).count();
    let levels = levels.get(organizations..).unwrap_or_default();
    Some(levels.iter().map(|level| (*level).to_owned()).collect())
}

async fn of_root<B: Bucket>(
    bucket: &B,
    root: String,
    span: &Span<'_>,
) -> Result<Vec<RegionFolder>, CallError> {
    let mut pending = vec![root];
    let mut accounts = Vec::new();
    while let Some(folder) = pending.pop() {
        for folder in bucket.folders(&folder).await? {
            let name = last_segment(&folder);
            if is_organization(name) {
                pending.push(folder);
            } else if is_account(name) && (span.allows_account)(name) {
                accounts.push(folder);
            }
        }
    }
    let regions = accounts.into_iter().map(|folder| async move {
        let account = last_segment(&folder).to_owned();
        of_account(bucket, folder, &account, span).await
    });
    let regions: Vec<Vec<RegionFolder>> =
        futures::stream::iter(regions).buffered(CONCURRENCY).try_collect().await?;
    Ok(regions.into_iter().flatten().collect())
}

async fn of_account<B: Bucket>(
    bucket: &B,
    folder: String,
    account: &str,
    span: &Span<'_>,
) -> Result<Vec<RegionFolder>, CallError> {
    let mut regions = Vec::new();
    for folder in bucket.folders(&folder).await? {
        let service = last_segment(&folder).to_owned();
        if SERVICES.contains(&service.as_str()) || span.is_everything && service == DIGESTS {
            regions.extend(of_service(bucket, folder, account, &service, span).await?);
        }
    }
    Ok(regions)
}

async fn of_service<B: Bucket>(
    bucket: &B,
    folder: String,
    account: &str,
    service: &str,
    span: &Span<'_>,
) -> Result<Vec<RegionFolder>, CallError> {
    let folders = bucket.folders(&folder).await?.into_iter();
    let regions = folders.map(|prefix| RegionFolder {
        account: account.to_owned(),
        service: service.to_owned(),
        region: last_segment(&prefix).to_owned(),
        prefix,
    });
    Ok(regions
        .filter(|folder| {
            (span.allows_key)(&LogFileKey {
                account: folder.account.clone(),
                region: folder.region.clone(),
                organization: None,
                delivered_at: None,
            })
        })
        .collect())
}

async fn of_region<B: Bucket>(
    bucket: &B,
    folder: &RegionFolder,
    span: &Span<'_>,
) -> Result<Vec<ListedObject>, CallError> {
    let mut after = span.from.map(|from| folder.bound(from)).unwrap_or_default();
    // The names of digests are not in the order of time, so they are listed by day.
    let rest = if folder.service == DIGESTS { Duration::DAY } else { Duration::MINUTE };
    let end = span.to.and_then(|to| to.checked_add(rest)).map(|to| folder.bound(to));
    let mut found = Vec::new();
    loop {
        let page = bucket.page(&folder.prefix, &after).await?;
        let last = page.objects.last().map(|object| object.key.clone());
        let is_over = |key: &String| end.as_ref().is_some_and(|end| key >= end);
        found.extend(
            page.objects.into_iter().filter(|object| !is_over(&object.key) && is_wanted(&object.key, span)),
        );
        match last {
            Some(last) if !page.is_last && !is_over(&last) => after = last,
            Some(_) | None => return Ok(found),
        }
    }
}

/// Every wanted object below a prefix.
async fn all<B: Bucket>(bucket: &B, prefix: &str, span: &Span<'_>) -> Result<Vec<ListedObject>, CallError> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = bucket.page(prefix, &after).await?;
        let last = page.objects.last().map(|object| object.key.clone());
        found.extend(page.objects.into_iter().filter(|object| is_wanted(&object.key, span)));
        match last {
            Some(last) if !page.is_last => after = last,
            Some(_) | None => return Ok(found),
        }
    }
}

/// Whether an object may be wanted, according to its key alone.
fn is_wanted(key: &str, span: &Span<'_>) -> bool {
    let kind = classify_key(key);
    match log_file_key(&kind) {
        Some(key) => (span.allows_key)(&key) && is_in_time(&key, span),
        None => kind != ObjectKind::Marker && (span.is_everything || unwanted(&kind).is_none()),
    }
}

fn is_in_time(key: &LogFileKey, span: &Span<'_>) -> bool {
    let delivered_at = key.delivered_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    delivered_at.is_none_or(|at| {
        span.from.is_none_or(|from| from <= at + Duration::MINUTE) && span.to.is_none_or(|to| at <= to)
    })
}

impl RegionFolder {
    /// A text that sorts before the keys of files delivered in this minute or later, and after all other keys.
    fn bound(&self, time: OffsetDateTime) -> String {
        let day = time.format(format_description!("[year]/[month]/[day]/")).unwrap_or_default();
        if self.service == DIGESTS {
            return format!("{}{day}", self.prefix);
        }
        let name = time.format(format_description!("[year][month][day]T[hour][minute]")).unwrap_or_default();
        format!("{}{day}{}_{}_{}_{name}", self.prefix, self.account, self.service, self.region)
    }
}

/// The name of a folder.
fn last_segment(folder: &str) -> &str {
    folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::cloud::testing::MemoryBucket;

    const ROOT: &str = "logs/AWSLogs/o-example123/111122223333";

    fn key(service: &str, region: &str, day: u8, minute: u8) -> String {
        format!(
            "{ROOT}/{service}/{region}/2026/09/{day:02}/111122223333_{service}_{region}_202609{day:02}T12{minute:02}Z_\
             a1b2c3d4e5f6a7b8.json.gz"
        )
    }

    fn bucket() -> MemoryBucket {
        let other = key("CloudTrail", "us-east-1", 14, 9).replace("111122223333", "444455556666");
        let keys = [
            key("CloudTrail", "us-east-1", 13, 5),
            key("CloudTrail", "us-east-1", 14, 5),
            key("CloudTrail", "us-east-1", 14, 10),
            key("CloudTrail", "us-east-1", 15, 5),
            key("CloudTrail", "eu-west-1", 14, 5),
            key("CloudTrail-Insight", "us-east-1", 14, 6),
            key("CloudTrail-Digest", "us-east-1", 14, 7),
            key("Config", "us-east-1", 14, 7),
            format!("{ROOT}/CloudTrail/us-east-1/2026/09/14/"),
            other,
            "exports/a.json".to_owned(),
            "exports/b/c.log".to_owned(),
        ];
        MemoryBucket { objects: keys.into_iter().map(|key| (key, 7)).collect(), ..MemoryBucket::default() }
    }

    async fn found(prefix: &str, span: &Span<'_>) -> (Vec<String>, Found, usize) {
        let bucket = bucket();
        let found = find(&bucket, prefix, span).await.unwrap();
        let keys = found.objects.iter().map(|object| object.key.clone()).collect();
        let pages = bucket.listed.borrow().len();
        (keys, found, pages)
    }

    #[tokio::test]
    async fn only_the_folders_and_minutes_of_the_span_are_listed() {
        let span = Span {
            allows_account: &|account| account == "111122223333",
            allows_key: &|key| key.region == "us-east-1",
            from: Some(datetime!(2026-09-14 12:05 UTC)),
            to: Some(datetime!(2026-09-14 12:07 UTC)),
            ..Span::RECORDS
        };
        for prefix in ["logs/", "logs", "logs/AWSLogs/", "logs/AWSLogs/o-example123", ROOT] {
            let (keys, found, pages) = found(prefix, &span).await;
            let expected =
                [key("CloudTrail-Insight", "us-east-1", 14, 6), key("CloudTrail", "us-east-1", 14, 5)];
            assert_eq!(keys, expected, "{prefix}");
            assert!(!found.is_single && found.notes.is_empty(), "{found:?}");
            assert!(pages <= 3, "{prefix}: {pages} pages");
        }
    }

    #[tokio::test]
    async fn a_source_may_be_a_day_an_object_or_any_folder() {
        let day = format!("{ROOT}/CloudTrail/us-east-1/2026/09/14/");
        let (keys, ..) = found(&day, &Span::RECORDS).await;
        assert_eq!(keys, [key("CloudTrail", "us-east-1", 14, 5), key("CloudTrail", "us-east-1", 14, 10)]);
        let object = key("CloudTrail-Digest", "us-east-1", 14, 7);
        let (keys, found_object, _) = found(&object, &Span::RECORDS).await;
        assert_eq!((keys, found_object.is_single), (vec![object], true));
        let (keys, ..) = found("exports", &Span::RECORDS).await;
        assert_eq!(keys, ["exports/a.json", "exports/b/c.log"]);
        let (keys, nothing, _) = found("nowhere/", &Span::RECORDS).await;
        assert!(keys.is_empty() && nothing.notes.len() == 1, "{nothing:?}");
    }

    #[tokio::test]
    async fn the_default_start_applies_unless_the_source_names_a_day() {
        let span = Span { default_from: Some(datetime!(2026-09-15 00:00 UTC)), ..Span::RECORDS };
        let (keys, noted, _) = found("logs/", &span).await;
        assert_eq!(keys, [key("CloudTrail", "us-east-1", 15, 5)]);
        assert!(noted.notes[0].contains("`--from`"), "{noted:?}");
        let (keys, noted, _) = found(&format!("{ROOT}/CloudTrail/us-east-1/2026/09/14/"), &span).await;
        assert_eq!((keys.len(), noted.notes.len()), (2, 0));
    }

    #[tokio::test]
    async fn everything_includes_digests_but_not_other_services() {
        let (keys, ..) = found("logs/", &Span::EVERYTHING).await;
        assert_eq!(keys.len(), 8, "{keys:?}");
        assert!(
            keys.iter().any(|key| key.contains("Digest")) && keys.iter().all(|key| !key.contains("Config"))
        );
    }
}
