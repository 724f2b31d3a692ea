//! A healthy stack, and what each fault makes of it.

use ::alarms::{Conflict, Plan};
use aws::{
    Delivery, FileState, KeyState, QueueState, Selector, SelectorField, Stack, StackAlarm, Subscription,
    TableState, TopicState, Trail, TrailStatus,
};
use time::macros::datetime;

use super::*;
use crate::status::facts::{NewestFile, QueueFacts, RuleFacts, TopicFacts, TrailFacts};
use crate::status::report::{Report, Verdict};

const NOW: OffsetDateTime = datetime!(2026-09-14 12:00 UTC);
const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/trailbell";
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:deliveries";
const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:deliveries";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn policy(service: &str, action: &str, source: &str) -> String {
    format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "{action}",
            "Resource": "*", "Condition": {{"ArnLike": {{"aws:SourceArn": "{source}"}}}}}}]}}"#
    )
}

fn texts(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn stack_facts() -> Stack {
    Stack {
        id: "arn:aws:cloudformation:us-east-1:111122223333:stack/trailbell/0f1e".to_owned(),
        name: "trailbell".to_owned(),
        status: "UPDATE_COMPLETE".to_owned(),
        status_reason: None,
        outputs: texts(&[
            ("TrailArn", TRAIL),
            ("LogBucketName", "amzn-s3-demo-bucket"),
            ("DeliveryTopicArn", TOPIC),
            ("LogKeyArn", KEY),
            ("MessageKeyArn", KEY),
            ("AlertTopicArn", "arn:aws:sns:us-east-1:111122223333:alerts"),
            ("HealthTopicArn", "arn:aws:sns:us-east-1:111122223333:health"),
        ]),
        parameters: texts(&[("MultiRegionTrail", "true"), ("LogFilePrefix", "logs")]),
    }
}

fn trail_facts() -> TrailFacts {
    let delivered = || Delivery { latest: Some(NOW - Duration::minutes(3)), error: None };
    let category = SelectorField {
        field: "eventCategory".to_owned(),
        operator: "Equals",
        values: vec!["Management".to_owned()],
    };
    TrailFacts {
        arn: TRAIL.to_owned(),
        settings: Ok(Trail {
            home_region: Some("us-east-1".to_owned()),
            is_multi_region: true,
            is_organization: false,
            validates_log_files: true,
            bucket: Some("amzn-s3-demo-bucket".to_owned()),
            prefix: Some("logs".to_owned()),
            topic_arn: Some(TOPIC.to_owned()),
            key_arn: Some(KEY.to_owned()),
        }),
        status: Ok(TrailStatus {
            is_logging: true,
            stopped_at: None,
            log_files: delivered(),
            announcements: delivered(),
            digests: delivered(),
        }),
        selectors: Ok(vec![Selector { name: None, fields: vec![category] }]),
        insights: Ok(vec!["ApiCallRateInsight".to_owned()]),
    }
}

fn healthy() -> Facts {
    let queue = |arn: &str| QueueState { arn: arn.to_owned(), ..QueueState::default() };
    let delivery =
        QueueState { policy: Some(policy("sns.amazonaws.com", "sqs:SendMessage", TOPIC)), ..queue(QUEUE) };
    let key = || KeyState {
        unusable: None,
        policy: format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Principal": {{"Service": ["cloudtrail.amazonaws.com",
                "sns.amazonaws.com"]}}, "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {{"StringEquals":
                {{"aws:SourceArn": ["{TRAIL}", "{TOPIC}"]}}}}}}]}}"#
        ),
    };
    let subscription = |protocol: &str, endpoint: &str| Subscription {
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        is_confirmed: true,
    };
    let alarm = StackAlarm {
        name: "trailbell-ErrorsAlarm-1ABC".to_owned(),
        description: "The log processor failed; see its log.".to_owned(),
        state: "OK".to_owned(),
        since: Some(NOW - Duration::hours(2)),
        has_actions: true,
        has_lost_data: false,
    };
    Facts {
        now: NOW,
        stack: stack_facts(),
        trail: trail_facts(),
        bucket_policy: Ok(Some(policy("cloudtrail.amazonaws.com", "s3:*", TRAIL))),
        log_key: Some(Ok(key())),
        message_key: Ok(key()),
        topic: TopicFacts {
            state: Ok(TopicState {
                policy: Some(policy("cloudtrail.amazonaws.com", "sns:Publish", TRAIL)),
                key: None,
            }),
            subscriptions: Ok(vec![subscription("sqs", QUEUE)]),
        },
        queues: QueueFacts {
            delivery: Ok(delivery),
            oldest: Ok(Some(Duration::seconds(2))),
            dead_letters: Ok(queue("dead")),
            undelivered: Ok(queue("undelivered")),
        },
        ledger: Ok(TableState { status: "ACTIVE".to_owned(), expires_by: Some("expires".to_owned()) }),
        rules: Ok(RuleFacts { source: "the set recommended".to_owned(), version: None, count: Ok(17) }),
        plan: Ok(Plan { unchanged: vec!["trailbell/root-usage".to_owned()], ..Plan::default() }),
        own_alarms: Ok(vec![alarm]),
        rule_alarms: Ok(Vec::new()),
        alert_subscriptions: Ok(vec![subscription("email", "security@example.com")]),
        health_subscriptions: Ok(vec![subscription("email", "platform@example.com")]),
        newest: Ok(vec![newest("us-east-1", Ok(Some(FileState::Done)))]),
    }
}

fn newest(region: &str, state: Look<Option<FileState>>) -> NewestFile {
    NewestFile {
        account: "111122223333".to_owned(),
        region: region.to_owned(),
        key: format!("logs/AWSLogs/111122223333/CloudTrail/{region}/x.json.gz"),
        delivered_at: NOW - Duration::minutes(30),
        state,
    }
}

/// The checks that are not `ok` or a note, with their verdicts.
fn found(facts: &Facts) -> Vec<(&'static str, Verdict)> {
    let lines = all(facts).into_iter().filter(|line| line.verdict >= Verdict::Unknown);
    lines.map(|line| (line.check, line.verdict)).collect()
}

#[test]
fn a_healthy_stack_has_nothing_to_do() {
    let facts = healthy();
    assert_eq!(found(&facts), []);
    let report = Report { lines: all(&facts), stack: facts.stack, now: NOW };
    assert!(report.is_running());
}

/// One fault, put into the facts of a healthy stack.
type Fault = fn(&mut Facts);

/// The files that the heartbeat waits for do not come any more.
fn lose_data(facts: &mut Facts) {
    change(&mut facts.own_alarms, |alarms| alarms.iter_mut().for_each(|alarm| alarm.has_lost_data = true));
}

#[test]
fn every_fault_is_named_and_says_what_to_do() {
    let faults: [(&str, Fault); 29] = [
        ("stack.status", |facts| facts.stack.status = "UPDATE_ROLLBACK_COMPLETE".to_owned()),
        ("trail.settings", |facts| {
            facts.trail.settings = Err(Unseen { is_absent: true, reason: String::new() })
        }),
        ("trail.regions", |facts| change(&mut facts.trail.settings, |trail| trail.is_multi_region = false)),
        ("trail.bucket", |facts| {
            change(&mut facts.trail.settings, |trail| trail.bucket = Some("other".to_owned()))
        }),
        ("trail.topic", |facts| change(&mut facts.trail.settings, |trail| trail.topic_arn = None)),
        ("trail.logging", |facts| change(&mut facts.trail.status, |status| status.is_logging = false)),
        ("trail.delivery", |facts| {
            change(&mut facts.trail.status, |status| {
                status.log_files.error = Some("AccessDenied".to_owned())
            });
        }),
        ("trail.notification", |facts| {
            change(&mut facts.trail.status, |status| {
                status.announcements.error = Some("NotFound".to_owned())
            });
        }),
        ("trail.digest", |facts| {
            change(&mut facts.trail.status, |status| status.digests.error = Some("NoSuchBucket".to_owned()));
        }),
        ("trail.selectors", |facts| facts.trail.selectors = Ok(Vec::new())),
        ("bucket.policy", |facts| facts.bucket_policy = Ok(None)),
        ("key.logFiles", |facts| {
            facts.log_key =
                Some(Ok(KeyState { unusable: Some("Disabled".to_owned()), policy: String::new() }));
        }),
        ("key.messages", |facts| {
            change(&mut facts.message_key, |key| key.policy = "{\"Statement\": []}".to_owned())
        }),
        ("topic.policy", |facts| change(&mut facts.topic.state, |topic| topic.policy = None)),
        ("topic.subscription", |facts| facts.topic.subscriptions = Ok(Vec::new())),
        ("queue.policy", |facts| change(&mut facts.queues.delivery, |queue| queue.policy = None)),
        ("queue.backlog", |facts| {
            facts.queues.oldest = Ok(Some(Duration::hours(2)));
            change(&mut facts.queues.delivery, |queue| queue.waiting = 9);
        }),
        ("queue.deadLetters", |facts| change(&mut facts.queues.dead_letters, |queue| queue.waiting = 1)),
        ("queue.undelivered", |facts| change(&mut facts.queues.undelivered, |queue| queue.waiting = 1)),
        ("ledger.table", |facts| change(&mut facts.ledger, |table| table.expires_by = None)),
        ("rules.source", |facts| change(&mut facts.rules, |rules| rules.count = Err("line 3".to_owned()))),
        ("files.evaluated", |facts| facts.newest = Ok(vec![newest("eu-west-1", Ok(None))])),
        ("files.evaluated", |facts| {
            facts.newest = Ok(vec![newest("eu-west-1", Ok(Some(FileState::Released { failure: None })))]);
        }),
        ("alarms.drift", |facts| {
            let conflict = Conflict { name: "trailbell/root-usage".to_owned(), owner: None };
            change(&mut facts.plan, |plan| plan.conflicts.push(conflict));
        }),
        ("alarms.health", |facts| {
            change(&mut facts.own_alarms, |alarms| {
                alarms.iter_mut().for_each(|alarm| alarm.state = "ALARM".to_owned())
            });
        }),
        ("alarms.health", lose_data),
        ("alerts.subscribers", |facts| facts.alert_subscriptions = Ok(Vec::new())),
        ("health.subscribers", |facts| facts.health_subscriptions = Ok(Vec::new())),
        ("alerts.subscribers", |facts| {
            change(&mut facts.alert_subscriptions, |all| {
                all.iter_mut().for_each(|one| one.is_confirmed = false)
            });
        }),
    ];
    for (check, fault) in faults {
        let mut facts = healthy();
        fault(&mut facts);
        let lines: Vec<Line> =
            all(&facts).into_iter().filter(|line| line.verdict == Verdict::Broken).collect();
        assert!(lines.iter().any(|line| line.check == check), "{check}: {lines:?}");
        assert!(lines.iter().all(|line| line.check == check), "{check}: {lines:?}");
        assert!(
            lines.iter().all(|line| line.cure.as_ref().is_some_and(|cure| !cure.is_empty())),
            "{lines:?}"
        );
    }
}

fn change<T>(look: &mut Look<T>, change: impl FnOnce(&mut T)) {
    look.as_mut().map(change).unwrap();
}

#[test]
fn what_may_not_be_seen_is_unknown() {
    let denied = || Unseen { is_absent: false, reason: "access denied".to_owned() };
    let mut facts = healthy();
    facts.trail.settings = Err(denied());
    facts.trail.status = Err(denied());
    facts.bucket_policy = Err(denied());
    facts.queues.delivery = Err(denied());
    facts.plan = Err(denied());
    let checks = found(&facts);
    assert!(checks.iter().all(|(_, verdict)| *verdict == Verdict::Unknown), "{checks:?}");
    for check in ["trail.settings", "trail.status", "bucket.policy", "queue.policy", "alarms.drift"] {
        assert!(checks.iter().any(|(name, _)| *name == check), "{check}: {checks:?}");
    }
}

#[test]
fn a_new_stack_is_not_broken_but_does_not_run_yet() {
    let mut facts = healthy();
    facts.newest = Ok(Vec::new());
    change(&mut facts.trail.status, |status| status.log_files = Delivery::default());
    assert_eq!(found(&facts), []);
    let report = Report { lines: all(&facts), stack: facts.stack, now: NOW };
    assert!(!report.is_running());
}

#[test]
fn the_report_is_text_and_json() {
    let mut facts = healthy();
    change(&mut facts.trail.status, |status| status.is_logging = false);
    facts.trail.insights = Err(Unseen { is_absent: false, reason: "denied\u{1b}[31m".to_owned() });
    let report = Report { lines: all(&facts), stack: facts.stack, now: NOW };
    let mut text = Vec::new();
    report.write_text(&mut text).unwrap();
    let text = anstream::adapter::strip_str(std::str::from_utf8(&text).unwrap()).to_string();
    assert!(text.contains("  BROKEN   is stopped: nothing is recorded"), "{text}");
    assert!(text.contains(&format!("-> aws cloudtrail start-logging --name {TRAIL}")), "{text}");
    assert!(text.contains("Stack trailbell: 1 broken, 1 unknown"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    let mut json = Vec::new();
    report.write_json(&mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((&json["verdict"], &json["stack"]["name"]), (&"broken".into(), &"trailbell".into()));
}
