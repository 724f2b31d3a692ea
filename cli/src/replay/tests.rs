//! Replays of tiny folders, with the whole report as expected value.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;

const RULES: &str = r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - id: sign-in-failures
    title: Console sign-in failures
    summary: Somebody may be guessing.
    severity: medium
    filterPattern: '{ $.eventName = ConsoleLogin && $.errorMessage = "Failed authentication" }'
    metricTransformation:
      metricName: SignInFailures
      dimensions: { Region: $.awsRegion, Account: $.recipientAccountId }
  - id: bytes-out
    severity: low
    filterPattern: '{ $.eventName = GetObject }'
    metricTransformation: { metricName: BytesOut, metricValue: $.bytes, unit: Bytes }
    alert: false
  - id: never
    filterPattern: '{ $.eventName = Never }'
    metricTransformation: { metricName: Never }
  - id: root
    title: Root user
    severity: critical
    filterPattern: '{ $.userIdentity.type = Root }'
    metricTransformation: { metricName: Root }
"#;

const LAYOUT: Layout = Layout { width: 100, is_terminal: false, is_verbose: false };

fn failure(id: &str, time: &str, user: &str) -> Value {
    json!({
        "eventID": id, "eventTime": time, "eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com",
        "errorMessage": "Failed authentication", "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
        "sourceIPAddress": "192.0.2.7",
        "userIdentity": { "type": "IAMUser", "userName": user, "arn": format!("arn:aws:iam::111122223333:user/{user}") },
    })
}

fn write_log(folder: &Path, name: &str, records: &[Value]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, json!({ "Records": records }).to_string()).unwrap();
}

/// A folder with one file of every fate, and a record that two files bring.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let log = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/\
               111122223333_CloudTrail_us-east-1_20260914T1215Z_abcdefgh12345678.json";
    let first = failure("e1", "2026-09-14T12:03:10Z", "ana");
    write_log(root, log, &[first.clone(), failure("e2", "2026-09-14T12:04:10Z", "ana"), json!(42)]);
    let digest = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/09/14/digest.json";
    write_log(root, digest, &[]);
    write_log(
        root,
        "b.json",
        &[
            first,
            json!({ "eventName": "GetObject", "eventTime": "2026-09-14T12:30:59Z", "bytes": 1.5 }),
            json!({ "eventName": "GetObject", "eventTime": "2026-09-14T12:30:01Z", "bytes": 2 }),
            json!({ "eventName": "GetObject", "eventTime": "2026-09-14T12:30:01Z" }),
            json!({
                "eventID": "e3", "eventTime": "2026-09-14T12:31:00Z", "eventName": "Stop\u{1b}Logging",
                "awsRegion": "us-east-1", "userIdentity": { "type": "Root", "accountId": "111122223333" },
            }),
        ],
    );
    fs::write(root.join("c.json"), "{}").unwrap();
    folder
}

fn report(root: &Path) -> (ReplayReport, RuleSet) {
    let (rules, warnings) = RuleSet::parse("rules.yaml", RULES).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    let paths = [root.to_path_buf(), root.join("b.json"), root.join("missing.json")];
    (replay_paths(&paths, &rules, MESSAGES_PER_BATCH), rules)
}

fn replay_paths(paths: &[PathBuf], rules: &RuleSet, messages_per_batch: usize) -> ReplayReport {
    let list = files::list(paths);
    let evaluator = evaluator(rules.clone(), false);
    let progress = ProgressBar::hidden();
    replay(&Sources::default(), list, evaluator, Limits::default(), messages_per_batch, &progress).unwrap()
}

/// The report with the folder's name taken out.
fn json_report(root: &Path) -> Value {
    let text = serde_json::to_string(&report(root).0).unwrap();
    serde_json::from_str(&text.replace(&format!("{}/", root.display()), "")).unwrap()
}

#[test]
fn the_json_report_has_exactly_the_documented_members() {
    let folder = folder();
    let mut report = json_report(folder.path());
    let alerts = report.as_object_mut().unwrap().remove("alerts").unwrap();
    let metric = |name: &str, dimensions: Value, time: &str, value: Value| json!({ "namespace": "Test", "metricName": name, "dimensions": dimensions, "timestamp": time, "value": value });
    let place = json!({ "Account": "111122223333", "Region": "us-east-1" });
    assert_eq!(
        report,
        json!({
            "files": { "seen": 5, "processed": 2, "duplicate": 1, "ignored": 1, "failed": 1 },
            "records": { "seen": 8, "evaluated": 7, "rejected": 1 },
            "rules": [
                { "id": "sign-in-failures", "matches": 3, "counted": 2 },
                { "id": "bytes-out", "matches": 3, "counted": 3 },
                { "id": "never", "matches": 0, "counted": 0 },
                { "id": "root", "matches": 1, "counted": 1 },
            ],
            "datapoints": [
                metric("BytesOut", json!({}), "2026-09-14T12:30:00Z", json!(3.5)),
                metric("Root", json!({}), "2026-09-14T12:31:00Z", json!(1)),
                metric("SignInFailures", place, "2026-09-14T12:15:00Z", json!(2)),
            ],
            "errors": [
                { "file": "missing.json", "code": "file.not-found", "message": "No such file or directory (os error 2)" },
                {
                    "file": "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/\
                             111122223333_CloudTrail_us-east-1_20260914T1215Z_abcdefgh12345678.json",
                    "code": "record.not-an-object",
                    "message": report["errors"][1]["message"],
                },
            ],
            "skipped": [
                { "file": "c.json", "code": "input.unknown-shape", "message": report["skipped"][0]["message"] },
            ],
            "withoutTime": 0,
        })
    );
    let summary: Vec<(&Value, &Value, &Value)> = alerts
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| (&alert["rule"]["id"], &alert["count"], &alert["logFileCount"]))
        .collect();
    assert_eq!(
        summary,
        [(&json!("root"), &json!(1), &json!(1)), (&json!("sign-in-failures"), &json!(2), &json!(1))]
    );
    assert_eq!(alerts[0]["logFiles"], json!(["b.json"]));
}

#[test]
fn the_text_report_shows_counts_rules_alerts_and_errors() {
    let folder = folder();
    let (report, rules) = report(folder.path());
    let mut out = Vec::new();
    text::write(&report, rules.rules(), LAYOUT, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("\u{1b}[1m"), "headings stand out");
    let text = anstream::adapter::strip_str(&text).to_string();
    let text = text.replace(&format!("{}/", folder.path().display()), "");
    let long = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/\
                111122223333_CloudTrail_us-east-1_20260914T1215Z_abcdefgh12345678.json";
    let rejection = &report.errors[1].message;
    assert_eq!(text, GOLDEN_TEXT.replace("<log file>", long).replace("<rejection>", rejection));
}

const GOLDEN_TEXT: &str = "\
Files    5 seen: 2 processed, 1 duplicate, 1 ignored, 1 failed
Ignored  1 digest file
Skipped  1 file without CloudTrail records
Records  8 seen: 7 evaluated, 1 rejected
Alerts   about events from 2026-09-14T12:03:10Z to 2026-09-14T12:31:00Z

Rule              Severity  Matches  Counted
root              critical        1        1
sign-in-failures  medium          3        2
bytes-out         low             3        3
Matches: records that the pattern matches. Counted: each event once.
1 other rule did not match.
1 match has no datapoint: its metric value is not a number.

Alerts: 2 (1 medium, 1 critical)
medium         2026-09-14T12:04:10Z  ConsoleLogin, 2 times, by IAM user ana  on AWS console  all 2 failed (Failed authentication)  [sign-in-failures]
critical       2026-09-14T12:31:00Z  Stop Logging, by root of account 111122223333  succeeded  [root]
`--verbose` shows the details, `--severity` and `--rule` select alerts.

Errors: 2
  missing.json: No such file or directory (os error 2) (file.not-found)
  <log file>: <rejection> (record.not-an-object)
";

#[test]
fn alerts_and_datapoints_merge_over_batches() {
    let folder = tempfile::tempdir().unwrap();
    let count = 2 * MESSAGES_PER_BATCH + 1;
    for index in 0..count {
        let record = failure(&format!("e{index}"), "2026-09-14T12:03:10Z", "ana");
        write_log(folder.path(), &format!("{index}.json"), &[record]);
    }
    let (rules, _) = RuleSet::parse("rules.yaml", RULES).unwrap();
    let report = replay_paths(&[folder.path().to_path_buf()], &rules, MESSAGES_PER_BATCH);
    assert_eq!(report.files.processed, count as u64);
    assert_eq!(report.datapoints.len(), 1);
    assert_eq!(report.datapoints[0].value, count as f64);
    assert_eq!(report.alerts.len(), 1);
    assert_eq!((report.alerts[0].count, report.alerts[0].log_file_count), (count as u64, count));
}

/// Files of many principals, more than get an alert of their own on Lambda, some named twice, some
/// unreadable.
fn crowd() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..70 {
        let mut records = vec![
            failure(&format!("e{index}"), "2026-09-14T12:03:10Z", &format!("user{index}")),
            failure(&format!("e{}", index / 2), "2026-09-14T12:04:10Z", &format!("user{}", index / 3)),
            json!({ "eventName": "GetObject", "eventTime": "2026-09-14T12:30:59Z", "bytes": index }),
        ];
        if index % 10 == 0 {
            records.push(json!(index));
        }
        write_log(folder.path(), &format!("{index:02}.json"), &records);
    }
    fs::write(folder.path().join("50.json"), "{").unwrap();
    let paths = [folder.path().to_path_buf(), folder.path().join("50.json"), folder.path().join("33.json")];
    (folder, paths.to_vec())
}

#[test]
fn the_report_does_not_depend_on_the_size_of_the_batches() {
    let (_folder, paths) = crowd();
    let (rules, _) = RuleSet::parse("rules.yaml", RULES).unwrap();
    let whole = serde_json::to_value(replay_paths(&paths, &rules, 1000)).unwrap();
    assert_eq!(whole["alerts"].as_array().unwrap().len(), 69, "every group has its alert");
    for messages_per_batch in [1, 7, MESSAGES_PER_BATCH] {
        let report = replay_paths(&paths, &rules, messages_per_batch);
        assert_eq!(serde_json::to_value(report).unwrap(), whole, "{messages_per_batch} messages in a batch");
    }
}

const WORDY_RULES: &str = r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - id: sign-in-failures
    summary: |
      Several failed attempts in a row are the mark of somebody who guesses passwords.
      See https://example.com/a/page/with/a/very-long-address/that/nobody/can/break
    references: [The first reference, the second reference, the third reference]
    filterPattern: '{ $.eventName = ConsoleLogin }'
    metricTransformation: { metricName: SignInFailures }
"#;

#[test]
fn prose_is_wrapped_at_the_width_of_the_terminal_and_facts_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}.json", "a-long-name-".repeat(5));
    write_log(folder.path(), &name, &[failure("e1", "2026-09-14T12:03:10Z", "ana")]);
    let (rules, _) = RuleSet::parse("rules.yaml", WORDY_RULES).unwrap();
    let report = replay_paths(&[folder.path().to_path_buf()], &rules, MESSAGES_PER_BATCH);
    let mut out = Vec::new();
    text::write(&report, rules.rules(), Layout { width: 40, is_verbose: true, ..LAYOUT }, &mut out).unwrap();
    let text = anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string();
    let (facts, prose) = text.split_at(text.find("\n  Several").unwrap());
    assert!(facts.lines().any(|line| line.starts_with("  Log file") && line.ends_with(&name)), "{facts}");
    assert_eq!(
        prose,
        "
  Several failed attempts in a row are
  the mark of somebody who guesses
  passwords.
  See
  https://example.com/a/page/with/a/very-long-address/that/nobody/can/break
  References: The first reference, the
  second reference, the third reference

"
    );
}

#[test]
fn a_verbose_report_shows_each_alert_and_what_its_rule_says() {
    let folder = folder();
    let (mut report, rules) = report(folder.path());
    report.keep_alerts(None, &["sign-in-failures".to_owned()]);
    let mut out = Vec::new();
    text::write(&report, rules.rules(), Layout { is_verbose: true, ..LAYOUT }, &mut out).unwrap();
    let text = anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string();
    // Whether the console still shows an event depends on the time.
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("  Console")).collect();
    let start = text.iter().position(|line| line.starts_with("medium ")).unwrap() + 1;
    let end = text.iter().position(|line| line.starts_with("Errors")).unwrap();
    let details = text[start..end].join("\n").replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(details.replace(LOG_FILE, "<log file>"), GOLDEN_DETAILS);
}

const LOG_FILE: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/\
                        111122223333_CloudTrail_us-east-1_20260914T1215Z_abcdefgh12345678.json";

const GOLDEN_DETAILS: &str = "  Who       IAM user ana
  MFA       not recorded
  What      ConsoleLogin, 2 times
  Target    AWS console
  Outcome   all 2 failed (Failed authentication)
  When      2026-09-14T12:03:10Z to 2026-09-14T12:04:10Z
  Where     account 111122223333, us-east-1
  From      192.0.2.7
  Rule      sign-in-failures
  Log file  <log file>
  Event ID  e1
  Command   trailbell events show e1 <log file>
  2 of 2 findings:
    2026-09-14T12:03:10Z  IAM user ana  ConsoleLogin  failed: Failed authentication  192.0.2.7  e1
    2026-09-14T12:04:10Z  IAM user ana  ConsoleLogin  failed: Failed authentication  192.0.2.7  e2

Console sign-in failures (sign-in-failures)
  Somebody may be guessing.

";

#[test]
fn alerts_are_kept_by_severity_and_rule() {
    let folder = folder();
    for (severity, rules, expected) in [
        (None, vec![], vec!["root", "sign-in-failures"]),
        (Some(rules::Severity::High), vec![], vec!["root"]),
        (None, vec!["sign-in-failures".to_owned()], vec!["sign-in-failures"]),
        (Some(rules::Severity::Critical), vec!["sign-in-failures".to_owned()], vec![]),
    ] {
        let (mut report, _) = report(folder.path());
        report.keep_alerts(severity, &rules);
        let ids: Vec<&str> = report.alerts.iter().map(|alert| alert.rule.id.as_str()).collect();
        assert_eq!(ids, expected);
    }
}

#[test]
fn every_finding_has_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let records: Vec<Value> =
        (0..700).map(|index| failure(&format!("e{index}"), "2026-09-14T12:03:10Z", "ana")).collect();
    write_log(folder.path(), "log.json", &records);
    let (rules, _) = RuleSet::parse("rules.yaml", RULES).unwrap();
    let list = files::list(&[folder.path().to_path_buf()]);
    let progress = ProgressBar::hidden();
    let report = replay(
        &Sources::default(),
        list,
        evaluator(rules, true),
        Limits::default(),
        MESSAGES_PER_BATCH,
        &progress,
    )
    .unwrap();
    let mut out = Vec::new();
    findings::write(&report.alerts, None, &mut out).unwrap();
    let lines: Vec<Value> =
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 700);
    assert_eq!((&lines[0]["rule"], &lines[0]["severity"]), (&json!("sign-in-failures"), &json!("medium")));
    assert_eq!((&lines[0]["outcome"], &lines[0]["target"]), (&json!("failed"), &json!("AWS console")));
}

/// The findings of the rules in a folder, and of a rule that reports Ana's failures in place of another.
fn findings_of(folder: &Path, at_least: Option<rules::Severity>) -> Vec<Value> {
    let narrow = "  - id: ana\n    severity: high\n    severityIfAllFailed: low\n    supersedes: [sign-in-failures]\n    \
                  filterPattern: '{ ($.eventName = ConsoleLogin) && ($.userIdentity.userName = ana) }'\n    \
                  metricTransformation: { metricName: Ana }\n";
    let (rules, _) = RuleSet::parse("rules.yaml", &format!("{RULES}{narrow}")).unwrap();
    let list = files::list(&[folder.to_path_buf()]);
    let progress = ProgressBar::hidden();
    let evaluator = evaluator(rules, true);
    let report =
        replay(&Sources::default(), list, evaluator, Limits::default(), MESSAGES_PER_BATCH, &progress)
            .unwrap();
    let mut out = Vec::new();
    findings::write(&report.alerts, at_least, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap().replace(&format!("{}/", folder.display()), "");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn findings_that_no_alert_reports_have_lines_too() {
    let folder = folder();
    let line = |line: &Value| {
        let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
        let file = if text("logFile") == LOG_FILE { "log file".to_owned() } else { text("logFile") };
        format!("{} {} {} {} {file}", text("rule"), text("severity"), line["alert"], text("eventId"))
    };
    let mut lines: Vec<String> = findings_of(folder.path(), None).iter().map(line).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "ana medium true e1 log file",
            "ana medium true e2 log file",
            "bytes-out low false - b.json",
            "bytes-out low false - b.json",
            "bytes-out low false - b.json",
            "root critical true e3 b.json",
            "sign-in-failures medium false e1 log file",
            "sign-in-failures medium false e2 log file",
        ]
    );
    assert_eq!(findings_of(folder.path(), Some(rules::Severity::Medium)).len(), 5);
    assert_eq!(findings_of(folder.path(), Some(rules::Severity::High)).len(), 1);
}
