//! The JSON of a digest file, member by member. Nothing beyond the types and the order of the two times is checked.

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::DigestFormatError;
use super::{Digest, HASH_ALGORITHM, ListedLogFile, PreviousDigest};

/// Reads the content of a digest file.
///
/// Unknown members are skipped; nesting is limited to 128 levels by the JSON parser.
///
/// # Errors
///
/// [`DigestFormatError`] when the content is not a digest.
///
/// # Source
///
/// The CloudTrail user guide, "CloudTrail digest file structure".
pub fn parse_digest(content: &[u8]) -> Result<Digest, DigestFormatError> {
    // The parser's own message would quote what it found.
    let wire: Wire = serde_json::from_slice(content)
        .map_err(|error| DigestFormatError::Members { line: error.line(), column: error.column() })?;
    let starts_at = seconds("digestStartTime", &wire.start)?;
    let ends_at = seconds("digestEndTime", &wire.end)?;
    if ends_at <= starts_at {
        return Err(DigestFormatError::EndsBeforeItStarts);
    }
    Ok(Digest {
        previous: wire.previous()?,
        account: wire.account,
        starts_at,
        ends_at,
        end_text: wire.end,
        bucket: wire.bucket,
        key: wire.key,
        fingerprint: wire.fingerprint,
        signature_algorithm: wire.signature_algorithm,
        log_files: wire.log_files.into_iter().map(WireLogFile::listed).collect(),
    })
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "awsAccountId")]
    account: String,
    #[serde(rename = "digestStartTime")]
    start: String,
    #[serde(rename = "digestEndTime")]
    end: String,
    #[serde(rename = "digestS3Bucket")]
    bucket: String,
    #[serde(rename = "digestS3Object")]
    key: String,
    #[serde(rename = "digestPublicKeyFingerprint")]
    fingerprint: String,
    #[serde(rename = "digestSignatureAlgorithm")]
    signature_algorithm: String,
    #[serde(rename = "previousDigestS3Bucket", deserialize_with = "required")]
    previous_bucket: Option<String>,
    #[serde(rename = "previousDigestS3Object", deserialize_with = "required")]
    previous_key: Option<String>,
    #[serde(rename = "previousDigestHashValue", deserialize_with = "required")]
    previous_hash: Option<String>,
    #[serde(rename = "previousDigestHashAlgorithm", deserialize_with = "required")]
    previous_hash_algorithm: Option<String>,
    #[serde(rename = "previousDigestSignature", deserialize_with = "required")]
    previous_signature: Option<String>,
    #[serde(rename = "logFiles")]
    log_files: Vec<WireLogFile>,
}

/// Text or null, and an error where the member is absent: a digest that lacks it is not taken for the first of a chain.
fn required<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

impl Wire {
    fn previous(&self) -> Result<Option<PreviousDigest>, DigestFormatError> {
        let members = [
            &self.previous_bucket,
            &self.previous_key,
            &self.previous_hash,
            &self.previous_hash_algorithm,
            &self.previous_signature,
        ];
        match members {
            [None, None, None, None, None] => Ok(None),
            [Some(bucket), Some(key), Some(hash), Some(hash_algorithm), Some(signature)] => {
                Ok(Some(PreviousDigest {
                    bucket: bucket.clone(),
                    key: key.clone(),
                    hash: hash.clone(),
                    hash_algorithm: hash_algorithm.clone(),
                    signature: signature.clone(),
                }))
            }
            _ => Err(DigestFormatError::HalfALink),
        }
    }
}

#[derive(Deserialize)]
struct WireLogFile {
    #[serde(rename = "s3Bucket")]
    bucket: String,
    #[serde(rename = "s3Object")]
    key: String,
    #[serde(rename = "hashValue")]
    hash: String,
    #[serde(rename = "hashAlgorithm")]
    hash_algorithm: String,
}

impl WireLogFile {
    fn listed(self) -> ListedLogFile {
        let is_sha256 = self.hash_algorithm == HASH_ALGORITHM;
        ListedLogFile {
            sha256: is_sha256.then(|| sha256(&self.hash)).flatten(),
            bucket: self.bucket,
            key: self.key,
        }
    }
}

/// 64 hexadecimal digits of either case.
fn sha256(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut hash = [0; 32];
    let (pairs, _) = digits.as_chunks::<2>();
    for (byte, &[high, low]) in hash.iter_mut().zip(pairs) {
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        *byte = value(high)? << 4 | value(low)?;
    }
    Some(hash)
}

/// A time in seconds since 1970.
fn seconds(member: &'static str, text: &str) -> Result<i64, DigestFormatError> {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(time) => Ok(time.unix_timestamp()),
        // What the parser found is a position in text that nobody sees.
        Err(_) => Err(DigestFormatError::NotATime { member }),
    }
}
