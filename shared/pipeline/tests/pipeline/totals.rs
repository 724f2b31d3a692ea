//! What an alert says about many findings: counts and lists cover all of them, exactly and in constant memory.

use pipeline::Alert;
use serde_json::{Value, json};

use crate::fakes::{failed_login, fake_pipeline, key, message, put};

/// A rule that finds every record and puts all of them into one alert.
const EVERYTHING: &str = r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - id: everything
    severity: high
    severityIfAllFailed: low
    filterPattern: '{ $.recipientAccountId = * }'
    metricTransformation: { metricName: Everything }
    alert: { groupBy: [] }
"#;

/// The alert about the records of some log files.
async fn alert_of(files: &[&[Value]]) -> Alert {
    let (pipeline, _) = fake_pipeline(EVERYTHING);
    let keys: Vec<String> = (0..files.len()).map(|index| key(u32::try_from(index).unwrap() + 1)).collect();
    for (key, records) in keys.iter().zip(files) {
        put(&pipeline, key, records);
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    pipeline.process(&[message("m", &keys)], None).await;
    let mut alerts = pipeline.alerts.alerts.lock().unwrap();
    assert_eq!(alerts.len(), 1);
    alerts.pop().unwrap()
}

fn stop(index: usize, error: Option<&str>) -> Value {
    json!({
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "userIdentity": {
            "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice",
            "accountId": "111122223333", "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        },
        "eventTime": format!("2026-09-14T12:{:02}:{:02}Z", index / 60 % 60, index % 60),
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "awsRegion": "us-east-2",
        "sourceIPAddress": format!("203.0.113.{}", index % 200),
        "userAgent": "aws-cli/2.31.6",
        "requestParameters": { "name": format!("trail-{index}") },
        "errorCode": error,
        "eventID": format!("e{index}"),
        "recipientAccountId": "111122223333",
    })
}

#[tokio::test]
async fn beyond_the_capacities_an_alert_says_so_and_its_totals_stay_exact() {
    let mut records: Vec<Value> = (0..2_000).map(|index| stop(index, Some("AccessDenied"))).collect();
    records.push(stop(1_999, None));
    records[2_000]["eventID"] = json!("the success");
    let alert = alert_of(&[&records]).await;
    assert_eq!(alert.count, 2_001);
    assert_eq!(
        json!(alert.totals.outcomes),
        json!({ "succeeded": 1, "refused": 2000, "failed": 0, "partly": 0, "dryRun": 0 })
    );
    assert_eq!(alert.words.outcome.as_deref(), Some("2000 of 2001 refused (AccessDenied), 1 succeeded"));
    let target = alert.words.target.clone().unwrap();
    assert!(target.starts_with("more than 128 targets: trail trail-1999; "), "{target}");
    assert!(target.ends_with(" (of 551 of the 2001 calls)"), "{target}");
    assert!(alert.words.from.as_deref().unwrap().starts_with("more than 64 addresses: "));
    assert_eq!(alert.words.what.as_deref(), Some("StopLogging, 2001 times"));
    assert_eq!(alert.severity, rules::Severity::High, "one call succeeded");
    let ids: Vec<_> = alert.events.iter().filter_map(|event| event.event_id.as_deref()).collect();
    assert!(ids.contains(&"e0") && ids.contains(&"the success"), "{ids:?}");
    assert!(alert.text().contains("  IAM user alice  StopLogging  ok  "), "{}", alert.text());
}

/// A rule that finds refused calls, and a rule that finds stopped trails.
const CHEAP_AND_CRITICAL: &str = r#"
version: 1
rules:
  - id: refused
    severity: low
    filterPattern: '{ $.errorCode = AccessDenied }'
    metricTransformation: { metricName: Refused }
    alert: { groupBy: [] }
  - id: stopped
    severity: critical
    filterPattern: '{ ($.eventName = StopLogging) && ($.errorCode NOT EXISTS) }'
    metricTransformation: { metricName: Stopped }
    alert: { groupBy: [] }
"#;

#[tokio::test]
async fn a_flood_of_one_rule_hides_nothing_that_another_rule_found() {
    let (pipeline, _) = fake_pipeline(CHEAP_AND_CRITICAL);
    let refused = (0..3_000).map(|index| {
        let mut record = stop(index, Some("AccessDenied"));
        record["eventName"] = json!("DeleteTrail");
        record
    });
    let records: Vec<Value> = refused
        .chain((3_000..3_012).map(|index| {
            let mut record = stop(index, None);
            record.as_object_mut().unwrap().remove("errorCode");
            record
        }))
        .collect();
    put(&pipeline, &key(1), &records);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    let [refused, stopped] = alerts.as_slice() else { panic!("{} alerts", alerts.len()) };
    assert_eq!(stopped.totals.targets.distinct(), 12);
    assert_eq!((stopped.count, stopped.totals.targets_read), (12, 12));
    let target = stopped.words.target.as_deref().unwrap();
    assert_eq!(target, "12 targets: trail trail-3000; trail trail-3001; trail trail-3002 and 9 more");
    assert_eq!((refused.count, refused.totals.targets_read), (3_000, 550));
    assert!(refused.words.target.as_deref().unwrap().ends_with(" (of 550 of the 3000 calls)"));
}

#[tokio::test]
async fn the_first_and_the_last_finding_are_shown_however_many_there_are() {
    let records: Vec<Value> = (0..3_000).map(|index| stop(index, Some("AccessDenied"))).collect();
    let alert = alert_of(&[&records]).await;
    let ids: Vec<_> = alert.events.iter().filter_map(|event| event.event_id.as_deref()).collect();
    assert_eq!((ids.first(), ids.last(), ids.len()), (Some(&"e0"), Some(&"e2999"), 5));
    assert_eq!(alert.events[4].target.as_deref(), Some("trail trail-2999"));
}

#[tokio::test]
async fn an_alert_about_many_findings_is_as_large_as_one_about_few() {
    let size = async |count: usize| {
        let records: Vec<Value> = (0..count).map(|index| stop(index, None)).collect();
        json!(alert_of(&[&records]).await).to_string().len()
    };
    let few = size(200).await;
    let many = size(20_000).await;
    assert!(many < few + few / 4, "{few} bytes and {many} bytes");
}

#[tokio::test]
async fn calls_that_all_failed_are_less_severe_if_the_rule_says_so() {
    let refused = [stop(1, Some("AccessDenied")), stop(2, Some("ThrottlingException"))];
    let alert = alert_of(&[&refused]).await;
    assert_eq!(alert.severity, rules::Severity::Low);
    assert!(alert.subject().starts_with("[LOW] StopLogging, 2 times: IAM user alice in 111122223333"));
    let mixed = [stop(1, Some("AccessDenied")), stop(2, None)];
    assert_eq!(alert_of(&[&mixed]).await.severity, rules::Severity::High);
}

#[tokio::test]
async fn identities_without_an_arn_are_told_apart() {
    let (pipeline, _) = fake_pipeline(&EVERYTHING.replace("groupBy: []", "groupBy: [identity]"));
    let users = ["alice", "bob", "alice"];
    let records: Vec<Value> = users
        .iter()
        .enumerate()
        .map(|(index, user)| {
            let mut record = failed_login(&format!("e{index}"), user);
            record["userIdentity"].as_object_mut().unwrap().remove("arn");
            record
        })
        .collect();
    put(&pipeline, &key(1), &records);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    let groups: Vec<_> =
        alerts.iter().map(|alert| (alert.group[0].value.as_deref().unwrap(), alert.count)).collect();
    assert_eq!(
        groups,
        [("arn:aws:iam::111122223333:user/alice", 2), ("arn:aws:iam::111122223333:user/bob", 1)]
    );
    assert_eq!(alerts[0].group[0].by, "identity");
}

pub(crate) fn insight(state: &str, time: &str, minutes: u32) -> Value {
    json!({
        "eventType": "AwsCloudTrailInsight",
        "eventCategory": "Insight",
        "eventTime": time,
        "eventID": format!("id of the {state}"),
        "sharedEventID": "979c82fe-14d4-4e4c-aa01-EXAMPLE00001",
        "awsRegion": "us-east-1",
        "recipientAccountId": "111122223333",
        "insightDetails": {
            "state": state,
            "eventSource": "ec2.amazonaws.com",
            "eventName": "RunInstances",
            "insightType": "ApiCallRateInsight",
            "insightContext": {
                "statistics": { "baseline": { "average": 0.5 }, "insight": { "average": 12.4 }, "insightDuration": minutes },
                "attributions": if state == "Start" {
                    json!([{ "attribute": "userIdentityArn", "insight": [
                        { "value": "arn:aws:sts::111122223333:assumed-role/Deployment/ci", "average": 12.4 },
                    ], "baseline": [] }])
                } else {
                    json!([])
                },
            },
        },
    })
}

#[tokio::test]
async fn start_and_end_of_an_insight_are_one_story() {
    let start = insight("Start", "2026-09-14T12:00:00Z", 1);
    let end = insight("End", "2026-09-14T12:06:00Z", 6);
    let alert = alert_of(&[std::slice::from_ref(&start)]).await;
    assert_eq!(
        alert.words.what.as_deref(),
        Some("RunInstances: 12.4 calls a minute, normally 0.5, since 2026-09-14T12:00:00Z")
    );
    let alert = alert_of(&[&[start], &[end]]).await;
    assert_eq!(
        alert.words.what.as_deref(),
        Some(
            "RunInstances: 12.4 calls a minute, normally 0.5, over after 6 minutes, began 2026-09-14T12:00:00Z"
        )
    );
    assert_eq!(alert.words.who.as_deref(), Some("mostly role Deployment, session ci"));
    assert_eq!(alert.words.outcome, None);
    assert_eq!(alert.events[0].outcome, None);
    assert_eq!(alert.totals.outcomes.calls(), 0);
    let text = alert.text();
    assert!(text.contains("\nRate: 24.8 times the normal rate\n"), "{text}");
    assert!(
        text.contains(
            "https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/insights"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn the_end_of_an_insight_joins_the_alert_and_no_metric() {
    let rules = EVERYTHING
        .replace("$.recipientAccountId = *", "$.insightDetails.state = Start")
        .replace("groupBy: []", "groupBy: [$.sharedEventID]");
    let (pipeline, _) = fake_pipeline(&rules);
    let start = insight("Start", "2026-09-14T12:00:00Z", 1);
    let mut other = insight("End", "2026-09-14T12:06:00Z", 6);
    let end = other.clone();
    other["sharedEventID"] = json!("979c82fe-14d4-4e4c-aa01-EXAMPLE00002");
    other["eventID"] = json!("another");
    put(&pipeline, &key(1), &[start, end, other]);
    let outcome = pipeline.process(&[message("m", &[&key(1)])], None).await;
    assert_eq!((outcome.rules[0].matches, outcome.rules[0].counted), (1, 1));
    assert_eq!(pipeline.metrics.sum("Test/Everything"), 1.0);
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    let what: Vec<_> = alerts.iter().filter_map(|alert| alert.words.what.as_deref()).collect();
    assert_eq!(
        what,
        [
            "RunInstances: 12.4 calls a minute, normally 0.5, over after 6 minutes, began 2026-09-14T12:00:00Z",
            "RunInstances: 12.4 calls a minute, normally 0.5, over after 6 minutes, began about 2026-09-14T12:00:00Z",
        ]
    );
}

#[tokio::test]
async fn the_json_form_has_the_members_of_version_2() {
    let alert = json!(alert_of(&[&[stop(1, None)]]).await);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        names(&alert),
        "alertId count dedupKey events firstEventTime group lastEventTime logFileCount logFiles rule severity status \
         summary told totals version words"
    );
    assert_eq!(names(&alert["rule"]), "also id references response summary title");
    assert_eq!(
        names(&alert["totals"]),
        "accounts addresses clients errorCodes eventNames identities outcomes regions targets targetsRead"
    );
    assert_eq!(names(&alert["words"]), "from outcome target what who");
    assert_eq!(
        names(&alert["events"][0]),
        "account errorCode errorMessage eventId eventName eventSource eventTime identity link outcome region \
         resources sharedEventId sourceIpAddress target userAgent vpcEndpointId"
    );
    assert_eq!(
        names(&alert["events"][0]["identity"]),
        "accessKeyId arn invokedBy key mfa session sessionCreated sessionIssuer sourceIdentity type words"
    );
    assert_eq!(alert["version"], 2);
    assert_eq!(alert["told"], "2026-09-14T12:16:30Z");
    assert_eq!(alert["events"][0]["target"], "trail trail-1");
    assert_eq!(alert["events"][0]["outcome"], "succeeded");
    assert_eq!(alert["events"][0]["link"]["kind"], "event");
    assert_eq!(
        alert["totals"]["targets"],
        json!({ "distinct": 1, "exact": true, "top": [{ "value": "trail trail-1", "count": 1 }] })
    );
}
