//! Alarms, dashboard and alert topic.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::resolver::Stack;
use super::tools::root;
use super::{check, check_resources};

/// What an alarm watches: namespace, metric, dimension, statistic, comparison, threshold, missing data.
fn watched(stack: &Stack, alarm: &str) -> [Value; 7] {
    let properties = &stack.resource(alarm).unwrap_or_else(|| panic!("no `{alarm}`"))["Properties"];
    let names = [
        "Namespace",
        "MetricName",
        "Dimensions",
        "Statistic",
        "ComparisonOperator",
        "Threshold",
        "TreatMissingData",
    ];
    names.map(|name| match name {
        "Dimensions" => properties[name][0]["Value"].clone(),
        _ => properties[name].clone(),
    })
}

#[test]
fn each_fault_has_its_alarm() {
    const AT_LEAST: &str = "GreaterThanOrEqualToThreshold";
    let given =
        [("RulesBucket", "amzn-s3-demo-bucket"), ("RulesKey", "rules.yaml"), ("MetricNamespace", "Audit")];
    let stack = Stack::with(&given);
    let depth = "ApproximateNumberOfMessagesVisible";
    let rows = [
        ("DeadLetterQueueAlarm", "AWS/SQS", depth, json!("${DeadLetterQueue.QueueName}"), "Maximum"),
        (
            "SubscriptionDeadLetterQueueAlarm",
            "AWS/SQS",
            depth,
            json!("${SubscriptionDeadLetterQueue.QueueName}"),
            "Maximum",
        ),
        ("FilesFailedAlarm", "Audit", "FilesFailed", Value::Null, "Sum"),
        ("RecordsRejectedAlarm", "Audit", "RecordsRejected", Value::Null, "Sum"),
        ("DatapointsTooOldAlarm", "Audit", "DatapointsDropped", json!("too-old"), "Sum"),
        ("DatapointsTooNewAlarm", "Audit", "DatapointsDropped", json!("too-new"), "Sum"),
        ("DatapointsWithoutValueAlarm", "Audit", "DatapointsDropped", json!("without-value"), "Sum"),
        ("DatapointsRefusedAlarm", "Audit", "DatapointsDropped", json!("refused"), "Sum"),
        ("RulesRejectedAlarm", "Audit", "RulesRejected", Value::Null, "Sum"),
        ("ThrottlesAlarm", "AWS/Lambda", "Throttles", json!("${LogProcessor}"), "Sum"),
        ("ErrorsAlarm", "AWS/Lambda", "Errors", json!("${LogProcessor}"), "Sum"),
    ];
    for (alarm, namespace, metric, dimension, statistic) in rows {
        let expected = [
            json!(namespace),
            json!(metric),
            dimension,
            json!(statistic),
            json!(AT_LEAST),
            json!(1),
            json!("notBreaching"),
        ];
        assert_eq!(watched(&stack, alarm), expected, "{alarm}");
    }
}

/// A reason that the code knows and no alarm watches would be a loss in silence.
#[test]
fn every_reason_for_which_datapoints_are_dropped_has_its_alarm() {
    let source = fs::read_to_string(root().join("shared/pipeline/src/telemetry.rs")).unwrap();
    let published = regex::Regex::new(r#"\("([a-z-]+)", dropped\."#).unwrap();
    let mut reasons: BTreeSet<String> =
        published.captures_iter(&source).map(|found| found[1].to_owned()).collect();
    assert!(reasons.remove("switched-off"), "whoever announced the file wanted that");
    let mut alarms = Stack::with(&[]).resources_of("AWS::CloudWatch::Alarm");
    alarms.retain(|_, alarm| alarm["Properties"]["MetricName"] == "DatapointsDropped");
    let reason = |alarm: &Value| alarm["Properties"]["Dimensions"][0]["Value"].as_str().unwrap().to_owned();
    let watched: BTreeSet<String> = alarms.values().map(reason).collect();
    assert_eq!(reasons, watched);
    assert_eq!(watched.len(), 4);
}

#[test]
fn the_age_of_the_oldest_message_has_an_alarm() {
    let given: &[_] = &[("OldestMessageSeconds", "1800")];
    check("OldestMessageAlarm/MetricName", &[(&[], json!("ApproximateAgeOfOldestMessage"))]);
    check("OldestMessageAlarm/Dimensions/0/Value", &[(&[], json!("${DeliveryQueue.QueueName}"))]);
    check("OldestMessageAlarm/Threshold", &[(&[], json!("900")), (given, json!("1800"))]);
}

/// Missing data is what a stopped trail looks like, and a trail that has not delivered yet: only the change tells anybody.
#[test]
fn no_log_file_for_the_minutes_of_the_heartbeat_is_an_alarm() {
    for minutes in [15, 30, 60, 120, 360, 1440] {
        let stack = Stack::with(&[("HeartbeatMinutes", &minutes.to_string())]);
        let alarm = &stack.resource("HeartbeatAlarm").unwrap()["Properties"];
        let seconds = alarm["Period"].as_u64().unwrap() * alarm["EvaluationPeriods"].as_u64().unwrap();
        assert_eq!(seconds, minutes * 60);
        assert_eq!(alarm["DatapointsToAlarm"], Value::Null, "all periods have to breach");
    }
    let expected = [
        json!("Trailbell"),
        json!("FilesProcessed"),
        Value::Null,
        json!("Sum"),
        json!("LessThanThreshold"),
        json!(1),
        json!("missing"),
    ];
    assert_eq!(watched(&Stack::with(&[]), "HeartbeatAlarm"), expected);
    check("HeartbeatAlarm/InsufficientDataActions", &[(&[], json!(["${HealthTopic}"]))]);
    check_resources(&[("HeartbeatMinutes", "0")], &[], &["HeartbeatAlarm"]);
}

#[test]
fn the_first_message_of_the_heartbeat_says_that_files_arrive_and_the_second_that_they_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let mut alarm = Stack::with(&[]).resource("HeartbeatAlarm").unwrap()["Properties"].clone();
    alarm["AlarmName"] = json!("heartbeat");
    fs::write(file("alarm.json"), alarm.to_string()).unwrap();
    // Deployed at 9, the first file at 10:30, the last one at 10:50, an hour without any is the default.
    let data = "minute,value\n2026-09-01T10:30:00Z,3\n2026-09-01T10:50:00Z,1\n";
    fs::write(file("data.csv"), data).unwrap();
    let output = Command::new(testkit::emulator::executable("trailbell"))
        .args(["alarms", "simulate", "--alarm", &file("alarm.json"), "--data", &file("data.csv")])
        .args(["--from", "2026-09-01T09:00:00Z", "--to", "2026-09-02T09:00:00Z"])
        .args(["--state", "INSUFFICIENT_DATA", "--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let changes = [
        json!({ "at": "2026-09-01T10:31:00Z", "from": "INSUFFICIENT_DATA", "to": "OK" }),
        json!({ "at": "2026-09-01T12:01:00Z", "from": "OK", "to": "INSUFFICIENT_DATA" }),
    ];
    assert_eq!(report["alarms"][0]["changes"], json!(changes));
}

/// CloudWatch evaluates at most a day with periods below an hour.
#[test]
fn every_alarm_notifies_the_topic_of_health_within_a_day_and_says_what_to_do() {
    let topic = "arn:aws:sns:us-east-1:111122223333:alerts";
    let one = ("OneTopic", "true");
    for (given, expected) in [
        (vec![], "${HealthTopic}"),
        (vec![("ExistingAlertTopicArn", topic)], "${HealthTopic}"),
        (vec![one], "${AlertTopic}"),
        (vec![one, ("ExistingAlertTopicArn", topic)], topic),
    ] {
        let alarms = Stack::with(&given).resources_of("AWS::CloudWatch::Alarm");
        assert!(alarms.len() >= 8);
        for (id, alarm) in alarms {
            let properties = &alarm["Properties"];
            assert_eq!(properties["AlarmActions"], json!([expected]), "{id}");
            let seconds =
                properties["Period"].as_u64().unwrap() * properties["EvaluationPeriods"].as_u64().unwrap();
            assert!(seconds <= 86_400, "{id}");
            assert!(properties["AlarmDescription"].as_str().unwrap().len() > 60, "{id}");
        }
    }
}

#[test]
fn the_page_on_alarms_has_a_section_for_each() {
    let rules = [("RulesBucket", "amzn-s3-demo-bucket"), ("RulesKey", "rules.yaml")];
    let alarms: BTreeSet<String> =
        Stack::with(&rules).resources_of("AWS::CloudWatch::Alarm").into_keys().collect();
    let page = fs::read_to_string(root().join("docs/alarms.md")).unwrap();
    let sections: BTreeSet<String> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert_eq!(sections, alarms);
}

#[test]
fn the_dashboard_shows_matches_records_lag_failures_and_queue() {
    let given = [("MetricNamespace", "Audit"), ("RuleMetricNamespaces", "CloudTrailMetrics,LogMetrics")];
    let body = Stack::with(&given).property("OverviewDashboard/DashboardBody");
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let titles: Vec<&str> =
        widgets.iter().map(|widget| widget["properties"]["title"].as_str().unwrap()).collect();
    let expected = [
        "Matches per rule",
        "Records",
        "Delivery lag",
        "Log files",
        "Failures by code",
        "Queue",
        "Log processor",
    ];
    assert_eq!(titles, expected);
    let search = r#"SEARCH('Namespace=("CloudTrailMetrics" OR "LogMetrics")', 'Sum', 300)"#;
    assert_eq!(body.pointer("/widgets/0/properties/metrics/0/0/expression"), Some(&json!(search)));
    check_resources(&[("Dashboard", "false")], &[], &["OverviewDashboard"]);
}

#[test]
fn nobody_outside_of_the_account_publishes_alerts() {
    let alarms = json!({
        "StringEquals": { "aws:SourceAccount": "111122223333" },
        "ArnLike": { "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:*" },
    });
    for topic in ["AlertTopic", "RuleAlarmTopic", "HealthTopic"] {
        let statements = Stack::with(&[]).property(&format!("{topic}Policy/PolicyDocument/Statement"));
        let mut allowed = statements.as_array().unwrap().clone();
        allowed.retain(|statement| statement["Effect"] == "Allow");
        // The log processor is of the same account, so that the policy of its role is enough.
        assert_eq!(allowed.len(), 1);
        assert_eq!(allowed[0]["Principal"], json!({ "Service": "cloudwatch.amazonaws.com" }));
        assert_eq!(allowed[0]["Condition"], alarms);
        assert_eq!(allowed[0]["Action"], "sns:Publish");
        assert_eq!(allowed[0]["Resource"], format!("${{{topic}}}"));
    }
}

#[test]
fn e_mail_addresses_are_subscribed_to_alerts() {
    let given = [
        ("AlertEmail", "a@example.com"),
        ("SecondAlertEmail", "b@example.com"),
        ("ThirdAlertEmail", "c@example.com"),
    ];
    assert_eq!(addresses(&[], "${AlertTopic}"), [""; 0]);
    assert_eq!(addresses(&given, "${AlertTopic}"), ["a@example.com", "b@example.com", "c@example.com"]);
}

/// The addresses that are subscribed to a topic.
fn addresses(given: &[(&str, &str)], topic: &str) -> Vec<Value> {
    let mut subscriptions = Stack::with(given).resources_of("AWS::SNS::Subscription");
    subscriptions.retain(|_, subscription| {
        let properties = &subscription["Properties"];
        properties["Protocol"] == "email" && properties["TopicArn"] == topic
    });
    subscriptions.into_values().map(|subscription| subscription["Properties"]["Endpoint"].clone()).collect()
}

/// A filter policy by severity drops every message of an alarm, because these have no attributes.
#[test]
fn alerts_alarms_and_health_have_topics_of_their_own_unless_one_is_wanted() {
    let alerts = ("AlertEmail", "a@example.com");
    let health = ("HealthEmail", "h@example.com");
    assert_eq!(addresses(&[alerts], "${HealthTopic}"), ["a@example.com"]);
    assert_eq!(addresses(&[alerts, health], "${HealthTopic}"), ["h@example.com"]);
    assert_eq!(addresses(&[alerts, health], "${AlertTopic}"), ["a@example.com"]);
    assert_eq!(addresses(&[alerts, health], "${RuleAlarmTopic}"), [""; 0]);
    let one: &[_] = &[("OneTopic", "true"), alerts];
    assert_eq!(addresses(one, "${AlertTopic}"), ["a@example.com"]);
    check_resources(&[], &["HealthTopic", "RuleAlarmTopic"], &["HealthSubscription"]);
    check_resources(one, &["EmailSubscription"], &["HealthTopic", "RuleAlarmTopic", "HealthSubscription"]);
    check(
        "AlarmReconciler/Environment/Variables/TRAILBELL_ALARM_TOPIC_ARN",
        &[(&[], json!("${RuleAlarmTopic}")), (one, json!("${AlertTopic}"))],
    );
}

#[test]
fn an_existing_alert_topic_is_used_and_left_alone() {
    let topic = "arn:aws:sns:us-east-1:111122223333:alerts";
    let given: &[_] = &[("ExistingAlertTopicArn", topic), ("AlertEmail", "a@example.com")];
    check_resources(given, &["EmailSubscription"], &["AlertTopic", "AlertTopicPolicy"]);
    check("LogProcessor/Environment/Variables/TRAILBELL_ALERT_TOPIC_ARN", &[(given, json!(topic))]);
}
