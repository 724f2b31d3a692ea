//! What the generator promises: repeatable, valid, and of the size and shape that measurements assume.

use std::collections::HashSet;

use serde_json::Value;

use super::*;

fn records(json: &[u8]) -> Vec<Value> {
    let file: Value = serde_json::from_slice(json).unwrap();
    file["Records"].as_array().unwrap().clone()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let file = |seed| Generator::new(seed).log_file(50);
    assert_eq!(file(1), file(1));
    assert_ne!(file(1), file(2));
}

#[test]
fn a_log_file_has_as_many_records_as_were_asked_for() {
    for count in [0, 1, 2, 300] {
        assert_eq!(records(&Generator::new(4).log_file(count)).len(), count);
    }
}

#[test]
fn one_record_alone_is_an_object_with_an_event_id() {
    let mut generator = Generator::new(9);
    for _ in 0..100 {
        let record: Value = serde_json::from_slice(&generator.record()).unwrap();
        assert!(record["eventID"].is_string(), "{record}");
    }
}

#[test]
fn event_ids_are_unique() {
    let records = records(&Generator::new(5).log_file(5000));
    let ids: HashSet<_> = records.iter().map(|record| record["eventID"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), records.len());
}

#[test]
fn records_average_seventeen_hundred_bytes_and_compress_ten_to_one() {
    let json = Generator::new(DEFAULT_SEED).large_file(4 << 20);
    let average = json.len() / records(&json).len();
    assert!((1550..1850).contains(&average), "{average} bytes a record");
    let ratio = json.len() as f64 / gzip(&json).len() as f64;
    assert!((8.5..11.5).contains(&ratio), "{ratio:.2} to 1");
}

#[test]
fn every_minute_has_a_file_with_as_many_records_as_were_asked_for() {
    let files: Vec<LogFile> = Generator::new(3).minutes(3, 20).collect();
    for (file, minute) in files.iter().zip(["T0000Z", "T0001Z", "T0002Z"]) {
        assert!(file.key.contains(minute), "{}", file.key);
        assert_eq!(records(&file.json).len(), 20);
    }
    assert_eq!(files.len(), 3);
}

#[test]
fn a_large_file_stops_within_one_record_of_its_size() {
    let json = Generator::new(2).large_file(1 << 20);
    assert!((1 << 20..(1 << 20) + (64 << 10)).contains(&json.len()), "{}", json.len());
}

#[test]
fn every_rarity_turns_up() {
    let json = Generator::new(6).log_file(6000);
    let text = String::from_utf8(json.clone()).unwrap();
    for trace in
        [r"\u0065ventName", "\n", r#"\"eventName\":\"DeleteTrail\""#, "AwsCloudTrailInsight", r"\u0000"]
    {
        assert!(text.contains(trace), "{trace}");
    }
    assert!(text.chars().any(|character| character > '\u{ffff}'));
    assert!(records(&json).iter().any(|record| record.get("userIdentity") == Some(&Value::Null)));
}

#[test]
fn all_kinds_of_callers_versions_and_outcomes_turn_up() {
    let records = records(&Generator::new(6).log_file(6000));
    let seen = |pointer: &str| -> HashSet<String> {
        records.iter().filter_map(|record| record.pointer(pointer)?.as_str().map(str::to_owned)).collect()
    };
    let expected = [
        (
            "/userIdentity/type",
            &["IAMUser", "AssumedRole", "AWSService", "IdentityCenterUser", "AWSAccount"][..],
        ),
        ("/eventVersion", &["1.08", "1.09", "1.10", "1.11"]),
        ("/eventType", &["AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn", "AwsCloudTrailInsight"]),
        ("/eventCategory", &["Management", "Data", "Insight"]),
        ("/errorCode", &["AccessDenied", "Client.UnauthorizedOperation", "ThrottlingException"]),
        ("/sessionCredentialFromConsole", &["true"]),
        ("/tlsDetails/tlsVersion", &["TLSv1.3"]),
    ];
    for (pointer, values) in expected {
        let seen = seen(pointer);
        for value in values {
            assert!(seen.contains(*value), "{pointer} {value}: {seen:?}");
        }
    }
}

#[test]
fn a_day_is_delivered_in_order_under_the_real_layout() {
    let files: Vec<_> = Generator::new(3).day(200).collect();
    assert_eq!(files.len(), 200);
    assert_eq!(files.iter().map(|file| &file.key).collect::<HashSet<_>>().len(), 200);
    let mut minutes = Vec::new();
    for file in &files {
        let segments: Vec<_> = file.key.split('/').collect();
        let ["AWSLogs", account, "CloudTrail", region, "2026", "09", "14", name] = segments[..] else {
            panic!("{}", file.key)
        };
        let parts: Vec<_> = name.strip_suffix(".json.gz").unwrap().split('_').collect();
        assert_eq!(parts[..3], [account, "CloudTrail", region]);
        assert_eq!((parts[3].len(), parts[4].len()), ("20260914T1215Z".len(), 16));
        minutes.push(parts[3].to_owned());
        for record in records(&file.json) {
            assert_eq!(
                (record["recipientAccountId"].as_str(), record["awsRegion"].as_str()),
                (Some(account), Some(region))
            );
        }
    }
    assert!(minutes.is_sorted());
    let total: usize = files.iter().map(|file| records(&file.json).len()).sum();
    assert!((40..62).contains(&(total / files.len())), "{}", total / files.len());
}

#[test]
fn compression_leaves_no_trace_of_time_or_machine() {
    let object = gzip(b"{\"Records\":[]}");
    assert_eq!(object[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
}
