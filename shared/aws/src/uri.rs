//! The S3 URI of one object, validated when it is parsed.
//!
//! The key is used as written: nothing in it is decoded, and there is no query.
//!
//! Source: the Amazon S3 user guide, "General purpose bucket naming rules" and "Naming Amazon S3 objects".

use std::fmt;

/// The longest key, in bytes (Amazon S3 user guide, "Naming Amazon S3 objects").
const KEY_BYTES: usize = 1024;
/// The lengths of a bucket's name, in characters (Amazon S3 user guide, "General purpose bucket naming rules").
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;

/// `s3://BUCKET/KEY`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Uri {
    bucket: String,
    key: String,
}

/// Why a text is not the S3 URI of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum S3UriError {
    /// The text is not an S3 URI.
    #[error("expected `s3://BUCKET/KEY`")]
    NotAnObject,
    /// The bucket's name is invalid.
    #[error("a bucket name has 3 to 63 lower-case letters, digits, dots and hyphens")]
    Bucket,
    /// The key is empty, names a folder, or is invalid.
    #[error("the key of a file has 1 to 1024 bytes, no control characters, and does not end with `/`")]
    Key,
}

impl S3Uri {
    /// Parses the URI of an object.
    ///
    /// # Errors
    ///
    /// [`S3UriError`] if the text is anything else.
    pub fn parse(text: &str) -> Result<Self, S3UriError> {
        let path = text.strip_prefix("s3://").ok_or(S3UriError::NotAnObject)?;
        let (bucket, key) = path.split_once('/').ok_or(S3UriError::NotAnObject)?;
        if !is_bucket(bucket) {
            return Err(S3UriError::Bucket);
        }
        let is_key =
            (1..=KEY_BYTES).contains(&key.len()) && !key.ends_with('/') && !key.chars().any(char::is_control);
        if !is_key {
            return Err(S3UriError::Key);
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// The bucket and the key.
    pub fn into_parts(self) -> (String, String) {
        (self.bucket, self.key)
    }
}

/// Whether a text is a valid bucket name.
pub(crate) fn is_bucket(text: &str) -> bool {
    let is_edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    BUCKET_CHARS.contains(&text.len())
        && text.bytes().all(|b| is_edge(b) || matches!(b, b'.' | b'-'))
        && text.bytes().next().is_some_and(is_edge)
        && text.bytes().next_back().is_some_and(is_edge)
}

impl fmt::Display for S3Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uri_of_an_object_has_a_bucket_and_a_key() {
        for (text, bucket, key) in [
            ("s3://amzn-s3-demo-bucket/rules.yaml", "amzn-s3-demo-bucket", "rules.yaml"),
            ("s3://a.b.c/d/e f.yaml", "a.b.c", "d/e f.yaml"),
            ("s3://abc/%2F?versionId=1", "abc", "%2F?versionId=1"),
        ] {
            let uri = S3Uri::parse(text).unwrap();
            assert_eq!(uri.to_string(), text);
            assert_eq!(uri.into_parts(), (bucket.to_owned(), key.to_owned()));
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (text, error) in [
            ("", S3UriError::NotAnObject),
            ("rules.yaml", S3UriError::NotAnObject),
            ("S3://abc/rules.yaml", S3UriError::NotAnObject),
            ("https://abc.s3.amazonaws.com/rules.yaml", S3UriError::NotAnObject),
            ("arn:aws:s3:::abc/rules.yaml", S3UriError::NotAnObject),
            ("s3://abc", S3UriError::NotAnObject),
            ("s3:///rules.yaml", S3UriError::Bucket),
            ("s3://ab/rules.yaml", S3UriError::Bucket),
            ("s3://Rules/rules.yaml", S3UriError::Bucket),
            ("s3://rules-/rules.yaml", S3UriError::Bucket),
            ("s3://abc/", S3UriError::Key),
            ("s3://abc/rules/", S3UriError::Key),
            ("s3://abc/ru\nles", S3UriError::Key),
        ] {
            assert_eq!(S3Uri::parse(text), Err(error), "{text}");
        }
        assert_eq!(S3Uri::parse(&format!("s3://{}/k", "a".repeat(64))), Err(S3UriError::Bucket));
        assert_eq!(S3Uri::parse(&format!("s3://abc/{}", "k".repeat(1025))), Err(S3UriError::Key));
    }
}
