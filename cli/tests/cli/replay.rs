//! `trailbell replay`: where files come from, and how it ends.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::support::{command, gzip, run, run_with_input, write};

const LOG: &[u8] =
    br#"{"Records":[{"eventID":"e1","eventName":"StopLogging","eventTime":"2026-09-14T12:00:00Z"}]}"#;
const RULES: &str = "\
version: 1
rules:
  - id: stop-logging
    filterPattern: '{ $.eventName = StopLogging }'
    metricTransformation: { metricName: StopLogging }
";

fn replay_json(folder: &Path, paths: &[&str]) -> serde_json::Value {
    write(folder, "rules.yaml", RULES);
    let output = command()
        .current_dir(folder)
        .args(["replay", "--rules", "rules.yaml", "--format", "json"])
        .args(paths)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn standard_input_is_one_log_file_compressed_or_plain() {
    for input in [LOG.to_vec(), gzip(LOG)] {
        let result = run_with_input(["replay", "--format", "json", "-"], &input);
        assert_eq!(result.code, Some(0), "{result:?}");
        assert_eq!(result.json()["files"]["processed"], 1);
        assert_eq!(result.json()["records"]["evaluated"], 1);
    }
    let result = run_with_input(["replay", "--format", "json", "-"], b"");
    assert_eq!(result.code, Some(1));
    assert_eq!(
        result.json()["errors"],
        json!([{ "file": "-", "code": "file.empty", "message": "the input is empty" }])
    );
}

#[test]
fn standard_input_can_be_named_once_only() {
    let result = run_with_input(["replay", "-", "-"], LOG);
    assert_eq!(result.code, Some(2));
    assert_eq!(
        result.stderr,
        "error: `-` was given more than once, but standard input can be read only once\n"
    );
}

#[test]
fn a_path_that_is_given_twice_is_a_duplicate() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a/log.json", LOG);
    let absolute = folder.path().join("a/log.json");
    let report = replay_json(folder.path(), &["a", "./a/log.json", absolute.to_str().unwrap()]);
    assert_eq!(
        report["files"],
        json!({ "seen": 3, "processed": 1, "duplicate": 2, "ignored": 0, "failed": 0 })
    );
    assert_eq!(report["rules"], json!([{ "id": "stop-logging", "matches": 1, "counted": 1 }]));
}

#[test]
fn an_event_that_two_files_bring_matches_twice_and_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.json", LOG);
    write(folder.path(), "b.json.gz", gzip(LOG));
    let report = replay_json(folder.path(), &["a.json", "b.json.gz"]);
    assert_eq!(report["rules"], json!([{ "id": "stop-logging", "matches": 2, "counted": 1 }]));
    assert_eq!(report["datapoints"][0]["value"], 1);
    assert_eq!(report["alerts"][0]["logFiles"], json!(["a.json"]));
}

#[test]
fn files_that_a_name_or_a_folder_marks_as_digests_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let digest = "111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20260914T121500Z.json.gz";
    write(folder.path(), digest, gzip(b"{}"));
    write(folder.path(), "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/09/14/x.json", b"{}");
    write(folder.path(), "AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/09/14/x.json", b"{}");
    write(folder.path(), "Digest.json", LOG);
    let report = replay_json(folder.path(), &["."]);
    assert_eq!(
        report["files"],
        json!({ "seen": 4, "processed": 1, "duplicate": 0, "ignored": 3, "failed": 0 })
    );
    assert_eq!(report["errors"], json!([]));
}

#[test]
fn a_file_below_awslogs_is_read_unless_its_place_is_another_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let read = [
        "AWSLogs/a.json",
        "AWSLogs/us-east-1/b.json",
        "AWSLogs/111122223333/c.json",
        "AWSLogs/111122223333/us-east-1/2026/d.json",
        "AWSLogs/111122223333/CloudTrail/e.json",
        "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/09/14/f.json",
    ];
    let ignored = [
        "AWSLogs/111122223333/Config/us-east-1/2026/9/14/ConfigHistory/a.json",
        "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/b.json",
        "AWSLogs/111122223333/CloudTrail/us-east-1/111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260914T121523Z.json",
        "111122223333_Config_us-east-1_ConfigHistory_d.json",
    ];
    for name in read.iter().chain(&ignored) {
        write(folder.path(), name, LOG);
    }
    let report = replay_json(folder.path(), &["."]);
    assert_eq!(
        report["files"],
        json!({ "seen": 10, "processed": read.len(), "duplicate": 0, "ignored": ignored.len(), "failed": 0 })
    );
}

#[test]
fn what_is_ignored_is_listed_by_kind_and_noted_when_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/a.json", b"{}");
    write(folder.path(), "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/b.json", b"{}");
    write(folder.path(), "AWSLogs/111122223333/Config/us-east-1/c.json", b"{}");
    let kinds = "2 digest files, 1 file of another service";
    let result = run(["replay".as_ref(), folder.path().as_os_str()]);
    assert_eq!(result.code, Some(1));
    assert!(result.stdout.contains(&format!("\nIgnored  {kinds}\n")), "{}", result.stdout);
    assert_eq!(
        result.stderr,
        format!(
            "note: every file was ignored because of its name or folder: {kinds}\nnote: nothing was evaluated\n"
        )
    );

    write(folder.path(), "log.json", LOG);
    let result = run(["replay".as_ref(), folder.path().as_os_str()]);
    assert!(result.stdout.contains(&format!("\nIgnored  {kinds}\n")), "{}", result.stdout);
    assert_eq!(result.stderr, "");
}

#[test]
fn insight_and_network_activity_files_have_their_delivery_minute() {
    for service in ["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity"] {
        let folder = tempfile::tempdir().unwrap();
        let name = format!(
            "AWSLogs/111122223333/{service}/us-east-1/2026/09/14/\
             111122223333_{service}_us-east-1_20260914T1215Z_abcdefgh12345678.json"
        );
        write(folder.path(), &name, LOG);
        let report = replay_json(folder.path(), &["."]);
        assert_eq!(report["datapoints"][0]["timestamp"], json!("2026-09-14T12:15:00Z"), "{service}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_fails_the_replay_only_under_a_log_files_name() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", LOG);
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    assert_eq!(run(["replay".as_ref(), folder.path().as_os_str()]).code, Some(0));

    symlink("nowhere", folder.path().join("dangling.json")).unwrap();
    let report = replay_json(folder.path(), &["."]);
    assert_eq!(
        report["files"],
        json!({ "seen": 2, "processed": 1, "duplicate": 0, "ignored": 0, "failed": 1 })
    );
    assert_eq!(
        report["errors"],
        json!([{
            "file": "./dangling.json",
            "code": "file.not-found",
            "message": "cannot follow the link: No such file or directory (os error 2)",
        }])
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_an_error_without_a_count() {
    use std::fs::{Permissions, read_dir, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", LOG);
    write(folder.path(), "closed/log.json", LOG);
    let closed = folder.path().join("closed");
    set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
    // Root reads it all the same.
    let is_readable = read_dir(&closed).is_ok();
    let report = replay_json(folder.path(), &["."]);
    set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    if is_readable {
        return;
    }
    assert_eq!(
        report["files"],
        json!({ "seen": 1, "processed": 1, "duplicate": 0, "ignored": 0, "failed": 0 })
    );
    assert_eq!(
        report["errors"],
        json!([{
            "file": "./closed",
            "code": "file.access-denied",
            "message": "cannot read the folder: Permission denied (os error 13)",
        }])
    );
}

#[test]
fn the_largest_accepted_file_can_be_set() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json.gz", gzip(LOG));
    let log = folder.path().join("log.json.gz");
    let replay = |bytes: usize| {
        let limit = format!("--max-file-bytes={bytes}");
        run(["replay".as_ref(), "--format=json".as_ref(), limit.as_ref(), log.as_os_str()])
    };
    assert_eq!(replay(LOG.len()).code, Some(0));
    let result = replay(LOG.len() - 1);
    assert_eq!(result.code, Some(1));
    assert_eq!(result.json()["errors"][0]["code"], json!("file.too-large"));
    assert_eq!(
        result.json()["errors"][0]["message"],
        json!(format!(
            "the input is larger than {} bytes after decompression; raise `--max-file-bytes` to read it",
            LOG.len() - 1
        ))
    );
    assert_eq!(replay(0).code, Some(2));
}

#[test]
fn folders_above_the_callers_count_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("AWSLogs/111122223333");
    write(&account, "CloudTrail-Digest/us-east-1/x.json", b"{}");
    write(&account, "CloudTrail/us-east-1/x.json", LOG);
    let report = replay_json(&account.join("CloudTrail-Digest"), &["us-east-1", "../CloudTrail"]);
    assert_eq!(
        report["files"],
        json!({ "seen": 2, "processed": 1, "duplicate": 0, "ignored": 1, "failed": 0 })
    );
    assert_eq!(report["alerts"][0]["logFiles"], json!(["../CloudTrail/us-east-1/x.json"]));
}

#[test]
fn names_need_not_look_like_cloudtrails() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["with blank.json", "a+b%20c.json", "#1?.json", "é漢.json", "quote\".json", "-dash.json"];
    for name in names {
        write(folder.path(), name, LOG);
    }
    let report = replay_json(folder.path(), &["."]);
    assert_eq!(report["files"]["processed"], names.len());
    assert_eq!(report["records"]["evaluated"], names.len());
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_read_and_reported() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"odd\xff.json");
    std::fs::write(folder.path().join(name), "{").unwrap();
    let report = replay_json(folder.path(), &["."]);
    assert_eq!(report["errors"][0]["file"], json!("./odd\\xff.json"));
    assert_eq!(report["errors"][0]["code"], json!("input.not-json"));
}

#[test]
fn a_missing_path_is_an_error_and_the_others_are_processed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", LOG);
    let report = replay_json(folder.path(), &["missing.json", "log.json"]);
    assert_eq!(
        report["files"],
        json!({ "seen": 2, "processed": 1, "duplicate": 0, "ignored": 0, "failed": 1 })
    );
    assert_eq!(report["errors"][0]["code"], json!("file.not-found"));
    assert_eq!(run(["replay", "does-not-exist"]).code, Some(1));
}

#[test]
fn without_a_path_the_error_says_what_to_name() {
    let result = run(["replay"]);
    assert_eq!(result.code, Some(2));
    assert_eq!(
        result.stderr,
        "error: no PATH was given: name files or folders, or `-` to read standard input\n"
    );
}

#[test]
fn invalid_rule_files_stop_the_replay_with_all_their_diagnostics() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", LOG);
    write(folder.path(), "bad.yaml", "version: 1\nrules:\n  - id: a\n    bogus: 1\n  - id: A b\n");
    let log = folder.path().join("log.json");
    let rules = folder.path().join("bad.yaml");
    let result = run(["replay".as_ref(), log.as_os_str(), "--rules".as_ref(), rules.as_os_str()]);
    assert_eq!(result.code, Some(2));
    assert_eq!(result.stdout, "");
    assert!(result.stderr.matches("bad.yaml:").count() >= 3, "{}", result.stderr);

    let rules = folder.path().join("missing.yaml");
    let result = run(["replay".as_ref(), log.as_os_str(), "--rules".as_ref(), rules.as_os_str()]);
    assert_eq!(result.code, Some(2));
    assert!(result.stderr.contains("missing.yaml`: "), "{}", result.stderr);
}

#[test]
fn a_folder_without_files_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let result = run(["replay".as_ref(), folder.path().as_os_str()]);
    assert_eq!(result.code, Some(1));
    assert!(result.stderr.ends_with("contains no files\nnote: nothing was evaluated\n"), "{}", result.stderr);
    assert!(result.stdout.starts_with("Files    0 seen"), "{}", result.stdout);
}

#[test]
fn output_to_a_pipe_has_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "log.json", LOG);
    let path = folder.path().as_os_str();
    assert!(!run(["replay".as_ref(), path]).stdout.contains('\u{1b}'));
    let forced = command().env("CLICOLOR_FORCE", "1").arg("replay").arg(path).output().unwrap();
    assert!(forced.stdout.contains(&0x1b));
}

#[test]
fn a_reader_that_stops_early_is_not_an_error() {
    let folder = tempfile::tempdir().unwrap();
    // The report is larger than a pipe, so that the end of its reader is noticed.
    for index in 0..2000 {
        write(folder.path(), &format!("{index}-{}.json", "x".repeat(100)), "{");
    }
    let mut child = command()
        .args(["replay".as_ref(), folder.path().as_os_str()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "note: nothing was evaluated\n");
}
