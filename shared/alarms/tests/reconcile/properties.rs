//! From any state of an account, a single run leads to the alarms of the rules, and changes nothing else.

use alarms::testing::MemoryAlarms;
use alarms::{Alarm, Definition, Existing, Kind, OWNER_TAG, Plan, Tags, apply, desired};
use proptest::prelude::*;

use crate::support::{Shared, new_rules, old_rules, rule_set, settings};

/// What exists under a name.
#[derive(Clone, Copy, Debug)]
enum There {
    Nothing,
    AsItWas,
    Changed,
    WithoutTags,
    WithWrongTag,
    OfAnotherKind,
    OfAnotherOwner,
}

fn there() -> impl Strategy<Value = There> {
    prop_oneof![
        Just(There::Nothing),
        Just(There::AsItWas),
        Just(There::Changed),
        Just(There::WithoutTags),
        Just(There::WithWrongTag),
        Just(There::OfAnotherKind),
        Just(There::OfAnotherOwner),
    ]
}

fn existing(alarm: &Alarm, there: There) -> Option<Existing> {
    let mut found = Existing::from(alarm);
    match there {
        There::Nothing => return None,
        There::AsItWas => {}
        There::Changed => match found.definition.as_mut()? {
            Definition::Metric(metric) => metric.period = 60,
            Definition::Composite(composite) => composite.actions.enabled = false,
        },
        There::WithoutTags => found.tags = Tags::new(),
        There::WithWrongTag => {
            found.tags.insert(alarms::RULE_TAG.to_owned(), "another".to_owned());
        }
        There::OfAnotherKind => found.definition = None,
        There::OfAnotherOwner => {
            found.tags.insert(OWNER_TAG.to_owned(), "another".to_owned());
        }
    }
    Some(found)
}

fn runs<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(work)
}

proptest! {
    #[test]
    fn any_state_becomes_the_state_of_the_rules_and_stays(
        states in prop::collection::vec(there(), 20),
        with_composites in any::<bool>(),
    ) {
        let mut settings = settings();
        settings.severity_alarms = with_composites;
        let further = rule_set(&[("x", 1), ("y", 2), ("z", 3)]);
        let wanted = desired(new_rules().rules(), &settings).unwrap();
        // Possible alarms: from older rules, from these rules, and from rules that never existed.
        let mut known: Vec<Alarm> = [old_rules(), further]
            .iter()
            .flat_map(|rules| desired(rules.rules(), &settings).unwrap())
            .filter(|alarm| wanted.iter().all(|wanted| wanted.name != alarm.name))
            .collect();
        known.extend(wanted.iter().cloned());
        known.dedup_by(|one, other| one.name == other.name);
        // CloudWatch does not delete an alarm that a composite alarm watches, even to replace it by another kind.
        let possible = |alarm: &Alarm, state| {
            let is_watched = with_composites && alarm.kind() == Kind::Metric;
            if is_watched && matches!(state, There::OfAnotherKind) { There::Changed } else { state }
        };
        let there: Vec<Existing> = known
            .iter()
            .zip(states.into_iter().cycle())
            .filter_map(|(alarm, state)| existing(alarm, possible(alarm, state)))
            .collect();
        let is_ours = |alarm: &Existing| settings.ownership.holds(&alarm.name, &alarm.tags);
        let store = MemoryAlarms::with(there.clone());

        let plan = Plan::new(&wanted, &there, &settings.ownership);
        let applied = runs(apply(&plan, &Shared(&store), None));

        let conflicts: Vec<&str> = plan.conflicts.iter().map(|conflict| conflict.name.as_str()).collect();
        let failed: Vec<&str> = applied.failures.iter().map(|failure| failure.name.as_str()).collect();
        prop_assert_eq!(failed, conflicts.clone());
        for foreign in there.iter().filter(|alarm| !is_ours(alarm)) {
            prop_assert_eq!(store.alarm(&foreign.name), Some(foreign.clone()));
        }
        for alarm in &wanted {
            let found = store.alarm(&alarm.name).unwrap();
            if !conflicts.contains(&alarm.name.as_str()) {
                prop_assert_eq!(found.definition, Some(alarm.definition.clone()));
                prop_assert!(alarm.tags.iter().all(|(key, value)| found.tags.get(key) == Some(value)));
            }
        }
        let second = Plan::new(&wanted, &store.alarms(), &settings.ownership);
        prop_assert!(second.is_empty(), "{}", second);
        prop_assert_eq!(applied.created + applied.updated + applied.deleted, plan.differences());
    }
}
