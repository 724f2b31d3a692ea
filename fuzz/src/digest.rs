//! Digest files, their keys and the file of public keys, as bytes.

use std::path::{Component, Path};

use cloudtrail::{Digest, DigestKey, parse_digest, read_digest};
use digests::{Place, PublicKeys};
use serde_json::{Value, json};

use crate::shown::is_line;

/// The input is a digest, the same after it is written and read again, or an error of one line. Read as a compressed
/// file it is content or an error, and as a key it is the key of a digest or none.
pub fn digest(data: &[u8]) {
    match parse_digest(data) {
        Ok(digest) => {
            assert!(digest.starts_at < digest.ends_at);
            assert_eq!(parse_digest(written(&digest).to_string().as_bytes()).expect("a digest"), digest);
            let text = digest.signed_text(&[0xab; 32]);
            assert!(text.starts_with(&digest.end_text) && text.contains(&"ab".repeat(32)));
        }
        Err(error) => is_line(&error.to_string()),
    }
    if let Err(error) = read_digest(data) {
        is_line(&error.to_string());
    }
    if let Ok(text) = std::str::from_utf8(data) {
        key(text);
    }
}

/// A digest's key says what stands in it; whether it is safe to open does not depend on whether it is a digest's.
fn key(text: &str) {
    let place = Place::new("amzn-s3-demo-bucket", text);
    if place.is_safe() {
        let is_normal = |component| matches!(component, Component::Normal(_));
        assert!(Path::new(text).components().all(is_normal) && !text.chars().any(char::is_control));
    }
    let Some(key) = DigestKey::parse(text) else { return };
    let suffix = if key.is_backfill { "_backfill.json.gz" } else { ".json.gz" };
    let name = text.rsplit('/').next().unwrap_or_default();
    assert!(name.ends_with(suffix) && name.contains(&format!("_{}_{}_", key.trail, key.home_region)));
    assert!(text.contains(&format!("/{}/CloudTrail-Digest/{}/", key.account, key.region)));
}

/// The JSON of a digest.
fn written(digest: &Digest) -> Value {
    let previous = digest.previous.as_ref();
    let stamp = digests::stamp(digest.starts_at);
    let file = |file: &cloudtrail::ListedLogFile| {
        let hash = file.sha256.map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        json!({
            "s3Bucket": file.bucket, "s3Object": file.key, "hashValue": hash.as_deref().unwrap_or_default(),
            "hashAlgorithm": "SHA-256",
        })
    };
    json!({
        "awsAccountId": digest.account, "digestStartTime": stamp, "digestEndTime": digest.end_text,
        "digestS3Bucket": digest.bucket, "digestS3Object": digest.key,
        "digestPublicKeyFingerprint": digest.fingerprint, "digestSignatureAlgorithm": digest.signature_algorithm,
        "previousDigestS3Bucket": previous.map(|previous| &previous.bucket),
        "previousDigestS3Object": previous.map(|previous| &previous.key),
        "previousDigestHashValue": previous.map(|previous| &previous.hash),
        "previousDigestHashAlgorithm": previous.map(|previous| &previous.hash_algorithm),
        "previousDigestSignature": previous.map(|previous| &previous.signature),
        "logFiles": digest.log_files.iter().map(file).collect::<Vec<_>>(),
    })
}

/// The input is a file of public keys, the same after it is written and read again, or an error of one line.
pub fn public_keys(data: &[u8]) {
    match PublicKeys::parse(data) {
        Ok(keys) => {
            let again = PublicKeys::parse(keys.to_json().as_bytes()).expect("public keys");
            assert_eq!(again, keys);
            for (_, key) in keys.iter() {
                // Whatever the bytes are, they are a key or none.
                let _ = key.has_its_own_fingerprint();
            }
        }
        Err(error) => is_line(&error.to_string()),
    }
}
