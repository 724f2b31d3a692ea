//! One account and region: where its digests and log files are, and which of them matter for a span.
//!
//! Folders are walked by name, and only the days of the span are listed, with one day more on either side: a chain that has
//! no digest in the span is known by its neighbours.
//!
//! Source: the CloudTrail user guide, "Getting and viewing your CloudTrail log files" and "CloudTrail digest file structure";
//! the AWS Control Tower user guide for the organization's id in front of `AWSLogs/`.

use std::collections::BTreeMap;

use cloudtrail::{DigestKey, ObjectKind, classify_key, is_account, is_organization, is_region};
use rayon::prelude::*;

use crate::moment::{DAY, HOUR, MINUTE, Span, day_folder};
use crate::place::Place;
use crate::request::Request;
use crate::store::{ListedObject, ObjectError, ObjectStore};

/// The folder of digests below an account.
const DIGESTS: &str = "CloudTrail-Digest";
/// The folder of log files below an account.
const LOG_FILES: &str = "CloudTrail";
/// How long before the end of its digest a log file's neighbour may matter, in seconds: the hour of the digest, and the time
/// between a log file's name and its delivery.
pub(crate) const NEAR_SECONDS: i64 = HOUR + 20 * MINUTE;
/// How long after the span a digest may end that speaks for it or for its neighbour, in seconds.
pub(crate) const AFTER_SECONDS: i64 = 2 * HOUR + 10 * MINUTE;

/// The folders of one account and region, over all prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Territory {
    pub(crate) account: String,
    pub(crate) region: String,
    digests: Vec<Place>,
    pub(crate) log_files: Vec<Place>,
}

/// A digest that was listed.
#[derive(Clone, Debug)]
pub(crate) struct FoundDigest {
    pub(crate) place: Place,
    pub(crate) key: DigestKey,
    pub(crate) object: ListedObject,
}

/// A log file that was listed.
#[derive(Clone, Debug)]
pub(crate) struct FoundLogFile {
    pub(crate) place: Place,
    /// The minute in its name, in seconds since 1970; `None` also where it is not one of the day whose folder it lies in.
    pub(crate) minute: Option<i64>,
    /// The day whose folder it lies in.
    pub(crate) day: Span,
    pub(crate) object: ListedObject,
}

/// The accounts and regions that there are, in their order.
pub(crate) fn territories<S: ObjectStore>(
    store: &S,
    request: &Request,
) -> Result<Vec<Territory>, ObjectError> {
    let mut accounts = Vec::new();
    for root in store.roots()? {
        let logs = Place::new(root.bucket, format!("{}AWSLogs/", root.prefix));
        for name in store.folders(&logs)? {
            let folder = logs.below(&format!("{name}/"));
            if is_organization(&name) {
                let members = store.folders(&folder)?.into_iter();
                accounts.extend(members.map(|member| (folder.below(&format!("{member}/")), member)));
            } else {
                accounts.push((folder, name));
            }
        }
    }
    accounts.retain(|(_, account)| is_account(account) && request.wants_account(account));
    let services = accounts.par_iter().flat_map(|account| [(account, DIGESTS), (account, LOG_FILES)]);
    let regions = services.map(|((folder, account), service)| {
        let folder = folder.below(&format!("{service}/"));
        let names = store.folders(&folder)?;
        Ok((account, service, folder, names))
    });
    let mut territories: BTreeMap<(String, String), Territory> = BTreeMap::new();
    for (account, service, folder, names) in regions.collect::<Result<Vec<_>, ObjectError>>()? {
        for region in names.into_iter().filter(|name| is_region(name) && request.wants_region(name)) {
            let place = folder.below(&format!("{region}/"));
            let territory = territories.entry((account.clone(), region.clone())).or_default();
            if service == DIGESTS {
                territory.digests.push(place)
            } else {
                territory.log_files.push(place)
            }
            (territory.account, territory.region) = (account.clone(), region);
        }
    }
    Ok(territories.into_values().collect())
}

impl Territory {
    /// Whether there is a folder of digests.
    pub(crate) fn has_digests(&self) -> bool {
        !self.digests.is_empty()
    }

    /// The first day of which there is anything, in seconds since 1970.
    pub(crate) fn first_day<S: ObjectStore>(&self, store: &S) -> Result<Option<i64>, ObjectError> {
        let mut first = None;
        for folder in self.digests.iter().chain(&self.log_files) {
            let mut day = folder.clone();
            let mut parts = [0; 3];
            for part in &mut parts {
                let numbers =
                    store.folders(&day)?.into_iter().filter(|name| name.bytes().all(|b| b.is_ascii_digit()));
                let Some(least) = numbers.min() else { break };
                *part = least.parse().unwrap_or_default();
                day = day.below(&format!("{least}/"));
            }
            first = [first, midnight(parts)].into_iter().flatten().min();
        }
        Ok(first)
    }

    /// The digests of the days of a span and of the days before and after it, in the order of their ends.
    pub(crate) fn list_digests<S: ObjectStore>(
        &self,
        store: &S,
        span: Span,
        now: i64,
    ) -> Result<Vec<FoundDigest>, ObjectError> {
        let days = Span { from: span.from - DAY, to: (span.to + DAY).min(now.max(span.to) + HOUR) }.days();
        let found = |(folder, _, object): (&Place, Span, ListedObject)| {
            let key = DigestKey::parse(&object.key)?;
            Some(FoundDigest { place: Place::new(folder.bucket.clone(), object.key.clone()), key, object })
        };
        let listed = listed(store, &self.digests, &days)?;
        let mut digests: Vec<FoundDigest> = listed.into_iter().filter_map(found).collect();
        digests.sort_by(|a, b| (a.key.ends_at, &a.place).cmp(&(b.key.ends_at, &b.place)));
        Ok(digests)
    }

    /// The files among the log files of the days of a span, in the order of their places.
    pub(crate) fn list_log_files<S: ObjectStore>(
        &self,
        store: &S,
        span: Span,
    ) -> Result<Vec<FoundLogFile>, ObjectError> {
        // A digest that touches the span names files from before it.
        let days = Span { from: span.from - NEAR_SECONDS, to: span.to }.days();
        let found = |(folder, day, object): (&Place, Span, ListedObject)| {
            let ObjectKind::LogFile(key) = classify_key(&object.key) else { return None };
            let place = Place::new(folder.bucket.clone(), object.key.clone());
            let minute = key.delivered_at.filter(|minute| day.contains(*minute));
            Some(FoundLogFile { place, minute, day, object })
        };
        let listed = listed(store, &self.log_files, &days)?;
        let mut files: Vec<FoundLogFile> = listed.into_iter().filter_map(found).collect();
        files.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(files)
    }
}

/// The objects in the folders of these days.
fn listed<'f, S: ObjectStore>(
    store: &S,
    folders: &'f [Place],
    days: &[Span],
) -> Result<Vec<(&'f Place, Span, ListedObject)>, ObjectError> {
    let days = folders.par_iter().flat_map(|folder| days.par_iter().map(move |day| (folder, *day)));
    let objects = days.map(|(folder, day)| {
        let Some(name) = day_folder(day.from) else { return Ok(Vec::new()) };
        let objects = store.objects(&folder.below(&format!("{name}/")))?;
        Ok(objects.into_iter().map(|object| (folder, day, object)).collect::<Vec<_>>())
    });
    Ok(objects.collect::<Result<Vec<_>, ObjectError>>()?.into_iter().flatten().collect())
}

/// The digests that have to be read: those that end near the span, and of each chain one before and one after it.
pub(crate) fn relevant(digests: &[FoundDigest], span: Span) -> Vec<&FoundDigest> {
    let near = Span { from: span.from - NEAR_SECONDS, to: span.to + AFTER_SECONDS };
    let mut neighbours: BTreeMap<(&str, &str), [Option<usize>; 2]> = BTreeMap::new();
    for (at, digest) in digests.iter().enumerate().filter(|(_, digest)| !digest.key.is_backfill) {
        let [before, after] = neighbours.entry((&digest.key.trail, &digest.key.home_region)).or_default();
        if digest.key.ends_at < near.from {
            *before = Some(at);
        } else if digest.key.ends_at >= near.to && after.is_none() {
            *after = Some(at);
        }
    }
    let extra: Vec<usize> = neighbours.into_values().flatten().flatten().collect();
    let is_relevant =
        |at: usize, digest: &FoundDigest| near.contains(digest.key.ends_at) || extra.contains(&at);
    digests
        .iter()
        .enumerate()
        .filter(|(at, digest)| is_relevant(*at, digest))
        .map(|(_, digest)| digest)
        .collect()
}

fn midnight([year, month, day]: [u32; 3]) -> Option<i64> {
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date =
        time::Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp())
}
