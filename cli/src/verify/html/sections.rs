//! The sections of the page, in the order in which an auditor asks.

use digests::{DigestOutcome, DigestVerdict, Hole, LogFileOutcome, Proof, TerritoryReport, stamp};
use maud::{Markup, html};

use super::super::details::{is_start, proven_until};
use super::super::evidence::{Evidence, KeyOrigin, Totals};
use super::super::words::{counted, duration, grouped};
use super::strip;
use super::verdict;
use crate::page::text;

/// The answer.
pub(super) fn statement(evidence: &Evidence) -> Markup {
    let has_findings = evidence.verified.report.has_findings();
    html! {
        h2 { "1. Statement" }
        div class="lead" {
            p { (verdict(has_findings, if has_findings { "There are findings." } else { "No findings." })) }
            @for sentence in evidence.statement() { p { (text(&sentence)) } }
        }
    }
}

/// What was looked at.
pub(super) fn scope(evidence: &Evidence) -> Markup {
    let span = evidence.verified.span;
    html! {
        h2 { "2. Scope" }
        dl {
            dt { "Source" } dd { code { (text(&evidence.run.source)) } }
            dt { "Buckets" } dd { @for bucket in evidence.buckets() { code { (text(bucket)) } " " } }
            dt { "Span of delivery" } dd { (stamp(span.from)) " to " (stamp(span.to)) " (" (duration(span.to - span.from)) ")" }
            dt { "Accounts and regions" } dd { (evidence.scope()) }
        }
        table {
            thead { tr { th { "Account" } th { "Region" } th { "Trails" } th { "First proven second" } th { "Proven until" } } }
            tbody {
                @for territory in evidence.territories() {
                    tr {
                        td { (text(&territory.account)) }
                        td { (text(&territory.region)) }
                        td { @for (trail, home) in &territory.trails { (text(trail)) " (" (text(home)) ") " } }
                        td { (proven_from(territory)) }
                        td { (proven_until(territory)) }
                    }
                }
            }
        }
    }
}

fn proven_from(territory: &TerritoryReport) -> String {
    let proven = territory.digests.iter().filter_map(|digest| digest.proven.as_ref());
    proven
        .filter(|proven| !proven.is_backfill)
        .map(|proven| proven.span.from)
        .min()
        .map_or_else(String::new, stamp)
}

/// The numbers of each account and region.
pub(super) fn results(evidence: &Evidence) -> Markup {
    html! {
        h2 { "3. Results by account and region" }
        table {
            thead { tr {
                th { "Account and region" } th class="number" { "Digests valid" } th class="number" { "Log files valid" }
                th class="number" { "Unlisted" } th class="number" { "Unproven" } th class="number" { "Pending" } th { "Verdict" }
            } }
            tbody {
                @for territory in evidence.territories() {
                    @let totals = Totals::of([territory]);
                    tr {
                        td { (text(&territory.account)) " " (text(&territory.region)) }
                        td class="number" { (grouped(totals.valid_digests)) " of " (grouped(totals.digests)) }
                        td class="number" { (grouped(totals.valid)) " of " (grouped(totals.named)) }
                        td class="number" { (grouped(totals.unlisted)) }
                        td class="number" { (grouped(totals.unproven)) }
                        td class="number" { (grouped(totals.pending)) }
                        td { (verdict(territory.has_findings(), if territory.has_findings() { "findings" } else { "complete" })) }
                    }
                }
            }
        }
        p { "Hours of each day, in UTC: " (strip::LEGEND) }
        table {
            thead { tr { th { "Account and region" } th { "Day" } th { "Hours 0 to 23" } } }
            tbody {
                @for territory in evidence.territories() {
                    @for (day, hours) in strip::days(territory, evidence.verified.span) {
                        tr {
                            td { (text(&territory.account)) " " (text(&territory.region)) }
                            td { (day) }
                            td class="strip" { (hours) }
                        }
                    }
                }
            }
        }
    }
}

/// Every object that is not what it should be.
pub(super) fn findings(evidence: &Evidence) -> Markup {
    let digests = || evidence.territories().iter().flat_map(|territory| &territory.digests);
    let files = || evidence.territories().iter().flat_map(|territory| &territory.log_files);
    let has_none = digests().all(|digest| digest.verdict == DigestVerdict::Valid)
        && files().all(|file| !file.verdict.is_finding());
    html! {
        h2 { "4. Findings" }
        @if has_none { p { "None: every digest and every log file is valid." } }
        @for digest in digests().filter(|digest| digest.verdict != DigestVerdict::Valid) { (digest_finding(digest)) }
        @for file in files().filter(|file| file.verdict.is_finding()) { (file_finding(file)) }
    }
}

fn digest_finding(digest: &DigestOutcome) -> Markup {
    html! {
        div class="finding" {
            p { (verdict(true, digest.verdict.as_str())) " digest file " code { (text(&digest.place.to_string())) } }
            p { "The digest " (digest.verdict.meaning()) "." }
            @if let Some(note) = &digest.note { p { (text(note)) "." } }
            @if let Some(sha256) = &digest.sha256 { p class="hash" { "SHA-256 found " (sha256) } }
            p { "What to do: " (digest.verdict.advice()) "." }
        }
    }
}

fn file_finding(file: &LogFileOutcome) -> Markup {
    html! {
        div class="finding" {
            p { (verdict(true, file.verdict.as_str())) " log file " code { (text(&file.place.to_string())) } }
            p { "The log file " (file.verdict.meaning()) "." }
            @if let Some(note) = &file.note { p { (text(note)) "." } }
            @if let Some(sha256) = &file.delivered_sha256 { p class="hash" { "SHA-256 delivered " (sha256) } }
            @if let Some(sha256) = &file.found_sha256 { p class="hash" { "SHA-256 found " (sha256) } }
            p { "What to do: " (file.verdict.advice()) "." }
        }
    }
}

/// The times that are not proven, and where chains begin.
pub(super) fn holes(evidence: &Evidence) -> Markup {
    let holes: Vec<&Hole> = evidence.territories().iter().flat_map(|territory| &territory.holes).collect();
    let digests = evidence.territories().iter().flat_map(|territory| &territory.digests);
    let starts: Vec<&DigestOutcome> = digests.filter(|digest| is_start(digest)).collect();
    html! {
        h2 { "5. Time that is not proven, and beginnings of chains" }
        @if holes.is_empty() { p { "Every second of the span is proven." } } @else {
            table {
                thead { tr { th { "Account and region" } th { "Trail" } th { "From" } th { "To" } th { "Length" } th { "Reason" } } }
                tbody { @for hole in holes { (hole_row(hole)) } }
            }
        }
        @if !starts.is_empty() {
            p { "These digests name no digest before them: logging or its validation was switched on, or the trail was made." }
            table {
                thead { tr { th { "Digest file" } th { "Proven from" } } }
                tbody { @for start in starts { tr {
                    td { code { (text(&start.place.to_string())) } }
                    td { @if let Some(proven) = &start.proven { (stamp(proven.span.from)) } }
                } } }
            }
        }
    }
}

fn hole_row(hole: &Hole) -> Markup {
    let is_finding = hole.reason.is_finding();
    html! {
        tr {
            td { (text(&hole.account)) " " (text(&hole.region)) }
            td { @if let Some(trail) = &hole.trail { (text(trail)) } }
            td { (stamp(hole.span.from)) }
            td { (stamp(hole.span.to)) }
            td { (duration(hole.span.to - hole.span.from)) }
            td { (verdict(is_finding, hole.reason.as_str())) ": " (hole.reason.meaning()) }
        }
    }
}

/// How the answer was found, what it does not say, and how to check it.
pub(super) fn method(evidence: &Evidence) -> Markup {
    let uses = evidence.uses_of_keys();
    let digests = || evidence.territories().iter().flat_map(|territory| &territory.digests);
    let by_next = digests()
        .filter(|digest| digest.proven.as_ref().is_some_and(|proven| proven.proof == Proof::NextDigest))
        .count();
    html! {
        h2 { "6. Method" }
        p { "CloudTrail writes a digest file for every hour, account and region. It lists the log files that were delivered in that hour, with the SHA-256 of the uncompressed content of each, names the digest before it with its hash and signature, and is signed with a private key of the region (RSASSA-PKCS1-v1_5 with SHA-256). The signature covers the end of the hour, the place of the digest, the SHA-256 of its uncompressed content and the signature of the digest before it." }
        p { "For each digest the signature, the place, the time of the key and the link to the digest before it were verified; for each log file that a valid digest names, the content was hashed and compared. Every file that lies among the log files was looked up in the digests." }
        @if by_next > 0 {
            p { (counted(by_next, "digest was", "digests were")) " verified with the signature that the next digest holds, because the metadata of the copy is lost or wrong." }
        }
        table {
            thead { tr { th { "Region" } th { "Fingerprint of the public key" } th { "Valid from" } th { "Valid until" } th class="number" { "Digests verified" } } }
            tbody {
                @for (region, key) in evidence.keys.keys.iter() {
                    @let count = uses.get(&(region, key.fingerprint.as_str())).copied().unwrap_or_default();
                    tr {
                        td { (text(region)) } td { code { (text(&key.fingerprint)) } }
                        td { (stamp(key.starts_at)) } td { (stamp(key.ends_at)) } td class="number" { (grouped(count)) }
                    }
                }
            }
        }
        p {
            "The public keys are what is trusted. They come from "
            @match &evidence.keys.origin {
                KeyOrigin::File(file) => { "the file " code { (text(file)) } }
                KeyOrigin::CloudTrail => { "CloudTrail itself, which this run asked for the keys of each region (ListPublicKeys). As a file they have the" }
            }
            ", SHA-256 " span class="hash" { (evidence.keys.sha256) } "."
        }
        p { "Digests do not prove that the trail recorded every call (event selectors decide that), time before the first digest, time after the newest one, or that an account or a region was not deleted together with all its digests. The compression of a file is not signed; a log file that is not exactly one gzip member is reported as damaged." }
        p { "To repeat the verification where the files lie, for one account and region at a time: " code { "aws cloudtrail validate-logs --trail-arn ARN --region REGION --account-id ACCOUNT --start-time " (stamp(evidence.verified.span.from)) " --end-time " (stamp(evidence.verified.span.to)) " --verbose" } }
    }
}

/// Whether the log files were evaluated.
pub(super) fn completeness() -> Markup {
    html! {
        h2 { "7. Completeness of the evaluation" }
        p { "This run did not ask the ledger which log files were evaluated." }
    }
}

/// Who, when, with what.
pub(super) fn run(evidence: &Evidence, hash: &str) -> Markup {
    let run = &evidence.run;
    html! {
        h2 { "8. Run" }
        dl {
            dt { "Run by" } dd { @match &run.by { Some(by) => (text(by)), None => "not stated" } }
            dt { "Begun" } dd { (stamp(run.begun_at)) }
            dt { "Ended" } dd { (stamp(run.ended_at)) }
            dt { "Time of the verification" } dd { (stamp(run.now)) }
            dt { "Program" } dd { "trailbell " (env!("CARGO_PKG_VERSION")) }
            dt { "Command line" } dd { code { "trailbell" @for argument in &run.command_line { " " (text(argument)) } } }
            dt { "Exit status" } dd { (if evidence.verified.report.has_findings() { "1, there are findings" } else { "0, there are no findings" }) }
            dt { "SHA-256 of the result" } dd class="hash" { (hash) }
        }
        p { "The hash of the result is the member " code { "resultSha256" } " of the report in JSON form, which lists every object with its hash." }
    }
}

/// Which questions of which controls the page answers.
pub(super) fn controls() -> Markup {
    html! {
        h2 { "9. Controls that ask these questions" }
        p { "The page is evidence. Whether a control is met is the auditor's judgement." }
        table {
            thead { tr { th { "Control" } th { "Question" } th { "Sections" } } }
            tbody {
                @for (control, question, sections) in CONTROLS {
                    tr { td { (control) } td { (question) } td { (sections) } }
                }
            }
        }
    }
}

/// Control, what it asks, and where the answer is.
const CONTROLS: [(&str, &str, &str); 7] = [
    ("PCI DSS 4.0, 10.3.4", "Would a change of existing audit logs be noticed?", "1, 3, 4, 6"),
    ("PCI DSS 4.0, 10.5.1", "How far back are audit logs kept and available?", "2, 5"),
    ("CIS AWS Foundations, 3.2", "Is log file validation on in every region of the trail?", "2, 5"),
    ("AWS Security Hub, CloudTrail.4", "Is log file validation on?", "2, 5"),
    (
        "SOC 2, CC7.1 and CC7.2",
        "Are the records that monitoring relies on complete and unaltered over the whole period?",
        "1, 3, 5",
    ),
    (
        "NIST SP 800-53, AU-9(3) and AU-10",
        "Is audit information protected by cryptography, and its origin not deniable?",
        "6",
    ),
    (
        "NIST SP 800-53, SI-7",
        "Is the integrity of information verified, and are violations reported?",
        "1, 4",
    ),
];
