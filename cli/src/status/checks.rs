//! What delivery needs, part by part, along the way of a log file. Nothing is asked here.

mod alarms;
mod delivery;
mod keys;
mod processing;
mod trail;

use time::{Duration, OffsetDateTime};

use super::facts::{Facts, Look, Unseen};
use super::policy::{Decision, ServiceCall, decide};
use super::report::Line;
use crate::moment::span_text;

/// All checks, in the order of the report.
pub(super) fn all(facts: &Facts) -> Vec<Line> {
    let mut lines = vec![stack(facts)];
    lines.extend(trail::checks(facts));
    lines.extend(delivery::checks(facts));
    lines.extend(keys::checks(facts));
    lines.extend(processing::checks(facts));
    lines.extend(alarms::checks(facts));
    lines
}

fn stack(facts: &Facts) -> Line {
    let stack = &facts.stack;
    let reason = stack.status_reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let text = format!("{}{reason}", stack.status);
    // A rollback that is complete has left a stack that works, but not the one that somebody wanted.
    if stack.status.contains("FAILED") || stack.status.contains("ROLLBACK") {
        let cure = format!("aws cloudformation describe-stack-events --stack-name {}", stack.name);
        return Line::broken("stack.status", text, cure);
    }
    if stack.status.ends_with("IN_PROGRESS") {
        Line::note("stack.status", text)
    } else {
        Line::ok("stack.status", text)
    }
}

/// The checks on something that was seen. What does not exist is broken, everything else that was not seen is unknown.
fn seen<T>(
    check: &'static str,
    look: &Look<T>,
    cure: impl FnOnce() -> String,
    checks: impl FnOnce(&T) -> Vec<Line>,
) -> Vec<Line> {
    match look {
        Ok(seen) => checks(seen),
        Err(unseen) => vec![unseen_line(check, unseen, cure)],
    }
}

fn unseen_line(check: &'static str, unseen: &Unseen, cure: impl FnOnce() -> String) -> Line {
    match unseen.is_absent {
        true => Line::broken(check, unseen.reason.clone(), cure()),
        false => Line::unknown(check, unseen.reason.clone()),
    }
}

/// Whether a policy allows a call that delivery needs. `what` completes "the policy of ...".
fn permission(
    check: &'static str,
    what: &str,
    policy: Option<&str>,
    call: &ServiceCall<'_>,
    cure: &str,
) -> Line {
    let ServiceCall { service, action, .. } = call;
    let Some(policy) = policy else {
        return Line::broken(
            check,
            format!("{what} has no policy, so nothing allows {action} for {service}"),
            cure,
        );
    };
    match decide(policy, call) {
        Ok(Decision::Allowed) => {
            Line::ok(check, format!("the policy of {what} allows {action} for {service}"))
        }
        Ok(Decision::NotAllowed) => Line::broken(
            check,
            format!("no statement in the policy of {what} allows {action} for {service}"),
            cure,
        ),
        Ok(Decision::Denied(sid)) => {
            let sid = sid.map(|sid| format!(" `{sid}`")).unwrap_or_default();
            Line::broken(
                check,
                format!("statement{sid} in the policy of {what} denies {action} for {service}"),
                cure,
            )
        }
        Ok(Decision::Open(key)) => Line::unknown(
            check,
            format!(
                "whether the policy of {what} allows {action} for {service} depends on `{key}`, which is not known here"
            ),
        ),
        Err(error) => Line::unknown(check, format!("the policy of {what} cannot be read: {error}")),
    }
}

/// How long ago a time is, such as `5 min`.
fn age(time: OffsetDateTime, now: OffsetDateTime) -> String {
    span_text((now - time).max(Duration::ZERO))
}

#[cfg(test)]
mod tests;
