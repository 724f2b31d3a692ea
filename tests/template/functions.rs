//! The log processor: its event source mapping, its role, its settings.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::check;
use super::resolver::Stack;
use super::roles::policy;
use super::tools::root;
use crate::policy::faults_of_policy;

const ROLE: &str = "LogProcessorRole";
const KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn the_queue_invokes_the_log_processor_with_partial_batch_responses() {
    let given: &[_] = &[("BatchSize", "5"), ("MaximumConcurrency", "50")];
    let mapping = |size: &str, most: &str| {
        json!({
            "EventSourceArn": "${DeliveryQueue.Arn}", "FunctionName": "${LogProcessor}", "BatchSize": size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"], "ScalingConfig": { "MaximumConcurrency": most },
        })
    };
    for (given, expected) in [(&[] as &[_], mapping("10", "10")), (given, mapping("5", "50"))] {
        let found = Stack::with(given).resource("LogProcessorDeliveries").unwrap();
        assert_eq!(found["Properties"], expected);
    }
}

/// A reservation below the concurrency of the mapping would throttle, and throttled messages count as attempts.
#[test]
fn reserved_concurrency_equals_that_of_the_mapping() {
    let given: &[_] = &[("ReserveConcurrency", "true"), ("MaximumConcurrency", "20")];
    check("LogProcessor/ReservedConcurrentExecutions", &[(&[], Value::Null), (given, json!("20"))]);
    check("LogProcessorDeliveries/ScalingConfig/MaximumConcurrency", &[(given, json!("20"))]);
}

#[test]
fn the_log_processor_runs_on_al2023_and_the_chosen_processor() {
    check("LogProcessor/Runtime", &[(&[], json!("provided.al2023"))]);
    check("LogProcessor/Handler", &[(&[], json!("bootstrap"))]);
    let intel: &[_] = &[("Architecture", "x86_64")];
    check("LogProcessor/Architectures", &[(&[], json!(["arm64"])), (intel, json!(["x86_64"]))]);
    check("LogProcessor/MemorySize", &[(&[], json!("256")), (&[("MemoryMegabytes", "512")], json!("512"))]);
    let function = Stack::with(&[]).resource("LogProcessor").unwrap();
    assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda");
    assert_eq!(function["Metadata"]["BuildProperties"], json!({ "Binary": "log-processor" }));
}

#[test]
fn the_log_group_keeps_lines_for_its_days_and_from_its_level() {
    let given: &[_] = &[("LogRetentionDays", "7"), ("LogLevel", "DEBUG")];
    check("LogProcessorLogGroup/RetentionInDays", &[(&[], json!("30")), (given, json!("7"))]);
    let logging = |level: &str| json!({ "LogFormat": "JSON", "ApplicationLogLevel": level, "SystemLogLevel": "WARN", "LogGroup": "${LogProcessorLogGroup}" });
    check("LogProcessor/LoggingConfig", &[(&[], logging("INFO")), (given, logging("DEBUG"))]);
}

#[test]
fn tracing_is_optional() {
    let on: &[_] = &[("XRayTracing", "true")];
    check("LogProcessor/TracingConfig/Mode", &[(&[], json!("PassThrough")), (on, json!("Active"))]);
    assert!(!actions(&[]).contains("xray:PutTraceSegments"));
    assert!(actions(on).contains("xray:PutTraceSegments"));
}

#[test]
fn the_environment_names_what_the_stack_made() {
    let given: &[_] = &[("FileConcurrency", "16"), ("MaxFileBytes", "1048576"), ("MetricNamespace", "Audit")];
    let expected = json!({
        "TRAILBELL_ALERT_TOPIC_ARN": "${AlertTopic}",
        "TRAILBELL_ALLOWED_BUCKETS": "${LogBucket}",
        "TRAILBELL_CONCURRENCY": "16",
        "TRAILBELL_LEDGER_TABLE": "${Ledger}",
        "TRAILBELL_MAX_FILE_BYTES": "1048576",
        "TRAILBELL_METRIC_NAMESPACE": "Audit",
        "TRAILBELL_QUEUE_URL": "${DeliveryQueue}",
        "TRAILBELL_RULES": "",
        "TRAILBELL_RULE_SET": "recommended",
    });
    check("LogProcessor/Environment/Variables", &[(given, expected)]);
}

/// A variable that the function does not read would be a setting without effect.
#[test]
fn each_function_reads_every_variable_that_it_is_given() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    for (resource, function) in [("LogProcessor", "log-processor"), ("AlarmReconciler", "alarm-reconciler")] {
        let table = read(&format!("functions/{function}/src/configuration.rs"));
        let variables = Stack::with(&[]).property(&format!("{resource}/Environment/Variables"));
        for name in variables.as_object().unwrap().keys() {
            assert!(table.contains(&format!("//! | `{name}` |")), "{function} does not read `{name}`");
        }
    }
}

/// The statements of the log processor's role.
fn statements(given: &[(&str, &str)]) -> Vec<Value> {
    super::roles::statements(&Stack::with(given), ROLE)
}

fn actions(given: &[(&str, &str)]) -> BTreeSet<String> {
    statements(given).iter().flat_map(|statement| texts(&statement["Action"])).collect()
}

fn resources(given: &[(&str, &str)], sid: &str) -> Vec<String> {
    statements(given)
        .iter()
        .filter(|statement| statement["Sid"] == sid)
        .flat_map(|statement| texts(&statement["Resource"]))
        .collect()
}

/// One text or a list of them.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(members) => members.iter().flat_map(texts).collect(),
        _ => vec![value.as_str().unwrap().to_owned()],
    }
}

#[test]
fn the_role_grants_what_the_documented_policy_does_and_the_key() {
    let text = fs::read_to_string(root().join("infra/log-processor-policy.json")).unwrap();
    let policy: Value = serde_json::from_str(&text).unwrap();
    let documented =
        policy["Statement"].as_array().unwrap().iter().flat_map(|statement| texts(&statement["Action"]));
    let mut expected: BTreeSet<String> = documented.collect();
    expected.extend(["kms:Decrypt", "kms:GenerateDataKey*"].map(str::to_owned));
    assert_eq!(actions(&[]), expected);
}

/// The calls are those of the code, whatever the stack makes or joins.
#[test]
fn the_role_grants_what_the_code_calls_and_nothing_else() {
    let joining: &[_] = &[
        ("ExistingTrailArn", "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"),
        ("ExistingBucketName", "amzn-s3-demo-bucket"),
        ("ExistingTopicArn", "arn:aws:sns:us-east-1:111122223333:trail"),
        ("ExistingAlertTopicArn", "arn:aws:sns:us-east-1:111122223333:alerts"),
        ("LogEncryption", "ExistingKey"),
        ("LogKeyArn", KEY),
        ("MessageKeyArn", KEY),
    ];
    let with_rules: &[_] = &[
        ("RulesBucket", "amzn-s3-demo-bucket-rules"),
        ("RulesKey", "rules.yaml"),
        ("RulesObjectKeyArn", KEY),
        ("FormerKeyArns", KEY),
    ];
    let existing_key: &[_] = &[
        ("ExistingAlertTopicArn", "arn:aws:sns:us-east-1:111122223333:alerts"),
        ("AlertTopicKeyArn", KEY),
        ("XRayTracing", "true"),
        ("LogEncryption", "SSE-S3"),
    ];
    for given in [&[] as &[_], joining, with_rules, existing_key] {
        let policy = policy(&Stack::with(given), ROLE);
        let faults = faults_of_policy("log-processor", &policy);
        assert!(faults.is_empty(), "{given:?}:\n{}", faults.join("\n"));
    }
}

#[test]
fn the_role_reads_log_files_below_the_prefix_only() {
    let existing: &[_] = &[("ExistingBucketName", "amzn-s3-demo-bucket"), ("LogFilePrefix", "audit")];
    assert_eq!(resources(&[], "ReadLogFiles"), ["arn:aws:s3:::${LogBucket}/AWSLogs/*"]);
    assert_eq!(resources(existing, "ReadLogFiles"), ["arn:aws:s3:::amzn-s3-demo-bucket/audit/AWSLogs/*"]);
}

#[test]
fn the_role_publishes_to_the_namespaces_of_the_rules_and_its_own() {
    let given: &[_] =
        &[("RuleMetricNamespaces", "CloudTrailMetrics,LogMetrics"), ("MetricNamespace", "Audit")];
    let statements = statements(given);
    let publish = statements.iter().find(|statement| statement["Sid"] == "PublishMetrics").unwrap();
    let names = json!(["Audit", "CloudTrailMetrics", "LogMetrics"]);
    assert_eq!(publish["Condition"], json!({ "StringEquals": { "cloudwatch:namespace": names } }));
}

#[test]
fn the_role_uses_the_keys_that_are_in_use_and_no_other() {
    let sid = "DecryptLogFilesAndMessages";
    let existing: &[_] = &[("LogEncryption", "ExistingKey"), ("LogKeyArn", KEY)];
    assert_eq!(resources(existing, sid), ["${Key.Arn}", KEY]);
    assert_eq!(resources(&[("LogEncryption", "SSE-S3")], sid), ["${Key.Arn}"]);
    assert_eq!(resources(&[("MessageKeyArn", KEY)], sid), [KEY, "${Key.Arn}"]);
    let former = "arn:aws:kms:us-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef";
    let (sid, both) = ("DecryptWhatHadAnotherKey", format!("{KEY},{former}"));
    assert_eq!(resources(&[], sid), Vec::<String>::new());
    assert_eq!(resources(&[("FormerKeyArns", &both)], sid), [KEY, former]);
}

/// SNS asks a publisher for both (its developer guide, "Key management"). No right follows from a topic that is named:
/// its key may be another one than ours, or none.
#[test]
fn the_role_encrypts_alerts_with_the_key_of_the_alert_topic_and_no_other() {
    let sid = "EncryptAlerts";
    let topic = ("ExistingAlertTopicArn", "arn:aws:sns:us-east-1:111122223333:alerts");
    let message_key =
        ("MessageKeyArn", "arn:aws:kms:us-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef");
    assert_eq!(resources(&[], sid), ["${Key.Arn}"]);
    assert_eq!(resources(&[message_key], sid), [message_key.1]);
    assert_eq!(resources(&[topic, message_key], sid), Vec::<String>::new());
    assert_eq!(resources(&[topic, message_key, ("AlertTopicKeyArn", KEY)], sid), [KEY]);
    let statements = statements(&[]);
    let statement = statements.iter().find(|statement| statement["Sid"] == sid).unwrap();
    assert_eq!(statement["Action"], json!(["kms:GenerateDataKey*", "kms:Decrypt"]));
}
