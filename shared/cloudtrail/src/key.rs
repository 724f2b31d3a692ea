//! What kind of object a key names, decided by its path segments and its file name.
//!
//! Never by a substring of the whole key: prefixes, buckets and trails may be named after digests. The object is not
//! looked at, so a key can only say what an object should be. Keys are taken as they are, without any decoding.
//!
//! Source: the CloudTrail user guide, "Getting and viewing your CloudTrail log files" and "CloudTrail log file name format";
//! the AWS Control Tower user guide for the organization id that appears twice; for the folders of other services, their
//! guides' pages on logging to Amazon S3.

#[cfg(test)]
mod tests;

use time::{Date, Month, PrimitiveDateTime, Time};

/// The segment below which AWS services write logs, in front of the account.
const LOGS_SEGMENT: &str = "AWSLogs";

/// Digits of an AWS account id.
const ACCOUNT_DIGITS: usize = 12;

/// What stands in front of the account in the layout for Hive, which CloudTrail does not write.
const HIVE_ACCOUNT: &str = "aws-account-id=";

/// The segments below an account that are documented for other services, and the probes they write in their place.
///
/// A closed list, because a segment that is not in it may come from the owner of the bucket, and then what is below it
/// can be anything, log files included.
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

/// What kind of object a key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A CloudTrail log file: management and data events.
    LogFile(LogFileKey),
    /// A digest file, which lists log files with their hashes.
    Digest,
    /// A log file of CloudTrail Insights.
    Insight(LogFileKey),
    /// A log file of network activity events.
    NetworkActivity(LogFileKey),
    /// A log file of aggregated events.
    Aggregated,
    /// A folder marker: the key ends in `/`. CloudTrail writes empty ones to probe its permissions.
    Marker,
    /// An object of a service that is known to write below `AWSLogs/` as well, such as AWS Config or VPC flow logs.
    Foreign,
    /// Neither the path nor the file name follows a layout known here: it can be anything, a log file included.
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

/// What the key of a file with CloudTrail records says.
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
/// without an organization id in between, unless the file name (`<account>_CloudTrail-<kind>_<region>_...`) is that of
/// another kind of CloudTrail file: a digest remains one where somebody has put it among the log files.
/// Without such a layout, as for a local file, the file name decides. A folder that is named after digests or aggregated
/// events decides at last; what it says is enough to leave a file alone, and no other kind can do without an account.
pub fn classify_key(key: &str) -> ObjectKind {
    if key.ends_with('/') {
        return ObjectKind::Marker;
    }
    let segments: Vec<&str> = key.split('/').collect();
    let Some((file_name, folders)) = segments.split_last() else { return ObjectKind::Unrecognized };
    let layout = AccountLayout::find(&segments);
    let named = Place::of_name(file_name);
    let place = match (layout.as_ref().and_then(AccountLayout::place), named) {
        (Some(filed), Some(named)) if named.service.is_special() => {
            Some(Place { organization: filed.organization, ..named })
        }
        (filed, named) => filed.or(named),
    };
    place.and_then(|place| place.kind(file_name)).unwrap_or_else(|| {
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

/// What the segment after the account, or the second part of a file name, stands for.
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
    /// `None` for a name that no service is known by.
    fn of(name: &str) -> Option<Self> {
        match name {
            "CloudTrail" => Some(Self::CloudTrail),
            "CloudTrail-Digest" => Some(Self::Digest),
            // The folder is `CloudTrail-Insight`; the plural is in tools and texts that got it wrong.
            "CloudTrail-Insight" | "CloudTrail-Insights" => Some(Self::Insight),
            "CloudTrail-NetworkActivity" => Some(Self::NetworkActivity),
            "CloudTrail-Aggregated" => Some(Self::Aggregated),
            // Some services write their names in other letters in file names than in folders: `WAFLogs`, `waflogs`.
            _ => OTHER_SERVICES.iter().any(|other| other.eq_ignore_ascii_case(name)).then_some(Self::Other),
        }
    }

    /// Whether it is a kind of CloudTrail's files other than its log files.
    fn is_special(self) -> bool {
        match self {
            Self::Digest | Self::Insight | Self::NetworkActivity | Self::Aggregated => true,
            Self::CloudTrail | Self::Other => false,
        }
    }
}

/// Where a file belongs: what its folders say, or its name.
#[derive(Clone, Copy)]
struct Place<'a> {
    service: Service,
    account: &'a str,
    region: Option<&'a str>,
    organization: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Reads `<account>_<service>_<region>_...`; a trail name in the rest may hold `_` itself.
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

/// The segments from an `AWSLogs` on, the file name at their end.
struct AccountLayout<'a> {
    organization: Option<&'a str>,
    account: &'a str,
    /// What follows the account: service, region, date, file name.
    below: &'a [&'a str],
}

impl<'a> AccountLayout<'a> {
    /// Finds the last `AWSLogs` that an account follows.
    ///
    /// The last, because a prefix may itself hold a copy of the layout, and Control Tower's prefix is the organization id.
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

    /// `None` where the segment after the account is no service's, or has no region although it holds records.
    fn place(&self) -> Option<Place<'a>> {
        let (service, rest) = self.below.split_first()?;
        let service =
            if self.account.starts_with(HIVE_ACCOUNT) { Service::Other } else { Service::of(service)? };
        let region = rest.first().copied().filter(|region| is_region(region));
        let place = Place { service, account: self.account, region, organization: self.organization };
        match service {
            Service::CloudTrail | Service::Insight | Service::NetworkActivity => region.map(|_| place),
            Service::Digest | Service::Aggregated | Service::Other => Some(place),
        }
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
