//! `trailbell backtest`: batches, alarms, comparison, gaps, limits, and that only what was delivered counts.

use std::path::Path;

use serde_json::{Value, json};
use testkit::generator::Generator;

use crate::support::{Run, command, gzip, run, write};

pub(crate) const RULES: &str = r#"
version: 1
rules:
  - id: sign-in
    title: Sign-in
    severity: high
    filterPattern: '{ $.eventName = ConsoleLogin }'
    metricTransformation: { metricName: SignIn }
    alarm: { threshold: 1, period: 300, evaluationPeriods: 1 }
  - id: denied
    title: Denied calls
    severity: low
    filterPattern: '{ $.errorCode = AccessDenied }'
    metricTransformation: { metricName: Denied }
    alarm: { threshold: 3, period: 300, evaluationPeriods: 1 }
  - id: silent
    severity: low
    filterPattern: '{ $.eventName = Never }'
    metricTransformation: { metricName: Never }
"#;

/// A record of a user, made three minutes before its delivery.
pub(crate) fn record(id: &str, day: u8, minute: u32, event: &str, user: &str) -> Value {
    let called = minute.saturating_sub(3);
    json!({
        "eventID": id,
        "eventTime": format!("2026-09-{day:02}T{:02}:{:02}:00Z", called / 60, called % 60),
        "eventName": event, "eventSource": "signin.amazonaws.com", "awsRegion": "us-east-1",
        "recipientAccountId": "111122223333", "sourceIPAddress": "192.0.2.7",
        "userIdentity": {
            "type": "IAMUser", "userName": user, "accountId": "111122223333",
            "arn": format!("arn:aws:iam::111122223333:user/{user}"),
        },
    })
}

fn denied(id: &str, day: u8, minute: u32, user: &str) -> Value {
    let mut record = record(id, day, minute, "GetObject", user);
    record["errorCode"] = json!("AccessDenied");
    record
}

/// Writes a log file that was delivered in a minute of a day in September 2026.
pub(crate) fn deliver(folder: &Path, day: u8, minute: u32, name: &str, records: &[Value]) {
    let path = format!(
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/{day:02}/111122223333_CloudTrail_us-east-1_\
         202609{day:02}T{:02}{:02}Z_{name:0>16}.json.gz",
        minute / 60,
        minute % 60,
    );
    write(folder, &path, gzip(json!({ "Records": records }).to_string().as_bytes()));
}

pub(crate) fn backtest(folder: &Path, arguments: &[&str]) -> Run {
    write(folder, "rules.yaml", RULES);
    let output = command()
        .current_dir(folder)
        .args(["backtest", "AWSLogs", "--rules", "rules.yaml"])
        .args(arguments)
        .output()
        .unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn report(folder: &Path, arguments: &[&str]) -> Value {
    let run = backtest(folder, &[arguments, &["--format", "json"]].concat());
    assert!(run.code == Some(0) && run.stderr.is_empty(), "{run:?}");
    run.json()
}

fn rule<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap()
}

#[test]
fn a_match_rings_once_and_holds_the_alarm_for_three_periods() {
    let folder = tempfile::tempdir().unwrap();
    deliver(folder.path(), 14, 600, "a", &[record("1", 14, 600, "ConsoleLogin", "ana")]);
    deliver(folder.path(), 14, 605, "b", &[record("2", 14, 605, "ConsoleLogin", "ana")]);
    deliver(folder.path(), 14, 700, "c", &[]);
    let report = report(folder.path(), &[]);
    let rule = rule(&report, "sign-in");
    assert_eq!((&rule["matches"], &rule["alerts"], &rule["rings"]), (&json!(2), &json!(2), &json!(1)));
    // The second match comes while the alarm is up, and holds it for three periods of its own.
    assert_eq!(rule["secondsInAlarm"], 1200);
    assert_eq!(
        rule["alarms"][0]["inAlarm"],
        json!([{ "from": "2026-09-14T10:01:00Z", "to": "2026-09-14T10:21:00Z" }])
    );
    // Called at 9:57, delivered at 10:00, seen at 10:01.
    assert_eq!(rule["secondsFromCallToRing"], json!({ "median": 240, "max": 240 }));
    assert_eq!(
        (&report["from"], &report["to"]),
        (&json!("2026-09-14T10:00:00Z"), &json!("2026-09-14T11:41:00Z"))
    );
    assert_eq!(report["rules"].as_array().unwrap().len(), 3);
}

#[test]
fn a_batch_sends_one_alert_for_a_rule_and_group() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        deliver(folder.path(), 14, 600, name, &[record(name, 14, 600, "ConsoleLogin", "ana")]);
    }
    deliver(folder.path(), 14, 601, "d", &[record("d", 14, 601, "ConsoleLogin", "ana")]);
    for (size, alerts) in [("10", 2), ("3", 2), ("2", 3), ("1", 4)] {
        let report = report(folder.path(), &["--batch-size", size]);
        assert_eq!(rule(&report, "sign-in")["alerts"], alerts, "{size}");
        assert_eq!(rule(&report, "sign-in")["rings"], 1);
        assert_eq!(rule(&report, "sign-in")["matches"], 4);
    }
}

#[test]
fn an_event_that_two_files_bring_counts_once_in_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let same = record("same", 14, 600, "ConsoleLogin", "ana");
    // The names would give another order than the minutes.
    deliver(folder.path(), 14, 600, "z", std::slice::from_ref(&same));
    deliver(folder.path(), 14, 660, "a", &[same]);
    let report = report(folder.path(), &[]);
    let rule = rule(&report, "sign-in");
    assert_eq!((&rule["matches"], &rule["alerts"]), (&json!(1), &json!(1)));
    assert_eq!(rule["alarms"][0]["inAlarm"][0]["from"], "2026-09-14T10:01:00Z");
}

#[test]
fn days_without_files_are_gaps() {
    let folder = tempfile::tempdir().unwrap();
    deliver(folder.path(), 14, 600, "a", &[record("1", 14, 600, "ConsoleLogin", "ana")]);
    deliver(folder.path(), 16, 600, "b", &[]);
    let result = report(folder.path(), &[]);
    let days: Vec<_> = result["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| (day["date"].clone(), day["hasFiles"].clone()))
        .collect();
    let day = |date: &str, has_files: bool| (json!(date), json!(has_files));
    assert_eq!(days, [day("2026-09-14", true), day("2026-09-15", false), day("2026-09-16", true)]);
    assert_eq!(result["totals"]["daysWithFiles"], 2);
    let text = backtest(folder.path(), &[]).stdout;
    assert!(
        text.contains("1 day without log files, which is a gap in the data and not quiet: 2026-09-15"),
        "{text}"
    );
}

#[test]
fn an_alarm_that_rang_before_the_start_does_not_ring_again() {
    let folder = tempfile::tempdir().unwrap();
    deliver(folder.path(), 14, 598, "a", &[record("1", 14, 598, "ConsoleLogin", "ana")]);
    deliver(folder.path(), 14, 700, "b", &[]);
    let report = report(folder.path(), &["--from", "2026-09-14T10:00Z"]);
    let rule = rule(&report, "sign-in");
    assert_eq!((&rule["matches"], &rule["alerts"], &rule["rings"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(
        rule["alarms"][0]["inAlarm"],
        json!([{ "from": "2026-09-14T10:00:00Z", "to": "2026-09-14T10:14:00Z" }])
    );
}

#[test]
fn a_sweep_shows_rings_and_time_together() {
    let folder = tempfile::tempdir().unwrap();
    for minute in [600, 604, 608, 612, 616, 620] {
        let records: Vec<_> = (0..4).map(|n| denied(&format!("{minute}-{n}"), 14, minute, "ci")).collect();
        deliver(folder.path(), 14, minute, "a", &records);
    }
    deliver(folder.path(), 14, 700, "b", &[]);
    let report = report(folder.path(), &[]);
    let sweep = rule(&report, "denied")["alarms"][0]["sweep"].as_array().unwrap().clone();
    let thresholds: Vec<_> = sweep.iter().map(|point| point["threshold"].as_f64().unwrap()).collect();
    assert_eq!(thresholds, [1.0, 2.0, 3.0, 5.0, 10.0]);
    let current: Vec<_> = sweep.iter().map(|point| point["isCurrent"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, false, true, false, false]);
    assert_eq!((&sweep[4]["rings"], &sweep[4]["secondsInAlarm"]), (&json!(0), &json!(0)));
    assert!(sweep[0]["secondsInAlarm"].as_i64() >= sweep[2]["secondsInAlarm"].as_i64());
    let noise = &report["noise"][0];
    assert_eq!(
        (&noise["rule"], &noise["matches"], &noise["ringsWithout"]),
        (&json!("denied"), &json!(24), &json!(0))
    );
    let pattern = noise["pattern"].as_str().unwrap();
    assert!(pattern.contains("($.userIdentity.arn != \"arn:aws:iam::111122223333:user/ci\")"), "{pattern}");
}

#[test]
fn new_rules_against_old_ones_name_a_record_for_each_difference() {
    let folder = tempfile::tempdir().unwrap();
    deliver(
        folder.path(),
        14,
        600,
        "a",
        &[
            record("kept", 14, 600, "ConsoleLogin", "ana"),
            record("lost", 14, 600, "ConsoleLogin", "ben"),
            denied("gained", 14, 600, "ci"),
        ],
    );
    let old = RULES.replace("AccessDenied", "Other");
    write(folder.path(), "old.yaml", &old);
    write(
        folder.path(),
        "new.yaml",
        RULES.replace(
            "$.eventName = ConsoleLogin",
            "$.eventName = ConsoleLogin && $.userIdentity.userName = \"ana\"",
        ),
    );
    let arguments = ["backtest", "AWSLogs", "--rules", "new.yaml", "--against", "old.yaml"];
    let compare = |more: &[&str]| {
        let output = command().current_dir(folder.path()).args(arguments).args(more).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = compare(&["--format", "json"]);
    assert_eq!(code, Some(0), "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    let pairs = report["comparison"].as_array().unwrap();
    let first = &pairs[0];
    assert_eq!((&first["id"], &first["changes"]), (&json!("sign-in"), &json!(["pattern"])));
    assert_eq!(
        (&first["both"], &first["onlyOld"]["matches"], &first["onlyNew"]["matches"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(first["onlyOld"]["examples"][0]["eventId"], "lost");
    assert_eq!((&first["old"]["alerts"], &first["new"]["alerts"]), (&json!(2), &json!(1)));
    assert_eq!(first["incidents"]["missed"], 0);
    let denied = pairs.iter().find(|pair| pair["id"] == "denied").unwrap();
    assert_eq!(denied["onlyNew"]["examples"][0]["eventId"], "gained");
    let (code, text) = compare(&["--fail-on-lost", "high"]);
    assert!(code == Some(1) && text.contains("--fail-on-lost high: 1 (EXCEEDED)"), "{text}");
    assert_eq!(compare(&["--fail-on-lost", "critical"]).0, Some(0));
    assert!(text.contains("sign-in lost, for example: lost ConsoleLogin by IAM user ben"), "{text}");
}

#[test]
fn the_new_rules_do_the_same_whatever_they_are_compared_with() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples");
    let alone = run(["backtest", samples, "--set", "all", "--format", "json"]).json();
    let beside = run(["backtest", samples, "--set", "all", "--against", "all", "--format", "json"]).json();
    for member in ["rules", "totals", "days", "noise"] {
        assert_eq!(alone[member], beside[member], "{member}");
    }
    for pair in beside["comparison"].as_array().unwrap() {
        assert_eq!((&pair["old"], &pair["changes"]), (&pair["new"], &json!([])), "{pair}");
        assert_eq!((&pair["onlyOld"]["matches"], &pair["onlyNew"]["matches"]), (&json!(0), &json!(0)));
    }
}

#[test]
fn limits_decide_about_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    deliver(folder.path(), 14, 600, "a", &[record("1", 14, 600, "ConsoleLogin", "ana")]);
    deliver(folder.path(), 14, 700, "b", &[record("2", 14, 700, "ConsoleLogin", "ana")]);
    for (option, limit, code) in [
        ("--max-alerts-per-day", "1", 1),
        ("--max-alerts-per-day", "2", 0),
        ("--max-alerts-on-a-day", "1", 1),
        ("--max-alerts-on-a-day", "2", 0),
        ("--max-rings-per-day", "1", 1),
        ("--max-rings-per-day", "2", 0),
    ] {
        let run = backtest(folder.path(), &[option, limit]);
        assert_eq!(run.code, Some(code), "{option} {limit}: {}", run.stdout);
        assert!(run.stdout.contains(&format!("{option} {limit}: ")), "{}", run.stdout);
    }
    let run = backtest(folder.path(), &["--fail-on-lost", "high"]);
    assert_eq!(run.code, Some(2));
}

#[test]
fn delivery_shuffled_within_a_minute_changes_no_alarm() {
    let mut dice = 7_u64;
    let mut below = |limit: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % limit
    };
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for minute in (600..900).filter(|minute| minute % 3 != 0) {
        let records: Vec<Value> = (0..below(5))
            .map(|n| {
                let id = format!("{minute}-{n}");
                if below(3) == 0 {
                    record(&id, 14, minute, "ConsoleLogin", "ana")
                } else {
                    denied(&id, 14, minute, "ci")
                }
            })
            .collect();
        deliver(folders[0].path(), 14, minute, "a", &records);
        // Backwards, in two files whose names are in no order.
        let (one, two): (Vec<_>, Vec<_>) = records.into_iter().rev().partition(|_| below(2) == 0);
        deliver(folders[1].path(), 14, minute, &format!("{:04}", below(10_000)), &one);
        deliver(folders[1].path(), 14, minute, &format!("x{:04}", below(10_000)), &two);
    }
    let [first, second] = folders.each_ref().map(|folder| report(folder.path(), &[]));
    for (one, other) in first["rules"].as_array().unwrap().iter().zip(second["rules"].as_array().unwrap()) {
        assert_eq!(one["alarms"], other["alarms"]);
        assert_eq!(one["matchesByDay"], other["matchesByDay"]);
    }
    assert!(first["totals"]["rings"].as_u64().unwrap() > 5, "{}", first["totals"]);
}

#[test]
fn files_without_a_minute_count_at_the_time_of_the_event() {
    let folder = tempfile::tempdir().unwrap();
    let records = json!({ "Records": [record("1", 14, 603, "ConsoleLogin", "ana"), record("2", 14, 703, "ConsoleLogin", "ana")] });
    write(folder.path(), "AWSLogs/records.json", records.to_string());
    let report = report(folder.path(), &[]);
    assert_eq!(
        (&report["from"], &report["to"]),
        (&json!("2026-09-14T10:00:00Z"), &json!("2026-09-14T11:41:00Z"))
    );
    assert_eq!(report["source"]["filesWithoutMinute"], 1);
    assert_eq!(rule(&report, "sign-in")["rings"], 2);
}

#[test]
fn a_backtest_of_nothing_says_so_and_a_broken_file_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    deliver(folder.path(), 14, 600, "a", &[]);
    let run = backtest(folder.path(), &["--from", "2026-09-20"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("there is nothing to evaluate"), "{}", run.stderr);
    let run = backtest(folder.path(), &["--from", "2026-09-20", "--to", "2026-09-19"]);
    assert!(run.code == Some(2) && run.stderr.contains("before it starts"), "{}", run.stderr);
    let broken = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/111122223333_CloudTrail_us-east-1_20260914T1001Z_broken0123456789.json.gz";
    write(folder.path(), broken, [0x1f, 0x8b, 8, 0]);
    let run = backtest(folder.path(), &[]);
    assert!(run.code == Some(1) && run.stdout.contains("broken0123456789"), "{run:?}");
}

/// An hour at 1,000 records a minute; `.ci/slow backtest` runs a month.
#[test]
fn an_hour_of_generated_files_has_the_matches_and_alarms_of_a_replay() {
    let folder = tempfile::tempdir().unwrap();
    for file in Generator::new(1).minutes(60, 1000) {
        write(folder.path(), &file.key, gzip(&file.json));
    }
    let run_in = |arguments: &[&str]| {
        let output = command().current_dir(folder.path()).args(arguments).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let replayed = run_in(&["replay", "--set", "all", "--format", "json", "AWSLogs"]);
    let tested = run_in(&["backtest", "--set", "all", "--format", "json", "AWSLogs"]);
    assert_eq!(tested["source"]["records"]["evaluated"], 60_000);
    let mut matches = 0;
    for (rule, of_replay) in
        tested["rules"].as_array().unwrap().iter().zip(replayed["rules"].as_array().unwrap())
    {
        assert_eq!((&rule["id"], &rule["matches"]), (&of_replay["id"], &of_replay["counted"]));
        matches += rule["matches"].as_u64().unwrap();
    }
    assert!(matches > 100, "{matches}");
}
