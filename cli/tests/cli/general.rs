//! Help, version and usage errors.

use std::ffi::OsStr;

use crate::support::run;

#[cfg(feature = "aws")]
const QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/111122223333/deliveries";

fn has_help_with_examples(command: &[&str]) {
    for option in ["--help", "-h"] {
        let result = run(command.iter().chain([&option]));
        assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""), "{command:?}");
        assert!(result.stdout.contains("Usage: trailbell"), "{command:?}: {}", result.stdout);
        assert!(result.stdout.contains("Examples:"), "{command:?}: {}", result.stdout);
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let commands: [&[&str]; 22] = [
        &[],
        &["replay"],
        &["events"],
        &["events", "show"],
        &["pattern"],
        &["pattern", "match"],
        &["rules"],
        &["rules", "check"],
        &["rules", "test"],
        &["rules", "export"],
        &["rules", "list"],
        &["rules", "show"],
        &["rules", "sets"],
        &["rules", "diff"],
        &["rules", "lint"],
        &["rules", "import"],
        &["rules", "verify"],
        &["completions"],
        &["explain"],
        &["alarms"],
        &["alarms", "plan"],
        &["alarms", "export"],
    ];
    for command in commands {
        has_help_with_examples(command);
    }
}

#[cfg(feature = "aws")]
#[test]
fn every_command_that_needs_aws_has_help_with_examples() {
    let commands: [&[&str]; 6] = [
        &["alarms", "apply"],
        &["dlq"],
        &["dlq", "list"],
        &["dlq", "show"],
        &["dlq", "redrive"],
        &["backfill"],
    ];
    for command in commands {
        has_help_with_examples(command);
    }
}

#[test]
fn the_help_lists_every_command_with_and_without_aws() {
    let help = run(["--help"]).stdout;
    for command in
        ["replay", "events", "pattern", "rules", "alarms", "dlq", "backfill", "explain", "completions"]
    {
        assert!(help.lines().any(|line| line.starts_with(&format!("  {command} "))), "{command}: {help}");
    }
    let help = run(["alarms", "--help"]).stdout;
    for command in ["plan", "apply", "export"] {
        assert!(help.lines().any(|line| line.starts_with(&format!("  {command} "))), "{command}: {help}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(run(["--version"]).stdout, format!("trailbell {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_invalid_command_line_exits_with_2() {
    for arguments in [
        &["bogus"][..],
        &["replay", "--format", "xml", "x"],
        &["replay", "s3://amzn-s3-demo-bucket/AWSLogs/"],
        &["pattern", "match"],
        &["events", "s3://amzn-s3-demo-bucket/AWSLogs/"],
        &["events", "-", "-"],
        &["events", "-", "--write", "--read"],
        &["events", "-", "--columns", "x"],
        &["events", "show"],
        &["rules", "check"],
        &["rules", "show"],
        &[],
    ] {
        is_invalid(arguments);
    }
}

fn is_invalid(arguments: &[impl AsRef<OsStr> + std::fmt::Debug]) {
    let result = run(arguments);
    assert_eq!(result.code, Some(2), "{arguments:?}: {result:?}");
    assert_eq!(result.stdout, "", "{arguments:?}");
}

#[cfg(feature = "aws")]
#[test]
fn an_invalid_command_line_of_a_command_that_needs_aws_exits_with_2() {
    for arguments in [
        &["dlq", "list", "--queue-url", "arn:aws:sqs:us-east-1:111122223333:q"][..],
        &["dlq", "redrive", "--queue-url", QUEUE, "--to", QUEUE],
        &["dlq", "redrive", "--queue-url", QUEUE, "--to", QUEUE, "--all", "--id", "a"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE, "--from", "yesterday"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE, "--from", "1d", "--to", "2d"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE, "--from", "1d", "--account", "1"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE, "--from", "1d", "--rate", "0"],
    ] {
        is_invalid(arguments);
    }
}
