//! The alarms: whether they are as the rules ask, which of them ring, and whether anybody hears them.

use alarms::Plan;
use aws::{StackAlarm, Subscription};

use super::{age, seen};
use crate::status::facts::Facts;
use crate::status::report::Line;

/// The most alarms that are named in one line.
const NAMED: usize = 5;

pub(super) fn checks(facts: &Facts) -> Vec<Line> {
    let redeploy = || "deploy the stack again".to_owned();
    let mut lines = seen("alarms.drift", &facts.plan, redeploy, |plan| vec![drift(facts, plan)]);
    lines.extend(seen("alarms.health", &facts.own_alarms, redeploy, |alarms| health(facts, alarms)));
    lines.extend(seen("alarms.rules", &facts.rule_alarms, redeploy, |alarms| vec![ringing(alarms)]));
    let output = |name: &str| facts.stack.outputs.get(name).map_or("", String::as_str);
    let alerts = Heard { check: "alerts.subscribers", what: "alerts", topic: output("AlertTopicArn") };
    let health = Heard {
        check: "health.subscribers",
        what: "Trailbell's own alarms",
        topic: output("HealthTopicArn"),
    };
    lines.extend(seen(alerts.check, &facts.alert_subscriptions, redeploy, |all| alerts.subscribers(all)));
    if health.topic != alerts.topic {
        lines
            .extend(seen(health.check, &facts.health_subscriptions, redeploy, |all| health.subscribers(all)));
    }
    lines
}

fn drift(facts: &Facts, plan: &Plan) -> Line {
    let changes =
        [("missing", plan.create.len()), ("changed", plan.update.len()), ("superfluous", plan.delete.len())];
    let changes = changes.into_iter().filter(|(_, count)| *count > 0);
    let mut differences: Vec<String> = changes.map(|(what, count)| format!("{count} {what}")).collect();
    if !plan.conflicts.is_empty() {
        let names = plan.conflicts.iter().map(|conflict| conflict.name.as_str());
        differences.push(format!(
            "with names that alarms of somebody else have: {}",
            named(names, plan.conflicts.len())
        ));
    }
    if differences.is_empty() {
        return Line::ok("alarms.drift", format!("all {} alarms are as the rules ask", plan.unchanged.len()));
    }
    let names = plan.create.iter().chain(plan.update.iter().map(|update| &update.alarm));
    let count = plan.create.len() + plan.update.len();
    let names = named(names.map(|alarm| alarm.name.as_str()), count);
    let names = if names.is_empty() { names } else { format!(" ({names})") };
    let function = facts.stack.outputs.get("AlarmReconcilerName").map_or("", String::as_str);
    Line::broken(
        "alarms.drift",
        format!("alarms differ from what the rules ask: {}{names}", differences.join(", ")),
        format!(
            "the alarm reconciler puts them right at its next look; at once: aws lambda invoke --function-name {function} /dev/stdout"
        ),
    )
}

fn named<'n>(names: impl Iterator<Item = &'n str>, count: usize) -> String {
    let mut named: Vec<&str> = names.take(NAMED).collect();
    let more = format!("{} more", count.saturating_sub(NAMED));
    if count > NAMED {
        named.push(&more);
    }
    named.join(", ")
}

/// The alarms about Trailbell itself: each that rings says what is wrong in its description.
fn health(facts: &Facts, alarms: &[StackAlarm]) -> Vec<Line> {
    if alarms.is_empty() {
        let text = "none of the stack's alarms about Trailbell itself exists, so nobody learns when it fails";
        return vec![Line::broken("alarms.health", text, "deploy the stack again")];
    }
    let mut lines: Vec<Line> =
        alarms.iter().filter(|alarm| alarm.rings()).map(|alarm| rings(facts, alarm)).collect();
    let silent = alarms.iter().filter(|alarm| !alarm.has_actions);
    lines.extend(silent.map(|alarm| {
        let cure = format!("aws cloudwatch enable-alarm-actions --alarm-names {}", alarm.name);
        Line::broken("alarms.health", format!("{} tells nobody: its actions are off", alarm.name), cure)
    }));
    if lines.is_empty() {
        lines.push(Line::ok(
            "alarms.health",
            format!("none of {} alarms about Trailbell itself rings", alarms.len()),
        ));
    }
    lines
}

fn rings(facts: &Facts, alarm: &StackAlarm) -> Line {
    let since = alarm.since.map(|since| format!(" for {}", age(since, facts.now))).unwrap_or_default();
    let text = format!("{} rings{since}", alarm.name);
    Line::broken("alarms.health", text, alarm.description.clone())
}

/// The alarms of the rules. One that rings is what they are for.
fn ringing(alarms: &[StackAlarm]) -> Line {
    let ringing: Vec<&str> =
        alarms.iter().filter(|alarm| alarm.rings()).map(|alarm| alarm.name.as_str()).collect();
    match ringing.len() {
        0 => Line::ok("alarms.rules", format!("none of {} alarms of the rules rings", alarms.len())),
        count => {
            let names = named(ringing.iter().copied(), count);
            Line::note(
                "alarms.rules",
                format!("{count} of {} alarms of the rules ring: {names}", alarms.len()),
            )
        }
    }
}

/// A topic that somebody has to hear.
struct Heard<'f> {
    check: &'static str,
    what: &'static str,
    topic: &'f str,
}

impl Heard<'_> {
    fn subscribers(&self, subscriptions: &[Subscription]) -> Vec<Line> {
        let &Self { check, what, topic } = self;
        let (confirmed, pending): (Vec<_>, Vec<_>) =
            subscriptions.iter().partition(|subscription| subscription.is_confirmed);
        let mut lines: Vec<Line> = pending
        .iter()
        .map(|subscription| {
            let Subscription { protocol, endpoint, .. } = subscription;
            let cure = format!(
                "open the message \"AWS Notification - Subscription Confirmation\" and confirm; for another one: aws sns subscribe \
                 --topic-arn {topic} --protocol {protocol} --notification-endpoint {endpoint}"
            );
            Line::broken(check, format!("nobody has confirmed the subscription {protocol} {endpoint}"), cure)
        })
        .collect();
        match (confirmed.len(), pending.is_empty()) {
            (0, true) => {
                let cure = format!(
                    "aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS"
                );
                lines.push(Line::broken(check, format!("nobody has subscribed to {what}"), cure));
            }
            (0, false) => {}
            (count, _) => lines.push(Line::ok(check, format!("{count} confirmed subscriptions to {what}"))),
        }
        lines
    }
}
