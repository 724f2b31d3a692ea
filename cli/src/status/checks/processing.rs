//! From the queue to the ledger: messages that wait or failed, the rules, and whether new log files are evaluated.

use aws::{FileState, QueueState};
use time::Duration;

use super::{age, seen};
use crate::moment::span_text;
use crate::status::facts::{Facts, NewestFile, RuleFacts};
use crate::status::report::Line;

/// How old the oldest message may be. A message is usually gone within seconds.
const LATE: Duration = Duration::minutes(15);
/// How long a log file may wait for its evaluation before it counts as missed.
const EVALUATED_WITHIN: Duration = Duration::minutes(15);
/// The most files that are named in one line.
const NAMED: usize = 5;

pub(super) fn checks(facts: &Facts) -> Vec<Line> {
    let missing = || "deploy the stack again; nothing can be processed without it".to_owned();
    let queues = &facts.queues;
    let mut lines = seen("queue.backlog", &queues.delivery, missing, |queue| vec![backlog(facts, queue)]);
    lines.extend(seen("queue.deadLetters", &queues.dead_letters, missing, |queue| {
        vec![dead_letters(facts, queue)]
    }));
    lines.extend(seen("queue.undelivered", &queues.undelivered, missing, |queue| {
        vec![undelivered(facts, queue)]
    }));
    lines.extend(seen("ledger.table", &facts.ledger, missing, |table| {
        vec![match (table.status.as_str(), &table.expires_by) {
            ("ACTIVE" | "UPDATING", Some(_)) => {
                Line::ok("ledger.table", "the ledger is there, and its items expire")
            }
            ("ACTIVE" | "UPDATING", None) => {
                let cure = "deploy the stack again; it sets TTL by the attribute `expires`";
                Line::broken("ledger.table", "the ledger's items do not expire, so it grows for ever", cure)
            }
            (status, _) => Line::broken(
                "ledger.table",
                format!("the ledger is {status}"),
                "wait, or deploy the stack again",
            ),
        }]
    }));
    let rule_file = || "upload the rule file again, or update the stack with another RulesKey".to_owned();
    lines.extend(seen("rules.source", &facts.rules, rule_file, |rules| vec![rules_line(rules)]));
    lines.extend(seen("files.evaluated", &facts.newest, missing, |files| evaluated(facts, files)));
    lines
}

fn backlog(facts: &Facts, queue: &QueueState) -> Line {
    let oldest = facts.queues.oldest.as_ref().ok().copied().flatten();
    let age = oldest.map(|age| format!(", the oldest for {}", span_text(age))).unwrap_or_default();
    let text = format!("{} messages wait and {} are being processed{age}", queue.waiting, queue.in_flight);
    if oldest.is_some_and(|age| age > LATE) && queue.waiting + queue.in_flight > 0 {
        let cure = format!(
            "aws logs tail {} --since 1h",
            facts.stack.outputs.get("LogProcessorLogGroupName").map_or("", String::as_str)
        );
        return Line::broken("queue.backlog", text, cure);
    }
    Line::ok("queue.backlog", text)
}

fn dead_letters(facts: &Facts, queue: &QueueState) -> Line {
    let count = queue.waiting + queue.in_flight;
    if count == 0 {
        return Line::ok("queue.deadLetters", "no message failed for good");
    }
    let output = |name: &str| facts.stack.outputs.get(name).map_or("", String::as_str);
    let cure = format!(
        "trailbell dlq list --queue-url {} --table {}",
        output("DeadLetterQueueUrl"),
        output("LedgerTableName")
    );
    Line::broken("queue.deadLetters", format!("{count} messages failed for good"), cure)
}

fn undelivered(facts: &Facts, queue: &QueueState) -> Line {
    let count = queue.waiting + queue.in_flight;
    if count == 0 {
        return Line::ok("queue.undelivered", "SNS could deliver every announcement to the queue");
    }
    let url = facts.stack.outputs.get("SubscriptionDeadLetterQueueUrl").map_or("", String::as_str);
    let cure = format!(
        "correct the policy of the queue or the key of messages, then: trailbell dlq list --queue-url {url}"
    );
    Line::broken(
        "queue.undelivered",
        format!("SNS could not deliver {count} announcements to the queue"),
        cure,
    )
}

fn rules_line(rules: &RuleFacts) -> Line {
    let version = rules.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
    match &rules.count {
        Ok(count) => Line::ok("rules.source", format!("{count} rules from {}{version}", rules.source)),
        Err(reason) => {
            let text = format!(
                "{}{version} cannot be used; the functions go on with the last good version: {reason}",
                rules.source
            );
            Line::broken(
                "rules.source",
                text,
                "correct the file, check it with `trailbell rules check FILE`, and upload it",
            )
        }
    }
}

/// Whether the newest log file of each account and region was evaluated.
fn evaluated(facts: &Facts, files: &[NewestFile]) -> Vec<Line> {
    if files.is_empty() {
        let text = "no log file in the last six hours, so none was evaluated";
        return vec![Line::note("files.evaluated", text)];
    }
    let mut done = 0_usize;
    let mut lines = Vec::new();
    let mut missed: Vec<&NewestFile> = Vec::new();
    for file in files {
        let place = format!("account {}, {}", file.account, file.region);
        match &file.state {
            Ok(Some(FileState::Done)) => done += 1,
            Ok(Some(FileState::Released { failure })) => {
                let code = failure.as_deref().unwrap_or("unknown");
                let text = format!("{place}: the newest log file failed (`{code}`): {}", file.key);
                lines.push(Line::broken(
                    "files.evaluated",
                    text,
                    "it comes back from the queue by itself; if it does not, see the dead letters",
                ));
            }
            Ok(_) if facts.now - file.delivered_at > EVALUATED_WITHIN => missed.push(file),
            Ok(_) => lines.push(Line::note(
                "files.evaluated",
                format!(
                    "{place}: the newest log file, {} old, is not evaluated yet",
                    age(file.delivered_at, facts.now)
                ),
            )),
            Err(unseen) => {
                lines.push(Line::unknown("files.evaluated", unseen.reason.clone()));
                break;
            }
        }
    }
    if !missed.is_empty() {
        lines.push(missed_line(facts, &missed));
    }
    if done > 0 {
        let text =
            format!("the newest log file is evaluated in {done} of {} accounts and regions", files.len());
        lines.insert(0, Line::ok("files.evaluated", text));
    }
    lines
}

fn missed_line(facts: &Facts, missed: &[&NewestFile]) -> Line {
    let places = missed.iter().take(NAMED).map(|file| format!("account {}, {}", file.account, file.region));
    let mut places: Vec<String> = places.collect();
    if missed.len() > NAMED {
        places.push(format!("{} more", missed.len() - NAMED));
    }
    let output = |name: &str| facts.stack.outputs.get(name).map_or("", String::as_str);
    let cure = format!(
        "trailbell backfill s3://{} --queue-url {} --table {} --from 6h --dry-run",
        output("LogBucketName"),
        output("DeliveryQueueUrl"),
        output("LedgerTableName")
    );
    let text = format!("the newest log file was never evaluated: {}", places.join("; "));
    Line::broken("files.evaluated", text, cure)
}
