//! The function that puts advanced event selectors on the trail: what it may do, and that it always answers.
//!
//! CloudFormation waits for the answer. Without one the stack stands still until the time of the resource is up.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Value, json};

use super::resolver::Stack;
use super::roles::policy;
use super::tools::{run, transformed};
use crate::policy::{Call, EVENT_SELECTORS, faults_of_calls};

const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/trailbell";
const SELECTORS: &str = r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]"#;

fn stack() -> Stack {
    Stack::with(&[("AdvancedEventSelectors", SELECTORS)])
}

fn source() -> String {
    stack().property("EventSelectorsFunction/Code/ZipFile").as_str().unwrap().to_owned()
}

/// The calls of a source that names the SDK in no other form than `boto3.client("service").operation(`.
fn calls(source: &str) -> BTreeSet<Call> {
    let call = Regex::new(r#"boto3\.client\("([a-z0-9]+)"\)\.([a-z_]+)\("#).unwrap();
    let calls: Vec<Call> = call
        .captures_iter(source)
        .map(|found| Call { sdk: format!("aws-sdk-{}", &found[1]), operation: found[2].to_owned() })
        .collect();
    assert_eq!(source.matches("boto").count(), 1 + calls.len(), "an import and calls:\n{source}");
    calls.into_iter().collect()
}

#[test]
fn the_role_grants_what_the_function_calls_and_nothing_else() {
    let calls = calls(&source());
    assert!(!calls.is_empty());
    let faults = faults_of_calls(EVENT_SELECTORS, &calls, &policy(&stack(), "EventSelectorsRole"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_call_that_is_not_granted_and_a_grant_that_is_not_used_are_found() {
    let policy = policy(&stack(), "EventSelectorsRole");
    let other = calls("import boto3\nboto3.client(\"cloudtrail\").stop_logging(Name=name)\n");
    let faults = faults_of_calls(EVENT_SELECTORS, &other, &policy);
    let expected = [
        "`cloudtrail:StopLogging` is called and not granted",
        "`cloudtrail:PutEventSelectors` is granted and not called",
    ];
    assert_eq!(faults, expected);
}

#[test]
#[should_panic(expected = "an import and calls")]
fn a_call_in_another_form_is_found() {
    calls("import boto3\nclient = boto3.client(\"cloudtrail\")\nclient.stop_logging(Name=name)\n");
}

#[test]
fn the_role_is_for_the_selectors_of_this_trail() {
    let statements = stack().property("EventSelectorsRole/Policies/0/PolicyDocument/Statement");
    assert_eq!(
        (&statements[0]["Action"], &statements[0]["Resource"]),
        (&json!("cloudtrail:PutEventSelectors"), &json!(TRAIL))
    );
}

/// An event as CloudFormation sends it.
fn event(request: &str, selectors: &str) -> Value {
    let properties = json!({ "TrailName": TRAIL, "AdvancedEventSelectors": selectors });
    json!({ "RequestType": request, "ResourceProperties": properties })
}

/// CloudFormation puts the selectors of the template whenever it updates the trail, and those of the parameter are lost
/// unless their resource is updated after it.
#[test]
fn whatever_changes_the_trail_changes_the_resource_of_its_selectors() {
    let selectors = ("AdvancedEventSelectors", SELECTORS);
    let texts = [
        ("TrailName", "audit"),
        ("LogFilePrefix", "audit"),
        ("ExistingBucketName", "amzn-s3-demo-bucket"),
        ("ExistingTopicArn", "arn:aws:sns:eu-west-1:444455556666:trail-topic"),
        ("LogKeyArn", "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("OrganizationId", "o-exampleorgid"),
        ("TrailTagKey", "team"),
        ("TrailTagValue", "security"),
    ];
    let declared = transformed()["Parameters"].as_object().unwrap();
    let choices = declared.iter().flat_map(|(name, parameter)| {
        let values = parameter["AllowedValues"].as_array().into_iter().flatten();
        values.map(move |value| (name.as_str(), value.as_str().unwrap_or_default()))
    });
    let changes: Vec<_> = choices.chain(texts).filter(|(_, value)| !value.is_empty()).collect();
    let bases: [&[_]; 3] = [
        &[selectors],
        &[selectors, ("MultiRegionTrail", "false"), ("TrailTagKey", "owner")],
        &[
            selectors,
            ("LogEncryption", "ExistingKey"),
            ("LogKeyArn", "arn:aws:kms:us-east-1:444455556666:key/mrk-0123456789abcdef0123456789abcdef"),
        ],
    ];
    let mut effective = BTreeSet::new();
    for base in bases {
        let [trail, resource] = trail_and_selectors(base);
        for (name, value) in &changes {
            let given = [base, &[(*name, *value)]].concat();
            if !Stack::of(transformed(), &given).refusals().is_empty() {
                continue;
            }
            let [other_trail, other_resource] = trail_and_selectors(&given);
            if other_trail != trail {
                effective.insert(*name);
                assert_ne!(other_resource, resource, "{given:?}");
            }
        }
    }
    let expected = [
        "CloudWatchLogs",
        "ExistingBucketName",
        "ExistingTopicArn",
        "GlobalServiceEvents",
        "LogEncryption",
        "LogFilePrefix",
        "LogFileValidation",
        "LogKeyArn",
        "MultiRegionTrail",
        "TrailName",
        "TrailTagKey",
        "TrailTagValue",
    ];
    assert_eq!(effective, BTreeSet::from(expected));
}

/// The properties of the trail, and those of the resource that puts its selectors.
fn trail_and_selectors(given: &[(&str, &str)]) -> [Value; 2] {
    let stack = Stack::with(given);
    ["Trail", "EventSelectors"].map(|id| stack.resource(id).unwrap()["Properties"].clone())
}

/// What the function asks of CloudTrail and answers to CloudFormation, for each event.
fn outcomes(events: &[Value]) -> Vec<Value> {
    let arguments = ["tests/template/event_selectors.py", &source(), &json!(events).to_string()];
    let output = run("sam", "python", &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn selectors_are_put_when_the_resource_is_made_or_changed_and_left_when_it_goes() {
    let put = json!([{ "action": "PutEventSelectors", "body": {
        "TrailName": TRAIL, "AdvancedEventSelectors": serde_json::from_str::<Value>(SELECTORS).unwrap(),
    } }]);
    let requests = ["Create", "Update", "Delete"];
    let found = outcomes(&requests.map(|request| event(request, SELECTORS)));
    for ((request, outcome), expected) in requests.iter().zip(found).zip([put.clone(), put, json!([])]) {
        assert_eq!(outcome["requests"], expected, "{request}");
        // With another id CloudFormation would take an update for a replacement, and delete the old resource.
        let answer = json!([{ "status": "SUCCESS", "id": "event-selectors", "reason": null }]);
        assert_eq!(outcome["responses"], answer, "{request}");
    }
}

/// The role is as young as the function, and IAM takes some seconds until it is known everywhere.
#[test]
fn a_denial_is_tried_once_more_and_another_failure_is_not() {
    let denial = json!(["AccessDeniedException", "not authorized"]);
    let fault = json!(["InvalidEventSelectorsException", "not valid"]);
    let cases = [
        (json!([denial]), 2, json!([20]), "SUCCESS"),
        (json!([denial, denial]), 2, json!([20]), "FAILED"),
        (json!([denial, fault]), 2, json!([20]), "FAILED"),
        (json!([fault]), 1, json!([]), "FAILED"),
    ];
    let events = cases.clone().map(|(refusals, ..)| {
        let mut event = event("Create", SELECTORS);
        event["Refusals"] = refusals;
        event
    });
    for (outcome, (refusals, requests, waits, status)) in outcomes(&events).into_iter().zip(cases) {
        assert_eq!(outcome["requests"].as_array().unwrap().len(), requests, "{refusals}");
        assert_eq!(outcome["waits"], waits, "{refusals}");
        let responses = outcome["responses"].as_array().unwrap();
        assert_eq!((responses.len(), &responses[0]["status"]), (1, &json!(status)), "{refusals}");
    }
}

#[test]
fn the_function_has_time_for_both_attempts_before_its_resource_is_given_up() {
    let stack = stack();
    assert_eq!(stack.property("EventSelectorsFunction/Timeout"), 60);
    assert_eq!(stack.property("EventSelectors/ServiceTimeout"), 120);
}

#[test]
fn a_failure_is_answered_with_its_reason() {
    let mut refused = event("Create", SELECTORS);
    refused["Refusals"] = json!([["InvalidEventSelectorsException", "x".repeat(5000)]]);
    let cases = [
        (event("Create", r#"[{"FieldSelectors":]"#), "Expecting value"),
        (event("Update", r#"{"FieldSelectors":[]}"#), "Invalid type for parameter AdvancedEventSelectors"),
        (json!({ "RequestType": "Create" }), "ResourceProperties"),
        (refused, "InvalidEventSelectorsException"),
    ];
    let events: Vec<Value> = cases.iter().map(|(event, _)| event.clone()).collect();
    for (outcome, (event, advice)) in outcomes(&events).into_iter().zip(cases) {
        let responses = outcome["responses"].as_array().unwrap();
        assert_eq!(responses.len(), 1, "{event}");
        assert_eq!(responses[0]["status"], "FAILED", "{event}");
        let reason = responses[0]["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("AdvancedEventSelectors: ") && reason.contains(advice),
            "{event}: {reason}"
        );
        // CloudFormation takes answers of 4 KB.
        assert!(reason.len() <= 1000, "{event}: {} bytes", reason.len());
    }
}
