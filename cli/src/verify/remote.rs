//! A bucket as the source: the connection, and a verification over it.

use std::path::Path;

use anyhow::Context as _;
use aws::{Aws, S3Prefix};
use digests::{KeySource, PublicKeys, Request, Verified, sha256_hex, verify};

use super::bucket::{Bucket, REQUESTS_AT_ONCE};
use super::evidence::{KeyOrigin, Keys};
use super::public_keys::RegionKeys;
use super::{Progress, in_parallel};
use crate::inputs::SourceOptions;
use crate::runtime::Background;
use crate::terminal::{complain, path_text, printable};

/// The region to ask first if nothing names one. S3 names the right one.
const DEFAULT_REGION: &str = "us-east-1";

/// A connection to AWS, with the bucket that was named.
pub(super) struct Remote {
    aws: Aws,
    background: Background,
    source: S3Prefix,
}

impl Remote {
    /// Connects. Without credentials this ends within a second, and says what to set.
    pub(super) fn connect(source: &Path, options: &SourceOptions) -> anyhow::Result<Self> {
        let name = path_text(source);
        let source = S3Prefix::parse(&source.to_string_lossy())
            .with_context(|| format!("`{name}` is not a source in S3"))?;
        let background = Background::start()?;
        let aws = background.handle().block_on(options.profile.connect(Some(DEFAULT_REGION)))?;
        Ok(Self { aws, background, source })
    }

    /// The bucket.
    pub(super) fn bucket(&self) -> Bucket {
        Bucket::new(&self.aws, self.background.handle().clone(), self.source.clone())
    }

    /// Verifies the bucket, with the keys of a file if there is one, and otherwise with those that CloudTrail hands out.
    pub(super) fn verify(
        &self,
        given: Option<Keys>,
        request: &Request,
        progress: &Progress,
    ) -> anyhow::Result<(Verified, Keys)> {
        if let Some(keys) = given {
            let verified = self.verify_with(&keys.keys, request, progress)?;
            return Ok((verified, keys));
        }
        let keys = RegionKeys::new(self.aws.trails(), self.background.handle().clone(), request.now);
        let verified = self.verify_with(&keys, request, progress)?;
        let keys = keys.into_keys();
        Ok((verified, listed(keys)))
    }

    fn verify_with(
        &self,
        keys: &dyn KeySource,
        request: &Request,
        progress: &Progress,
    ) -> anyhow::Result<Verified> {
        let bucket = self.bucket();
        let verified = in_parallel(REQUESTS_AT_ONCE, || verify(&bucket, keys, request, progress))?;
        finish(&bucket)?;
        Ok(verified?)
    }
}

/// Says what an answer about a bucket cannot say.
///
/// # Errors
///
/// If the credentials became invalid on the way: then nothing is known about what was not read.
pub(super) fn finish(bucket: &Bucket) -> anyhow::Result<()> {
    if let Some(end) = bucket.ended_by() {
        return Err(anyhow::Error::new(end));
    }
    if bucket.is_cut() {
        complain(
            "note: the bucket has more folders than were searched for `AWSLogs/`; name the prefix as well",
        );
    }
    Ok(())
}

fn listed(keys: PublicKeys) -> Keys {
    for (region, key) in keys.iter().filter(|(_, key)| !key.has_its_own_fingerprint()) {
        complain(format_args!(
            "note: CloudTrail lists the key `{}` of `{}` with another fingerprint than that of its bytes",
            printable(&key.fingerprint),
            printable(region),
        ));
    }
    Keys { sha256: sha256_hex(keys.to_json().as_bytes()), origin: KeyOrigin::CloudTrail, keys }
}
