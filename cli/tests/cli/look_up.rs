//! `events --lookup` and `events show --lookup`, against a stand-in for CloudTrail: which events are shown, in which order,
//! and what is asked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::stand_in::{Service, StandIn};

use crate::support::{Run, run_at};

/// An event of the given second of the 14th of September 2026.
fn record(id: &str, second: u32, name: &str, region: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": id,
        "eventTime": format!("2026-09-14T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60),
        "eventName": name, "eventSource": "cloudtrail.amazonaws.com", "awsRegion": region, "readOnly": name.starts_with("Get"),
        "recipientAccountId": "111122223333", "sourceIPAddress": if second.is_multiple_of(2) { "203.0.113.7" } else { "198.51.100.7" },
        "userIdentity": { "type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE" },
    })
}

/// 200 events in one region and 20 in another; every fourth is a read.
fn histories() -> Service {
    let of = |region: &str, count: u32, step: u32| {
        let event = |number: u32| {
            let name = if number.is_multiple_of(4) { "GetTrail" } else { "StopLogging" };
            record(&format!("{region}-{number}"), 80_000 - number * step, name, region)
        };
        (0..count).map(event).collect()
    };
    let events: BTreeMap<String, Vec<Value>> = [
        ("us-east-1".to_owned(), of("us-east-1", 200, 7)),
        ("eu-west-1".to_owned(), of("eu-west-1", 20, 60)),
    ]
    .into();
    Service { events, ..Service::default() }
}

fn ids(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|event| event["eventId"].as_str().unwrap().to_owned()).collect()
}

/// The ids of all events that `is_wanted` accepts, newest first.
fn expected(service: &Service, is_wanted: impl Fn(&Value) -> bool) -> Vec<String> {
    let mut events: Vec<&Value> =
        service.events.values().flatten().filter(|event| is_wanted(event)).collect();
    let key = |event: &Value| {
        (event["eventTime"].as_str().unwrap().to_owned(), event["eventID"].as_str().unwrap().to_owned())
    };
    events.sort_by_key(|event| std::cmp::Reverse(key(event)));
    events.into_iter().map(|event| event["eventID"].as_str().unwrap().to_owned()).collect()
}

const FROM: &str = "--from=2026-09-14";
const BOTH: [&str; 2] = ["--region=us-east-1", "--region=eu-west-1"];

#[test]
fn all_regions_are_shown_newest_first_and_reads_are_left_out() {
    let service = histories();
    let stand_in = StandIn::serve(service.clone());
    let run = run_at(&stand_in, &["events", "--lookup", FROM, "--format=jsonl"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(ids(&run), expected(&service, |event| event["readOnly"] == json!(false)));
    let seen = stand_in.seen();
    let regions: BTreeSet<&str> = seen.iter().map(|seen| seen.resource.as_str()).collect();
    assert!(regions.len() >= 30 && regions.contains("ap-northeast-1"), "{regions:?}");
    assert!(
        seen.iter()
            .all(|seen| seen.details.contains(r#"{"AttributeKey":"ReadOnly","AttributeValue":"false"}"#))
    );
    let requests = format!("{} LookupEvents requests in {} regions", seen.len(), regions.len());
    assert!(run.stderr.contains(&requests), "{requests}: {}", run.stderr);
    assert!(run.stderr.contains(&format!("in {} event histories", regions.len())), "{}", run.stderr);
    assert!(run.stderr.contains("reads are left out"), "{}", run.stderr);
}

#[test]
fn one_attribute_is_pushed_down_and_the_other_filters_are_applied_here() {
    let service = histories();
    let stand_in = StandIn::serve(service.clone());
    let arguments = ["events", "--lookup", FROM, "--format=jsonl", "--name=StopLogging", "--ip=203.0.113.7"];
    let run = run_at(&stand_in, &[&arguments[..], &BOTH].concat());
    let is_wanted =
        |event: &Value| event["eventName"] == "StopLogging" && event["sourceIPAddress"] == "203.0.113.7";
    assert_eq!((run.code, ids(&run)), (Some(0), expected(&service, is_wanted)), "{}", run.stderr);
    let seen = stand_in.seen();
    assert!(seen.iter().all(|seen| ["us-east-1", "eu-west-1"].contains(&seen.resource.as_str())), "{seen:?}");
    assert!(
        seen.iter().all(|seen| seen
            .details
            .contains(r#""AttributeKey":"EventName","AttributeValue":"StopLogging""#))
    );
    // What the service does not know exactly is not pushed down.
    for filter in ["--name=Stop*", "--user=alice", "--name=!GetTrail"] {
        let run = run_at(
            &stand_in,
            &[&["events", "--lookup", FROM, filter, "--all", "--format=jsonl"], &BOTH[..]].concat(),
        );
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(stand_in.seen().iter().all(|seen| !seen.details.contains("LookupAttributes")), "{filter}");
        let is_wanted = |event: &Value| filter == "--user=alice" || event["eventName"] == "StopLogging";
        assert_eq!(ids(&run), expected(&service, is_wanted), "{filter}");
    }
}

#[test]
fn a_page_costs_few_requests_and_the_next_one_goes_on() {
    let service = histories();
    let stand_in = StandIn::serve(service.clone());
    let arguments = ["events", "--lookup", FROM, "--all", "--limit=30", "--format=json"];
    let first = run_at(&stand_in, &[&arguments[..], &BOTH].concat());
    assert_eq!(stand_in.seen().len(), 2, "one page of each region holds the newest 30");
    let all = expected(&service, |_| true);
    let shown = |run: &Run| -> Vec<String> {
        let events = run.json()["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["eventId"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(shown(&first), all[..30]);
    let next = first.json()["summary"]["next"].as_str().unwrap().to_owned();
    let second = run_at(&stand_in, &[&arguments[..], &BOTH, &["--before", &next]].concat());
    assert_eq!(shown(&second), all[30..60]);
    assert_eq!(stand_in.seen().len(), 2, "the second page begins where the first one ended");
    let oldest = run_at(&stand_in, &[&arguments[..], &BOTH, &["--oldest-first"]].concat());
    let from_the_end: Vec<String> = all.iter().rev().take(30).cloned().collect();
    assert_eq!(shown(&oldest), from_the_end);
}

#[test]
fn throttled_requests_are_repeated_and_regions_that_are_not_enabled_are_named() {
    let mut service = histories();
    let refusal = |code: &str, times| (code.to_owned(), times);
    service.refusals.insert("LookupEvents us-east-1".to_owned(), refusal("ThrottlingException", Some(6)));
    service
        .refusals
        .insert("LookupEvents me-south-1".to_owned(), refusal("UnrecognizedClientException", None));
    let stand_in = StandIn::serve(service.clone());
    let run = run_at(&stand_in, &["events", "--lookup", FROM, "--all", "--format=jsonl"]);
    assert_eq!((run.code, ids(&run)), (Some(0), expected(&service, |_| true)), "{}", run.stderr);
    assert!(run.stderr.contains("note: `me-south-1` was left out"), "{}", run.stderr);
    stand_in.change(|service| {
        service
            .refusals
            .insert("LookupEvents eu-west-1".to_owned(), ("AccessDeniedException".to_owned(), None));
    });
    let run =
        run_at(&stand_in, &[&["events", "--lookup", FROM, "--all", "--format=jsonl"], &BOTH[..]].concat());
    assert_eq!((run.code, ids(&run).len()), (Some(1), 200), "{}", run.stderr);
    assert!(run.stderr.contains("`cloudtrail:LookupEvents` on `eu-west-1`: access denied"), "{}", run.stderr);
    stand_in.change(|service| {
        service.refusals.insert("LookupEvents".to_owned(), ("AccessDeniedException".to_owned(), None));
    });
    let run = run_at(&stand_in, &["events", "--lookup", FROM, "--all"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("`cloudtrail:LookupEvents` on `"), "{run:?}");
}

#[test]
fn an_event_is_shown_with_its_session() {
    let service = histories();
    let stand_in = StandIn::serve(service);
    let run = run_at(
        &stand_in,
        &["events", "show", "eu-west-1-3", "--lookup", "--around=2m", "--region=eu-west-1"],
    );
    assert_eq!(run.code, Some(2), "`show` has no such option: {run:?}");
    let run = run_at(&stand_in, &["events", "show", "eu-west-1-3", "--lookup", "--around=2m"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let seen = stand_in.seen();
    assert!(
        seen[0].details.contains(r#""AttributeKey":"EventId","AttributeValue":"eu-west-1-3""#),
        "{seen:?}"
    );
    assert!(!seen[0].details.contains("StartTime"), "an id is looked for in all of the 90 days");
    assert!(run.stdout.contains("StopLogging") && run.stdout.contains("The session"), "{}", run.stdout);
    let run = run_at(&stand_in, &["events", "show", "nowhere", "--lookup"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let run = run_at(&stand_in, &["events", "--lookup", "AWSLogs/"]);
    assert!(run.code == Some(2) && run.stderr.contains("cannot be used with"), "{run:?}");
}
