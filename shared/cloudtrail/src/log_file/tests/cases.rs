//! Hand-written files: the accepted forms, and each error with the records that remain readable.

use super::super::{Limits, LogFileReader, ReadBuffers, Record, RejectReason, open_log_file};
use super::{Outcome, read_every_way};
use crate::fixtures::{Repeated, bomb, gzip};
use crate::log_file::error::{JsonFault, LogFileError};
use std::io::Read;

const SMALL: Limits = Limits { decompressed_bytes: 1 << 20, record_bytes: 40, depth: 4 };

/// Checks that a text, compressed and plain, gives the expected elements and end.
fn check(name: &str, text: impl AsRef<[u8]>, elements: &[&str], end: &str) {
    let expected =
        Outcome { elements: elements.iter().map(ToString::to_string).collect(), end: end.to_owned() };
    let text = text.as_ref();
    assert_eq!(read_every_way(&gzip(text), SMALL), expected, "{name}, compressed");
    let visible = text.trim_ascii_start();
    if visible.starts_with(b"{") || visible.starts_with(b"[") {
        assert_eq!(read_every_way(text, SMALL), expected, "{name}, plain");
    }
}

#[test]
fn records_are_found_wherever_they_are() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("none", r#"{"Records":[]}"#, &[]),
        ("none, with whitespace", "{ \"Records\" : [ \n ] } \r\n", &[]),
        ("one", r#"{"Records":[{"a":1}]}"#, &[r#"{"a":1}"#]),
        ("several", r#"{"Records":[{},{"a":{}},{"b":[]}]}"#, &["{}", r#"{"a":{}}"#, r#"{"b":[]}"#]),
        ("a byte order mark", "\u{feff}{\"Records\":[{}]}", &["{}"]),
        ("leading whitespace", " \t\r\n{\"Records\":[{}]}", &["{}"]),
        ("whitespace inside a record", "{\"Records\":[ { \"a\" : 1 } , {\n} ]}", &[r#"{ "a" : 1 }"#, "{\n}"]),
        ("after other members", r#"{"a":1,"b":"]}","c":[{}],"d":{"Records":[{}]},"Records":[{}]}"#, &["{}"]),
        ("before other members", r#"{"Records":[{}],"a":null,"b":[[]],"c":{"d":"}"},"e":-1.5e+9}"#, &["{}"]),
        ("under an escaped name", r#"{"\u0052ecor\u0064s":[{}]}"#, &["{}"]),
        ("under a wholly escaped name", r#"{"\u0052\u0065\u0063\u006f\u0072\u0064\u0073":[{}]}"#, &["{}"]),
        (
            "next to similar names",
            r#"{"records":[1],"Records ":[1],"Record":[1],"\\Records":[1],"Records":[{}]}"#,
            &["{}"],
        ),
        ("next to names with invalid escapes", r#"{"\u00zz":[1],"\Records":[1],"Records":[{}]}"#, &["{}"]),
        ("next to an empty name", r#"{"":[1],"Records":[{}]}"#, &["{}"]),
        (
            "next to a long name",
            r#"{"RecordsRecordsRecordsRecordsRecordsRecordsRecords":[1],"Records":[{}]}"#,
            &["{}"],
        ),
        ("in two lists", r#"{"Records":[{"a":1}],"b":2,"Records":[{"c":3}]}"#, &[r#"{"a":1}"#, r#"{"c":3}"#]),
        (
            "brackets in strings",
            r#"{"Records":[{"a":"]}{["},{"}":"{"}]}"#,
            &[r#"{"a":"]}{["}"#, r#"{"}":"{"}"#],
        ),
        (
            "escapes in strings",
            r#"{"Records":[{"a":"\"}"},{"b":"\\"},{"c":"\\\"]"}]}"#,
            &[r#"{"a":"\"}"}"#, r#"{"b":"\\"}"#, r#"{"c":"\\\"]"}"#],
        ),
        ("non-ASCII text", r#"{"Records":[{"ä":"日本🦀"}]}"#, &[r#"{"ä":"日本🦀"}"#]),
        ("exactly as deep as allowed", r#"{"Records":[{"a":[[[]]]}]}"#, &[r#"{"a":[[[]]]}"#]),
        (
            "exactly as large as allowed",
            r#"{"Records":[{"a":"12345678901234567890123456789012"}]}"#,
            &[r#"{"a":"12345678901234567890123456789012"}"#],
        ),
        // The consumer decides what a number beyond every float means.
        (
            "numbers out of range",
            r#"{"Records":[{"a":1E400},{"a":[-1e999]}]}"#,
            &[r#"{"a":1E400}"#, r#"{"a":[-1e999]}"#],
        ),
        // The consumer checks the text inside balanced brackets.
        ("balanced but not JSON", r#"{"Records":[{1 2},{"a"}]}"#, &["{1 2}", r#"{"a"}"#]),
    ];
    for (name, text, elements) in cases {
        check(name, text, elements, "");
    }
}

#[test]
fn a_bad_record_is_rejected_and_the_rest_goes_on() {
    let long = format!(r#"{{"Records":[{{"a":"{}"}},{{}}]}}"#, "x".repeat(33));
    let huge = format!(r#"{{"Records":[{{"a":"{}"}},{{}}]}}"#, "x\\\"".repeat(3000));
    let deep = format!(r#"{{"Records":[{{"a":{}{}}},{{}}]}}"#, "[".repeat(4), "]".repeat(4));
    let deep_and_huge = format!(r#"{{"Records":[{}{},{{}}]}}"#, r#"{"a":"#.repeat(200), "}".repeat(200));
    let cases: &[(&str, &[u8], &[&str])] = &[
        ("a number", br#"{"Records":[{},42,{}]}"#, &["{}", "record.not-an-object 1@15", "{}"]),
        ("a literal", br#"{"Records":[ null ,{}]}"#, &["record.not-an-object 0@13", "{}"]),
        ("a string", br#"{"Records":["}]{\"",{}]}"#, &["record.not-an-object 0@12", "{}"]),
        ("a list", br#"{"Records":[[{"a":1}],{}]}"#, &["record.not-an-object 0@12", "{}"]),
        (
            "a list that is too deep",
            br#"{"Records":[[[[[[[]]]]]],{}]}"#,
            &["record.not-an-object 0@12", "{}"],
        ),
        ("a list with wrong brackets", br#"{"Records":[[{"a":1],{}]}"#, &["record.not-an-object 0@12", "{}"]),
        ("one byte too large", long.as_bytes(), &["record.too-large 0@12", "{}"]),
        ("far too large", huge.as_bytes(), &["record.too-large 0@12", "{}"]),
        ("one level too deep", deep.as_bytes(), &["record.too-deep 0@12", "{}"]),
        ("200 levels, and too large", deep_and_huge.as_bytes(), &["record.too-large 0@12", "{}"]),
        (
            "a bad byte in a string",
            b"{\"Records\":[{\"a\":\"\xff\"},{}]}",
            &["record.invalid-utf8 0@12", "{}"],
        ),
        ("a bad byte between tokens", b"{\"Records\":[{\xc3},{}]}", &["record.invalid-utf8 0@12", "{}"]),
        (
            "a surrogate in UTF-8",
            b"{\"Records\":[{\"a\":\"\xed\xa0\x80\"},{}]}",
            &["record.invalid-utf8 0@12", "{}"],
        ),
        ("an unclosed list", br#"{"Records":[{"a":[1},{}]}"#, &["record.unbalanced 0@12", "{}"]),
        (
            "unclosed lists at two levels",
            br#"{"Records":[{"a":[{"b":[1}},{}]}"#,
            &["record.unbalanced 0@12", "{}"],
        ),
        ("a stray closing bracket", br#"{"Records":[{"a":1]},{}]}"#, &["record.unbalanced 0@12", "{}"]),
        (
            "both too deep and unbalanced",
            br#"{"Records":[{"a":[[[[}]]]},{}]}"#,
            &["record.too-deep 0@12", "{}"],
        ),
    ];
    for (name, text, elements) in cases {
        check(name, text, elements, "");
    }
}

#[test]
fn two_hundred_levels_are_too_deep_by_default() {
    let text = format!(
        r#"{{"Records":[{}{},{{}}]}}"#,
        r#"{"a":"#.repeat(200),
        "}".repeat(200).replacen('}', "1}", 1)
    );
    let mut file = open_log_file(text.as_bytes(), Limits::default());
    let Some(Record::Rejected(rejection)) = file.next_record().unwrap() else { panic!("it was accepted") };
    assert_eq!(rejection.reason, RejectReason::TooDeep { limit: 100 });
    assert_eq!(rejection.reason.to_string(), "the record is nested deeper than 100 levels");
    assert_eq!(file.next_record().unwrap(), Some(Record::Complete(b"{}")));
    assert_eq!(file.next_record().unwrap(), None);
}

#[test]
fn a_file_whose_records_cannot_be_found_has_one_clear_error() {
    let cases: &[(&str, &[u8], &[&str], &str)] = &[
        ("no content", b"", &[], "file.empty"),
        ("only whitespace", b"  ", &[], "file.not-json@2"),
        ("not JSON", b"hello", &[], "file.not-json@0"),
        ("a literal", b"null", &[], "file.not-json@0"),
        ("a list at the top", br#"[{"a":1}]"#, &[], "file.no-records"),
        ("no member", b"{}", &[], "file.no-records"),
        ("no `Records`", br#"{"configurationItems":[{"Records":[{}]}]}"#, &[], "file.no-records"),
        ("`Records` a string", br#"{"Records":"[{}]"}"#, &[], "file.records-not-a-list"),
        ("`Records` an object", br#"{"Records":{"0":{}}}"#, &[], "file.records-not-a-list"),
        ("`Records` null", br#"{"Records":null}"#, &[], "file.records-not-a-list"),
        (
            "a second `Records` that is not a list",
            br#"{"Records":[{}],"Records":1}"#,
            &["{}"],
            "file.records-not-a-list",
        ),
        ("no comma between records", br#"{"Records":[{}{}]}"#, &["{}"], "file.not-json@14"),
        ("a leading comma", br#"{"Records":[,{}]}"#, &[], "file.not-json@12"),
        ("a comma at the end", br#"{"Records":[{},]}"#, &["{}"], "file.not-json@15"),
        ("a stray character", br#"{"Records":[{},$]}"#, &["{}"], "file.not-json@15"),
        ("no colon", br#"{"Records"[]}"#, &[], "file.not-json@10"),
        ("no value", br#"{"a":,"Records":[]}"#, &[], "file.not-json@5"),
        ("no name", br#"{1:2}"#, &[], "file.not-json@1"),
        ("no comma between members", br#"{"a":1 "Records":[]}"#, &[], "file.not-json@7"),
        ("a comma after the last member", br#"{"Records":[],}"#, &[], "file.not-json@14"),
        ("wrong brackets in another member", br#"{"a":[}],"Records":[{}]}"#, &[], "file.not-json@8"),
        ("text after the object", br#"{"Records":[{}]} {"Records":[{}]}"#, &["{}"], "file.not-json@17"),
        ("one bracket too many", br#"{"Records":[{}]}}"#, &["{}"], "file.not-json@16"),
        ("an end inside a record", br#"{"Records":[{},{"a":1"#, &["{}"], "file.not-json@21"),
        ("an end inside a string of a record", br#"{"Records":[{},{"a":"}]}"#, &["{}"], "file.not-json@24"),
        ("an end after a record", br#"{"Records":[{}"#, &["{}"], "file.not-json@14"),
        ("an end after the list", br#"{"Records":[{}]"#, &["{}"], "file.not-json@15"),
        ("an end inside a name", br#"{"Rec"#, &[], "file.not-json@5"),
        ("an end inside a value", br#"{"a":[1,"#, &[], "file.not-json@8"),
        ("an end inside a number", br#"{"a":1"#, &[], "file.not-json@6"),
        // The bracket would close a list opened before the record, which a record cannot do.
        (
            "a record that never closes",
            br#"{"Records":[{"a":1],"b":{}}"#,
            &["record.unbalanced 0@12"],
            "file.not-json@27",
        ),
    ];
    for (name, text, elements, end) in cases {
        check(name, text, elements, end);
    }
}

#[test]
fn errors_say_where_and_what() {
    let cases = [
        (
            r#"{"Records":[{}"#,
            "the log file is not JSON at byte 14: the text ends inside the list of records",
        ),
        (r#"{"Records":[{"a"#, "the log file is not JSON at byte 15: the text ends inside a record"),
        (r#"{"Records":[{}{}]}"#, "the log file is not JSON at byte 14: expected `,` or `]`"),
        (
            r#"{"a":[}],"Records":[]}"#,
            "the log file is not JSON at byte 8: the brackets before this point do not match",
        ),
        (r#"{"a":1}"#, "the log file has no `Records`"),
    ];
    for (text, message) in cases {
        let mut file = open_log_file(text.as_bytes(), Limits::default());
        let error = loop {
            if let Err(error) = file.next_record() {
                break error;
            }
        };
        assert_eq!(error.to_string(), message, "{text}");
    }
}

#[test]
fn the_end_is_reported_only_after_the_gzip_member_was_verified() {
    let text = br#"{"Records":[{"a":1}]}"#;
    let whole = gzip(text);
    let mut wrong_sum = whole.clone();
    let at = wrong_sum.len() - 5;
    wrong_sum[at] ^= 1;
    let cases: &[(&str, &[u8], &str)] = &[
        ("intact", &whole, ""),
        ("without the last byte", &whole[..whole.len() - 1], "file.truncated-gzip"),
        ("with a wrong checksum", &wrong_sum, "file.checksum-mismatch"),
        ("with a second member", &[whole.as_slice(), &whole].concat(), "file.trailing-data"),
        ("with `Records` missing and a cut", &gzip("{}")[..18], "file.truncated-gzip"),
    ];
    for (name, bytes, end) in cases {
        assert_eq!(read_every_way(bytes, SMALL).end, *end, "{name}");
    }
}

#[test]
fn a_bomb_is_rejected_at_the_default_limit() {
    let mut file = open_log_file(bomb(br#"{"Records":[{}],"padding":""#, 1), Limits::default());
    assert_eq!(file.next_record().unwrap(), Some(Record::Complete(b"{}")));
    let error = file.next_record().unwrap_err();
    assert!(matches!(error, LogFileError::TooLarge { limit: 268_435_456 }), "{error}");
}

#[test]
fn the_window_stays_small_however_large_the_file_is() {
    let unit = format!(r#",{{"eventName":"PutObject","requestParameters":"{}"}}"#, "x".repeat(2000));
    let text = br#"{"padding":""#
        .chain(Repeated::new(*b"0123456789abcdef", 100_000))
        .chain(br#"","Records":[{}"#.as_slice())
        .chain(Repeated::new(unit, 10_000))
        .chain(br#"],"more":[[],"#.as_slice())
        .chain(Repeated::new(*br#"{"a":"b"},"#, 20_000))
        .chain(b"1]}".as_slice());
    let mut file = open_log_file(text, Limits::default());
    let mut records = 0;
    while file.next_record().unwrap().is_some() {
        records += 1;
    }
    assert_eq!(records, 10_001);
    assert!(file.decompressed_bytes() > 20 << 20);
    assert_eq!(file.window_bytes(), 512 * 1024);
}

#[test]
fn the_window_grows_for_a_long_record_and_not_beyond_the_limit() {
    let limits = Limits::default();
    for (bytes, accepted) in [(limits.record_bytes, true), (limits.record_bytes + 1, false), (8 << 20, false)]
    {
        let record = format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8));
        let text = format!(r#"{{"Records":[{record},{{}}]}}"#);
        let mut file = LogFileReader::with_window(text.as_bytes(), limits, ReadBuffers::default(), 1000);
        match file.next_record().unwrap() {
            Some(Record::Complete(complete)) => assert!(accepted && complete == record.as_bytes(), "{bytes}"),
            Some(Record::Rejected(rejection)) => {
                assert!(!accepted, "{bytes}");
                assert_eq!(rejection.reason, RejectReason::TooLarge { limit: limits.record_bytes });
            }
            None => panic!("the record of {bytes} bytes is lost"),
        }
        assert_eq!(file.next_record().unwrap(), Some(Record::Complete(b"{}")));
        assert_eq!(file.next_record().unwrap(), None);
        assert!(file.window_bytes() <= limits.record_bytes);
    }
}

#[test]
fn nothing_is_accepted_under_limits_of_zero() {
    let limits = Limits { decompressed_bytes: 1000, record_bytes: 0, depth: 0 };
    let text = br#"{"a":[[]],"Records":[{},[{}],{"a":{}}]}"#;
    let elements = ["record.too-large 0@21", "record.not-an-object 1@24", "record.too-large 2@29"];
    assert_eq!(read_every_way(text, limits).elements, elements);
}

#[test]
fn errors_are_distinguished_by_type() {
    let mut file = open_log_file(br#"{"Records":["#.as_slice(), Limits::default());
    let error = file.next_record().unwrap_err();
    let expected = JsonFault::EndsInside("the list of records");
    assert!(matches!(error, LogFileError::NotJson { offset: 12, fault } if fault == expected), "{error:?}");
}
