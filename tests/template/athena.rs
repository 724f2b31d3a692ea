//! `infra/athena.yaml`: what its fixed parts promise. The queries are tested where they are made.

use super::refusals::BAD_BUCKETS;
use super::resolver::Stack;
use super::tools::{athena, transformed};

const GIVEN: [(&str, &str); 2] =
    [("ExistingBucketName", "amzn-s3-demo-bucket"), ("AccountIds", "111122223333")];

fn stack(given: &[(&str, &str)]) -> Stack {
    Stack::of(athena(), &[&GIVEN, given].concat())
}

/// Athena deletes a workgroup with a history of queries only if it is told to.
#[test]
fn a_workgroup_that_was_used_goes_with_its_stack() {
    assert_eq!(stack(&[]).property("WorkGroup/RecursiveDeleteOption"), true);
}

/// Their values are outputs and parameters of the main template, so that they mean the same here.
#[test]
fn what_the_main_template_refuses_is_refused_here_too() {
    let rows = [
        ("LogFilePrefix", "/audit"),
        ("LogFilePrefix", "audit/"),
        ("LogFilePrefix", "a//b"),
        ("LogFilePrefix", "a b"),
        ("OrganizationId", "o-EXAMPLE"),
        ("OrganizationId", "111122223333"),
    ];
    for (name, value) in rows {
        let of_main = Stack::of(transformed(), &[(name, value)]).refusals();
        let found = stack(&[(name, value)]).refusals();
        assert!(found.len() == 1 && of_main.contains(&found[0]), "{name}={value}: {found:?}");
    }
    for key in ["alias/aws/s3", "arn:aws:kms:us-east-1:111122223333:key/my-key"] {
        let found = stack(&[("ResultsKmsKeyArn", key)]).refusals();
        assert!(found.len() == 1 && found[0].contains("whole ARN of a key"), "{key}: {found:?}");
    }
    let accepted = [("LogFilePrefix", "audit/prod"), ("OrganizationId", "o-exampleorgid")];
    assert_eq!(stack(&accepted).refusals(), Vec::<String>::new());
}

#[test]
fn a_bucket_name_that_s3_refuses_is_refused_by_the_queries_too() {
    assert_eq!(stack(&[]).refusals(), Vec::<String>::new());
    for name in BAD_BUCKETS {
        let found = stack(&[("ExistingBucketName", name)]).refusals();
        assert!(found.len() == 1 && found[0].starts_with("ExistingBucketName"), "{name}: {found:?}");
    }
}
