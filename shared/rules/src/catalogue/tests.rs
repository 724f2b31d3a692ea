//! Every rule of the catalogue against its own tests, the sets, and labelled records if they are available.

use std::{collections::HashSet, fs, path::Path};

use filter_pattern::{Matches, PatternSet};
use serde_json::{Value, json};

use super::{
    ALL, Set, decoded, rule_ids, rule_text, rule_text_without_tests, set, sets, suggest_rule, suggest_set,
};
use crate::{Rule, RuleSet, reference, run_tests};

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
    for set in sets() {
        let mut whole = RuleSet::from_set(set.name).unwrap().rules().to_vec();
        whole.iter_mut().for_each(|rule| rule.tests.clear());
        assert_eq!(RuleSet::of_set_without_tests(set).unwrap().rules(), whole, "{}", set.name);
    }
}

/// As in `build.rs`.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn the_decoded_rules_are_current() {
    let mut lines = String::new();
    for id in rule_ids() {
        let text = rule_text_without_tests(id).unwrap();
        let rule = document(id, text).rules()[0].clone();
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(
            serde_json::from_str::<Rule>(&json).unwrap(),
            rule,
            "{id} is not the same when it is decoded"
        );
        lines.push_str(&format!("{id} {:016x} {json}\n", fingerprint(text)));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("decoded.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, lines).unwrap();
        return;
    }
    let current = fs::read_to_string(&path).unwrap_or_default() == lines;
    assert!(current, "decoded.txt is not current: run `UPDATE=1 cargo test -p rules --lib decoded`");
    for id in rule_ids() {
        assert!(decoded(id).is_some(), "{id} is not built in as a decoded rule");
    }
}

#[test]
fn a_document_gets_the_same_rules_whether_they_are_decoded_or_parsed() {
    for text in [
        "version: 1\nextends: [all]\n",
        "version: 1\nextends: [all]\ndefaults: { metricNamespace: Other }\n",
        "version: 1\nextends: [all]\ndefaults: { alarmAccounts: ['111122223333'] }\n",
        "version: 1\nextends: [recommended, cis-5.0]\nexclude: [root-usage]\nrules:\n  - { id: console-login-failures, alarm: { threshold: 10 } }\n",
    ] {
        let (whole, whole_warnings) = RuleSet::parse("rules.yaml", text).unwrap();
        let (bare, warnings) = RuleSet::parse_without_tests("rules.yaml", text).unwrap();
        assert_eq!(warnings.to_string(), whole_warnings.to_string(), "{text}");
        assert_eq!(bare.rules().len(), whole.rules().len());
        for (bare, whole_rule) in bare.rules().iter().zip(whole.rules()) {
            assert_eq!(bare, &Rule { tests: Vec::new(), ..whole_rule.clone() });
            assert_eq!(whole.place(&bare.id), whole.place(&whole_rule.id));
        }
    }
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
            ("summary", &rule.summary),
            ("rationale", &rule.rationale),
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
        assert!(rule.references.iter().any(|text| reference::url(text).is_some()), "{} has no link", rule.id);
        assert!(rule.title != rule.id && rule.alarm.is_some(), "{}", rule.id);
    }
}

#[test]
fn texts_for_the_person_on_call_are_short_and_whole_sentences() {
    for rule in all().rules() {
        for (text, longest) in [(&rule.summary, 200), (&rule.response, 330)] {
            assert!(text.ends_with('.') && !text.contains('\n'), "{}: {text}", rule.id);
            assert!(text.chars().count() <= longest, "{}: {} characters", rule.id, text.chars().count());
        }
    }
}

#[test]
fn a_superseded_rule_exists_and_shares_a_record_with_the_rule_that_supersedes_it() {
    let all = all();
    for rule in all.rules() {
        for superseded in &rule.supersedes {
            let broad =
                all.rule(superseded).unwrap_or_else(|| panic!("{} supersedes `{superseded}`", rule.id));
            let others = all.rules().iter().flat_map(|rule| &rule.tests);
            let mut tests = rule.tests.iter().chain(&broad.tests).chain(others);
            let both =
                |record: &Value| rule.pattern.matches_record(record) && broad.pattern.matches_record(record);
            assert!(
                tests.any(|test| variants(&test.record).iter().any(both)),
                "{} supersedes {superseded}, but no record shows why",
                rule.id
            );
        }
    }
}

#[test]
fn test_records_are_whole_records_with_events_of_their_own() {
    let set = all();
    let mut seen = HashSet::new();
    for (rule, test) in set.rules().iter().flat_map(|rule| rule.tests.iter().map(move |test| (rule, test))) {
        let place = format!("{}: {}", rule.id, test.name);
        // The record of an Insight has no caller, and the call is one of its details.
        let is_insight = test.record["eventType"] == "AwsCloudTrailInsight";
        let call = if is_insight { &test.record["insightDetails"] } else { &test.record };
        for field in ["eventVersion", "eventTime", "awsRegion", "recipientAccountId"] {
            assert!(test.record[field].is_string(), "{place} lacks `{field}`");
        }
        assert!(call["eventSource"].is_string() && call["eventName"].is_string(), "{place}");
        assert!(is_insight || test.record["userIdentity"].is_object(), "{place}");
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
    for expected in [
        "cis-1.2",
        "cis-1.4",
        "cis-3.0",
        "cis-5.0",
        "security-hub",
        "aws-guide",
        "data-events",
        "recommended",
        ALL,
    ] {
        assert!(names.contains(expected), "{expected}");
    }
    for Set { name, description, rules } in sets() {
        let ids: HashSet<_> = rules.iter().collect();
        assert_eq!(ids.len(), rules.len(), "{name} lists a rule twice");
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

/// A record as it is and, if it is of an API call, as it would be if root had made the call, if the call had been refused,
/// and both.
fn variants(record: &Value) -> Vec<Value> {
    let mut variants = vec![record.clone()];
    if record["eventType"] != "AwsApiCall" {
        return variants;
    }
    for error in [None, Some("AccessDenied"), Some("VpceAccessDenied")] {
        for is_root in [false, true] {
            let mut variant = record.clone();
            if let Some(error) = error {
                variant["errorCode"] = json!(error);
            }
            if error == Some("VpceAccessDenied") {
                variant["eventType"] = json!("AwsVpceEvent");
            }
            if is_root {
                let arn = "arn:aws:iam::111122223333:root";
                variant["userIdentity"] = json!({ "type": "Root", "arn": arn, "accountId": "111122223333" });
            }
            variants.push(variant);
        }
    }
    variants
}

#[test]
fn no_record_is_reported_by_two_recommended_rules() {
    let recommended = RuleSet::recommended().unwrap();
    let rules = recommended.rules();
    let patterns = PatternSet::new(rules.iter().map(|rule| rule.pattern.clone()));
    let all = all();
    let tests = all.rules().iter().flat_map(|rule| rule.tests.iter().map(|test| test.record.clone()));
    let labelled = labelled_records().into_iter().map(|mut labelled| labelled["event"].take());
    let mut matches = Matches::default();
    let (mut faults, mut shared) = (Vec::new(), 0);
    for record in tests.chain(labelled).flat_map(|record| variants(&record)) {
        patterns.matches_into(record.to_string().as_bytes(), &mut matches).unwrap();
        let matched: Vec<&Rule> =
            matches.iter().map(|index| &rules[index]).filter(|rule| rule.alert.is_some()).collect();
        shared += usize::from(matched.len() > 1);
        let superseded: HashSet<_> = matched.iter().flat_map(|rule| &rule.supersedes).collect();
        let ids: Vec<_> = matched.iter().map(|rule| &rule.id).filter(|id| !superseded.contains(id)).collect();
        if ids.len() > 1 {
            faults.push(format!("{ids:?} report {} {}", record["eventSource"], record["eventName"]));
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(shared > 100, "only {shared} records match two rules");
}

/// Records with the rule that they test and whether it must match; empty if they are not available.
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
