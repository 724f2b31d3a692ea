//! Failing ports: nothing is lost, and a published datapoint or alert is never published again.

use std::sync::atomic::Ordering;

use pipeline::{Deadline, SinkErrorKind};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::fakes::{
    FakePipeline, LOGIN_RULE, NOW, failed_ids, failed_login, fake_pipeline, key, message, put,
};

/// Two namespaces, so that a batch needs two metric requests.
const TWO_NAMESPACES: &str = r#"
version: 1
rules:
  - id: logins
    filterPattern: '{ $.eventName = ConsoleLogin }'
    metricTransformation: { metricName: Logins, metricNamespace: First }
  - id: failures
    filterPattern: '{ $.errorMessage = "Failed authentication" }'
    metricTransformation: { metricName: Failures, metricNamespace: Second }
"#;

fn two_files(pipeline: &FakePipeline) -> [pipeline::Message; 2] {
    put(pipeline, &key(1), &[failed_login("a", "alice"), failed_login("b", "bob")]);
    put(pipeline, &key(2), &[failed_login("b", "bob"), failed_login("c", "carol")]);
    [message("m1", &[&key(1)]), message("m2", &[&key(2)])]
}

fn alert_counts(pipeline: &FakePipeline) -> Vec<(String, u64)> {
    let mut counts: Vec<_> =
        pipeline.alerts.alerts.lock().unwrap().iter().map(|alert| (alert.key(), alert.count)).collect();
    counts.sort();
    counts
}

/// Half a minute from the present of the fakes' clock.
fn deadline() -> Deadline {
    let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    Deadline {
        last_start: now + Duration::seconds(5),
        last_read: now + Duration::seconds(10),
        last_publish: now + Duration::seconds(20),
        end: now + Duration::seconds(30),
    }
}

/// Redelivers what failed until nothing does.
async fn deliver_until_done(pipeline: &FakePipeline, messages: &[pipeline::Message]) -> usize {
    let mut pending = messages.to_vec();
    for attempt in 1..=5 {
        let outcome = pipeline.process(&pending, None).await;
        let failed: Vec<String> = outcome.failed_ids().map(str::to_owned).collect();
        if failed.is_empty() {
            return attempt;
        }
        pending.retain(|message| failed.contains(&message.id));
    }
    panic!("still failing after five attempts");
}

#[tokio::test]
async fn whichever_sink_or_store_call_fails_the_end_is_the_same() {
    let (healthy, faults) = fake_pipeline(TWO_NAMESPACES);
    let batch = two_files(&healthy);
    deliver_until_done(&healthy, &batch).await;
    let calls = faults.calls();
    let expected = (healthy.metrics.sum("First/Logins"), healthy.metrics.sum("Second/Failures"));
    assert_eq!(expected, (3.0, 3.0));
    let expected_alerts = alert_counts(&healthy);
    assert_eq!(expected_alerts.len(), 6);

    for (number, name) in calls.iter().enumerate() {
        if !matches!(*name, "open" | "put" | "publish") {
            continue;
        }
        let (pipeline, faults) = fake_pipeline(TWO_NAMESPACES);
        let batch = two_files(&pipeline);
        faults.fail_call(number);
        let attempts = deliver_until_done(&pipeline, &batch).await;
        assert_eq!(attempts, 2, "call {number} ({name})");
        let sums = (pipeline.metrics.sum("First/Logins"), pipeline.metrics.sum("Second/Failures"));
        assert_eq!(sums, expected, "call {number} ({name})");
        let total: u64 = alert_counts(&pipeline).iter().map(|(_, count)| count).sum();
        assert_eq!(total, 6, "call {number} ({name})");
    }
}

#[tokio::test]
async fn an_unreachable_ledger_delays_nothing_and_is_counted() {
    let (healthy, faults) = fake_pipeline(LOGIN_RULE);
    let batch = two_files(&healthy);
    healthy.process(&batch, None).await;
    for (number, name) in faults.calls().iter().enumerate() {
        if !matches!(*name, "claim" | "first_sightings" | "note" | "finish") {
            continue;
        }
        let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
        let batch = two_files(&pipeline);
        faults.fail_call(number);
        let outcome = pipeline.process(&batch, None).await;
        assert!(failed_ids(&outcome).is_empty());
        assert_eq!(outcome.ledger_errors, 1, "call {number} ({name})");
        assert_eq!(pipeline.metrics.sum("Trailbell/LedgerErrors"), 1.0);
        assert!(pipeline.metrics.sum("Test/Failures") >= 3.0, "call {number} ({name}) lost a match");
    }
}

#[tokio::test]
async fn throttled_metrics_hold_back_the_alerts_too() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    let batch = two_files(&pipeline);
    faults.fail_always("put", SinkErrorKind::Throttled);
    let outcome = pipeline.process(&batch, None).await;
    assert_eq!(failed_ids(&outcome), ["m1", "m2"]);
    assert_eq!(outcome.faults()[0].event.code(), "metrics.throttled");
    assert!(pipeline.alerts.alerts.lock().unwrap().is_empty());
    faults.heal();
    assert_eq!(deliver_until_done(&pipeline, &batch).await, 1);
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 3.0);
}

#[tokio::test]
async fn a_refused_alert_returns_the_message_and_counts_no_datapoint_twice() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    let batch = two_files(&pipeline);
    faults.fail_always("publish", SinkErrorKind::AccessDenied);
    for _ in 0..3 {
        let outcome = pipeline.process(&batch, None).await;
        assert_eq!(failed_ids(&outcome), ["m1", "m2"]);
        assert_eq!(outcome.faults()[0].event.code(), "alerts.access-denied");
    }
    faults.heal();
    assert_eq!(deliver_until_done(&pipeline, &batch).await, 1);
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 3.0);
    let total: u64 = alert_counts(&pipeline).iter().map(|(_, count)| count).sum();
    assert_eq!(total, 3);
}

#[tokio::test]
async fn one_invalid_datum_does_not_sink_the_others() {
    let (pipeline, _) = fake_pipeline(
        r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - { id: a, filterPattern: '{ $.eventName = "*" }', metricTransformation: { metricName: A } }
  - { id: b, filterPattern: '{ $.eventName = "*" }', metricTransformation: { metricName: B } }
  - { id: c, filterPattern: '{ $.eventName = "*" }', metricTransformation: { metricName: C } }
"#,
    );
    pipeline.metrics.invalid.lock().unwrap().insert("B".to_owned());
    put(&pipeline, &key(1), &[failed_login("a", "alice"), failed_login("b", "alice")]);
    let outcome = pipeline.process(&[message("m", &[&key(1)])], None).await;
    assert!(failed_ids(&outcome).is_empty());
    assert_eq!(outcome.dropped.refused, 2);
    assert_eq!(pipeline.metrics.sum("Test/A"), 2.0);
    assert_eq!(pipeline.metrics.sum("Test/C"), 2.0);
    assert_eq!(pipeline.metrics.sum("Trailbell/DatapointsDropped Reason=refused"), 2.0);
}

#[tokio::test]
async fn a_message_with_a_good_and_a_bad_file_publishes_the_good_one_once() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    let batch = [message("m", &[&key(1), &key(2)])];
    for _ in 0..2 {
        let outcome = pipeline.process(&batch, None).await;
        assert_eq!(failed_ids(&outcome), ["m"]);
    }
    put(&pipeline, &key(2), &[failed_login("b", "bob")]);
    assert_eq!(deliver_until_done(&pipeline, &batch).await, 1);
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 2.0);
}

#[tokio::test]
async fn telemetry_that_cannot_be_published_fails_no_message() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[json!({"eventName": "x"})]);
    pipeline.metrics.invalid.lock().unwrap().insert("FilesSeen".to_owned());
    let outcome = pipeline.process(&[message("m", &[&key(1)])], None).await;
    assert!(failed_ids(&outcome).is_empty());
}

/// A metric for each user, so that a file has more datapoints than a request takes.
const BY_USER: &str = r#"
version: 1
rules:
  - id: failures
    filterPattern: '{ $.eventName = ConsoleLogin }'
    metricTransformation:
      metricName: Failures
      metricNamespace: Test
      dimensions: { User: $.userIdentity.userName }
    alert: false
"#;

#[tokio::test]
async fn a_file_whose_second_request_fails_publishes_only_the_rest_later() {
    let (pipeline, faults) = fake_pipeline(BY_USER);
    let records: Vec<_> = (0..2500).map(|i| failed_login(&format!("e{i}"), &format!("user{i}"))).collect();
    put(&pipeline, &key(1), &records);
    let batch = [message("m", &[&key(1)])];
    // The numbers of the calls that publish datapoints.
    let puts: Vec<usize> = {
        let (healthy, faults) = fake_pipeline(BY_USER);
        put(&healthy, &key(1), &records);
        healthy.process(&batch, None).await;
        faults.calls().iter().enumerate().filter(|(_, name)| **name == "put").map(|(at, _)| at).collect()
    };
    assert_eq!(puts.len(), 3);
    faults.fail_call(puts[1]);
    let first = pipeline.process(&batch, None).await;
    assert_eq!(first.faults()[0].event.code(), "metrics.throttled");
    assert_eq!(deliver_until_done(&pipeline, &batch).await, 1);
    let sums = pipeline.metrics.sums();
    let own: Vec<f64> =
        sums.iter().filter(|(name, _)| name.starts_with("Test/")).map(|(_, sum)| *sum).collect();
    assert_eq!(own.len(), 2500);
    assert!(own.iter().all(|sum| *sum == 1.0), "a datapoint was published twice");
}

#[tokio::test]
async fn a_halved_request_that_fails_later_publishes_only_the_rest() {
    const RULES: &str = r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - { id: a, filterPattern: '{ $.eventName = "*" }', metricTransformation: { metricName: A } }
  - { id: b, filterPattern: '{ $.eventName = "*" }', metricTransformation: { metricName: B } }
  - { id: c, filterPattern: '{ $.eventName = "*" }', metricTransformation: { metricName: C } }
"#;
    let run = async |failing: Option<usize>| {
        let (pipeline, faults) = fake_pipeline(RULES);
        pipeline.metrics.invalid.lock().unwrap().insert("B".to_owned());
        let batch = two_files(&pipeline);
        if let Some(call) = failing {
            faults.fail_call(call);
        }
        deliver_until_done(&pipeline, &batch).await;
        let calls = faults.calls();
        let dropped = pipeline.metrics.sum("Trailbell/DatapointsDropped Reason=refused");
        ((pipeline.metrics.sum("Test/A"), pipeline.metrics.sum("Test/C"), dropped), calls)
    };
    let (expected, calls) = run(None).await;
    assert_eq!(expected, (3.0, 3.0, 3.0), "a rejected datum is counted once, also if a later request fails");
    for (number, name) in calls.iter().enumerate().filter(|(_, name)| **name == "put") {
        assert_eq!(run(Some(number)).await.0, expected, "call {number} ({name})");
    }
}

#[tokio::test]
async fn publishing_stops_at_its_deadline_and_goes_on_in_the_next_attempt() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    let records: Vec<_> = (0..60).map(|i| failed_login(&format!("e{i}"), &format!("user{i}"))).collect();
    put(&pipeline, &key(1), &records);
    let batch = [message("m", &[&key(1)])];
    faults.slow_down(1, pipeline.clock.0.clone());
    let outcome = pipeline.process(&batch, Some(deadline())).await;
    assert_eq!(outcome.faults()[0].event.code(), "file.deadline");
    let published = pipeline.alerts.alerts.lock().unwrap().len();
    assert!((5..20).contains(&published), "{published} alerts in 20 seconds");
    assert_eq!(deliver_until_done(&pipeline, &batch).await, 1);
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    assert_eq!(alerts.iter().map(|alert| alert.count).sum::<u64>(), 60);
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 60.0);
}

#[tokio::test]
async fn a_series_of_several_datums_is_published_only_when_all_of_them_are() {
    const SIZES: &str = r#"
version: 1
rules:
  - id: sizes
    filterPattern: '{ $.size >= 0 }'
    metricTransformation: { metricName: Sizes, metricNamespace: Test, metricValue: $.size }
  - id: refused
    filterPattern: '{ $.size >= 0 }'
    metricTransformation: { metricName: Wrong, metricNamespace: Test }
"#;
    let records: Vec<_> = (1..=300).map(|i| json!({ "eventID": format!("e{i}"), "size": i })).collect();
    let run = async |failing: Option<usize>| {
        let (pipeline, faults) = fake_pipeline(SIZES);
        pipeline.metrics.invalid.lock().unwrap().insert("Wrong".to_owned());
        put(&pipeline, &key(1), &records);
        if let Some(call) = failing {
            faults.fail_call(call);
        }
        deliver_until_done(&pipeline, &[message("m", &[&key(1)])]).await;
        (pipeline.metrics.sum("Test/Sizes"), faults.calls())
    };
    let (expected, calls) = run(None).await;
    assert_eq!(expected, 45_150.0);
    let mut repeated = 0;
    for (number, _) in calls.iter().enumerate().filter(|(_, name)| **name == "put") {
        let sum = run(Some(number)).await.0;
        assert!(sum >= expected, "call {number} lost a value");
        repeated += usize::from(sum > expected);
    }
    // `Wrong` comes last, so halving the request separates the two datums of `Sizes`: the first is published alone, and
    // the second goes out in one of the two calls after it.
    assert_eq!(repeated, 2, "a series that is published in part is published again as a whole");
}

/// Ports that never answer, as a service behind a broken network.
#[tokio::test(start_paused = true)]
async fn a_service_that_never_answers_cannot_outlast_the_deadline() {
    for silent in ["open", "put", "publish"] {
        let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
        let batch = two_files(&pipeline);
        faults.hang(silent);
        let clock = pipeline.clock.0.clone();
        let ticking = tokio::spawn(async move {
            loop {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                clock.fetch_add(1, Ordering::Relaxed);
            }
        });
        let before = tokio::time::Instant::now();
        let outcome = pipeline.process(&batch, Some(deadline())).await;
        ticking.abort();
        assert!(before.elapsed().as_secs() <= 30, "{silent}: {:?}", before.elapsed());
        assert_eq!(failed_ids(&outcome), ["m1", "m2"], "{silent}");
        assert_eq!(outcome.faults()[0].event.code(), "file.deadline", "{silent}");
        faults.heal();
        assert_eq!(deliver_until_done(&pipeline, &batch).await, 1);
        assert_eq!(pipeline.metrics.sum("Test/Failures"), 3.0, "{silent}");
    }
}

#[tokio::test]
async fn groups_that_were_summed_up_are_not_told_again() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    let records: Vec<_> = (0..53).map(|i| failed_login(&format!("e{i}"), &format!("user{i:02}"))).collect();
    put(&pipeline, &key(1), &records[..50]);
    put(&pipeline, &key(2), &records[50..]);
    let batch = [message("m", &[&key(1), &key(2)])];
    // Fails the first alert of the batch; the one that sums up goes out.
    let publish = {
        let (healthy, faults) = fake_pipeline(LOGIN_RULE);
        put(&healthy, &key(1), &records[..50]);
        put(&healthy, &key(2), &records[50..]);
        healthy.process(&batch, None).await;
        faults.calls().iter().rposition(|name| *name == "publish").unwrap()
    };
    faults.fail_call(publish);
    deliver_until_done(&pipeline, &batch).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    assert_eq!(alerts.iter().map(|alert| alert.count).sum::<u64>(), 53);
}

#[tokio::test]
async fn an_event_stays_with_the_file_that_brought_it_first_and_comes_with_its_next_attempt() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    put(&pipeline, &key(2), &[failed_login("a", "alice")]);
    faults.fail_always("put", SinkErrorKind::AccessDenied);
    let outcome = pipeline.process(&[message("m1", &[&key(1)])], None).await;
    assert_eq!(failed_ids(&outcome), ["m1"]);
    faults.heal();
    pipeline.process(&[message("m2", &[&key(2)])], None).await;
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 0.0);
    pipeline.process(&[message("m1", &[&key(1)])], None).await;
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 1.0);
}

/// Were the event of the second file free after the first attempt, the first file would take it, whose datapoints are
/// out already.
#[tokio::test]
async fn no_event_of_two_trails_is_lost_between_files_of_which_different_parts_are_out() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("2", "bob")]);
    put(&pipeline, &key(2), &[failed_login("1", "alice"), failed_login("2", "bob")]);
    let batch = [message("m1", &[&key(1)]), message("m2", &[&key(2)])];
    let first_put = {
        let (healthy, faults) = fake_pipeline(LOGIN_RULE);
        put(&healthy, &key(1), &[failed_login("2", "bob")]);
        put(&healthy, &key(2), &[failed_login("1", "alice"), failed_login("2", "bob")]);
        healthy.process(&batch, None).await;
        faults.calls().iter().position(|name| *name == "put").unwrap()
    };
    faults.fail_call(first_put);
    faults.fail_always("publish", SinkErrorKind::Throttled);
    assert_eq!(failed_ids(&pipeline.process(&batch, None).await), ["m1", "m2"]);
    faults.heal();
    let turned: Vec<_> = batch.iter().rev().cloned().collect();
    assert!(failed_ids(&pipeline.process(&turned, None).await).is_empty());
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 2.0);
    assert_eq!(alert_counts(&pipeline).iter().map(|(_, count)| count).sum::<u64>(), 2);
}

/// Each file on its own, so that a ledger that is given up shows in the number of calls.
#[tokio::test]
async fn a_ledger_that_stays_away_is_asked_three_times_and_nothing_is_lost() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    let batch = two_files(&pipeline);
    for name in ["claim", "first_sightings", "note", "finish", "release"] {
        faults.fail_always(name, SinkErrorKind::Unavailable);
    }
    let outcome = pipeline.process(&batch, None).await;
    assert!(failed_ids(&outcome).is_empty());
    let asked =
        faults.calls().into_iter().filter(|name| !matches!(*name, "open" | "put" | "publish")).count();
    assert_eq!(asked, 3);
    assert!(outcome.ledger_errors > 3, "skipped calls count as well");
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 4.0, "the event of both files counts twice");
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_never_answers_cannot_outlast_the_deadline() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    let batch = two_files(&pipeline);
    faults.hang("finish");
    let outcome = pipeline.process(&batch, Some(deadline())).await;
    assert!(failed_ids(&outcome).is_empty(), "all is published");
    assert_eq!(outcome.ledger_errors, 2);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_takes_long_does_not_delay_its_siblings() {
    for patience in [Some(std::time::Duration::from_secs(2)), None] {
        let (mut pipeline, faults) = fake_pipeline(LOGIN_RULE);
        pipeline.settings.concurrency = 2;
        pipeline.settings.patience = patience;
        let batch = two_files(&pipeline);
        faults.hang_once("open");
        let published_in_time = async {
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            pipeline.metrics.sum("Test/Failures") > 0.0
        };
        let (outcome, in_time) = tokio::join!(pipeline.process(&batch, Some(deadline())), published_in_time);
        assert_eq!(in_time, patience.is_some());
        assert_eq!(failed_ids(&outcome), ["m1"], "the first file hangs to its deadline");
        assert_eq!(deliver_until_done(&pipeline, &batch).await, 1);
        assert_eq!(pipeline.metrics.sum("Test/Failures"), 3.0);
    }
}
