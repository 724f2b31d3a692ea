//! The alert sink against prepared answers of SNS.

use std::sync::Arc;

use super::*;
use crate::testing::{Answer, FakeService};

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";

const RULE: &str = r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - id: console-login-failures
    title: Console sign-in failures
    summary: Somebody tried passwords.
    response: Ask the user.
    knownNoise: People who mistype.
    severity: medium
    references: [CIS 4.6]
    filterPattern: '{ $.eventName = ConsoleLogin }'
    metricTransformation: { metricName: Failures }
    alert: { groupBy: [region] }
"#;

pub(crate) fn alert() -> Alert {
    let (rules, _) = rules::RuleSet::parse("rules.yaml", RULE).unwrap();
    let record = serde_json::json!({
        "eventID": "11111111-2222-3333-4444-55555555555e",
        "eventTime": "2026-09-14T12:15:00Z",
        "eventName": "ConsoleLogin",
        "eventSource": "signin.amazonaws.com",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "sourceIPAddress": "203.0.113.10",
        "errorMessage": "Failed authentication",
        "userIdentity": {
            "type": "IAMUser",
            "userName": "alice",
            "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/alice",
        },
    });
    Alert::about(&[record], &rules.rules()[0], "s3://example-trail/AWSLogs/a.json.gz")
}

fn sink(service: &FakeService) -> SnsAlertSink {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(aws_sdk_sns::config::BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(FakeService::credentials())
        .retry_config(aws_sdk_sns::config::retry::RetryConfig::disabled())
        .http_client(service.http_client())
        .build();
    SnsAlertSink::new(Client::from_conf(config), TopicArn::parse(TOPIC).unwrap())
}

fn published() -> Answer {
    Answer::new(
        200,
        "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>",
    )
}

#[test]
fn attributes_say_rule_severity_account_and_region() {
    let expected = [
        ("rule", "console-login-failures"),
        ("severity", "medium"),
        ("account", "111122223333"),
        ("region", "eu-west-1"),
    ];
    assert_eq!(attributes(&alert()).collect::<Vec<_>>(), expected);
}

#[test]
fn an_attribute_without_a_value_is_left_out() {
    let mut alert = alert();
    let event = Arc::make_mut(&mut alert.events[0]);
    event.account = None;
    event.region = Some(String::new());
    assert_eq!(attributes(&alert).map(|(name, _)| name).collect::<Vec<_>>(), ["rule", "severity"]);
    alert.events.clear();
    assert_eq!(attributes(&alert).count(), 2);
}

#[tokio::test]
async fn an_alert_is_one_publish_with_subject_structure_and_attributes() {
    let service = FakeService::new([published()]);
    sink(&service).publish(&alert()).await.unwrap();
    let sent = service.requests();
    assert_eq!(sent.len(), 1);
    for text in [
        "Action=Publish",
        "TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A111122223333%3Aalerts",
        "Subject=%5BMEDIUM%5D%20ConsoleLogin%3A%20IAM%20user%20alice%20in%20111122223333",
        "MessageStructure=json",
        "Name=severity",
        "StringValue=medium",
        "Name=account",
    ] {
        assert!(sent[0].body.contains(text), "{text} in {}", sent[0].body);
    }
}

#[tokio::test]
async fn what_sns_says_decides_the_kind_of_the_error() {
    for (code, status, kind) in [
        ("InvalidParameter", 400, SinkErrorKind::Invalid),
        ("Throttled", 429, SinkErrorKind::Throttled),
        ("AuthorizationError", 403, SinkErrorKind::AccessDenied),
        ("NotFound", 404, SinkErrorKind::AccessDenied),
        ("InternalError", 500, SinkErrorKind::Unavailable),
    ] {
        let service = FakeService::new([Answer::query_error(status, code)]);
        let error = sink(&service).publish(&alert()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{code}: {error:?}");
    }
}

#[tokio::test]
async fn without_a_topic_nothing_is_sent_and_nothing_fails() {
    SnsAlertSink::without_topic().publish(&alert()).await.unwrap();
}

#[test]
fn every_documented_refusal_of_sns_has_its_kind() {
    use SinkErrorKind::{AccessDenied, Invalid, Throttled, Unavailable};
    let cases = [
        (Failure::answer(400, "InvalidParameter"), Invalid),
        (Failure::answer(400, "ParameterValueInvalid"), Invalid),
        (Failure::answer(400, "ValidationException"), Invalid),
        (Failure::answer(403, "AuthorizationError"), AccessDenied),
        (Failure::answer(403, "InvalidSecurity"), AccessDenied),
        (Failure::answer(404, "NotFound"), AccessDenied),
        (Failure::answer(400, "KMSAccessDenied"), AccessDenied),
        (Failure::answer(400, "KMSDisabled"), AccessDenied),
        (Failure::answer(400, "KMSThrottling"), Throttled),
        (Failure::answer(429, "Throttled"), Throttled),
        (Failure::answer(500, "InternalError"), Unavailable),
        (Failure::answer(400, "EndpointDisabled"), Unavailable),
        (Failure::NoAnswer, Unavailable),
        (Failure::NotBuilt, Unavailable),
    ];
    for (failure, kind) in cases {
        assert_eq!(kind_of(failure), kind, "{failure:?}");
    }
}
