//! Damaged log files, and files that only have the name of one: each has its own error, and its neighbours are processed.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::support::{gzip, run, write};

const GOOD: &[u8] = br#"{"Records":[{"eventName":"CreateTrail","eventTime":"2026-09-14T12:00:00Z"}]}"#;

fn nested(levels: usize) -> String {
    format!(r#"{{"Records":[{{"a":{}1{}}},{{"b":1}}]}}"#, "[".repeat(levels), "]".repeat(levels))
}

/// A few hundred kilobytes that become more than the limit of 256 MiB.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(br#"{"a":""#).unwrap();
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..260 {
        encoder.write_all(&chunk).unwrap();
    }
    encoder.write_all(br#"","Records":[]}"#).unwrap();
    encoder.finish().unwrap()
}

/// The name of a trail's log file.
fn log_file_name(name: &str) -> String {
    format!(
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/\
         111122223333_CloudTrail_us-east-1_20260914T1215Z_{name}.json.gz"
    )
}

#[test]
fn every_bad_file_has_its_own_code_and_its_neighbours_are_processed() {
    let good = gzip(GOOD);
    let mut wrong_checksum = good.clone();
    let trailer = wrong_checksum.len() - 8;
    wrong_checksum[trailer] ^= 0xff;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("truncated", good[..good.len() - 9].to_vec(), "file.truncated-gzip"),
        ("without-trailer", good[..good.len() - 4].to_vec(), "file.truncated-gzip"),
        ("wrong-checksum", wrong_checksum, "file.checksum-mismatch"),
        ("second-member", [good.clone(), good.clone()].concat(), "file.trailing-data"),
        ("bomb", bomb(), "file.too-large"),
        ("not-gzip", b"PK\x03\x04 something else".to_vec(), "file.not-gzip"),
        ("not-json", gzip(b"<xml/>"), "file.not-json"),
        ("cut-json", gzip(&GOOD[..GOOD.len() - 3]), "file.not-json"),
        ("no-records", gzip(br#"{"Other":[]}"#), "file.no-records"),
        ("top-level-list", gzip(b"[{}]"), "file.no-records"),
        ("records-no-list", gzip(br#"{"Records":5}"#), "file.records-not-a-list"),
        ("empty", Vec::new(), "file.empty"),
        ("empty-gzip", gzip(b""), "file.empty"),
    ];
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &log_file_name("0good"), &good);
    write(folder.path(), &log_file_name("zgood"), &good);
    for (name, contents, _) in &cases {
        write(folder.path(), &log_file_name(name), contents);
    }
    let result = run(["replay".as_ref(), "--format".as_ref(), "json".as_ref(), folder.path().as_os_str()]);
    assert_eq!(result.code, Some(1), "{result:?}");
    let report = result.json();
    let failed = cases.len();
    assert_eq!(
        report["files"],
        json!({ "seen": failed + 2, "processed": 2, "duplicate": 0, "ignored": 0, "failed": failed })
    );
    assert_eq!(report["records"], json!({ "seen": 2, "evaluated": 2, "rejected": 0 }));
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), failed);
    for (name, _, code) in &cases {
        let file = folder.path().join(log_file_name(name));
        let error = errors.iter().find(|error| error["file"] == json!(file)).unwrap();
        assert_eq!(error["code"], json!(code), "{name}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains("s3://") && !message.contains('\n'), "{message}");
    }
}

#[test]
fn a_bad_record_is_an_error_and_the_rest_of_its_file_is_evaluated() {
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("not-an-object", br#"{"Records":[42,{"b":1}]}"#.to_vec(), "record.not-an-object"),
        ("deep", nested(200).into_bytes(), "record.too-deep"),
        ("invalid-utf8", b"{\"Records\":[{\"a\":\"\xff\"},{\"b\":1}]}".to_vec(), "record.invalid-utf8"),
        ("malformed", br#"{"Records":[{"a":tru},{"b":1}]}"#.to_vec(), "record.malformed"),
        (
            "large",
            format!(r#"{{"Records":[{{"a":"{}"}},{{"b":1}}]}}"#, "x".repeat(2 << 20)).into_bytes(),
            "record.too-large",
        ),
    ];
    for (name, contents, code) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "log.json", contents);
        let result = run(["replay".as_ref(), "--format=json".as_ref(), folder.path().as_os_str()]);
        assert_eq!(result.code, Some(1), "{name}: {result:?}");
        let report = result.json();
        assert_eq!(report["files"]["processed"], 1, "{name}");
        assert_eq!(report["records"], json!({ "seen": 2, "evaluated": 1, "rejected": 1 }), "{name}");
        assert_eq!(report["errors"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(report["errors"][0]["code"], json!(code), "{name}");
        assert_eq!(report["errors"][0]["file"], json!(folder.path().join("log.json")), "{name}");
    }
}

#[test]
fn a_hundred_bad_records_are_counted_and_some_are_described() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", json!({ "Records": vec![1; 100] }).to_string());
    let result = run(["replay".as_ref(), folder.path().as_os_str()]);
    assert_eq!(result.code, Some(1));
    assert!(result.stdout.contains("Records  100 seen: 0 evaluated, 100 rejected\n"), "{}", result.stdout);
    assert!(
        result.stdout.ends_with("  80 more rejected records were counted but are not listed.\n"),
        "{}",
        result.stdout
    );
}
