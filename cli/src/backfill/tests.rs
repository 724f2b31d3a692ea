//! Backfills from a bucket in memory.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use serde_json::Value;

use super::arguments::{Alerts, Metrics};
use super::request::Request;
use super::testing::{ACCOUNT, NOW, OTHER, arguments, key, request};
use super::*;
use crate::cloud::testing::{FakeLedger, MemoryBucket, MemoryQueue};

/// 2 accounts, 2 regions, 3 days, 3 files each; an organization's, an Insight, a digest and a stray file.
fn bucket() -> MemoryBucket {
    let mut keys = Vec::new();
    for account in [ACCOUNT, OTHER] {
        for region in ["us-east-1", "eu-west-1"] {
            for day in ["20260911", "20260912", "20260913"] {
                for time in ["0000", "1215", "2355"] {
                    keys.push(key("AWSLogs/", account, region, &format!("{day}T{time}")));
                }
            }
        }
    }
    keys.push(key("AWSLogs/o-exampleorgid/", OTHER, "us-east-1", "20260912T1300"));
    keys.push(
        key("AWSLogs/", ACCOUNT, "us-east-1", "20260912T1301").replace("CloudTrail", "CloudTrail-Insight"),
    );
    keys.push(
        key("AWSLogs/", ACCOUNT, "us-east-1", "20260912T1302").replace("CloudTrail", "CloudTrail-Digest"),
    );
    keys.push(format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/09/12/notes.txt"));
    keys.push(format!("AWSLogs/{ACCOUNT}/Config/us-east-1/2026/9/12/x.json.gz"));
    MemoryBucket { objects: keys.into_iter().map(|key| (key, 100)).collect(), ..MemoryBucket::default() }
}

fn done(keys: &[String]) -> FakeLedger {
    let entry = LedgerEntry { state: FileState::Done, attempts: Some(1) };
    let entries = keys.iter().map(|key| (format!("s3://amzn-s3-demo-bucket/{key}"), entry.clone()));
    FakeLedger { entries: entries.collect(), ..FakeLedger::default() }
}

fn backfill<'a>(
    bucket: &'a MemoryBucket,
    queue: &'a MemoryQueue,
    ledger: Option<&'a FakeLedger>,
) -> Backfill<'a, MemoryBucket, MemoryQueue, FakeLedger> {
    Backfill {
        bucket,
        queue,
        ledger,
        policy: AgePolicy { metrics: Metrics::Auto, alerts: Alerts::Auto, now: NOW.unix_timestamp() },
        now: NOW,
        pace: Pace::new(NonZeroU32::new(1000).unwrap()),
        days: None,
        unrecognized: 0,
        bar: ProgressBar::hidden(),
    }
}

/// The keys that were announced, in order.
fn announced(queue: &MemoryQueue) -> Vec<String> {
    let key = |body: String| {
        let body: Value = serde_json::from_str(&body).unwrap();
        body["s3ObjectKey"][0].as_str().unwrap().to_owned()
    };
    queue.bodies().into_iter().map(key).collect()
}

#[tokio::test(start_paused = true)]
async fn the_files_of_the_span_are_announced_once_and_in_the_order_of_their_keys() {
    let (bucket, queue) = (bucket(), MemoryQueue::default());
    let mut checkpoint = Checkpoint::new(request("2026-09-12T12:15Z", "2026-09-13T23:55Z"));
    let mut run = backfill(&bucket, &queue, None);
    run.run(&mut checkpoint).await.unwrap();
    assert_eq!(run.unrecognized, 1);
    let keys = announced(&queue);
    // Of each of the four regions two files of the first day and two of the second.
    assert_eq!(keys.len(), 4 * 4 + 2);
    assert!(keys.is_sorted());
    assert!(keys.iter().any(|key| key.contains("o-exampleorgid")));
    assert!(keys.iter().any(|key| key.contains("CloudTrail-Insight")));
    assert!(
        !keys.iter().any(|key| key.contains("Digest") || key.contains("Config") || key.contains("20260911"))
    );
    let counts = checkpoint.counts();
    assert_eq!((counts.found, counts.known, counts.announced, counts.found_bytes), (18, 0, 18, 1800));
    assert_eq!((counts.without_metrics, counts.without_alerts), (0, 0), "of the last two weeks");
    assert!(checkpoint.is_finished());
    let first = bucket.listed.borrow();
    let start = &first
        .iter()
        .find(|(prefix, _)| prefix.starts_with(&format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-")))
        .unwrap()
        .1;
    assert!(start.ends_with("/2026/09/12/111122223333_CloudTrail_eu-west-1_20260912T1215"), "{start}");
}

#[tokio::test(start_paused = true)]
async fn accounts_and_regions_narrow_the_walk() {
    for (more, expected) in [
        (&["--account", ACCOUNT][..], 19),
        (&["--account", OTHER], 19),
        (&["--region", "eu-west-1"], 18),
        (&["--account", ACCOUNT, "--region", "eu-west-1"], 9),
    ] {
        let (bucket, queue) = (bucket(), MemoryQueue::default());
        let arguments =
            arguments("s3://amzn-s3-demo-bucket/AWSLogs/", &[&["--from", "2026-09-01"], more].concat());
        let mut checkpoint = Checkpoint::new(Request::of(&arguments, NOW).unwrap());
        backfill(&bucket, &queue, None).run(&mut checkpoint).await.unwrap();
        assert_eq!(queue.bodies().len(), expected, "{more:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn files_that_the_ledger_knows_are_left_out_unless_they_failed() {
    let bucket = bucket();
    let keys: Vec<String> =
        bucket.objects.keys().filter(|key| key.contains("20260912T1215")).cloned().collect();
    assert_eq!(keys.len(), 4);
    let mut ledger = done(&keys);
    let states = [
        (FileState::Released { failure: Some("file.deadline".into()) }, true),
        (FileState::Claimed { lease_end: NOW, failure: None }, true),
        (FileState::Claimed { lease_end: NOW + time::Duration::SECOND, failure: None }, false),
        (FileState::Done, false),
    ];
    for (entry, (state, _)) in ledger.entries.values_mut().zip(&states) {
        entry.state = state.clone();
    }
    let queue = MemoryQueue::default();
    let mut checkpoint = Checkpoint::new(request("2026-09-12T12:00Z", "2026-09-12T12:30Z"));
    backfill(&bucket, &queue, Some(&ledger)).run(&mut checkpoint).await.unwrap();
    let expected: Vec<String> = keys
        .iter()
        .zip(&states)
        .filter(|(_, (_, is_announced))| *is_announced)
        .map(|(key, _)| key.clone())
        .collect();
    assert_eq!(announced(&queue), expected);
    assert_eq!((checkpoint.counts().found, checkpoint.counts().known), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_announces_nothing_and_counts_the_same() {
    let (bucket, queue) = (bucket(), MemoryQueue::default());
    let mut dry = Checkpoint::new(request("2026-09-12", "2026-09-14"));
    let mut run = backfill(&bucket, &queue, None);
    run.days = Some(Days::default());
    run.run(&mut dry).await.unwrap();
    assert_eq!(queue.sends(), 0);
    let mut wet = Checkpoint::new(request("2026-09-12", "2026-09-14"));
    backfill(&bucket, &queue, None).run(&mut wet).await.unwrap();
    assert_eq!(dry.counts(), wet.counts());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cut_off_anywhere_is_completed_by_the_next_which_repeats_nothing() {
    let bucket = bucket();
    let folder = tempfile::tempdir().unwrap();
    let whole = 4 * 6 + 2;
    for sends in 0..9 {
        let path = folder.path().join(format!("{sends}.json"));
        let queue = MemoryQueue::default();
        queue.break_sends_after(sends);
        let open = || Checkpoint::open(&path, request("2026-09-12", "2026-09-14")).unwrap();
        let mut run = backfill(&bucket, &queue, None);
        run.pace = Pace::new(NonZeroU32::new(3).unwrap());
        let error = run.run(&mut open()).await.unwrap_err();
        assert!(error.to_string().contains("sqs:SendMessage"), "{error}");
        queue.break_sends_after(u32::MAX);
        let mut checkpoint = open();
        backfill(&bucket, &queue, None).run(&mut checkpoint).await.unwrap();
        let keys = announced(&queue);
        assert_eq!((keys.len(), keys.iter().collect::<BTreeSet<_>>().len()), (whole, whole), "{sends}");
        assert_eq!(checkpoint.counts().found, whole as u64, "{sends}");
        assert!(open().is_finished());
    }
}

#[tokio::test(start_paused = true)]
async fn announcements_that_the_queue_refuses_end_the_run() {
    let (bucket, queue) = (bucket(), MemoryQueue::default());
    let mut checkpoint = Checkpoint::new(request("2026-09-12", "2026-09-14"));
    let first = bucket.objects.keys().find(|key| key.contains("20260912T0000")).unwrap();
    let body = PublishChoice { metrics: true, alerts: false }.message("amzn-s3-demo-bucket", first).body;
    queue.refuse(&body, u32::MAX, true);
    let error = backfill(&bucket, &queue, None).run(&mut checkpoint).await.unwrap_err();
    assert!(error.to_string().starts_with("1 of "), "{error}");
    // What comes before it in the order of the keys is an Insight file.
    assert_eq!((checkpoint.counts().announced, checkpoint.is_finished()), (1, false));
}

#[tokio::test]
async fn a_bucket_without_log_files_is_an_error_that_says_what_to_name() {
    let (bucket, queue) = (MemoryBucket::default(), MemoryQueue::default());
    let mut checkpoint = Checkpoint::new(request("2026-09-12", "2026-09-14"));
    let error = backfill(&bucket, &queue, None).run(&mut checkpoint).await.unwrap_err();
    assert!(error.to_string().contains("below `s3://amzn-s3-demo-bucket/`"), "{error}");
}

#[test]
fn a_span_and_a_prefix_have_to_make_sense() {
    for (source, more, expected) in [
        (
            "s3://amzn-s3-demo-bucket",
            &["--from", "2026-09-14", "--to", "2026-09-14"][..],
            "the span is empty",
        ),
        ("s3://amzn-s3-demo-bucket", &["--from", "2026-09-15"], "the span is empty"),
        ("s3://amzn-s3-demo-bucket/AWSLogs/111122223333/", &["--from", "1d"], "must end before `AWSLogs/`"),
    ] {
        let error = Request::of(&arguments(source, more), NOW).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    for (source, prefix) in [
        ("s3://amzn-s3-demo-bucket/AWSLogs", ""),
        ("s3://amzn-s3-demo-bucket/a/AWSLogs/", "a/"),
        ("s3://amzn-s3-demo-bucket/my-AWSLogs", "my-AWSLogs/"),
    ] {
        assert_eq!(Request::of(&arguments(source, &["--from", "1d"]), NOW).unwrap().prefix, prefix);
    }
}

#[test]
fn a_state_is_of_its_arguments_and_keeps_the_times_of_the_first_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let first = arguments("s3://amzn-s3-demo-bucket", &["--from", "2d"]);
    let begun = Request::of(&first, NOW).unwrap();
    let mut checkpoint = Checkpoint::open(&path, begun.clone()).unwrap();
    let file = ListedLogFile { key: "k".into(), size: 1, delivered_at: 0 };
    checkpoint.pass(&[file], &[]).unwrap();
    let later = NOW + time::Duration::hours(5);
    let resumed = Checkpoint::open(&path, Request::of(&first, later).unwrap()).unwrap();
    assert_eq!((resumed.request(), resumed.position()), (&begun, Some("k")));
    for (more, expected) in [
        (&["--from", "3d"][..], "another `--from`"),
        (&["--from", "2d", "--account", ACCOUNT], "another `--account`"),
        (&["--from", "2d", "--metrics", "off"], "another `--metrics`"),
    ] {
        let other = Request::of(&arguments("s3://amzn-s3-demo-bucket", more), NOW).unwrap();
        let error = Checkpoint::open(&path, other).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    std::fs::write(&path, "{}").unwrap();
    let error = Checkpoint::open(&path, begun).unwrap_err();
    assert!(error.to_string().contains("is not the state of a backfill"), "{error}");
}
