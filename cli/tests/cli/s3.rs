//! Sources in S3, against a stand-in for the service in this process: what is listed, what is fetched, and what is said
//! when access is denied.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use testkit::stand_in::{ServedObject, Service, StandIn};

use crate::support::{Run, gzip, run_at, write};

const BUCKET: &str = "amzn-s3-demo-bucket";
/// Objects on a page of a listing: fewer than S3 has, so that there are several pages.
const PAGE: usize = 2;

/// A bucket that is served over HTTP.
struct Bucket(StandIn);

impl Bucket {
    /// Serves these objects. Keys that contain `denied` are refused.
    fn serve(objects: BTreeMap<String, Vec<u8>>) -> Self {
        let served = |(key, body): (String, Vec<u8>)| {
            let refusal = key.contains("denied").then(|| "AccessDenied".to_owned());
            ((BUCKET.to_owned(), key), ServedObject { body, refusal, ..ServedObject::default() })
        };
        let objects = objects.into_iter().map(served).collect();
        Self(StandIn::serve(Service { objects, page: PAGE, ..Service::default() }))
    }

    /// The keys that were fetched so far, and the number of listings.
    fn seen(&self) -> (Vec<String>, usize) {
        let (lists, gets): (Vec<_>, Vec<_>) =
            self.0.seen().into_iter().partition(|seen| seen.operation == "ListObjectsV2");
        let key = |place: String| place.replacen(&format!("{BUCKET}/"), "", 1);
        let mut keys: Vec<String> = gets.into_iter().map(|seen| key(seen.resource)).collect();
        keys.sort();
        (keys, lists.len())
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run_at(&self.0, arguments)
    }
}

fn record(id: &str, day: u8, region: &str) -> String {
    json!({
        "eventVersion": "1.11", "eventID": id, "eventTime": format!("2026-09-{day:02}T12:00:00Z"),
        "eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": region,
        "recipientAccountId": "111122223333", "userIdentity": { "type": "IAMUser", "userName": "alice" },
    })
    .to_string()
}

fn key(account: &str, service: &str, region: &str, day: u8, minute: u8) -> String {
    format!(
        "AWSLogs/{account}/{service}/{region}/2026/09/{day:02}/{account}_{service}_{region}_202609{day:02}T12{minute:02}Z_\
         a1b2c3d4e5f6a7b8.json.gz"
    )
}

const DAY: &str = "s3://amzn-s3-demo-bucket/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/09/14/";

/// Two accounts, two regions, five days, digests, and files of another service.
fn bucket() -> Bucket {
    let mut objects = BTreeMap::new();
    for day in 12..17 {
        for (account, region) in
            [("111122223333", "eu-west-1"), ("111122223333", "eu-central-1"), ("444455556666", "eu-west-1")]
        {
            for minute in [5, 10] {
                let record = record(&format!("{account}-{region}-{day}-{minute}"), day, region)
                    .replace("111122223333", account);
                let log = gzip(format!("{{\"Records\":[{record}]}}").as_bytes());
                objects.insert(key(account, "CloudTrail", region, day, minute), log);
            }
            objects.insert(key(account, "CloudTrail-Digest", region, day, 0), gzip(b"{}"));
            objects.insert(key(account, "Config", region, day, 0), gzip(b"{}"));
        }
    }
    objects.insert("exports/lines.jsonl".to_owned(), format!("{}\n", record("line", 14, "eu-west-1")).into());
    objects.insert("exports/notes.md".to_owned(), b"# Notes\n".to_vec());
    objects.insert("closed/denied.json".to_owned(), b"{}".to_vec());
    Bucket::serve(objects)
}

fn ids(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|event| event["eventId"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn only_the_account_the_region_and_the_days_of_the_query_are_listed_and_fetched() {
    let bucket = bucket();
    let run = bucket.run(&[
        "events",
        "s3://amzn-s3-demo-bucket",
        "--account=111122223333",
        "--region=eu-west-1",
        "--from=2026-09-14",
        "--to=2026-09-15",
        "--format=jsonl",
    ]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let expected = ["111122223333-eu-west-1-14-5", "111122223333-eu-west-1-14-10"];
    let mut found = ids(&run);
    found.sort();
    let mut sorted = expected.map(str::to_owned).to_vec();
    sorted.sort();
    assert_eq!(found, sorted);
    let (fetched, lists) = bucket.seen();
    // A record may be delivered up to a day after the event.
    let wanted: Vec<String> = [(14, 5), (14, 10)]
        .map(|(day, minute)| key("111122223333", "CloudTrail", "eu-west-1", day, minute))
        .into();
    assert!(wanted.iter().all(|key| fetched.contains(key)), "{fetched:?}");
    let may_be_fetched = |key: &String| {
        key.starts_with("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/09/1")
            && !key.contains("/12/")
            && !key.contains("/13/")
            && !key.contains("/16/")
    };
    assert!(fetched.iter().all(may_be_fetched), "{fetched:?}");
    assert!(lists <= 12, "{lists} listings");
}

#[test]
fn every_command_reads_a_day_of_a_bucket() {
    let bucket = bucket();
    let run = bucket.run(&["replay", "--format=json", DAY]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(
        (&run.json()["files"]["processed"], &run.json()["records"]["evaluated"]),
        (&json!(2), &json!(2))
    );
    assert!(run.json()["alerts"][0]["logFiles"][0].as_str().unwrap().starts_with(DAY), "{run:?}");
    let run = bucket.run(&["pattern", "match", "--count", "StopLogging", DAY]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "2\n"), "{run:?}");
    let folder = tempfile::tempdir().unwrap();
    let rules = rules(folder.path());
    let run = bucket.run(&["rules", "lint", "--rules", &rules, "--format=json", "--records", DAY]);
    assert_eq!(run.json()["recordsGiven"], 2, "{run:?}");
    let run = bucket.run(&["events", DAY, "--format=jsonl"]);
    assert_eq!((run.code, ids(&run).len()), (Some(0), 2), "{run:?}");
    let (fetched, _) = bucket.seen();
    assert_eq!(fetched.len(), 4 * 2, "{fetched:?}");
}

fn rules(folder: &Path) -> String {
    let text = "version: 1\nrules:\n  - id: a\n    filterPattern: '{ $.eventName = StopLogging }'\n    \
                metricTransformation: { metricName: A }\n";
    write(folder, "rules.yaml", text);
    folder.join("rules.yaml").to_str().unwrap().to_owned()
}

#[test]
fn other_shapes_and_single_objects_are_read() {
    let bucket = bucket();
    for (source, code) in
        [("s3://amzn-s3-demo-bucket/exports/lines.jsonl", 0), ("s3://amzn-s3-demo-bucket/exports/", 0)]
    {
        let run = bucket.run(&["events", source, "--format=jsonl"]);
        assert_eq!((run.code, ids(&run)), (Some(code), vec!["line".to_owned()]), "{run:?}");
        let run = bucket.run(&["replay", "--format=json", source]);
        assert_eq!(run.json()["records"]["evaluated"], 1, "{run:?}");
        assert_eq!(run.json()["skipped"].as_array().unwrap().len(), usize::from(source.ends_with('/')));
    }
    let run = bucket.run(&["events", "show", "line", "s3://amzn-s3-demo-bucket/exports/lines.jsonl"]);
    assert!(run.code == Some(0) && run.stdout.contains("StopLogging"), "{run:?}");
}

#[test]
fn without_a_start_only_the_last_day_is_searched_and_this_is_said() {
    let bucket = bucket();
    let run = bucket.run(&["events", "s3://amzn-s3-demo-bucket"]);
    assert!(run.stderr.contains("the last 24 hours") && run.stderr.contains("`--from`"), "{run:?}");
    assert_eq!(run.code, Some(1), "nothing was evaluated: {run:?}");
    assert_eq!(bucket.seen().0, Vec::<String>::new());
}

#[test]
fn refusals_name_the_permission_and_the_object() {
    let bucket = bucket();
    let source = "s3://amzn-s3-demo-bucket/closed/denied.json";
    for arguments in [&["events", source][..], &["replay", source], &["pattern", "match", "x", source]] {
        let run = bucket.run(arguments);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code == Some(1) || run.code == Some(2), "{run:?}");
        assert!(said.contains(&format!("`s3:GetObject` on `{source}`: access denied")), "{run:?}");
    }
    for arguments in [&["events"][..], &["replay"], &["pattern", "match", "x"], &["events", "files"]] {
        let run = bucket.run(&[arguments, &["s3://amzn-s3-demo-other/"]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains("`s3:ListBucket` on `amzn-s3-demo-other`: it does not exist"), "{run:?}");
    }
    let run = bucket.run(&["events", "s3://Not_A_Bucket/x"]);
    assert!(run.code == Some(2) && run.stderr.contains("a bucket name has 3 to 63"), "{run:?}");
}

#[test]
fn files_are_listed_and_none_is_fetched() {
    let bucket = bucket();
    let run =
        bucket.run(&["events", "files", "s3://amzn-s3-demo-bucket", "--from=2026-09-13", "--format=json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let accounts = run.json()["accounts"].clone();
    assert_eq!(accounts[0]["account"], "111122223333");
    assert_eq!(accounts[0]["logFiles"], 2 * 2 * 4);
    assert_eq!(accounts[1]["regions"][0]["days"][0]["day"], "2026-09-13");
    assert_eq!(bucket.seen().0, Vec::<String>::new());
}

#[test]
fn tail_shows_what_arrives_and_what_it_costs() {
    let bucket = bucket();
    let run = bucket.run(&[
        "events",
        "tail",
        "s3://amzn-s3-demo-bucket",
        "--since=36500d",
        "--account=444455556666",
        "--rounds=2",
        "--interval=1",
        "--format=jsonl",
    ]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(ids(&run).len(), 10, "every file is shown once: {run:?}");
    assert_eq!(bucket.seen().0.len(), 10);
    assert_eq!(run.stderr.matches("10 GET requests, about $").count(), 2, "{run:?}");
    let run = bucket.run(&["events", "tail", "AWSLogs/"]);
    assert!(run.code == Some(2) && run.stderr.contains("waits for log files in a bucket"), "{run:?}");
}
