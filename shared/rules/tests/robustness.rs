//! No text makes the reader panic or takes it long.

use proptest::prelude::*;
use rules::{RuleSet, catalogue};

/// Reads a text and prints all diagnostics about it.
fn read(text: &str) {
    match RuleSet::parse("any.yaml", text) {
        Ok((set, warnings)) => {
            drop(rules::run_tests(&set));
            warnings.iter().for_each(|warning| drop(warning.to_string()));
        }
        Err(diagnostics) => drop(diagnostics.to_string()),
    }
}

/// A document that uses every key, small enough to be mangled thousands of times.
const DOCUMENT: &str = r#"version: 1
defaults: { metricNamespace: Mine, alarmAccounts: ["111122223333"] }
extends: []
include: [root-usage, vpc-changes]
exclude: [vpc-changes]
rules:
  - id: root-usage
    alarm: { threshold: 2 }
  - id: a
    title: "A \"quoted\" title"
    summary: >-
      Several
      lines.
    severity: high
    references: [CIS 1.4, 'T1110']
    filterPattern: |-
      { ($.a = "x*") &&
        ($.b != 1) }
    metricTransformation: { metricName: A, metricValue: $.n, unit: Count, dimensions: { D: $.d }, timestamp: event }
    alarm: { statistic: p99, period: 300, evaluationPeriods: 3, datapointsToAlarm: 2, threshold: 1.5 }
    alert: { groupBy: [$.a, '$.b[0]'] }
    tests:
      - { name: n, record: { a: x, b: [1, 2.5, null, true], 'c': {} }, match: false }
"#;

/// Pieces of YAML that change the meaning of the surrounding text.
fn fragment() -> impl Strategy<Value = String> {
    let yaml = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\r\n",
        "\r",
        "\t",
        "'",
        "\"",
        "|",
        ">-",
        "? ",
        "*a",
        "&a ",
        "!t ",
        "#",
        " #",
        "---\n",
        "...\n",
        "%TAG",
        "%YAML 1.2\n",
        "<<: ",
        "\\",
        "\u{feff}",
        "\0",
        "\u{85}",
        "\u{2028}",
        "ß",
        "日",
        "🦀",
        "~",
        "-1",
        "1e999",
        ".nan",
        "$.",
        "==",
        "@",
        "`",
        ",",
    ]);
    prop_oneof![yaml.prop_map(str::to_owned), "\\PC{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        read(&text);
        read(&format!("version: 1\nrules:\n  - {text}"));
    }

    #[test]
    fn arbitrary_yaml_like_text_never_panics(fragments in prop::collection::vec(fragment(), 0..40)) {
        let text = fragments.concat();
        read(&text);
        read(&format!("version: 1\nrules:\n  - id: a\n    filterPattern: {text}"));
    }

    #[test]
    fn a_mangled_document_never_panics(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6, fragment()), 1..6),
    ) {
        let mut characters: Vec<char> = DOCUMENT.chars().collect();
        for (index, removed, inserted) in cuts {
            let start = index.index(characters.len());
            let end = (start + removed).min(characters.len());
            characters.splice(start..end, inserted.chars());
        }
        read(&characters.into_iter().collect::<String>());
    }
}

#[test]
fn the_document_that_is_mangled_is_valid() {
    let (set, _) = RuleSet::parse("any.yaml", DOCUMENT).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    assert_eq!(set.rules().len(), 2);
}

#[test]
fn hostile_documents_are_refused_before_they_cost_much() {
    let million = 1_000_000;
    for (name, text) in [
        ("brackets", "[".repeat(million)),
        ("braces", "{".repeat(million)),
        ("dashes", "- ".repeat(million)),
        ("questions", "? ".repeat(million)),
        ("colons", ": ".repeat(million)),
        ("anchors", "&a ".repeat(million)),
        ("tags", "!a ".repeat(million)),
        ("quotes", "'".repeat(million)),
        ("nested rules", format!("version: 1\nrules: {}", "[".repeat(million))),
        ("a long line", format!("version: 1\nrules: {}", "x".repeat(million))),
        ("many lines", format!("version: 1\nrules: >\n{}", " x\n".repeat(million))),
        ("many keys", (0..100_000).map(|key| format!("k{key}: 1\n")).collect()),
        ("one key many times", "k: 1\n".repeat(100_000)),
        ("indentation", (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect()),
    ] {
        assert!(RuleSet::parse(name, &text).is_err(), "{name}");
    }
}

#[test]
fn aliases_are_refused_and_never_expanded() {
    // Expanded, the last list would have ten to the thirtieth items.
    let mut text = "version: 1\nrules:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("  - &a{level} [{aliases}]\n"));
    }
    let diagnostics = RuleSet::parse("any.yaml", &text).unwrap_err();
    let refused =
        diagnostics.iter().filter(|diagnostic| diagnostic.message == "YAML aliases are not supported");
    assert!(refused.count() > 100);
    let itself = RuleSet::parse("any.yaml", "version: 1\nrules: &a [*a]\n").unwrap_err();
    assert_eq!(itself.as_slice()[0].message, "YAML aliases are not supported");
}

#[test]
fn every_prefix_of_a_rule_is_read_or_refused() {
    for id in catalogue::rule_ids() {
        let text = catalogue::rule_text(id).unwrap();
        let boundaries = text.char_indices().map(|(offset, _)| offset);
        for end in boundaries.step_by(997) {
            read(&text[..end]);
        }
    }
}
