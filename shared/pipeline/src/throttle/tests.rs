//! What a group is told, step by step.

use super::*;

const PLAIN: Throttle = Throttle { threshold: 1, within: 300, quiet: 3600 };

fn low(event_time: i64) -> Occurrence {
    Occurrence { event_time, severity: Severity::Low }
}

/// Runs findings as (time, group) and gives what is sent as (time, group, findings, held back).
fn sent(throttle: Throttle, findings: &[(i64, char)]) -> (Vec<(i64, char, u64, u64)>, u64) {
    let mut groups = Groups::new(throttle);
    let mut sent = Vec::new();
    for &(now, key) in findings {
        while let Some((at, key, alert)) = groups.follow_up(now) {
            sent.push((at, key, alert.findings, alert.held_back));
        }
        let alert = groups.find(&key, low(now), now);
        sent.extend(alert.map(|alert| (now, key, alert.findings, alert.held_back)));
    }
    (sent, groups.held_back())
}

#[test]
fn without_a_threshold_and_a_quiet_time_every_finding_is_sent() {
    let throttle = Throttle { threshold: 0, within: 0, quiet: 0 };
    assert_eq!(
        sent(throttle, &[(0, 'a'), (0, 'a'), (1, 'b')]).0,
        [(0, 'a', 1, 0), (0, 'a', 1, 0), (1, 'b', 1, 0)]
    );
}

#[test]
fn a_follow_up_comes_at_its_time_and_begins_the_quiet_time_anew() {
    let findings = [(0, 'a'), (10, 'a'), (3600, 'a'), (7199, 'a'), (20_000, 'b')];
    let expected = [(0, 'a', 1, 0), (3600, 'a', 0, 1), (7200, 'a', 0, 2), (20_000, 'b', 1, 0)];
    assert_eq!(sent(PLAIN, &findings), (expected.to_vec(), 0));
}

#[test]
fn an_alert_that_closed_opens_again_at_the_threshold() {
    let throttle = Throttle { threshold: 2, ..PLAIN };
    let findings = [(0, 'a'), (300, 'a'), (3900, 'a'), (4000, 'a'), (4100, 'a')];
    assert_eq!(sent(throttle, &findings), (vec![(300, 'a', 2, 0), (4000, 'a', 2, 0)], 1));
}

#[test]
fn both_ends_of_the_window_count() {
    let throttle = Throttle { threshold: 3, within: 600, quiet: 0 };
    assert_eq!(sent(throttle, &[(0, 'a'), (300, 'a'), (600, 'a')]).0, [(600, 'a', 3, 0)]);
    assert_eq!(sent(throttle, &[(0, 'a'), (300, 'a'), (601, 'a')]).0, []);
}

#[test]
fn a_late_file_opens_an_alert_for_the_past() {
    let throttle = Throttle { threshold: 3, within: 60, quiet: 0 };
    let mut state = GroupState::default();
    for event_time in [1000, 1060, 2000] {
        assert_eq!(throttle.find(&mut state, low(event_time), 3000), None);
    }
    let alert = throttle.find(&mut state, low(1030), 3000).unwrap();
    assert_eq!((alert.occasion, alert.findings), (Occasion::Opened, 3));
}

#[test]
fn what_is_too_old_is_forgotten() {
    let throttle = Throttle { threshold: 5, within: 60, quiet: 0 };
    let mut state = GroupState::default();
    for event_time in [0, 10, 3670, 3671] {
        throttle.find(&mut state, low(event_time), event_time);
    }
    assert_eq!(state.counted, [3670, 3671]);
}

#[test]
fn a_more_severe_finding_is_sent_at_once_and_a_less_severe_one_is_not() {
    let mut state = GroupState::default();
    let occurrence = |severity| Occurrence { event_time: 0, severity };
    let mut find = |severity, now| {
        let alert = PLAIN.find(&mut state, occurrence(severity), now);
        alert.map(|alert| (alert.occasion, alert.findings, alert.held_back))
    };
    assert_eq!(find(Severity::Medium, 0), Some((Occasion::Opened, 1, 0)));
    assert_eq!(find(Severity::Medium, 10), None);
    assert_eq!(find(Severity::High, 20), Some((Occasion::MoreSevere, 1, 1)));
    assert_eq!(find(Severity::Medium, 30), None);
    assert_eq!(find(Severity::High, 3610), None);
    assert_eq!(state.quiet_until, Some(3620));
}

#[test]
fn a_more_severe_finding_moves_the_follow_up() {
    let mut groups = Groups::new(PLAIN);
    groups.find(&'a', low(0), 0);
    groups.find(&'a', Occurrence { event_time: 10, severity: Severity::High }, 10);
    groups.find(&'a', low(20), 20);
    assert_eq!(groups.follow_up(3600), None);
    let (at, _, alert) = groups.follow_up(3610).unwrap();
    assert_eq!((at, alert.held_back), (3610, 1));
}

#[test]
fn a_follow_up_that_is_overdue_comes_with_the_next_finding() {
    let mut state = GroupState::default();
    PLAIN.find(&mut state, low(0), 0);
    PLAIN.find(&mut state, low(10), 10);
    let alert = PLAIN.find(&mut state, low(4000), 4000).unwrap();
    assert_eq!((alert.occasion, alert.findings, alert.held_back), (Occasion::FollowUp, 1, 1));
    assert_eq!(state.quiet_until, Some(7600));
}

#[test]
fn nothing_is_remembered_of_a_group_that_closed() {
    let mut groups = Groups::new(PLAIN);
    groups.find(&'a', low(0), 0);
    assert_eq!(groups.follow_up(3600), None);
    assert!(groups.states.is_empty() && groups.due.is_empty());
}
