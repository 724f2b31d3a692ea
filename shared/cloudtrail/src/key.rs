//! Determines the kind of an object from the path segments and file name of its key.
//!
//! A substring of the whole key never decides, because prefixes, buckets and trails may contain words such as
//! `Digest` in their names. The object itself is not read, so the result only says what the object should be. Keys
//! are not decoded.
//!
//! Source: the CloudTrail user guide, "Getting and viewing your CloudTrail log files" and "CloudTrail log file name
//! format"; the AWS Control Tower user guide for the organization id that appears twice; for other services, the
//! pages of their guides on logging to Amazon S3.

#[cfg(test)]
mod tests;

use time::{Date, Month, PrimitiveDateTime, Time};

/// The segment under which AWS services write logs, before the account.
const LOGS_SEGMENT: &str = "AWSLogs";

/// The digits of an AWS account id.
const ACCOUNT_DIGITS: usize = 12;

/// The prefix of the account in the Hive layout, which CloudTrail does not use.
const HIVE_ACCOUNT: &str = "aws-account-id=";

/// The segments below an account that other services document, and the test files they write there.
///
/// The list is closed, because any other segment may come from the owner of the bucket, and may contain anything,
/// including log files.
const OTHER_SERVICES: [&str; 19] = [
    "BedrockModelInvocationLogs",
    "CloudFront",
    "Config",
    "ELBAccessLogTestFile",
    "GuardDuty",
    "IVSChatLogs",
    "KafkaBrokerLogs",
    "QDeveloperLogs",
    "VerifiedAccess",
    "VpcLattice",
    "WAFLogs",
    "elasticloadbalancing",
    "fis",
    "globalaccelerator",
    "internetmonitor",
    "network-firewall",
    "redshift",
    "vpcdnsquerylogs",
    "vpcflowlogs",
];

/// The kind of object that a key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A CloudTrail log file: management and data events.
    LogFile(LogFileKey),
    /// A digest file, which lists log files and their hashes.
    Digest,
    /// A log file of CloudTrail Insights.
    Insight(LogFileKey),
    /// A log file of network activity events.
    NetworkActivity(LogFileKey),
    /// A log file of aggregated events.
    Aggregated,
    /// A folder marker: the key ends in `/`. CloudTrail writes empty ones to test its permissions.
    Marker,
    /// An object of another service that writes below `AWSLogs/`, such as AWS Config or VPC flow logs.
    Foreign,
    /// Neither the path nor the file name follows a known layout. The object can be anything, including a log file.
    Unrecognized,
}

impl ObjectKind {
    /// A stable name for logs and metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::LogFile(_) => "log-file",
            Self::Digest => "digest",
            Self::Insight(_) => "insight",
            Self::NetworkActivity(_) => "network-activity",
            Self::Aggregated => "aggregated",
            Self::Marker => "marker",
            Self::Foreign => "foreign",
            Self::Unrecognized => "unrecognized",
        }
    }
}

/// The fields in the key of a file with CloudTrail records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFileKey {
    /// The account for which the records were delivered, 12 digits.
    pub account: String,
    /// The region for which the records were delivered, such as `us-gov-west-1`.
    pub region: String,
    /// The organization id before the account, for organization trails.
    pub organization: Option<String>,
    /// The minute of delivery from the file name, in seconds since 1970 (UTC); `None` if it is missing or invalid.
    /// The records may be from any time before it.
    pub delivered_at: Option<i64>,
}

/// Determines what kind of object `key` names.
///
/// The segment after the account decides. The account is the one after the last `AWSLogs` that is followed by an
/// account, possibly with an organization id in between. There is one exception: a file name of the form
/// `<account>_CloudTrail-<kind>_<region>_...` decides if it names another kind of CloudTrail file, so a digest
/// remains a digest even if someone has moved it among the log files.
///
/// Without such a layout, as for a local file, the file name decides. If it does not, a folder named after digests or
/// aggregated events decides: that is enough to skip a file, and all other kinds require an account.
pub fn classify_key(key: &str) -> ObjectKind {
    if key.ends_with('/') {
        return ObjectKind::Marker;
    }
    let segments: Vec<&str> = key.split('/').collect();
    let Some((file_name, folders)) = segments.split_last() else { return ObjectKind::Unrecognized };
    let layout = AccountLayout::find(&segments);
    let named = KeyFields::of_name(file_name);
    let fields = match (layout.as_ref().and_then(AccountLayout::fields), named) {
        (Some(filed), Some(named)) if named.service.is_special() => {
            Some(KeyFields { organization: filed.organization, ..named })
        }
        (filed, named) => filed.or(named),
    };
    fields.and_then(|fields| fields.kind(file_name)).unwrap_or_else(|| {
        let below = layout.and_then(|layout| layout.below.split_last());
        let folders = below.map_or(folders, |(_, folders)| folders);
        let nearest = folders.iter().rev().find_map(|folder| match Service::of(folder)? {
            Service::Digest => Some(ObjectKind::Digest),
            Service::Aggregated => Some(ObjectKind::Aggregated),
            Service::CloudTrail | Service::Insight | Service::NetworkActivity | Service::Other => None,
        });
        nearest.unwrap_or(ObjectKind::Unrecognized)
    })
}

/// The meaning of the segment after the account, or of the second part of a file name.
#[derive(Clone, Copy)]
enum Service {
    CloudTrail,
    Digest,
    Insight,
    NetworkActivity,
    Aggregated,
    Other,
}

impl Service {
    /// `None` for a name that belongs to no known service.
    fn of(name: &str) -> Option<Self> {
        match name {
            "CloudTrail" => Some(Self::CloudTrail),
            "CloudTrail-Digest" => Some(Self::Digest),
            // The folder is `CloudTrail-Insight`; some tools and texts use the plural by mistake.
            "CloudTrail-Insight" | "CloudTrail-Insights" => Some(Self::Insight),
            "CloudTrail-NetworkActivity" => Some(Self::NetworkActivity),
            "CloudTrail-Aggregated" => Some(Self::Aggregated),
            // Some services use different case in file names and folders: `WAFLogs`, `waflogs`.
            _ => OTHER_SERVICES.iter().any(|other| other.eq_ignore_ascii_case(name)).then_some(Self::Other),
        }
    }

    /// Whether it is a kind of CloudTrail file other than a log file.
    fn is_special(self) -> bool {
        match self {
            Self::Digest | Self::Insight | Self::NetworkActivity | Self::Aggregated => true,
            Self::CloudTrail | Self::Other => false,
        }
    }
}

/// The fields that a file's folders or its name contain.
#[derive(Clone, Copy)]
struct KeyFields<'a> {
    service: Service,
    account: &'a str,
    region: Option<&'a str>,
    organization: Option<&'a str>,
}

impl<'a> KeyFields<'a> {
    /// Parses `<account>_<service>_<region>_...`. A trail name in the rest may contain `_`.
    fn of_name(file_name: &'a str) -> Option<Self> {
        let mut parts = file_name.splitn(4, '_');
        let (account, service, region) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next()?;
        (is_account(account) && is_region(region)).then_some(())?;
        Some(Self { service: Service::of(service)?, account, region: Some(region), organization: None })
    }

    /// `None` for records without a region.
    fn kind(self, file_name: &str) -> Option<ObjectKind> {
        let key = || {
            Some(LogFileKey {
                account: self.account.to_owned(),
                region: self.region?.to_owned(),
                organization: self.organization.map(str::to_owned),
                delivered_at: delivery_minute(file_name),
            })
        };
        match self.service {
            Service::CloudTrail => key().map(ObjectKind::LogFile),
            Service::Insight => key().map(ObjectKind::Insight),
            Service::NetworkActivity => key().map(ObjectKind::NetworkActivity),
            Service::Digest => Some(ObjectKind::Digest),
            Service::Aggregated => Some(ObjectKind::Aggregated),
            Service::Other => Some(ObjectKind::Foreign),
        }
    }
}

/// The segments from an `AWSLogs` on, including the file name at the end.
struct AccountLayout<'a> {
    organization: Option<&'a str>,
    account: &'a str,
    /// The segments after the account: service, region, date, file name.
    below: &'a [&'a str],
}

impl<'a> AccountLayout<'a> {
    /// Finds the last `AWSLogs` that is followed by an account.
    ///
    /// It must be the last one, because a prefix may contain a copy of the layout, and Control Tower's prefix is the
    /// organization id.
    fn find(segments: &'a [&'a str]) -> Option<Self> {
        let is_any_account =
            |segment: &str| is_account(segment.strip_prefix(HIVE_ACCOUNT).unwrap_or(segment));
        (0..segments.len()).rev().find_map(|at| match segments.get(at..)? {
            [LOGS_SEGMENT, organization, account, below @ ..]
                if is_organization(organization) && is_any_account(account) =>
            {
                Some(Self { organization: Some(organization), account, below })
            }
            [LOGS_SEGMENT, account, below @ ..] if is_any_account(account) => {
                Some(Self { organization: None, account, below })
            }
            _ => None,
        })
    }

    /// `None` if the segment after the account is not a known service, or if a region is missing for a kind that
    /// holds records.
    fn fields(&self) -> Option<KeyFields<'a>> {
        let (service, rest) = self.below.split_first()?;
        let service =
            if self.account.starts_with(HIVE_ACCOUNT) { Service::Other } else { Service::of(service)? };
        let region = rest.first().copied().filter(|region| is_region(region));
        let fields = KeyFields { service, account: self.account, region, organization: self.organization };
        match service {
            Service::CloudTrail | Service::Insight | Service::NetworkActivity => region.map(|_| fields),
            Service::Digest | Service::Aggregated | Service::Other => Some(fields),
        }
    }
}

/// Whether the segment is the id of an organization: `o-` and 10 to 32 lower-case letters or digits.
pub fn is_organization(segment: &str) -> bool {
    segment.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
    })
}

/// Whether a segment is the id of an account: 12 digits.
pub fn is_account(segment: &str) -> bool {
    segment.len() == ACCOUNT_DIGITS && segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the segment is the name of a region, `[a-z]{2,}(-[a-z]+)+-[0-9]+`. There is no list, because new regions and partitions
/// appear without notice.
pub fn is_region(segment: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let Some((name, number)) = segment.rsplit_once('-') else { return false };
    let Some((partition, area)) = name.split_once('-') else { return false };
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

/// Parses `YYYYMMDDTHHMMZ` at the start of `text` as seconds since 1970.
///
/// The rest is ignored: old names lack the `_` before the unique string.
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
