//! GetObject, ListObjectVersions and ListObjectsV2 in whatever region a bucket is.
//!
//! A bucket's region is found without a request for it: the hint or the home region is tried, and S3 says where the
//! bucket is when that is wrong.
//!
//! Source: the Amazon S3 API reference, GetObject, ListObjectVersions and ListObjectsV2.

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersionsError, ListObjectVersionsOutput};
#[cfg(feature = "operator")]
use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2FluentBuilder;
#[cfg(feature = "operator")]
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};
use aws_types::service_config::ServiceConfigKey;
use cloudtrail::S3Object;

use crate::region::{Memory, corrected, is_region};

/// Where S3 is asked when neither environment nor notification names a region; it redirects from there.
const DEFAULT_REGION: &str = "us-east-1";

/// Objects of every region.
#[derive(Debug)]
pub(crate) struct Objects {
    config: aws_sdk_s3::config::Builder,
    home: String,
    /// One client for each region.
    clients: Memory<Client>,
    /// The regions of the buckets that were read.
    buckets: Memory<String>,
}

impl Objects {
    /// Objects as the credentials, connections and timeouts of `config` reach them.
    ///
    /// With an endpoint of the user's (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`) buckets are addressed by path,
    /// since hardly any emulator or proxy has a host name for each bucket.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(has_endpoint(config));
        Self::from_builder(s3, config.region().map(Region::as_ref))
    }

    pub(crate) fn from_builder(config: aws_sdk_s3::config::Builder, home: Option<&str>) -> Self {
        let home = home.unwrap_or(DEFAULT_REGION).to_owned();
        Self { config, home, clients: Memory::new(), buckets: Memory::new() }
    }

    /// Asks for an object, or, where the caller knows its ETag, for another version of it than that.
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

    /// Asks for the version of an object with this id.
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

    /// Lists the versions of objects whose key begins with that of an object, so that its own come first.
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

    /// Lists objects of a bucket as `narrow` says.
    #[cfg(feature = "operator")]
    pub(crate) async fn list(
        &self,
        bucket: &str,
        narrow: impl Fn(ListObjectsV2FluentBuilder) -> ListObjectsV2FluentBuilder,
    ) -> Result<ListObjectsV2Output, SdkError<ListObjectsV2Error>> {
        let anywhere = S3Object {
            bucket: bucket.to_owned(),
            key: String::new(),
            size: None,
            version_id: None,
            region: None,
        };
        let ask = |client: Client| narrow(client.list_objects_v2().bucket(bucket)).send();
        self.in_its_region(&anywhere, ask).await
    }

    /// Asks in the likely region, and once more in the one that S3 names when that is wrong.
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

    /// The region to ask first.
    fn likely_region(&self, object: &S3Object) -> String {
        self.buckets
            .recall(&object.bucket)
            .or_else(|| object.region.clone().filter(|region| is_region(region)))
            .unwrap_or_else(|| self.home.clone())
    }
}

/// Whether the user names an endpoint for S3 or for all services.
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
}
