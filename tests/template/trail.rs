//! Every setting of a trail, from its parameter to the property of the `AWS::CloudTrail::Trail`.
//!
//! The emulated cloud refuses trails inside a stack, so this is where they are shown.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::resolver::Stack;
use super::tools::transformed;
use super::{check, check_resources};

const KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:444455556666:trail/existing";
const TOPIC: &str = "arn:aws:sns:eu-west-1:444455556666:trail-topic";

#[test]
fn a_new_trail_logs_from_the_start() {
    check("Trail/IsLogging", &[(&[], json!(true))]);
}

/// Kinds of resources whose creation depends on nothing that the user says.
const SAFE: [&str; 3] =
    ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Lambda::EventInvokeConfig"];

/// The names in a resource that may be those of others: references, and what it depends on.
fn named_by(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("Ref" | "DependsOn", Value::String(name)) => vec![name.clone()],
                ("DependsOn", names) => named_in(names),
                ("Fn::GetAtt", Value::Array(path)) => path.first().map(named_in).unwrap_or_default(),
                ("Fn::GetAtt" | "Fn::Sub", Value::String(text)) => {
                    text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_owned).collect()
                }
                _ => named_by(value),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(named_by).collect(),
        _ => Vec::new(),
    }
}

/// The text itself, or the texts of a list.
fn named_in(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => names.iter().flat_map(named_in).collect(),
        _ => Vec::new(),
    }
}

/// CloudTrail writes into the bucket of a trail at once, and a creation that failed could not delete that bucket.
#[test]
fn nothing_that_can_fail_for_a_reason_of_the_user_s_comes_after_the_trail() {
    let everything: &[_] = &[
        ("AlertEmail", "a@example.com"),
        ("SecondAlertEmail", "b@example.com"),
        ("ThirdAlertEmail", "c@example.com"),
        ("RulesBucket", "amzn-s3-demo-bucket"),
        ("RulesKey", "rules.yaml"),
        ("CloudWatchLogs", "true"),
    ];
    for parameters in [&[][..], everything] {
        let stack = Stack::with(parameters);
        let resources = stack.resources();
        let mut before = BTreeSet::from(["Trail".to_owned()]);
        let mut open = vec!["Trail".to_owned()];
        while let Some(id) = open.pop() {
            let names = named_by(&transformed()["Resources"][&id]);
            let made = names.into_iter().filter(|name| resources.contains_key(name));
            open.extend(made.filter(|name| before.insert(name.clone())).collect::<Vec<_>>());
        }
        let after: Vec<&String> = resources
            .iter()
            .filter(|(id, resource)| {
                !before.contains(*id) && !SAFE.contains(&resource["Type"].as_str().unwrap())
            })
            .map(|(id, _)| id)
            .collect();
        assert!(after.is_empty(), "made after the trail: {after:?}");
    }
}

#[test]
fn trail_name_names_the_trail() {
    check("Trail/TrailName", &[(&[], json!("trailbell")), (&[("TrailName", "audit")], json!("audit"))]);
}

#[test]
fn multi_region_trail_chooses_all_regions_or_this_one() {
    let one: &[_] = &[("MultiRegionTrail", "false")];
    check("Trail/IsMultiRegionTrail", &[(&[], json!("true")), (one, json!("false"))]);
}

#[test]
fn global_service_events_can_be_left_out_of_a_trail_of_one_region() {
    let without: &[_] = &[("MultiRegionTrail", "false"), ("GlobalServiceEvents", "false")];
    check("Trail/IncludeGlobalServiceEvents", &[(&[], json!("true")), (without, json!("false"))]);
}

/// The selectors of a trail that logs these events, without their names.
fn selectors(parameters: &[(&str, &str)]) -> Vec<Value> {
    let selectors = Stack::with(parameters).property("Trail/AdvancedEventSelectors");
    selectors.as_array().unwrap().iter().map(|selector| selector["FieldSelectors"].clone()).collect()
}

fn equals(field: &str, value: &str) -> Value {
    json!({ "Field": field, "Equals": [value] })
}

/// A record of an invocation of the stack's own functions would make another invocation.
fn others_than_own() -> Value {
    json!({ "Field": "resources.ARN", "NotStartsWith": ["${LogProcessor.Arn}", "${AlarmReconciler.Arn}"] })
}

#[test]
fn management_events_are_all_read_only_write_only_or_none() {
    let management = equals("eventCategory", "Management");
    assert_eq!(selectors(&[]), [json!([management])]);
    let read = selectors(&[("ManagementEvents", "ReadOnly")]);
    assert_eq!(read, [json!([management, equals("readOnly", "true")])]);
    let write = selectors(&[("ManagementEvents", "WriteOnly")]);
    assert_eq!(write, [json!([management, equals("readOnly", "false")])]);
    let (data, functions) =
        (equals("eventCategory", "Data"), equals("resources.type", "AWS::Lambda::Function"));
    let none = selectors(&[("ManagementEvents", "None"), ("LambdaDataEvents", "All")]);
    assert_eq!(none, [json!([data, functions, others_than_own()])]);
}

#[test]
fn kms_and_rds_data_api_events_can_be_excluded() {
    let path = "Trail/AdvancedEventSelectors/0/FieldSelectors/1";
    let kms: &[_] = &[("ExcludeKmsEvents", "true")];
    let rds: &[_] = &[("ExcludeRdsDataEvents", "true")];
    let both: &[_] = &[("ExcludeKmsEvents", "true"), ("ExcludeRdsDataEvents", "true")];
    let without = |sources: &[&str]| json!({ "Field": "eventSource", "NotEquals": sources });
    check(
        path,
        &[
            (&[], Value::Null),
            (kms, without(&["kms.amazonaws.com"])),
            (rds, without(&["rdsdata.amazonaws.com"])),
            (both, without(&["kms.amazonaws.com", "rdsdata.amazonaws.com"])),
        ],
    );
}

/// An object of the log bucket that is read would make a record, a file, and be read again.
#[test]
fn s3_data_events_of_all_buckets_leave_the_log_bucket_out() {
    let without = |bucket: &str| json!({ "Field": "resources.ARN", "NotStartsWith": [format!("arn:aws:s3:::{bucket}/")] });
    let existing: &[_] = &[("S3DataEvents", "All"), ("ExistingBucketName", "amzn-s3-demo-bucket")];
    check(
        "Trail/AdvancedEventSelectors/1/FieldSelectors/2",
        &[(&[("S3DataEvents", "All")], without("${LogBucket}")), (existing, without("amzn-s3-demo-bucket"))],
    );
}

#[test]
fn s3_data_events_of_listed_buckets_and_prefixes_read_write_or_both() {
    let arns = "arn:aws:s3:::amzn-s3-demo-bucket/,arn:aws:s3:::amzn-s3-demo-bucket2/private/";
    let listed = json!({ "Field": "resources.ARN", "StartsWith": arns.split(',').collect::<Vec<_>>() });
    let data = equals("eventCategory", "Data");
    let object = equals("resources.type", "AWS::S3::Object");
    let of = |kind| {
        selectors(&[("S3DataEvents", "Listed"), ("S3DataEventArns", arns), ("S3DataEventsReadWrite", kind)])
    };
    assert_eq!(of("All")[1], json!([data, object, listed]));
    assert_eq!(of("ReadOnly")[1], json!([data, object, equals("readOnly", "true"), listed]));
    assert_eq!(of("WriteOnly")[1], json!([data, object, equals("readOnly", "false"), listed]));
}

#[test]
fn lambda_data_events_of_all_or_listed_functions() {
    let function = "arn:aws:lambda:us-east-1:111122223333:function:my-function";
    let listed: &[_] = &[("LambdaDataEvents", "Listed"), ("LambdaFunctionArns", function)];
    let path = "Trail/AdvancedEventSelectors/1/FieldSelectors/2";
    check(
        path,
        &[(&[("LambdaDataEvents", "All")], others_than_own()), (listed, equals("resources.ARN", function))],
    );
}

#[test]
fn dynamodb_data_events_of_listed_tables() {
    let table = "arn:aws:dynamodb:us-east-1:111122223333:table/my-table";
    let expected = [
        json!([equals("eventCategory", "Management")]),
        json!([
            equals("eventCategory", "Data"),
            equals("resources.type", "AWS::DynamoDB::Table"),
            equals("resources.ARN", table)
        ]),
    ];
    assert_eq!(selectors(&[("DynamoDbTableArns", table)]), expected);
}

#[test]
fn advanced_event_selectors_as_json_are_put_on_the_new_trail() {
    let text = r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]"#;
    let given: &[_] = &[("AdvancedEventSelectors", text)];
    check("EventSelectors/AdvancedEventSelectors", &[(given, json!(text))]);
    check("EventSelectors/TrailName", &[(given, json!("${Trail.Arn}"))]);
    let code = Stack::with(given).property("EventSelectorsFunction/Code/ZipFile");
    assert!(code.as_str().unwrap().contains("put_event_selectors("));
    let custom = ["EventSelectors", "EventSelectorsFunction", "EventSelectorsRole", "EventSelectorsLogGroup"];
    check_resources(&[], &["Trail"], &custom);
}

/// CloudFormation puts the trail's own selectors back only if they differ from before.
#[test]
fn taking_advanced_event_selectors_away_changes_the_trail() {
    let text = r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]"#;
    let name = |given: &[_]| Stack::with(given).property("Trail/AdvancedEventSelectors/0/Name");
    assert_ne!(name(&[]), name(&[("AdvancedEventSelectors", text)]));
}

#[test]
fn insights_watch_the_rate_of_calls_of_errors_or_both() {
    let call = json!({ "InsightType": "ApiCallRateInsight" });
    let error = json!({ "InsightType": "ApiErrorRateInsight" });
    check(
        "Trail/InsightSelectors",
        &[
            (&[], Value::Null),
            (&[("Insights", "ApiCallRate")], json!([call])),
            (&[("Insights", "ApiErrorRate")], json!([error])),
            (&[("Insights", "Both")], json!([call, error])),
            (&[("Insights", "ApiErrorRate"), ("ManagementEvents", "ReadOnly")], json!([error])),
        ],
    );
}

#[test]
fn insights_look_at_management_events_data_events_or_both() {
    let of = |events: &str, categories: &[&str]| {
        let given = [("Insights", "Both"), ("InsightsEvents", events), ("LambdaDataEvents", "All")];
        let kinds = ["ApiCallRateInsight", "ApiErrorRateInsight"];
        let expected = kinds.map(|kind| json!({ "InsightType": kind, "EventCategories": categories }));
        assert_eq!(Stack::with(&given).property("Trail/InsightSelectors"), json!(expected), "{events}");
    };
    of("Data", &["Data"]);
    of("Both", &["Management", "Data"]);
}

#[test]
fn log_file_validation_is_on_unless_switched_off() {
    let off: &[_] = &[("LogFileValidation", "false")];
    check("Trail/EnableLogFileValidation", &[(&[], json!("true")), (off, json!("false"))]);
}

#[test]
fn log_file_prefix_goes_before_the_keys() {
    let given: &[_] = &[("LogFilePrefix", "audit/prod")];
    check("Trail/S3KeyPrefix", &[(&[], Value::Null), (given, json!("audit/prod"))]);
}

#[test]
fn log_files_are_encrypted_with_a_new_key_an_existing_key_one_of_another_account_or_by_s3() {
    let existing: &[_] = &[("LogEncryption", "ExistingKey"), ("LogKeyArn", KEY)];
    let s3: &[_] = &[("LogEncryption", "SSE-S3")];
    check("Trail/KMSKeyId", &[(&[], json!("${Key.Arn}")), (existing, json!(KEY)), (s3, Value::Null)]);
}

#[test]
fn organization_trail_is_made_for_the_organization() {
    let organization: &[_] = &[("OrganizationTrail", "true"), ("OrganizationId", "o-exampleorgid")];
    check("Trail/IsOrganizationTrail", &[(&[], json!("false")), (organization, json!("true"))]);
}

/// CloudFormation starts a trail by its name, which means one of the account itself, so that the trail is made outside of
/// the stack. All that it needs is there before.
#[test]
fn an_organization_trail_of_a_delegated_administrator_is_admitted_before_it_is_made() {
    let given = [("ExistingTrailArn", TRAIL), ("OrganizationId", "o-exampleorgid")];
    let stack = Stack::with(&given);
    let statements = stack.property("LogBucketPolicy/PolicyDocument/Statement");
    for index in [0, 1] {
        assert_eq!(statements[index]["Condition"]["StringEquals"]["aws:SourceArn"], TRAIL);
    }
    let written =
        ["444455556666", "o-exampleorgid"].map(|id| format!("arn:aws:s3:::${{LogBucket}}/AWSLogs/{id}/*"));
    assert_eq!(statements[1]["Resource"], json!(written));
    let published = stack.property("DeliveryTopicPolicy/PolicyDocument/Statement/0/Condition");
    assert_eq!(published, json!({ "StringEquals": { "aws:SourceArn": TRAIL } }));
    let key = stack.property("Key/KeyPolicy/Statement/1/Condition");
    assert_eq!(key, json!({ "ArnLikeIfExists": { "aws:SourceArn": [TRAIL] } }));
    let outputs = stack.outputs();
    assert_eq!((&outputs["TrailArn"], &outputs["LogKeyArn"]), (&json!(TRAIL), &json!("${Key.Arn}")));
}

#[test]
fn trail_tag_key_and_value_tag_the_trail() {
    let given: &[_] = &[("TrailTagKey", "owner"), ("TrailTagValue", "security")];
    check("Trail/Tags", &[(&[], Value::Null), (given, json!([{ "Key": "owner", "Value": "security" }]))]);
}

#[test]
fn cloudwatch_logs_receive_events_through_a_role_that_can_do_nothing_else() {
    let given: &[_] = &[("CloudWatchLogs", "true"), ("CloudWatchLogsRetentionDays", "30")];
    check_resources(&[], &[], &["TrailLogGroup", "TrailLogsRole"]);
    check("Trail/CloudWatchLogsLogGroupArn", &[(&[], Value::Null), (given, json!("${TrailLogGroup.Arn}"))]);
    check("Trail/CloudWatchLogsRoleArn", &[(&[], Value::Null), (given, json!("${TrailLogsRole.Arn}"))]);
    check("TrailLogGroup/RetentionInDays", &[(given, json!("30"))]);
    let statements = Stack::with(given).property("TrailLogsRole/Policies/0/PolicyDocument/Statement");
    let stream = "arn:aws:logs:us-east-1:111122223333:log-group:${TrailLogGroup}:log-stream:111122223333_CloudTrail_us-east-1*";
    let actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
    assert_eq!(statements, json!([{ "Effect": "Allow", "Action": actions, "Resource": [stream] }]));
    // What `companion-filters.yaml` is given.
    assert_eq!(Stack::with(given).outputs()["TrailLogGroupName"], "${TrailLogGroup}");
    assert!(!Stack::with(&[]).outputs().contains_key("TrailLogGroupName"));
}

#[test]
fn an_existing_trail_bucket_and_topic_of_another_account_are_joined_and_left_alone() {
    let given = [
        ("ExistingTrailArn", TRAIL),
        ("ExistingBucketName", "amzn-s3-demo-bucket"),
        ("ExistingTopicArn", TOPIC),
        ("LogFilePrefix", "audit"),
        ("LogEncryption", "ExistingKey"),
        ("LogKeyArn", KEY),
    ];
    let absent = ["Trail", "LogBucket", "LogBucketPolicy", "DeliveryTopic", "DeliveryTopicPolicy"];
    check_resources(&given, &["DeliveryQueue", "DeliverySubscription", "LogProcessor"], &absent);
    let stack = Stack::with(&given);
    assert_eq!(stack.property("DeliverySubscription/TopicArn"), TOPIC);
    assert_eq!(stack.property("DeliverySubscription/Region"), "eu-west-1");
    let outputs = stack.outputs();
    assert_eq!((&outputs["TrailArn"], &outputs["LogKeyArn"]), (&json!(TRAIL), &json!(KEY)));
}

#[test]
fn a_new_trail_can_use_an_existing_bucket_and_topic() {
    let given: &[_] = &[("ExistingBucketName", "amzn-s3-demo-bucket"), ("ExistingTopicArn", TOPIC)];
    check("Trail/S3BucketName", &[(&[], json!("${LogBucket}")), (given, json!("amzn-s3-demo-bucket"))]);
    check("Trail/SnsTopicName", &[(&[], json!("${DeliveryTopic}")), (given, json!(TOPIC))]);
}
