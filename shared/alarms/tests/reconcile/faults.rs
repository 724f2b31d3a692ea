//! Failures of single calls, and their consequences.

use std::sync::Arc;
use std::time::Duration;

use alarms::testing::{Call, Fate, MemoryAlarms};
use alarms::{AlarmStoreErrorKind, CompositeAlarm, Definition, Existing, ReconcileError, Reconciler, remove};
use rules::RuleSet;
use tokio::time::{Instant, timeout};

use crate::support::{
    Shared, assert_settled, foreign, in_place, new_rules, old_rules, reconcile, rule_set, settings,
};

const THROTTLED: Fate = Fate::Failed(AlarmStoreErrorKind::Throttled);
const REFUSED: Fate = Fate::Failed(AlarmStoreErrorKind::Refused);

/// An account with the alarms of the old rules, and alarms that are not ours.
fn account() -> MemoryAlarms {
    let mut alarms = in_place(&old_rules());
    alarms.extend(foreign());
    MemoryAlarms::with(alarms)
}

#[tokio::test(start_paused = true)]
async fn writes_keep_below_three_a_second() {
    let store = account();
    reconcile(&new_rules(), &store).await.result.unwrap();
    let writes: Vec<Instant> =
        store.calls().into_iter().filter(|(_, call)| *call != Call::Describe).map(|(time, _)| time).collect();
    assert!(writes.len() > 5);
    for pair in writes.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_millis(400), "{:?}", pair[1] - pair[0]);
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_delays_and_changes_nothing() {
    let store = account();
    store.judge(|before, _| if before % 3 == 2 { Fate::Done } else { THROTTLED });
    let outcome = reconcile(&new_rules(), &store).await;
    outcome.result.unwrap();
    assert_settled(&store, &new_rules(), &foreign());
}

#[tokio::test(start_paused = true)]
async fn endless_throttling_ends_the_run_with_its_reason() {
    let store = account();
    store.judge(|_, _| THROTTLED);
    let error = reconcile(&new_rules(), &store).await.result.unwrap_err();
    assert!(matches!(error, ReconcileError::Describe(_)), "{error:?}");
    assert_eq!(error.code(), "alarms.throttled");
    assert_eq!(store.calls().len(), 5);
}

/// Interrupts a reconciliation at call number `index`; `false` if it ended before.
async fn cut_off(rules: &Arc<RuleSet>, store: &MemoryAlarms, index: usize, fate: Fate) -> bool {
    store.judge(move |before, _| if before == index { fate } else { Fate::Done });
    let cut = timeout(Duration::from_secs(3600), reconcile(rules, store)).await.is_err();
    store.judge(|_, _| Fate::Done);
    cut
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_interrupted_at_any_call_is_completed_by_the_next() {
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        let mut cuts = 0;
        loop {
            let store = account();
            if !cut_off(&new_rules(), &store, cuts, fate).await {
                break;
            }
            reconcile(&new_rules(), &store).await.result.unwrap();
            assert_settled(&store, &new_rules(), &foreign());
            cuts += 1;
        }
        assert!(cuts >= 8, "{cuts}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_removal_is_completed_by_the_next() {
    for index in 0..5 {
        for fate in [Fate::LostBefore, Fate::LostAfter] {
            let store = account();
            store.judge(move |before, _| if before == index { fate } else { Fate::Done });
            let ownership = settings().ownership;
            let _ = timeout(Duration::from_secs(3600), remove(&ownership, &Shared(&store), None)).await;
            store.judge(|_, _| Fate::Done);
            remove(&ownership, &Shared(&store), None).await.result.unwrap();
            assert_eq!(store.alarms(), foreign());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_alarm_does_not_stop_the_others() {
    for (kind, code) in [
        (AlarmStoreErrorKind::Refused, "alarms.refused"),
        (AlarmStoreErrorKind::AccessDenied, "alarms.access-denied"),
        (AlarmStoreErrorKind::LimitExceeded, "alarms.limit-exceeded"),
    ] {
        let store = MemoryAlarms::default();
        store.judge(move |_, call| match call {
            Call::Put(name) if name == "p/b" => Fate::Failed(kind),
            Call::Describe | Call::Put(_) | Call::Tag(_) | Call::Delete(_) => Fate::Done,
        });
        let outcome = reconcile(&rule_set(&[("a", 1), ("b", 1), ("h1", 1)]), &store).await;
        let error = outcome.result.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(&format!("`p/b` ({code})")), "{error}");
        // The composite alarm over `p/b` needs it.
        assert_eq!(store.names(), ["p/Severity/high", "p/a", "p/h1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_work_and_the_error_lists_the_remaining_alarms() {
    let store = MemoryAlarms::default();
    let reconciler = Reconciler { rules: old_rules(), store: Shared(&store), settings: settings() };
    let started = Instant::now();
    let outcome = reconciler.reconcile(Some(started + Duration::from_secs(1))).await;
    let error = outcome.result.unwrap_err();
    assert!(started.elapsed() <= Duration::from_secs(1));
    assert_eq!((error.code(), outcome.counts.created), ("alarms.deadline", 3));
    assert_eq!(
        error.to_string(),
        "some alarms do not match the rules: `p/h1` (alarms.deadline), `p/h2` (alarms.deadline), `p/Severity/high` (alarms.deadline), `p/Severity/low` (alarms.deadline); first failure: not completed before the deadline"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_response_ends_at_the_deadline() {
    for index in 0..3 {
        let store = account();
        store.judge(move |before, _| if before == index { Fate::LostAfter } else { Fate::Done });
        let reconciler = Reconciler { rules: new_rules(), store: Shared(&store), settings: settings() };
        let started = Instant::now();
        let outcome = reconciler.reconcile(Some(started + Duration::from_secs(30))).await;
        assert_eq!(outcome.result.unwrap_err().code(), "alarms.deadline");
        assert_eq!(started.elapsed(), Duration::from_secs(30));
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_someone_else_has_deleted_does_not_stop_the_others() {
    let store = account();
    store.judge(|before, call| match call {
        // Only the call that deletes several alarms fails; each alarm can be deleted alone.
        Call::Delete(names) if names.len() > 1 => Fate::Failed(AlarmStoreErrorKind::NotFound),
        Call::Describe | Call::Put(_) | Call::Tag(_) | Call::Delete(_) => {
            if before > 100 {
                REFUSED
            } else {
                Fate::Done
            }
        }
    });
    reconcile(&new_rules(), &store).await.result.unwrap();
    assert_settled(&store, &new_rules(), &foreign());
}

#[tokio::test(start_paused = true)]
async fn only_the_alarm_that_a_foreign_composite_alarm_watches_stays() {
    let store = account();
    let watching = Existing {
        name: "watching".to_owned(),
        arn: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:watching".to_owned(),
        definition: Some(Definition::Composite(CompositeAlarm {
            rule: "ALARM(\"p/c\")".to_owned(),
            ..CompositeAlarm::default()
        })),
        tags: alarms::Tags::new(),
    };
    store.insert(watching.clone());
    let error = remove(&settings().ownership, &Shared(&store), None).await.result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "some alarms do not match the rules: `p/c` (alarms.refused); first failure: rejected by CloudWatch: a composite alarm depends on it"
    );
    let mut expected = foreign();
    expected.extend(in_place(&old_rules()).into_iter().filter(|alarm| alarm.name == "p/c"));
    expected.push(watching);
    expected.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(store.alarms(), expected);
}
