//! Each function's role grants every call that its code makes, what Lambda does in its name, and nothing else.
//!
//! The calls are read from the code, the grants from the documented policy, and those of the template's role in
//! `template::functions`; neither is listed here. What is listed is what no code says: the platform's own needs, and
//! operations whose IAM action has another name.
//!
//! Sources: the Service Authorization Reference; the AWS Lambda developer guide, "Using Lambda with Amazon SQS" and
//! "Defining Lambda function permissions with an execution role".

mod calls;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub(crate) use self::calls::Call;
use self::calls::Workspace;

/// One action on one resource. The resource of a template may hold references; its ARN's service is always written.
type Grant = (String, String);

/// Something that is not in the code and is granted all the same.
struct Need {
    function: &'static str,
    action: &'static str,
    /// Whether the function does not work without it.
    is_required: bool,
    /// Who does it, and why.
    reason: &'static str,
}

const fn required(function: &'static str, action: &'static str, reason: &'static str) -> Need {
    Need { function, action, is_required: true, reason }
}

const fn optional(function: &'static str, action: &'static str, reason: &'static str) -> Need {
    Need { function, action, is_required: false, reason }
}

const PROCESSOR: &str = "log-processor";
const RECONCILER: &str = "alarm-reconciler";
/// Its source is in `infra/template.yaml`, and its test in `template::event_selectors`.
pub(crate) const EVENT_SELECTORS: &str = "event-selectors";

const NEEDS: &[Need] = &[
    required(
        PROCESSOR,
        "sqs:ReceiveMessage",
        "the event source mapping polls the queue with the function's role",
    ),
    required(PROCESSOR, "sqs:DeleteMessage", "the event source mapping deletes what was processed"),
    required(
        PROCESSOR,
        "sqs:GetQueueAttributes",
        "the event source mapping reads the queue's visibility timeout",
    ),
    required(PROCESSOR, "logs:CreateLogStream", "Lambda opens a stream for each execution environment"),
    required(PROCESSOR, "logs:PutLogEvents", "Lambda writes the function's standard output"),
    required(PROCESSOR, "s3:ListBucket", "without it S3 answers for a missing object as for a forbidden one"),
    optional(PROCESSOR, "s3:ListBucketVersions", "called for rules in S3 only"),
    optional(PROCESSOR, "s3:GetObjectVersion", "what GetObject needs for an earlier version of rules in S3"),
    optional(PROCESSOR, "kms:Decrypt", "S3 and SQS decrypt with a customer managed key in the caller's name"),
    optional(PROCESSOR, "kms:GenerateDataKey", "SNS encrypts for a topic with a customer managed key"),
    optional(PROCESSOR, "kms:GenerateDataKey*", "the form that the SNS developer guide gives"),
    optional(PROCESSOR, "xray:PutTraceSegments", "Lambda sends traces where tracing is switched on"),
    optional(PROCESSOR, "xray:PutTelemetryRecords", "Lambda sends traces where tracing is switched on"),
    optional(RECONCILER, "s3:GetObject", "called for rules in S3 only"),
    optional(
        RECONCILER,
        "s3:ListBucket",
        "without it S3 answers for a missing object as for a forbidden one",
    ),
    optional(
        RECONCILER,
        "s3:ListBucketVersions",
        "no function but the log processor looks for earlier rules",
    ),
    optional(RECONCILER, "cloudwatch:PutCompositeAlarm", "called for alarms of severities only"),
    optional(RECONCILER, "kms:Decrypt", "S3 decrypts with a customer managed key in the caller's name"),
    required(RECONCILER, "logs:CreateLogStream", "Lambda opens a stream for each execution environment"),
    required(RECONCILER, "logs:PutLogEvents", "Lambda writes the function's standard output"),
    optional(RECONCILER, "xray:PutTraceSegments", "Lambda sends traces where tracing is switched on"),
    optional(RECONCILER, "xray:PutTelemetryRecords", "Lambda sends traces where tracing is switched on"),
    required(EVENT_SELECTORS, "logs:CreateLogStream", "Lambda opens a stream for each execution environment"),
    required(EVENT_SELECTORS, "logs:PutLogEvents", "Lambda writes the function's standard output"),
];

/// Operations whose IAM action is not named like them (Service Authorization Reference, Amazon S3, SNS and SQS).
const OTHER_NAMES: &[(&str, &str, &str)] = &[
    ("aws-sdk-s3", "head_bucket", "s3:ListBucket"),
    ("aws-sdk-s3", "head_object", "s3:GetObject"),
    ("aws-sdk-s3", "list_buckets", "s3:ListAllMyBuckets"),
    ("aws-sdk-s3", "list_object_versions", "s3:ListBucketVersions"),
    ("aws-sdk-s3", "list_objects", "s3:ListBucket"),
    ("aws-sdk-s3", "list_objects_v2", "s3:ListBucket"),
    ("aws-sdk-sns", "publish_batch", "sns:Publish"),
    ("aws-sdk-sqs", "change_message_visibility_batch", "sqs:ChangeMessageVisibility"),
    ("aws-sdk-sqs", "delete_message_batch", "sqs:DeleteMessage"),
    ("aws-sdk-sqs", "send_message_batch", "sqs:SendMessage"),
];

/// Actions that know no resources (Service Authorization Reference), so that only `*` grants them.
const WITHOUT_RESOURCE: [&str; 5] = [
    // Composite alarms come with, and go by, a grant on everything only (CloudWatch API reference).
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutCompositeAlarm",
    "cloudwatch:PutMetricData",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// What the role of a function is granted.
fn granted(function: &str) -> BTreeSet<Grant> {
    let file = root().join(format!("infra/{function}-policy.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("`{}` is missing", file.display()));
    grants(&serde_json::from_str(&text).unwrap())
}

/// The grants of a policy document. Forms that would make them incomplete are refused.
fn grants(policy: &Value) -> BTreeSet<Grant> {
    let mut grants = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        for action in texts(&statement["Action"]) {
            for resource in texts(&statement["Resource"]) {
                grants.insert((action.clone(), resource));
            }
        }
    }
    grants
}

/// A text or a list of texts.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().map(|value| value.as_str().unwrap().to_owned()).collect(),
        other => panic!("expected texts, found `{other}`"),
    }
}

/// The IAM action of a call.
fn action(call: &Call) -> String {
    let Call { sdk, operation } = call;
    let other = OTHER_NAMES
        .iter()
        .find(|(crate_name, name, _)| (crate_name, name) == (&sdk.as_str(), &operation.as_str()));
    if let Some((_, _, action)) = other {
        return (*action).to_owned();
    }
    let service = sdk.trim_start_matches("aws-sdk-");
    let words = operation.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    format!("{service}:{}", words.collect::<String>())
}

/// What is wrong with the grants of a function that makes these calls, one line a fault.
fn faults(function: &str, calls: &BTreeSet<Call>, granted: &BTreeSet<Grant>) -> Vec<String> {
    let needs = || NEEDS.iter().filter(|need| need.function == function);
    let called: BTreeSet<String> = calls.iter().map(action).collect();
    let actions: BTreeSet<&str> = granted.iter().map(|(action, _)| action.as_str()).collect();
    let mut faults = Vec::new();
    let is_optional = |action: &str| needs().any(|need| need.action == action && !need.is_required);
    for action in called.iter().filter(|action| !actions.contains(action.as_str()) && !is_optional(action)) {
        faults.push(format!("`{action}` is called and not granted"));
    }
    for need in needs().filter(|need| need.is_required && !actions.contains(need.action)) {
        faults.push(format!("`{}` is needed and not granted: {}", need.action, need.reason));
    }
    for action in actions {
        if !called.contains(action) && !needs().any(|need| need.action == action) {
            faults.push(format!("`{action}` is granted and not called"));
        }
    }
    for (action, resource) in granted {
        faults.extend(resource_fault(action, resource));
    }
    faults
}

/// A resource has to be of the action's service and begin with a name, unless the action knows none.
fn resource_fault(action: &str, resource: &str) -> Option<String> {
    if WITHOUT_RESOURCE.contains(&action) {
        return (resource != "*")
            .then(|| format!("`{action}` knows no resources, and is granted on `{resource}`"));
    }
    let service = action.split(':').next().unwrap();
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let is_narrow = match parts.as_slice() {
        ["arn", _, of, _, _, name] => *of == service && !name.starts_with('*') && !name.starts_with("key/*"),
        _ => false,
    };
    (!is_narrow)
        .then(|| format!("`{action}` is granted on `{resource}`, which is too wide or of another service"))
}

/// The same for a function of this workspace and a policy document.
pub(crate) fn faults_of_policy(function: &str, policy: &Value) -> Vec<String> {
    faults_of_calls(function, &Workspace::read(&root()).calls(function), policy)
}

/// The same for a function that makes these calls and a policy document.
pub(crate) fn faults_of_calls(function: &str, calls: &BTreeSet<Call>, policy: &Value) -> Vec<String> {
    faults(function, calls, &grants(policy))
}

#[test]
fn each_role_grants_what_its_function_calls_and_nothing_else() {
    let workspace = Workspace::read(&root());
    let functions = workspace.functions();
    assert!(!functions.is_empty());
    for function in functions {
        let calls = workspace.calls(&function);
        let faults = faults(&function, &calls, &granted(&function));
        assert!(faults.is_empty(), "{function}:\n{}\nIts calls: {calls:#?}", faults.join("\n"));
    }
}

#[test]
fn of_each_sdk_that_a_function_is_built_from_a_call_is_found() {
    let workspace = Workspace::read(&root());
    for function in workspace.functions() {
        let found: BTreeSet<String> = workspace.calls(&function).into_iter().map(|call| call.sdk).collect();
        assert_eq!(found, workspace.sdks(&function), "{function}");
        assert!(!found.is_empty(), "{function}");
    }
}

#[test]
fn each_exception_is_of_a_function_that_exists() {
    let mut functions = Workspace::read(&root()).functions();
    functions.push(EVENT_SELECTORS.to_owned());
    for need in NEEDS {
        assert!(functions.iter().any(|function| function == need.function), "{}", need.action);
    }
}

#[test]
fn a_call_has_the_action_of_its_service() {
    for (sdk, operation, expected) in [
        ("aws-sdk-s3", "get_object", "s3:GetObject"),
        ("aws-sdk-s3", "list_objects_v2", "s3:ListBucket"),
        ("aws-sdk-cloudwatch", "put_metric_data", "cloudwatch:PutMetricData"),
        ("aws-sdk-sns", "publish_batch", "sns:Publish"),
    ] {
        let call = Call { sdk: sdk.to_owned(), operation: operation.to_owned() };
        assert_eq!(action(&call), expected);
    }
}

#[test]
fn a_grant_that_is_missing_or_too_wide_is_found() {
    let calls = Workspace::read(&root()).calls(PROCESSOR);
    let good = granted(PROCESSOR);
    assert!(faults(PROCESSOR, &calls, &good).is_empty());
    for (removed, added, expected) in [
        ("s3:GetObject", None, "`s3:GetObject` is called and not granted"),
        ("sns:Publish", None, "`sns:Publish` is called and not granted"),
        ("sqs:DeleteMessage", None, "`sqs:DeleteMessage` is needed and not granted"),
        (
            "",
            Some(("s3:PutObject", "arn:aws:s3:::amzn-s3-demo-bucket/*")),
            "`s3:PutObject` is granted and not called",
        ),
        (
            "",
            Some(("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:deliveries")),
            "`sqs:SendMessage` is granted and not called",
        ),
        ("s3:GetObject", Some(("s3:*", "arn:aws:s3:::amzn-s3-demo-bucket/*")), "`s3:GetObject` is called"),
        ("", Some(("s3:GetObject", "*")), "`s3:GetObject` is granted on `*`"),
        ("", Some(("s3:GetObject", "arn:aws:s3:::*")), "too wide"),
        ("", Some(("sns:Publish", "arn:aws:sqs:us-east-1:111122223333:alerts")), "of another service"),
        ("", Some(("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/*")), "too wide"),
        ("", Some(("cloudwatch:PutMetricData", "arn:aws:cloudwatch:::x")), "knows no resources"),
    ] {
        let mut granted = good.clone();
        granted.retain(|(action, _)| action != removed);
        granted.extend(added.map(|(action, resource)| (action.to_owned(), resource.to_owned())));
        let faults = faults(PROCESSOR, &calls, &granted);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{removed} {added:?}: {faults:?}");
    }
}

#[test]
fn a_policy_in_a_form_that_hides_grants_is_refused() {
    for statement in [
        r#"{"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": "*"}"#,
        r#"{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "*"}"#,
        r#"{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}"#,
    ] {
        let policy = serde_json::from_str(&format!(r#"{{"Statement": [{statement}]}}"#)).unwrap();
        assert!(std::panic::catch_unwind(|| grants(&policy)).is_err(), "{statement}");
    }
}
