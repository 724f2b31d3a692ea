//! The contents of objects in any region, chunk by chunk as they arrive, with their user metadata.
//!
//! An interrupted download resumes where it stopped, as long as the object has the same ETag.
//!
//! Source: the Amazon S3 API reference, GetObject.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_smithy_types::byte_stream::ByteStream;
use cloudtrail::S3Object;

use super::error::{CallError, call_error};
use crate::client::Aws;
use crate::objects::Objects;

/// The permission that reading needs.
const GET: &str = "s3:GetObject";
/// How often an interrupted download is resumed.
const RESUMPTIONS: u32 = 3;

/// Objects of buckets in any region.
#[derive(Debug, Clone)]
pub struct S3Downloads(Arc<Objects>);

/// The content of one object. A content that stalls or ends too early is an error.
#[derive(Debug)]
pub struct Download {
    objects: Arc<Objects>,
    object: S3Object,
    body: ByteStream,
    metadata: BTreeMap<String, String>,
    etag: Option<String>,
    received_bytes: u64,
    resumptions: u32,
}

impl Aws {
    /// Objects of buckets in any region.
    pub fn downloads(&self) -> S3Downloads {
        S3Downloads::new(self.config())
    }
}

impl S3Downloads {
    /// Downloads with the credentials, connections and timeouts of `config`.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Arc::new(Objects::new(config)))
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
            Ok(GetObjectOutput { body, metadata, e_tag, .. }) => Ok(Download {
                objects: Arc::clone(&self.0),
                object,
                body,
                metadata: metadata.unwrap_or_default().into_iter().collect(),
                etag: e_tag,
                received_bytes: 0,
                resumptions: 0,
            }),
            Err(error) => Err(call_error(GET, &object.to_string(), error)),
        }
    }
}

impl Download {
    /// The user metadata, whose names come without `x-amz-meta-`.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The next bytes, as many as have arrived; `None` at the end.
    ///
    /// # Errors
    ///
    /// If the connection breaks or stalls again and again, or the object changes meanwhile.
    pub async fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            match self.body.next().await {
                None => return Ok(None),
                Some(Ok(bytes)) => {
                    self.received_bytes += bytes.len() as u64;
                    return Ok(Some(bytes.to_vec()));
                }
                Some(Err(error)) => self.resume(error.into()).await?,
            }
        }
    }

    /// Asks for the rest, or gives the error back.
    async fn resume(&mut self, broken: io::Error) -> io::Result<()> {
        let Some(etag) = self.etag.as_deref().filter(|_| self.resumptions < RESUMPTIONS) else {
            return Err(broken);
        };
        self.resumptions += 1;
        let rest = self.objects.get_rest(&self.object, etag, self.received_bytes).await;
        let rest =
            rest.map_err(|error| io::Error::other(call_error(GET, &self.object.to_string(), error)))?;
        self.body = rest.body;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::CallErrorKind;
    use crate::testing::{Answer, FakeService};

    async fn content(download: &mut Download) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        while let Some(chunk) = download.next_chunk().await? {
            read.extend(chunk);
        }
        Ok(read)
    }

    fn downloads(service: &FakeService) -> S3Downloads {
        S3Downloads(Arc::new(service.objects()))
    }

    #[tokio::test]
    async fn the_content_arrives_with_its_metadata_in_the_region_of_the_bucket() {
        let expected = vec![7; 300_000];
        let service = FakeService::new([
            Answer::xml_error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1"),
            Answer::new(200, expected.clone()).header("x-amz-meta-signature", "0af"),
        ]);
        let mut download = downloads(&service).open("amzn-s3-demo-bucket", "a b").await.unwrap();
        assert_eq!(content(&mut download).await.unwrap(), expected);
        assert_eq!(download.metadata(), &BTreeMap::from([("signature".to_owned(), "0af".to_owned())]));
        let sent = service.requests();
        assert!(sent[1].uri.contains("s3.eu-west-1.") && sent[1].uri.contains("/a%20b"), "{}", sent[1].uri);
    }

    #[tokio::test]
    async fn a_refusal_names_the_permission_and_the_object() {
        for (status, code, kind) in [
            (403, "AccessDenied", CallErrorKind::AccessDenied),
            (404, "NoSuchKey", CallErrorKind::NotFound),
            (403, "InvalidObjectState", CallErrorKind::Archived),
        ] {
            let service = FakeService::new([Answer::xml_error(status, code)]);
            let error = downloads(&service).open("amzn-s3-demo-bucket", "a").await.unwrap_err();
            assert_eq!(error.kind, kind);
            assert!(
                error.to_string().starts_with("`s3:GetObject` on `s3://amzn-s3-demo-bucket/a`: "),
                "{error}"
            );
        }
    }
}
