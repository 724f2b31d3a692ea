//! What to do about each reason for which a message is in the dead-letter queue.
//!
//! The codes are those of the log processor's errors, and those of [`super::diagnosis::Fate`]. A test reads the sources of the
//! former, so that a new code without advice is noticed.

/// What to do about a code.
pub(super) fn advice(code: &str) -> &'static str {
    match code.split_once('.') {
        Some(("message", name)) => of_message(name),
        Some(("file", name)) => of_file(name),
        Some(("metrics" | "alerts", name)) => of_sink(code, name),
        Some(("rules", name)) => of_rules(name),
        _ => UNKNOWN,
    }
}

const UNKNOWN: &str = "look for this code in the log of the log processor.";

const PASSING: &str = "this passes by itself, and has lasted longer than the queue's retries; redrive.";

fn of_message(name: &str) -> &'static str {
    match name {
        "nothing" => "the log processor takes such a message and deletes it; redrive, or delete it.",
        "not-json" | "not-an-object" | "unknown-shape" => {
            "somebody else writes to the queue: look at the body, and at who may send by the queue's policy and its subscriptions; \
             no redrive helps."
        }
        "malformed" | "key-encoding" => {
            "the message has a known shape and a fault in it: look at the body, and at what rewrites messages on their way \
             (an input transformer, a relay); announce its files with `trailbell backfill`."
        }
        "too-many-objects" => {
            "nobody but a relay makes such messages: let it announce fewer files at once; announce these with `trailbell backfill`."
        }
        "too-many-envelopes" => {
            "topics are chained: subscribe the queue to the trail's own topic; announce the files with `trailbell backfill`."
        }
        _ => UNKNOWN,
    }
}

fn of_file(name: &str) -> &'static str {
    match name {
        "unknown" => "give `--table`, the ledger's table, to learn what became of the file.",
        "done" => "the file is processed since; a redrive is harmless, and empties the queue.",
        "ignored" => {
            "the log processor passes over such files; a redrive is harmless, and empties the queue."
        }
        "never-begun" => {
            "no invocation has begun the file: look at the function's errors and throttles (reserved concurrency, a start that \
             fails, a ledger out of reach), then redrive."
        }
        "cut-off" => {
            "the invocation was ended from outside (time-out, out of memory, crash): look for that in the function's log, give it \
             more memory or time, then redrive."
        }
        "failed" => "the ledger has no reason: look for the file in the log of the log processor.",
        "in-progress" => "an invocation has the file: wait until it is done.",
        "deadline" => {
            "the invocation's time was too short for the file: raise the function's timeout or memory, or lower the batch size; \
             then redrive."
        }
        "not-found" => {
            "the object was deleted or has expired, or the message names another bucket: restore it and redrive; if it is gone for \
             good, delete the message."
        }
        "access-denied" => {
            "grant the function's role `s3:GetObject` in its policy and the bucket's, and `kms:Decrypt` on the trail's key; then \
             redrive."
        }
        "bucket-not-allowed" => {
            "add the bucket to `TRAILBELL_ALLOWED_BUCKETS` and redrive if its files are to be read; if not, find out who announces \
             them."
        }
        "too-large" => {
            "raise `TRAILBELL_MAX_FILE_BYTES`, and the function's memory if need be; then redrive."
        }
        "empty" | "truncated-gzip" | "corrupt-gzip" | "checksum-mismatch" | "trailing-data" => {
            "the object is not as CloudTrail wrote it: compare it with its digest (`aws cloudtrail validate-logs`), restore it from \
             a copy or an earlier version, and redrive; find out who changed it."
        }
        "not-gzip" | "not-json" | "no-records" | "records-not-a-list" => {
            "the object is no log file of CloudTrail: find out who writes there; no redrive helps, unless a true one is restored."
        }
        "refused" => {
            "S3 refused the request; an archived object (Glacier, Deep Archive) has to be restored first; then redrive."
        }
        "throttled" | "unavailable" | "read" | "aborted" | "after-failure" => PASSING,
        _ => UNKNOWN,
    }
}

fn of_sink(code: &str, name: &str) -> &'static str {
    match name {
        "access-denied" if code.starts_with("metrics.") => {
            "grant the function's role `cloudwatch:PutMetricData` for the namespace; then redrive."
        }
        "access-denied" => {
            "grant the function's role `sns:Publish` on the alert topic, in the topic's policy too, and the use of its key; check \
             that the topic exists; then redrive."
        }
        "invalid" => {
            "the service refused a datapoint or an alert as invalid: the function's log names it; mend the rule, then redrive."
        }
        "throttled" | "unavailable" => PASSING,
        _ => UNKNOWN,
    }
}

fn of_rules(name: &str) -> &'static str {
    match name {
        "invalid" | "not-utf-8" | "too-large" => {
            "the function has no rules that it can use: mend the rule file (`trailbell rules check`), then redrive."
        }
        "not-found" => "put the rule file where `TRAILBELL_RULES` says, then redrive.",
        "access-denied" | "refused" => {
            "let the function's role read the rule file, and use its key; then redrive."
        }
        "throttled" | "unavailable" | "slow" | "aborted" => PASSING,
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::dead_letters::diagnosis::Fate;

    /// The codes in the sources that make the errors of messages, files, rules and sinks.
    fn codes() -> BTreeSet<String> {
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("shared");
        let sources = [
            "cloudtrail/src/log_file/error.rs",
            "cloudtrail/src/notification/error.rs",
            "pipeline/src/error.rs",
            "pipeline/src/rule_source/error.rs",
        ];
        let mut codes = BTreeSet::new();
        for source in sources {
            let text = std::fs::read_to_string(shared.join(source)).unwrap();
            let is_code = |word: &&str| {
                let kinds = ["message.", "file.", "metrics.", "alerts.", "rules."];
                kinds.iter().any(|kind| word.starts_with(kind))
            };
            codes.extend(text.split('"').filter(is_code).map(str::to_owned));
        }
        codes
    }

    #[test]
    fn every_code_of_the_log_processor_has_advice() {
        let codes = codes();
        assert!(codes.len() > 40, "found only {codes:?}");
        for code in codes {
            assert_ne!(advice(&code), UNKNOWN, "{code}");
        }
    }

    #[test]
    fn every_fate_of_a_file_has_advice() {
        let now = time::OffsetDateTime::UNIX_EPOCH;
        for fate in [
            Fate::Unknown,
            Fate::Ignored("digest"),
            Fate::NeverBegun,
            Fate::InProgress(now),
            Fate::CutOff(now, None),
            Fate::Failed(None),
            Fate::Done,
        ] {
            assert_ne!(advice(fate.code()), UNKNOWN, "{fate:?}");
        }
        assert_ne!(advice("message.nothing"), UNKNOWN);
        assert_eq!(advice("file.of-another-version"), UNKNOWN);
    }

    #[test]
    fn advice_fits_the_service_that_refused() {
        assert!(advice("metrics.access-denied").contains("PutMetricData"));
        assert!(advice("alerts.access-denied").contains("sns:Publish"));
    }
}
