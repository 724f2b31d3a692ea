//! GetObject, ListObjectVersions and ListObjectsV2 for buckets in any region.
//!
//! Finding a bucket's region takes no extra permission: the region in the notification or the home region is tried, and
//! if it is wrong, S3 names the right one.
//!
//! Source: the Amazon S3 API reference, GetObject, ListObjectVersions and ListObjectsV2.

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::error::SdkError;
#[cfg(feature = "operator")]
use aws_sdk_s3::operation::get_bucket_policy::{GetBucketPolicyError, GetBucketPolicyOutput};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersionsError, ListObjectVersionsOutput};
#[cfg(feature = "operator")]
use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2FluentBuilder;
#[cfg(feature = "operator")]
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::service_config::ServiceConfigKey;
use cloudtrail::S3Object;
use pipeline::{StoreError, StoreErrorKind};

use crate::failure::{Failure, PASSING, THROTTLED};
use crate::region::{Memory, corrected, is_region};

/// The region to try if neither the environment nor the notification names one; S3 redirects from there.
const DEFAULT_REGION: &str = "us-east-1";

/// Objects in every region.
#[derive(Debug)]
pub(crate) struct Objects {
    config: aws_sdk_s3::config::Builder,
    home: String,
    /// One client for each region.
    clients: Memory<Client>,
    /// The regions of the buckets that were read, by bucket.
    buckets: Memory<String>,
}

impl Objects {
    /// Objects that are reached with the credentials, connections and timeouts of `config`.
    ///
    /// If the user sets an endpoint (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`), buckets are addressed by path, because
    /// few emulators and proxies have a host name per bucket.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(has_endpoint(config));
        Self::from_builder(s3, config.region().map(Region::as_ref))
    }

    pub(crate) fn from_builder(config: aws_sdk_s3::config::Builder, home: Option<&str>) -> Self {
        let home = home.unwrap_or(DEFAULT_REGION).to_owned();
        Self { config, home, clients: Memory::new(), buckets: Memory::new() }
    }

    /// Gets an object, or, if the caller knows an ETag, only a version with another ETag.
    pub(crate) async fn get(
        &self,
        object: &S3Object,
        known_etag: Option<&str>,
    ) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
        let ask = |client: Client| {
            let request = client.get_object().bucket(&object.bucket).key(&object.key);
            request.set_if_none_match(known_etag.map(str::to_owned)).send()
        };
        self.in_its_region(object, ask).await
    }

    /// Gets an object from a byte on, if its ETag is still this one.
    #[cfg(feature = "operator")]
    pub(crate) async fn get_rest(
        &self,
        object: &S3Object,
        etag: &str,
        from_byte: u64,
    ) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
        let ask = |client: Client| {
            let request = client.get_object().bucket(&object.bucket).key(&object.key);
            request.if_match(etag).range(format!("bytes={from_byte}-")).send()
        };
        self.in_its_region(object, ask).await
    }

    /// Gets the version of an object with this id.
    pub(crate) async fn get_version(
        &self,
        object: &S3Object,
        version_id: &str,
    ) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
        let ask = |client: Client| {
            let request = client.get_object().bucket(&object.bucket).key(&object.key);
            request.version_id(version_id).send()
        };
        self.in_its_region(object, ask).await
    }

    /// Lists the versions of all objects whose keys begin with this object's key. The versions of the object itself come
    /// first.
    pub(crate) async fn list_versions(
        &self,
        object: &S3Object,
        most: i32,
    ) -> Result<ListObjectVersionsOutput, SdkError<ListObjectVersionsError>> {
        let ask = |client: Client| {
            let request = client.list_object_versions().bucket(&object.bucket).prefix(&object.key);
            request.max_keys(most).send()
        };
        self.in_its_region(object, ask).await
    }

    /// Lists the objects of a bucket; `narrow` completes the request.
    #[cfg(feature = "operator")]
    pub(crate) async fn list(
        &self,
        bucket: &str,
        narrow: impl Fn(ListObjectsV2FluentBuilder) -> ListObjectsV2FluentBuilder,
    ) -> Result<ListObjectsV2Output, SdkError<ListObjectsV2Error>> {
        let ask = |client: Client| narrow(client.list_objects_v2().bucket(bucket)).send();
        self.in_its_region(&anywhere_in(bucket), ask).await
    }

    /// The policy of a bucket.
    #[cfg(feature = "operator")]
    pub(crate) async fn policy(
        &self,
        bucket: &str,
    ) -> Result<GetBucketPolicyOutput, SdkError<GetBucketPolicyError>> {
        let ask = |client: Client| client.get_bucket_policy().bucket(bucket).send();
        self.in_its_region(&anywhere_in(bucket), ask).await
    }

    /// Sends a request to the likely region and, if S3 names another region, once more to that one.
    async fn in_its_region<T, E, F>(
        &self,
        object: &S3Object,
        ask: impl Fn(Client) -> F,
    ) -> Result<T, SdkError<E>>
    where
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let first = self.likely_region(object);
        let (region, result) = match ask(self.client(&first)).await {
            Ok(output) => (first, Ok(output)),
            Err(error) => match corrected(&error).filter(|region| *region != first) {
                Some(region) => {
                    let result = ask(self.client(&region)).await;
                    (region, result)
                }
                None => (first, Err(error)),
            },
        };
        if result.is_ok() {
            self.buckets.remember(&object.bucket, region);
        }
        result
    }

    fn client(&self, region: &str) -> Client {
        if let Some(client) = self.clients.recall(region) {
            return client;
        }
        let config = self.config.clone().region(Region::new(region.to_owned())).build();
        let client = Client::from_conf(config);
        self.clients.remember(region, client.clone());
        client
    }

    /// The region to try first.
    fn likely_region(&self, object: &S3Object) -> String {
        self.buckets
            .recall(&object.bucket)
            .or_else(|| object.region.clone().filter(|region| is_region(region)))
            .unwrap_or_else(|| self.home.clone())
    }
}

/// A bucket, without an object in it.
#[cfg(feature = "operator")]
fn anywhere_in(bucket: &str) -> S3Object {
    S3Object { bucket: bucket.to_owned(), key: String::new(), size: None, version_id: None, region: None }
}

/// Whether the user has set an endpoint for S3 or for all services.
fn has_endpoint(config: &SdkConfig) -> bool {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok();
    let of_s3 = || config.service_config()?.load_config(key?);
    config.endpoint_url().is_some() || of_s3().is_some()
}

/// An error of S3, as the pipeline knows it.
pub(crate) fn store_error<E>(error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    StoreError { kind: kind_of(Failure::of(&error)), source: Box::new(error) }
}

/// What a failure means for a reader of S3.
fn kind_of(failure: Failure<'_>) -> StoreErrorKind {
    let (status, code) = match failure {
        Failure::NotBuilt => return StoreErrorKind::Refused,
        Failure::NoAnswer => return StoreErrorKind::Unavailable,
        Failure::Answer { status, code } => (status, code),
    };
    // S3 reports errors of KMS as `KMS.DisabledException`.
    let kms = code.strip_prefix("KMS.");
    if THROTTLED.contains(&kms.unwrap_or(code)) {
        return StoreErrorKind::Throttled;
    }
    if PASSING.contains(&code) {
        return StoreErrorKind::Unavailable;
    }
    if kms.is_some() {
        return StoreErrorKind::AccessDenied;
    }
    match (code, status) {
        // The status of an archived object is 403, but no permission helps.
        ("InvalidObjectState", _) => StoreErrorKind::Refused,
        ("NoSuchKey" | "NoSuchBucket" | "NoSuchVersion", _) | (_, 404 | 410) => StoreErrorKind::NotFound,
        // The version that the notification names is a delete marker.
        ("MethodNotAllowed", _) => StoreErrorKind::NotFound,
        ("AccessDenied" | "AllAccessDisabled", _) | (_, 401 | 403) => StoreErrorKind::AccessDenied,
        (_, 429 | 503) => StoreErrorKind::Throttled,
        // A response with status 200 that cannot be read, and every error of the service itself.
        (_, 200..=299 | 500..) => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile or environment with an endpoint for S3 only.
    #[derive(Debug)]
    struct EndpointOfS3;

    impl aws_types::service_config::LoadServiceConfig for EndpointOfS3 {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            let asked = (key.service_id(), key.env(), key.profile());
            (asked == ("S3", "AWS_ENDPOINT_URL", "endpoint_url")).then(|| "http://127.0.0.1:5502".to_owned())
        }
    }

    #[test]
    fn an_endpoint_of_the_user_means_addressing_by_path() {
        assert!(!has_endpoint(&SdkConfig::builder().build()));
        assert!(has_endpoint(&SdkConfig::builder().endpoint_url("http://127.0.0.1:5502").build()));
        assert!(has_endpoint(&SdkConfig::builder().service_config(EndpointOfS3).build()));
    }

    #[test]
    fn every_documented_refusal_of_s3_has_its_kind() {
        use StoreErrorKind::{AccessDenied, NotFound, Refused, Throttled, Unavailable};
        let cases = [
            (Failure::answer(404, "NoSuchKey"), NotFound),
            (Failure::answer(404, "NoSuchBucket"), NotFound),
            (Failure::answer(404, "NoSuchVersion"), NotFound),
            (Failure::answer(404, ""), NotFound),
            (Failure::answer(405, "MethodNotAllowed"), NotFound),
            (Failure::answer(403, "AccessDenied"), AccessDenied),
            (Failure::answer(403, "InvalidAccessKeyId"), AccessDenied),
            (Failure::answer(403, "SignatureDoesNotMatch"), AccessDenied),
            (Failure::answer(403, ""), AccessDenied),
            (Failure::answer(400, "KMS.DisabledException"), AccessDenied),
            (Failure::answer(400, "KMS.KMSInvalidStateException"), AccessDenied),
            (Failure::answer(400, "KMS.ThrottlingException"), Throttled),
            (Failure::answer(503, "SlowDown"), Throttled),
            (Failure::answer(503, ""), Throttled),
            (Failure::answer(429, "TooManyRequestsException"), Throttled),
            (Failure::answer(500, "InternalError"), Unavailable),
            (Failure::answer(400, "RequestTimeout"), Unavailable),
            (Failure::answer(400, "ExpiredToken"), Unavailable),
            (Failure::answer(403, "RequestTimeTooSkewed"), Unavailable),
            (Failure::answer(200, ""), Unavailable),
            (Failure::answer(403, "InvalidObjectState"), Refused),
            (Failure::answer(400, "InvalidBucketName"), Refused),
            (Failure::answer(301, "PermanentRedirect"), Refused),
            (Failure::NoAnswer, Unavailable),
            (Failure::NotBuilt, Refused),
        ];
        for (failure, kind) in cases {
            assert_eq!(kind_of(failure), kind, "{failure:?}");
        }
    }
}
