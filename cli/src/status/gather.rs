//! Asks AWS about every part of a stack. What fails is kept as a reason; nothing ends the command.

use std::collections::BTreeMap;

use alarms::{AlarmSettings, AlarmStore as _, Owner, Ownership, Plan, Prefix, desired};
use aws::{
    Aws, FileState, LedgerReader, QueueState, QueueUrl, S3Uri, Stack, StackAlarm, StackReader, TopicArn,
};
use cloudtrail::{LogFileKey, ObjectKind, S3Object, classify_key};
use pipeline::{FetchedRules, RuleStore as _};
use rules::RuleSet;
use time::OffsetDateTime;

use super::facts::{Facts, Look, NewestFile, QueueFacts, RuleFacts, TopicFacts, TrailFacts, Unseen};
use crate::cloud::S3Bucket;
use crate::inputs::recent_keys;

/// The most bytes of a rule file, as for the functions.
const RULE_FILE_BYTES: usize = 16 * 1024 * 1024;
/// How far back the newest log file of an account and region is looked for. A region in which something happens has one
/// every few minutes.
const RECENT: time::Duration = time::Duration::hours(6);

/// Asks about everything. The calls run side by side.
pub(super) async fn gather(aws: &Aws, stack: Stack, now: OffsetDateTime) -> Facts {
    let reader = aws.stack_reader();
    let output = |name: &str| stack.outputs.get(name).map_or("", String::as_str);
    let topic = output("DeliveryTopicArn");
    let (trail, bucket_policy, log_key, message_key) = futures::join!(
        trail(&reader, output("TrailArn")),
        async { Ok(reader.bucket_policy(output("LogBucketName")).await?) },
        async {
            match output("LogKeyArn") {
                "" => None,
                arn => Some(reader.key(arn).await.map_err(Unseen::from)),
            }
        },
        async { Ok(reader.key(output("MessageKeyArn")).await?) },
    );
    let (topic_state, subscriptions, queues, ledger, alert_subscriptions, health_subscriptions) = futures::join!(
        async { Ok(reader.topic(topic).await?) },
        async { Ok(reader.subscriptions(topic).await?) },
        queues(&reader, &stack, now),
        async { Ok(reader.table(output("LedgerTableName")).await?) },
        async { Ok(reader.subscriptions(output("AlertTopicArn")).await?) },
        async { Ok(reader.subscriptions(output("HealthTopicArn")).await?) },
    );
    let (rules, own_alarms, rule_alarms, newest) = futures::join!(
        rules(aws, &stack),
        alarms(&reader, format!("{}-", stack.name)),
        alarms(&reader, format!("{}/", output("AlarmPrefix"))),
        newest_files(aws, &stack, now),
    );
    let plan = plan(aws, &stack, &rules).await;
    let rules = rules.map(|(facts, _)| facts);
    Facts {
        now,
        trail,
        bucket_policy,
        log_key,
        message_key,
        topic: TopicFacts { state: topic_state, subscriptions },
        queues,
        ledger,
        rules,
        plan,
        own_alarms,
        rule_alarms,
        alert_subscriptions,
        health_subscriptions,
        newest,
        stack,
    }
}

async fn trail(reader: &StackReader, arn: &str) -> TrailFacts {
    if arn.is_empty() {
        let unseen = Unseen { is_absent: true, reason: "the stack names no trail".to_owned() };
        return TrailFacts {
            arn: String::new(),
            settings: Err(unseen.clone()),
            status: Err(unseen.clone()),
            selectors: Err(unseen.clone()),
            insights: Err(unseen),
        };
    }
    let (settings, status, selectors, insights) = futures::join!(
        reader.trail(arn),
        reader.trail_status(arn),
        reader.selectors(arn),
        reader.insights(arn)
    );
    TrailFacts {
        arn: arn.to_owned(),
        settings: settings.map_err(Unseen::from),
        status: status.map_err(Unseen::from),
        selectors: selectors.map_err(Unseen::from),
        insights: insights.map_err(Unseen::from),
    }
}

async fn queues(reader: &StackReader, stack: &Stack, now: OffsetDateTime) -> QueueFacts {
    let url = |name: &str| stack.outputs.get(name).map_or("", String::as_str);
    let (delivery, dead_letters, undelivered, oldest) = futures::join!(
        queue(reader, url("DeliveryQueueUrl")),
        queue(reader, url("DeadLetterQueueUrl")),
        queue(reader, url("SubscriptionDeadLetterQueueUrl")),
        async {
            let name = url("DeliveryQueueUrl").rsplit('/').next().unwrap_or_default();
            Ok(reader.oldest_message(name, now).await?)
        },
    );
    QueueFacts { delivery, oldest, dead_letters, undelivered }
}

async fn queue(reader: &StackReader, url: &str) -> Look<QueueState> {
    let url = QueueUrl::parse(url).map_err(|error| Unseen::because(&error))?;
    Ok(reader.queue(&url).await?)
}

async fn alarms(reader: &StackReader, prefix: String) -> Look<Vec<StackAlarm>> {
    Ok(reader.alarms(&prefix).await?)
}

/// The rules that the functions use now: their number, and the rules themselves if they are usable.
async fn rules(aws: &Aws, stack: &Stack) -> Look<(RuleFacts, Option<RuleSet>)> {
    let parameter = |name: &str| stack.parameters.get(name).map_or("", String::as_str);
    let (bucket, key) = (parameter("RulesBucket"), parameter("RulesKey"));
    if bucket.is_empty() {
        let set = parameter("RuleSet");
        let text = format!("version: 1\nextends: [{set}]\n");
        return Ok(read(format!("the set {set}"), None, "RuleSet", &text));
    }
    let uri = S3Uri::parse(&format!("s3://{bucket}/{key}")).map_err(|error| Unseen::because(&error))?;
    let source = uri.to_string();
    match aws.rule_store(uri).fetch(None, RULE_FILE_BYTES).await {
        Ok(FetchedRules::Document { version, bytes }) => match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(read(source.clone(), version, &source, text)),
            Err(_) => Ok((unusable(source, version, "it is not UTF-8"), None)),
        },
        Ok(FetchedRules::TooLarge { version }) => Ok((unusable(source, version, "it is too large"), None)),
        Ok(FetchedRules::Unchanged) => Ok((unusable(source, None, "S3 returned no document"), None)),
        Err(error) => Err(Unseen::because(&error)),
    }
}

fn read(source: String, version: Option<String>, name: &str, text: &str) -> (RuleFacts, Option<RuleSet>) {
    match RuleSet::parse_without_tests(name, text) {
        Ok((rules, _)) => {
            let facts = RuleFacts { source, version, count: Ok(rules.rules().len()) };
            (facts, Some(rules))
        }
        Err(diagnostics) => (unusable(source, version, &diagnostics.to_string()), None),
    }
}

fn unusable(source: String, version: Option<String>, reason: &str) -> RuleFacts {
    RuleFacts { source, version, count: Err(reason.to_owned()) }
}

/// What the alarm reconciler of the stack would change now.
async fn plan(aws: &Aws, stack: &Stack, rules: &Look<(RuleFacts, Option<RuleSet>)>) -> Look<Plan> {
    let rules = match rules {
        Ok((_, Some(rules))) => rules,
        Ok((RuleFacts { source, .. }, None)) => {
            return Err(Unseen { is_absent: false, reason: format!("{source} cannot be used") });
        }
        Err(unseen) => return Err(unseen.clone()),
    };
    let output = |name: &str| stack.outputs.get(name).map_or("", String::as_str);
    let topic = |name: &str| TopicArn::parse(output(name)).map_err(|error| Unseen::because(&error));
    let (alarm_topic, alert_topic) = (topic("RuleAlarmTopicArn")?, topic("AlertTopicArn")?);
    let settings = AlarmSettings {
        ownership: Ownership {
            prefix: Prefix::new(output("AlarmPrefix")).map_err(|error| Unseen::because(&error))?,
            owner: Owner::new(&stack.id).map_err(|error| Unseen::because(&error))?,
        },
        alarm_actions: vec![alarm_topic.as_str().to_owned()],
        sole_alarm_actions: vec![alert_topic.as_str().to_owned()],
        ok_actions: Vec::new(),
        severity_alarms: stack.parameters.get("SeverityAlarms").is_some_and(|value| value == "true"),
    };
    let wanted = desired(rules.rules(), &settings).map_err(|error| Unseen::because(&error))?;
    let store = aws.alarm_store();
    let prefix = format!("{}/", settings.ownership.prefix);
    let existing = store.describe(&prefix, &[]).await.map_err(|error| Unseen::because(&error))?;
    Ok(Plan::new(&wanted, &existing, &settings.ownership))
}

/// The newest log file of each account and region, with what the ledger says about it.
async fn newest_files(aws: &Aws, stack: &Stack, now: OffsetDateTime) -> Look<Vec<NewestFile>> {
    let output = |name: &str| stack.outputs.get(name).map_or("", String::as_str);
    let prefix = stack.parameters.get("LogFilePrefix").map_or("", String::as_str);
    let root = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let bucket = S3Bucket { listing: aws.listing(), name: output("LogBucketName").to_owned() };
    let keys = recent_keys(&bucket, &root, now - RECENT).await?;
    let newest: Vec<(S3Object, LogFileKey)> =
        newest_by_region(keys).into_iter().map(|(key, file)| (object(&bucket.name, key), file)).collect();
    let objects: Vec<S3Object> = newest.iter().map(|(object, _)| object.clone()).collect();
    let states = states(&aws.ledger_reader(output("LedgerTableName").to_owned(), None), &objects, now).await;
    let files = newest.into_iter().enumerate().filter_map(|(index, (object, file))| {
        Some(NewestFile {
            delivered_at: OffsetDateTime::from_unix_timestamp(file.delivered_at?).ok()?,
            account: file.account,
            region: file.region,
            key: object.key,
            state: match &states {
                Ok(states) => Ok(states.get(index).cloned().flatten()),
                Err(unseen) => Err(unseen.clone()),
            },
        })
    });
    Ok(files.collect())
}

/// The newest of the log files of each account and region. Files of Insights and network activity are not looked for, since
/// weeks may pass without one.
fn newest_by_region(keys: Vec<String>) -> Vec<(String, LogFileKey)> {
    let mut newest: BTreeMap<(String, String), (String, LogFileKey)> = BTreeMap::new();
    for key in keys {
        let ObjectKind::LogFile(file) = classify_key(&key) else { continue };
        let found = newest.entry((file.account.clone(), file.region.clone()));
        let found = found.or_insert_with(|| (key.clone(), file.clone()));
        if (file.delivered_at, &key) > (found.1.delivered_at, &found.0) {
            *found = (key, file);
        }
    }
    newest.into_values().collect()
}

async fn states(
    ledger: &LedgerReader,
    objects: &[S3Object],
    now: OffsetDateTime,
) -> Look<Vec<Option<FileState>>> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let entries = ledger.entries(objects, now).await?;
    Ok(entries.into_iter().map(|entry| Some(entry?.state)).collect())
}

fn object(bucket: &str, key: String) -> S3Object {
    S3Object { bucket: bucket.to_owned(), key, size: None, version_id: None, region: None }
}
