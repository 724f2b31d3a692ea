//! `infra/athena.yaml`: what its fixed parts promise. The queries are tested where they are made.

use super::refusals::BAD_BUCKETS;
use super::resolver::Stack;
use super::tools::athena;

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

#[test]
fn a_bucket_name_that_s3_refuses_is_refused_by_the_queries_too() {
    assert_eq!(stack(&[]).refusals(), Vec::<String>::new());
    for name in BAD_BUCKETS {
        let found = stack(&[("ExistingBucketName", name)]).refusals();
        assert!(found.len() == 1 && found[0].starts_with("ExistingBucketName"), "{name}: {found:?}");
    }
}
