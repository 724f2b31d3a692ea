//! From a store to a report: the accounts and regions one after the other, everything in one of them in parallel.
//!
//! Runs on the thread pool of the caller, see [`rayon::ThreadPool::install`]: as many threads as requests may be under way.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::chain::{Budget, JudgedDigest, MissingDigest, judge, load};
use crate::content::hex;
use crate::coverage::{Chain, chains};
use crate::keys::{KeySource, PublicKey};
use crate::log_files::{CLOCK_SECONDS, Surroundings, check, unnamed};
use crate::moment::{DAY, HOUR, MINUTE, Span};
use crate::place::Place;
use crate::report::{DigestOutcome, DigestVerdict, Hole, HoleReason, ProvenDigest, Report, TerritoryReport};
use crate::request::{Observer, Request, VerifyError};
use crate::seal::Seals;
use crate::store::{ObjectError, ObjectStore};
use crate::territory::{FoundDigest, Territory, relevant, territories};
use crate::window::{Names, windows};

/// Accounts and regions that are worked on at the same time; what they hold in memory is what bounds it.
const TERRITORIES_AT_ONCE: usize = 8;
/// How far around the span holes matter to a log file at its edge, in seconds.
const EDGE_SECONDS: i64 = 20 * MINUTE + CLOCK_SECONDS;

/// A report with the span that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The span, with its start where none was asked for.
    pub span: Span,
    /// The answer.
    pub report: Report,
}

/// Verifies all digests and log files of a span.
///
/// # Errors
///
/// [`VerifyError`] when something keeps the report from being complete. An object that is missing or cannot be read is no
/// error: the report says so.
pub fn verify<S: ObjectStore>(
    store: &S,
    keys: &dyn KeySource,
    request: &Request,
    observer: &dyn Observer,
) -> Result<Verified, VerifyError> {
    let territories = territories(store, request).map_err(VerifyError::List)?;
    if territories.is_empty() {
        return Err(VerifyError::Nothing);
    }
    let span = Span { from: first_second(store, request, &territories)?, to: request.to };
    if span.to <= span.from {
        return Err(VerifyError::EmptySpan);
    }
    let work = Work { store, keys, request, observer, span };
    let mut report = Report::default();
    for some in territories.chunks(TERRITORIES_AT_ONCE) {
        let reports: Result<Vec<TerritoryReport>, VerifyError> =
            some.par_iter().map(|territory| work.territory(territory)).collect();
        report.territories.extend(reports?);
        observer.territories_judged();
    }
    add_absent(&mut report, request, span);
    Ok(Verified { span, report })
}

/// The first second of the span, from the store where none was asked for.
pub(crate) fn first_second<S: ObjectStore>(
    store: &S,
    request: &Request,
    territories: &[Territory],
) -> Result<i64, VerifyError> {
    if let Some(from) = request.from {
        return Ok(from);
    }
    let first = territories.par_iter().map(|territory| territory.first_day(store));
    let first: Result<Vec<Option<i64>>, ObjectError> = first.collect();
    Ok(first.map_err(VerifyError::List)?.into_iter().flatten().min().unwrap_or(request.to - DAY))
}

/// Accounts and regions that were asked for by name and have nothing are holes: a region whose objects are all gone looks like
/// one that never was.
fn add_absent(report: &mut Report, request: &Request, span: Span) {
    let accounts: Vec<String> = if request.accounts.is_empty() {
        report.territories.iter().map(|territory| territory.account.clone()).collect()
    } else {
        request.accounts.clone()
    };
    for account in accounts {
        let regions =
            if request.regions.is_empty() && !report.territories.iter().any(|t| t.account == account) {
                vec![String::new()]
            } else {
                request.regions.clone()
            };
        for region in regions {
            if report.territories.iter().any(|known| known.account == account && known.region == region) {
                continue;
            }
            let hole = Hole {
                account: account.clone(),
                region: region.clone(),
                trail: None,
                span,
                reason: HoleReason::NoDigest,
            };
            report.territories.push(TerritoryReport {
                account: account.clone(),
                region,
                holes: vec![hole],
                ..TerritoryReport::default()
            });
        }
    }
    report.territories.sort_by(|a, b| (&a.account, &a.region).cmp(&(&b.account, &b.region)));
}

/// What all accounts and regions have in common.
struct Work<'a, S> {
    store: &'a S,
    keys: &'a dyn KeySource,
    request: &'a Request,
    observer: &'a dyn Observer,
    span: Span,
}

impl<S: ObjectStore> Work<'_, S> {
    fn territory(&self, territory: &Territory) -> Result<TerritoryReport, VerifyError> {
        let (span, now) = (self.span, self.request.now);
        let listed = territory.list_digests(self.store, span, now).map_err(VerifyError::List)?;
        let keys = self.keys(territory, &listed)?;
        let budget = Budget::new(self.request.most_entries);
        let relevant = relevant(&listed, span).into_par_iter();
        let loaded = relevant.map(|found| load(self.store, found, &budget)).collect();
        let places: HashSet<&Place> = listed.iter().map(|found| &found.place).collect();
        let (judged, missing) = judge(loaded, &places, &keys, span);
        let chains = chains(&judged, &listed);
        let edges = span.widened(EDGE_SECONDS);
        let surroundings = Surroundings {
            holes: chains.iter().map(|chain| (chain.trail.clone(), chain.holes(edges, now))).collect(),
            chains: &chains,
            span,
            now,
        };
        let trail = |chain: &Chain<'_>| (chain.trail.name.clone(), chain.trail.home_region.clone());
        let mut report = TerritoryReport {
            account: territory.account.clone(),
            region: territory.region.clone(),
            trails: chains.iter().map(trail).collect(),
            digests: digest_outcomes(&judged, missing, span),
            ..TerritoryReport::default()
        };
        self.log_files(territory, &judged, &surroundings, &mut report)?;
        report.holes = self.holes(territory, &chains, !report.log_files.is_empty());
        Ok(report)
    }

    /// Judges the log files, window by window.
    fn log_files(
        &self,
        territory: &Territory,
        judged: &[JudgedDigest],
        surroundings: &Surroundings<'_>,
        report: &mut TerritoryReport,
    ) -> Result<(), VerifyError> {
        let windows = windows(judged, self.span, self.request.most_entries);
        let mut names = Names::new(self.store, judged, self.span)?;
        for (number, window) in windows.iter().enumerate() {
            let entries = window.entries(self.store)?;
            let files = territory.list_log_files(self.store, window.listing).map_err(VerifyError::List)?;
            let named = names.take(window, &entries, number + 1 == windows.len());
            let seals = Seals::of(&entries, &files);
            let known = seals.known(&entries, &self.request.sealed);
            self.observer.log_files_planned(named.len());
            let mut outcomes = check(self.store, &named, |place| known.contains(place), self.observer);
            let others = files.iter().filter(|file| window.decides(file) && !names.contains(&file.place));
            outcomes.extend(unnamed(others, surroundings));
            outcomes.sort_by(|a, b| a.place.cmp(&b.place));
            self.observer.log_files_judged(&territory.account, &territory.region, &outcomes);
            report.sealed.extend(seals.of_valid(&entries, &outcomes));
            report.add(outcomes);
        }
        report.log_files.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(())
    }

    /// The keys of a region, for the digests that are there.
    fn keys(&self, territory: &Territory, listed: &[FoundDigest]) -> Result<Vec<PublicKey>, VerifyError> {
        if !territory.has_digests() || listed.is_empty() {
            return Ok(Vec::new());
        }
        // Of a backfill digest, the key is of the time when it was generated, which may be any time until now.
        let has_backfill = listed.iter().any(|found| found.key.is_backfill);
        let to = if has_backfill { self.request.now.max(self.span.to) } else { self.span.to };
        let span = Span { from: self.span.from - DAY, to: to + 2 * HOUR };
        self.keys.keys(&territory.region, span).map_err(VerifyError::Keys)
    }

    fn holes(&self, territory: &Territory, chains: &[Chain<'_>], has_log_files: bool) -> Vec<Hole> {
        let hole = |trail: Option<&str>, span, reason| Hole {
            account: territory.account.clone(),
            region: territory.region.clone(),
            trail: trail.map(str::to_owned),
            span,
            reason,
        };
        if chains.is_empty() && has_log_files {
            return vec![hole(None, self.span, HoleReason::NoDigest)];
        }
        let of_chain = |chain: &Chain<'_>| {
            let holes = chain.holes(self.span, self.request.now).into_iter();
            holes.map(|found| hole(Some(&chain.trail.name), found.span, found.reason)).collect::<Vec<_>>()
        };
        chains.iter().flat_map(of_chain).collect()
    }
}

/// The digests of the span with their verdicts, in the order of their places.
fn digest_outcomes(judged: &[JudgedDigest], missing: Vec<MissingDigest>, span: Span) -> Vec<DigestOutcome> {
    let of_span = judged.iter().filter(|digest| digest.span().touches(span));
    let mut outcomes: Vec<DigestOutcome> = of_span.map(digest_outcome).collect();
    outcomes.extend(missing.into_iter().map(|missing| DigestOutcome {
        note: Some(format!("`{}` names it", missing.named_by)),
        place: missing.place,
        verdict: DigestVerdict::Missing,
        proven: None,
        sha256: None,
    }));
    outcomes.sort_by(|a, b| a.place.cmp(&b.place));
    outcomes.dedup_by(|a, b| a.place == b.place);
    outcomes
}

fn digest_outcome(judged: &JudgedDigest) -> DigestOutcome {
    let proven = judged.proven().map(|(digest, signed)| ProvenDigest {
        span: judged.span(),
        fingerprint: digest.fingerprint.clone(),
        proof: signed.proof,
        log_files: digest.log_files.len(),
        is_start: digest.previous.is_none(),
        is_backfill: judged.loaded.key.is_backfill,
    });
    let (verdict, note) = match &judged.judgement {
        Ok(_) => (DigestVerdict::Valid, None),
        Err(fault) => (fault.verdict, fault.note.clone()),
    };
    let sha256 = judged.loaded.sha256().map(|sha256| hex(sha256));
    DigestOutcome { place: judged.loaded.place.clone(), verdict, note, proven, sha256 }
}
