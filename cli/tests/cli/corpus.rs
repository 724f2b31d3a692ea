//! Real records with counts from an independent oracle, where the corpus lies beside the project.
//!
//! `corpus-rules.yaml` says the oracle's rules in the pattern language; the oracle itself has no pattern parser.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

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
