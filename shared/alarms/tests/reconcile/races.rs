//! Two concurrent reconcilers, and a user who keeps changing alarms.

use std::sync::Mutex;
use std::time::Duration;

use alarms::testing::MemoryAlarms;
use alarms::{Alarm, AlarmStore, AlarmStoreError, Existing, ReconcileError, Reconciler, Tags};
use proptest::prelude::*;

use crate::support::{
    Changing, Shared, Slow, assert_settled, foreign, in_place, new_rules, old_rules, settings,
};

/// Runs two reconcilers concurrently. The rules change after `readings` reads by either; the second reconciler starts
/// late enough to see the new rules.
async fn race(readings: usize, delays_ms: [Vec<u64>; 2]) -> MemoryAlarms {
    let mut alarms = in_place(&old_rules());
    alarms.extend(foreign());
    let store = MemoryAlarms::with(alarms);
    let rules = Changing::new(readings);
    let [first, second] = delays_ms.map(|delays| Reconciler {
        rules: &rules,
        store: Slow::new(&store, delays),
        settings: settings(),
    });
    let (first, second) = tokio::join!(first.reconcile(None), async {
        while *rules.readings_left.lock().unwrap() > 0 {
            tokio::task::yield_now().await;
        }
        second.reconcile(None).await
    });
    first.result.unwrap();
    second.result.unwrap();
    store
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn two_reconcilers_at_once_end_with_the_newest_rules(
        first in prop::collection::vec(0..900_u64, 1..20),
        second in prop::collection::vec(0..900_u64, 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let store = race(1, [first, second]).await;
            assert_settled(&store, &new_rules(), &foreign());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reconciler_with_old_rules_corrects_its_own_late_writes() {
    // The first reconciler reads the old rules and then takes a minute for each call, while the second one finishes.
    let store = race(1, [vec![60_000], vec![0]]).await;
    assert_settled(&store, &new_rules(), &foreign());
}

/// A store in which someone deletes each alarm as soon as it exists.
struct Undoing<'s>(Shared<'s>);

impl AlarmStore for Undoing<'_> {
    async fn describe(&self, name_prefix: &str, trusted: &[Alarm]) -> Result<Vec<Existing>, AlarmStoreError> {
        self.0.describe(name_prefix, trusted).await
    }

    async fn put(&self, _: &Alarm) -> Result<(), AlarmStoreError> {
        Ok(())
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), AlarmStoreError> {
        self.0.tag(arn, tags).await
    }

    async fn delete(&self, names: &[String]) -> Result<(), AlarmStoreError> {
        self.0.delete(names).await
    }
}

#[tokio::test(start_paused = true)]
async fn endless_changes_by_someone_else_end_the_run_after_some_rounds() {
    let store = MemoryAlarms::default();
    let reconciler = Reconciler { rules: old_rules(), store: Undoing(Shared(&store)), settings: settings() };
    let outcome = reconciler.reconcile(None).await;
    let error = outcome.result.unwrap_err();
    assert!(matches!(&error, ReconcileError::Unsettled { names } if names.len() == 7), "{error:?}");
    assert!(error.to_string().ends_with("`p/a`, `p/b`, `p/c` and 2 more"), "{error}");
    assert_eq!((error.code(), outcome.counts.created), ("alarms.unsettled", 35));
    assert_eq!(store.calls().len(), 6, "reads, including one after the last round");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_still_writing_leaves_nothing_behind_when_all_alarms_are_deleted() {
    // From a run that has just started to a run with a single call left.
    for head_start_ms in (0..8_000).step_by(250) {
        let store = MemoryAlarms::with(foreign());
        let running =
            Reconciler { rules: old_rules(), store: Slow::new(&store, vec![300]), settings: settings() };
        let (_, removed) = tokio::join!(running.reconcile(None), async {
            tokio::time::sleep(Duration::from_millis(head_start_ms)).await;
            alarms::remove(&settings().ownership, &Shared(&store), None).await
        });
        let mut expected = foreign();
        expected.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(store.alarms(), expected, "{head_start_ms} ms");
        removed.result.unwrap();
    }
}

/// A store in which the tags of an alarm become visible some reads after the alarm.
struct LateTags<'s> {
    store: Shared<'s>,
    looks_left: Mutex<usize>,
}

impl AlarmStore for LateTags<'_> {
    async fn describe(&self, name_prefix: &str, trusted: &[Alarm]) -> Result<Vec<Existing>, AlarmStoreError> {
        let mut alarms = self.store.describe(name_prefix, trusted).await?;
        let mut looks_left = self.looks_left.lock().unwrap();
        if *looks_left > 0 && !alarms.is_empty() {
            *looks_left -= 1;
            alarms.iter_mut().for_each(|alarm| alarm.tags.clear());
        }
        Ok(alarms)
    }

    async fn put(&self, alarm: &Alarm) -> Result<(), AlarmStoreError> {
        self.store.put(alarm).await
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), AlarmStoreError> {
        self.store.tag(arn, tags).await
    }

    async fn delete(&self, names: &[String]) -> Result<(), AlarmStoreError> {
        self.store.delete(names).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_whose_tags_become_visible_late_is_not_a_conflict() {
    for (late, is_settled) in [(1, true), (4, true), (100, false)] {
        let store = MemoryAlarms::default();
        let late_tags = LateTags { store: Shared(&store), looks_left: Mutex::new(late) };
        let reconciler = Reconciler { rules: old_rules(), store: late_tags, settings: settings() };
        let outcome = reconciler.reconcile(None).await;
        assert_eq!(outcome.result.is_ok(), is_settled, "{late} reads late: {:?}", outcome.result);
        assert_eq!(outcome.counts.created, 7);
    }
}
