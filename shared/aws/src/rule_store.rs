//! The rule document from S3: read as a whole, and only if its ETag has changed; and its earlier versions, if the bucket
//! keeps versions.
//!
//! The pipeline decides how often to check the document, and what happens if it is unusable.
//!
//! Source: the Amazon S3 API reference, GetObject, `If-None-Match`, and ListObjectVersions.

use aws_config::SdkConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::types::ObjectVersion;
use cloudtrail::S3Object;
use pipeline::{FetchedRules, RuleStore, StoreError, StoreErrorKind};

use crate::client::Aws;
use crate::objects::{Objects, store_error};
use crate::uri::S3Uri;

/// The versions per page: as many as S3 allows.
const PAGE: i32 = 1000;
/// The status if the object still has the named ETag.
const NOT_MODIFIED: u16 = 304;

/// [`RuleStore`] over a conditional GetObject.
#[derive(Debug)]
pub struct S3RuleStore {
    objects: Objects,
    object: S3Object,
    location: String,
}

impl S3RuleStore {
    /// The document at `uri`, with the credentials, connections and timeouts of `config`.
    pub fn new(config: &SdkConfig, uri: S3Uri) -> Self {
        Self::of(Objects::new(config), uri)
    }

    fn of(objects: Objects, uri: S3Uri) -> Self {
        let location = uri.to_string();
        let (bucket, key) = uri.into_parts();
        let object = S3Object { bucket, key, size: None, version_id: None, region: None };
        Self { objects, object, location }
    }
}

impl Aws {
    /// The store of the rule document at `uri`.
    pub fn rule_store(&self, uri: S3Uri) -> S3RuleStore {
        S3RuleStore::new(self.config(), uri)
    }
}

impl RuleStore for S3RuleStore {
    fn location(&self) -> &str {
        &self.location
    }

    async fn fetch(&self, known: Option<&str>, limit_bytes: usize) -> Result<FetchedRules, StoreError> {
        match self.objects.get(&self.object, known).await {
            Ok(output) => read(output, limit_bytes).await,
            Err(error) if is_not_modified(&error) => Ok(FetchedRules::Unchanged),
            Err(error) => Err(store_error(error)),
        }
    }

    async fn earlier(&self, most: usize) -> Result<Vec<String>, StoreError> {
        // S3 lists versions by key, and the versions of a key newest first; longer keys with the same beginning follow.
        let page = self.objects.list_versions(&self.object, PAGE).await.map_err(store_error)?;
        let is_earlier = |version: &ObjectVersion| {
            version.key() == Some(self.object.key.as_str()) && version.is_latest() != Some(true)
        };
        let versions = page.versions.unwrap_or_default();
        Ok(versions
            .into_iter()
            .filter(is_earlier)
            .filter_map(|version| version.version_id)
            .take(most)
            .collect())
    }

    async fn fetch_earlier(&self, version: &str, limit_bytes: usize) -> Result<FetchedRules, StoreError> {
        let output = self.objects.get_version(&self.object, version).await.map_err(store_error)?;
        read(output, limit_bytes).await
    }
}

fn is_not_modified(error: &SdkError<GetObjectError>) -> bool {
    error.raw_response().is_some_and(|response| response.status().as_u16() == NOT_MODIFIED)
}

/// Reads a body of at most `limit_bytes`, whatever its header says about the length.
async fn read(output: GetObjectOutput, limit_bytes: usize) -> Result<FetchedRules, StoreError> {
    let version = output.e_tag;
    let is_too_large = |length: i64| usize::try_from(length).is_ok_and(|length| length > limit_bytes);
    if output.content_length.is_some_and(is_too_large) {
        return Ok(FetchedRules::TooLarge { version });
    }
    let mut body = output.body;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk
            .map_err(|source| StoreError { kind: StoreErrorKind::Unavailable, source: Box::new(source) })?;
        if bytes.len() + chunk.len() > limit_bytes {
            return Ok(FetchedRules::TooLarge { version });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(FetchedRules::Document { version, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, FakeService};

    const ETAG: &str = "\"6805f2cfc46c0f04559748bb039d69ae\"";

    fn store(service: &FakeService) -> S3RuleStore {
        let uri = S3Uri::parse("s3://amzn-s3-demo-bucket-rules/security/rules v2.yaml").unwrap();
        S3RuleStore::of(service.objects(), uri)
    }

    fn document(bytes: &[u8]) -> FetchedRules {
        FetchedRules::Document { version: Some(ETAG.to_owned()), bytes: bytes.to_vec() }
    }

    #[tokio::test]
    async fn the_first_reading_asks_for_whatever_version_there_is() {
        let service = FakeService::new([Answer::new(200, "version: 1").header("etag", ETAG)]);
        let store = store(&service);
        assert_eq!(store.location(), "s3://amzn-s3-demo-bucket-rules/security/rules v2.yaml");
        assert_eq!(store.fetch(None, 100).await.unwrap(), document(b"version: 1"));
        let sent = service.requests();
        assert!(sent[0].uri.contains("/security/rules%20v2.yaml"), "{}", sent[0].uri);
        assert_eq!(sent[0].if_none_match, "");
    }

    #[tokio::test]
    async fn a_known_etag_goes_along_and_an_unmodified_object_is_unchanged() {
        let service = FakeService::new([Answer::new(304, "").header("etag", ETAG)]);
        assert_eq!(store(&service).fetch(Some(ETAG), 100).await.unwrap(), FetchedRules::Unchanged);
        assert_eq!(service.requests()[0].if_none_match, ETAG);
    }

    #[tokio::test]
    async fn a_known_etag_goes_along_to_the_region_of_a_redirect() {
        let redirect = Answer::xml_error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1");
        let service = FakeService::new([redirect, Answer::new(304, "")]);
        assert_eq!(store(&service).fetch(Some(ETAG), 100).await.unwrap(), FetchedRules::Unchanged);
        assert_eq!(service.requests()[1].if_none_match, ETAG);
    }

    #[tokio::test]
    async fn no_more_bytes_are_kept_than_allowed_whether_or_not_a_header_tells_them() {
        let too_large = FetchedRules::TooLarge { version: Some(ETAG.to_owned()) };
        for (bytes, expected) in [(vec![b'a'; 100], document(&[b'a'; 100])), (vec![b'a'; 101], too_large)] {
            let length = bytes.len().to_string();
            let silent = Answer::new(200, bytes).header("etag", ETAG);
            let told = Answer::new(200, vec![b'a'; 100.min(length.parse().unwrap())])
                .header("etag", ETAG)
                .header("content-length", &length);
            for answer in [silent, told] {
                let service = FakeService::new([answer]);
                assert_eq!(store(&service).fetch(None, 100).await.unwrap(), expected, "{length}");
            }
        }
    }

    #[tokio::test]
    async fn earlier_versions_are_those_of_the_key_itself_newest_first_without_the_present_one() {
        let version = |key: &str, id: &str, is_latest: bool| {
            format!(
                "<Version><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>{is_latest}</IsLatest></Version>"
            )
        };
        let key = "security/rules v2.yaml";
        let versions = [
            version(key, "present", true),
            version(key, "yesterday", false),
            version(key, "null", false),
            version(key, "oldest", false),
            version(&format!("{key}.bak"), "other", false),
        ];
        let page = format!("<ListVersionsResult>{}</ListVersionsResult>", versions.concat());
        let service = FakeService::new([Answer::new(200, page), Answer::new(200, "version: 1")]);
        let store = store(&service);
        assert_eq!(store.earlier(2).await.unwrap(), ["yesterday", "null"]);
        let fetched = store.fetch_earlier("yesterday", 100).await.unwrap();
        assert_eq!(fetched, FetchedRules::Document { version: None, bytes: b"version: 1".to_vec() });
        let sent = service.requests();
        assert!(sent[0].uri.contains("prefix=security%2Frules%20v2.yaml"), "{}", sent[0].uri);
        assert!(sent[1].uri.contains("versionId=yesterday"), "{}", sent[1].uri);
    }

    #[tokio::test]
    async fn versions_are_listed_in_the_region_of_the_bucket_and_a_refusal_has_its_kind() {
        let redirect = Answer::xml_error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1");
        let service = FakeService::new([redirect, Answer::xml_error(403, "AccessDenied")]);
        let error = store(&service).earlier(5).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::AccessDenied);
        assert!(service.requests()[1].authorization.contains("/eu-west-1/s3/"));
    }

    #[tokio::test]
    async fn what_s3_says_decides_the_kind_of_the_error() {
        for (code, status, kind) in [
            ("NoSuchKey", 404, StoreErrorKind::NotFound),
            ("NoSuchBucket", 404, StoreErrorKind::NotFound),
            ("AccessDenied", 403, StoreErrorKind::AccessDenied),
            ("SlowDown", 503, StoreErrorKind::Throttled),
            ("InternalError", 500, StoreErrorKind::Unavailable),
        ] {
            let service = FakeService::new([Answer::xml_error(status, code)]);
            let error = store(&service).fetch(Some(ETAG), 100).await.unwrap_err();
            assert_eq!(error.kind, kind, "{code}");
        }
        let error = store(&FakeService::new([])).fetch(None, 100).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Unavailable, "no connection");
    }
}
