//! Log files from S3: streamed, from buckets in any region and account.
//!
//! Nothing is written, listed or cached on disk.
//!
//! Source: the Amazon S3 API reference, GetObject.

use std::io::{self, Read};
use std::pin::Pin;

use aws_config::SdkConfig;
use aws_smithy_types::byte_stream::ByteStream;
use cloudtrail::S3Object;
use pipeline::{LogStore, StoreError};
use tokio::io::AsyncBufRead;
use tokio_util::io::SyncIoBridge;

use crate::client::Aws;
use crate::objects::{Objects, store_error};

/// [`LogStore`] over GetObject.
#[derive(Debug)]
pub struct S3LogStore(Objects);

impl S3LogStore {
    /// A store with the credentials, connections and timeouts of `config`.
    ///
    /// If the user sets an endpoint (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`), buckets are addressed by path.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Objects::new(config))
    }
}

impl Aws {
    /// The store that reads log files.
    pub fn log_store(&self) -> S3LogStore {
        S3LogStore::new(self.config())
    }
}

impl LogStore for S3LogStore {
    type Body = ObjectBody;

    async fn open(&self, object: &S3Object) -> Result<ObjectBody, StoreError> {
        let output = self.0.get(object, None).await.map_err(store_error)?;
        Ok(ObjectBody::new(output.body))
    }
}

/// The bytes of an object while they arrive; at most a few network buffers are in memory.
///
/// Read it on a blocking thread of the runtime that opened it: each read waits until that runtime has received more. A
/// body that stalls or ends too early is an error.
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

#[cfg(test)]
mod tests;
