//! The alert sink against prepared answers of SNS.

use aws_sdk_sns::config::Region;
use pipeline::alert::{EventSummary, GroupValue};

use super::*;
use crate::testing::{Answer, FakeService};

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";

pub(crate) fn alert() -> Alert {
    Alert {
        version: 1,
        rule_id: "console-login-failures".into(),
        title: "Console sign-in failures".into(),
        description: "Somebody tried passwords.".into(),
        response: "Ask the user.".into(),
        known_noise: "People who mistype.".into(),
        severity: "medium",
        references: vec!["CIS 4.6".into()],
        group: vec![GroupValue { selector: "$.awsRegion".into(), value: Some("eu-west-1".into()) }],
        overflow: false,
        count: 1,
        first_event_time: Some("2026-09-14T12:15:00Z".into()),
        last_event_time: Some("2026-09-14T12:15:00Z".into()),
        events: vec![EventSummary {
            event_id: Some("11111111-2222-3333-4444-55555555555e".into()),
            event_time: Some("2026-09-14T12:15:00Z".into()),
            event_name: Some("ConsoleLogin".into()),
            event_source: Some("signin.amazonaws.com".into()),
            region: Some("eu-west-1".into()),
            account: Some("111122223333".into()),
            principal: "IAM user alice".into(),
            principal_arn: Some("arn:aws:iam::111122223333:user/alice".into()),
            source_ip_address: Some("203.0.113.10".into()),
            user_agent: None,
            error_code: None,
            error_message: Some("Failed authentication".into()),
            console_url: None,
        }],
        log_files: vec!["s3://example-trail/AWSLogs/a.json.gz".into()],
        log_file_count: 1,
    }
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
    alert.events[0].account = None;
    alert.events[0].region = Some(String::new());
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
        "Subject=%5BMEDIUM%5D%20Console%20sign-in%20failures",
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
