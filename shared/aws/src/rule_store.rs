//! The rule document from S3: read whole, and only when its ETag is another one.
//!
//! How often it is looked at, and what follows from a document that cannot be used, is the pipeline's business.
//!
//! Source: the Amazon S3 API reference, GetObject, `If-None-Match`.

use aws_config::SdkConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use cloudtrail::S3Object;
use pipeline::{FetchedRules, RuleStore, StoreError, StoreErrorKind};

use crate::failure::store_error;
use crate::objects::Objects;
use crate::uri::S3Uri;

/// The status of an object whose ETag is the one that was named.
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
}

fn is_not_modified(error: &SdkError<GetObjectError>) -> bool {
    error.raw_response().is_some_and(|response| response.status().as_u16() == NOT_MODIFIED)
}

/// Reads a body of at most `limit_bytes`, whatever length its header tells.
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
