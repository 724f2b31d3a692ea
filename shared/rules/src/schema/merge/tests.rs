//! Merges of small trees, and the property that applying the same change twice has no further effect.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::merge;
use crate::yaml::{Node, SourceText, Value, read};

/// The tree of a text without positions; mappings as lists of pairs, so that the order counts.
fn plain(node: &Node<'_>) -> Json {
    match &node.value {
        Value::Scalar(scalar) => Json::from(&*scalar.text),
        Value::Sequence(items) => items.iter().map(plain).collect(),
        Value::Mapping(entries) => {
            entries.iter().map(|(key, value)| json!({ plain(key).as_str().unwrap(): plain(value) })).collect()
        }
    }
}

fn tree(text: &str) -> Node<'_> {
    read(&SourceText::new("test", text)).root.unwrap()
}

#[test]
fn an_entry_changes_what_it_names() {
    let base = "{ id: a, severity: low, filterPattern: p, metricTransformation: { metricName: M, unit: Count }, \
                alarm: { statistic: Sum, threshold: 1 }, tests: [{ name: one, match: true }, { name: two }] }";
    for (entry, expected) in [
        ("{ id: a }", base),
        (
            "{ id: a, severity: high }",
            "{ id: a, severity: high, filterPattern: p, metricTransformation: { metricName: M, unit: Count }, \
             alarm: { statistic: Sum, threshold: 1 }, tests: [{ name: one, match: true }, { name: two }] }",
        ),
        (
            "{ id: a, alarm: { threshold: 3 }, metricTransformation: { timestamp: event } }",
            "{ id: a, alarm: { threshold: 3, statistic: Sum }, metricTransformation: { timestamp: event, metricName: M, unit: Count }, \
             severity: low, filterPattern: p, tests: [{ name: one, match: true }, { name: two }] }",
        ),
        (
            "{ id: a, alarm: { extendedStatistic: p99 } }",
            "{ id: a, alarm: { extendedStatistic: p99, threshold: 1 }, severity: low, filterPattern: p, \
             metricTransformation: { metricName: M, unit: Count }, tests: [{ name: one, match: true }, { name: two }] }",
        ),
        (
            "{ id: a, alarm: false, tests: [{ name: three }, { name: one, match: false }] }",
            "{ id: a, alarm: false, tests: [{ name: two }, { name: three }, { name: one, match: false }], severity: low, \
             filterPattern: p, metricTransformation: { metricName: M, unit: Count } }",
        ),
        (
            "{ id: a, filterPattern: q }",
            "{ id: a, filterPattern: q, severity: low, metricTransformation: { metricName: M, unit: Count }, \
             alarm: { statistic: Sum, threshold: 1 } }",
        ),
        (
            "{ id: a, filterPattern: q, tests: [{ name: three }] }",
            "{ id: a, filterPattern: q, tests: [{ name: three }], severity: low, \
             metricTransformation: { metricName: M, unit: Count }, alarm: { statistic: Sum, threshold: 1 } }",
        ),
        ("text", "text"),
    ] {
        assert_eq!(plain(&merge(&tree(base), &tree(entry))), plain(&tree(expected)), "{entry}");
    }
    let switched_off = "{ id: a, alarm: false }";
    let merged = merge(&tree(switched_off), &tree("{ id: a, alarm: { threshold: 2 } }"));
    assert_eq!(plain(&merged), plain(&tree("{ id: a, alarm: { threshold: 2 } }")));
}

/// A value of a rule's key: a scalar, a list of tests, or a mapping of the keys that need care.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec!["false", "x", "y", "1"]).prop_map(str::to_owned);
    let keys = prop::sample::subsequence(vec!["statistic", "extendedStatistic", "threshold", "unit"], 0..=3);
    let mapping = (keys, 0..3).prop_map(|(keys, value)| {
        let entries: Vec<_> = keys.into_iter().map(|key| format!("{key}: {value}")).collect();
        format!("{{ {} }}", entries.join(", "))
    });
    let names = prop::sample::subsequence(vec!["one", "two", "three"], 0..=3);
    let tests = (names, 0..3).prop_map(|(names, value)| {
        let tests: Vec<_> =
            names.into_iter().map(|name| format!("{{ name: {name}, record: {value} }}")).collect();
        format!("[{}]", tests.join(", "))
    });
    prop_oneof![scalar, mapping, tests]
}

fn rule() -> impl Strategy<Value = String> {
    const KEYS: [&str; 7] =
        ["id", "title", "filterPattern", "metricTransformation", "alarm", "alert", "tests"];
    let keys = prop::sample::subsequence(KEYS.to_vec(), 0..=KEYS.len());
    (keys, prop::collection::vec(value(), KEYS.len())).prop_map(|(keys, values)| {
        let entries: Vec<_> =
            keys.iter().zip(&values).map(|(key, value)| format!("{key}: {value}")).collect();
        format!("{{ {} }}", entries.join(", "))
    })
}

proptest! {
    #[test]
    fn applying_a_change_twice_has_no_further_effect(base in rule(), entry in rule()) {
        let (base, entry) = (tree(&base), tree(&entry));
        let once = merge(&base, &entry);
        prop_assert_eq!(plain(&merge(&once, &entry)), plain(&once));
    }

    #[test]
    fn a_rule_changed_by_itself_stays_what_it_is(rule in rule()) {
        let rule = tree(&rule);
        prop_assert_eq!(plain(&merge(&rule, &rule)), plain(&rule));
    }
}
