//! What goes over the wire, and what comes back.

use alarms::{Actions, Kind};
use aws_sdk_cloudwatch::config::Region;
use serde_json::{Value, json};

use super::*;
use crate::testing::{Answer, FakeService};

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";

fn store(service: &FakeService) -> CloudWatchAlarmStore {
    let config = aws_sdk_cloudwatch::Config::builder()
        .behavior_version(aws_sdk_cloudwatch::config::BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(FakeService::credentials())
        .retry_config(aws_sdk_cloudwatch::config::retry::RetryConfig::disabled())
        .http_client(service.http_client())
        .build();
    CloudWatchAlarmStore::new(Client::from_conf(config))
}

fn arn(name: &str) -> String {
    format!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}")
}

fn metric(name: &str) -> Value {
    json!({
        "AlarmName": name,
        "AlarmArn": arn(name),
        "AlarmDescription": "**Root**",
        "ActionsEnabled": true,
        "AlarmActions": [TOPIC],
        "MetricName": "RootUsage",
        "Namespace": "CloudTrailMetrics",
        "Statistic": "Sum",
        "Dimensions": [{"Name": "Region", "Value": "us-east-1"}, {"Name": "Account", "Value": "111122223333"}],
        "Period": 300,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 1.5,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "OK",
    })
}

fn definition() -> MetricAlarm {
    MetricAlarm {
        description: "**Root**".into(),
        namespace: "CloudTrailMetrics".into(),
        metric_name: "RootUsage".into(),
        dimensions: vec![("Account".into(), "111122223333".into()), ("Region".into(), "us-east-1".into())],
        statistic: "Sum".into(),
        period: 300,
        evaluation_periods: 3,
        datapoints_to_alarm: 2,
        threshold: Some(1.5),
        comparison_operator: "GreaterThanOrEqualToThreshold".into(),
        treat_missing_data: "notBreaching".into(),
        actions: Actions { alarm: vec![TOPIC.into()], ..Actions::default() },
        other: Vec::new(),
    }
}

fn tags(owner: &str) -> Answer {
    Answer::cbor(&json!({ "Tags": [{"Key": "trailbell:owner", "Value": owner}] }))
}

#[tokio::test]
async fn alarms_of_all_kinds_and_pages_come_with_their_tags() {
    let first = json!({
        "MetricAlarms": [metric("p/a")],
        "CompositeAlarms": [{
            "AlarmName": "p/Severity/high", "AlarmArn": arn("p/Severity/high"),
            "AlarmRule": "ALARM(\"p/a\")", "ActionsEnabled": false,
        }],
        "NextToken": "next",
    });
    let second = json!({ "LogAlarms": [{ "AlarmName": "p/log", "AlarmArn": arn("p/log") }] });
    let answers = [Answer::cbor(&first), Answer::cbor(&second), tags("1"), tags("2"), tags("3")];
    let service = FakeService::new(answers);
    let mut alarms = store(&service).describe("p/", &[]).await.unwrap();
    alarms.sort_by(|one, other| one.name.cmp(&other.name));
    let names: Vec<_> = alarms.iter().map(|alarm| (alarm.name.as_str(), alarm.kind())).collect();
    assert_eq!(names, [("p/Severity/high", Kind::Composite), ("p/a", Kind::Metric), ("p/log", Kind::Other)]);
    assert_eq!(alarms[1].definition, Some(Definition::Metric(definition())));
    assert_eq!(alarms[1].arn, arn("p/a"));
    let Some(Definition::Composite(composite)) = &alarms[0].definition else { panic!("{alarms:?}") };
    assert_eq!((composite.rule.as_str(), composite.actions.enabled), ("ALARM(\"p/a\")", false));
    assert!(alarms.iter().all(|alarm| alarm.tags.contains_key("trailbell:owner")));
    let sent = service.requests();
    assert_eq!(sent.len(), 5);
    for kind in ["MetricAlarm", "CompositeAlarm", "LogAlarm", "p/"] {
        assert!(sent[0].body.contains(kind), "{kind}");
    }
    assert!(sent[1].body.contains("next"));
}

#[tokio::test]
async fn an_alarm_that_is_deleted_while_it_is_read_is_not_there() {
    let page = json!({ "MetricAlarms": [metric("p/a")] });
    let gone = Answer::cbor_error(404, "ResourceNotFoundException");
    let service = FakeService::new([Answer::cbor(&page), gone]);
    assert_eq!(store(&service).describe("p/", &[]).await.unwrap(), []);
}

#[tokio::test]
async fn the_tags_of_an_alarm_that_is_as_wanted_are_not_asked_for() {
    let wanted = |threshold: f64| Alarm {
        name: "p/a".into(),
        definition: Definition::Metric(MetricAlarm { threshold: Some(threshold), ..definition() }),
        tags: Tags::from([("trailbell:owner".to_owned(), "wanted".to_owned())]),
    };
    let threshold = definition().threshold.unwrap();
    for (wanted, owner, requests) in [(wanted(threshold), "wanted", 1), (wanted(threshold + 1.0), "found", 2)]
    {
        let page = json!({ "MetricAlarms": [metric("p/a")] });
        let service = FakeService::new([Answer::cbor(&page), tags("found")]);
        let alarms = store(&service).describe("p/", &[wanted]).await.unwrap();
        assert_eq!(alarms[0].tags["trailbell:owner"], owner);
        assert_eq!(service.requests().len(), requests);
    }
}

#[tokio::test]
async fn tags_that_cannot_be_read_make_the_whole_look_fail() {
    let page = json!({ "MetricAlarms": [metric("p/a")] });
    let service = FakeService::new([Answer::cbor(&page), Answer::cbor_error(400, "Throttling")]);
    let error = store(&service).describe("p/", &[]).await.unwrap_err();
    assert_eq!(error.kind, AlarmStoreErrorKind::Throttled);
}

#[tokio::test]
async fn what_an_alarm_leaves_out_has_the_value_that_cloudwatch_gives_it() {
    let page = json!({ "MetricAlarms": [{
        "AlarmName": "p/a", "AlarmArn": arn("p/a"), "ExtendedStatistic": "p99", "EvaluationPeriods": 4,
        "Metrics": [{"Id": "m1"}], "Unit": "Count", "EvaluationWindow": {"WallClockWindow": {}},
    }] });
    let service = FakeService::new([Answer::cbor(&page), Answer::cbor(&json!({}))]);
    let alarms = store(&service).describe("p/", &[]).await.unwrap();
    let Some(Definition::Metric(alarm)) = &alarms[0].definition else { panic!("{alarms:?}") };
    assert_eq!((alarm.statistic.as_str(), alarm.period, alarm.threshold), ("p99", 0, None));
    assert_eq!((alarm.evaluation_periods, alarm.datapoints_to_alarm), (4, 4));
    assert_eq!((alarm.treat_missing_data.as_str(), alarm.actions.enabled), ("missing", true));
    assert_eq!(alarm.other, ["Metrics", "Unit", "EvaluationWindow"]);
}

#[tokio::test]
async fn a_metric_alarm_goes_out_whole_and_without_a_unit() {
    let service = FakeService::new([Answer::cbor_success()]);
    let alarm = Alarm {
        name: "p/a".into(),
        definition: Definition::Metric(definition()),
        tags: Tags::from([("trailbell:owner".to_owned(), "me".to_owned())]),
    };
    store(&service).put(&alarm).await.unwrap();
    let sent = service.requests();
    assert!(sent[0].uri.ends_with("/operation/PutMetricAlarm"), "{}", sent[0].uri);
    for text in [
        "p/a",
        "**Root**",
        "RootUsage",
        "CloudTrailMetrics",
        "Account",
        "111122223333",
        "Sum",
        "notBreaching",
        "GreaterThanOrEqualToThreshold",
        TOPIC,
        "trailbell:owner",
        "me",
        "DatapointsToAlarm",
        "ActionsEnabled",
    ] {
        assert!(sent[0].body.contains(text), "{text}");
    }
    for text in ["Unit", "ExtendedStatistic", "Metrics\u{0}"] {
        assert!(!sent[0].body.contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_percentile_goes_out_as_an_extended_statistic() {
    let service = FakeService::new([Answer::cbor_success()]);
    let definition = Definition::Metric(MetricAlarm { statistic: "p99.5".into(), ..definition() });
    let alarm = Alarm { name: "p/a".into(), definition, tags: Tags::new() };
    store(&service).put(&alarm).await.unwrap();
    let body = &service.requests()[0].body;
    assert!(body.contains("ExtendedStatistic") && body.contains("p99.5"), "{body}");
}

#[tokio::test]
async fn a_composite_alarm_tags_and_deletions_go_out() {
    let service = FakeService::new([Answer::cbor_success(), Answer::cbor_success(), Answer::cbor_success()]);
    let store = store(&service);
    let rule = "ALARM(\"p/a\") OR ALARM(\"p/b\")";
    let definition = Definition::Composite(CompositeAlarm { rule: rule.into(), ..CompositeAlarm::default() });
    let tags = Tags::from([("trailbell:severity".to_owned(), "high".to_owned())]);
    let alarm = Alarm { name: "p/Severity/high".into(), definition, tags: tags.clone() };
    store.put(&alarm).await.unwrap();
    store.tag(&arn("p/a"), &tags).await.unwrap();
    store.delete(&["p/a".to_owned(), "p/b".to_owned()]).await.unwrap();
    let sent = service.requests();
    let bodies: Vec<_> = sent.iter().map(|sent| sent.body.as_str()).collect();
    assert!(sent[0].uri.ends_with("/operation/PutCompositeAlarm") && bodies[0].contains(rule));
    assert!(sent[1].uri.ends_with("/operation/TagResource") && bodies[1].contains("trailbell:severity"));
    assert!(sent[2].uri.ends_with("/operation/DeleteAlarms") && bodies[2].contains("p/b"));
}

#[tokio::test]
async fn what_cloudwatch_says_decides_the_kind_of_the_error() {
    for (code, status, kind) in [
        ("LimitExceededFault", 400, AlarmStoreErrorKind::LimitExceeded),
        ("Throttling", 400, AlarmStoreErrorKind::Throttled),
        ("ResourceNotFound", 404, AlarmStoreErrorKind::NotFound),
        ("ValidationError", 400, AlarmStoreErrorKind::Refused),
    ] {
        let service = FakeService::new([Answer::cbor_error(status, code)]);
        let error = store(&service).delete(&["p/a".to_owned()]).await.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
    }
}

#[test]
fn every_documented_refusal_of_a_call_about_alarms_has_its_kind() {
    use AlarmStoreErrorKind::{AccessDenied, LimitExceeded, NotFound, Refused, Throttled, Unavailable};
    let cases = [
        (Failure::answer(400, "Throttling"), Throttled),
        (Failure::answer(400, "ThrottlingException"), Throttled),
        (Failure::answer(429, ""), Throttled),
        (Failure::answer(400, "LimitExceeded"), LimitExceeded),
        (Failure::answer(400, "LimitExceededFault"), LimitExceeded),
        (Failure::answer(404, "ResourceNotFound"), NotFound),
        (Failure::answer(404, "ResourceNotFoundException"), NotFound),
        (Failure::answer(404, ""), Refused),
        (Failure::answer(429, "ConcurrentModificationException"), Throttled),
        (Failure::answer(400, "ConcurrentModificationException"), Unavailable),
        (Failure::answer(409, "ConflictException"), Unavailable),
        (Failure::answer(409, "ResourceConflict"), Unavailable),
        (Failure::answer(403, "AccessDenied"), AccessDenied),
        (Failure::answer(403, "InvalidClientTokenId"), AccessDenied),
        (Failure::answer(403, "ExpiredToken"), Unavailable),
        (Failure::answer(400, "ValidationError"), Refused),
        (Failure::answer(400, "InvalidParameterValueException"), Refused),
        (Failure::answer(400, "InvalidNextToken"), Refused),
        (Failure::answer(500, "InternalServiceFault"), Unavailable),
        (Failure::answer(200, ""), Unavailable),
        (Failure::NoAnswer, Unavailable),
        (Failure::NotBuilt, Refused),
    ];
    for (failure, kind) in cases {
        assert_eq!(kind_of(failure), kind, "{failure:?}");
    }
}
