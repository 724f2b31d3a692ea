//! What a copy of a span has to hold, so that verifying it gives the same answer as verifying the store: the digests that
//! speak for the span, the log files that were delivered in it, and those that the digests name, wherever in time they lie.
//!
//! Nothing is verified here, so names in digests are hostile: a digest adds only log files of its own account and region,
//! below the folders that were listed.
//!
//! Source: the CloudTrail user guide, "CloudTrail digest file structure".

use std::collections::{BTreeMap, BTreeSet};

use cloudtrail::{ObjectKind, classify_key, parse_digest, read_digest};
use rayon::prelude::*;

use crate::moment::Span;
use crate::place::Place;
use crate::request::{Request, VerifyError};
use crate::store::{ListedObject, ObjectStore};
use crate::territory::{AFTER_SECONDS, FoundDigest, FoundLogFile, Territory, relevant, territories};
use crate::verify::first_second;
use crate::window::place_of;

/// What belongs to one account and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The digests, in the order of their ends.
    pub digests: Vec<Wanted>,
    /// The log files, in the order of their places.
    pub log_files: Vec<Wanted>,
    /// How many names in digests were left out because they lie elsewhere.
    pub foreign_names: usize,
}

/// An object to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where it lies.
    pub place: Place,
    /// What its listing says; `None` for a log file that a digest names and that was not listed.
    pub listed: Option<ListedObject>,
}

/// The contents of a span, one account and region after the other. The store is asked while the iterator advances.
///
/// # Errors
///
/// [`VerifyError`] when the store cannot be listed, or has nothing of these accounts and regions.
pub fn contents<'s, S: ObjectStore>(
    store: &'s S,
    request: &'s Request,
) -> Result<impl Iterator<Item = Result<Contents, VerifyError>> + 's, VerifyError> {
    let territories = territories(store, request).map_err(VerifyError::List)?;
    if territories.is_empty() {
        return Err(VerifyError::Nothing);
    }
    let span = Span { from: first_second(store, request, &territories)?, to: request.to };
    if span.to <= span.from {
        return Err(VerifyError::EmptySpan);
    }
    Ok(territories.into_iter().map(move |territory| of_territory(store, &territory, span, request.now)))
}

fn of_territory<S: ObjectStore>(
    store: &S,
    territory: &Territory,
    span: Span,
    now: i64,
) -> Result<Contents, VerifyError> {
    let listed = territory.list_digests(store, span, now).map_err(VerifyError::List)?;
    let digests = relevant(&listed, span);
    let named: Vec<Vec<Place>> = digests.par_iter().map(|digest| names(store, digest)).collect();
    let named: BTreeSet<Place> = named.into_iter().flatten().collect();
    // A digest that touches the end of the span names files from after it.
    let days = Span { from: span.from, to: span.to + AFTER_SECONDS };
    let files = territory.list_log_files(store, days).map_err(VerifyError::List)?;
    let mut wanted: BTreeMap<Place, Option<ListedObject>> = files
        .into_iter()
        .filter(|file| is_of_span(file, span) || named.contains(&file.place))
        .map(|file| (file.place, Some(file.object)))
        .collect();
    let mut foreign_names = 0;
    for place in named {
        if territory.holds_log_file(&place) {
            wanted.entry(place).or_insert(None);
        } else {
            foreign_names += 1;
        }
    }
    Ok(Contents {
        account: territory.account.clone(),
        region: territory.region.clone(),
        digests: digests.into_iter().map(wanted_digest).collect(),
        log_files: wanted.into_iter().map(|(place, listed)| Wanted { place, listed }).collect(),
        foreign_names,
    })
}

fn wanted_digest(digest: &FoundDigest) -> Wanted {
    Wanted { place: digest.place.clone(), listed: Some(digest.object.clone()) }
}

/// Whether a file was delivered in a span, by its name, its folder or the time at which it was written.
fn is_of_span(file: &FoundLogFile, span: Span) -> bool {
    let by_name = match file.minute {
        Some(minute) => span.contains(minute),
        None => file.day.touches(span),
    };
    by_name || file.object.delivered_at.is_some_and(|second| span.contains(second))
}

/// The log files that a digest names; none where it cannot be read, which its verification will say.
fn names<S: ObjectStore>(store: &S, digest: &FoundDigest) -> Vec<Place> {
    let opened = store.open(&digest.place).ok();
    let content = opened.and_then(|opened| read_digest(opened.body).ok());
    let digest = content.and_then(|content| parse_digest(&content).ok());
    digest.map(|digest| digest.log_files.iter().map(place_of).collect()).unwrap_or_default()
}

impl Territory {
    /// Whether a place is that of a log file of this account and region, in a folder that was listed.
    fn holds_log_file(&self, place: &Place) -> bool {
        let is_below = |folder: &Place| folder.bucket == place.bucket && place.key.starts_with(&folder.key);
        place.is_safe()
            && self.log_files.iter().any(is_below)
            && matches!(classify_key(&place.key), ObjectKind::LogFile(_))
    }
}
