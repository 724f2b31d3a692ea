//! Golden tests of the diagnostics: each `diagnostics/<name>.yaml` prints exactly `diagnostics/<name>.txt`.
//!
//! Run with `UPDATE_GOLDEN=1` to rewrite the texts, and read the difference before keeping it.

use std::{fs, path::PathBuf};

use rules::RuleSet;

/// What a document prints: its diagnostics, and whether it can be used.
fn printed(name: &str, text: &str) -> String {
    let (verdict, diagnostics) = match RuleSet::parse(name, text) {
        Ok((set, warnings)) => (format!("accepted, {} rules", set.rules().len()), warnings),
        Err(diagnostics) => ("refused".to_owned(), diagnostics.into_iter().collect()),
    };
    let mut output = String::new();
    for diagnostic in diagnostics {
        output.push_str(&format!("{diagnostic}\n\n"));
    }
    output + &verdict + "\n"
}

#[test]
fn every_faulty_document_prints_its_golden_text() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut documents: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    documents.sort();
    assert!(documents.len() >= 25, "{} documents in {}", documents.len(), folder.display());
    let mut differing = Vec::new();
    for path in documents {
        let name = path.file_name().unwrap().to_str().unwrap();
        let output = printed(name, &fs::read_to_string(&path).unwrap());
        let golden = path.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, output).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != output {
            differing.push(format!("{name} prints:\n{output}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn a_duplicate_id_in_another_file_names_both_places() {
    let rule =
        "version: 1\nrules:\n  - id: a\n    filterPattern: x\n    metricTransformation: { metricName: A }\n";
    let other = rule.replace("version: 1\n", "version: 1\n\n");
    let diagnostics = RuleSet::parse_all([("first.yaml", rule), ("second.yaml", &other)]).unwrap_err();
    let expected = "\
second.yaml:4:9: error: the rule id `a` is taken
  |
4 |   - id: a
  |         ^
  = help: the other rule with this id is at first.yaml:3:9";
    assert_eq!(diagnostics.to_string(), expected);
}

#[test]
fn a_document_beyond_the_size_limit_is_refused_unread() {
    let text = format!("version: 1\nrules: []\n# {}", "x".repeat(4 * 1024 * 1024));
    let diagnostics = RuleSet::parse("big.yaml", &text).unwrap_err();
    assert!(
        diagnostics.as_slice()[0].message.contains("more than the 4194304 that are read"),
        "{diagnostics}"
    );
}

#[test]
fn a_document_of_too_many_values_is_refused() {
    let text = format!("version: 1\nrules: [{}]\n", " a,\n".repeat(600_000));
    let diagnostics = RuleSet::parse("big.yaml", &text).unwrap_err();
    assert!(diagnostics.as_slice()[0].message.contains("more than the 500000 values"), "{diagnostics}");
}

#[test]
fn rules_beyond_the_limit_are_refused() {
    let rule =
        |id| format!("  - {{ id: r{id}, filterPattern: x, metricTransformation: {{ metricName: A }} }}\n");
    let text: String =
        std::iter::once("version: 1\nrules:\n".to_owned()).chain((0..10_001).map(rule)).collect();
    let diagnostics = RuleSet::parse("many.yaml", &text).unwrap_err();
    assert_eq!(diagnostics.as_slice()[0].message, "10001 rules, more than the 10000 that are read");
    assert_eq!(diagnostics.as_slice()[0].line, 10_003);
}

#[test]
fn a_flood_of_faults_is_cut_and_still_refused() {
    let text: String = std::iter::once("version: 1\nrules: []\n".to_owned())
        .chain((0..1_000).map(|key| format!("key{key}: 1\n")))
        .collect();
    let diagnostics = RuleSet::parse("flood.yaml", &text).unwrap_err();
    assert_eq!(diagnostics.iter().len(), 201);
    assert!(diagnostics.iter().last().unwrap().message.ends_with("more errors are not shown"));
}
