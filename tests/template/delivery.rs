//! From the trail's topic to the queue: policies, redrive, and one key under which all services work.

use std::fs;

use serde_json::{Value, json};

use super::resolver::Stack;
use super::tools::root;
use super::{check, check_resources};

const TOPIC: &str = "arn:aws:sns:eu-west-1:444455556666:trail-topic";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn only_the_trail_and_the_trails_of_additional_accounts_publish_to_the_topic() {
    let allows = |sid: &str, condition: Value| {
        json!({
            "Sid": sid, "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": "sns:Publish", "Resource": "${DeliveryTopic}", "Condition": condition,
        })
    };
    let trail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/trailbell";
    let own = allows("TrailPublishes", json!({ "StringEquals": { "aws:SourceArn": trail } }));
    let trails =
        json!(["arn:*:cloudtrail:*:444455556666:trail/*", "arn:*:cloudtrail:*:123456789012:trail/*"]);
    let additional = allows("AdditionalTrailsPublish", json!({ "ArnLike": { "aws:SourceArn": trails } }));
    let cases: [(&[_], _); 2] = [
        (&[], vec![own.clone()]),
        (&[("AdditionalAccounts", "444455556666,123456789012")], vec![own, additional]),
    ];
    for (given, expected) in cases {
        let statements = Stack::with(given).property("DeliveryTopicPolicy/PolicyDocument/Statement");
        let statements = statements.as_array().unwrap().iter();
        let allowing: Vec<_> =
            statements.filter(|statement| statement["Effect"] != "Deny").cloned().collect();
        assert_eq!(allowing, expected, "{given:?}");
    }
}

#[test]
fn only_the_topic_of_the_trail_sends_to_the_queue_and_its_dead_letter_queue() {
    for queue in ["DeliveryQueue", "SubscriptionDeadLetterQueue"] {
        let path = format!("{queue}Policy/PolicyDocument/Statement/0");
        let expected = |topic: &str| {
            json!({
                "Sid": "TopicSends", "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
                "Action": "sqs:SendMessage", "Resource": format!("${{{queue}.Arn}}"),
                "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
            })
        };
        check(
            &path,
            &[(&[], expected("${DeliveryTopic}")), (&[("ExistingTopicArn", TOPIC)], expected(TOPIC))],
        );
    }
}

/// Source: the SNS developer guide, "Sending Amazon SNS messages to an Amazon SQS queue ... in a different Region".
#[test]
fn a_topic_across_regions_of_which_one_has_to_be_opted_in_to_delivers_under_the_name_of_that_region() {
    let given: &[_] = &[
        ("ExistingTopicArn", "arn:aws:sns:ap-east-1:444455556666:trail-topic"),
        ("OptInRegion", "ap-east-1"),
    ];
    let everywhere = json!({ "Service": "sns.amazonaws.com" });
    let there = json!({ "Service": "sns.ap-east-1.amazonaws.com" });
    for path in [
        "DeliveryQueuePolicy/PolicyDocument/Statement/0/Principal",
        "SubscriptionDeadLetterQueuePolicy/PolicyDocument/Statement/0/Principal",
        "Key/KeyPolicy/Statement/3/Principal",
    ] {
        check(path, &[(&[], everywhere.clone()), (given, there.clone())]);
    }
}

#[test]
fn the_visibility_timeout_is_six_times_that_of_the_function() {
    for seconds in [30, 60, 120, 300, 900] {
        let stack = Stack::with(&[("FunctionTimeoutSeconds", &seconds.to_string())]);
        assert_eq!(stack.property("LogProcessor/Timeout"), seconds.to_string());
        assert_eq!(stack.property("DeliveryQueue/VisibilityTimeout"), 6 * seconds);
    }
}

/// A dead letter keeps the age that it had in the queue.
#[test]
fn a_dead_letter_has_a_week_after_a_week_in_the_queue() {
    check("DeliveryQueue/MessageRetentionPeriod", &[(&[], json!(7 * 86_400))]);
    check("DeadLetterQueue/MessageRetentionPeriod", &[(&[], json!(14 * 86_400))]);
    check("SubscriptionDeadLetterQueue/MessageRetentionPeriod", &[(&[], json!(14 * 86_400))]);
}

#[test]
fn messages_that_fail_go_to_the_dead_letter_queue_after_max_receive_count() {
    let redrive =
        |count: &str| json!({ "deadLetterTargetArn": "${DeadLetterQueue.Arn}", "maxReceiveCount": count });
    check("DeliveryQueue/RedrivePolicy", &[(&[], redrive("5")), (&[("MaxReceiveCount", "8")], redrive("8"))]);
}

#[test]
fn messages_that_sns_cannot_deliver_go_to_a_queue_of_their_own() {
    let redrive = json!({ "deadLetterTargetArn": "${SubscriptionDeadLetterQueue.Arn}" });
    let of_another_region: &[_] = &[("ExistingTopicArn", "arn:aws:sns:eu-west-1:444455556666:trail-topic")];
    let of_this_region: &[_] = &[("ExistingTopicArn", "arn:aws:sns:us-east-1:444455556666:trail-topic")];
    check(
        "DeliverySubscription/RedrivePolicy",
        &[(&[], redrive.clone()), (of_this_region, redrive), (of_another_region, Value::Null)],
    );
    check("DeliverySubscription/Endpoint", &[(&[], json!("${DeliveryQueue.Arn}"))]);
    check("DeliverySubscription/Region", &[(&[], json!("us-east-1"))]);
}

#[test]
fn every_topic_and_queue_but_the_last_resort_is_encrypted_with_one_key() {
    for (given, key) in [(vec![], "${Key.Arn}"), (vec![("MessageKeyArn", KEY)], KEY)] {
        let stack = Stack::with(&given);
        let mut resources = stack.resources_of("AWS::SNS::Topic");
        resources.extend(stack.resources_of("AWS::SQS::Queue"));
        assert_eq!(resources.len(), 7);
        // A fault in the key must not keep a message from the queue that tells of it.
        let of_sqs = resources.remove("SubscriptionDeadLetterQueue").unwrap();
        assert_eq!(of_sqs["Properties"]["SqsManagedSseEnabled"], true);
        for (id, resource) in resources {
            assert_eq!(resource["Properties"]["KmsMasterKeyId"], key, "{id}");
        }
    }
}

#[test]
fn a_key_is_made_unless_both_log_files_and_messages_have_one() {
    check_resources(&[("LogEncryption", "SSE-S3")], &["Key"], &[]);
    check_resources(&[("MessageKeyArn", KEY)], &["Key"], &[]);
    check_resources(&[("LogEncryption", "SSE-S3"), ("MessageKeyArn", KEY)], &[], &["Key"]);
    check_resources(
        &[("LogEncryption", "ExistingKey"), ("LogKeyArn", KEY), ("MessageKeyArn", KEY)],
        &[],
        &["Key"],
    );
}

/// The statements of the key's policy: who, what, and the condition.
#[test]
fn one_key_serves_cloudtrail_sns_alarms_and_logs_and_nobody_else() {
    let statements = Stack::with(&[("ExistingTopicArn", TOPIC)]).property("Key/KeyPolicy/Statement");
    let found: Vec<(Value, Value, Value)> = statements
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| {
            (statement["Principal"].clone(), statement["Action"].clone(), statement["Condition"].clone())
        })
        .collect();
    let service = |name: &str| json!({ "Service": name });
    let use_key = json!(["kms:GenerateDataKey*", "kms:Decrypt"]);
    let trails = json!(["arn:aws:cloudtrail:us-east-1:111122223333:trail/trailbell"]);
    let account = |id: &str| json!({ "StringEquals": { "aws:SourceAccount": id } });
    let groups = "arn:aws:logs:us-east-1:111122223333:log-group:/trailbell/trailbell/*";
    let expected = vec![
        (json!({ "AWS": "arn:aws:iam::111122223333:root" }), json!("kms:*"), Value::Null),
        (
            service("cloudtrail.amazonaws.com"),
            use_key.clone(),
            json!({ "ArnLikeIfExists": { "aws:SourceArn": trails } }),
        ),
        (service("cloudtrail.amazonaws.com"), json!("kms:DescribeKey"), Value::Null),
        (service("sns.amazonaws.com"), use_key.clone(), json!({ "ArnLike": { "aws:SourceArn": TOPIC } })),
        (service("cloudwatch.amazonaws.com"), use_key, account("111122223333")),
        (
            service("logs.us-east-1.amazonaws.com"),
            json!([
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:DescribeKey"
            ]),
            json!({ "ArnLike": { "kms:EncryptionContext:aws:logs:arn": groups } }),
        ),
    ];
    assert_eq!(found, expected);
    let topics = json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:*" } });
    check("Key/KeyPolicy/Statement/3/Condition", &[(&[], topics)]);
    check("Key/EnableKeyRotation", &[(&[], json!(true))]);
}

/// The JSON of the documentation that has a statement of this id.
fn documented_statements(sid: &str) -> Vec<Value> {
    let page = fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    let blocks = page.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut lists = blocks.filter_map(|block| serde_json::from_str::<Vec<Value>>(block).ok());
    lists
        .find(|list| list.iter().any(|statement| statement["Sid"] == sid))
        .expect("a list with the statement")
}

#[test]
fn the_statements_for_an_existing_key_of_topics_and_queues_are_those_of_a_new_one() {
    let documented = documented_statements("CloudTrailWritesMessages");
    // A new key serves log files as well.
    let names =
        ["CloudTrailWritesLogFilesAndMessages", "SnsWritesToQueues", "AlarmsPublish", "CloudWatchLogsWrites"];
    let statements = Stack::with(&[]).property("Key/KeyPolicy/Statement");
    let of_new_key = statements
        .as_array()
        .unwrap()
        .iter()
        .filter(|statement| names.iter().any(|name| statement["Sid"] == *name));
    let mut expected: Vec<Value> = of_new_key.cloned().collect();
    expected[0]["Sid"] = json!("CloudTrailWritesMessages");
    assert_eq!(documented, expected);
    assert_eq!(documented.len(), names.len());
}

/// CloudTrail's guide gives the statement for encrypted topics without a condition ("Amazon SNS topic policy for
/// CloudTrail"), so one that has to be met by every request could keep it from announcing log files.
#[test]
fn no_condition_of_the_key_asks_cloudtrail_for_what_it_may_not_send() {
    for given in [&[] as &[_], &[("AdditionalAccounts", "444455556666")], &[("ExistingTopicArn", TOPIC)]] {
        let statements = Stack::with(given).property("Key/KeyPolicy/Statement");
        let statements = statements.as_array().unwrap();
        let for_trails = statements
            .iter()
            .filter(|statement| statement["Principal"]["Service"] == "cloudtrail.amazonaws.com");
        for statement in for_trails {
            let conditions = statement["Condition"].as_object().into_iter().flatten();
            for (operator, _) in conditions {
                assert!(operator.ends_with("IfExists"), "{statement}");
            }
        }
    }
}

/// With raw delivery they would become those of the queue's messages, where they say what is published.
#[test]
fn attributes_of_the_topic_s_messages_stay_in_their_envelope() {
    check("DeliverySubscription/RawMessageDelivery", &[(&[], Value::Null)]);
}
