//! `trailbell alarms simulate`: cases, and alarms of one's own.

use std::path::Path;

use crate::support::{run, run_with_input};

/// Our own cases. Their results were written by hand.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/alarm-cases.jsonl");
/// More of them, beside the project.
const SHARED_CASES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/reference/alarm-evaluation-cases.jsonl");

/// Every line of a file is answered with its id and what it expects.
fn check(path: &str) {
    let run = run(["alarms", "simulate", path]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answers: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 40);
    assert_eq!(cases.len(), answers.len());
    for (case, answer) in cases.iter().zip(&answers) {
        assert_eq!(case["id"], answer["id"]);
        assert!(answer["expect"].is_object(), "{answer}");
    }
}

#[test]
fn our_cases_are_answered_as_they_expect() {
    check(CASES);
}

#[test]
fn the_cases_beside_the_project_are_answered_as_they_expect() {
    if Path::new(SHARED_CASES).exists() {
        check(SHARED_CASES);
    }
}

#[test]
fn a_case_that_expects_something_else_is_named() {
    let case = br#"{"id": "x", "kind": "statistic", "statistic": "p50", "samples": [[1, 1]], "expect": {"value": 2}}"#;
    let run = run_with_input(["alarms", "simulate", "-"], case);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "{\"id\":\"x\",\"expect\":{\"value\":1.0}}\n"));
    assert_eq!(run.stderr, "line 1: case `x` expects another answer\n");
}

const ALARMS: &str = r#"{"MetricAlarms": [{
    "AlarmName": "trailbell/a", "Namespace": "CloudTrailMetrics", "MetricName": "A", "Dimensions": [], "Statistic": "Sum",
    "Period": 300, "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "Threshold": 3.0, "TreatMissingData": "notBreaching",
    "ComparisonOperator": "GreaterThanOrEqualToThreshold"}], "CompositeAlarms": []}"#;

#[test]
fn alarms_of_ones_own_run_over_ones_own_data() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let alarms = file("alarms.json", ALARMS);
    let data = file("data.csv", "minute,value\n2026-09-14T12:01Z,2\n2026-09-14T12:03Z,2\n");
    let history = file("history.json", r#"{"AlarmHistoryItems": []}"#);
    let own = ["alarms", "simulate", "--alarm", &alarms, "--data", &data, "--format", "json"];
    let json = run(own).json();
    // Without `--to`, what follows the last datapoint is unknown.
    assert_eq!((&json["alarms"][0]["rings"], &json["alarms"][0]["stateAtEnd"]), (&1.into(), &"ALARM".into()));
    let longer = run(own.iter().copied().chain(["--to", "2026-09-14T13:00Z"]));
    assert_eq!((longer.code, &longer.json()["alarms"][0]["rings"]), (Some(0), &3.into()));
    let shorter = run(own.iter().copied().chain(["--to", "2026-09-14T13:00Z", "--evaluation-range", "1"]));
    assert_eq!(shorter.json()["alarms"][0]["rings"], 1);
    let compared = run(own.iter().copied().chain(["--history", &history]));
    assert_eq!((compared.code, &compared.json()["alarms"][0]["history"]["alike"]), (Some(1), &0.into()));
    let short = run(own.iter().copied().chain(["--evaluation-range", "0"]));
    assert_eq!(short.code, Some(2));
    let expected = "`trailbell/a` cannot be simulated: an evaluation range of 0 periods is too short";
    assert!(short.stderr.contains(expected), "{}", short.stderr);
}

#[test]
fn cases_and_alarms_exclude_each_other() {
    for arguments in [
        &["x", "--alarm", "y", "--data", "z"][..],
        &["--alarm", "y"],
        &["x", "--data", "z"],
        &["x", "--name", "y"],
        &["x", "--format", "json"],
        &["--data", "z"],
    ] {
        let run = run(["alarms", "simulate"].iter().chain(arguments));
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(run.stderr.contains("Usage: trailbell alarms simulate"), "{}", run.stderr);
    }
}
