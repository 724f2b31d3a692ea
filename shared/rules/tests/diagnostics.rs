//! Golden tests of the diagnostics: each `diagnostics/<name>.yaml` prints exactly `diagnostics/<name>.txt`.
//!
//! Run with `UPDATE_GOLDEN=1` to rewrite the texts, and read the difference before keeping it.

use std::{fs, path::PathBuf};

use rules::RuleSet;

/// The output for a document: its diagnostics, and whether it can be used.
fn printed(name: &str, text: &str) -> String {
    let (verdict, diagnostics) = match RuleSet::parse(name, text) {
        Ok((set, warnings)) => (format!("accepted, {} rules", set.rules().len()), warnings),
        Err(diagnostics) => ("refused".to_owned(), diagnostics),
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
second.yaml:4:9: error: rule id `a` is already in use
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
    assert!(diagnostics.as_slice()[0].message.contains("more than the limit of 4194304"), "{diagnostics}");
}

#[test]
fn a_document_of_too_many_values_is_refused() {
    let text = format!("version: 1\nrules: [{}]\n", " a,\n".repeat(600_000));
    let diagnostics = RuleSet::parse("big.yaml", &text).unwrap_err();
    assert!(
        diagnostics.as_slice()[0].message.contains("more values than the limit of 500000"),
        "{diagnostics}"
    );
}

#[test]
fn rules_beyond_the_limit_are_refused() {
    let rule = |id| {
        format!("  - {{ id: r{id}, filterPattern: x, metricTransformation: {{ metricName: A{id} }} }}\n")
    };
    let text: String =
        std::iter::once("version: 1\nrules:\n".to_owned()).chain((0..10_001).map(rule)).collect();
    let diagnostics = RuleSet::parse("many.yaml", &text).unwrap_err();
    assert_eq!(diagnostics.as_slice()[0].message, "10001 rules, more than the limit of 10000");
    assert_eq!(diagnostics.as_slice()[0].line, 10_003);
}

#[test]
fn a_flood_of_faults_is_cut_and_still_refused() {
    let text: String = std::iter::once("version: 1\nrules: []\n".to_owned())
        .chain((0..1_000).map(|key| format!("key{key}: 1\n")))
        .collect();
    let diagnostics = RuleSet::parse("flood.yaml", &text).unwrap_err();
    assert_eq!(diagnostics.iter().len(), 200);
    assert_eq!((diagnostics.errors(), diagnostics.hidden_errors()), (1_001, 801), "the keys, and no rules");
    assert_eq!((diagnostics.warnings(), diagnostics.hidden_warnings()), (0, 0));
    assert!(diagnostics.to_string().ends_with("\n\nnot shown: 801 more errors"), "{diagnostics}");
}

/// A rule with tests that each cause a warning.
fn rule_with_warnings(pattern: &str, warnings: usize) -> String {
    let test = "      - { name: t, record: { accountId: 111122223333 }, match: true }\n";
    format!(
        "version: 1\nrules:\n  - id: a\n    filterPattern: '{pattern}'\n    metricTransformation: {{ metricName: A }}\n    \
         tests:\n{}",
        test.repeat(warnings)
    )
}

#[test]
fn warnings_displace_no_errors_and_are_counted_when_they_are_not_shown() {
    let text = rule_with_warnings("x", 250) + "  - { id: B }\n";
    let diagnostics = RuleSet::parse("crowd.yaml", &text).unwrap_err();
    assert_eq!(diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count(), 3, "{diagnostics}");
    assert_eq!((diagnostics.errors(), diagnostics.hidden_errors()), (3, 0));
    assert_eq!((diagnostics.warnings(), diagnostics.hidden_warnings()), (250, 50));

    let (_, warnings) = RuleSet::parse("crowd.yaml", &rule_with_warnings("x", 250)).unwrap();
    assert_eq!((warnings.iter().len(), warnings.warnings(), warnings.errors()), (200, 250, 0));
    assert!(warnings.to_string().ends_with("\n\nnot shown: 50 more warnings"), "{warnings}");
}

#[test]
fn the_regular_expressions_of_all_documents_share_a_budget() {
    let document = |first: usize, rules: usize| {
        let rules = (first..first + rules).map(|id| {
            format!("  - {{ id: r{id}, filterPattern: '%a{{968}}%', metricTransformation: {{ metricName: A{id} }} }}\n")
        });
        std::iter::once("version: 1\nrules:\n".to_owned()).chain(rules).collect::<String>()
    };
    let (first, second) = (document(0, 60), document(60, 5));
    RuleSet::parse_all([("first.yaml", &*first), ("second.yaml", &*second)]).unwrap();
    let second = document(60, 20);
    let diagnostics = RuleSet::parse_all([("first.yaml", &*first), ("second.yaml", &*second)]).unwrap_err();
    assert_eq!(diagnostics.errors(), 1, "{diagnostics}");
    let fault = &diagnostics.as_slice()[0];
    assert_eq!((fault.source_name.as_str(), fault.line), ("second.yaml", 8), "{diagnostics}");
    assert_eq!(fault.message, "the regular expressions of all rules together exceed 65536 positions");
}

#[test]
fn regular_expressions_of_faulty_patterns_count_against_the_budget_too() {
    let rule = |id| {
        format!(
            "  - {{ id: r{id}, filterPattern: '%a{{968}}% (', metricTransformation: {{ metricName: A{id} }} }}\n"
        )
    };
    let text: String = std::iter::once("version: 1\nrules:\n".to_owned()).chain((0..150).map(rule)).collect();
    let diagnostics = RuleSet::parse("faulty.yaml", &text).unwrap_err();
    // Each costs 1,000 positions: the 66th is read, and exceeds the budget.
    assert_eq!(diagnostics.errors(), 66 + 1, "{diagnostics}");
}
