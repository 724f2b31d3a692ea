//! The index rules out what it may, and nothing else, whatever happens to its bytes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::event::Event;
use crate::filter::{Filter, Query};
use crate::scan::{RecordFault, ScanSink, Scanner};
use crate::testing::{GET_OBJECT, SIGN_IN, STOP_LOGGING, event};

fn state(bytes: u64) -> FileState {
    FileState { bytes, changed: 1_789_344_000_000_000_000, id: 7 }
}

fn filter(change: impl FnOnce(&mut Query)) -> Filter {
    let mut query = Query { read_write: Some(crate::filter::ReadWriteType::All), ..Query::default() };
    change(&mut query);
    Filter::new(&query).unwrap()
}

/// An index of one file for each record.
fn index(records: &[&str]) -> Vec<u8> {
    let mut builder = DayIndexBuilder::default();
    for (number, record) in records.iter().enumerate() {
        builder.begin_file(&format!("file {number:05}"), state(number as u64));
        builder.push(&event(record));
    }
    builder.finish()
}

fn is_ruled_out(index: &[u8], filter: &Filter, number: usize) -> bool {
    let answer = DayAnswer::of(index, &Wanted::of(filter).unwrap()).unwrap();
    answer.rules_out(&format!("file {number:05}"), state(number as u64))
}

/// A query with one value.
fn one(name: &str, value: &str) -> Filter {
    let values = vec![value.to_owned()];
    filter(|query| {
        *match name {
            "name" => &mut query.names,
            "source" => &mut query.sources,
            "user" => &mut query.users,
            "resource" => &mut query.resources,
            "type" => &mut query.resource_types,
            "ip" => &mut query.ips,
            "key" => &mut query.access_keys,
            "id" => &mut query.ids,
            "error" => &mut query.errors,
            "account" => &mut query.accounts,
            _ => &mut query.regions,
        } = values;
    })
}

#[test]
fn every_text_that_a_filter_finds_is_found_in_the_index() {
    let index = index(&[SIGN_IN, STOP_LOGGING, GET_OBJECT]);
    for (name, value, file) in [
        ("name", "ConsoleLogin", 0),
        ("source", "signin", 0),
        ("user", "alice", 0),
        ("user", "arn:aws:iam::111122223333:user/alice", 0),
        ("error", "Failure", 0),
        ("user", "deploy", 1),
        ("user", "ci", 1),
        ("user", "deploy/ci", 1),
        ("key", "ASIAEXAMPLE", 1),
        ("resource", "main", 1),
        ("resource", "arn:aws:cloudtrail:eu-west-1:444455556666:trail/main", 1),
        ("account", "444455556666", 1),
        ("user", "root", 2),
        ("ip", "2001:0db8:0:0::1", 2),
        ("resource", "secrets/a/b.txt", 2),
        ("resource", "secrets", 2),
        ("type", "AWS::S3::Bucket", 2),
        ("id", "6f2f0d6c-0000-4000-8000-0000000000a3", 2),
        ("error", "AccessDenied", 2),
    ] {
        let filter = one(name, value);
        assert!(!is_ruled_out(&index, &filter, file), "{name} {value}");
        if !matches!(name, "id" | "resource") {
            let others = (0..3).filter(|other| *other != file);
            others.for_each(|other| {
                assert!(is_ruled_out(&index, &filter, other), "{name} {value}, file {other}")
            });
        }
    }
    let of_region = one("region", "eu-west-1");
    assert_eq!([0, 1, 2].map(|file| is_ruled_out(&index, &of_region, file)), [true, false, false]);
}

#[test]
fn a_file_in_another_state_is_never_ruled_out() {
    let index = index(&[SIGN_IN]);
    let answer = DayAnswer::of(&index, &Wanted::of(&one("name", "Nothing")).unwrap()).unwrap();
    let known = state(0);
    assert!(answer.rules_out("file 00000", known));
    for other in
        [FileState { bytes: 1, ..known }, FileState { changed: 1, ..known }, FileState { id: 1, ..known }]
    {
        assert!(!answer.rules_out("file 00000", other));
    }
    assert!(!answer.rules_out("file 00001", known));
    for (files, expected) in [
        (vec![("file 00000", known)], true),
        (vec![("file 00000", state(1))], false),
        (vec![], false),
        (vec![("file 00000", known), ("file 00001", known)], false),
    ] {
        assert_eq!(answer.is_current(files.clone().into_iter()), expected, "{files:?}");
    }
}

#[test]
fn a_file_that_could_not_be_read_is_never_ruled_out() {
    let mut builder = DayIndexBuilder::default();
    builder.begin_file("a", state(1));
    builder.read_always();
    builder.begin_file("b", state(1));
    let index = builder.finish();
    let answer = DayAnswer::of(&index, &Wanted::of(&one("name", "Nothing")).unwrap()).unwrap();
    assert_eq!(["a", "b"].map(|name| answer.rules_out(name, state(1))), [false, true]);
    assert!(
        !answer.is_current([("a", state(1)), ("b", state(1))].into_iter()),
        "a new index might know more"
    );
}

#[test]
fn only_whole_texts_are_asked_for() {
    for (filter, expected) in [
        (filter(|_| {}), false),
        (one("name", "Delete*"), false),
        (one("name", "!DeleteTrail"), false),
        (one("ip", "203.0.113.0/24"), false),
        (one("ip", "203.0.113.5"), true),
        (filter(|query| query.names = vec!["A".to_owned(), "B*".to_owned()]), false),
        (filter(|query| query.names = vec!["A".to_owned(), "!B*".to_owned()]), true),
        (filter(|query| query.patterns = vec!["{ $.a = 1 }".to_owned()]), false),
    ] {
        assert_eq!(Wanted::of(&filter).is_some(), expected, "{filter:?}");
    }
}

#[test]
fn filters_cover_their_files_and_no_others() {
    let records: Vec<String> = (0..100)
        .map(|number| format!(r#"{{"eventID":"id {number}","requestParameters":{{"a":["text {number}"]}}}}"#))
        .collect();
    let index = index(&records.iter().map(String::as_str).collect::<Vec<_>>());
    let mut in_vain = 0;
    for number in 0..100 {
        for filter in [one("id", &format!("id {number}")), one("resource", &format!("text {number}"))] {
            let read: Vec<usize> = (0..100).filter(|file| !is_ruled_out(&index, &filter, *file)).collect();
            assert!(read.contains(&number), "{number}");
            let group = number / FILES_OF_A_FILTER;
            in_vain += read.iter().filter(|file| *file / FILES_OF_A_FILTER != group).count();
        }
    }
    // One filter in 256 answers wrongly.
    assert!(in_vain < 1_000, "{in_vain}");
}

#[test]
fn an_empty_index_and_other_bytes_are_told_apart() {
    let wanted = Wanted::of(&one("name", "A")).unwrap();
    let empty = DayIndexBuilder::default().finish();
    assert!(DayAnswer::of(&empty, &wanted).unwrap().is_current(std::iter::empty()));
    assert_eq!(DayAnswer::of(b"", &wanted).unwrap_err(), IndexError::Version);
    assert_eq!(DayAnswer::of(b"TBINDEX0aaaaaaaaaaaa", &wanted).unwrap_err(), IndexError::Version);
    assert_eq!(DayAnswer::of(b"TBINDEX1", &wanted).unwrap_err(), IndexError::Checksum);
}

#[test]
fn a_right_checksum_over_wrong_contents_is_an_error() {
    let index = index(&[SIGN_IN, STOP_LOGGING, GET_OBJECT]);
    let covered = index.len() - 4;
    let wanted = Wanted::of(&one("id", "A")).unwrap();
    let mut errors = 0;
    for at in MAGIC.len()..covered {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bytes = index.get(..covered).unwrap().to_vec();
            bytes[at] = value;
            let checksum = crc32fast::hash(&bytes);
            bytes.extend(checksum.to_le_bytes());
            // Whatever comes out, it comes out.
            errors += u32::from(DayAnswer::of(&bytes, &wanted).is_err());
        }
    }
    assert!(errors > 100, "{errors}");
}

/// Files with records, by name.
type Files = BTreeMap<String, (u64, Vec<String>)>;

fn record() -> impl Strategy<Value = String> {
    let letter =
        || proptest::sample::select(vec!["a", "b", "c", "d", "e", "é\\u0041", "192.0.2.1", "::1", "0:0::1"]);
    (letter(), letter(), letter(), letter(), 0..40_u32).prop_map(|(name, user, ip, resource, id)| {
        format!(
            r#"{{"eventName":"{name}","userIdentity":{{"type":"IAMUser","userName":"{user}","accessKeyId":"{resource}"}},"sourceIPAddress":"{ip}","requestParameters":{{"x":"arn:aws:iam::1:role/{resource}"}},"eventID":"{id}"}}"#
        )
    })
}

fn files() -> impl Strategy<Value = Files> {
    proptest::collection::btree_map(
        "[a-z]{1,3}",
        (0..3_u64, proptest::collection::vec(record(), 0..4)),
        0..12,
    )
}

fn query() -> impl Strategy<Value = Filter> {
    let value = proptest::sample::select(vec![
        "a",
        "b",
        "c",
        "éA",
        "192.0.2.1",
        "0:0:0::1",
        "7",
        "arn:aws:iam::1:role/a",
        "!a",
        "a*",
        "zz",
    ]);
    let name = proptest::sample::select(vec!["name", "user", "ip", "resource", "key", "id"]);
    // A slash would make a range of an address.
    (name, value)
        .prop_map(|(name, value)| one(name, if name == "ip" { value.trim_end_matches("/a") } else { value }))
}

#[derive(Default)]
struct Found(Vec<Event>);

impl ScanSink for Found {
    fn event(&mut self, event: Event) {
        self.0.push(event);
    }

    fn fault(&mut self, fault: RecordFault) {
        panic!("{fault}");
    }
}

fn scan(filter: &Filter, files: &Files, is_read: impl Fn(&str, u64) -> bool) -> Vec<Event> {
    let mut found = Found::default();
    let mut scanner = Scanner::new(filter, cloudtrail::Limits::default());
    for (name, (version, records)) in files.iter().filter(|(name, (version, _))| is_read(name, *version)) {
        let text = format!("{{\"Records\":[{}]}}", records.join(","));
        scanner
            .scan_log_file(text.as_bytes(), &std::sync::Arc::from(format!("{name} {version}")), &mut found)
            .unwrap();
    }
    found.0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_search_with_an_index_finds_what_one_without_finds(
        then in files(),
        now in files(),
        kept in any::<bool>(),
        filter in query(),
        damage in proptest::option::of((any::<prop::sample::Index>(), any::<u8>(), any::<bool>())),
    ) {
        // The index is of other files than the search; the same version of a file has the same records.
        let mut now = now;
        for (name, (version, records)) in &then {
            match now.get_mut(name) {
                Some(file) if file.0 == *version => file.1.clone_from(records),
                Some(_) => {}
                None if kept => { now.insert(name.clone(), (*version, records.clone())); }
                None => {}
            }
        }
        let everything = filter_of_everything();
        let mut builder = DayIndexBuilder::default();
        for (name, (version, records)) in &then {
            builder.begin_file(name, state(*version));
            let one = Files::from([(name.clone(), (*version, records.clone()))]);
            scan(&everything, &one, |_, _| true).iter().for_each(|event| builder.push(event));
        }
        let mut bytes = builder.finish();
        if let Some((at, value, is_cut)) = damage {
            let at = at.index(bytes.len());
            if is_cut { bytes.truncate(at) } else { bytes[at] = value }
        }
        let answer = Wanted::of(&filter).and_then(|wanted| DayAnswer::of(&bytes, &wanted).ok()).unwrap_or_default();
        let with = scan(&filter, &now, |name, version| !answer.rules_out(name, state(version)));
        prop_assert_eq!(with, scan(&filter, &now, |_, _| true));
    }
}

fn filter_of_everything() -> Filter {
    filter(|_| {})
}
