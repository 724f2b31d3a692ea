//! What a report says in every form: the verified span, how it was verified, and the statement in words.

use std::collections::BTreeMap;

use digests::{DigestVerdict, LogFileOutcome, LogFileVerdict, PublicKeys, TerritoryReport, Verified, stamp};

use super::spool::Spool;
use super::words::{counted, grouped, list};

/// Everything that a report says.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) verified: Verified,
    pub(super) run: Run,
    pub(super) keys: Keys,
    pub(super) totals: Totals,
    /// All log files, for the forms that list them or their hash.
    pub(super) files: Spool,
}

/// How the verification was run.
#[derive(Debug)]
pub(super) struct Run {
    /// What was verified, as it was named.
    pub(super) source: String,
    pub(super) by: Option<String>,
    pub(super) command_line: Vec<String>,
    /// Seconds since 1970, by the clock.
    pub(super) begun_at: i64,
    pub(super) ended_at: i64,
    /// The time of the verification, which may have been given.
    pub(super) now: i64,
}

/// The public keys that were trusted.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) keys: PublicKeys,
    pub(super) origin: KeyOrigin,
    /// The SHA-256 of the file, or of the file that `--save-keys` writes.
    pub(super) sha256: String,
}

/// Where public keys came from.
#[derive(Debug)]
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "only a run on a bucket asks CloudTrail"))]
pub(super) enum KeyOrigin {
    /// A file of this name.
    File(String),
    /// CloudTrail's answers to this run.
    CloudTrail,
}

/// Sums over all accounts and regions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) digests: usize,
    pub(super) valid_digests: usize,
    /// Log files that digests name.
    pub(super) named: usize,
    pub(super) valid: usize,
    pub(super) unlisted: usize,
    pub(super) pending: usize,
    /// Log files that no digest names, at a time that is not proven.
    pub(super) unproven: usize,
    /// Log files that are valid and were not read, because an earlier run has read them.
    pub(super) remembered: usize,
    /// Holes that are findings.
    pub(super) holes: usize,
    /// Seconds of these holes.
    pub(super) hole_seconds: i64,
    /// Everything that is something to look into.
    pub(super) findings: usize,
}

impl Totals {
    pub(super) fn of<'a>(territories: impl IntoIterator<Item = &'a TerritoryReport>) -> Self {
        let mut totals = Self::default();
        for territory in territories {
            let files = |is_counted: &dyn Fn(&LogFileOutcome) -> bool| {
                territory.log_files.iter().filter(|file| is_counted(file)).count()
            };
            totals.digests += territory.digests.len();
            totals.valid_digests += territory.count_digests(DigestVerdict::Valid);
            totals.named += territory.named;
            totals.valid += territory.valid;
            totals.unlisted += territory.count_log_files(LogFileVerdict::Unlisted);
            totals.pending += territory.count_log_files(LogFileVerdict::Pending);
            totals.unproven += files(&|file| !file.is_named && file.verdict == LogFileVerdict::Unproven);
            totals.remembered += territory.remembered;
            totals.findings += files(&|file| file.verdict.is_finding());
            totals.findings += territory.digests.len() - territory.count_digests(DigestVerdict::Valid);
            for hole in territory.holes.iter().filter(|hole| hole.reason.is_finding()) {
                totals.holes += 1;
                totals.findings += 1;
                totals.hole_seconds += hole.span.to - hole.span.from;
            }
        }
        totals
    }
}

impl Evidence {
    pub(super) fn new(verified: Verified, run: Run, keys: Keys, files: Spool) -> Self {
        let totals = Totals::of(&verified.report.territories);
        Self { verified, run, keys, totals, files }
    }

    pub(super) fn territories(&self) -> &[TerritoryReport] {
        &self.verified.report.territories
    }

    /// How many digests each key of a region verifies.
    pub(super) fn uses_of_keys(&self) -> BTreeMap<(&str, &str), usize> {
        let mut uses = BTreeMap::new();
        for territory in self.territories() {
            for proven in territory.digests.iter().filter_map(|digest| digest.proven.as_ref()) {
                *uses.entry((territory.region.as_str(), proven.fingerprint.as_str())).or_default() += 1;
            }
        }
        uses
    }

    /// The buckets that the objects lie in.
    pub(super) fn buckets(&self) -> Vec<&str> {
        let objects = self.territories().iter().flat_map(|territory| {
            let digests = territory.digests.iter().map(|digest| digest.place.bucket.as_str());
            digests.chain(territory.log_files.iter().map(|file| file.place.bucket.as_str()))
        });
        let mut buckets: Vec<&str> = objects.collect();
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }

    /// `1 account in 2 regions`
    pub(super) fn scope(&self) -> String {
        let distinct = |name: fn(&TerritoryReport) -> &String| {
            let mut names: Vec<&String> =
                self.territories().iter().map(name).filter(|name| !name.is_empty()).collect();
            names.sort_unstable();
            names.dedup();
            names.len()
        };
        let accounts = counted(distinct(|territory| &territory.account), "account", "accounts");
        let regions = counted(distinct(|territory| &territory.region), "region", "regions");
        format!("{accounts} in {regions}")
    }

    /// The answer in sentences. What is wrong comes first.
    pub(super) fn statement(&self) -> Vec<String> {
        let totals = &self.totals;
        let span = self.verified.span;
        let mut sentences: Vec<String> = self.wrongs();
        sentences.push(format!(
            "Of the {} that CloudTrail says it delivered between {} and {} for {}, {} there and unaltered.",
            counted(totals.named, "log file", "log files"),
            stamp(span.from),
            stamp(span.to),
            self.scope(),
            are(totals.valid),
        ));
        if totals.unlisted + totals.unproven == 0 {
            sentences.push("No other file lies among them.".to_owned());
        }
        sentences.push(if totals.digests == totals.valid_digests {
            format!(
                "All {} of this time are there, linked, and signed with the public keys of their regions.",
                counted(totals.digests, "digest file", "digest files")
            )
        } else {
            format!(
                "Of {} of this time, {} there, linked, and signed with the public keys of their regions.",
                counted(totals.digests, "digest file", "digest files"),
                are(totals.valid_digests)
            )
        });
        if totals.pending > 0 {
            let verb = if totals.pending == 1 { "waits" } else { "wait" };
            sentences.push(format!(
                "{} {verb} for the next digest, which is not overdue.",
                counted(totals.pending, "log file", "log files")
            ));
        }
        if totals.remembered > 0 {
            let verb = if totals.remembered == 1 { "was" } else { "were" };
            sentences.push(format!(
                "{} {verb} not read again: an earlier run has found them valid, and neither their size nor their time has changed.",
                counted(totals.remembered, "log file", "log files")
            ));
        }
        sentences
    }

    fn wrongs(&self) -> Vec<String> {
        let mut parts = Vec::new();
        for verdict in WRONG_FILES {
            let count: usize =
                self.territories().iter().map(|territory| territory.count_log_files(verdict)).sum();
            if count > 0 {
                parts.push(format!(
                    "{} {}",
                    counted(count, "log file", "log files"),
                    is_wrong(verdict, count)
                ));
            }
        }
        let invalid = self.totals.digests - self.totals.valid_digests;
        if invalid > 0 {
            let verb = if invalid == 1 { "is" } else { "are" };
            parts.push(format!(
                "{} {verb} missing or not valid",
                counted(invalid, "digest file", "digest files")
            ));
        }
        if self.totals.holes > 0 {
            let verb = if self.totals.holes == 1 { "is" } else { "are" };
            parts.push(format!(
                "{}, {} in all, {verb} not proven",
                counted(self.totals.holes, "span of time", "spans of time"),
                super::words::duration(self.totals.hole_seconds)
            ));
        }
        if parts.is_empty() { Vec::new() } else { vec![format!("{}.", list(&parts))] }
    }
}

/// The verdicts that are findings, the worst first.
const WRONG_FILES: [LogFileVerdict; 8] = [
    LogFileVerdict::Altered,
    LogFileVerdict::Missing,
    LogFileVerdict::Damaged,
    LogFileVerdict::Unlisted,
    LogFileVerdict::Conflict,
    LogFileVerdict::UnsafeName,
    LogFileVerdict::Unreadable,
    LogFileVerdict::Unproven,
];

fn is_wrong(verdict: LogFileVerdict, count: usize) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    let has = if count == 1 { "has" } else { "have" };
    match verdict {
        LogFileVerdict::Valid => format!("{verb} valid"),
        LogFileVerdict::Pending => format!("{verb} pending"),
        LogFileVerdict::Altered => format!("{verb} altered"),
        LogFileVerdict::Missing => format!("{verb} missing"),
        LogFileVerdict::Damaged => format!("{verb} damaged"),
        LogFileVerdict::Unreadable => "cannot be read".to_owned(),
        LogFileVerdict::UnsafeName => format!("{has} an unsafe name"),
        LogFileVerdict::Conflict => format!("{verb} named with different hashes"),
        LogFileVerdict::Unlisted => format!("{verb} named by no digest"),
        LogFileVerdict::Unproven => format!("{verb} not proven"),
    }
}

fn are(count: usize) -> String {
    format!("{} {}", grouped(count), if count == 1 { "is" } else { "are" })
}
