//! The real `trailbell` against CloudWatch over a wire that breaks: whatever happens to one run, the next ends in the
//! alarms of the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use testkit::emulator::{Answer, EmulatedCloud, Fate, Proxy};

use super::cli;

/// Rules of before: one that the catalogue has, too, with another threshold, and some that it does not have.
const BEFORE: &str = "\
version: 1
defaults: { metricNamespace: CloudTrailMetrics }
rules:
  - { id: root-usage, filterPattern: '{ $.a = 1 }', metricTransformation: { metricName: A }, alarm: { threshold: 9 } }
  - { id: gone-1, filterPattern: '{ $.a = 1 }', metricTransformation: { metricName: A }, alarm: { threshold: 9 } }
  - { id: gone-2, severity: high, filterPattern: '{ $.a = 1 }', metricTransformation: { metricName: A }, alarm: { threshold: 9 } }
";

/// Applies the rules of before.
async fn apply_before(cloud: &EmulatedCloud) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), BEFORE).unwrap();
    let file = file.path().to_str().unwrap();
    cli::run(&cloud.endpoint(), &["alarms", "apply", "--severity-alarms", "--rules", file], 0).await;
}

/// The ids of all rules of the catalogue, as its files say.
fn catalogue() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("shared/rules/catalogue");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let ids = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    ids.filter(|id| id != "sets").collect()
}

/// At which request a run is killed: its operation, which one of these, and whether CloudWatch carries it out. Each run goes
/// on where the one before it has ended; the last leaves something to do.
const DEATHS: [(&str, u32, Fate); 13] = [
    ("DescribeAlarms", 1, Fate::StalledBefore),
    ("ListTagsForResource", 2, Fate::StalledAfter),
    ("PutMetricAlarm", 1, Fate::StalledBefore),
    ("PutMetricAlarm", 1, Fate::StalledAfter),
    ("PutMetricAlarm", 2, Fate::StalledBefore),
    ("PutMetricAlarm", 3, Fate::StalledAfter),
    ("PutMetricAlarm", 8, Fate::StalledAfter),
    ("PutMetricAlarm", 13, Fate::StalledBefore),
    ("TagResource", 1, Fate::StalledBefore),
    ("TagResource", 1, Fate::StalledAfter),
    ("PutCompositeAlarm", 1, Fate::StalledBefore),
    ("PutCompositeAlarm", 2, Fate::StalledAfter),
    ("DeleteAlarms", 1, Fate::StalledBefore),
];

#[tokio::test]
async fn runs_that_are_killed_anywhere_are_completed_by_the_next() {
    let cloud = EmulatedCloud::start().unwrap();
    apply_before(&cloud).await;
    let proxy = Proxy::open(&cloud).await;
    let apply = ["alarms", "apply", "--severity-alarms", "--set", "all"];
    for (operation, which, fate) in DEATHS {
        let mut seen = 0;
        proxy.judge(move |request| {
            let is_one = request.operation.as_deref() == Some(operation);
            seen += u32::from(is_one);
            if is_one && seen == which { fate.clone() } else { Fate::Pass }
        });
        let mut run = cli::trailbell(&proxy.endpoint(), &apply).spawn().unwrap();
        tokio::select! {
            () = proxy.stalled() => {}
            status = run.wait() => panic!("{operation} {which} never came: {status:?}"),
        }
        run.kill().await.unwrap();
    }
    let plan = ["alarms", "plan", "--severity-alarms", "--set", "all"];
    cli::run(&cloud.endpoint(), &plan, 1).await;
    cli::run(&cloud.endpoint(), &apply, 0).await;
    cli::run(&cloud.endpoint(), &plan, 0).await;
    let alarms = cloud.alarms("trailbell/").await;
    let of_rules = alarms.values().filter_map(|alarm| alarm.tags.get("trailbell:rule").cloned());
    assert_eq!(of_rules.collect::<BTreeSet<_>>(), catalogue());
}

#[tokio::test]
async fn an_apply_through_throttling_outages_and_broken_connections_ends_in_the_alarms_of_the_rules() {
    let cloud = EmulatedCloud::start().unwrap();
    apply_before(&cloud).await;
    let proxy = Proxy::open(&cloud).await;
    let throttled = || Fate::Answer(Answer::cbor_error(400, "Throttling", "Rate exceeded"));
    let (mut requests, mut of_operations) = (0, BTreeMap::new());
    proxy.judge(move |request| {
        let operation = request.operation.clone().unwrap_or_default();
        let of_operation = of_operations.entry(operation.clone()).or_insert(0);
        *of_operation += 1;
        requests += 1;
        match (operation.as_str(), *of_operation) {
            // Carried out, so that the second attempt finds nothing to delete.
            ("DeleteAlarms", 1) => Fate::LostAfter,
            // More than the attempts that the SDK makes of itself.
            ("PutMetricAlarm", 3..=7) => throttled(),
            _ => match requests % 16 {
                1 => Fate::Answer(Answer::empty(500)),
                3 => throttled(),
                6 => Fate::Answer(Answer::empty(503)),
                9 => Fate::LostBefore,
                12 => Fate::LostAfter,
                14 => Fate::Delay(Duration::from_millis(300)),
                _ => Fate::Pass,
            },
        }
    });
    cli::run(&proxy.endpoint(), &["alarms", "apply", "--severity-alarms", "--set", "aws-guide"], 0).await;
    cli::run(&cloud.endpoint(), &["alarms", "plan", "--severity-alarms", "--set", "aws-guide"], 0).await;
}
