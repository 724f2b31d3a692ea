//! Help, version and completions.

use crate::support::run;

const QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/111122223333/deliveries";

#[test]
fn every_command_has_help_with_examples() {
    let commands: [&[&str]; 19] = [
        &[],
        &["replay"],
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
        &["completions"],
        &["dlq"],
        &["dlq", "list"],
        &["dlq", "show"],
        &["dlq", "redrive"],
        &["backfill"],
    ];
    for command in commands {
        for option in ["--help", "-h"] {
            let result = run(command.iter().chain([&option]));
            assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""), "{command:?}");
            assert!(result.stdout.contains("Usage: trailbell"), "{command:?}: {}", result.stdout);
            assert!(result.stdout.contains("Examples:"), "{command:?}: {}", result.stdout);
        }
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(run(["--version"]).stdout, format!("trailbell {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let result = run(["completions", shell]);
        assert_eq!(result.code, Some(0), "{shell}");
        assert!(result.stdout.contains("replay"), "{shell}");
    }
}

#[test]
fn a_command_line_at_fault_exits_with_2() {
    for arguments in [
        &["bogus"][..],
        &["replay", "--format", "xml", "x"],
        &["pattern", "match"],
        &["rules", "check"],
        &[],
        &["dlq", "list", "--queue-url", "arn:aws:sqs:us-east-1:111122223333:q"],
        &["dlq", "redrive", "--queue-url", QUEUE, "--to", QUEUE],
        &["dlq", "redrive", "--queue-url", QUEUE, "--to", QUEUE, "--all", "--id", "a"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE, "--from", "yesterday"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE, "--from", "1d", "--to", "2d"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE, "--from", "1d", "--account", "1"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", QUEUE, "--from", "1d", "--rate", "0"],
    ] {
        let result = run(arguments);
        assert_eq!(result.code, Some(2), "{arguments:?}: {result:?}");
        assert_eq!(result.stdout, "", "{arguments:?}");
    }
}
