//! The template that `trailbell rules export` writes, read back: it has to say what the rules say.

use rule_import::{Code, Options};
use rules::RuleSet;

use crate::support::{given, import_all};

const COMPANION: &str = include_str!("../../../../infra/companion-filters.yaml");

#[test]
fn the_exported_set_comes_back_as_it_is() {
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
        assert!(rule.description.starts_with(&original.title), "{}", rule.description);
    }
}

#[test]
fn what_the_deployment_decides_is_said_once() {
    let imported = import_all(&[("companion-filters.yaml", COMPANION)], &Options::default());
    assert_eq!(imported.rules[0].metric.namespace, "Companion/CloudTrailMetrics");
    assert_eq!(imported.of_code(Code::LogGroup).len(), 1);
    assert_eq!(imported.of_code(Code::AlarmActions).len(), 1);
    assert_eq!(imported.omissions.len(), 2);
}

#[test]
fn alerts_are_an_addition_that_is_asked_for() {
    let options = Options { alerts: true, ..Options::default() };
    let imported = import_all(&[("companion-filters.yaml", COMPANION)], &options);
    assert!(imported.rules.iter().all(|rule| rule.alert.is_some()));
}
