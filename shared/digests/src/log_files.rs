//! Log files judged: files that valid digests name are read and compared, and files that no digest names are reported.
//!
//! Only names from proven digests are opened, and only those that cannot leave the store.

use std::collections::{BTreeMap, HashMap};

use cloudtrail::ListedLogFile;
use rayon::prelude::*;

use crate::content::{ContentFault, Hasher, Sha256, hex};
use crate::coverage::{Chain, ChainHole, OVERDUE_SECONDS, Trail, holes_near, root_of};
use crate::moment::{MINUTE, Span};
use crate::place::Place;
use crate::report::{HoleReason, LogFileOutcome, LogFileVerdict};
use crate::request::Observer;
use crate::store::{ObjectErrorKind, ObjectStore};
use crate::territory::FoundLogFile;

/// How long after the minute in its name a log file is delivered at most, in seconds; observed, promised nowhere.
pub(crate) const DELIVERY_SECONDS: i64 = 15 * MINUTE;
/// How far the times of S3 and of CloudTrail may be apart, in seconds; assumed.
pub(crate) const CLOCK_SECONDS: i64 = 5 * MINUTE;

/// What CloudTrail delivered to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    Content(Sha256),
    /// The digest names an algorithm that is not supported.
    UnknownHash,
    /// Two digests name different hashes.
    Conflict,
}

impl Delivered {
    /// What one digest says.
    pub(crate) fn of(file: &ListedLogFile) -> Self {
        file.sha256.map_or(Self::UnknownHash, Self::Content)
    }

    /// What two digests say together.
    pub(crate) fn merged(self, other: Self) -> Self {
        match (self, other) {
            (Self::Content(a), Self::Content(b)) if a != b => Self::Conflict,
            (Self::Conflict, _) | (_, Self::Conflict) => Self::Conflict,
            (Self::Content(hash), _) | (_, Self::Content(hash)) => Self::Content(hash),
            (Self::UnknownHash, Self::UnknownHash) => Self::UnknownHash,
        }
    }
}

/// Reads the files that are named and compares them with what was delivered. `is_known` tells those that an earlier run has
/// found valid and that have not changed since.
pub(crate) fn check<S: ObjectStore>(
    store: &S,
    named: &BTreeMap<Place, Delivered>,
    is_known: impl Fn(&Place) -> bool + Sync,
    observer: &dyn Observer,
) -> Vec<LogFileOutcome> {
    let files: Vec<(&Place, Delivered)> = named.iter().map(|(place, file)| (place, *file)).collect();
    let check = |hasher: &mut Hasher, (place, delivered): (&Place, Delivered)| {
        let outcome = check_one(store, hasher, place, delivered, &is_known);
        observer.log_file_done();
        outcome
    };
    files.into_par_iter().map_init(Hasher::default, check).collect()
}

fn check_one<S: ObjectStore>(
    store: &S,
    hasher: &mut Hasher,
    place: &Place,
    delivered: Delivered,
    is_known: impl Fn(&Place) -> bool,
) -> LogFileOutcome {
    let outcome = |verdict| LogFileOutcome {
        place: place.clone(),
        verdict,
        note: None,
        delivered_sha256: None,
        found_sha256: None,
        is_named: true,
        was_read: false,
    };
    if !place.is_safe() {
        return outcome(LogFileVerdict::UnsafeName);
    }
    let expected = match delivered {
        Delivered::Conflict => return outcome(LogFileVerdict::Conflict),
        Delivered::UnknownHash => {
            let note = Some("its digest names a hash of an unknown kind".to_owned());
            return LogFileOutcome { note, ..outcome(LogFileVerdict::Unproven) };
        }
        Delivered::Content(expected) => expected,
    };
    let delivered_sha256 = Some(hex(&expected));
    if is_known(place) {
        return LogFileOutcome { delivered_sha256, ..outcome(LogFileVerdict::Valid) };
    }
    let (verdict, note, found) = compare(store, hasher, place, &expected);
    LogFileOutcome {
        note,
        delivered_sha256,
        found_sha256: found.map(|found| hex(&found)),
        was_read: true,
        ..outcome(verdict)
    }
}

/// The verdict about one file, with the hash that was found where it is another one.
fn compare<S: ObjectStore>(
    store: &S,
    hasher: &mut Hasher,
    place: &Place,
    expected: &Sha256,
) -> (LogFileVerdict, Option<String>, Option<Sha256>) {
    let opened = match store.open(place) {
        Ok(opened) => opened,
        Err(error) => {
            return match error.kind {
                ObjectErrorKind::Missing => (LogFileVerdict::Missing, None, None),
                ObjectErrorKind::Unreadable => (LogFileVerdict::Unreadable, Some(error.reason), None),
            };
        }
    };
    match hasher.content_sha256(opened.body) {
        Ok(found) if found == *expected => (LogFileVerdict::Valid, None, None),
        Ok(found) => (LogFileVerdict::Altered, None, Some(found)),
        Err(ContentFault::Damaged(error)) => (LogFileVerdict::Damaged, Some(error.to_string()), None),
        Err(ContentFault::Unreadable(error)) => (LogFileVerdict::Unreadable, Some(error.to_string()), None),
    }
}

/// What is needed to judge a file that no digest names.
pub(crate) struct Surroundings<'a> {
    pub(crate) chains: &'a [Chain<'a>],
    /// What each chain does not prove of the span and of the time around it.
    pub(crate) holes: HashMap<Trail, Vec<ChainHole>>,
    pub(crate) span: Span,
    pub(crate) now: i64,
}

/// Judges files that no digest names, as far as they belong to the span.
pub(crate) fn unnamed<'f>(
    files: impl Iterator<Item = &'f FoundLogFile>,
    surroundings: &Surroundings<'_>,
) -> Vec<LogFileOutcome> {
    let judged = files.filter_map(|file| Some((file, surroundings.verdict(file)?)));
    judged
        .map(|(file, verdict)| LogFileOutcome {
            place: file.place.clone(),
            verdict,
            note: None,
            delivered_sha256: None,
            found_sha256: None,
            is_named: false,
            was_read: false,
        })
        .collect()
}

impl Surroundings<'_> {
    /// `None` for a file that does not belong to the span.
    fn verdict(&self, file: &FoundLogFile) -> Option<LogFileVerdict> {
        let written = file.object.delivered_at;
        let is_filed_in_span = match file.minute {
            Some(minute) => self.span.contains(minute),
            // A name without a time of its day is not CloudTrail's.
            None => file.day.touches(self.span),
        };
        (is_filed_in_span || written.is_some_and(|second| self.span.contains(second))).then_some(())?;
        let chains = self.chains_of(file);
        if chains.is_empty() {
            return Some(LogFileVerdict::Unproven);
        }
        let times = times(file);
        let mut reasons: Vec<HoleReason> = chains
            .iter()
            .flat_map(|chain| times.iter().flat_map(|time| holes_near(&self.holes, &chain.trail, *time)))
            .collect();
        // A file that was written after the time that was looked at may be named by the next digest.
        if written
            .is_some_and(|second| second >= self.span.to && self.now < second.saturating_add(OVERDUE_SECONDS))
        {
            reasons.push(HoleReason::NotDue);
        }
        Some(if reasons.is_empty() {
            LogFileVerdict::Unlisted
        } else if reasons.iter().all(|reason| *reason == HoleReason::NotDue) {
            LogFileVerdict::Pending
        } else {
            LogFileVerdict::Unproven
        })
    }

    /// The chains that a file may belong to: those with digests below the same prefix, or else all of the region.
    fn chains_of(&self, file: &FoundLogFile) -> Vec<&Chain<'_>> {
        let root = root_of(&file.place);
        let near: Vec<&Chain<'_>> = self.chains.iter().filter(|chain| chain.roots.contains(&root)).collect();
        if near.is_empty() { self.chains.iter().collect() } else { near }
    }
}

/// When a file may have been delivered: when S3 says that it was written, or in the minutes after the one in its name. Both,
/// where they contradict each other.
fn times(file: &FoundLogFile) -> Vec<Span> {
    let by_name = file.minute.map(|minute| Span { from: minute, to: minute + DELIVERY_SECONDS + 1 });
    let by_store = file.object.delivered_at.map(|second| Span { from: second, to: second + 1 });
    let times = match (by_name, by_store) {
        (Some(name), Some(store)) if name.widened(CLOCK_SECONDS).contains(store.from) => vec![store],
        (name, store) => name.into_iter().chain(store).collect(),
    };
    times.into_iter().map(|time| time.widened(CLOCK_SECONDS)).collect()
}
