//! The build without the AWS client: what needs it says so, and everything else works.

use crate::support::run;

#[test]
fn a_command_that_needs_aws_says_what_is_missing_and_how_to_get_it() {
    for arguments in [
        &["alarms", "plan"][..],
        &["alarms", "apply", "--topic", "arn:aws:sns:us-east-1:111122223333:alerts"],
        &["dlq"],
        &["pattern", "verify"],
        &["dlq", "list", "--queue-url", "https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters"],
        &["backfill", "s3://amzn-s3-demo-bucket", "--from", "6h"],
        &["verify", "copy", "s3://amzn-s3-demo-bucket", "copy", "--from", "6h"],
    ] {
        let result = run(arguments);
        assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""), "{arguments:?}: {result:?}");
        assert!(result.stderr.starts_with("error: this command needs the AWS client"), "{}", result.stderr);
        assert!(result.stderr.contains("without `--no-default-features`"), "{}", result.stderr);
        assert_eq!(result.stderr.lines().count(), 1, "{}", result.stderr);
    }
}

#[test]
fn a_bucket_cannot_be_verified_and_a_copy_can() {
    let result = run(["verify", "s3://amzn-s3-demo-bucket"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""), "{result:?}");
    assert!(result.stderr.contains("this build of trailbell has no AWS client"), "{}", result.stderr);
}

#[test]
fn its_help_says_the_same() {
    for command in
        [&["dlq"][..], &["backfill"], &["alarms", "plan"], &["alarms", "apply"], &["pattern", "verify"]]
    {
        let result = run(command.iter().chain(&["--help"]));
        assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""), "{command:?}");
        assert!(result.stdout.contains("has no AWS client"), "{}", result.stdout);
    }
}

#[test]
fn the_alarms_can_still_be_exported() {
    let result = run(["alarms", "export", "--format", "cloudformation", "--set", "cis-3.0"]);
    assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""));
    assert!(result.json()["Resources"].as_object().unwrap().len() >= 15, "{}", result.stdout);
}
