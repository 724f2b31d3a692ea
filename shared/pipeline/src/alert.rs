//! Alerts: one for each group of findings, saying who did what, when, where and from where.
//!
//! Every text in a record may come from an attacker; it is cleaned and cut here, once, before anything renders it.
//! Where an alert goes is the [`crate::AlertSink`]'s business.

pub mod render;

use std::collections::BTreeSet;

use cloudtrail::S3Object;
use rules::{Rule, Severity};
use serde::Serialize;
use serde_json::Value;

use crate::evaluate::{GroupKey, SAMPLES_PER_GROUP};
use crate::text::clean;

/// Log files that an alert names; the others are only counted.
pub const LOG_FILES_PER_ALERT: usize = 10;
/// Longest text taken from a record, in characters.
const FIELD_CHARS: usize = 512;
/// Version of the JSON form of [`Alert`].
const ALERT_VERSION: u32 = 1;

/// What is published for one group of findings. Serialised as it is for machines.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Version of this form.
    pub version: u32,
    /// Id of the rule.
    pub rule_id: String,
    /// Title of the rule.
    pub title: String,
    /// Description of the rule.
    pub description: String,
    /// What to do, as the rule says; may be empty.
    pub response: String,
    /// Who makes the rule match without harm, as the rule says; may be empty.
    pub known_noise: String,
    /// Severity of the rule.
    pub severity: &'static str,
    /// References of the rule.
    pub references: Vec<String>,
    /// What the findings have in common; empty for findings beyond the limit of groups.
    pub group: Vec<GroupValue>,
    /// Whether this alert stands for all groups beyond the limit.
    pub overflow: bool,
    /// Findings in the group.
    pub count: u64,
    /// `eventTime` of the earliest finding, RFC 3339 in UTC.
    pub first_event_time: Option<String>,
    /// `eventTime` of the latest finding, RFC 3339 in UTC.
    pub last_event_time: Option<String>,
    /// The first few findings.
    pub events: Vec<EventSummary>,
    /// The first few log files, as `s3://bucket/key`.
    pub log_files: Vec<String>,
    /// How many log files the findings come from.
    pub log_file_count: usize,
}

/// One selector of `groupBy` with its value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupValue {
    /// The selector.
    pub selector: String,
    /// Its value; `None` where the records lack it.
    pub value: Option<String>,
}

/// What an alert says about one record. All texts are cleaned.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventSummary {
    /// `eventID`.
    pub event_id: Option<String>,
    /// `eventTime`, as written.
    pub event_time: Option<String>,
    /// `eventName`.
    pub event_name: Option<String>,
    /// `eventSource`.
    pub event_source: Option<String>,
    /// `awsRegion`.
    pub region: Option<String>,
    /// `recipientAccountId`, or the account of the identity.
    pub account: Option<String>,
    /// Who, for a person to read.
    pub principal: String,
    /// `userIdentity.arn`.
    pub principal_arn: Option<String>,
    /// `sourceIPAddress`: an address, a service's name or `AWS Internal`.
    pub source_ip_address: Option<String>,
    /// `userAgent`.
    pub user_agent: Option<String>,
    /// `errorCode`.
    pub error_code: Option<String>,
    /// `errorMessage`.
    pub error_message: Option<String>,
    /// The event in the CloudTrail console.
    pub console_url: Option<String>,
}

impl EventSummary {
    /// Reads a record.
    pub fn of(record: &Value) -> Self {
        let field = |name: &str| text_at(record, &[name]);
        let event_id = field("eventID");
        let region = field("awsRegion");
        Self {
            console_url: console_url(region.as_deref(), event_id.as_deref()),
            event_id,
            event_time: field("eventTime"),
            event_name: field("eventName").or_else(|| text_at(record, &["insightDetails", "eventName"])),
            event_source: field("eventSource")
                .or_else(|| text_at(record, &["insightDetails", "eventSource"])),
            account: field("recipientAccountId")
                .or_else(|| text_at(record, &["userIdentity", "accountId"]))
                .or_else(|| {
                    text_at(record, &["userIdentity", "sessionContext", "sessionIssuer", "accountId"])
                }),
            region,
            principal: principal(record),
            principal_arn: text_at(record, &["userIdentity", "arn"]),
            source_ip_address: field("sourceIPAddress"),
            user_agent: field("userAgent"),
            error_code: field("errorCode"),
            error_message: field("errorMessage"),
        }
    }
}

fn text_at(record: &Value, path: &[&str]) -> Option<String> {
    let mut value = record;
    for name in path {
        value = value.get(name)?;
    }
    match value {
        Value::String(text) => Some(clean(text, FIELD_CHARS)),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Who did it, in words.
fn principal(record: &Value) -> String {
    let identity = |path: &[&str]| {
        let mut full = vec!["userIdentity"];
        full.extend_from_slice(path);
        text_at(record, &full)
    };
    let name = identity(&["userName"]);
    let arn = identity(&["arn"]);
    let issuer = identity(&["sessionContext", "sessionIssuer", "userName"]);
    let session = arn.as_deref().and_then(|arn| arn.rsplit_once('/')).map(|(_, session)| session.to_owned());
    let account = identity(&["accountId"]);
    let who = match identity(&["type"]).as_deref() {
        Some("Root") => {
            account.map_or_else(|| "root user".to_owned(), |account| format!("root user of {account}"))
        }
        Some("IAMUser") => format!("IAM user {}", name.or(arn).unwrap_or_else(unnamed)),
        Some("AssumedRole") => match (issuer, session) {
            (Some(role), Some(session)) => format!("role {role}, session {session}"),
            (Some(role), None) => format!("role {role}"),
            (None, _) => format!("role session {}", arn.unwrap_or_else(unnamed)),
        },
        Some("AWSService") => {
            format!("AWS service {}", identity(&["invokedBy"]).unwrap_or_else(unnamed))
        }
        Some("AWSAccount") => format!("AWS account {}", account.unwrap_or_else(unnamed)),
        Some(kind) => {
            let id = name
                .or(arn)
                .or_else(|| identity(&["principalId"]))
                .or_else(|| identity(&["onBehalfOf", "userId"]));
            format!("{kind} {}", id.unwrap_or_else(unnamed))
        }
        None => name.or(arn).unwrap_or_else(|| "unknown principal".to_owned()),
    };
    match identity(&["invokedBy"]) {
        Some(service) if !who.ends_with(&service) => format!("{who} (through {service})"),
        Some(_) | None => who,
    }
}

fn unnamed() -> String {
    "without a name".to_owned()
}

/// The event in the console of its partition. Both parts are checked, because a link is an instruction to a reader.
fn console_url(region: Option<&str>, event_id: Option<&str>) -> Option<String> {
    let region = region?;
    let event_id = event_id?;
    let plain = |text: &str| {
        !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if !plain(region) || !plain(event_id) {
        return None;
    }
    let domain = console_domain(region)?;
    Some(format!("https://{region}.{domain}/cloudtrailv2/home?region={region}#/events/{event_id}"))
}

/// Where the console of a region's partition is. Some partitions have theirs at addresses that are not public.
fn console_domain(region: &str) -> Option<&'static str> {
    if ["us-iso", "eu-iso", "eusc-"].iter().any(|prefix| region.starts_with(prefix)) {
        None
    } else if region.starts_with("cn-") {
        Some("console.amazonaws.cn")
    } else if region.starts_with("us-gov-") {
        Some("console.amazonaws-us-gov.com")
    } else {
        Some("console.aws.amazon.com")
    }
}

/// The findings of one group, gathered over the files that are published together.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) count: u64,
    first: Option<i64>,
    last: Option<i64>,
    events: Vec<EventSummary>,
    log_files: BTreeSet<String>,
}

impl Group {
    /// Counts one finding.
    pub(crate) fn add(&mut self, event_time: Option<i64>, summary: Option<&EventSummary>, file: &S3Object) {
        self.count += 1;
        self.widen(event_time, event_time);
        if let Some(summary) = summary
            && self.events.len() < SAMPLES_PER_GROUP
        {
            self.events.push(summary.clone());
        }
        // Findings of one file come in a row.
        if self.log_files.is_empty() {
            self.log_files.insert(file.to_string());
        }
    }

    /// Adds the findings that another file brought to the same group.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.widen(other.first, other.last);
        let room = SAMPLES_PER_GROUP.saturating_sub(self.events.len());
        self.events.extend(other.events.iter().take(room).cloned());
        self.log_files.extend(other.log_files.iter().cloned());
    }

    fn widen(&mut self, first: Option<i64>, last: Option<i64>) {
        self.first = [self.first, first].into_iter().flatten().min();
        self.last = [self.last, last].into_iter().flatten().max();
    }

    /// The alert of this group.
    pub(crate) fn alert(&self, key: &GroupKey, rule: &Rule) -> Alert {
        let selectors = rule.alert.as_ref().map(|alert| alert.group_by.as_slice()).unwrap_or_default();
        let group = match &key.values {
            Some(values) => selectors
                .iter()
                .zip(values)
                .map(|(selector, value)| GroupValue { selector: selector.to_string(), value: value.clone() })
                .collect(),
            None => Vec::new(),
        };
        Alert {
            version: ALERT_VERSION,
            rule_id: rule.id.clone(),
            title: rule.title.clone(),
            description: rule.description.trim().to_owned(),
            response: rule.response.trim().to_owned(),
            known_noise: rule.known_noise.trim().to_owned(),
            severity: severity(rule.severity),
            references: rule.references.clone(),
            group,
            overflow: key.values.is_none(),
            count: self.count,
            first_event_time: self.first.and_then(rfc3339),
            last_event_time: self.last.and_then(rfc3339),
            events: self.events.clone(),
            log_files: self.log_files.iter().take(LOG_FILES_PER_ALERT).cloned().collect(),
            log_file_count: self.log_files.len(),
        }
    }
}

impl Alert {
    /// A text that is the same for every alert of the same rule and group.
    pub fn key(&self) -> String {
        alert_key(&self.rule_id, self.group.iter().map(|group| group.value.as_deref()), self.overflow)
    }

    /// Adds a later alert of the same key, for reports that show one line a group.
    pub fn absorb(&mut self, later: Self) {
        self.count += later.count;
        // RFC 3339 in UTC with whole seconds sorts as text.
        self.first_event_time =
            [self.first_event_time.take(), later.first_event_time].into_iter().flatten().min();
        self.last_event_time =
            [self.last_event_time.take(), later.last_event_time].into_iter().flatten().max();
        let room = SAMPLES_PER_GROUP.saturating_sub(self.events.len());
        self.events.extend(later.events.into_iter().take(room));
        let room = LOG_FILES_PER_ALERT.saturating_sub(self.log_files.len());
        self.log_files.extend(later.log_files.into_iter().take(room));
        self.log_file_count += later.log_file_count;
    }
}

/// The key of an alert, from its rule and the values of its group.
fn alert_key<'v>(rule_id: &str, values: impl Iterator<Item = Option<&'v str>>, overflow: bool) -> String {
    let values: Vec<Option<&str>> = values.collect();
    // JSON keeps the values apart whatever they contain.
    let values = Value::from_iter(values);
    if overflow { format!("{rule_id} overflow") } else { format!("{rule_id} {values}") }
}

/// The key that the alert of a group will have.
pub(crate) fn key_of(key: &GroupKey, rule: &Rule) -> String {
    let values = key.values.as_deref().unwrap_or_default();
    alert_key(&rule.id, values.iter().map(Option::as_deref), key.values.is_none())
}

fn severity(severity: Severity) -> &'static str {
    severity.as_str()
}

fn rfc3339(seconds: i64) -> Option<String> {
    let time = time::OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    time.format(&time::format_description::well_known::Rfc3339).ok()
}
