//! Which seconds of a span the digests of a chain prove, and one reason for each part that they do not.
//!
//! Only valid standard digests prove time; a backfill digest adds files, never time. Names tell what is known of a digest that
//! is not proven, and what lies outside of the span.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::chain::{JudgedDigest, nominal_span};
use crate::moment::{HOUR, Span};
use crate::place::Place;
use crate::report::HoleReason;
use crate::territory::FoundDigest;

/// After the end of the newest digest, how long the next one is not overdue, in seconds: the hour that it spans, and an hour
/// for CloudTrail to write it.
pub(crate) const OVERDUE_SECONDS: i64 = 2 * HOUR;

/// The trail that a chain belongs to: its name and its home region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Trail {
    pub(crate) name: String,
    pub(crate) home_region: String,
}

/// What a chain of digests proves.
#[derive(Debug)]
pub(crate) struct Chain<'d> {
    pub(crate) trail: Trail,
    /// The folders, up to `AWSLogs/`, in which it has digests.
    pub(crate) roots: BTreeSet<(&'d str, &'d str)>,
    members: Vec<Member<'d>>,
    /// When the digests end that were listed, by their names.
    ends: Vec<i64>,
}

#[derive(Debug)]
struct Member<'d> {
    place: &'d Place,
    span: Span,
    is_valid: bool,
    previous: Option<Place>,
}

/// A part of a span that a chain does not prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChainHole {
    pub(crate) span: Span,
    pub(crate) reason: HoleReason,
}

/// The chains of an account and region, in the order of their trails.
pub(crate) fn chains<'d>(judged: &'d [JudgedDigest], listed: &'d [FoundDigest]) -> Vec<Chain<'d>> {
    let mut chains: BTreeMap<Trail, Chain<'d>> = BTreeMap::new();
    for found in listed.iter().filter(|found| !found.key.is_backfill) {
        let trail = Trail { name: found.key.trail.clone(), home_region: found.key.home_region.clone() };
        let chain = chains.entry(trail.clone()).or_insert_with(|| Chain {
            trail,
            roots: BTreeSet::new(),
            members: Vec::new(),
            ends: Vec::new(),
        });
        chain.ends.push(found.key.ends_at);
        chain.roots.insert(root_of(&found.place));
    }
    for digest in judged.iter().filter(|digest| !digest.loaded.key.is_backfill && !digest.is_gone()) {
        let key = &digest.loaded.key;
        let trail = Trail { name: key.trail.clone(), home_region: key.home_region.clone() };
        if let Some(chain) = chains.get_mut(&trail) {
            chain.members.push(Member {
                place: &digest.loaded.place,
                span: digest.span(),
                is_valid: digest.proven().is_some(),
                previous: digest.previous(),
            });
        }
    }
    chains.into_values().collect()
}

/// The bucket and the prefix of a key.
pub(crate) fn root_of(place: &Place) -> (&str, &str) {
    let prefix = place.key.rfind("AWSLogs/").and_then(|at| place.key.get(..at)).unwrap_or_default();
    (&place.bucket, prefix)
}

impl Chain<'_> {
    /// What the chain does not prove of a span, in the order of time.
    pub(crate) fn holes(&self, span: Span, now: i64) -> Vec<ChainHole> {
        let mut proven: Vec<Span> =
            self.members.iter().filter(|member| member.is_valid).map(|member| member.span).collect();
        proven.sort_unstable();
        let mut holes = Vec::new();
        let mut reached = span.from;
        for part in proven.into_iter().filter(|part| part.touches(span)) {
            if part.from > reached {
                holes.push(Span { from: reached, to: part.from });
            }
            reached = reached.max(part.to);
        }
        if reached < span.to {
            holes.push(Span { from: reached, to: span.to });
        }
        holes.into_iter().map(|hole| ChainHole { span: hole, reason: self.reason(hole, now) }).collect()
    }

    /// Why a part is not proven. What the digest after it says of the one before is exact; names come second.
    fn reason(&self, hole: Span, now: i64) -> HoleReason {
        let valid = || self.members.iter().filter(|member| member.is_valid);
        let after =
            valid().filter(|member| member.span.from >= hole.to).min_by_key(|member| member.span.from);
        if let Some(previous) = after.and_then(|member| member.previous.as_ref()) {
            return self.reason_of_link(previous, hole);
        }
        let has_invalid = self.members.iter().any(|member| !member.is_valid && member.span.touches(hole));
        if has_invalid {
            return HoleReason::DigestInvalid;
        }
        let earlier_ends = self.ends.iter().copied().filter(|&end| end <= hole.from);
        let last_end =
            valid().map(|member| member.span.to).filter(|&end| end <= hole.from).chain(earlier_ends).max();
        match (after, last_end) {
            (Some(_), Some(_)) => HoleReason::Stopped,
            (Some(_), None) => HoleReason::BeforeChain,
            (None, Some(end)) if now < end.saturating_add(OVERDUE_SECONDS) => HoleReason::NotDue,
            (None, Some(_)) => HoleReason::Overdue,
            // All that there is lies after the hole, or is not valid.
            (None, None) if self.ends.iter().all(|end| end - HOUR >= hole.to) => HoleReason::BeforeChain,
            (None, None) => HoleReason::DigestInvalid,
        }
    }

    /// Why a part is not proven that is followed by a digest with a link to `previous`.
    fn reason_of_link(&self, previous: &Place, hole: Span) -> HoleReason {
        match self.members.iter().find(|member| member.place == previous) {
            Some(member) if member.is_valid => HoleReason::UnlinkedTime,
            Some(_) => HoleReason::DigestInvalid,
            None => {
                let named = cloudtrail::DigestKey::parse(&previous.key).map(|key| nominal_span(&key));
                let ends_before = named.is_some_and(|named| named.to <= hole.from);
                if ends_before { HoleReason::UnlinkedTime } else { HoleReason::DigestMissing }
            }
        }
    }
}

/// Whether a time, from its first second to its last, is near a hole of a chain: S3's times and CloudTrail's may differ.
pub(crate) fn holes_near<'h>(
    holes: &'h HashMap<Trail, Vec<ChainHole>>,
    trail: &Trail,
    time: Span,
) -> impl Iterator<Item = HoleReason> + 'h {
    let holes = holes.get(trail).map(Vec::as_slice).unwrap_or_default();
    holes.iter().filter(move |hole| hole.span.touches(time)).map(|hole| hole.reason)
}
