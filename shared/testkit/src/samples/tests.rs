//! The sample folder is what the generator makes of it, and contains what its README says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::files;
use crate::generator::{DEFAULT_SEED, LogFile};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

fn objects_under(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            objects_under(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn records(file: &LogFile) -> Vec<Value> {
    let json: Value = serde_json::from_slice(&file.json).unwrap();
    json["Records"].as_array().cloned().unwrap_or_default()
}

fn all_records() -> Vec<Value> {
    files(DEFAULT_SEED).iter().flat_map(records).collect()
}

#[test]
fn the_folder_holds_exactly_what_the_default_seed_gives() {
    let mut found = Vec::new();
    objects_under(&folder().join("AWSLogs"), &mut found);
    let stored: BTreeMap<_, _> = found
        .into_iter()
        .map(|path| (path.strip_prefix(folder()).unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect();
    let generated: BTreeMap<_, _> =
        files(DEFAULT_SEED).iter().map(|file| (PathBuf::from(&file.key), file.object())).collect();
    assert!(
        stored == generated,
        "run `cargo run -p testkit --bin generate -- samples samples` and look at what changed"
    );
}

#[test]
fn the_folder_is_small_and_of_two_accounts_and_three_regions() {
    let files = files(DEFAULT_SEED);
    let bytes: usize = files.iter().map(|file| file.object().len()).sum();
    assert!((15..=25).contains(&files.len()), "{} files", files.len());
    assert!(bytes < 150_000, "{bytes} bytes");
    let places: BTreeSet<_> =
        files.iter().map(|file| file.key.split('/').skip(1).step_by(2).take(2).collect::<Vec<_>>()).collect();
    let accounts: BTreeSet<_> = places.iter().map(|place| place[0]).collect();
    let regions: BTreeSet<_> = places.iter().map(|place| place[1]).collect();
    assert_eq!((accounts.len(), regions.len()), (2, 3), "{places:?}");
}

#[test]
fn every_step_of_the_attack_is_recorded_as_often_as_the_story_says() {
    let records = all_records();
    let count = |test: &dyn Fn(&Value) -> bool| records.iter().filter(|record| test(record)).count();
    let by_attacker = |name: &str| {
        count(&|record| record["eventName"] == name && record["sourceIPAddress"] == "198.51.100.77")
    };
    let expected = [
        ("ConsoleLogin", 11),
        ("CreateUser", 1),
        ("AttachUserPolicy", 1),
        ("CreateAccessKey", 2),
        ("StopLogging", 2),
        ("DeleteTrail", 1),
        ("StopConfigurationRecorder", 1),
        ("AuthorizeSecurityGroupIngress", 1),
        ("RunInstances", 2),
        ("PutBucketPolicy", 1),
        ("DisableKey", 1),
        ("ScheduleKeyDeletion", 1),
        ("LeaveOrganization", 1),
    ];
    for (name, times) in expected {
        assert_eq!(by_attacker(name), times, "{name}");
    }
    assert_eq!(count(&|record| record["errorMessage"] == "Failed authentication"), 7);
    assert_eq!(count(&|record| record["userIdentity"]["type"] == "Root"), 5);
    let without_mfa = |record: &Value| {
        record["eventName"] == "ConsoleLogin"
            && record["additionalEventData"]["MFAUsed"] == "No"
            && record["responseElements"]["ConsoleLogin"] == "Success"
    };
    assert_eq!(count(&without_mfa), 2);
}

#[test]
fn only_one_event_id_occurs_twice() {
    let mut times: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in all_records() {
        let id = record["eventID"].as_str().unwrap().to_owned();
        times.entry(id).or_default().push(record["eventName"].as_str().unwrap_or_default().to_owned());
    }
    let repeated: Vec<_> = times.into_values().filter(|names| names.len() > 1).collect();
    assert_eq!(repeated, [["StopLogging", "StopLogging"]]);
}

#[test]
fn one_file_has_no_records_and_one_is_a_digest() {
    let files = files(DEFAULT_SEED);
    assert_eq!(files.iter().filter(|file| file.json == br#"{"Records":[]}"#).count(), 1);
    assert_eq!(files.iter().filter(|file| file.key.contains("/CloudTrail-Digest/")).count(), 1);
}

#[test]
fn the_digest_names_the_files_of_its_hour_with_their_hashes() {
    let files = files(DEFAULT_SEED);
    let digest = files.iter().find(|file| file.key.contains("/CloudTrail-Digest/")).unwrap();
    let digest: Value = serde_json::from_slice(&digest.json).unwrap();
    let named = digest["logFiles"].as_array().unwrap();
    assert_eq!(named.len(), 5);
    for entry in named {
        let file = files.iter().find(|file| entry["s3Object"] == *file.key).unwrap();
        let hash: String = Sha256::digest(&file.json).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(entry["hashValue"], hash, "{}", file.key);
    }
}
