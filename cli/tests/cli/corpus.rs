//! Real records with counts from an independent oracle, where the corpus lies beside the project.
//!
//! `corpus-rules.yaml` says the oracle's rules in the pattern language; the oracle itself has no pattern parser.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use cloudtrail::{Limits, Record, open_log_file};
use filter_pattern::{Matches, PatternSet};
use rules::RuleSet;
use serde_json::Value;
use walkdir::WalkDir;

use crate::support::run;

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    folder.join("expected-counts.json").exists().then_some(folder)
}

/// The oracle's name of a rule as the id of ours.
fn rule_id(name: &str) -> String {
    name.replace(['_', '~'], "-")
}

fn matches(report: &Value) -> BTreeMap<String, u64> {
    let rules = report["rules"].as_array().unwrap();
    rules
        .iter()
        .map(|rule| (rule["id"].as_str().unwrap().to_owned(), rule["matches"].as_u64().unwrap()))
        .collect()
}

fn replay(path: &Path) -> Value {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus-rules.yaml");
    let result = run([
        "replay".as_ref(),
        "--format=json".as_ref(),
        "--rules".as_ref(),
        rules.as_os_str(),
        path.as_os_str(),
    ]);
    assert_eq!(result.code, Some(0), "{result:?}");
    result.json()
}

#[test]
fn every_dataset_gives_the_counts_of_the_oracle() {
    let Some(corpus) = corpus() else { return };
    let expected = std::fs::read_to_string(corpus.join("expected-counts.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    for (dataset, expected) in expected["datasets"].as_object().unwrap() {
        let report = replay(&corpus.join(dataset));
        assert_eq!(report["files"]["processed"], expected["files"], "{dataset}");
        assert_eq!(report["records"]["evaluated"], expected["records"], "{dataset}");
        assert_eq!(report["records"]["rejected"], 0, "{dataset}");
        let counts: BTreeMap<String, u64> = expected["counts"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, count)| (rule_id(name), count.as_u64().unwrap()))
            .collect();
        assert_eq!(matches(&report), counts, "{dataset}");
    }
}

/// Rules that look at who called or how it ended, and may count what another rule counts for what was called.
const LOOKS_AT_WHO_OR_OUTCOME: [&str; 8] = [
    "root-usage",
    "unauthorized-api-calls",
    "console-login-no-mfa",
    "console-login-failures",
    "console-login-unknown-user",
    "vpc-endpoint-access-denied",
    "insight-api-call-rate",
    "insight-api-error-rate",
];

#[test]
fn no_real_record_is_reported_by_two_recommended_rules_for_what_was_called() {
    let Some(corpus) = corpus() else { return };
    let set = RuleSet::recommended().unwrap();
    let rules: Vec<_> =
        set.rules().iter().filter(|rule| !LOOKS_AT_WHO_OR_OUTCOME.contains(&rule.id.as_str())).collect();
    let patterns = PatternSet::new(rules.iter().map(|rule| rule.pattern.clone()));
    let mut matches = Matches::default();
    let mut matched = 0;
    for file in WalkDir::new(corpus).into_iter().map(Result::unwrap) {
        if !file.file_name().to_str().unwrap().ends_with(".json.gz") {
            continue;
        }
        let mut reader = open_log_file(File::open(file.path()).unwrap(), Limits::default());
        while let Some(record) = reader.next_record().unwrap() {
            let Record::Complete(bytes) = record else { panic!("{}", file.path().display()) };
            patterns.matches_into(bytes, &mut matches).unwrap();
            let superseded: Vec<_> = matches.iter().flat_map(|index| &rules[index].supersedes).collect();
            let ids = matches.iter().map(|index| &rules[index].id);
            let ids: Vec<_> = ids.filter(|id| !superseded.contains(id)).collect();
            assert!(ids.len() <= 1, "{ids:?} report a record of {}", file.path().display());
            matched += ids.len();
        }
    }
    assert!(matched > 0);
}
