//! What a composite alarm does, case by case. The documented examples are in the conformance cases.

use super::*;

const SUPPRESSOR: &str = "s";

/// What a composite alarm over `a` does: `2a!` puts `a` into ALARM at 2, `2a` into OK; the same for the
/// suppressor `s`.
fn check(changes: &str, waits: (i64, i64), expected_actions: &[(i64, State)]) {
    let changes: Vec<ChildChange> = changes
        .split_whitespace()
        .map(|word| {
            let to = if word.ends_with('!') { State::Alarm } else { State::Ok };
            let word = word.trim_end_matches('!');
            let (at, alarm) = word.split_at(word.len() - 1);
            ChildChange { at: at.parse().unwrap(), alarm: alarm.to_owned(), to }
        })
        .collect();
    let rule = RuleExpression::parse("ALARM(a)").unwrap();
    let suppressor =
        Suppressor { alarm: SUPPRESSOR.to_owned(), wait_period: waits.0, extension_period: waits.1 };
    let initial = States::from([("a".to_owned(), State::Ok), (SUPPRESSOR.to_owned(), State::Ok)]);
    let timeline = simulate(&rule, Some(&suppressor), initial, &changes, 30);
    let actions: Vec<(i64, State)> =
        timeline.actions.iter().map(|action| (action.at, action.state)).collect();
    assert_eq!(actions, expected_actions, "{changes:?}");
}

#[test]
fn a_suppressor_that_does_not_come_costs_the_wait_period() {
    check("2a!", (6, 3), &[(8, State::Alarm)]);
    check("2a!", (0, 3), &[(2, State::Alarm)]);
}

#[test]
fn a_change_during_suppression_acts_after_the_extension_period() {
    check("1s! 2a! 6s", (2, 3), &[(9, State::Alarm)]);
    check("1s! 2a! 4a 6s", (2, 3), &[(9, State::Ok)]);
}

#[test]
fn a_suppressor_that_held_nothing_back_leaves_nothing_to_do() {
    check("1s! 5s", (2, 3), &[]);
    check("1a! 5s! 9s", (2, 3), &[(3, State::Alarm)]);
}

#[test]
fn a_suppressor_that_comes_back_ends_the_extension_period() {
    check("1s! 2a! 6s 8s! 12s", (2, 3), &[(15, State::Alarm)]);
}

#[test]
fn at_a_tie_the_suppressor_comes_first() {
    check("2a! 4s!", (2, 3), &[]);
    check("2a! 5s!", (2, 3), &[(4, State::Alarm)]);
}

#[test]
fn alarms_that_change_together_are_seen_together() {
    let rule = RuleExpression::parse("ALARM(a) OR ALARM(b)").unwrap();
    let change = |alarm: &str, to| ChildChange { at: 5, alarm: alarm.to_owned(), to };
    let initial = States::from([("a".to_owned(), State::Alarm), ("b".to_owned(), State::Ok)]);
    let changes = [change("a", State::Ok), change("b", State::Alarm)];
    assert_eq!(simulate(&rule, None, initial, &changes, 9), CompositeTimeline::default());
}

#[test]
fn an_alarm_is_known_by_its_arn() {
    let rule = RuleExpression::parse("ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:a)").unwrap();
    let changes = [ChildChange { at: 1, alarm: "a".to_owned(), to: State::Alarm }];
    assert_eq!(simulate(&rule, None, States::new(), &changes, 9).changes.len(), 1);
}
