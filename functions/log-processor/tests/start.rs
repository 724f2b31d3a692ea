//! The executable's start: what it says and how it ends when it cannot serve.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use serde_json::Value;

/// Runs the executable with nothing but these variables; answers whether it succeeded, and its log lines.
fn start(variables: &[(&str, &str)]) -> (bool, Vec<Value>) {
    let output = Command::new(env!("CARGO_BIN_EXE_log-processor"))
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn a_wrong_configuration_ends_the_start_and_names_every_fault() {
    let (success, lines) = start(&[
        ("TRAILBELL_ALERT_TOPIC_ARN", "alerts"),
        ("TRAILBELL_CONCURRENCY", "0"),
        ("TRAILBELL_MAX_FILE_BYTES", "much"),
    ]);
    assert!(!success);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["level"], &lines[0]["code"]), (&"ERROR".into(), &"start.failed".into()));
    assert!(lines[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    let message = lines[0]["message"].as_str().unwrap();
    for name in ["TRAILBELL_ALERT_TOPIC_ARN", "TRAILBELL_CONCURRENCY", "TRAILBELL_MAX_FILE_BYTES"] {
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn a_rule_file_with_faults_ends_the_start_and_shows_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yaml");
    std::fs::write(&file, "version: 1\nrules:\n  - id: Bad\n    filterPattern: '{ $.a == 1 }'\n").unwrap();
    let (success, lines) = start(&[("TRAILBELL_RULES_FILE", file.to_str().unwrap())]);
    assert!(!success);
    let message = lines.last().unwrap()["message"].as_str().unwrap();
    for part in ["rules.yaml:3:", "rules.yaml:4:", "metricTransformation"] {
        assert!(message.contains(part), "{message}");
    }
}
