//! Standard output that takes no more: a full disk is an error with a name, a closed pipe is not.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use crate::support::{command, write};

const RULES: &str = "\
version: 1
rules:
  - id: a
    filterPattern: '{ $.eventName = StopLogging }'
    metricTransformation: { metricName: A }
    tests: [{ name: n, record: { eventName: StopLogging }, match: true }]
";
const TEMPLATE: &str = "\
Resources:
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: CloudTrail/logs
      FilterPattern: '{ $.eventName = DeleteTrail }'
      MetricTransformations:
        - { MetricNamespace: A, MetricName: Deleted, MetricValue: '1' }
";

/// Every command that needs no AWS, over the files of [`folder`].
const COMMANDS: [&[&str]; 28] = [
    &["--help"],
    &["--version"],
    &["rules", "test", "--help"],
    &["completions", "bash"],
    &["replay", "logs"],
    &["replay", "logs", "--format", "json"],
    &["pattern", "match", "{ $.a = 1 }", "records.jsonl", "--lines"],
    &["pattern", "match", "StopLogging", "logs/log.json"],
    &["events", "logs"],
    &["events", "logs", "--format", "json"],
    &["events", "logs", "--format", "csv"],
    &["events", "logs", "--count-by", "name"],
    &["events", "show", "e", "logs"],
    &["rules", "check", "rules.yaml"],
    &["rules", "check", "invalid.yaml"],
    &["rules", "test", "rules.yaml"],
    &["rules", "lint", "--rules", "rules.yaml"],
    &["rules", "lint", "--rules", "rules.yaml", "--format", "json"],
    &["rules", "list"],
    &["rules", "show", "root-usage"],
    &["rules", "sets"],
    &["rules", "diff", "rules.yaml", "rules.yaml"],
    &["rules", "diff", "all", "rules.yaml"],
    &["rules", "export", "--format", "athena"],
    &["rules", "import", "template.yaml"],
    &["explain"],
    &["explain", "--format", "json"],
    &["alarms", "export", "--format", "cloudformation"],
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rules.yaml", RULES);
    write(folder.path(), "invalid.yaml", "version: 1\nrules:\n  - id: A b\n");
    write(folder.path(), "template.yaml", TEMPLATE);
    write(folder.path(), "records.jsonl", "{\"a\":1}\n");
    let record = r#"{"eventID":"e","eventName":"StopLogging","eventTime":"2026-09-14T12:00:00Z"}"#;
    write(folder.path(), "logs/log.json", format!(r#"{{"Records":[{record}]}}"#));
    folder
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

fn run_into(stdout: Stdio, arguments: &[&str], folder: &Path) -> (Option<i32>, String) {
    let child = command()
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_full_disk_is_named_and_fails_every_command() {
    let folder = folder();
    for arguments in COMMANDS {
        let (code, stderr) = run_into(full(), arguments, folder.path());
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        let [error] = errors.as_slice() else { panic!("{arguments:?}: {stderr}") };
        assert!(error.starts_with("error: cannot write "), "{arguments:?}: {error}");
        assert!(error.ends_with("No space left on device (os error 28)"), "{arguments:?}: {error}");
    }
}

#[test]
fn a_closed_pipe_is_silent_for_every_command() {
    let folder = folder();
    for arguments in COMMANDS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (code, stderr) = run_into(writer.into(), arguments, folder.path());
        assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("error: "), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let folder = folder();
    let arguments = ["rules", "import", "template.yaml", "--output", "/dev/full"];
    let (code, stderr) = run_into(Stdio::null(), &arguments, folder.path());
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("error: cannot write rule file `/dev/full`: No space left"), "{stderr}");
}

#[test]
fn standard_error_may_be_closed_or_full() {
    let folder = folder();
    for stderr in [full(), Stdio::null()] {
        let mut child = command()
            .args(["rules", "show", "no-such-rule"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!((child.wait().unwrap().code(), text.as_str()), (Some(2), ""));
    }
}
