//! Log files that were missed are found and announced, by the real `trailbell` at a bucket, a ledger and a queue.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::emulator::{EmulatedCloud, Fate, Proxy, Queue};

use super::cli;
use super::stage::{BUCKET, LEDGER, create_ledger, now};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
/// How long ago files were delivered, in hours: twice with datapoints and alerts, and too long ago for either.
const AGES: [i64; 3] = [2, 72, 480];
const FILES: usize = 30;

/// The keys of the files, each with its age.
fn files() -> Vec<(String, i64)> {
    let file = |number: usize| {
        let (account, region) = (ACCOUNTS[number % 2], REGIONS[number / 2 % 2]);
        let age = AGES[number / 4 % 3];
        let delivered = time::OffsetDateTime::from_unix_timestamp(now() - age * 3600).unwrap();
        let (date, hour, minute) = (delivered.date(), delivered.hour(), delivered.minute());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        let key = format!(
            "trail/AWSLogs/o-exampleorgid/{account}/CloudTrail/{region}/{year}/{month:02}/{day:02}/\
             {account}_CloudTrail_{region}_{year}{month:02}{day:02}T{hour:02}{minute:02}Z_{number:016}.json.gz"
        );
        (key, age)
    };
    (0..FILES).map(file).collect()
}

/// Puts what the log processor writes into the ledger.
fn put_in_ledger(cloud: &EmulatedCloud, key: &str, phase: &str, lease_end: i64) {
    let item = json!({
        "id": { "S": format!("file#s3://{BUCKET}/{key}") },
        "phase": { "S": phase },
        "leaseEnd": { "N": (lease_end * 1000).to_string() },
        "expires": { "N": (now() + 86_400).to_string() },
    });
    let answer =
        cloud.call("dynamodb", "DynamoDB_20120810.PutItem", &json!({ "TableName": LEDGER, "Item": item }));
    assert!(answer.get("__type").is_none(), "{answer}");
}

/// A bucket with the files, a ledger that knows some of them, and a queue. Answers what is to be announced.
async fn set(cloud: &EmulatedCloud) -> (Queue, BTreeMap<String, i64>) {
    cloud.create_bucket(BUCKET).await;
    create_ledger(cloud);
    let files = files();
    for (key, _) in &files {
        cloud.put_object(BUCKET, key, vec![0; 10]).await;
    }
    for (number, (key, _)) in files.iter().enumerate() {
        match number {
            0..5 => put_in_ledger(cloud, key, "done", 0),
            5 => put_in_ledger(cloud, key, "claimed", now() + 600),
            6 => put_in_ledger(cloud, key, "claimed", now() - 1),
            7 => put_in_ledger(cloud, key, "released", 0),
            _ => {}
        }
    }
    let queue = cloud.create_queue("deliveries", Default::default()).await;
    (queue, files.into_iter().skip(6).collect())
}

/// The arguments of a backfill of the whole bucket, five files a second.
fn arguments<'a>(queue: &'a Queue, more: &[&'a str]) -> Vec<&'a str> {
    let common = ["backfill", "s3://amzn-s3-demo-bucket-trail/trail", "--queue-url", &queue.url];
    let rest = ["--table", LEDGER, "--from", "30d", "--rate", "5", "--format", "json"];
    [&common, &rest[..], more].concat()
}

async fn backfill(endpoint: &str, queue: &Queue, more: &[&str], code: i32) -> Value {
    serde_json::from_str(&cli::run(endpoint, &arguments(queue, more), code).await).unwrap()
}

/// Takes the announcements out of the queue: the keys with their attributes.
fn announced(cloud: &EmulatedCloud, queue: &Queue) -> Vec<(String, Value)> {
    let mut announced = Vec::new();
    loop {
        let request = json!({
            "QueueUrl": queue.url,
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": 600,
            "MessageAttributeNames": ["All"],
        });
        let answer = cloud.call("sqs", "AmazonSQS.ReceiveMessage", &request);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            return announced;
        }
        for message in messages {
            let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            assert_eq!(
                (&body["s3Bucket"], body["s3ObjectKey"].as_array().unwrap().len()),
                (&json!(BUCKET), 1)
            );
            let key = body["s3ObjectKey"][0].as_str().unwrap().to_owned();
            announced.push((key, message["MessageAttributes"].clone()));
        }
    }
}

#[tokio::test]
async fn the_files_that_the_ledger_does_not_know_are_announced_as_their_age_asks() {
    let cloud = EmulatedCloud::start().unwrap();
    let (queue, missing) = set(&cloud).await;
    let dry = backfill(&cloud.endpoint(), &queue, &["--dry-run"], 1).await;
    assert_eq!(dry["tally"]["announced"], 24);
    let in_days: u64 = dry["days"].as_array().unwrap().iter().map(|day| day["files"].as_u64().unwrap()).sum();
    assert_eq!((in_days, cloud.queue_depth(&queue).await), (24, (0, 0)));

    let report = backfill(&cloud.endpoint(), &queue, &[], 0).await;
    assert_eq!((&report["tally"]["found"], &report["tally"]["known"]), (&json!(30), &json!(6)));
    let announced = announced(&cloud, &queue);
    assert_eq!(announced.len(), missing.len());
    for (key, attributes) in announced {
        let value = |name: &str| attributes[name]["StringValue"].as_str();
        let expected = match missing[&key] {
            2 | 72 => (Some("log-file-time"), None),
            _ => (Some("off"), Some("off")),
        };
        assert_eq!((value("trailbell.metrics"), value("trailbell.alerts")), expected, "{key}");
    }
    let narrow = ["--account", ACCOUNTS[0], "--region", REGIONS[1], "--dry-run"];
    let narrow = backfill(&cloud.endpoint(), &queue, &narrow, 1).await;
    let of_them = |key: &&String| key.contains(ACCOUNTS[0]) && key.contains(REGIONS[1]);
    assert_eq!(narrow["tally"]["announced"], missing.keys().filter(of_them).count());
}

#[tokio::test]
async fn a_backfill_that_is_killed_goes_on_where_it_was_and_repeats_one_batch_at_most() {
    let cloud = EmulatedCloud::start().unwrap();
    let (queue, missing) = set(&cloud).await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let state = ["--state", state.to_str().unwrap()];
    let proxy = Proxy::open(&cloud).await;
    // Killed before its second batch is sent, and again after its second batch is sent and before it knows.
    for fate in [Fate::StalledBefore, Fate::StalledAfter] {
        let mut sends = 0;
        proxy.judge(move |request| {
            sends += u32::from(request.operation.as_deref() == Some("SendMessageBatch"));
            if sends == 2 { fate.clone() } else { Fate::Pass }
        });
        let mut run = cli::trailbell(&proxy.endpoint(), &arguments(&queue, &state)).spawn().unwrap();
        tokio::select! {
            () = proxy.stalled() => {}
            status = run.wait() => panic!("a second batch never came: {status:?}"),
        }
        run.kill().await.unwrap();
    }
    backfill(&cloud.endpoint(), &queue, &state, 0).await;
    let keys: Vec<String> = announced(&cloud, &queue).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>(), missing.keys().collect());
    assert_eq!(keys.len(), missing.len() + 5, "the batch whose answer was lost");
    backfill(&cloud.endpoint(), &queue, &state, 0).await;
    assert_eq!(announced(&cloud, &queue), [], "what is finished is finished");
    cli::run(&cloud.endpoint(), &arguments(&queue, &[&state[..], &["--metrics", "off"]].concat()), 2).await;
}

#[tokio::test]
async fn a_bucket_that_does_not_exist_is_named_with_the_permission() {
    let cloud = EmulatedCloud::start().unwrap();
    let queue = cloud.create_queue("deliveries", Default::default()).await;
    let output = cli::trailbell(&cloud.endpoint(), &arguments(&queue, &[])).output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.contains("error: `s3:ListBucket` on `amzn-s3-demo-bucket-trail`: it does not exist"),
        "{stderr}"
    );
}
