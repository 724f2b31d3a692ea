//! Parameters that cannot work are refused before anything is made, with a message that says what to change.

use std::collections::BTreeSet;

use super::resolver::Stack;
use super::tools::{member_account, transformed};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/existing";
const TABLE: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/my-table";
const TOPIC: &str = "arn:aws:sns:us-east-1:444455556666:trail-topic";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:my-function";
const OBJECTS: &str = "arn:aws:s3:::amzn-s3-demo-bucket/";
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

/// The refusals by the template of a member account, which needs a bucket and a topic.
fn refusals_of_member(given: &[(&str, &str)]) -> Vec<String> {
    let central = [("ExistingBucketName", "amzn-s3-demo-bucket"), ("ExistingTopicArn", TOPIC)];
    Stack::of(member_account(), &[&central, given].concat()).refusals()
}

/// Asserts that a combination is refused, and by which rule's words alone.
fn check_combination(given: &[(&str, &str)], advice: &str) {
    let found = refusals(given);
    assert!(found.len() == 1 && found[0].contains(advice), "{given:?}: {found:?}");
}

/// Names that S3 refuses or keeps for itself (S3 User Guide, "General purpose bucket naming rules").
pub(super) const BAD_BUCKETS: [&str; 19] = [
    "My-Bucket",
    "my_bucket",
    "ab",
    "-bucket",
    "bucket-",
    "arn:aws:s3:::amzn-s3-demo-bucket",
    "my..bucket",
    "my.-bucket",
    "my-.bucket",
    "192.0.2.1",
    "999.0.2.1",
    "xn--bucket",
    "sthree-bucket",
    "sthree-configurator-bucket",
    "bucket-s3alias",
    "bucket--ol-s3",
    "bucket.mrap",
    "bucket--use1-az4--x-s3",
    "bucket--table-s3",
];
/// Names that look like those.
const GOOD_BUCKETS: [&str; 8] = [
    "amzn-s3-demo-bucket",
    "192.0.2.1.example.com",
    "logs-192.0.2.1",
    "my.bucket",
    "my--bucket",
    "bucket-s3alias-logs",
    "xn-bucket",
    "sthreebucket",
];

#[test]
fn a_bucket_name_that_s3_refuses_is_refused() {
    for parameter in ["LogBucketName", "ExistingBucketName", "RulesBucket", "AccessLogBucketName"] {
        check_values(parameter, "lower-case letters", &BAD_BUCKETS);
        for name in GOOD_BUCKETS {
            let found = refusals(&[(parameter, name)]);
            assert!(
                !found.iter().any(|message| message.starts_with(parameter)),
                "{parameter}={name}: {found:?}"
            );
        }
    }
}

#[test]
fn a_key_from_nowhere_is_refused() {
    let arn = |id: &str| format!("arn:aws:kms:us-east-1:111122223333:key/{id}");
    for parameter in ["LogKeyArn", "FormerKeyArns", "MessageKeyArn", "RulesObjectKeyArn", "AlertTopicKeyArn"]
    {
        let values = [
            "alias/aws/s3",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:111122223333:alias/a",
            &arn("my-key"),
            &arn("1234abcd12ab34cd56ef1234567890ab"),
            &arn("1234abcd-12ab-34cd-56ef-1234567890a"),
            &arn("1234abcd-12ab-34cd-56ef-1234567890zz"),
            &arn("mrk-1234abcd"),
        ];
        check_values(parameter, "whole ARN of a key", &values);
    }
    let of_many_regions = arn("mrk-1234abcd12ab34cd56ef1234567890ab");
    assert_eq!(refusals(&[("MessageKeyArn", &of_many_regions)]), Vec::<String>::new());
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
fn insights_on_data_events_without_data_events_are_refused() {
    for events in ["Data", "Both"] {
        check_combination(&[("Insights", "Both"), ("InsightsEvents", events)], "needs data events");
    }
    let data = ("LambdaDataEvents", "All");
    let without_management =
        [("Insights", "Both"), ("InsightsEvents", "Data"), ("ManagementEvents", "None"), data];
    assert_eq!(refusals(&without_management), Vec::<String>::new());
    let both = [("Insights", "Both"), ("InsightsEvents", "Both"), ("ManagementEvents", "None"), data];
    check_combination(&both, "Insights need management events");
}

#[test]
fn an_organization_trail_without_an_organization_id_is_refused() {
    check_combination(&[("OrganizationTrail", "true")], "needs the organization's id");
    check_values("OrganizationId", "id of an organization", &["111122223333", "o-EXAMPLE", "r-exampleroot"]);
    check_combination(&[("OrganizationId", "o-exampleorgid")], "needs OrganizationTrail true");
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
fn what_is_missing_or_would_be_ignored_is_refused() {
    check_combination(&[("S3DataEvents", "Listed")], "needs buckets or prefixes in S3DataEventArns");
    check_combination(&[("S3DataEventArns", OBJECTS)], "set S3DataEvents to Listed");
    check_combination(&[("LambdaDataEvents", "Listed")], "needs functions in LambdaFunctionArns");
    check_combination(&[("LambdaFunctionArns", FUNCTION)], "set LambdaDataEvents to Listed");
    check_values(
        "S3DataEventArns",
        "the slash behind the bucket's name",
        &["arn:aws:s3:::amzn-s3-demo-bucket", "amzn-s3-demo-bucket/"],
    );
    check_combination(&[("S3DataEventsReadWrite", "ReadOnly")], "set S3DataEvents to All or Listed");
    check_combination(
        &[("InsightsEvents", "Both"), ("LambdaDataEvents", "All")],
        "set Insights to ApiCallRate",
    );
    check_combination(&[("ObjectLockDays", "731")], "set ObjectLockMode to GOVERNANCE or COMPLIANCE");
    check_combination(&[("CloudWatchLogsRetentionDays", "30")], "set CloudWatchLogs to true");
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
    // As a file has it, with ends of lines of any kind.
    let lines = SELECTORS.replace(',', ",\r\n  ").replace('{', "{\n");
    assert_eq!(refusals(&[("AdvancedEventSelectors", &lines)]), Vec::<String>::new());
}

#[test]
fn settings_of_what_exists_already_are_refused() {
    let trail = ("ExistingTrailArn", TRAIL);
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

/// Each parameter of a new trail has no effect on one that exists, and the refusal names it.
#[test]
fn every_setting_of_a_new_trail_is_refused_with_an_existing_one() {
    let one_region = ("MultiRegionTrail", "false");
    let rows: [(&[(&str, &str)], &str); 20] = [
        (&[("TrailName", "audit")], "update-trail"),
        (&[one_region], "update-trail"),
        (&[one_region, ("GlobalServiceEvents", "false")], "update-trail"),
        (&[("LogFileValidation", "false")], "update-trail"),
        (&[("OrganizationTrail", "true"), ("OrganizationId", "o-exampleorgid")], "update-trail"),
        (&[("CloudWatchLogs", "true"), ("CloudWatchLogsRetentionDays", "30")], "update-trail"),
        (&[("ManagementEvents", "WriteOnly")], "put-event-selectors"),
        (&[("ExcludeKmsEvents", "true")], "put-event-selectors"),
        (&[("ExcludeRdsDataEvents", "true")], "put-event-selectors"),
        (&[("S3DataEvents", "All")], "put-event-selectors"),
        (&[("S3DataEventsReadWrite", "ReadOnly"), ("S3DataEvents", "All")], "put-event-selectors"),
        (&[("LambdaDataEvents", "All")], "put-event-selectors"),
        (&[("DynamoDbTableArns", TABLE)], "put-event-selectors"),
        (&[("AdvancedEventSelectors", SELECTORS)], "put-event-selectors"),
        (&[("Insights", "Both")], "put-insight-selectors"),
        (
            &[("InsightsEvents", "Both"), ("Insights", "Both"), ("LambdaDataEvents", "All")],
            "put-insight-selectors",
        ),
        (&[("TrailTagKey", "owner")], "add-tags"),
        (&[("TrailTagKey", "owner"), ("TrailTagValue", "security")], "add-tags"),
        (&[("LambdaDataEvents", "Listed"), ("LambdaFunctionArns", FUNCTION)], "put-event-selectors"),
        (&[("S3DataEvents", "Listed"), ("S3DataEventArns", OBJECTS)], "put-event-selectors"),
    ];
    for (settings, command) in rows {
        let given = [&[("ExistingTrailArn", TRAIL)], settings].concat();
        let found = refusals(&given);
        let named = settings[0].0;
        let is_advice = |message: &String| message.contains(named) && message.contains(command);
        let keeps =
            |message: &String| message.starts_with("The trail in ExistingTrailArn keeps its settings");
        assert!(found.iter().any(is_advice) && found.iter().all(keeps), "{settings:?}: {found:?}");
    }
    let mut tried: BTreeSet<&str> =
        rows.iter().flat_map(|(settings, _)| settings.iter().map(|(name, _)| *name)).collect();
    tried.insert("ExistingTrailArn");
    assert_eq!(tried, parameters_of_group("Trail"));
}

/// The parameters that the console shows under this label.
fn parameters_of_group(label: &str) -> BTreeSet<&'static str> {
    let groups = &transformed()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
    let mut groups = groups.as_array().unwrap().iter();
    let group = groups.find(|group| group["Label"]["default"] == label).expect("a group");
    group["Parameters"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn additional_accounts_on_a_topic_that_does_not_admit_them_are_refused() {
    let given = [("AdditionalAccounts", "444455556666"), ("ExistingTopicArn", TOPIC)];
    check_combination(&given, "leave ExistingTopicArn empty");
}

#[test]
fn settings_of_a_topic_that_the_stack_makes_are_refused() {
    check_combination(&[("OptInRegion", "ap-east-1")], "leave it empty where the stack makes the topic");
    check_combination(&[("OneTopic", "true"), ("HealthEmail", "h@example.com")], "leave HealthEmail empty");
    check_combination(&[("AlertTopicKeyArn", KEY)], "leave it empty where the stack makes the topic");
    let topic = "arn:aws:sns:us-east-1:444455556666:trail-topic";
    check_combination(&[("ExistingTopicArn", topic), ("ExistingAlertTopicArn", topic)], "name another topic");
    check_values(
        "OptInRegion",
        "a region",
        &["Hong Kong", "ap-east", "AP-EAST-1", "sns.ap-east-1.amazonaws.com"],
    );
}

#[test]
fn a_member_account_is_refused_what_the_main_template_refuses() {
    assert_eq!(refusals_of_member(&[]), Vec::<String>::new());
    let key = "arn:aws:kms:us-east-1:111122223333:key/my-key";
    let rows: [(&[(&str, &str)], &str); 10] = [
        (&[("TrailName", "192.0.2.1")], "TrailName must have 3 to 128 letters"),
        (&[("LogKeyArn", key)], "LogKeyArn must be the whole ARN"),
        (&[("TrailTagKey", "aws:owner")], "TrailTagKey must be letters"),
        (&[("GlobalServiceEvents", "false")], "MultiRegionTrail false"),
        (&[("ManagementEvents", "None")], "logs nothing"),
        (&[("Insights", "Both"), ("InsightsEvents", "Data")], "needs data events"),
        (
            &[("Insights", "ApiCallRate"), ("ManagementEvents", "ReadOnly")],
            "ManagementEvents to All or WriteOnly",
        ),
        (&[("TrailTagValue", "security")], "needs a key in TrailTagKey"),
        (&[("S3DataEventsReadWrite", "ReadOnly")], "set S3DataEvents to All or Listed"),
        (&[("InsightsEvents", "Both"), ("LambdaDataEvents", "All")], "set Insights to ApiCallRate"),
    ];
    for (given, advice) in rows {
        let found = refusals_of_member(given);
        assert!(found.len() == 1 && found[0].contains(advice), "{given:?}: {found:?}");
    }
    for name in BAD_BUCKETS {
        let found = refusals_of_member(&[("ExistingBucketName", name)]);
        assert!(found.len() == 1 && found[0].starts_with("ExistingBucketName"), "{name}: {found:?}");
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
    let too_many_names = ["Namespace"; 60].join(",");
    let rows: [(&str, &str, &[&str]); 21] = [
        ("TrailName", "3 to 128 letters", &["ab", "-trail", "my trail", "a..b"]),
        ("TrailName", "not be an address", &["192.0.2.1"]),
        ("TrailTagKey", "not begin with aws:", &["aws:owner", "AWS:owner", "owner!"]),
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
        ("MaxReceiveCount", "5 to 100", &["1", "101"]),
        ("MemoryMegabytes", "128 to 10240", &["64"]),
        ("BatchSize", "1 to 10", &["0", "100"]),
        ("MaximumConcurrency", "2 to 1000", &["1"]),
        ("FileConcurrency", "1 to 64", &["0", "65"]),
        ("FunctionTimeoutSeconds", "one of", &["45"]),
        ("MetricNamespace", "does not begin with AWS/", &["AWS/Trailbell", ""]),
        ("RuleMetricNamespaces", "without blanks", &["", "A, B"]),
        ("RuleMetricNamespaces", "512 characters at most", &[&too_many_names]),
        ("RuleMetricNamespaces", "none beginning with AWS/", &["AWS/Logs", "A,AWS/Logs", "AWS/Logs,A"]),
        ("AlertEmail", "one e-mail address", &["someone", "a@example.com,b@example.com"]),
        ("HealthEmail", "one e-mail address", &["someone", "a@example.com,b@example.com"]),
        ("LogLevel", "one of", &["TRACE"]),
    ];
    for (parameter, advice, values) in rows {
        check_values(parameter, advice, values);
    }
    check_combination(&[("TrailTagValue", "security")], "needs a key in TrailTagKey");
}

#[test]
fn the_defaults_and_what_only_looks_wrong_are_accepted() {
    let rows: [&[(&str, &str)]; 6] = [
        &[],
        &[("TrailName", "192.0.2.1.trail")],
        &[("TrailTagKey", "lawsuit:id")],
        &[("MetricNamespace", "Trailbell/AWS/Prod")],
        &[("RuleMetricNamespaces", "CloudTrailMetrics,My/AWS/Metrics")],
        &[("ExistingTopicArn", TOPIC), ("OptInRegion", "ap-southeast-3")],
    ];
    for given in rows {
        assert_eq!(refusals(given), Vec::<String>::new(), "{given:?}");
    }
}
