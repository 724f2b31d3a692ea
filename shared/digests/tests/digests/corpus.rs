//! The digest corpus beside the project, where it is there: every case with the verdicts that it states.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use digests::{PublicKeys, Request, Verified, stamp, verify};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::memory::{Judged, Memory, Object};

fn folder() -> Option<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let folder = project.parent()?.join("shared/reference/digest-corpus/cases");
    folder.is_dir().then_some(folder)
}

fn seconds(text: &Value) -> i64 {
    OffsetDateTime::parse(text.as_str().unwrap(), &Rfc3339).unwrap().unix_timestamp()
}

fn memory(case: &Value, with_times: bool) -> Memory {
    let mut memory = Memory::default();
    for (bucket, objects) in case["objects"].as_object().unwrap() {
        for (key, object) in objects.as_object().unwrap() {
            if object.get("deleted").is_some() {
                continue;
            }
            let metadata: BTreeMap<String, String> = object
                .get("metadata")
                .map(|metadata| serde_json::from_value(metadata.clone()).unwrap())
                .unwrap_or_default();
            let body = object["body"].as_str().unwrap().as_bytes();
            memory.objects.insert(
                digests::Place::new(bucket, key),
                Object {
                    body: data_encoding::BASE64.decode(body).unwrap(),
                    metadata,
                    written_at: with_times.then(|| seconds(&object["lastModified"])),
                    error: object.get("error").map(|code| code.as_str().unwrap().to_owned()),
                },
            );
        }
    }
    memory
}

/// A report in the words of the corpus.
fn words(verified: &Verified, judged: &Judged) -> Value {
    let territories = || verified.report.territories.iter();
    let digests: BTreeMap<String, &str> = territories()
        .flat_map(|territory| &territory.digests)
        .map(|digest| (digest.place.to_string(), digest.verdict.as_str()))
        .collect();
    let judged = judged.0.lock().unwrap();
    let files: BTreeMap<String, &str> =
        judged.iter().map(|file| (file.place.to_string(), file.verdict.as_str())).collect();
    assert_eq!(files.len(), judged.len(), "a log file has one verdict");
    let holes: Vec<Value> = territories()
        .flat_map(|territory| &territory.holes)
        .map(|hole| {
            json!({
                "account": hole.account, "region": hole.region, "trail": hole.trail,
                "from": stamp(hole.span.from), "to": stamp(hole.span.to), "why": hole.reason.as_str(),
            })
        })
        .collect();
    let mut starts: Vec<String> = territories()
        .flat_map(|territory| &territory.digests)
        .filter(|digest| digest.proven.as_ref().is_some_and(|proven| proven.is_start && !proven.is_backfill))
        .map(|digest| digest.place.to_string())
        .collect();
    starts.sort();
    json!({
        "findings": verified.report.has_findings(),
        "digests": digests, "logFiles": files, "holes": holes, "starts": starts,
    })
}

fn verified(case: &Value, memory: &Memory, judged: &Judged) -> Verified {
    let keys = PublicKeys::parse(case["publicKeys"].to_string().as_bytes()).unwrap();
    let request = Request {
        from: Some(seconds(&case["request"]["from"])),
        to: seconds(&case["request"]["to"]),
        now: seconds(&case["request"]["now"]),
        ..Request::default()
    };
    verify(memory, &keys, &request, judged).unwrap()
}

/// What a report is expected to be, without what only a ledger or versions can tell.
fn expected(case: &Value) -> Value {
    let mut expected = case["expected"].clone();
    let members = expected.as_object_mut().unwrap();
    members.remove("recoverable");
    if let Some(evaluated) = members.remove("evaluated") {
        let is_finding = |state: &Value| matches!(state.as_str(), Some("failed" | "not-seen"));
        if evaluated.as_object().unwrap().values().any(is_finding) {
            members.insert("findings".to_owned(), json!(false));
        }
    }
    expected
}

#[test]
fn every_case_of_the_corpus_gets_its_verdicts_with_and_without_times() {
    let Some(folder) = folder() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for with_times in [true, false] {
            let judged = Judged::default();
            let found = words(&verified(&case, &memory(&case, with_times), &judged), &judged);
            let expected = expected(&case);
            for (member, expected) in expected.as_object().unwrap() {
                assert_eq!(
                    &found[member],
                    expected,
                    "`{member}` of {}, with times: {with_times}",
                    path.display()
                );
            }
        }
        count += 1;
    }
    assert!(count >= 43, "{count} cases");
}
