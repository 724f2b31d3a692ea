//! Where an object lies, and whether its name may be opened.

use std::fmt;

/// Longest key of an object, in bytes.
///
/// # Source
///
/// The Amazon S3 user guide, "Naming Amazon S3 objects".
const KEY_BYTES: usize = 1024;

/// Lengths of a bucket's name, in characters.
///
/// # Source
///
/// The Amazon S3 user guide, "General purpose bucket naming rules".
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;

/// A bucket and a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// The key; of a folder it is empty or ends with `/`.
    pub key: String,
}

impl Place {
    /// A place from its two parts.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }

    /// A folder or an object below this folder.
    pub(crate) fn below(&self, name: &str) -> Self {
        Self { bucket: self.bucket.clone(), key: format!("{}{name}", self.key) }
    }

    /// Whether the name stays where it says, in a bucket and in a folder alike: no empty segments, no `.` and `..`, no
    /// backslashes and no control characters.
    pub fn is_safe(&self) -> bool {
        let is_edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bucket = self.bucket.as_bytes();
        BUCKET_CHARS.contains(&bucket.len())
            && bucket.iter().all(|&byte| is_edge(byte) || matches!(byte, b'.' | b'-' | b'_'))
            && bucket.first().is_some_and(|&byte| is_edge(byte))
            && self.key.len() <= KEY_BYTES
            && !self.key.chars().any(|character| character.is_control() || character == '\\')
            && self.key.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_stay_inside_are_safe() {
        for key in ["AWSLogs/1/x.json.gz", "a b/é", "...", "a..b/.c"] {
            assert!(Place::new("amzn-s3-demo-bucket", key).is_safe(), "{key}");
        }
        for key in ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a\\b", "a\nb", "a/..", "C:\\x"] {
            assert!(!Place::new("amzn-s3-demo-bucket", key).is_safe(), "{key}");
        }
        for bucket in ["", "..", "a/b", ".hidden", "a\\b", "UPPER", "ab"] {
            assert!(!Place::new(bucket, "a").is_safe(), "{bucket}");
        }
        assert!(!Place::new("amzn-s3-demo-bucket", "a".repeat(1025)).is_safe());
    }
}
