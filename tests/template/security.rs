//! What holds for every policy and resource, whatever the parameters.

use serde_json::Value;

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

#[test]
fn every_service_is_admitted_for_the_owner_s_resources_only() {
    for given in deployments() {
        for (id, statement) in statements(&Stack::with(&given)) {
            let service = statement["Principal"]["Service"].as_str().unwrap_or_default();
            let is_exception = statement["Action"] == "kms:DescribeKey" || service == "lambda.amazonaws.com";
            if service.is_empty() || is_exception {
                continue;
            }
            let condition = statement["Condition"].to_string();
            let limits = ["aws:SourceArn", "aws:SourceAccount", "kms:EncryptionContext:aws:logs:arn"];
            assert!(limits.iter().any(|limit| condition.contains(limit)), "{id}: {statement}");
        }
    }
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

/// PutMetricData and X-Ray have no resources; in a key's policy `*` is the key.
#[test]
fn no_role_has_all_resources_but_where_the_api_has_none() {
    let without_resources = ["cloudwatch:PutMetricData", "xray:PutTraceSegments"];
    for given in deployments() {
        for (id, statement) in statements(&Stack::with(&given)) {
            if id != "Key" && statement["Effect"] == "Allow" && statement["Resource"] == "*" {
                let action = statement["Action"].to_string();
                assert!(without_resources.iter().any(|name| action.contains(name)), "{id}: {statement}");
            }
            let is_wide = id != "Key"
                && statement["Effect"] == "Allow"
                && statement["Action"].to_string().contains(":*");
            assert!(!is_wide, "{id}: {statement}");
        }
    }
}

#[test]
fn every_bucket_topic_and_queue_refuses_plain_http() {
    for given in deployments() {
        let stack = Stack::with(&given);
        let denying: Vec<String> = statements(&stack)
            .into_iter()
            .filter(|(_, statement)| statement["Condition"]["Bool"]["aws:SecureTransport"] == "false")
            .filter(|(_, statement)| statement["Effect"] == "Deny" && statement["Principal"] == "*")
            .map(|(id, _)| id)
            .collect();
        for (id, resource) in stack.resources() {
            let kind = resource["Type"].as_str().unwrap();
            if ["AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"].contains(&kind) {
                assert!(denying.contains(&format!("{id}Policy")), "{id}");
            }
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
