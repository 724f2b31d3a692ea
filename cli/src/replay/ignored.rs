//! Counts the ignored files by kind, so that people can see whether a file was ignored that they wanted to
//! read.
//!
//! The pipeline decides what is ignored; this module only explains the decision.

use std::collections::BTreeMap;
use std::fmt;

use cloudtrail::{ObjectKind, classify_key};

/// Why a file is ignored: its kind, according to its name or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Digest,
    Aggregated,
    Foreign,
    Marker,
}

impl Kind {
    fn of(key: &str) -> Option<Self> {
        match classify_key(key) {
            ObjectKind::Digest => Some(Self::Digest),
            ObjectKind::Aggregated => Some(Self::Aggregated),
            ObjectKind::Foreign => Some(Self::Foreign),
            ObjectKind::Marker => Some(Self::Marker),
            ObjectKind::LogFile(_)
            | ObjectKind::Insight(_)
            | ObjectKind::NetworkActivity(_)
            | ObjectKind::Unrecognized => None,
        }
    }

    /// Singular and plural.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Digest => ("digest file", "digest files"),
            Self::Aggregated => ("file of aggregated events", "files of aggregated events"),
            Self::Foreign => ("file of another service", "files of other services"),
            Self::Marker => ("folder marker", "folder markers"),
        }
    }
}

/// The number of ignored files of each kind. It is displayed as `2 digest files, 1 file of another service`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct IgnoredFiles(BTreeMap<Kind, u64>);

impl IgnoredFiles {
    /// Counts the keys that do not name log files.
    pub(super) fn of<'k>(keys: impl Iterator<Item = &'k str>) -> Self {
        let mut counts = BTreeMap::new();
        for kind in keys.filter_map(Kind::of) {
            *counts.entry(kind).or_default() += 1;
        }
        Self(counts)
    }

    /// Whether no file is ignored.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for IgnoredFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (kind, count)) in self.0.iter().enumerate() {
            let (one, several) = kind.names();
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{count} {}", if *count == 1 { one } else { several })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_files_are_counted_by_kind() {
        let keys = [
            "/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/a.json",
            "/CloudTrail-Digest/b.json",
            "/CloudTrail-Aggregated/c.json",
            "/AWSLogs/111122223333/Config/us-east-1/d.json",
            "/AWSLogs/111122223333/Config/us-east-1/e.json",
            "/AWSLogs/111122223333/",
            "/AWSLogs/111122223333/CloudTrail/us-east-1/f.json",
            "/AWSLogs/111122223333/CloudTrail-Insight/us-east-1/g.json",
            "/AWSLogs/h.json",
            "-",
        ];
        assert_eq!(
            IgnoredFiles::of(keys.into_iter()).to_string(),
            "2 digest files, 1 file of aggregated events, 2 files of other services, 1 folder marker"
        );
        assert!(IgnoredFiles::of(["a.json"].into_iter()).is_empty());
    }
}
