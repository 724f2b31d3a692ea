//! The policy of a bucket.
//!
//! Source: the Amazon S3 API reference, GetBucketPolicy.

use aws_sdk_s3::error::ProvideErrorMetadata as _;

use super::StackReader;
use crate::objects::Objects;
use crate::operator::error::{CallError, call_error};

impl StackReader {
    /// A bucket's policy, as JSON; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the bucket does not exist or its policy cannot be read.
    pub async fn bucket_policy(&self, bucket: &str) -> Result<Option<String>, CallError> {
        match Objects::new(self.aws.config()).policy(bucket).await {
            Ok(answer) => Ok(answer.policy),
            Err(error) if error.code() == Some("NoSuchBucketPolicy") => Ok(None),
            Err(error) => Err(call_error("s3:GetBucketPolicy", bucket, error)),
        }
    }
}
