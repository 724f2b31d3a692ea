//! The objects of a bucket, in the order of their keys, and the folders in their keys.
//!
//! A page starts after a key instead of at S3's continuation token, so another process can resume a listing.
//!
//! Source: the Amazon S3 API reference, ListObjectsV2.

use std::fmt;

use aws_config::SdkConfig;

use super::error::{CallError, call_error};
use crate::client::Aws;
use crate::objects::Objects;
use crate::uri::is_bucket;

/// The permission that listing needs.
const LIST: &str = "s3:ListBucket";
/// The longest prefix, in bytes: the length of the longest key (Amazon S3 user guide, "Naming Amazon S3 objects").
const PREFIX_BYTES: usize = 1024;

/// `s3://BUCKET[/PREFIX]`: a bucket, or a folder in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Prefix {
    /// The bucket.
    pub bucket: String,
    /// Empty, or ending with `/`.
    pub prefix: String,
}

/// Why a text is not the S3 URI of a bucket or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum S3PrefixError {
    /// The text is not an S3 URI.
    #[error("expected `s3://BUCKET` or `s3://BUCKET/PREFIX`")]
    NotAUri,
    /// The bucket's name is invalid.
    #[error("a bucket name has 3 to 63 lower-case letters, digits, dots and hyphens")]
    Bucket,
    /// The prefix is invalid.
    #[error("a prefix has at most 1024 bytes and no control characters")]
    Prefix,
}

impl S3Prefix {
    /// Parses the URI of a bucket or a folder.
    ///
    /// # Errors
    ///
    /// [`S3PrefixError`] if the text is anything else.
    pub fn parse(text: &str) -> Result<Self, S3PrefixError> {
        let path = text.strip_prefix("s3://").ok_or(S3PrefixError::NotAUri)?;
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if !is_bucket(bucket) {
            return Err(S3PrefixError::Bucket);
        }
        let mut prefix = prefix.to_owned();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        if prefix.len() > PREFIX_BYTES || prefix.chars().any(char::is_control) {
            return Err(S3PrefixError::Prefix);
        }
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for S3Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// An object of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written, in seconds since 1970.
    pub written_at: Option<i64>,
    /// Its ETag, which changes whenever its content does; empty if S3 gives none.
    pub etag: String,
}

/// Some of the objects of a listing, in the order of their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedPage {
    /// The objects; a thousand at most.
    pub objects: Vec<ListedObject>,
    /// Whether there are none after these.
    pub is_last: bool,
}

/// Listings of buckets in any region.
#[derive(Debug)]
pub struct S3Listing(Objects);

impl Aws {
    /// Listings of buckets in any region.
    pub fn listing(&self) -> S3Listing {
        S3Listing::new(self.config())
    }
}

impl S3Listing {
    /// Listings with the credentials, connections and timeouts of `config`.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Objects::new(config))
    }

    /// The folders in a folder, as complete prefixes that end with `/`.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the bucket cannot be listed.
    pub async fn folders(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, CallError> {
        let mut folders = Vec::new();
        let mut token = None;
        loop {
            let page = self.0.list(bucket, |request| {
                request.prefix(prefix).delimiter("/").set_continuation_token(token.clone())
            });
            let page = page.await.map_err(|error| call_error(LIST, bucket, error))?;
            let common = page.common_prefixes.unwrap_or_default();
            folders.extend(common.into_iter().filter_map(|folder| folder.prefix));
            token = page.next_continuation_token;
            if token.is_none() {
                return Ok(folders);
            }
        }
    }

    /// The objects whose keys begin with `prefix` and come after `after`.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the bucket cannot be listed.
    pub async fn page(&self, bucket: &str, prefix: &str, after: &str) -> Result<ListedPage, CallError> {
        let page = self.0.list(bucket, |request| request.prefix(prefix).start_after(after));
        let page = page.await.map_err(|error| call_error(LIST, bucket, error))?;
        let is_last = page.is_truncated != Some(true);
        let objects = page.contents.unwrap_or_default().into_iter();
        let objects = objects.filter_map(|object| {
            let size = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
            let written_at = object.last_modified.map(|time| time.secs());
            Some(ListedObject { key: object.key?, size, written_at, etag: object.e_tag.unwrap_or_default() })
        });
        Ok(ListedPage { objects: objects.collect(), is_last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::CallErrorKind;
    use crate::testing::{Answer, FakeService};

    #[test]
    fn a_folder_ends_with_a_slash_and_a_bucket_has_none() {
        for (text, bucket, prefix) in [
            ("s3://amzn-s3-demo-bucket", "amzn-s3-demo-bucket", ""),
            ("s3://amzn-s3-demo-bucket/", "amzn-s3-demo-bucket", ""),
            ("s3://amzn-s3-demo-bucket/a/b", "amzn-s3-demo-bucket", "a/b/"),
            ("s3://amzn-s3-demo-bucket/a/b/", "amzn-s3-demo-bucket", "a/b/"),
        ] {
            let parsed = S3Prefix::parse(text).unwrap();
            assert_eq!((parsed.bucket.as_str(), parsed.prefix.as_str()), (bucket, prefix), "{text}");
        }
        for (text, error) in [
            ("amzn-s3-demo-bucket", S3PrefixError::NotAUri),
            ("https://amzn-s3-demo-bucket.s3.amazonaws.com/", S3PrefixError::NotAUri),
            ("s3://Bucket/a", S3PrefixError::Bucket),
            ("s3://amzn-s3-demo-bucket/a\u{1b}", S3PrefixError::Prefix),
        ] {
            assert_eq!(S3Prefix::parse(text), Err(error), "{text}");
        }
    }

    #[tokio::test]
    async fn folders_are_gathered_over_all_pages() {
        let page = |folders: &[&str], token: &str| {
            let folders: String = folders
                .iter()
                .map(|f| format!("<CommonPrefixes><Prefix>{f}</Prefix></CommonPrefixes>"))
                .collect();
            Answer::new(200, format!("<ListBucketResult>{folders}{token}</ListBucketResult>"))
        };
        let service = FakeService::new([
            page(&["a/1/", "a/2/"], "<NextContinuationToken>more</NextContinuationToken>"),
            page(&["a/3/"], ""),
        ]);
        let listing = S3Listing(service.objects());
        assert_eq!(listing.folders("amzn-s3-demo-bucket", "a/").await.unwrap(), ["a/1/", "a/2/", "a/3/"]);
        let sent = service.requests();
        assert!(
            sent[0].uri.contains("delimiter=%2F") && sent[0].uri.contains("prefix=a%2F"),
            "{}",
            sent[0].uri
        );
        assert!(sent[1].uri.contains("continuation-token=more"), "{}", sent[1].uri);
    }

    #[tokio::test]
    async fn a_page_begins_after_a_key_in_the_region_of_the_bucket() {
        let body = "<ListBucketResult><IsTruncated>true</IsTruncated>\
            <Contents><Key>a/x</Key><Size>7</Size><LastModified>2026-09-14T00:00:05.000Z</LastModified>\
            <ETag>&quot;0af&quot;</ETag></Contents><Contents><Key>a/y</Key></Contents></ListBucketResult>";
        let service = FakeService::new([
            Answer::xml_error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1"),
            Answer::new(200, body),
        ]);
        let page = S3Listing(service.objects()).page("amzn-s3-demo-bucket", "a/", "a/w").await.unwrap();
        let written_at = Some(1_789_344_005);
        let full = ListedObject { key: "a/x".into(), size: 7, written_at, etag: "\"0af\"".into() };
        let bare = ListedObject { key: "a/y".into(), ..ListedObject::default() };
        assert_eq!(page, ListedPage { objects: vec![full, bare], is_last: false });
        let sent = service.requests();
        assert!(
            sent[1].uri.contains("s3.eu-west-1.") && sent[1].uri.contains("start-after=a%2Fw"),
            "{}",
            sent[1].uri
        );
    }

    #[tokio::test]
    async fn a_refusal_names_the_permission_and_the_bucket() {
        let service = FakeService::new([Answer::xml_error(403, "AccessDenied")]);
        let error = S3Listing(service.objects()).folders("amzn-s3-demo-bucket", "").await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::AccessDenied);
        assert!(
            error.to_string().starts_with("`s3:ListBucket` on `amzn-s3-demo-bucket`: access denied"),
            "{error}"
        );
    }
}
