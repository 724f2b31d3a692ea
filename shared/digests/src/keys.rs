//! The public keys of regions: their file, their search by fingerprint and time, and the check of a signature.
//!
//! Keys are trusted because of where they come from, which is the caller's decision. A fingerprint is a name and proves nothing.
//!
//! Source: the AWS CloudTrail API reference, ListPublicKeys and PublicKey; RFC 8017, sections 8.2.2 and A.1.1; RFC 5280,
//! section 4.1.2.7.

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use md5::{Digest as _, Md5};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use crate::moment::{HOUR, Span};

/// `rsaEncryption` (RFC 8017, appendix A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// How long after the end of a digest its key may begin: at a rotation the new key signs before it is published.
///
/// # Source
///
/// The AWS CLI, `validate-logs`, asks for the keys of two hours beyond the end of its span.
const ROTATION_SECONDS: i64 = 2 * HOUR;

/// Where the public keys of a region come from.
pub trait KeySource: Sync {
    /// The keys of a region that are valid at some time of a span, or more.
    ///
    /// # Errors
    ///
    /// [`KeySourceError`] when there are none, or they cannot be had: nothing in the region can then be verified.
    fn keys(&self, region: &str, span: Span) -> Result<Vec<PublicKey>, KeySourceError>;
}

/// Why the keys of a region could not be had.
#[derive(Debug, thiserror::Error)]
#[error("there are no public keys for `{}`: {reason}", region.escape_debug())]
pub struct KeySourceError {
    /// The region.
    pub region: String,
    /// What failed, and what to do.
    pub reason: String,
    /// What the source found.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A public key of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name in digests.
    pub fingerprint: String,
    /// The first second of its validity, in seconds since 1970.
    pub starts_at: i64,
    /// The last second of its validity, in seconds since 1970.
    pub ends_at: i64,
    /// The bytes of its `Value`: an RSAPublicKey, or one in a SubjectPublicKeyInfo, in DER.
    pub value: Vec<u8>,
}

impl PublicKey {
    /// Whether the fingerprint is the one that CloudTrail gives to such a key: the MD5 of its bytes.
    pub fn has_its_own_fingerprint(&self) -> bool {
        HEXLOWER.encode(&Md5::digest(&self.value)).eq_ignore_ascii_case(&self.fingerprint)
    }

    /// Whether the key may have signed a digest that ends, or was generated, at this time.
    pub(crate) fn is_in_time(&self, second: i64) -> bool {
        self.starts_at <= second.saturating_add(ROTATION_SECONDS) && second <= self.ends_at
    }

    /// Whether a signature, in hexadecimal digits of either case, is the one of this text.
    pub(crate) fn verifies(&self, text: &str, signature: &str) -> bool {
        let Ok(signature) = HEXLOWER_PERMISSIVE.decode(signature.as_bytes()) else { return false };
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa_public_key(&self.value));
        key.verify(text.as_bytes(), &signature).is_ok()
    }
}

/// The RSAPublicKey of a `Value`, which comes with or without the header of a SubjectPublicKeyInfo.
fn rsa_public_key(value: &[u8]) -> &[u8] {
    match SubjectPublicKeyInfoRef::try_from(value) {
        Ok(info) if info.algorithm.oid == RSA => info.subject_public_key.raw_bytes(),
        Ok(_) | Err(_) => value,
    }
}

/// Public keys by region, as a file holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeMap<String, Vec<PublicKey>>);

/// Why a file is not one of public keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It does not have the form of one.
    #[error(
        "the file of public keys does not have the form `{{\"us-east-1\": {{\"PublicKeyList\": [...]}}}}`, with the answer of \
         `aws cloudtrail list-public-keys` for each region"
    )]
    Form(#[source] serde_json::Error),
    /// The `Value` of a key is not Base64.
    #[error("the `Value` of key {number} of `{}` is not Base64", region.escape_debug())]
    Value {
        /// The region.
        region: String,
        /// The position of the key in its list, from 1.
        number: usize,
    },
    /// A time of a key cannot be read.
    #[error(
        "the validity of key {number} of `{}` is neither seconds since 1970 nor a time such as `2026-09-14T00:00:00Z`",
        region.escape_debug()
    )]
    Time {
        /// The region.
        region: String,
        /// The position of the key in its list, from 1.
        number: usize,
    },
}

impl PublicKeys {
    /// Adds the keys of a region.
    pub fn add(&mut self, region: &str, keys: Vec<PublicKey>) {
        let known = self.0.entry(region.to_owned()).or_default();
        for key in keys {
            if !known.contains(&key) {
                known.push(key);
            }
        }
    }

    /// The keys with their regions.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        self.0.iter().flat_map(|(region, keys)| keys.iter().map(|key| (region.as_str(), key)))
    }

    /// The keys as the text of a file that [`PublicKeys::parse`] reads.
    pub fn to_json(&self) -> String {
        file::to_json(&self.0)
    }

    /// Reads a file: for each region the answer of `aws cloudtrail list-public-keys`.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when it has another form.
    pub fn parse(text: &[u8]) -> Result<Self, KeyFileError> {
        file::parse(text).map(Self)
    }
}

impl KeySource for PublicKeys {
    fn keys(&self, region: &str, _: Span) -> Result<Vec<PublicKey>, KeySourceError> {
        match self.0.get(region) {
            Some(keys) if !keys.is_empty() => Ok(keys.clone()),
            Some(_) | None => Err(KeySourceError {
                region: region.to_owned(),
                reason: format!(
                    "the file of keys has none; add the answer of `aws cloudtrail list-public-keys --region {region}` to it"
                ),
                source: None,
            }),
        }
    }
}

/// Base64 as it stands in answers of the API.
fn base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.trim().as_bytes()).ok()
}
