//! The reference pages that are made from the catalogue. `UPDATE=1 cargo test -p rules --test documented` writes them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rules::{Rule, RuleSet, catalogue, reference};

const CONTROLS: &str = "\
# Controls and the rules that cover them

Made from the catalogue by `UPDATE=1 cargo test -p rules --test documented`.

An auditor who asks for the filter and alarm of a control finds them here.
Each rule counts into a metric and has an alarm `trailbell/<rule>`, whose tag `trailbell:controls` names the controls.
`trailbell rules show RULE` prints the filter pattern, `trailbell rules test --set all` runs the rule's test records, and
[companion-filters.yaml](../../infra/companion-filters.yaml) makes the metric filters and alarms that Security Hub itself looks for.
Where several rules are named, the first is in the set of that benchmark, and the others find more or less than it asks for.
";

const RULES: &str = "\
# Built-in rules

Made from the catalogue by `UPDATE=1 cargo test -p rules --test documented`.

`trailbell rules show RULE` prints a rule with its pattern, what to do when it finds something, and where it is known to be noisy.
`trailbell rules sets` lists the sets; `recommended` is the default.

| rule | severity | what it tells | sets |
|---|---|---|---|
";

/// The benchmarks in the order of the page: how their controls begin, the heading, and the set that is made for them.
const BENCHMARKS: [(&str, &str, &str); 5] = [
    ("CIS 5.0 ", "CIS AWS Foundations Benchmark 5.0", "cis-5.0"),
    ("CIS 3.0 ", "CIS AWS Foundations Benchmark 3.0", "cis-3.0"),
    ("CIS 1.4 ", "CIS AWS Foundations Benchmark 1.4", "cis-1.4"),
    ("CIS 1.2 ", "CIS AWS Foundations Benchmark 1.2", "cis-1.2"),
    ("CloudWatch.", "AWS Security Hub", "security-hub"),
];

fn all_rules() -> RuleSet {
    RuleSet::of_set_without_tests(catalogue::set(catalogue::ALL).unwrap()).unwrap()
}

/// A cell of a table on one line.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Sections and controls sorted as numbers: 4.2 before 4.10.
fn order(control: &str) -> Vec<u32> {
    control.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

fn is_in(rule: &Rule, set: &str) -> bool {
    catalogue::set(set).unwrap().rules.contains(&rule.id.as_str())
}

fn controls() -> String {
    let rules = all_rules();
    let mut page = CONTROLS.to_owned();
    for (start, heading, set) in BENCHMARKS {
        let mut covered: BTreeMap<Vec<u32>, (String, Vec<&Rule>)> = BTreeMap::new();
        for rule in rules.rules() {
            for control in rule.references.iter().filter(|reference| reference.starts_with(start)) {
                assert!(reference::is_control(control), "{control}");
                covered.entry(order(control)).or_insert_with(|| (control.clone(), Vec::new())).1.push(rule);
            }
        }
        writeln!(page, "\n## {heading}\n\nThe set `{set}`.\n\n| control | what it watches | rules | severity |\n|---|---|---|---|")
            .unwrap();
        for (control, mut rules) in covered.into_values() {
            rules.sort_by_key(|rule| (!is_in(rule, set), rule.id.clone()));
            let ids: Vec<String> = rules.iter().map(|rule| format!("`{}`", rule.id)).collect();
            let first = rules.first().unwrap();
            writeln!(
                page,
                "| {control} | {} | {} | {} |",
                cell(&first.title),
                ids.join(", "),
                first.severity
            )
            .unwrap();
        }
    }
    page
}

fn rules() -> String {
    let mut page = RULES.to_owned();
    for rule in all_rules().rules() {
        let sets = catalogue::sets().iter().map(|set| set.name);
        let sets: Vec<&str> = sets.filter(|set| *set != catalogue::ALL && is_in(rule, set)).collect();
        writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            rule.id,
            rule.severity,
            cell(&rule.summary),
            sets.join(", ")
        )
        .unwrap();
    }
    page
}

#[test]
fn the_pages_on_rules_and_controls_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    for (name, page) in [("controls.md", controls()), ("rules.md", rules())] {
        let path = folder.join(name);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, page).unwrap();
            continue;
        }
        let is_current = fs::read_to_string(&path).unwrap_or_default() == page;
        assert!(is_current, "{name} is not current: run `UPDATE=1 cargo test -p rules --test documented`");
    }
}

/// A control that no rule of its own set covers would be a gap that the page does not show.
#[test]
fn the_first_rule_of_each_control_is_in_the_set_of_its_benchmark() {
    for (start, _, set) in BENCHMARKS {
        let rules = all_rules();
        let is_covered = |control: &String| {
            rules.rules().iter().any(|rule| rule.references.contains(control) && is_in(rule, set))
        };
        let controls = rules.rules().iter().flat_map(|rule| &rule.references);
        let open: Vec<_> = controls
            .filter(|control| control.starts_with(start))
            .filter(|control| !is_covered(control))
            .collect();
        assert!(open.is_empty(), "{set}: {open:?}");
    }
}
