//! The contents of objects in any region, chunk by chunk as they arrive.
//!
//! Source: the Amazon S3 API reference, GetObject.

use std::io;

use aws_config::SdkConfig;
use aws_smithy_types::byte_stream::ByteStream;
use cloudtrail::S3Object;

use super::error::{CallError, call_error};
use crate::client::Aws;
use crate::objects::Objects;

/// The permission that reading needs.
const GET: &str = "s3:GetObject";

/// Objects of buckets in any region.
#[derive(Debug)]
pub struct S3Downloads(Objects);

/// The content of one object. A content that stalls or ends too early is an error.
#[derive(Debug)]
pub struct Download(ByteStream);

impl Aws {
    /// Objects of buckets in any region.
    pub fn downloads(&self) -> S3Downloads {
        S3Downloads::new(self.config())
    }
}

impl S3Downloads {
    /// Downloads with the credentials, connections and timeouts of `config`.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Objects::new(config))
    }

    /// Starts to download an object.
    ///
    /// # Errors
    ///
    /// [`CallError`] if S3 does not hand it out.
    pub async fn open(&self, bucket: &str, key: &str) -> Result<Download, CallError> {
        let object = S3Object {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            size: None,
            version_id: None,
            region: None,
        };
        match self.0.get(&object, None).await {
            Ok(output) => Ok(Download(output.body)),
            Err(error) => Err(call_error(GET, &object.to_string(), error)),
        }
    }
}

impl Download {
    /// The next bytes, as many as have arrived; `None` at the end.
    ///
    /// # Errors
    ///
    /// If the connection breaks or stalls.
    pub async fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let chunk = self.0.next().await.transpose().map_err(io::Error::other)?;
        Ok(chunk.map(|bytes| bytes.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::CallErrorKind;
    use crate::testing::{Answer, FakeService};

    #[tokio::test]
    async fn the_content_arrives_in_the_region_of_the_bucket() {
        let content = vec![7; 300_000];
        let service = FakeService::new([
            Answer::xml_error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1"),
            Answer::new(200, content.clone()),
        ]);
        let mut download = S3Downloads(service.objects()).open("amzn-s3-demo-bucket", "a b").await.unwrap();
        let mut read = Vec::new();
        while let Some(chunk) = download.next_chunk().await.unwrap() {
            read.extend(chunk);
        }
        assert_eq!(read, content);
        let sent = service.requests();
        assert!(sent[1].uri.contains("s3.eu-west-1.") && sent[1].uri.contains("/a%20b"), "{}", sent[1].uri);
    }

    #[tokio::test]
    async fn a_refusal_names_the_permission_and_the_object() {
        for (status, code, kind) in
            [(403, "AccessDenied", CallErrorKind::AccessDenied), (404, "NoSuchKey", CallErrorKind::NotFound)]
        {
            let service = FakeService::new([Answer::xml_error(status, code)]);
            let error = S3Downloads(service.objects()).open("amzn-s3-demo-bucket", "a").await.unwrap_err();
            assert_eq!(error.kind, kind);
            assert!(
                error.to_string().starts_with("`s3:GetObject` on `s3://amzn-s3-demo-bucket/a`: "),
                "{error}"
            );
        }
    }
}
