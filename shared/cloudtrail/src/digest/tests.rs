//! Keys, contents and texts of digests.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::*;

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const FOLDER: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2026/09/14/";

fn name(region: &str, trail: &str, end: &str) -> String {
    format!("111122223333_CloudTrail-Digest_{region}_{trail}_us-east-1_{end}.json.gz")
}

#[test]
fn a_key_says_whose_digest_it_is_and_when_it_ends() {
    for (trail, end, is_backfill) in [
        ("management", "20260914T100541Z", false),
        ("a_b_us-east-1_c", "20260914T100541Z", false),
        ("x_backfill", "20260914T100541Z", false),
        ("management", "20260914T100541Z_backfill", true),
    ] {
        let key = DigestKey::parse(&format!("{FOLDER}{}", name("eu-central-1", trail, end))).unwrap();
        let expected = DigestKey {
            account: "111122223333".into(),
            region: "eu-central-1".into(),
            trail: trail.into(),
            home_region: "us-east-1".into(),
            ends_at: 1_789_380_341,
            is_backfill,
        };
        assert_eq!(key, expected, "{trail} {end}");
    }
}

#[test]
fn prefixes_and_organizations_stand_in_front_of_the_account() {
    let name = name("eu-central-1", "t", "20260914T100541Z");
    for front in ["", "audit/", "AWSLogs/", "o-exampleorgid/", "a/AWSLogs/111122223333/b/"] {
        for organization in ["", "o-exampleorgid/"] {
            let key = format!(
                "{front}AWSLogs/{organization}111122223333/CloudTrail-Digest/eu-central-1/2026/09/14/{name}"
            );
            assert!(DigestKey::parse(&key).is_some(), "{key}");
        }
    }
}

#[test]
fn the_folder_decides_account_and_region() {
    let key = DigestKey::parse(&format!("{FOLDER}{}", name("us-west-2", "t", "20260914T100541Z"))).unwrap();
    assert_eq!(key.region, "eu-central-1");
}

#[test]
fn what_is_not_named_like_a_digest_is_none() {
    for file in [
        "notes.txt",
        "111122223333_CloudTrail_eu-central-1_20260914T1005Z_abc.json.gz",
        "111122223333_CloudTrail-Digest_eu-central-1_us-east-1_20260914T100541Z.json.gz",
        "111122223333_CloudTrail-Digest_eu-central-1__us-east-1_20260914T100541Z.json.gz",
        "111122223333_CloudTrail-Digest_eu-central-1_t_us-east-1_20260914T1005Z.json.gz",
        "111122223333_CloudTrail-Digest_eu-central-1_t_us-east-1_20261314T100541Z.json.gz",
        "111122223333_CloudTrail-Digest_eu-central-1_t_us-east-1_20260914T100541Z.json",
        "111122223333_CloudTrail-Digest_eu-central-1_t_home_20260914T100541Z.json.gz",
        "111122223333_CloudTrail-Digest_eu-central-1_t_us-east-1_20260914T100541Z.json.gz.meta.json",
    ] {
        assert_eq!(DigestKey::parse(&format!("{FOLDER}{file}")), None, "{file}");
    }
    let name = name("eu-central-1", "t", "20260914T100541Z");
    for folder in
        ["", "AWSLogs/111122223333/CloudTrail/eu-central-1/", "AWSLogs/1/CloudTrail-Digest/eu-central-1/"]
    {
        assert_eq!(DigestKey::parse(&format!("{folder}{name}")), None, "{folder}");
    }
}

fn text() -> Value {
    json!({
        "awsAccountId": "111122223333", "digestStartTime": "2026-09-14T09:05:41Z",
        "digestEndTime": "2026-09-14T10:05:41Z", "digestS3Bucket": "amzn-s3-demo-bucket", "digestS3Object": "a/b",
        "digestPublicKeyFingerprint": "f0", "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": null, "oldestEventTime": null,
        "previousDigestS3Bucket": "amzn-s3-demo-bucket", "previousDigestS3Object": "a/a", "previousDigestHashValue": "00",
        "previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": "ab12",
        "logFiles": [{
            "s3Bucket": "amzn-s3-demo-bucket", "s3Object": "a/c", "hashValue": "A0".repeat(32),
            "hashAlgorithm": "SHA-256", "newestEventTime": null, "oldestEventTime": null,
        }],
    })
}

fn parse(text: &Value) -> Result<Digest, DigestFormatError> {
    parse_digest(text.to_string().as_bytes())
}

#[test]
fn a_digest_is_read_with_its_link_and_its_log_files() {
    let digest = parse(&text()).unwrap();
    assert_eq!((digest.starts_at, digest.ends_at), (1_789_376_741, 1_789_380_341));
    assert_eq!(digest.previous.unwrap().signature, "ab12");
    let file =
        ListedLogFile { bucket: "amzn-s3-demo-bucket".into(), key: "a/c".into(), sha256: Some([0xa0; 32]) };
    assert_eq!(digest.log_files, [file]);
}

#[test]
fn the_signed_text_has_four_lines_and_no_line_feed_at_its_end() {
    let mut text = text();
    let signed = |text: &Value| parse(text).unwrap().signed_text(&[0x0f; 32]);
    let hash = "0f".repeat(32);
    assert_eq!(signed(&text), format!("2026-09-14T10:05:41Z\namzn-s3-demo-bucket/a/b\n{hash}\nab12"));
    for member in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
        text[format!("previousDigest{member}")] = Value::Null;
    }
    assert_eq!(parse(&text).unwrap().previous, None);
    assert_eq!(signed(&text), format!("2026-09-14T10:05:41Z\namzn-s3-demo-bucket/a/b\n{hash}\nnull"));
}

#[test]
fn the_end_is_signed_as_it_stands() {
    let mut text = text();
    text["digestEndTime"] = json!("2026-09-14T12:05:41+02:00");
    let digest = parse(&text).unwrap();
    assert_eq!(digest.ends_at, 1_789_380_341);
    assert!(digest.signed_text(&[0; 32]).starts_with("2026-09-14T12:05:41+02:00\n"));
}

#[test]
fn what_is_not_a_digest_says_why_without_showing_it() {
    let edit = |name: &str, value: Value| {
        let mut text = text();
        text[name] = value;
        text.to_string()
    };
    for (content, part) in [
        ("[]".to_owned(), "members of a digest"),
        (edit("digestS3Bucket", json!(1)), "members of a digest"),
        (edit("logFiles", json!("secret")), "members of a digest"),
        (edit("previousDigestSignature", Value::Null), "all text or all null"),
        (edit("digestStartTime", json!("secret")), "`digestStartTime`"),
        (edit("digestEndTime", json!("2026-09-14T09:05:41Z")), "ends at or before"),
    ] {
        let error = parse_digest(content.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains("secret"), "{error}");
    }
}

#[test]
fn hashes_of_other_kinds_are_unknown() {
    for (algorithm, value) in [
        ("SHA-512", "a0".repeat(32)),
        ("SHA-256", "a0".repeat(31)),
        ("SHA-256", "zz".repeat(32)),
        ("SHA-256", "+1".repeat(32)),
    ] {
        let mut text = text();
        text["logFiles"][0]["hashAlgorithm"] = json!(algorithm);
        text["logFiles"][0]["hashValue"] = json!(value);
        assert_eq!(parse(&text).unwrap().log_files[0].sha256, None, "{algorithm} {value}");
    }
}

#[test]
fn a_file_is_exactly_one_gzip_member() {
    let packed = gzip(b"{}");
    assert_eq!(read_digest(packed.as_slice()).unwrap(), b"{}");
    let with = |more: &[u8]| [&packed, more].concat();
    for damaged in
        [with(b"\0"), with(&gzip(b"{}")), packed[..packed.len() - 1].to_vec(), packed[..5].to_vec()]
    {
        assert!(matches!(read_digest(damaged.as_slice()), Err(DigestReadError::Damaged(_))));
    }
    for plain in [&b""[..], b"\x1f", b"{}"] {
        assert!(matches!(read_digest(plain), Err(DigestReadError::NotGzip)));
    }
    let large = gzip(&vec![b' '; usize::try_from(MAX_DIGEST_BYTES).unwrap() + 1]);
    assert!(matches!(
        read_digest(large.as_slice()),
        Err(DigestReadError::TooLarge { limit: MAX_DIGEST_BYTES })
    ));
}
