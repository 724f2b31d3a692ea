//! What the key of a digest says. The object behind it is not looked at.
//!
//! Source: the CloudTrail user guide, "CloudTrail digest file structure", "Digest file location" and "Managing backfill
//! digest files".

use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::key::{ObjectKind, classify_key, is_account, is_organization, is_region};

/// The end of every digest's name.
const SUFFIX: &str = ".json.gz";
/// What stands in front of it in the name of a backfill digest.
const BACKFILL: &str = "_backfill";
/// The folder of digests below an account, and the second part of a digest's name.
const SERVICE: &str = "CloudTrail-Digest";

/// What the key of a digest says.
///
/// `[PREFIX/]AWSLogs/[ORGANIZATION/]ACCOUNT/CloudTrail-Digest/REGION/YYYY/MM/DD/`
/// `ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOME_YYYYMMDDTHHMMSSZ[_backfill].json.gz`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DigestKey {
    /// The account whose folder it lies in.
    pub account: String,
    /// The region whose folder it lies in: the region of the log files and of the key that signs.
    pub region: String,
    /// The name of the trail; it may hold `_`.
    pub trail: String,
    /// The home region of the trail.
    pub home_region: String,
    /// The end of the span of delivery, in seconds since 1970.
    pub ends_at: i64,
    /// Whether it lists files that missed the digest of their hour.
    pub is_backfill: bool,
}

impl DigestKey {
    /// Reads a key; `None` if it is not that of a digest in the folder of an account and a region.
    ///
    /// Account and region are those of the folder. A file that its name puts elsewhere is still a digest: it has been moved.
    pub fn parse(key: &str) -> Option<Self> {
        if classify_key(key) != ObjectKind::Digest {
            return None;
        }
        let (folders, name) = key.rsplit_once('/')?;
        let (account, region) = folder_of(folders)?;
        let stem = name.strip_suffix(SUFFIX)?;
        let (stem, is_backfill) = match stem.strip_suffix(BACKFILL) {
            Some(stem) => (stem, true),
            None => (stem, false),
        };
        // A trail's name may hold `_`: what is in front of it is read from the left, what is behind it from the right.
        let (stem, end) = stem.rsplit_once('_')?;
        let (stem, home_region) = stem.rsplit_once('_')?;
        let mut parts = stem.splitn(4, '_');
        let named = (parts.next()?, parts.next()?, parts.next()?);
        let trail = parts.next().filter(|trail| !trail.is_empty())?;
        let is_name =
            is_account(named.0) && named.1 == SERVICE && is_region(named.2) && is_region(home_region);
        is_name.then(|| {
            Some(Self {
                account: account.to_owned(),
                region: region.to_owned(),
                trail: trail.to_owned(),
                home_region: home_region.to_owned(),
                ends_at: seconds(end)?,
                is_backfill,
            })
        })?
    }
}

/// The account and the region of the last folder of digests.
fn folder_of(folders: &str) -> Option<(&str, &str)> {
    let segments: Vec<&str> = folders.split('/').collect();
    (0..segments.len()).rev().find_map(|at| match segments.get(at..)? {
        ["AWSLogs", organization, account, SERVICE, region, ..]
            if is_organization(organization) && is_account(account) && is_region(region) =>
        {
            Some((*account, *region))
        }
        ["AWSLogs", account, SERVICE, region, ..] if is_account(account) && is_region(region) => {
            Some((*account, *region))
        }
        _ => None,
    })
}

/// Reads `YYYYMMDDTHHMMSSZ`, in seconds since 1970.
fn seconds(text: &str) -> Option<i64> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    Some(PrimitiveDateTime::parse(text, format).ok()?.assume_utc().unix_timestamp())
}
