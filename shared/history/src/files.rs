//! The files of a trail by account, region and day, with the days that have none. No file is opened here.
//!
//! A day is the day of delivery, as in the folders of a bucket.

use std::collections::BTreeMap;

use cloudtrail::{DigestKey, ObjectKind, classify_key};
use serde::Serialize;
use time::{Date, Duration, OffsetDateTime};

/// The kind of a stored file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StoredKind {
    /// Management and data events.
    LogFile,
    /// Insights events.
    Insights,
    /// Network activity events.
    NetworkActivity,
    /// A digest file.
    Digest,
}

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredFile {
    /// The minute of delivery; for a digest, the end of its span.
    #[serde(with = "time::serde::rfc3339")]
    pub delivered_at: OffsetDateTime,
    /// The name by which the user knows it.
    pub name: String,
    /// What it contains.
    pub kind: StoredKind,
    /// Its size as stored.
    pub bytes: u64,
}

/// The files of a day, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayFiles(pub Vec<StoredFile>);

/// The files of a region by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionFiles(pub BTreeMap<Date, DayFiles>);

/// The files of an account by region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFiles(pub BTreeMap<String, RegionFiles>);

/// Consecutive days without any file, between days with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first day without files.
    pub first: Date,
    /// The last day without files.
    pub last: Date,
}

/// The files of a trail by account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTree {
    accounts: BTreeMap<String, AccountFiles>,
    others: u64,
}

impl FileTree {
    /// Adds a file. One that is not named like a file of a trail is only counted.
    pub fn add(&mut self, key: &str, name: &str, bytes: u64) {
        let Some((account, region, kind, delivered_at)) = place(key) else {
            self.others += 1;
            return;
        };
        let file = StoredFile { delivered_at, name: name.to_owned(), kind, bytes };
        let region = self.accounts.entry(account).or_default().0.entry(region).or_default();
        let files = &mut region.0.entry(file.delivered_at.date()).or_default().0;
        files.insert(files.partition_point(|earlier| *earlier <= file), file);
    }

    /// The accounts.
    pub fn accounts(&self) -> &BTreeMap<String, AccountFiles> {
        &self.accounts
    }

    /// The number of files that are not named like files of a trail.
    pub fn others(&self) -> u64 {
        self.others
    }

    /// The number of days without files, over all regions.
    pub fn missing_days(&self) -> i64 {
        let regions = self.accounts.values().flat_map(|account| account.0.values());
        regions.flat_map(RegionFiles::gaps).map(|gap| gap.days()).sum()
    }
}

impl AccountFiles {
    /// All files of the account.
    pub fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.0.values().flat_map(RegionFiles::files)
    }
}

impl RegionFiles {
    /// All files of the region.
    pub fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.0.values().flat_map(|day| &day.0)
    }

    /// The days between the first and the last that have no file.
    ///
    /// A day on which nothing happened still has digests, if the trail writes them.
    pub fn gaps(&self) -> Vec<Gap> {
        let next = |day: Date| day.checked_add(Duration::DAY);
        let pairs = self.0.keys().zip(self.0.keys().skip(1));
        let gaps = pairs.filter_map(|(before, after)| {
            let (first, last) = (next(*before)?, after.checked_sub(Duration::DAY)?);
            (first <= last).then_some(Gap { first, last })
        });
        gaps.collect()
    }
}

impl Gap {
    /// The number of days.
    pub fn days(self) -> i64 {
        (self.last - self.first).whole_days() + 1
    }
}

/// Account, region, kind and time of a file, according to its key.
fn place(key: &str) -> Option<(String, String, StoredKind, OffsetDateTime)> {
    let (fields, kind) = match classify_key(key) {
        ObjectKind::LogFile(fields) => (fields, StoredKind::LogFile),
        ObjectKind::Insight(fields) => (fields, StoredKind::Insights),
        ObjectKind::NetworkActivity(fields) => (fields, StoredKind::NetworkActivity),
        ObjectKind::Digest => {
            let digest = DigestKey::parse(key)?;
            let ends_at = OffsetDateTime::from_unix_timestamp(digest.ends_at).ok()?;
            return Some((digest.account, digest.region, StoredKind::Digest, ends_at));
        }
        ObjectKind::Aggregated | ObjectKind::Marker | ObjectKind::Foreign | ObjectKind::Unrecognized => {
            return None;
        }
    };
    let delivered_at = OffsetDateTime::from_unix_timestamp(fields.delivered_at?).ok()?;
    Some((fields.account, fields.region, kind, delivered_at))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::{FileTree, Gap, StoredKind};

    fn key(service: &str, region: &str, day: u8, end: &str) -> String {
        format!(
            "AWSLogs/111122223333/{service}/{region}/2026/09/{day:02}/111122223333_{service}_{region}_{end}"
        )
    }

    fn log_file(service: &str, day: u8, minute: u8) -> String {
        let end = format!("202609{day:02}T12{minute:02}Z_a1b2c3d4e5f6a7b8.json.gz");
        key(service, "us-east-1", day, &end)
    }

    #[test]
    fn files_are_sorted_by_place_and_time_and_days_without_any_are_gaps() {
        let mut tree = FileTree::default();
        let digest = key("CloudTrail-Digest", "us-east-1", 16, "main_us-east-1_20260916T130000Z.json.gz");
        for key in [
            log_file("CloudTrail", 14, 10),
            log_file("CloudTrail", 14, 5),
            digest,
            log_file("CloudTrail-Insight", 20, 5),
            "README.md".to_owned(),
            "AWSLogs/111122223333/Config/us-east-1/a.json.gz".to_owned(),
        ] {
            tree.add(&key, &key, 7);
        }
        assert_eq!(tree.others(), 2);
        let region = &tree.accounts()["111122223333"].0["us-east-1"];
        let kinds: Vec<StoredKind> = region.files().map(|file| file.kind).collect();
        let expected = [StoredKind::LogFile, StoredKind::LogFile, StoredKind::Digest, StoredKind::Insights];
        assert_eq!(kinds, expected);
        let times: Vec<_> = region.files().map(|file| file.delivered_at).collect();
        assert!(times.is_sorted(), "{times:?}");
        let gaps = [
            Gap { first: date!(2026 - 09 - 15), last: date!(2026 - 09 - 15) },
            Gap { first: date!(2026 - 09 - 17), last: date!(2026 - 09 - 19) },
        ];
        assert_eq!(region.gaps(), gaps);
        assert_eq!(tree.missing_days(), 4);
    }
}
