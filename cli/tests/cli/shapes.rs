//! Every command that reads records reads them in every shape, and says the same about what is not one.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Run, gzip, run, write};

const TRAIL: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14";

fn record(id: &str) -> String {
    json!({
        "eventVersion": "1.11", "eventID": id, "eventTime": "2026-09-14T12:00:00Z", "eventName": "StopLogging",
        "eventSource": "cloudtrail.amazonaws.com", "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
        "userIdentity": { "type": "IAMUser", "userName": "alice" },
    })
    .to_string()
}

fn log_file(ids: &[&str]) -> String {
    let records: Vec<String> = ids.iter().map(|id| record(id)).collect();
    format!("{{\"Records\":[{}]}}", records.join(","))
}

fn name(minute: u8) -> String {
    format!("{TRAIL}/111122223333_CloudTrail_us-east-1_20260914T12{minute:02}Z_a1b2c3d4e5f6a7b8.json.gz")
}

/// Name, contents, and the number of records.
fn inputs() -> Vec<(String, Vec<u8>, u64)> {
    let lines = format!("{}\n{}\n", record("a"), record("b"));
    let lookup = json!({ "Events": [{ "EventId": "a", "CloudTrailEvent": record("a") }] });
    let bridge = format!("{{\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{}}}", record("a"));
    let filtered =
        json!({ "events": [{ "timestamp": 1, "message": record("a") }], "searchedLogStreams": [] });
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(log_file(&["a"]).encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let pretty = serde_json::from_str::<Value>(&record("a")).unwrap();
    vec![
        ("log.json".into(), log_file(&["a", "b"]).into(), 2),
        ("any.name".into(), gzip(log_file(&["a", "b"]).as_bytes()), 2),
        (name(5), gzip(log_file(&["a", "b"]).as_bytes()), 2),
        ("records.jsonl".into(), lines.clone().into(), 2),
        (name(6), gzip(lines.as_bytes()), 2),
        (name(7), gzip(format!("{}\n{}\n", log_file(&["a"]), log_file(&["b"])).as_bytes()), 2),
        (name(8), lookup.to_string().into(), 1),
        ("lookup.json".into(), lookup.to_string().into(), 1),
        ("bridge.json".into(), bridge.into(), 1),
        ("filtered.json".into(), filtered.to_string().into(), 1),
        ("pretty.json".into(), format!("{pretty:#}").into(), 1),
        ("twice.gz".into(), [gzip(lines.as_bytes()), gzip(record("c").as_bytes())].concat(), 3),
        ("deep.gz".into(), gzip(&gzip(log_file(&["a"]).as_bytes())), 1),
        ("utf16.json".into(), utf16, 1),
    ]
}

/// What one input gives in every command: the number of records, and the exit.
fn every_command(path: &Path, rules: &Path) -> [(Option<u64>, Run); 4] {
    let path = path.to_str().unwrap();
    let replay = run(["replay", "--format", "json", path]);
    let lint =
        run(["rules", "lint", "--rules", rules.to_str().unwrap(), "--format", "json", "--records", path]);
    let events = run(["events", path, "--all", "--format", "json"]);
    let found = run(["pattern", "match", "--count", "{ $.eventVersion = * }", path]);
    let count = |run: &Run, pointer: &str| run.json().pointer(pointer).and_then(Value::as_u64);
    [
        (count(&replay, "/records/evaluated"), replay),
        (count(&lint, "/recordsGiven"), lint),
        (count(&events, "/summary/records"), events),
        (found.stdout.trim().parse().ok(), found),
    ]
}

fn rules(folder: &Path) -> PathBuf {
    let rule = "version: 1\nrules:\n  - id: a\n    filterPattern: '{ $.eventVersion = * }'\n    \
                metricTransformation: { metricName: A }\n    tests:\n      - { name: one, record: { eventVersion: '1' }, match: true }\n";
    write(folder, "rules.yaml", rule);
    folder.join("rules.yaml")
}

#[test]
fn every_shape_gives_its_records_in_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let rules = rules(folder.path());
    for (name, contents, records) in inputs() {
        write(folder.path(), &name, contents);
        for (index, (found, run)) in every_command(&folder.path().join(&name), &rules).into_iter().enumerate()
        {
            assert_eq!(found, Some(records), "command {index} on {name}: {run:?}");
            // Lint has an opinion on the pattern.
            assert!(run.code == Some(0) || index == 1, "command {index} on {name}: {run:?}");
        }
    }
}

#[test]
fn what_has_no_records_is_named_with_the_way_out_and_is_not_fine() {
    let folder = tempfile::tempdir().unwrap();
    let rules = rules(folder.path());
    for (name, contents, part) in [
        ("ocsf.json", r#"{"class_uid":6003,"metadata":{}}"#.as_bytes(), "Security Lake"),
        (
            "events.csv",
            b"User name,AWS access key,Event time\nalice,AKIA,2026-09-14\n",
            "lookup-events --output json",
        ),
        ("events.zst", &[0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0], "zstd -d"),
        ("other.json", br#"{"alpha":1}"#, "`alpha`"),
        ("empty.json", b"", "empty"),
    ] {
        write(folder.path(), name, contents);
        for (index, (_, run)) in every_command(&folder.path().join(name), &rules).into_iter().enumerate() {
            assert_eq!(run.code, Some(1), "command {index} on {name}: {run:?}");
            let said = format!("{}{}", run.stderr, run.stdout);
            assert!(said.contains(part), "command {index} on {name}: {run:?}");
        }
    }
}

#[test]
fn a_damaged_log_file_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let rules = rules(folder.path());
    let twice = [gzip(log_file(&["a"]).as_bytes()), gzip(log_file(&["b"]).as_bytes())].concat();
    let cut = log_file(&["a", "b"]);
    let cut = gzip(&cut.as_bytes()[..cut.len() - 9]);
    for (minute, contents, code) in [(1, twice, "file.trailing-data"), (2, cut, "file.not-json")] {
        write(folder.path(), &name(minute), contents);
        let [(_, replay), (_, lint), (_, events), _] =
            every_command(&folder.path().join(name(minute)), &rules);
        assert_eq!(replay.json()["errors"][0]["code"], code, "{replay:?}");
        assert_eq!(
            replay.json()["files"],
            json!({ "seen": 1, "processed": 0, "duplicate": 0, "ignored": 0, "failed": 1 })
        );
        for run in [replay, lint, events] {
            assert_eq!(run.code, Some(1), "{run:?}");
        }
    }
}

#[test]
fn files_of_a_folder_without_records_are_skipped_counted_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let rules = rules(folder.path());
    let logs = folder.path().join("logs");
    write(&logs, "a.log", log_file(&["a"]));
    write(&logs, "README.md", "# Notes\n");
    write(&logs, "b/other.json", "{\"alpha\":1}");
    let commands = every_command(&logs, &rules);
    let [(replayed, replay), (given, lint), (shown, events), _] = commands;
    assert_eq!((replayed, given, shown), (Some(1), Some(1), Some(1)));
    let report = replay.json();
    assert_eq!(
        report["files"],
        json!({ "seen": 1, "processed": 1, "duplicate": 0, "ignored": 0, "failed": 0 })
    );
    assert_eq!(report["errors"], json!([]));
    let skipped: Vec<&str> =
        report["skipped"].as_array().unwrap().iter().map(|file| file["code"].as_str().unwrap()).collect();
    assert_eq!(skipped, ["input.format", "input.unknown-shape"]);
    let text = run(["replay", logs.to_str().unwrap()]);
    assert!(text.stdout.contains("\nSkipped  2 files without CloudTrail records\n"), "{text:?}");
    for run in [replay, lint, events] {
        assert!(run.stderr.contains("note: skipped `") && run.stderr.contains("README.md`"), "{run:?}");
    }

    std::fs::remove_file(logs.join("a.log")).unwrap();
    for (index, (_, run)) in every_command(&logs, &rules).into_iter().take(3).enumerate() {
        assert_eq!(run.code, Some(1), "command {index}: {run:?}");
    }
}

#[test]
fn a_value_that_is_no_record_is_rejected_and_the_others_are_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let rules = rules(folder.path());
    write(folder.path(), "lines.jsonl", format!("{}\n42\n{}\n", record("a"), record("b")));
    let [(replayed, replay), (given, lint), ..] = every_command(&folder.path().join("lines.jsonl"), &rules);
    assert_eq!((replayed, given), (Some(2), Some(2)));
    let report = replay.json();
    assert_eq!(report["records"], json!({ "seen": 3, "evaluated": 2, "rejected": 1 }));
    assert!(report["errors"][0]["message"].as_str().unwrap().starts_with("line 2: "), "{report}");
    assert_eq!((replay.code, lint.code), (Some(1), Some(1)));
}

#[test]
fn a_record_without_a_time_never_gets_the_present() {
    let folder = tempfile::tempdir().unwrap();
    let timeless = record("a").replace("eventTime", "noTime");
    let log = format!("{{\"Records\":[{timeless}]}}");
    write(folder.path(), "log.json", &log);
    let rules = rules(folder.path());
    let replay = |path: &str| {
        let path = folder.path().join(path);
        run(["replay", "--format=json", "--rules", rules.to_str().unwrap(), path.to_str().unwrap()]).json()
    };
    let report = replay("log.json");
    assert_eq!(report["rules"][0]["matches"], 1);
    assert_eq!((&report["datapoints"], &report["withoutTime"]), (&json!([]), &json!(1)));

    write(folder.path(), &name(5), gzip(log.as_bytes()));
    let report = replay(&name(5));
    assert_eq!(report["datapoints"][0]["timestamp"], "2026-09-14T12:05:00Z");
    assert_eq!(report["withoutTime"], 0);
}

#[test]
fn every_field_case_gives_what_it_should_in_every_command() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/field-cases/shapes");
    if !cases.is_dir() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rules = rules(folder.path());
    for (name, records) in [
        ("lookup-events.json", 2),
        ("lookup-events-text-output.json", 2),
        ("eventbridge-event.json", 1),
        ("filter-log-events.json", 1),
        ("logs-subscription.json", 2),
        ("logs-subscription-through-firehose.gz", 4),
        ("records.jsonl", 2),
        ("batches-of-records.jsonl", 2),
        ("json-lines-under-a-log-file-name.json.gz", 2),
        ("one-record.json", 1),
        ("pretty-printed-record.json", 1),
        ("log-file.json", 2),
        ("log-file.json.gz", 1),
        ("two-files-concatenated.json.gz", 2),
        ("gzip-within-gzip.json.gz", 2),
        ("utf-16.json", 2),
    ] {
        for (index, (found, run)) in every_command(&cases.join(name), &rules).into_iter().enumerate() {
            assert_eq!(found, Some(records), "command {index} on {name}: {run:?}");
            assert!(run.code == Some(0) || index == 1, "command {index} on {name}: {run:?}");
        }
    }
    for (_, run) in every_command(&cases.join("security-lake-ocsf.json"), &rules) {
        assert_eq!(run.code, Some(1), "{run:?}");
    }
    let [(replayed, _), (given, _), (shown, _), _] =
        every_command(&cases.join("folder-with-other-endings"), &rules);
    assert_eq!((replayed, given, shown), (Some(6), Some(6), Some(6)));
}
