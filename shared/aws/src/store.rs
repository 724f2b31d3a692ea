//! Log files from S3: streamed, from buckets of any region and account.
//!
//! A bucket's region is found without a request for it: the notification's hint or the home region is tried, and S3
//! says where the bucket is when that is wrong. Nothing is written, listed or cached on disk.
//!
//! Source: the Amazon S3 API reference, GetObject.

use std::io::{self, Read};
use std::pin::Pin;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::service_config::ServiceConfigKey;
use cloudtrail::S3Object;
use pipeline::{LogStore, StoreError};
use tokio::io::AsyncBufRead;
use tokio_util::io::SyncIoBridge;

use crate::failure::store_error;
use crate::region::{Memory, corrected, is_region};

/// Where S3 is asked when neither environment nor notification names a region; it redirects from there.
const DEFAULT_REGION: &str = "us-east-1";

/// [`LogStore`] over GetObject.
#[derive(Debug)]
pub struct S3LogStore {
    config: aws_sdk_s3::config::Builder,
    home: String,
    /// One client for each region.
    clients: Memory<Client>,
    /// The regions of the buckets that were read.
    buckets: Memory<String>,
}

impl S3LogStore {
    /// A store with the credentials, connections and timeouts of `config`.
    ///
    /// With an endpoint of the user's (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`) buckets are addressed by path,
    /// since hardly any emulator or proxy has a host name for each bucket.
    pub fn new(config: &SdkConfig) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(has_endpoint(config));
        Self::from_builder(s3, config.region().map(Region::as_ref))
    }

    fn from_builder(config: aws_sdk_s3::config::Builder, home: Option<&str>) -> Self {
        let home = home.unwrap_or(DEFAULT_REGION).to_owned();
        Self { config, home, clients: Memory::new(), buckets: Memory::new() }
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

    async fn get(
        &self,
        region: &str,
        object: &S3Object,
    ) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
        self.client(region).get_object().bucket(&object.bucket).key(&object.key).send().await
    }

    /// The region to ask first.
    fn likely_region(&self, object: &S3Object) -> String {
        self.buckets
            .recall(&object.bucket)
            .or_else(|| object.region.clone().filter(|region| is_region(region)))
            .unwrap_or_else(|| self.home.clone())
    }
}

impl LogStore for S3LogStore {
    type Body = ObjectBody;

    async fn open(&self, object: &S3Object) -> Result<ObjectBody, StoreError> {
        let first = self.likely_region(object);
        let (region, result) = match self.get(&first, object).await {
            Ok(output) => (first, Ok(output)),
            Err(error) => match corrected(&error).filter(|region| *region != first) {
                Some(region) => {
                    let result = self.get(&region, object).await;
                    (region, result)
                }
                None => (first, Err(error)),
            },
        };
        let output = result.map_err(store_error)?;
        self.buckets.remember(&object.bucket, region);
        Ok(ObjectBody::new(output.body))
    }
}

/// The bytes of an object while they arrive; at most a few network buffers are held.
///
/// To be read on a blocking thread of the runtime that opened it: each read waits for that runtime to bring more.
/// A body that stands still or ends too early is an error.
pub struct ObjectBody(SyncIoBridge<Pin<Box<dyn AsyncBufRead + Send>>>);

impl ObjectBody {
    fn new(stream: ByteStream) -> Self {
        Self(SyncIoBridge::new(Box::pin(stream.into_async_read())))
    }
}

impl std::fmt::Debug for ObjectBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectBody").finish_non_exhaustive()
    }
}

impl Read for ObjectBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
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
mod tests;
