//! Where an event can be looked at: a link to the console, or the reason why there is none.

use serde::Serialize;

use crate::member::{Member, Record};

/// How long Event history keeps events, in seconds: 90 days (CloudTrail user guide, working with Event history).
pub const EVENT_HISTORY_SECONDS: i64 = 90 * 24 * 60 * 60;
/// The longest region or event id in a link, in bytes.
const ID_BYTES: usize = 64;

/// The kind of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// The event in Event history.
    Event,
    /// The Insights page of the region.
    Insight,
    /// There is no link.
    None,
}

/// Why the console does not show an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLink {
    /// Event history does not contain data events.
    DataEvent,
    /// Event history does not contain network activity events.
    NetworkActivity,
    /// The event is older than Event history.
    TooOld,
    /// The console of the region's partition is not public.
    NoConsole,
    /// The record has no region or no usable event id.
    NoId,
}

impl NoLink {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::DataEvent => "data event",
            Self::NetworkActivity => "network activity event",
            Self::TooOld => "older than 90 days",
            Self::NoConsole => "this region has no public console",
            Self::NoId => "the record has no region or event id",
        }
    }
}

/// Where an event can be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What the link leads to.
    pub kind: LinkKind,
    /// The address in the console.
    pub url: Option<String>,
    /// Why there is no address.
    #[serde(skip)]
    pub reason: Option<NoLink>,
}

impl Link {
    /// No link, for a reason.
    pub fn none(reason: NoLink) -> Self {
        Self { kind: LinkKind::None, url: None, reason: Some(reason) }
    }
}

/// The link for a record. `age` is the time since the event in seconds, if it is known.
pub fn link(record: &Record<'_>, age: Option<i64>) -> Link {
    match checked(record, age) {
        Ok((kind, url)) => Link { kind, url: Some(url), reason: None },
        Err(reason) => Link::none(reason),
    }
}

fn checked(record: &Record<'_>, age: Option<i64>) -> Result<(LinkKind, String), NoLink> {
    let region = record.text(Member::Region).filter(|region| is_plain(region)).ok_or(NoLink::NoId)?;
    if record.is_insight() {
        let domain = console_domain(&region).ok_or(NoLink::NoConsole)?;
        let url = format!("https://{region}.{domain}/cloudtrailv2/home?region={region}#/insights");
        return Ok((LinkKind::Insight, url));
    }
    let id = record.text(Member::EventId).filter(|id| is_plain(id)).ok_or(NoLink::NoId)?;
    let category = record.text(Member::EventCategory);
    let is_network =
        category.as_deref() == Some("NetworkActivity") || record.is(Member::EventType, "AwsVpceEvent");
    if is_network {
        return Err(NoLink::NetworkActivity);
    }
    let is_data = category.is_some_and(|category| category != "Management")
        || record.flag(Member::Management) == Some(false);
    if is_data {
        return Err(NoLink::DataEvent);
    }
    if age.is_some_and(|age| age > EVENT_HISTORY_SECONDS) {
        return Err(NoLink::TooOld);
    }
    let domain = console_domain(&region).ok_or(NoLink::NoConsole)?;
    Ok((LinkKind::Event, format!("https://{region}.{domain}/cloudtrailv2/home?region={region}#/events/{id}")))
}

/// Whether a text can be part of a link. Readers follow links, so nothing else may be in there.
fn is_plain(text: &str) -> bool {
    text.len() <= ID_BYTES && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The domain of the console of a region's partition. For some partitions it is not public.
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
