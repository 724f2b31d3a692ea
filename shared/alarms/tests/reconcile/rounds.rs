//! Reconciliations without failures.

use std::sync::Arc;

use alarms::testing::{Call, MemoryAlarms};
use alarms::{Definition, Kind, ReconcileCounts, Reconciler, StoredRules, remove};
use pipeline::{FetchedRules, RejectedRules, RuleStore, RulesError, StoreError};
use rules::{Diagnostics, RuleSet};

use crate::support::{
    Changing, Shared, assert_settled, foreign, in_place, new_rules, old_rules, reconcile, rule_set, settings,
    threshold, wanted,
};

#[tokio::test(start_paused = true)]
async fn an_empty_account_gets_every_alarm_metric_alarms_first() {
    let (store, rules) = (MemoryAlarms::with(foreign()), old_rules());
    let outcome = reconcile(&rules, &store).await;
    outcome.result.unwrap();
    let expected = ReconcileCounts { differences: 7, created: 7, unchanged: 7, ..ReconcileCounts::default() };
    assert_eq!(outcome.counts, expected);
    assert_settled(&store, &rules, &foreign());
    let names = ["p/a", "p/b", "p/c", "p/h1", "p/h2", "p/Severity/high", "p/Severity/low"];
    assert_eq!(store.writes(), names.map(|name| Call::Put(name.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn alarms_that_match_are_not_written() {
    let rules = old_rules();
    let store = MemoryAlarms::with(in_place(&rules));
    let outcome = reconcile(&rules, &store).await;
    outcome.result.unwrap();
    assert_eq!(outcome.counts, ReconcileCounts { unchanged: 7, ..ReconcileCounts::default() });
    assert_eq!(store.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn changed_rules_change_only_their_own_alarms() {
    let mut alarms = in_place(&old_rules());
    alarms.extend(foreign());
    let (store, rules) = (MemoryAlarms::with(alarms), new_rules());
    let outcome = reconcile(&rules, &store).await;
    outcome.result.unwrap();
    let counts = outcome.counts;
    assert_eq!((counts.created, counts.updated, counts.deleted, counts.unchanged), (2, 3, 3, 6));
    assert_settled(&store, &rules, &foreign());
}

#[tokio::test(start_paused = true)]
async fn manual_changes_are_reverted() {
    let rules = old_rules();
    let store = MemoryAlarms::with(in_place(&rules));
    let mut muted = store.alarm("p/b").unwrap();
    let Some(Definition::Metric(metric)) = &mut muted.definition else { panic!("{muted:?}") };
    metric.actions.enabled = false;
    store.insert(muted);
    store.take("p/c").unwrap();
    let mut retagged = store.alarm("p/a").unwrap();
    retagged.tags.insert(alarms::SEVERITY_TAG.to_owned(), "critical".to_owned());
    store.insert(retagged);
    let outcome = reconcile(&rules, &store).await;
    outcome.result.unwrap();
    assert_eq!(outcome.counts.differences, 3);
    assert_settled(&store, &rules, &[]);
    let tags = store.writes().into_iter().filter(|call| matches!(call, Call::Tag(_))).count();
    assert_eq!((tags, store.writes().len()), (1, 3), "a wrong tag alone does not rewrite the alarm");
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_reported_and_the_other_alarms_are_made() {
    let rules = old_rules();
    let mut theirs = in_place(&rule_set(&[("b", 9)])).remove(1);
    assert_eq!(theirs.name, "p/b");
    theirs.tags.clear();
    let store = MemoryAlarms::with([theirs.clone()]);
    let outcome = reconcile(&rules, &store).await;
    let error = outcome.result.unwrap_err();
    assert_eq!(error.code(), "alarms.conflict");
    assert_eq!(
        error.to_string(),
        "some alarms do not match the rules: `p/b` (alarms.conflict); first failure: an alarm with this name already exists and has no owner tag; rename or delete it, or choose another prefix"
    );
    assert_eq!((outcome.counts.created, outcome.counts.conflicts), (6, vec!["p/b".to_owned()]));
    assert_eq!(store.alarm("p/b"), Some(theirs));
    assert_eq!(store.names().len(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_whose_kind_changes_is_replaced() {
    let rules = rule_set(&[("a", 1)]);
    let mut alarms = in_place(&rules);
    let [composite, metric] = alarms.as_mut_slice() else { panic!("{alarms:?}") };
    composite.definition = metric.definition.clone();
    let store = MemoryAlarms::with(alarms);
    reconcile(&rules, &store).await.result.unwrap();
    assert_settled(&store, &rules, &[]);
    assert_eq!(store.alarm("p/Severity/low").unwrap().kind(), Kind::Composite);
}

#[tokio::test(start_paused = true)]
async fn a_plan_changes_nothing() {
    let store = MemoryAlarms::with(in_place(&old_rules()));
    let reconciler = Reconciler { rules: new_rules(), store: Shared(&store), settings: settings() };
    let plan = reconciler.plan(None).await.unwrap();
    assert_eq!(plan.differences(), 8);
    assert!(store.writes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn all_our_alarms_can_be_removed_without_rules() {
    let mut alarms = in_place(&old_rules());
    alarms.extend(foreign());
    let store = MemoryAlarms::with(alarms);
    let outcome = remove(&settings().ownership, &Shared(&store), None).await;
    outcome.result.unwrap();
    assert_eq!(outcome.counts.deleted, 7);
    assert_eq!(store.alarms(), foreign());
    let many = |call: &Call| matches!(call, Call::Delete(names) if names.len() == 5);
    assert_eq!(store.writes().iter().filter(|call| many(call)).count(), 1);
    assert_eq!(store.writes().len(), 3, "each composite alarm alone, before its children");
}

#[tokio::test(start_paused = true)]
async fn metric_alarms_are_deleted_a_hundred_at_a_time() {
    let ids: Vec<String> = (0..150).map(|number| format!("r{number}")).collect();
    let rules: Vec<(&str, u32)> = ids.iter().map(|id| (id.as_str(), 1)).collect();
    let rules = rule_set(&rules);
    let metrics = in_place(&rules).into_iter().filter(|alarm| alarm.kind() == Kind::Metric);
    let store = MemoryAlarms::with(metrics);
    remove(&settings().ownership, &Shared(&store), None).await.result.unwrap();
    let sizes: Vec<_> = store
        .writes()
        .iter()
        .map(|call| match call {
            Call::Delete(names) => names.len(),
            Call::Describe | Call::Put(_) | Call::Tag(_) => panic!("{call:?}"),
        })
        .collect();
    assert_eq!(sizes, [100, 50]);
}

#[tokio::test(start_paused = true)]
async fn rules_that_change_during_a_run_take_effect() {
    let rules = Changing::new(1);
    let store = MemoryAlarms::default();
    let outcome =
        Reconciler { rules: &rules, store: Shared(&store), settings: settings() }.reconcile(None).await;
    outcome.result.unwrap();
    assert_settled(&store, &new_rules(), &[]);
    assert_eq!(threshold(&store.alarm("p/b").unwrap()), 5.0);
    assert_eq!(outcome.counts.differences, wanted(&old_rules()).len(), "the differences of the first round");
}

/// Rules that cannot be read.
struct Broken;

impl alarms::RuleVersions for Broken {
    async fn latest(&self) -> Result<Arc<RuleSet>, RejectedRules> {
        let error =
            RulesError::TooLarge { location: "s3://amzn-s3-demo-bucket/r".to_owned(), limit_bytes: 1 };
        Err(RejectedRules { error, diagnostics: Diagnostics::default() })
    }
}

#[tokio::test(start_paused = true)]
async fn unusable_rules_change_no_alarm() {
    let store = MemoryAlarms::with(in_place(&old_rules()));
    let reconciler = Reconciler { rules: Broken, store: Shared(&store), settings: settings() };
    let outcome = reconciler.reconcile(None).await;
    let error = outcome.result.unwrap_err();
    assert_eq!((error.code(), error.rejects_rules()), ("rules.too-large", true));
    assert!(store.calls().is_empty());
}

/// A stored document with versions.
struct Document(&'static str);

impl RuleStore for Document {
    fn location(&self) -> &str {
        "s3://amzn-s3-demo-bucket/rules.yaml"
    }

    async fn fetch(&self, known: Option<&str>, _: usize) -> Result<FetchedRules, StoreError> {
        if known == Some("1") {
            return Ok(FetchedRules::Unchanged);
        }
        Ok(FetchedRules::Document { version: Some("1".to_owned()), bytes: self.0.as_bytes().to_vec() })
    }

    async fn earlier(&self, _: usize) -> Result<Vec<String>, StoreError> {
        panic!("earlier versions of the rules must not be read")
    }

    async fn fetch_earlier(&self, _: &str, _: usize) -> Result<FetchedRules, StoreError> {
        panic!("earlier versions of the rules must not be read")
    }
}

#[tokio::test]
async fn each_version_of_a_stored_document_is_parsed_once() {
    let text = "version: 1\nrules:\n  - id: a\n    filterPattern: '{ $.a = 1 }'\n    metricTransformation: { metricName: A }\n";
    let rules = StoredRules::new(Document(text));
    let first = alarms::RuleVersions::latest(&rules).await.unwrap();
    let second = alarms::RuleVersions::latest(&rules).await.unwrap();
    assert_eq!(first.rules().len(), 1);
    assert!(Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn an_invalid_document_is_an_error_with_its_location_and_first_fault() {
    let rules = StoredRules::new(Document(
        "version: 1\nrules:\n  - id: Bad Id\n    filterPattern: a\n    metricTransformation: { metricName: A }\n",
    ));
    let error = alarms::RuleVersions::latest(&rules).await.unwrap_err();
    assert_eq!(error.code(), "rules.invalid");
    let text = error.to_string();
    assert!(text.contains("1 error, at line 3, column 9: `Bad Id` is not a rule id"), "{text}");
}
