//! What holds for every policy and resource, whatever the parameters.

use serde_json::{Value, json};

use super::resolver::Stack;

const KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Each way to deploy, and everything at once.
fn deployments() -> Vec<Vec<(&'static str, &'static str)>> {
    let trail = ("ExistingTrailArn", "arn:aws:cloudtrail:us-east-1:444455556666:trail/existing");
    let bucket = ("ExistingBucketName", "amzn-s3-demo-bucket");
    let topic = ("ExistingTopicArn", "arn:aws:sns:eu-west-1:444455556666:trail-topic");
    let alerts = ("ExistingAlertTopicArn", "arn:aws:sns:us-east-1:111122223333:alerts");
    let organization = ("OrganizationId", "o-exampleorgid");
    let logs_key = [("LogEncryption", "ExistingKey"), ("LogKeyArn", KEY)];
    let off = [("HeartbeatMinutes", "0"), ("Dashboard", "false")];
    let selectors = r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]"#;
    vec![
        vec![],
        vec![trail],
        vec![bucket],
        vec![topic],
        vec![trail, bucket, topic, alerts, ("LogEncryption", "SSE-S3")],
        vec![trail, bucket, topic, alerts, logs_key[0], logs_key[1], ("MessageKeyArn", KEY), off[0], off[1]],
        vec![topic, ("OptInRegion", "eu-west-1"), alerts, ("AlertTopicKeyArn", KEY)],
        vec![("LogEncryption", "SSE-S3"), ("MessageKeyArn", KEY), ("CloudWatchLogs", "true")],
        vec![trail, organization],
        vec![("OrganizationTrail", "true"), organization, ("CloudWatchLogs", "true"), ("Insights", "Both")],
        vec![
            ("AdditionalAccounts", "444455556666,123456789012"),
            ("LogFilePrefix", "audit"),
            ("XRayTracing", "true"),
        ],
        vec![
            ("AdvancedEventSelectors", selectors),
            bucket,
            ("RulesBucket", "amzn-s3-demo-bucket"),
            ("RulesKey", "r.yaml"),
        ],
        vec![
            ("S3DataEvents", "All"),
            ("LambdaDataEvents", "All"),
            ("ObjectLockMode", "GOVERNANCE"),
            ("AlertEmail", "a@example.com"),
        ],
    ]
}

/// Resolving panics at a reference to what the conditions leave out.
#[test]
fn no_deployment_refers_to_a_resource_that_it_does_not_make() {
    for given in deployments() {
        let stack = Stack::with(&given);
        assert!(stack.resources().len() > 15, "{given:?}");
        assert!(stack.outputs().len() >= 11, "{given:?}");
    }
}

/// All policy statements of a stack, with the resource that has them.
fn statements(stack: &Stack) -> Vec<(String, Value)> {
    fn collect(id: &str, value: &Value, found: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(members) if members.contains_key("Effect") => {
                found.push((id.to_owned(), value.clone()))
            }
            Value::Object(members) => members.values().for_each(|member| collect(id, member, found)),
            Value::Array(members) => members.iter().for_each(|member| collect(id, member, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    stack.resources().iter().for_each(|(id, resource)| collect(id, &resource["Properties"], &mut found));
    found
}

/// One text or a list of them.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(members) => members.iter().flat_map(texts).collect(),
        _ => value.as_str().into_iter().collect(),
    }
}

/// The accounts whose resources a deployment names: its own, and those of the parameters.
fn named_accounts(given: &[(&str, &str)]) -> Vec<String> {
    let account = regex::Regex::new("[0-9]{12}").unwrap();
    let values = given.iter().flat_map(|(_, value)| account.find_iter(value));
    values.map(|found| found.as_str().to_owned()).chain(["111122223333".to_owned()]).collect()
}

/// Whether a condition's value names a resource of one of these accounts, or one that the stack makes.
fn is_of(value: &str, accounts: &[String]) -> bool {
    let resource = value.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(3));
    let is_made = value.starts_with("${") && value.ends_with('}');
    is_made || accounts.iter().any(|account| account == resource.unwrap_or(value))
}

/// The values that limit for whose resources a service is admitted.
fn limits(statement: &Value) -> Vec<&str> {
    let limits = ["aws:SourceArn", "aws:SourceAccount", "kms:EncryptionContext:aws:logs:arn"];
    let operators = statement["Condition"].as_object().into_iter().flat_map(|operators| operators.values());
    operators.flat_map(|keys| limits.iter().flat_map(|limit| texts(&keys[*limit]))).collect()
}

#[test]
fn every_service_is_admitted_for_the_owner_s_resources_only() {
    for given in deployments() {
        let accounts = named_accounts(&given);
        for (id, statement) in statements(&Stack::with(&given)) {
            let service = statement["Principal"]["Service"].as_str().unwrap_or_default();
            let is_exception = statement["Action"] == "kms:DescribeKey" || service == "lambda.amazonaws.com";
            if service.is_empty() || is_exception {
                continue;
            }
            let limits = limits(&statement);
            assert!(!limits.is_empty(), "{id}: {statement}");
            assert!(limits.iter().all(|value| is_of(value, &accounts)), "{id}: {statement}");
        }
    }
}

#[test]
fn a_condition_that_names_no_account_or_another_one_is_no_limit() {
    let accounts =
        named_accounts(&[("ExistingTrailArn", "arn:aws:cloudtrail:us-east-1:444455556666:trail/a")]);
    let rows = [
        ("arn:aws:cloudtrail:us-east-1:444455556666:trail/a", true),
        ("arn:*:cloudtrail:*:111122223333:trail/*", true),
        ("111122223333", true),
        ("${DeliveryTopic}", true),
        ("*", false),
        ("arn:aws:cloudtrail:us-east-1:*:trail/*", false),
        ("arn:aws:cloudtrail:us-east-1:123456789012:trail/a", false),
        ("123456789012", false),
        ("", false),
    ];
    for (value, expected) in rows {
        assert_eq!(is_of(value, &accounts), expected, "{value}");
    }
    assert!(limits(&json!({ "Condition": { "StringEquals": { "aws:SourceVpc": "*" } } })).is_empty());
}

#[test]
fn nobody_is_admitted_without_a_name() {
    for given in deployments() {
        for (id, statement) in statements(&Stack::with(&given)) {
            let anybody =
                ["*", r#"{"AWS":"*"}"#].contains(&statement["Principal"].to_string().trim_matches('"'));
            assert!(!anybody || statement["Effect"] == "Deny", "{id}: {statement}");
        }
    }
}

/// Actions that are granted on everything, and why no resource can be named.
const WITHOUT_RESOURCES: [(&str, &str); 5] = [
    ("cloudwatch:DescribeAlarms", "answers with composite alarms only where it is granted on everything"),
    ("cloudwatch:PutCompositeAlarm", "is taken only where it is granted on everything"),
    ("cloudwatch:PutMetricData", "knows no resources; a condition limits it to namespaces"),
    ("xray:PutTelemetryRecords", "knows no resources"),
    ("xray:PutTraceSegments", "knows no resources"),
];

/// What a statement grants too widely: an action of many, or one on everything that could name a resource. In a key's
/// policy `*` is the key.
fn too_wide(id: &str, statement: &Value) -> Vec<String> {
    if id == "Key" || statement["Effect"] != "Allow" {
        return Vec::new();
    }
    let is_everywhere = texts(&statement["Resource"]).contains(&"*");
    let has_to_be = |action: &str| {
        let namespaces = &statement["Condition"]["StringEquals"]["cloudwatch:namespace"];
        let is_limited = action != "cloudwatch:PutMetricData" || !texts(namespaces).is_empty();
        is_limited && WITHOUT_RESOURCES.iter().any(|(name, _)| *name == action)
    };
    let actions = texts(&statement["Action"]);
    // The one name with a wildcard that KMS itself gives for three actions of the same kind.
    let is_of_many = |action: &str| action.contains('*') && action != "kms:GenerateDataKey*";
    let wide = actions.into_iter().filter(|action| is_of_many(action) || is_everywhere && !has_to_be(action));
    wide.map(str::to_owned).collect()
}

#[test]
fn no_role_has_all_resources_but_where_the_api_has_none() {
    for given in deployments() {
        for (id, statement) in statements(&Stack::with(&given)) {
            assert_eq!(too_wide(&id, &statement), Vec::<String>::new(), "{id}: {statement}");
        }
    }
}

#[test]
fn a_grant_on_everything_is_found_in_lists_and_beside_what_may_have_it() {
    let limited = json!({ "StringEquals": { "cloudwatch:namespace": "Trailbell" } });
    let rows = [
        (json!({ "Action": "s3:GetObject", "Resource": "*" }), vec!["s3:GetObject"]),
        (json!({ "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::a", "*"] }), vec!["s3:GetObject"]),
        (json!({ "Action": ["xray:PutTraceSegments", "sns:Publish"], "Resource": "*" }), vec!["sns:Publish"]),
        (json!({ "Action": "cloudwatch:PutMetricData", "Resource": "*" }), vec!["cloudwatch:PutMetricData"]),
        (json!({ "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": limited }), vec![]),
        (
            json!({ "Action": ["sqs:*", "*"], "Resource": "arn:aws:sqs:us-east-1:111122223333:a" }),
            vec!["sqs:*", "*"],
        ),
        (json!({ "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:111122223333:a" }), vec![]),
    ];
    for (mut statement, expected) in rows {
        statement["Effect"] = json!("Allow");
        assert_eq!(too_wide("Role", &statement), expected, "{statement}");
    }
}

/// What a policy has to refuse to requests without TLS, by the type of its resource.
fn refused(kind: &str, id: &str) -> Option<(&'static str, Value)> {
    match kind {
        "AWS::S3::Bucket" => Some(("s3:*", json!([format!("${{{id}.Arn}}"), format!("${{{id}.Arn}}/*")]))),
        // A topic's policy takes no wildcard for the actions of SNS; publishing is what services and roles do.
        "AWS::SNS::Topic" => Some(("sns:Publish", json!(format!("${{{id}}}")))),
        "AWS::SQS::Queue" => Some(("sqs:*", json!(format!("${{{id}.Arn}}")))),
        _ => None,
    }
}

#[test]
fn every_bucket_topic_and_queue_refuses_plain_http() {
    for given in deployments() {
        let stack = Stack::with(&given);
        let statements = statements(&stack);
        for (id, resource) in stack.resources() {
            let Some((action, resources)) = refused(resource["Type"].as_str().unwrap(), &id) else {
                continue;
            };
            let expected = json!({
                "Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resources,
                "Condition": { "Bool": { "aws:SecureTransport": "false" } },
            });
            assert!(statements.contains(&(format!("{id}Policy"), expected)), "{id} of {given:?}");
        }
    }
}

#[test]
fn every_log_group_is_encrypted_and_forgets() {
    for given in deployments() {
        for (id, group) in Stack::with(&given).resources_of("AWS::Logs::LogGroup") {
            assert!(group["Properties"]["KmsKeyId"].as_str().is_some_and(|key| !key.is_empty()), "{id}");
            assert!(group["Properties"]["RetentionInDays"].is_string(), "{id}");
        }
    }
}
