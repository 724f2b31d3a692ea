//! A process that dies at any step, and what the next one publishes.

use std::collections::BTreeMap;

use crate::fakes::{FakePipeline, Moment, failed_login, fake_pipeline, key, message, put};

/// Two namespaces and a rule without alerts, so that files are closed early, late and in between.
const RULES: &str = r#"
version: 1
rules:
  - id: logins
    filterPattern: '{ $.eventName = ConsoleLogin }'
    metricTransformation: { metricName: Logins, metricNamespace: First }
    alert: { groupBy: [$.userIdentity.userName] }
  - id: failures
    filterPattern: '{ $.userIdentity.userName = "a*" }'
    metricTransformation: { metricName: Failures, metricNamespace: Second }
    alert: false
"#;

/// Three files; the second repeats an event of the first, and the users of the third are of the first as well.
fn batch(pipeline: &FakePipeline) -> Vec<pipeline::Message> {
    put(pipeline, &key(1), &[failed_login("1", "alice"), failed_login("2", "bob")]);
    put(pipeline, &key(2), &[failed_login("2", "bob"), failed_login("3", "carol")]);
    put(pipeline, &key(3), &[failed_login("4", "alice"), failed_login("5", "dave")]);
    vec![message("m1", &[&key(1)]), message("m2", &[&key(2), &key(3)])]
}

/// Matches that are out as datapoints, by metric, and as alerts, by alert.
fn published(pipeline: &FakePipeline) -> (BTreeMap<String, f64>, BTreeMap<String, u64>) {
    let mut sums = pipeline.metrics.sums();
    sums.retain(|name, _| !name.starts_with("Trailbell/"));
    let mut alerts = BTreeMap::new();
    for alert in pipeline.alerts.alerts.lock().unwrap().iter() {
        *alerts.entry(alert.key()).or_default() += alert.count;
    }
    (sums, alerts)
}

/// The most that one step publishes: the datapoints of one file, and one alert.
const ONE_FILE: f64 = 3.0;
const ONE_ALERT: u64 = 2;

#[tokio::test]
async fn a_process_that_dies_at_any_step_loses_nothing_and_repeats_one_step_at_most() {
    let (healthy, faults) = fake_pipeline(RULES);
    healthy.process(&batch(&healthy), None).await;
    let calls = faults.calls();
    let (sums, alerts) = published(&healthy);
    assert_eq!(sums, [("First/Logins".to_owned(), 5.0), ("Second/Failures".to_owned(), 2.0)].into());
    assert_eq!(alerts.values().sum::<u64>(), 5);
    for name in ["claim", "open", "first_sightings", "put", "note", "publish", "finish"] {
        assert!(calls.contains(&name), "{name}: {calls:?}");
    }

    for (number, name) in calls.iter().enumerate() {
        for moment in [Moment::Before, Moment::After] {
            if *name == "open" && moment == Moment::After {
                continue;
            }
            let (pipeline, faults) = fake_pipeline(RULES);
            let batch = batch(&pipeline);
            faults.stop_at(number, moment);
            tokio::select! {
                () = faults.stopped.notified() => {}
                _ = pipeline.process(&batch, None) => panic!("{name} {number} never came"),
            }
            faults.heal();
            let outcome = pipeline.process(&batch, None).await;
            assert!(outcome.failed_ids().next().is_none());
            let (again, told) = published(&pipeline);
            let mut doubled = 0.0;
            for (metric, sum) in &sums {
                assert!(again[metric] >= *sum, "{name} {number} {moment:?}: {metric} lost a match");
                doubled += again[metric] - sum;
            }
            for (alert, count) in &alerts {
                assert!(told[alert] >= *count, "{name} {number} {moment:?}: {alert} lost a match");
            }
            let repeated = told.values().sum::<u64>() - 5;
            let step = format!("{name} {number} {moment:?}");
            // Where datapoints are under way, or out and not yet written down.
            let may_double = *name == "put" || matches!(*name, "note" | "finish") && moment == Moment::Before;
            assert!(doubled <= if may_double { ONE_FILE } else { 0.0 }, "{step}: {doubled}");
            // An alert that tells of several files is written down for each of them.
            let may_repeat = *name == "publish" && moment == Moment::After || *name == "note";
            assert!(repeated <= if may_repeat { ONE_ALERT } else { 0 }, "{step}: {repeated}");
        }
    }
}
