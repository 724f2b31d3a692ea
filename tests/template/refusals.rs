//! Parameters that cannot work are refused before anything is made, with a message that says what to change.

use super::resolver::Stack;
use super::tools::transformed;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/existing";
const TABLE: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/my-table";
const SELECTORS: &str = r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]"#;

fn refusals(given: &[(&str, &str)]) -> Vec<String> {
    Stack::of(transformed(), given).refusals()
}

/// Asserts that a value is refused with advice that has these words, and as nothing else.
fn check_values(parameter: &str, advice: &str, values: &[&str]) {
    for value in values {
        let found = refusals(&[(parameter, value)]);
        let is_advice = |message: &String| message.starts_with(parameter) && message.contains(advice);
        assert!(found.iter().any(is_advice), "{parameter}={value}: {found:?}");
    }
}

/// Asserts that a combination is refused, and by which rule's words alone.
fn check_combination(given: &[(&str, &str)], advice: &str) {
    let found = refusals(given);
    assert!(found.len() == 1 && found[0].contains(advice), "{given:?}: {found:?}");
}

#[test]
fn a_bucket_name_in_capitals_is_refused() {
    for parameter in ["LogBucketName", "ExistingBucketName", "RulesBucket", "AccessLogBucketName"] {
        let values =
            ["My-Bucket", "my_bucket", "ab", "-bucket", "bucket-", "arn:aws:s3:::amzn-s3-demo-bucket"];
        check_values(parameter, "lower-case letters", &values);
    }
}

#[test]
fn a_key_from_nowhere_is_refused() {
    for parameter in ["LogKeyArn", "MessageKeyArn", "RulesObjectKeyArn"] {
        let values = [
            "alias/aws/s3",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:111122223333:alias/a",
        ];
        check_values(parameter, "whole ARN of a key", &values);
    }
    check_combination(&[("LogEncryption", "ExistingKey")], "needs the ARN of the key in LogKeyArn");
    check_combination(&[("LogKeyArn", KEY)], "set LogEncryption to ExistingKey");
}

#[test]
fn insights_without_management_events_are_refused() {
    let data = ("DynamoDbTableArns", TABLE);
    for kind in ["ApiCallRate", "ApiErrorRate", "Both"] {
        let given = [("Insights", kind), ("ManagementEvents", "None"), data];
        check_combination(&given, "Insights need management events");
    }
    for kind in ["ApiCallRate", "Both"] {
        let given = [("Insights", kind), ("ManagementEvents", "ReadOnly")];
        check_combination(&given, "set ManagementEvents to All or WriteOnly");
    }
}

#[test]
fn an_organization_trail_without_an_organization_id_is_refused() {
    check_combination(&[("OrganizationTrail", "true")], "needs the organization's id");
    check_values("OrganizationId", "id of an organization", &["111122223333", "o-EXAMPLE", "r-exampleroot"]);
    check_combination(&[("OrganizationId", "o-exampleorgid")], "needs OrganizationTrail true");
    let given = [("OrganizationManagementAccount", "123456789012")];
    check_combination(&given, "set OrganizationTrail true or leave it empty");
}

#[test]
fn a_trail_of_all_regions_without_global_service_events_is_refused() {
    check_combination(&[("GlobalServiceEvents", "false")], "MultiRegionTrail false");
}

#[test]
fn a_trail_that_logs_nothing_is_refused() {
    check_combination(&[("ManagementEvents", "None")], "logs nothing");
    let given = [("ManagementEvents", "None"), ("ExcludeKmsEvents", "true"), ("DynamoDbTableArns", TABLE)];
    check_combination(&given, "leave management events out");
}

#[test]
fn lists_that_are_missing_or_ignored_are_refused() {
    check_combination(&[("S3DataEvents", "Listed")], "needs buckets or prefixes in S3DataEventArns");
    check_combination(
        &[("S3DataEventArns", "arn:aws:s3:::amzn-s3-demo-bucket/")],
        "set S3DataEvents to Listed",
    );
    check_combination(&[("LambdaDataEvents", "Listed")], "needs functions in LambdaFunctionArns");
    let function = "arn:aws:lambda:us-east-1:111122223333:function:my-function";
    check_combination(&[("LambdaFunctionArns", function)], "set LambdaDataEvents to Listed");
    check_values(
        "S3DataEventArns",
        "the slash behind the bucket's name",
        &["arn:aws:s3:::amzn-s3-demo-bucket", "amzn-s3-demo-bucket/"],
    );
    check_values("LambdaFunctionArns", "ARNs of functions", &["my-function"]);
    check_values(
        "DynamoDbTableArns",
        "ARNs of tables",
        &["my-table", "arn:aws:dynamodb:us-east-1:111122223333:table/"],
    );
}

#[test]
fn advanced_event_selectors_beside_others_are_refused() {
    let json = ("AdvancedEventSelectors", SELECTORS);
    for other in [
        ("S3DataEvents", "All"),
        ("LambdaDataEvents", "All"),
        ("DynamoDbTableArns", TABLE),
        ("ExcludeKmsEvents", "true"),
    ] {
        check_combination(&[json, other], "replace all other choices of events");
    }
    check_combination(&[json, ("Insights", "Both")], "put-insight-selectors");
    let organization = [("OrganizationTrail", "true"), ("OrganizationId", "o-exampleorgid")];
    check_combination(&[json, organization[0], organization[1]], "put-event-selectors");
    check_values("AdvancedEventSelectors", "JSON array", &["eventCategory=Management", "{}", "[]"]);
}

#[test]
fn settings_of_what_exists_already_are_refused() {
    let trail = ("ExistingTrailArn", TRAIL);
    for setting in [
        ("Insights", "Both"),
        ("CloudWatchLogs", "true"),
        ("ManagementEvents", "WriteOnly"),
        ("TrailTagKey", "owner"),
    ] {
        check_combination(&[trail, setting], "keeps its settings");
    }
    let bucket = ("ExistingBucketName", "amzn-s3-demo-bucket");
    check_combination(&[trail, bucket], "as `aws cloudtrail get-trail` shows");
    for setting in [
        ("LogBucketName", "other"),
        ("AdditionalAccounts", "444455556666"),
        ("ObjectLockMode", "COMPLIANCE"),
        ("LogFileRetentionDays", "90"),
    ] {
        check_combination(&[bucket, setting], "keeps its settings and policy");
    }
}

#[test]
fn log_files_that_would_be_deleted_before_they_are_archived_are_refused() {
    let days = [0, 90, 180, 365, 400, 731, 1096, 1827, 2557, 3653];
    for retention in days {
        for archive in [0, 90, 180, 365] {
            let given = [
                ("LogFileRetentionDays", &*retention.to_string()),
                ("ArchiveAfterDays", &*archive.to_string()),
            ];
            let is_possible = retention == 0 || archive == 0 || archive < retention;
            assert_eq!(refusals(&given).is_empty(), is_possible, "{given:?}");
        }
    }
}

#[test]
fn half_a_rule_file_is_refused() {
    for half in
        [("RulesBucket", "amzn-s3-demo-bucket"), ("RulesKey", "rules.yaml"), ("RulesObjectKeyArn", KEY)]
    {
        check_combination(&[half], "needs both RulesBucket and RulesKey");
    }
    check_values("RulesKey", "without a slash at the beginning", &["/rules.yaml", "rules file.yaml"]);
}

#[test]
fn values_out_of_range_or_form_are_refused() {
    let rows: [(&str, &str, &[&str]); 16] = [
        ("TrailName", "3 to 128 letters", &["ab", "-trail", "my trail", "a..b"]),
        (
            "ExistingTrailArn",
            "ARN of a trail",
            &["my-trail", "arn:aws:cloudtrail:us-east-1:111122223333:my-trail"],
        ),
        (
            "ExistingTopicArn",
            "standard topic",
            &["my-topic", "arn:aws:sns:us-east-1:111122223333:my-topic.fifo"],
        ),
        ("ExistingAlertTopicArn", "standard topic", &["my-topic"]),
        ("LogFilePrefix", "none at the beginning or end", &["/audit", "audit/", "a//b", "a b"]),
        ("AdditionalAccounts", "12 digits", &["1111", "111122223333, 444455556666", "111122223333,"]),
        ("OrganizationManagementAccount", "12 digits", &["1111"]),
        ("MaxReceiveCount", "5 to 1000", &["1", "1001"]),
        ("MemoryMegabytes", "128 to 10240", &["64"]),
        ("BatchSize", "1 to 10", &["0", "100"]),
        ("MaximumConcurrency", "2 to 1000", &["1"]),
        ("FileConcurrency", "1 to 64", &["0", "65"]),
        ("FunctionTimeoutSeconds", "one of", &["45"]),
        ("RuleMetricNamespaces", "without blanks", &["", "A, B"]),
        ("AlertEmail", "one e-mail address", &["someone", "a@example.com,b@example.com"]),
        ("LogLevel", "one of", &["TRACE"]),
    ];
    for (parameter, advice, values) in rows {
        check_values(parameter, advice, values);
    }
    check_combination(&[("TrailTagValue", "security")], "needs a key in TrailTagKey");
}

#[test]
fn the_defaults_are_accepted() {
    assert_eq!(refusals(&[]), Vec::<String>::new());
}
