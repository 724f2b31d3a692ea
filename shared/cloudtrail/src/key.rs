//! What kind of object a key names, decided by its path segments and, failing that, by its file name.
//!
//! Never by a substring of the whole key: prefixes, buckets and trails may be named after digests. The object is not
//! looked at, so a key can only say what an object should be. Keys are taken as they are, without any decoding.
//!
//! Source: the CloudTrail user guide, "Getting and viewing your CloudTrail log files" and "CloudTrail log file name format";
//! the AWS Control Tower user guide for the organization id that appears twice.

#[cfg(test)]
mod tests;

use time::{Date, Month, PrimitiveDateTime, Time};

/// The segment below which AWS services write logs, in front of the account.
const LOGS_SEGMENT: &str = "AWSLogs";

/// Digits of an AWS account id.
const ACCOUNT_DIGITS: usize = 12;

/// What kind of object a key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A CloudTrail log file: management and data events.
    LogFile(LogFileKey),
    /// A digest file, which lists log files with their hashes.
    Digest,
    /// A log file of CloudTrail Insights.
    Insight,
    /// A log file of network activity events.
    NetworkActivity,
    /// A log file of aggregated events.
    Aggregated,
    /// A folder marker: the key ends in `/`. CloudTrail writes empty ones to probe its permissions.
    Marker,
    /// An object of another service that writes below `AWSLogs/`, such as AWS Config or VPC flow logs.
    Foreign,
    /// Neither the path nor the file name follows a layout known here.
    Unrecognized,
}

impl ObjectKind {
    /// A stable name for logs and metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::LogFile(_) => "log-file",
            Self::Digest => "digest",
            Self::Insight => "insight",
            Self::NetworkActivity => "network-activity",
            Self::Aggregated => "aggregated",
            Self::Marker => "marker",
            Self::Foreign => "foreign",
            Self::Unrecognized => "unrecognized",
        }
    }
}

/// What the key of a CloudTrail log file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFileKey {
    /// The account that the records were delivered for, 12 digits.
    pub account: String,
    /// The region that the records were delivered for, such as `us-gov-west-1`.
    pub region: String,
    /// The organization id in front of the account, present for organization trails.
    pub organization: Option<String>,
    /// The minute of delivery from the file name, in seconds since 1970 (UTC); `None` when it is absent or no valid time.
    /// Records may be from any time before it.
    pub delivered_at: Option<i64>,
}

/// Tells what kind of object `key` names.
///
/// The kind is decided by the segment after the account below the last `AWSLogs` that is followed by an account, with or
/// without an organization id in between. A key without such a layout, a local file for instance, is judged by
/// its file name (`<account>_CloudTrail_<region>_...`), and at last by the nearest folder that is named after a kind.
pub fn classify_key(key: &str) -> ObjectKind {
    if key.ends_with('/') {
        return ObjectKind::Marker;
    }
    let segments: Vec<&str> = key.split('/').collect();
    let Some((file_name, folders)) = segments.split_last() else { return ObjectKind::Unrecognized };
    match account_layout(folders) {
        Some(layout) => classify_by_layout(&layout, file_name),
        None => classify_by_name(file_name)
            .or_else(|| folders.iter().rev().find_map(|folder| special_kind(folder)))
            .unwrap_or(if folders.contains(&LOGS_SEGMENT) {
                ObjectKind::Foreign
            } else {
                ObjectKind::Unrecognized
            }),
    }
}

/// The folders from an `AWSLogs` segment on.
struct AccountLayout<'a> {
    organization: Option<&'a str>,
    account: &'a str,
    /// The folders below the account: service, region, date.
    below: &'a [&'a str],
}

/// Finds the last `AWSLogs` that an account follows.
///
/// The last, because a prefix may itself hold a copy of the layout, and Control Tower's prefix is the organization id.
fn account_layout<'a>(folders: &'a [&'a str]) -> Option<AccountLayout<'a>> {
    (0..folders.len()).rev().find_map(|at| match folders.get(at..)? {
        [LOGS_SEGMENT, organization, account, below @ ..]
            if is_organization(organization) && is_account(account) =>
        {
            Some(AccountLayout { organization: Some(organization), account, below })
        }
        [LOGS_SEGMENT, account, below @ ..] if is_account(account) => {
            Some(AccountLayout { organization: None, account, below })
        }
        _ => None,
    })
}

fn classify_by_layout(layout: &AccountLayout<'_>, file_name: &str) -> ObjectKind {
    match layout.below {
        ["CloudTrail", region, ..] if is_region(region) => ObjectKind::LogFile(LogFileKey {
            account: layout.account.to_owned(),
            region: (*region).to_owned(),
            organization: layout.organization.map(str::to_owned),
            delivered_at: delivery_minute(file_name),
        }),
        // Not where CloudTrail puts files, but a file that was moved there by hand still has its name.
        ["CloudTrail", ..] => classify_by_name(file_name).unwrap_or(ObjectKind::Unrecognized),
        [service, ..] => special_kind(service).unwrap_or(ObjectKind::Foreign),
        [] => classify_by_name(file_name).unwrap_or(ObjectKind::Foreign),
    }
}

/// Reads `<account>_CloudTrail[-<kind>]_<region>_...`; a trail name in the rest may hold `_` itself.
fn classify_by_name(file_name: &str) -> Option<ObjectKind> {
    let mut parts = file_name.splitn(4, '_');
    let (account, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let rest = parts.next()?;
    if !is_account(account) || !is_region(region) {
        return None;
    }
    if service != "CloudTrail" {
        return special_kind(service);
    }
    Some(ObjectKind::LogFile(LogFileKey {
        account: account.to_owned(),
        region: region.to_owned(),
        organization: None,
        delivered_at: parse_minute(rest),
    }))
}

/// The kind that a folder or the second part of a file name stands for, log files excepted.
fn special_kind(name: &str) -> Option<ObjectKind> {
    match name {
        "CloudTrail-Digest" => Some(ObjectKind::Digest),
        // The folder is `CloudTrail-Insight`; the plural is in tools and texts that got it wrong.
        "CloudTrail-Insight" | "CloudTrail-Insights" => Some(ObjectKind::Insight),
        "CloudTrail-NetworkActivity" => Some(ObjectKind::NetworkActivity),
        "CloudTrail-Aggregated" => Some(ObjectKind::Aggregated),
        _ => None,
    }
}

/// `o-` and 10 to 32 lower-case letters or digits.
fn is_organization(segment: &str) -> bool {
    segment.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
    })
}

fn is_account(segment: &str) -> bool {
    segment.len() == ACCOUNT_DIGITS && segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// `[a-z]{2,}(-[a-z]+)+-[0-9]+`: by shape, since new regions and partitions appear without notice.
fn is_region(segment: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let Some((place, number)) = segment.rsplit_once('-') else { return false };
    let Some((partition, area)) = place.split_once('-') else { return false };
    partition.len() >= 2
        && is_word(partition)
        && area.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Finds the delivery minute in the name of a log file.
fn delivery_minute(file_name: &str) -> Option<i64> {
    file_name.split('_').find_map(parse_minute)
}

/// Reads `YYYYMMDDTHHMMZ` at the start of `text`, in seconds since 1970.
///
/// What follows it is ignored: old names lack the `_` in front of the unique string.
fn parse_minute(text: &str) -> Option<i64> {
    let (date, time) = (text.get(..8)?, text.get(8..14)?);
    let time = time.strip_prefix('T')?.strip_suffix('Z')?;
    let number = |digits: Option<&str>| {
        let digits = digits?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        digits.parse::<u16>().ok()
    };
    let small = |digits: Option<&str>| number(digits).and_then(|value| u8::try_from(value).ok());
    let month = Month::try_from(small(date.get(4..6))?).ok()?;
    let date =
        Date::from_calendar_date(i32::from(number(date.get(..4))?), month, small(date.get(6..))?).ok()?;
    let time = Time::from_hms(small(time.get(..2))?, small(time.get(2..))?, 0).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp())
}
