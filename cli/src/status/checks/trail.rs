//! The trail: whether it records, what, and whether its deliveries succeed.

use aws::{Delivery, Selector, SelectorField, Trail, TrailStatus};
use time::{Duration, OffsetDateTime};

use super::{age, seen};
use crate::status::facts::Facts;
use crate::status::report::Line;

/// How late a log file may be in a region where something happens. CloudTrail delivers within about 5 minutes on average.
const LATE: Duration = Duration::hours(1);
/// How late a digest may be. CloudTrail delivers one an hour.
const LATE_DIGEST: Duration = Duration::hours(3);

pub(super) fn checks(facts: &Facts) -> Vec<Line> {
    let arn = &facts.trail.arn;
    let missing =
        || format!("deploy the stack again, or set ExistingTrailArn to a trail that exists; now it is {arn}");
    let mut lines = seen("trail.settings", &facts.trail.settings, missing, |trail| settings(facts, trail));
    lines.extend(seen("trail.status", &facts.trail.status, missing, |status| {
        let validates = facts.trail.settings.as_ref().is_ok_and(|trail| trail.validates_log_files);
        deliveries(arn, status, validates, facts.now)
    }));
    lines.extend(seen("trail.selectors", &facts.trail.selectors, missing, |selectors| {
        recorded(arn, selectors)
    }));
    lines.extend(seen("trail.insights", &facts.trail.insights, missing, |kinds| vec![insights(kinds)]));
    lines
}

fn settings(facts: &Facts, trail: &Trail) -> Vec<Line> {
    let arn = &facts.trail.arn;
    let output = |name: &str| facts.stack.outputs.get(name).map(String::as_str);
    let home = trail.home_region.as_deref().unwrap_or("an unknown region");
    let scope = if trail.is_organization { "all accounts of the organization" } else { "one account" };
    let mut lines = Vec::new();
    if trail.is_multi_region {
        lines.push(Line::ok(
            "trail.regions",
            format!("records all regions of {scope}; its home region is {home}"),
        ));
    } else if facts.stack.parameters.get("MultiRegionTrail").is_some_and(|value| value == "false") {
        lines.push(Line::note("trail.regions", format!("records {home} only, as MultiRegionTrail says")));
    } else {
        let cure =
            format!("aws cloudtrail update-trail --region {home} --name {arn} --is-multi-region-trail");
        lines.push(Line::broken("trail.regions", format!("records {home} only"), cure));
    }
    lines.push(target(
        "trail.bucket",
        arn,
        "writes to the bucket",
        trail.bucket.as_deref(),
        output("LogBucketName"),
        "--s3-bucket-name",
    ));
    lines.push(target(
        "trail.topic",
        arn,
        "announces log files on",
        trail.topic_arn.as_deref(),
        output("DeliveryTopicArn"),
        "--sns-topic-name",
    ));
    if trail.validates_log_files {
        lines.push(Line::ok(
            "trail.validation",
            "writes digest files, so `trailbell verify` can prove that nothing is missing",
        ));
    } else {
        let text = "writes no digest files, so nothing can prove that no log file was changed or deleted";
        lines.push(Line::note("trail.validation", text));
    }
    lines
}

/// Whether the trail delivers to what belongs to the stack.
fn target(
    check: &'static str,
    arn: &str,
    does: &str,
    actual: Option<&str>,
    wanted: Option<&str>,
    option: &str,
) -> Line {
    match (actual, wanted) {
        (Some(actual), Some(wanted)) if actual == wanted => Line::ok(check, format!("{does} {actual}")),
        (_, None) => Line::unknown(check, "the stack does not say where the trail should deliver to"),
        (actual, Some(wanted)) => Line::broken(
            check,
            format!("{does} {}, not {wanted}", actual.unwrap_or("nothing")),
            format!("aws cloudtrail update-trail --name {arn} {option} {wanted}"),
        ),
    }
}

fn deliveries(arn: &str, status: &TrailStatus, validates: bool, now: OffsetDateTime) -> Vec<Line> {
    let mut lines = Vec::new();
    if status.is_logging {
        lines.push(Line::ok("trail.logging", "is logging"));
    } else {
        let since = status.stopped_at.map(|time| format!(" since {}", age(time, now))).unwrap_or_default();
        let text = format!("is stopped{since}: nothing is recorded");
        lines.push(Line::broken("trail.logging", text, format!("aws cloudtrail start-logging --name {arn}")));
    }
    let bucket = "see the lines about the bucket and the key of log files";
    let topic = "see the lines about the topic and the key of messages";
    lines.push(delivery("trail.delivery", "log file", &status.log_files, LATE, bucket, now));
    lines.push(delivery("trail.notification", "announcement", &status.announcements, LATE, topic, now));
    if validates {
        lines.push(delivery("trail.digest", "digest file", &status.digests, LATE_DIGEST, bucket, now));
    }
    lines
}

fn delivery(
    check: &'static str,
    what: &str,
    delivery: &Delivery,
    late: Duration,
    cure: &str,
    now: OffsetDateTime,
) -> Line {
    let last = match delivery.latest {
        Some(latest) => format!("last {what} {} ago", age(latest, now)),
        None => format!("no {what} yet"),
    };
    match (&delivery.error, delivery.latest) {
        (Some(error), _) => {
            Line::broken(check, format!("{last}; the last attempt failed: {}", in_words(error)), cure)
        }
        (None, Some(latest)) if now - latest <= late => Line::ok(check, last),
        (None, Some(_)) => {
            Line::note(check, format!("{last}; this is normal only if nothing happened in the account"))
        }
        (None, None) => Line::note(
            check,
            format!(
                "{last}; the first one comes 5 to 15 minutes after the trail is made, a digest within an hour"
            ),
        ),
    }
}

/// An error code of a delivery, with what it means.
fn in_words(code: &str) -> String {
    let meaning = match code {
        "AccessDenied" | "AuthorizationError" => "CloudTrail is not allowed to",
        "NoSuchBucket" => "the bucket does not exist",
        "NotFound" => "the topic does not exist",
        "KMS.DisabledException" | "KMSDisabled" => "the key is disabled",
        "KMS.NotFoundException" => "the key does not exist",
        "InvalidBucketName" => "the bucket's name is invalid",
        _ => return format!("`{code}`"),
    };
    format!("{meaning} (`{code}`)")
}

fn recorded(arn: &str, selectors: &[Selector]) -> Vec<Line> {
    if selectors.is_empty() {
        let text = "no event selector: nothing is recorded";
        let cure = format!("aws cloudtrail get-event-selectors --trail-name {arn}");
        return vec![Line::broken("trail.selectors", text, cure)];
    }
    let (management, others): (Vec<_>, Vec<_>) =
        selectors.iter().partition(|selector| is_management(selector));
    let mut lines = Vec::new();
    if management.is_empty() {
        let text = "management events are not recorded, so most rules find nothing";
        lines.push(Line::note("trail.selectors", text));
    }
    lines.extend(
        management.into_iter().chain(others).map(|selector| Line::ok("trail.selectors", in_full(selector))),
    );
    lines
}

fn is_management(selector: &Selector) -> bool {
    let is_category = |field: &SelectorField| field.field == "eventCategory";
    selector
        .fields
        .iter()
        .any(|field| is_category(field) && field.values.iter().any(|value| value == "Management"))
}

/// A selector in words, such as `records Management events where readOnly is false`.
fn in_full(selector: &Selector) -> String {
    let (categories, others): (Vec<_>, Vec<_>) =
        selector.fields.iter().partition(|field| field.field == "eventCategory");
    let category = categories.first().and_then(|field| field.values.first()).map_or("all", String::as_str);
    let limits: Vec<String> = others.into_iter().map(condition).collect();
    match limits.as_slice() {
        [] => format!("records {category} events"),
        limits => format!("records {category} events where {}", limits.join(" and ")),
    }
}

fn condition(field: &SelectorField) -> String {
    let operator = match field.operator {
        "Equals" => "is",
        "NotEquals" => "is not",
        "StartsWith" => "starts with",
        "NotStartsWith" => "does not start with",
        "EndsWith" => "ends with",
        "NotEndsWith" => "does not end with",
        other => other,
    };
    format!("{} {operator} {}", field.field, field.values.join(" or "))
}

fn insights(kinds: &[String]) -> Line {
    match kinds {
        [] => Line::note("trail.insights", "Insights are off"),
        kinds => Line::ok("trail.insights", format!("Insights are on: {}", kinds.join(", "))),
    }
}
