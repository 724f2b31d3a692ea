//! `trailbell events`.

use std::path::Path;

use serde_json::Value;

use crate::support::{Run, gzip, run, run_with_input, write};

const TRAIL: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09";

/// A record of the minute after 12:00 on a day.
fn record(id: &str, day: u8, minute: u8, name: &str, is_read: bool) -> String {
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"2026-09-{day:02}T12:{minute:02}:00Z","eventName":"{name}","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"=cmd","userIdentity":{{"type":"IAMUser","userName":"alice"}},"recipientAccountId":"111122223333","readOnly":{is_read},"eventID":"{id}"}}"#
    )
}

fn log_file(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// A trail's log file.
fn write_log_file(folder: &Path, day: u8, minute: u8, records: &[String]) {
    let name = format!(
        "{TRAIL}/{day:02}/111122223333_CloudTrail_us-east-1_202609{day:02}T12{minute:02}Z_a1b2c3d4e5f6a7b8.json.gz"
    );
    write(folder, &name, gzip(log_file(records).as_bytes()));
}

/// Two log files of a trail, and other files.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write_log_file(
        path,
        14,
        5,
        &[record("e1", 14, 1, "DeleteBucket", false), record("e2", 14, 2, "ListBuckets", true)],
    );
    write_log_file(
        path,
        15,
        5,
        &[record("e3", 15, 1, "PutObject", false), record("e1", 14, 1, "DeleteBucket", false)],
    );
    write(path, "any/name.log", format!("{}\n", record("e4", 13, 1, "CreateUser", false)));
    write(path, "README.md", "# Notes\nNothing here.\n");
    write(path, "other.json", "{\"a\":1}");
    folder
}

fn events(folder: &Path, arguments: &[&str]) -> Run {
    let mut all = vec!["events", folder.to_str().unwrap()];
    all.extend(arguments);
    run(all)
}

/// The ids of the events, in order.
fn ids(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|event| event["eventId"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn events_are_shown_newest_first_once_and_files_without_records_are_named() {
    let folder = folder();
    let result = events(folder.path(), &["--format", "jsonl"]);
    assert_eq!(result.code, Some(0), "{result:?}");
    assert_eq!(ids(&result), ["e3", "e1", "e4"]);
    for part in [
        "3 of 5 records in 3 files, 1 account, 1 region; 13 to 15 Sep 2026; ",
        "note: reads are left out; `--all` shows them",
        "note: 2 files without CloudTrail records skipped",
        "README.md`: line 1: not JSON but text",
        "other.json`: line 1: an object with the members `a`",
    ] {
        assert!(result.stderr.contains(part), "`{part}`: {}", result.stderr);
    }
    for (arguments, expected) in [
        (&["--all"][..], &["e3", "e2", "e1", "e4"][..]),
        (&["--all", "--oldest-first"], &["e4", "e1", "e2", "e3"]),
        (&["--read"], &["e2"]),
        (&["--name", "List*", "--name", "Put*"], &["e3", "e2"]),
        (&["--name", "!List*", "--user", "alice"], &["e3", "e1", "e4"]),
        (&["--source", "s3", "--where", "{ $.eventName = DeleteBucket }"], &["e1"]),
        (&["--from", "2026-09-14", "--to", "2026-09-15"], &["e1"]),
        (&["--id", "e2"], &["e2"]),
        (&["--error"], &[]),
        (&["--duplicates"], &["e3", "e1", "e1", "e4"]),
    ] {
        let mut all = arguments.to_vec();
        all.extend(["--format", "jsonl"]);
        let result = events(folder.path(), &all);
        assert_eq!(
            (result.code, ids(&result)),
            (Some(0), expected.iter().map(|id| (*id).to_owned()).collect()),
            "{arguments:?}"
        );
    }
}

#[test]
fn pages_continue_behind_the_last_event() {
    let folder = folder();
    let mut seen = Vec::new();
    let mut before: Option<String> = None;
    for _ in 0..4 {
        let mut arguments = vec!["--all", "--limit", "1", "--format", "json"];
        if let Some(before) = &before {
            arguments.extend(["--before", before]);
        }
        let json = events(folder.path(), &arguments).json();
        seen.push(json["events"][0]["eventId"].as_str().unwrap().to_owned());
        before = json["summary"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ["e3", "e2", "e1", "e4"]);
    assert_eq!(before, None);
}

#[test]
fn every_form_of_output_holds_the_events() {
    let folder = folder();
    let table = events(folder.path(), &["--name", "Put*"]).stdout;
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(
        table.starts_with("TIME") && table.contains("2026-09-15T12:01:00Z  alice  PutObject  ok"),
        "{table}"
    );
    let csv = |option| {
        events(folder.path(), &["--id", "e1", "--format", "csv", "--columns", "event-id,agent", option])
    };
    assert_eq!(csv("--all").stdout, "\"event_id\",\"agent\"\r\n\"e1\",\"'=cmd\"\r\n");
    assert_eq!(csv("--csv-raw").stdout, "event_id,agent\r\ne1,=cmd\r\n");
    let records = events(folder.path(), &["--all", "--format", "records"]).stdout;
    let again = run_with_input(["events", "-", "--all", "--format", "jsonl"], records.as_bytes());
    assert_eq!((again.code, ids(&again).len()), (Some(0), 4), "{again:?}");
    let counts = events(folder.path(), &["--all", "--count-by", "day"]).stdout;
    let counts: Vec<Vec<&str>> =
        counts.lines().map(|line| line.split_whitespace().take(2).collect()).collect();
    assert_eq!(counts, [["DAY", "EVENTS"], ["2026-09-13", "1"], ["2026-09-14", "2"], ["2026-09-15", "1"]]);
}

#[test]
fn events_can_fail_a_build() {
    let folder = folder();
    for (name, code) in [("DeleteBucket", 1), ("DeleteTrail", 0)] {
        let result = events(folder.path(), &["--name", name, "--fail-if-found"]);
        assert_eq!(result.code, Some(code), "{result:?}");
    }
}

#[test]
fn what_could_not_be_read_is_named_and_exits_with_1() {
    let folder = folder();
    let name =
        format!("{TRAIL}/16/111122223333_CloudTrail_us-east-1_20260916T1205Z_a1b2c3d4e5f6a7b8.json.gz");
    let member = gzip(log_file(&[record("e5", 16, 1, "A", false)]).as_bytes());
    write(folder.path(), &name, [member.clone(), member].concat());
    write(folder.path(), "half.json", format!("{{\"Records\":[{},42]}}", record("e6", 1, 1, "A", false)));
    let result = events(folder.path(), &["--format", "jsonl"]);
    assert_eq!(
        (result.code, ids(&result)),
        (Some(1), ["e5", "e3", "e1", "e4", "e6"].map(str::to_owned).to_vec())
    );
    for part in
        ["note: 1 file could not be read to the end", "note: 1 record could not be read", "half.json`: "]
    {
        assert!(result.stderr.contains(part), "`{part}`: {}", result.stderr);
    }
    for (arguments, part) in [
        (&["/does/not/exist"][..], "error: `/does/not/exist`: "),
        (&["README.md"], "note: `README.md`: line 1: not JSON"),
    ] {
        write(folder.path(), "only/README.md", "text\n");
        let result = crate::support::command()
            .arg("events")
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(result.stderr).unwrap();
        assert_eq!(result.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(part) && stderr.contains("nothing was evaluated"), "{stderr}");
    }
    let result = events(&folder.path().join("only"), &[]);
    assert_eq!(result.code, Some(1), "{result:?}");
    let result = events(folder.path(), &["--where", "{ $.a == 1 }"]);
    assert_eq!(result.code, Some(2), "{result:?}");
    assert!(result.stderr.contains('^'), "{}", result.stderr);
}

#[test]
fn one_event_is_shown_in_words_and_as_json() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let result = run(["events", "show", "e2", path]);
    assert_eq!(result.code, Some(0), "{result:?}");
    assert!(
        result.stdout.contains("What        ListBuckets (s3.amazonaws.com, read)\n"),
        "{}",
        result.stdout
    );
    assert!(result.stdout.contains("\n  \"eventID\": \"e2\"\n}"), "{}", result.stdout);
    let json = run(["events", "show", "e2", path, "--format", "json"]).json();
    assert_eq!(json["record"]["eventName"], "ListBuckets");
    let result = run(["events", "show", "e*", path]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""));
    assert!(result.stderr.contains("note: no event has the id `e*`"), "{}", result.stderr);
}

#[test]
fn every_field_case_has_events_or_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/field-cases/shapes");
    if !folder.is_dir() {
        return;
    }
    let result = events(&folder, &["--all", "--format", "jsonl"]);
    assert_eq!(result.code, Some(0), "{result:?}");
    assert!(result.stderr.contains("security-lake-ocsf.json`: line 1: an OCSF event"), "{}", result.stderr);
    let ends =
        events(&folder.join("folder-with-other-endings"), &["--all", "--duplicates", "--format", "jsonl"]);
    assert_eq!((ends.code, ends.stdout.lines().count()), (Some(0), 6), "{ends:?}");
}

#[test]
fn rules_select_the_events_that_they_match() {
    let folder = folder();
    let created = record("u1", 12, 1, "CreateUser", false).replace("s3.amazonaws.com", "iam.amazonaws.com");
    write(folder.path(), "created.json", created);
    write(
        folder.path(),
        "rules/own.yaml",
        "version: 1\nrules:\n  - id: buckets\n    filterPattern: '{ $.eventName = *Bucket* }'\n    \
         metricTransformation: { metricName: A }\n  - id: puts\n    filterPattern: '{ $.eventName = Put* }'\n    \
         metricTransformation: { metricName: B }\n",
    );
    let own = folder.path().join("rules/own.yaml");
    let own = own.to_str().unwrap();
    for (arguments, expected) in [
        (&["--rules", own][..], &["e3", "e2", "e1"][..]),
        (&["--rules", own, "--rule", "buckets"], &["e2", "e1"]),
        (&["--rules", own, "--rule", "p*", "--rule", "buckets"], &["e3", "e2", "e1"]),
        (&["--rules", own, "--rule", "!buckets"], &["e3", "e4", "u1"]),
        (&["--rules", own, "--rule", "buckets", "--where", "{ $.readOnly IS TRUE }"], &["e2"]),
        (&["--rule", "user-created"], &["u1"]),
        (&["--rule", "user-*", "--name", "CreateUser"], &["u1"]),
    ] {
        let mut all = arguments.to_vec();
        all.extend(["--format", "jsonl"]);
        let result = events(folder.path(), &all);
        assert_eq!(ids(&result), expected, "{arguments:?}: {}", result.stderr);
    }
    let result = events(folder.path(), &["--rule", "no-such-rule"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""), "{result:?}");
    assert!(result.stderr.contains("no rule has the id `no-such-rule`"), "{}", result.stderr);
}

/// A record of another session.
fn other_session(id: &str, minute: u8) -> String {
    record(id, 14, minute, "PutObject", false)
        .replace("\"userName\":\"alice\"", "\"accessKeyId\":\"AKIAOTHER\"")
}

#[test]
fn the_session_around_an_event_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let session = |id, minute| other_session(id, minute).replace("AKIAOTHER", "AKIAIOSFODNN7EXAMPLE");
    let records =
        [session("s1", 0), session("s2", 20), session("s3", 25), session("s4", 40), other_session("o1", 21)];
    write(folder.path(), "log.json", log_file(&records));
    for (within, expected) in [("5m", &["s3", "s2"][..]), ("1h", &["s4", "s3", "s2", "s1"]), ("1m", &["s2"])]
    {
        let result = events(folder.path(), &["--around", "s2", "--within", within, "--format", "jsonl"]);
        assert_eq!(
            (result.code, ids(&result)),
            (Some(0), expected.iter().map(|id| (*id).to_owned()).collect())
        );
    }
    let path = folder.path().to_str().unwrap();
    let result = run(["events", "show", "s2", path, "--around", "10m"]);
    assert_eq!(result.code, Some(0), "{result:?}");
    let (_, around) =
        result.stdout.split_once("The session `AKIAIOSFODNN7EXAMPLE` around this event:").unwrap();
    assert_eq!(around.matches("PutObject").count(), 2, "{around}");
    let result = run(["events", "show", "s2", path, "--around", "10m", "--format", "json"]);
    assert_eq!(ids(&result), ["s2", "s2", "s3"]);

    let result = events(folder.path(), &["--around", "nothing"]);
    assert!(result.code == Some(1) && result.stderr.contains("no event has the id `nothing`"), "{result:?}");
    let result = run_with_input(["events", "-", "--around", "s2"], b"{}");
    assert!(result.code == Some(2) && result.stderr.contains("only once"), "{result:?}");
    write(
        folder.path(),
        "anonymous.json",
        r#"{"eventVersion":"1.11","eventTime":"2026-09-14T12:00:00Z","eventName":"A","eventID":"n1"}"#,
    );
    let result = events(folder.path(), &["--around", "n1"]);
    assert!(result.code == Some(2) && result.stderr.contains("session is unknown"), "{result:?}");
}

#[test]
fn files_are_shown_by_account_region_and_day() {
    let folder = folder();
    write_log_file(folder.path(), 18, 5, &[]);
    let path = folder.path().to_str().unwrap();
    let result = run(["events", "files", path]);
    assert_eq!(result.code, Some(1), "days are missing: {result:?}");
    let lines: Vec<Vec<&str>> = result.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["FILES", "BYTES", "DELIVERED"]);
    assert_eq!((lines[1][0], lines[1][1]), ("111122223333", "3"));
    assert_eq!((lines[2][0], lines[2][1]), ("us-east-1", "3"));
    assert_eq!((lines[3][0], lines[3][1]), ("2026-09-14", "1"));
    assert_eq!(lines[5][..3], ["2026-09-16", "to", "2026-09-17"], "{}", result.stdout);
    assert!(result.stderr.contains("note: 3 files are not named like files of a trail"), "{}", result.stderr);
    assert!(result.stderr.contains("note: 2 days between days with files have none"), "{}", result.stderr);

    let json = run(["events", "files", path, "--depth", "files", "--format", "json"]).json();
    let region = &json["accounts"][0]["regions"][0];
    assert_eq!(
        region["missing"],
        serde_json::json!([{ "first": "2026-09-16", "last": "2026-09-17", "days": 2 }])
    );
    let object = &region["days"][0]["objects"][0];
    assert_eq!(
        (&object["kind"], &object["deliveredAt"]),
        (&"logFile".into(), &"2026-09-14T12:05:00Z".into())
    );
    assert_eq!(json["otherFiles"], 3);
    let shallow = run(["events", "files", path, "--depth", "accounts", "--format", "json"]).json();
    assert_eq!(
        (&shallow["accounts"][0]["logFiles"], &shallow["accounts"][0]["regions"]),
        (&3.into(), &Value::Null)
    );
}

#[test]
fn a_page_contains_the_events_and_loads_nothing() {
    let folder = folder();
    let page = folder.path().join("out.html");
    let path = page.to_str().unwrap();
    let run = events(folder.path(), &["--all", "--html", path]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    assert!(run.stderr.contains("4 of 5 records"), "{}", run.stderr);
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.starts_with("<!DOCTYPE html>") && text.contains("default-src 'none'"));
    assert!(text.contains("id=\"records-0\"") && !text.contains("id=\"records-1\""));
    for other in [["--format", "csv"], ["--count-by", "user"]] {
        let run = events(folder.path(), &["--html", path, other[0], other[1]]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
    }
    let run = events(folder.path(), &["--html", "no/such/folder/out.html"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("cannot write `no/such/folder/out.html`"), "{}", run.stderr);
}
