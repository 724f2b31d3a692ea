//! What is known of an object beyond its verdict, as the JSON form shows it, and what several forms show of a chain.

use digests::{DigestOutcome, LogFileOutcome, LogFileVerdict, Proof, TerritoryReport, stamp};
use serde::Serialize;

/// What is known of an object beyond its verdict.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details<'a> {
    /// Of a digest, the hash of its content; of a log file, the hash that was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found_sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a str>,
    /// Where the signature came from: `metadata` or `next-digest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_from: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_files: Option<usize>,
    /// Whether the file was left alone because an earlier run has read it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    remembered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// What is known of a digest beyond its verdict.
pub(super) fn details_of_digest(digest: &DigestOutcome) -> Details<'_> {
    let proven = digest.proven.as_ref();
    Details {
        sha256: digest.sha256.as_deref(),
        from: proven.map(|proven| stamp(proven.span.from)),
        to: proven.map(|proven| stamp(proven.span.to)),
        fingerprint: proven.map(|proven| proven.fingerprint.as_str()),
        signature_from: proven.map(|proven| proof(proven.proof)),
        log_files: proven.map(|proven| proven.log_files),
        note: digest.note.as_deref(),
        ..Details::default()
    }
}

/// Where a signature came from, as a code.
fn proof(proof: Proof) -> &'static str {
    match proof {
        Proof::Metadata => "metadata",
        Proof::NextDigest => "next-digest",
    }
}

/// What is known of a log file beyond its verdict.
pub(super) fn details_of_file(file: &LogFileOutcome) -> Details<'_> {
    Details {
        sha256: file.delivered_sha256.as_deref(),
        found_sha256: file.found_sha256.as_deref(),
        remembered: file.verdict == LogFileVerdict::Valid && !file.was_read,
        note: file.note.as_deref(),
        ..Details::default()
    }
}

/// Whether a digest begins a chain.
pub(super) fn is_start(digest: &DigestOutcome) -> bool {
    digest.proven.as_ref().is_some_and(|proven| proven.is_start && !proven.is_backfill)
}

/// The end of what is proven without a hole that is a finding; what is not due yet ends it as well.
pub(super) fn proven_until(territory: &TerritoryReport) -> String {
    let proven = territory.digests.iter().filter_map(|digest| digest.proven.as_ref());
    proven
        .filter(|proven| !proven.is_backfill)
        .map(|proven| proven.span.to)
        .max()
        .map_or_else(String::new, stamp)
}
