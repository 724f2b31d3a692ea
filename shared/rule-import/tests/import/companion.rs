//! The template that `trailbell rules export` writes, imported again: the rules must come back unchanged.

use rule_import::{OmissionCode, Options};
use rules::RuleSet;

use crate::support::{given, import_all};

const COMPANION: &str = include_str!("../../../../infra/companion-filters.yaml");

#[test]
fn the_exported_set_comes_back_unchanged() {
    // The export keeps its metrics apart by a prefix.
    let options = Options { parameters: given([("MetricNamespacePrefix", "")]), ..Options::default() };
    let imported = import_all(&[("companion-filters.yaml", COMPANION)], &options);
    assert_eq!(imported.lost(), Vec::<String>::new());
    let exported = RuleSet::from_set("security-hub").unwrap();
    assert_eq!(imported.rules.len(), exported.rules().len());
    for (rule, original) in imported.rules.iter().zip(exported.rules()) {
        assert_eq!(rule.id, original.id);
        assert_eq!(rule.pattern, original.pattern, "{}", rule.id);
        assert_eq!(rule.metric, original.metric, "{}", rule.id);
        assert_eq!(rule.alarm, original.alarm, "{}", rule.id);
        assert_eq!(rule.alert, None, "{}", rule.id);
        assert!(rule.summary.starts_with(&original.title), "{}", rule.summary);
    }
}

#[test]
fn decisions_of_the_deployment_are_reported_once() {
    let imported = import_all(&[("companion-filters.yaml", COMPANION)], &Options::default());
    assert_eq!(imported.rules[0].metric.namespace, "Companion/CloudTrailMetrics");
    assert_eq!(imported.of_code(OmissionCode::LogGroup).len(), 1);
    assert_eq!(imported.of_code(OmissionCode::AlarmActions).len(), 1);
    assert_eq!(imported.omissions.len(), 2);
}

#[test]
fn alerts_are_added_on_request() {
    let options = Options { alerts: true, ..Options::default() };
    let imported = import_all(&[("companion-filters.yaml", COMPANION)], &options);
    assert!(imported.rules.iter().all(|rule| rule.alert.is_some()));
}
