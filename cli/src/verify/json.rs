//! The report for programs: every object with its verdict and its hash, so that a second tool can check it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};

use digests::{HashingWriter, Hole, TerritoryReport, stamp};
use serde::Serialize;

use super::details::{details_of_digest, is_start};
use super::evidence::{Evidence, KeyOrigin, Totals};
use super::spool::copy_members;

/// The result without the maps of log files and of details, which may not fit into memory.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonResult<'a> {
    findings: bool,
    from: String,
    to: String,
    now: String,
    territories: Vec<JsonTerritory<'a>>,
    keys: Vec<JsonKey<'a>>,
    holes: Vec<JsonHole<'a>>,
    starts: Vec<String>,
    /// What the ledger says of each log file; `null` because it was not asked.
    evaluated: Option<()>,
    digests: BTreeMap<String, &'static str>,
}

#[derive(Serialize)]
struct JsonHole<'a> {
    account: &'a str,
    region: &'a str,
    trail: Option<&'a str>,
    from: String,
    to: String,
    why: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonTerritory<'a> {
    account: &'a str,
    region: &'a str,
    trails: Vec<JsonTrail<'a>>,
    digests: usize,
    valid_digests: usize,
    named: usize,
    valid: usize,
    unlisted: usize,
    pending: usize,
    unproven: usize,
    findings: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonTrail<'a> {
    name: &'a str,
    home_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonKey<'a> {
    region: &'a str,
    fingerprint: &'a str,
    from: String,
    to: String,
    digests: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonRun<'a> {
    version: &'static str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    command_line: &'a [String],
    begun: String,
    ended: String,
    /// Absent if CloudTrail was asked for the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_file: Option<&'a str>,
    keys_sha256: &'a str,
}

/// Writes the report on one line.
pub(super) fn write(evidence: &Evidence, out: &mut impl Write) -> io::Result<()> {
    let mut hashing = HashingWriter::new(&mut *out);
    write_result(evidence, &mut hashing, "")?;
    // The hash is of an object; here it goes on.
    hashing.finish();
    let run = serde_json::to_string(&run(evidence))?;
    writeln!(out, ",\"resultSha256\":\"{}\",\"run\":{run}}}", result_sha256(evidence)?)
}

/// The SHA-256 of the report without its members `resultSha256` and `run`, as compact JSON. The same objects verified at the
/// same time give the same.
pub(super) fn result_sha256(evidence: &Evidence) -> io::Result<String> {
    let mut hashing = HashingWriter::new(io::sink());
    write_result(evidence, &mut hashing, "}")?;
    Ok(hashing.finish())
}

fn write_result(evidence: &Evidence, out: &mut impl Write, end: &str) -> io::Result<()> {
    let mut members = serde_json::to_string(&result(evidence))?;
    members.pop();
    write!(out, "{members},\"logFiles\":{{")?;
    let mut is_first = true;
    let mut of_digests = String::new();
    for digest in evidence.territories().iter().flat_map(|territory| &territory.digests) {
        let place = serde_json::to_string(&digest.place.to_string())?;
        let comma = if std::mem::take(&mut is_first) { "" } else { "," };
        of_digests
            .push_str(&format!("{comma}{place}:{}", serde_json::to_string(&details_of_digest(digest))?));
    }
    let out = RefCell::new(out);
    evidence.files.write(
        |verdicts| copy_members(verdicts, true, *out.borrow_mut()),
        |details| {
            write!(out.borrow_mut(), "}},\"details\":{{{of_digests}")?;
            copy_members(details, is_first, *out.borrow_mut())
        },
    )?;
    write!(out.borrow_mut(), "}}{end}")
}

fn result(evidence: &Evidence) -> JsonResult<'_> {
    let territories = evidence.territories();
    let digests = || territories.iter().flat_map(|territory| &territory.digests);
    let mut starts: Vec<String> =
        digests().filter(|digest| is_start(digest)).map(|digest| digest.place.to_string()).collect();
    starts.sort();
    JsonResult {
        findings: evidence.verified.report.has_findings(),
        from: stamp(evidence.verified.span.from),
        to: stamp(evidence.verified.span.to),
        now: stamp(evidence.run.now),
        territories: territories.iter().map(territory).collect(),
        keys: keys(evidence),
        holes: territories.iter().flat_map(|territory| &territory.holes).map(hole).collect(),
        starts,
        evaluated: None,
        digests: digests().map(|digest| (digest.place.to_string(), digest.verdict.as_str())).collect(),
    }
}

fn hole(hole: &Hole) -> JsonHole<'_> {
    JsonHole {
        account: &hole.account,
        region: &hole.region,
        trail: hole.trail.as_deref(),
        from: stamp(hole.span.from),
        to: stamp(hole.span.to),
        why: hole.reason.as_str(),
    }
}

fn territory(territory: &TerritoryReport) -> JsonTerritory<'_> {
    let totals = Totals::of([territory]);
    JsonTerritory {
        account: &territory.account,
        region: &territory.region,
        trails: territory.trails.iter().map(|(name, home_region)| JsonTrail { name, home_region }).collect(),
        digests: totals.digests,
        valid_digests: totals.valid_digests,
        named: totals.named,
        valid: totals.valid,
        unlisted: totals.unlisted,
        pending: totals.pending,
        unproven: totals.unproven,
        findings: territory.has_findings(),
    }
}

fn keys(evidence: &Evidence) -> Vec<JsonKey<'_>> {
    let uses = evidence.uses_of_keys();
    let used = evidence.keys.keys.iter().map(|(region, key)| JsonKey {
        region,
        fingerprint: &key.fingerprint,
        from: stamp(key.starts_at),
        to: stamp(key.ends_at),
        digests: uses.get(&(region, key.fingerprint.as_str())).copied().unwrap_or_default(),
    });
    used.collect()
}

fn run(evidence: &Evidence) -> JsonRun<'_> {
    JsonRun {
        version: env!("CARGO_PKG_VERSION"),
        source: &evidence.run.source,
        by: evidence.run.by.as_deref(),
        command_line: &evidence.run.command_line,
        begun: stamp(evidence.run.begun_at),
        ended: stamp(evidence.run.ended_at),
        keys_file: match &evidence.keys.origin {
            KeyOrigin::File(file) => Some(file),
            KeyOrigin::CloudTrail => None,
        },
        keys_sha256: &evidence.keys.sha256,
    }
}
