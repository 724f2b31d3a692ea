//! The baseline against its own tests, its quotas, and labelled records where they are at hand.

use std::{collections::HashSet, fs, path::Path};

use serde_json::Value;

use super::{BASELINE_YAML, NAME};
use crate::{RuleSet, run_tests};

#[test]
fn the_baseline_is_read_without_a_warning() {
    let (set, warnings) =
        RuleSet::parse(NAME, BASELINE_YAML).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(set, RuleSet::baseline());
}

#[test]
fn the_baseline_without_tests_differs_in_nothing_else() {
    let whole = RuleSet::baseline();
    let bare = RuleSet::baseline_without_tests();
    let stripped = whole.rules().iter().cloned().map(|mut rule| {
        rule.tests.clear();
        rule
    });
    assert_eq!(bare.rules(), stripped.collect::<Vec<_>>());
}

#[test]
fn every_test_of_the_baseline_passes() {
    let failed: Vec<_> = run_tests(&RuleSet::baseline()).into_iter().filter(|test| !test.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_rule_is_complete_and_shows_two_matches_and_two_near_misses() {
    for rule in RuleSet::baseline().rules() {
        let matching = rule.tests.iter().filter(|test| test.expected).count();
        assert!(matching >= 2 && rule.tests.len() - matching >= 2, "{}", rule.id);
        assert!(!rule.description.is_empty() && !rule.references.is_empty(), "{}", rule.id);
        assert!(rule.title != rule.id && rule.alarm.is_some() && rule.alert.is_some(), "{}", rule.id);
    }
}

#[test]
fn test_records_are_whole_records_with_events_of_their_own() {
    let set = RuleSet::baseline();
    let mut seen = HashSet::new();
    for (rule, test) in set.rules().iter().flat_map(|rule| rule.tests.iter().map(move |test| (rule, test))) {
        for field in
            ["eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "recipientAccountId"]
        {
            assert!(test.record[field].is_string(), "{}: {} lacks `{field}`", rule.id, test.name);
        }
        assert!(test.record["userIdentity"].is_object(), "{}: {}", rule.id, test.name);
        assert!(
            seen.insert(test.record["eventID"].as_str().unwrap().to_owned()),
            "{}: {}",
            rule.id,
            test.name
        );
    }
}

#[test]
fn no_two_rules_publish_the_same_metric() {
    let set = RuleSet::baseline();
    let mut seen = HashSet::new();
    for rule in set.rules() {
        assert_eq!(rule.metric.namespace, "CloudTrailMetrics", "{}", rule.id);
        assert!(seen.insert(rule.metric.name.as_str()), "{}", rule.id);
    }
}

#[test]
fn failed_sign_ins_denied_calls_and_instance_changes_are_watched() {
    let set = RuleSet::baseline();
    for (id, metric, threshold) in [
        ("console-login-failures", "ConsoleSignInFailureCount", 3.0),
        ("unauthorized-api-calls", "AuthorizationFailureCount", 1.0),
        ("ec2-instance-changes", "EC2InstanceEventCount", 1.0),
    ] {
        let rule = set.rule(id).unwrap();
        assert_eq!(rule.metric.name, metric);
        assert_eq!(rule.alarm.as_ref().unwrap().threshold, threshold, "{id}");
    }
}

/// Labels that follow another text of the control than the one chosen here, by rule and event name.
const CHOSEN_OTHERWISE: [(&str, &str); 1] = [
    // The label follows Security Hub's text, which is blind to edits in the EC2 console.
    ("security-group-changes", "ModifySecurityGroupRules"),
];

#[test]
fn labelled_records_are_decided_as_labelled() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/baseline-events.jsonl");
    let Ok(text) = fs::read_to_string(path) else { return };
    let set = RuleSet::baseline();
    let mut decided = 0;
    for line in text.lines() {
        let labelled: Value = serde_json::from_str(line).unwrap();
        let (id, record) = (labelled["rule"].as_str().unwrap(), &labelled["event"]);
        let Some(rule) = set.rule(id) else { continue };
        let event_name = record["eventName"].as_str().unwrap();
        let differs = CHOSEN_OTHERWISE.contains(&(id, event_name));
        let label = labelled["match"].as_bool().unwrap();
        assert_eq!(rule.pattern.matches_record(record), label != differs, "{id}: {event_name}");
        decided += 1;
    }
    assert!(decided > 0, "no label names a rule of the baseline");
}
