//! The span cut into windows, so that memory does not grow with it: each has as many digests as may be held with their log
//! files, and decides about the files whose names are of its minutes.
//!
//! A file is named by a digest that ends at most [`NEAR_SECONDS`] after the minute in its name. So the minutes of a window end
//! that long before its last digest, and what the last digests of a window name is carried into the next.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use cloudtrail::ListedLogFile;
use rayon::prelude::*;

use crate::chain::JudgedDigest;
use crate::log_files::Delivered;
use crate::moment::Span;
use crate::place::Place;
use crate::request::VerifyError;
use crate::store::ObjectStore;
use crate::territory::{FoundLogFile, NEAR_SECONDS};

/// A part of the span.
pub(crate) struct Window<'d> {
    /// Its valid standard digests, in the order of their ends.
    pub(crate) digests: Vec<&'d JudgedDigest>,
    /// The minutes in the names of the files that it decides about.
    minutes: Span,
    /// The time whose log files have to be listed.
    pub(crate) listing: Span,
}

/// A digest with the log files that it names.
pub(crate) type Entries<'d> = (&'d JudgedDigest, Cow<'d, [ListedLogFile]>);

/// Cuts a span into windows of at most so many entries, and at least one digest, each.
pub(crate) fn windows(judged: &[JudgedDigest], span: Span, most_entries: usize) -> Vec<Window<'_>> {
    let is_of_span = |digest: &&JudgedDigest| {
        digest.proven().is_some() && !digest.loaded.key.is_backfill && digest.span().touches(span)
    };
    let mut digests: Vec<&JudgedDigest> = judged.iter().filter(is_of_span).collect();
    digests.sort_by(|a, b| (a.span().to, &a.loaded.place).cmp(&(b.span().to, &b.loaded.place)));
    let mut windows = Vec::new();
    let (mut some, mut entries, mut begin) = (Vec::new(), 0_usize, i64::MIN);
    for digest in digests {
        entries = entries.saturating_add(digest.count());
        if entries > most_entries
            && let Some(end) = some.last().map(|last: &&JudgedDigest| last.span().to)
        {
            let minutes = Span { from: begin, to: end - NEAR_SECONDS };
            let listing = Span { from: begin.max(span.from), to: end.min(span.to) };
            windows.push(Window { digests: std::mem::take(&mut some), minutes, listing });
            (entries, begin) = (digest.count(), minutes.to);
        }
        some.push(digest);
    }
    let listing = Span { from: begin.max(span.from), to: span.to };
    windows.push(Window { digests: some, minutes: Span { from: begin, to: i64::MAX }, listing });
    windows
}

impl<'d> Window<'d> {
    /// The log files that its digests name.
    pub(crate) fn entries<S: ObjectStore>(&self, store: &S) -> Result<Vec<Entries<'d>>, VerifyError> {
        self.digests.par_iter().map(|digest| entries_of(store, digest)).collect()
    }

    /// Whether it decides about a file.
    pub(crate) fn decides(&self, file: &FoundLogFile) -> bool {
        self.minutes.contains(file.minute.unwrap_or(file.day.from))
    }
}

fn entries_of<'d, S: ObjectStore>(store: &S, digest: &'d JudgedDigest) -> Result<Entries<'d>, VerifyError> {
    match digest.log_files(store) {
        Some(files) => Ok((digest, files)),
        None => Err(VerifyError::Changed(digest.loaded.place.clone())),
    }
}

/// What digests name, from window to window.
pub(crate) struct Names {
    /// What backfill digests name and no window has taken.
    backfill: BTreeMap<Place, Delivered>,
    /// What backfill digests name, and digests next to the span.
    always: HashSet<Place>,
    /// What earlier windows have looked at, with the end of its digest.
    carried: HashMap<Place, (i64, Delivered)>,
}

impl Names {
    /// Begins with what backfill digests and the neighbours of the span name.
    pub(crate) fn new<S: ObjectStore>(
        store: &S,
        judged: &[JudgedDigest],
        span: Span,
    ) -> Result<Self, VerifyError> {
        let mut names = Self { backfill: BTreeMap::new(), always: HashSet::new(), carried: HashMap::new() };
        for digest in judged.iter().filter(|digest| digest.proven().is_some()) {
            let is_of_span = digest.span().touches(span);
            if is_of_span && !digest.loaded.key.is_backfill {
                continue;
            }
            for file in entries_of(store, digest)?.1.iter() {
                let place = place_of(file);
                if is_of_span {
                    let entry = names.backfill.entry(place.clone()).or_insert(Delivered::of(file));
                    *entry = entry.merged(Delivered::of(file));
                }
                names.always.insert(place);
            }
        }
        Ok(names)
    }

    /// What a window has to look at.
    pub(crate) fn take(
        &mut self,
        window: &Window<'_>,
        entries: &[Entries<'_>],
        is_last: bool,
    ) -> BTreeMap<Place, Delivered> {
        let begin = window.minutes.from;
        self.carried.retain(|_, (end, _)| *end >= begin);
        let mut named = BTreeMap::new();
        for (digest, files) in entries {
            for file in files.iter() {
                self.add(&mut named, digest.span().to, file);
            }
        }
        if is_last {
            named.extend(std::mem::take(&mut self.backfill));
        }
        named
    }

    /// Whether a digest that matters to the window that was taken last names a file.
    pub(crate) fn contains(&self, place: &Place) -> bool {
        self.carried.contains_key(place) || self.always.contains(place)
    }

    fn add(&mut self, named: &mut BTreeMap<Place, Delivered>, end: i64, file: &ListedLogFile) {
        let place = place_of(file);
        let mut delivered = Delivered::of(file);
        if let Some(backfill) = self.backfill.remove(&place) {
            delivered = delivered.merged(backfill);
        }
        if let Some((_, earlier)) = self.carried.get(&place)
            && !named.contains_key(&place)
        {
            // An earlier window has looked at it; what is new is a contradiction at most.
            if earlier.merged(delivered) == *earlier {
                return;
            }
            delivered = earlier.merged(delivered);
        }
        let entry = named.entry(place.clone()).or_insert(delivered);
        *entry = entry.merged(delivered);
        let merged = *entry;
        self.carried.insert(place, (end, merged));
    }
}

/// Where a log file was delivered.
pub(crate) fn place_of(file: &ListedLogFile) -> Place {
    Place::new(file.bucket.clone(), file.key.clone())
}
