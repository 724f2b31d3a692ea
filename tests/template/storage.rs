//! The bucket of log files: what it keeps, and who may write to it. And the ledger: what it is, and how long it remembers.

use std::fs;

use serde_json::{Value, json};

use super::resolver::Stack;
use super::tools::{root, transformed};
use super::{check, check_resources};

const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/trailbell";

/// The statement of a resource's policy with this id.
fn statement(stack: &Stack, resource: &str, sid: &str) -> Value {
    let statements = stack.property(&format!("{resource}/PolicyDocument/Statement"));
    let found = statements.as_array().unwrap().iter().find(|statement| statement["Sid"] == sid);
    found.cloned().unwrap_or_default()
}

#[test]
fn the_log_bucket_is_private_versioned_and_owned_by_its_account() {
    let all = json!({
        "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true
    });
    check("LogBucket/PublicAccessBlockConfiguration", &[(&[], all)]);
    check(
        "LogBucket/OwnershipControls/Rules",
        &[(&[], json!([{ "ObjectOwnership": "BucketOwnerEnforced" }]))],
    );
    check("LogBucket/VersioningConfiguration/Status", &[(&[], json!("Enabled"))]);
}

#[test]
fn the_log_bucket_is_encrypted_in_every_case() {
    let key = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let rule = |key: &str| json!({ "ServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key }, "BucketKeyEnabled": true });
    let existing: &[_] = &[("LogEncryption", "ExistingKey"), ("LogKeyArn", key)];
    let s3: &[_] = &[("LogEncryption", "SSE-S3")];
    let by_s3 = json!({ "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } });
    let path = "LogBucket/BucketEncryption/ServerSideEncryptionConfiguration/0";
    check(path, &[(&[], rule("${Key.Arn}")), (existing, rule(key)), (s3, by_s3)]);
}

#[test]
fn the_log_bucket_has_the_name_that_is_asked_for() {
    let named: &[_] = &[("LogBucketName", "amzn-s3-demo-bucket")];
    check("LogBucket/BucketName", &[(&[], Value::Null), (named, json!("amzn-s3-demo-bucket"))]);
}

#[test]
fn log_files_are_archived_and_deleted_when_asked() {
    let rules = |given: &[_]| -> Vec<String> {
        let rules = Stack::with(given).property("LogBucket/LifecycleConfiguration/Rules");
        rules.as_array().unwrap().iter().map(|rule| rule["Id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(rules(&[]), ["EndUnfinishedUploads", "DeleteOldVersions"]);
    let given = [("ArchiveAfterDays", "90"), ("LogFileRetentionDays", "365")];
    assert_eq!(
        rules(&given),
        ["EndUnfinishedUploads", "DeleteOldVersions", "ArchiveLogFiles", "DeleteLogFiles"]
    );
    let archive = json!([{ "StorageClass": "GLACIER", "TransitionInDays": "90" }]);
    check("LogBucket/LifecycleConfiguration/Rules/2/Transitions", &[(&given, archive)]);
    check("LogBucket/LifecycleConfiguration/Rules/3/ExpirationInDays", &[(&given, json!("365"))]);
}

#[test]
fn object_lock_keeps_log_files_for_its_days() {
    let given: &[_] = &[("ObjectLockMode", "COMPLIANCE"), ("ObjectLockDays", "731")];
    check("LogBucket/ObjectLockEnabled", &[(&[], Value::Null), (given, json!(true))]);
    let retention = json!({ "Mode": "COMPLIANCE", "Days": "731" });
    check("LogBucket/ObjectLockConfiguration/Rule/DefaultRetention", &[(given, retention)]);
}

#[test]
fn access_logs_go_to_the_bucket_that_is_named() {
    let given: &[_] = &[("AccessLogBucketName", "amzn-s3-demo-bucket-access")];
    let expected =
        json!({ "DestinationBucketName": "amzn-s3-demo-bucket-access", "LogFilePrefix": "trailbell/" });
    check("LogBucket/LoggingConfiguration", &[(&[], Value::Null), (given, expected)]);
}

#[test]
fn the_trail_alone_writes_below_its_account() {
    let cases: [(&[(&str, &str)], &str); 2] = [
        (&[], "arn:aws:s3:::${LogBucket}/AWSLogs/111122223333/*"),
        (&[("LogFilePrefix", "audit/prod")], "arn:aws:s3:::${LogBucket}/audit/prod/AWSLogs/111122223333/*"),
    ];
    for (given, resource) in cases {
        let found = statement(&Stack::with(given), "LogBucketPolicy", "TrailWritesLogFiles");
        let condition = json!({ "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": TRAIL } });
        assert_eq!(found["Resource"], json!([resource]));
        assert_eq!(found["Condition"], condition);
        assert_eq!(found["Principal"], json!({ "Service": "cloudtrail.amazonaws.com" }));
    }
}

#[test]
fn an_organization_trail_writes_below_the_organization_too() {
    let given =
        [("OrganizationTrail", "true"), ("OrganizationId", "o-exampleorgid"), ("LogFilePrefix", "audit")];
    let found = statement(&Stack::with(&given), "LogBucketPolicy", "TrailWritesLogFiles");
    let resources = [
        "arn:aws:s3:::${LogBucket}/audit/AWSLogs/111122223333/*",
        "arn:aws:s3:::${LogBucket}/audit/AWSLogs/o-exampleorgid/*",
    ];
    assert_eq!(found["Resource"], json!(resources));
}

#[test]
fn an_existing_trail_of_another_account_writes_to_a_new_bucket() {
    let trail = "arn:aws:cloudtrail:us-east-1:444455556666:trail/existing";
    let found =
        statement(&Stack::with(&[("ExistingTrailArn", trail)]), "LogBucketPolicy", "TrailWritesLogFiles");
    assert_eq!(found["Resource"], json!(["arn:aws:s3:::${LogBucket}/AWSLogs/444455556666/*"]));
    assert_eq!(found["Condition"]["StringEquals"]["aws:SourceArn"], trail);
}

#[test]
fn trails_of_additional_accounts_write_to_the_bucket_and_publish_to_the_topic() {
    let given = [("AdditionalAccounts", "444455556666,123456789012")];
    let trails =
        json!(["arn:*:cloudtrail:*:444455556666:trail/*", "arn:*:cloudtrail:*:123456789012:trail/*"]);
    let stack = Stack::with(&given);
    let statements = [
        ("LogBucketPolicy", "AdditionalTrailsCheckTheBucket"),
        ("LogBucketPolicy", "AdditionalTrailsWriteLogFiles"),
        ("DeliveryTopicPolicy", "AdditionalTrailsPublish"),
    ];
    for (policy, sid) in statements {
        assert_eq!(statement(&stack, policy, sid)["Condition"]["ArnLike"]["aws:SourceArn"], trails, "{sid}");
        assert_eq!(statement(&Stack::with(&[]), policy, sid), Value::Null, "{sid}");
    }
    let key = stack.property("Key/KeyPolicy/Statement/1/Condition/ArnLikeIfExists/aws:SourceArn");
    let all =
        json!([TRAIL, "arn:*:cloudtrail:*:444455556666:trail/*", "arn:*:cloudtrail:*:123456789012:trail/*"]);
    assert_eq!(key, all);
}

/// The longest policy that S3 takes, in bytes (S3 User Guide, "Bucket policies").
const MOST_POLICY_BYTES: usize = 20_480;
/// As many as `AdditionalAccounts` takes.
const MOST_ACCOUNTS: usize = 180;

fn accounts(count: usize) -> String {
    vec!["444455556666"; count].join(",")
}

/// The longest of everything that the policy names: partition, region, bucket, prefix, organization and trail.
#[test]
fn the_policy_of_the_bucket_fits_with_as_many_additional_accounts_as_are_taken() {
    let bucket = "b".repeat(63);
    let given = [
        ("AdditionalAccounts", &*accounts(MOST_ACCOUNTS)),
        ("TrailName", &*"t".repeat(128)),
        ("LogFilePrefix", &*"p".repeat(200)),
        ("OrganizationTrail", "true"),
        ("OrganizationId", &*format!("o-{}", "a".repeat(32))),
    ];
    let policy = Stack::with(&given).property("LogBucketPolicy/PolicyDocument").to_string();
    let policy = policy
        .replace("${LogBucket.Arn}", &format!("arn:aws:s3:::{bucket}"))
        .replace("${LogBucket}", &bucket)
        .replace("arn:aws:", "arn:aws-us-gov:")
        .replace("us-east-1", "ap-southeast-1");
    assert!(!policy.contains("${"), "{policy}");
    assert!(policy.len() <= MOST_POLICY_BYTES, "{} bytes", policy.len());
}

#[test]
fn more_additional_accounts_than_the_policy_of_the_bucket_holds_are_refused() {
    let found = Stack::of(transformed(), &[("AdditionalAccounts", &accounts(MOST_ACCOUNTS + 1))]).refusals();
    assert!(found.len() == 1 && found[0].contains("more accounts need an organization trail"), "{found:?}");
}

#[test]
fn nobody_reaches_the_bucket_without_recent_tls() {
    let stack = Stack::with(&[]);
    let tls = statement(&stack, "LogBucketPolicy", "OnlyTls");
    assert_eq!(
        (&tls["Effect"], &tls["Principal"], &tls["Action"]),
        (&json!("Deny"), &json!("*"), &json!("s3:*"))
    );
    assert_eq!(tls["Resource"], json!(["${LogBucket.Arn}", "${LogBucket.Arn}/*"]));
    assert_eq!(tls["Condition"], json!({ "Bool": { "aws:SecureTransport": "false" } }));
    let recent = statement(&stack, "LogBucketPolicy", "OnlyRecentTls");
    assert_eq!(recent["Condition"], json!({ "NumericLessThan": { "s3:TlsVersion": "1.2" } }));
}

/// Without any one of them log files would be lost, unreadable, or written no more.
#[test]
fn the_trail_and_what_it_writes_to_outlive_the_stack() {
    let stack = Stack::with(&[("CloudWatchLogs", "true")]);
    for id in ["Trail", "LogBucket", "LogBucketPolicy", "Key", "TrailLogGroup", "TrailLogsRole"] {
        let resource = stack.resource(id).unwrap();
        assert_eq!(resource["DeletionPolicy"], "RetainExceptOnCreate", "{id}");
        assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{id}");
    }
}

#[test]
fn an_existing_bucket_keeps_its_policy() {
    let given = [("ExistingBucketName", "amzn-s3-demo-bucket")];
    check_resources(&given, &["Trail"], &["LogBucket", "LogBucketPolicy"]);
}

#[test]
fn the_ledger_is_a_table_on_demand_that_forgets_what_has_expired() {
    let expected = json!({
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "TimeToLiveSpecification": { "AttributeName": "expires", "Enabled": true },
    });
    assert_eq!(Stack::with(&[]).resource("Ledger").unwrap()["Properties"], expected);
    let code = fs::read_to_string(root().join("shared/aws/src/ledger/item.rs")).unwrap();
    for attribute in ["id", "expires"] {
        assert!(code.contains(&format!(": &str = \"{attribute}\";")), "{attribute}");
    }
}

/// A message that comes back from the dead-letter queue on its last day must find what was done.
#[test]
fn the_ledger_remembers_longer_than_a_message_can_wait() {
    let code = fs::read_to_string(root().join("shared/aws/src/ledger.rs")).unwrap();
    let days =
        regex::Regex::new(r"RETENTION: Duration = Duration::from_secs\(([0-9]+) \* 24 \* 3600\)").unwrap();
    let days: i64 = days.captures(&code).unwrap()[1].parse().unwrap();
    let stack = Stack::with(&[]);
    let seconds = |queue: &str| stack.property(&format!("{queue}/MessageRetentionPeriod")).as_i64().unwrap();
    // A message that is sent back to the queue by hand begins a life of its own there.
    let longest = seconds("DeliveryQueue") + seconds("DeadLetterQueue");
    assert!(days * 86_400 > longest, "{days} days, and messages wait for {longest} s");
}
