//! Digest files: what CloudTrail says that it delivered in an hour, in the file's own words.
//!
//! A digest lists the log files of a span of delivery with the SHA-256 of each, names the digest before it, and is
//! signed. This module finds digests by their keys, reads them within bounds and builds the text that the signature
//! covers. It verifies nothing: hashes, signatures, links and coverage are the business of the crate `digests`, and until
//! they are verified every name in a digest is hostile text.
//!
//! Source: the CloudTrail user guide, "CloudTrail digest file structure", "CloudTrail log file integrity validation custom
//! implementations" and "Managing backfill digest files".

mod content;
mod error;
mod key;
#[cfg(test)]
mod tests;
mod wire;

pub use content::{MAX_DIGEST_BYTES, read_digest};
pub use error::{DigestFormatError, DigestReadError};
pub use key::DigestKey;
pub use wire::parse_digest;

/// The signature algorithm of every digest: RSASSA-PKCS1-v1_5 with SHA-256.
///
/// # Source
///
/// The CloudTrail user guide, "CloudTrail digest file structure", `digestSignatureAlgorithm`.
pub const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";

/// The hash algorithm of every digest, for log files and for the digest before it.
///
/// # Source
///
/// The CloudTrail user guide, "CloudTrail digest file structure", `hashAlgorithm` and `previousDigestHashAlgorithm`.
pub const HASH_ALGORITHM: &str = "SHA-256";

/// The content of one digest file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The account whose log files it lists, as `awsAccountId` says.
    pub account: String,
    /// The first second of its span of delivery, in seconds since 1970.
    pub starts_at: i64,
    /// The end of its span, in seconds since 1970; always after the start.
    pub ends_at: i64,
    /// `digestEndTime` as it stands in the file: the signature covers this text.
    pub end_text: String,
    /// The bucket that it was delivered to.
    pub bucket: String,
    /// The key that it was delivered under.
    pub key: String,
    /// The fingerprint of the public key that verifies it: a name to find the key by, which proves nothing.
    pub fingerprint: String,
    /// The algorithm of its signature; [`SIGNATURE_ALGORITHM`] in every digest so far.
    pub signature_algorithm: String,
    /// The digest before it; `None` for the first one of a chain.
    pub previous: Option<PreviousDigest>,
    /// The log files that were delivered in its span, in no order.
    pub log_files: Vec<ListedLogFile>,
}

/// What a digest says about the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousDigest {
    /// The bucket that it was delivered to.
    pub bucket: String,
    /// The key that it was delivered under.
    pub key: String,
    /// The hash of its uncompressed content, in hexadecimal digits.
    pub hash: String,
    /// The algorithm of that hash; [`HASH_ALGORITHM`] in every digest so far.
    pub hash_algorithm: String,
    /// Its signature, in hexadecimal digits.
    pub signature: String,
}

/// What a digest says about a log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedLogFile {
    /// The bucket that it was delivered to.
    pub bucket: String,
    /// The key that it was delivered under.
    pub key: String,
    /// The SHA-256 of its uncompressed content; `None` if the digest names another algorithm, or no SHA-256.
    pub sha256: Option<[u8; 32]>,
}

impl Digest {
    /// The text that the signature covers, given the SHA-256 of the digest's uncompressed content.
    ///
    /// # Source
    ///
    /// The CloudTrail user guide, "CloudTrail log file integrity validation custom implementations", "Data signing string":
    /// end time, place, lower-case hexadecimal hash and the previous signature, or `null`, with a line feed between them.
    pub fn signed_text(&self, content_sha256: &[u8; 32]) -> String {
        let previous = self.previous.as_ref().map_or("null", |previous| previous.signature.as_str());
        let mut text = format!("{}\n{}/{}\n", self.end_text, self.bucket, self.key);
        for byte in content_sha256 {
            text.push_str(&format!("{byte:02x}"));
        }
        text.push('\n');
        text.push_str(previous);
        text
    }
}
