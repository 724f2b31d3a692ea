//! Every rule of the catalogue against its own tests, the sets, and labelled records where they are at hand.

use std::{collections::HashSet, fs, path::Path};

use filter_pattern::{Matches, PatternSet};
use serde_json::Value;

use super::{ALL, Set, rule_ids, rule_text, rule_text_without_tests, set, sets, suggest_rule, suggest_set};
use crate::{Rule, RuleSet, run_tests};

fn all() -> RuleSet {
    RuleSet::from_set(ALL).unwrap()
}

/// The rule set of one document of the catalogue.
fn document(id: &str, text: &str) -> RuleSet {
    let (set, warnings) = RuleSet::parse(id, text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    assert!(warnings.is_empty(), "{warnings}");
    set
}

#[test]
fn every_document_holds_the_rule_of_its_name_and_is_read_without_a_warning() {
    for id in rule_ids() {
        let set = document(id, rule_text(id).unwrap());
        let ids: Vec<_> = set.rules().iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, [id]);
    }
}

#[test]
fn a_document_that_inherits_a_rule_has_the_rule_of_its_own_document() {
    let all = all();
    for id in rule_ids() {
        assert_eq!(all.rule(id), document(id, rule_text(id).unwrap()).rule(id));
    }
}

#[test]
fn the_text_without_tests_differs_in_nothing_else() {
    for id in rule_ids() {
        let mut whole = document(id, rule_text(id).unwrap()).rules().to_vec();
        whole.iter_mut().for_each(|rule| rule.tests.clear());
        let text = rule_text_without_tests(id).unwrap();
        assert_eq!(document(id, text).rules(), whole);
        assert!(!text.contains("tests:") && !text.contains("record:"), "{id}");
    }
    let mut recommended = RuleSet::recommended().rules().to_vec();
    recommended.iter_mut().for_each(|rule| rule.tests.clear());
    assert_eq!(RuleSet::of_set_without_tests(super::recommended()).rules(), recommended);
}

#[test]
fn every_test_of_the_catalogue_passes() {
    let failed: Vec<_> = run_tests(&all()).into_iter().filter(|test| !test.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Whether a reference is a technique of MITRE ATT&CK, such as `T1078.004`.
fn is_technique(reference: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let (technique, sub) = reference
        .strip_prefix('T')
        .unwrap_or_default()
        .split_once('.')
        .map_or((reference.strip_prefix('T').unwrap_or_default(), "000"), |parts| parts);
    digits(technique, 4) && digits(sub, 3)
}

#[test]
fn every_rule_is_complete_and_shows_two_matches_and_two_near_misses() {
    for rule in all().rules() {
        let matching = rule.tests.iter().filter(|test| test.expected).count();
        assert!(matching >= 2 && rule.tests.len() - matching >= 2, "{} lacks tests", rule.id);
        for (name, text) in [
            ("description", &rule.description),
            ("response", &rule.response),
            ("knownNoise", &rule.known_noise),
        ] {
            assert!(!text.is_empty(), "{} lacks `{name}`", rule.id);
        }
        assert!(
            rule.references.iter().any(|reference| is_technique(reference)),
            "{} names no technique",
            rule.id
        );
        assert!(rule_text(&rule.id).unwrap().contains("\n    severity: "), "{} has no severity", rule.id);
        assert!(rule.title != rule.id && rule.alarm.is_some(), "{}", rule.id);
    }
}

#[test]
fn test_records_are_whole_records_with_events_of_their_own() {
    let set = all();
    let mut seen = HashSet::new();
    for (rule, test) in set.rules().iter().flat_map(|rule| rule.tests.iter().map(move |test| (rule, test))) {
        let place = format!("{}: {}", rule.id, test.name);
        for field in
            ["eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "recipientAccountId"]
        {
            assert!(test.record[field].is_string(), "{place} lacks `{field}`");
        }
        assert!(test.record["userIdentity"].is_object(), "{place}");
        assert!(seen.insert(test.record["eventID"].as_str().unwrap().to_owned()), "{place}");
    }
}

#[test]
fn no_two_rules_publish_the_same_metric() {
    let mut seen = HashSet::new();
    for rule in all().rules() {
        assert_eq!(rule.metric.namespace, "CloudTrailMetrics", "{}", rule.id);
        assert!(seen.insert(rule.metric.name.clone()), "{}", rule.id);
    }
}

#[test]
fn every_rule_with_the_time_of_its_event_gets_a_window_that_covers_late_records() {
    let changes: String = rule_ids()
        .map(|id| format!("  - {{ id: {id}, metricTransformation: {{ timestamp: event }} }}\n"))
        .collect();
    let text = format!("version: 1\nextends: [all]\nrules:\n{changes}");
    for rule in document("late.yaml", &text).rules() {
        let alarm = rule.alarm.as_ref().unwrap();
        assert!(alarm.period * alarm.evaluation_periods >= 3_600, "{}", rule.id);
        assert_eq!(alarm.datapoints_to_alarm, 1, "{}", rule.id);
    }
}

#[test]
fn sets_have_names_of_their_own_and_each_rule_once() {
    let names: HashSet<_> = sets().iter().map(|set| set.name).collect();
    assert_eq!(names.len(), sets().len());
    for expected in
        ["cis-1.2", "cis-1.4", "cis-3.0", "cis-5.0", "security-hub", "aws-guide", "recommended", ALL]
    {
        assert!(names.contains(expected), "{expected}");
    }
    for Set { name, description, rules } in sets() {
        let ids: HashSet<_> = rules.iter().collect();
        assert_eq!(ids.len(), rules.len(), "{name} names a rule twice");
        assert!(!description.is_empty() && !rules.is_empty(), "{name}");
        assert_eq!(RuleSet::from_set(name).unwrap().rules().len(), rules.len(), "{name}");
    }
    assert_eq!(super::recommended().name, "recommended");
    assert_eq!(set(ALL).unwrap().rules, rule_ids().collect::<Vec<_>>());
    assert!(RuleSet::from_set("recommend").is_none());
    assert_eq!(
        (suggest_set("recomended"), suggest_rule("root-usge")),
        (Some("recommended"), Some("root-usage"))
    );
}

/// Rules of the recommended set that look at who called or how it ended, and not at what was called. A record that one of
/// them counts may be counted by another rule for what it is about.
const LOOKS_AT_WHO_OR_OUTCOME: [&str; 4] =
    ["root-usage", "unauthorized-api-calls", "console-login-no-mfa", "console-login-failures"];

#[test]
fn no_record_is_counted_by_two_recommended_rules_for_what_was_called() {
    let recommended = RuleSet::recommended();
    for id in LOOKS_AT_WHO_OR_OUTCOME {
        assert!(recommended.rule(id).is_some(), "{id} is not recommended and needs no exemption");
    }
    let rules: Vec<&Rule> = recommended
        .rules()
        .iter()
        .filter(|rule| !LOOKS_AT_WHO_OR_OUTCOME.contains(&rule.id.as_str()))
        .collect();
    let patterns = PatternSet::new(rules.iter().map(|rule| rule.pattern.clone()));
    let all = all();
    let tests = all.rules().iter().flat_map(|rule| rule.tests.iter().map(|test| test.text.clone()));
    let labelled = labelled_records().into_iter().map(|labelled| labelled["event"].to_string());
    let mut matches = Matches::default();
    for record in tests.chain(labelled) {
        patterns.matches_into(record.as_bytes(), &mut matches).unwrap();
        let ids: Vec<_> = matches.iter().map(|index| rules[index].id.as_str()).collect();
        assert!(ids.len() <= 1, "{ids:?} count {record}");
    }
}

/// Records with the rule that they are about and whether it has to match; none where they are not at hand.
fn labelled_records() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/baseline-events.jsonl");
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn labelled_records_are_decided_as_labelled() {
    let set = all();
    let mut differing = Vec::new();
    for labelled in labelled_records() {
        let (id, record) = (labelled["rule"].as_str().unwrap(), &labelled["event"]);
        let rule = set.rule(id).unwrap_or_else(|| panic!("there is no rule `{id}`"));
        let event_name = record["eventName"].as_str().unwrap();
        let label = labelled["match"].as_bool().unwrap();
        if rule.pattern.matches_record(record) != label {
            differing.push(format!("{id}: {event_name}, labelled {label}"));
        }
    }
    assert!(differing.is_empty(), "{differing:#?}");
}
