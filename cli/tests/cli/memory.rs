//! How much memory a replay takes: 64 MiB at most, whatever the size of a file and of a folder.
//!
//! The peak is read from `/proc` while the process still lives: its report is larger than a pipe, so it waits in the
//! middle of writing until the test reads on. The pages of the executable are left out, since those of an unoptimized
//! build, 28 MiB with the AWS clients, say nothing about the one that is released, which maps 8 MiB.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write};
use std::path::Path;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::support::{command, write};

/// What remains of 64 MiB beside the 8 MiB of the executable.
const LIMIT_KIB: u64 = 56 * 1024;
/// One in this many records matches, in a minute of its own.
const RECORDS_PER_MATCH: usize = 20;

const RULES: &str = "\
version: 1
rules:
  - id: matching
    filterPattern: '{ $.eventName = Matching }'
    metricTransformation: { metricName: Matching, timestamp: event }
";

fn write_record(out: &mut impl Write, index: usize) {
    let name = if index.is_multiple_of(RECORDS_PER_MATCH) { "Matching" } else { "DescribeInstances" };
    let minute = index / RECORDS_PER_MATCH;
    let (day, hour, minute) = (1 + minute / 1440 % 28, minute / 60 % 24, minute % 60);
    let separator = if index == 0 { "" } else { "," };
    write!(
        out,
        r#"{separator}{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:s{index}","arn":"arn:aws:sts::111122223333:assumed-role/app/s{index}","accountId":"111122223333"}},"eventTime":"2026-09-{day:02}T{hour:02}:{minute:02}:00Z","eventSource":"ec2.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.{}","userAgent":"aws-sdk-rust/1.0","requestParameters":{{"maxResults":{index},"filterSet":{{"items":[{{"name":"vpc-id","valueSet":{{"items":[{{"value":"vpc-{index:017x}"}}]}}}}]}}}},"responseElements":null,"requestID":"r-{index}","eventID":"e-{index}","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}}"#,
        index % 256,
    )
    .unwrap();
}

/// Replays the folder and returns the report with the peak of the resident memory in KiB, without the mapped files.
fn replay(folder: &Path) -> (Value, u64) {
    write(folder, "rules.yaml", RULES);
    let mut child = command()
        .current_dir(folder)
        .args(["replay", "--rules", "rules.yaml", "--format", "json", "logs"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut report = vec![0];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut report).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    stdout.read_to_end(&mut report).unwrap();
    child.wait().unwrap();
    assert!(report.len() > 128 * 1024, "a report of {} bytes may not fill the pipe", report.len());
    let kib = |name: &str| -> u64 {
        let value = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        value.trim().trim_end_matches(" kB").parse().unwrap()
    };
    (serde_json::from_slice(&report).unwrap(), kib("VmHWM:") - kib("RssFile:"))
}

#[test]
fn a_file_of_fifty_megabytes_takes_less_than_64_mebibytes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    let file = File::create(folder.path().join("logs/large.json.gz")).unwrap();
    let mut out = BufWriter::new(GzEncoder::new(file, Compression::fast()));
    out.write_all(br#"{"Records":["#).unwrap();
    let records = 65_000;
    for index in 0..records {
        write_record(&mut out, index);
    }
    out.write_all(b"]}").unwrap();
    out.into_inner().unwrap().finish().unwrap();

    let (report, peak_kib) = replay(folder.path());
    assert_eq!(report["records"]["evaluated"], records);
    assert_eq!(report["rules"][0]["counted"], records.div_ceil(RECORDS_PER_MATCH));
    assert!(peak_kib < LIMIT_KIB, "peak of {peak_kib} KiB");
}

#[test]
fn a_folder_of_two_thousand_files_takes_less_than_64_mebibytes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    let files = 2000;
    for file in 0..files {
        let path = folder.path().join(format!("logs/{file:04}.json.gz"));
        let mut out = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
        out.write_all(br#"{"Records":["#).unwrap();
        let mut records = Vec::new();
        write_record(&mut records, file * RECORDS_PER_MATCH);
        write_record(&mut records, file * RECORDS_PER_MATCH + 1);
        out.write_all(records.strip_prefix(b",").unwrap_or(&records)).unwrap();
        out.write_all(b"]}").unwrap();
        out.finish().unwrap();
    }

    let (report, peak_kib) = replay(folder.path());
    assert_eq!(report["files"]["processed"], files);
    assert_eq!(report["rules"][0]["counted"], files);
    assert!(peak_kib < LIMIT_KIB, "peak of {peak_kib} KiB");
}
