//! What each filter finds, and that the shortcut over the bytes never hides a match.

use cloudtrail::LogFileKey;
use filter_pattern::Matches;
use proptest::prelude::*;
use time::macros::datetime;

use super::{Filter, Query, ReadWriteType, RulePattern};
use crate::fields::Fields;
use crate::testing::{GET_OBJECT, SIGN_IN, STOP_LOGGING};

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn finds(query: &Query, record: &str) -> bool {
    let filter = Filter::new(query).unwrap();
    let fields = Fields::of(record.as_bytes()).unwrap();
    let mut matches = Matches::default();
    filter.patterns().matches_into(record.as_bytes(), &mut matches).unwrap();
    let is_found = filter.allows_patterns(&matches) && filter.matches(&fields);
    assert!(!is_found || filter.may_match(record.as_bytes()), "{query:?} is found, but not by its bytes");
    is_found
}

/// Which of the three records a query finds: sign-in, stop of a trail, object read.
fn found(query: Query) -> String {
    let query = Query { read_write: query.read_write.or(Some(ReadWriteType::All)), ..query };
    [("i", SIGN_IN), ("s", STOP_LOGGING), ("g", GET_OBJECT)]
        .into_iter()
        .filter(|(_, record)| finds(&query, record))
        .map(|(letter, _)| letter)
        .collect()
}

type Setter = fn(&mut Query) -> &mut Vec<String>;

#[test]
fn every_filter_finds_its_events() {
    let cases: &[(Setter, &[&str], &str)] = &[
        (|query| &mut query.names, &["StopLogging", "Get*"], "sg"),
        (|query| &mut query.names, &["!StopLogging"], "ig"),
        (|query| &mut query.names, &["stoplogging"], ""),
        (|query| &mut query.sources, &["s3"], "g"),
        (|query| &mut query.sources, &["cloudtrail.amazonaws.com", "signin"], "is"),
        (|query| &mut query.users, &["alice"], "i"),
        (|query| &mut query.users, &["deploy"], "s"),
        (|query| &mut query.users, &["ci"], "s"),
        (|query| &mut query.users, &["deploy/ci"], "s"),
        (|query| &mut query.users, &["arn:aws:iam::444455556666:role/deploy"], "s"),
        (|query| &mut query.users, &["root"], "g"),
        (|query| &mut query.users, &["!root", "!alice"], "s"),
        (|query| &mut query.users, &["ali", "deplo", "c"], ""),
        (|query| &mut query.resources, &["arn:aws:s3:::secrets"], "g"),
        (|query| &mut query.resources, &["secrets"], "g"),
        (|query| &mut query.resources, &["secrets/a/b.txt"], "g"),
        (|query| &mut query.resources, &["b.txt", "main"], "sg"),
        (|query| &mut query.resources, &["a/b.txt"], "g"),
        (|query| &mut query.resources, &["*:trail/main"], "s"),
        (|query| &mut query.resources, &["!*"], "i"),
        (|query| &mut query.resource_types, &["AWS::S3::*"], "g"),
        (|query| &mut query.resource_types, &["!AWS::S3::Bucket"], "is"),
        (|query| &mut query.ips, &["203.0.113.0/24", "2001:DB8:0::1"], "ig"),
        (|query| &mut query.access_keys, &["AKIAIOSFODNN7EXAMPLE"], "g"),
        (|query| &mut query.access_keys, &["*"], "sg"),
        (|query| &mut query.ids, &["6f2f0d6c-0000-4000-8000-0000000000a2"], "s"),
        (|query| &mut query.errors, &["*"], "ig"),
        (|query| &mut query.errors, &["AccessDenied"], "g"),
        (|query| &mut query.errors, &["Failure"], "i"),
        (|query| &mut query.errors, &["!*"], "s"),
        (|query| &mut query.accounts, &["444455556666"], "s"),
        (|query| &mut query.regions, &["eu-*", "!eu-central-1"], "sg"),
        (
            |query| &mut query.patterns,
            &["{ $.errorCode = AccessDenied }", "{ $.eventName = Console* }"],
            "ig",
        ),
        (|query| &mut query.patterns, &["!{ $.readOnly IS TRUE }"], "is"),
        (|query| &mut query.patterns, &["\"Failed authentication\""], "i"),
    ];
    for (list, values, expected) in cases {
        let mut query = Query::default();
        *list(&mut query) = texts(values);
        assert_eq!(found(query.clone()), *expected, "{query:?}");
    }
}

#[test]
fn different_filters_must_all_match() {
    let query = |names: &[&str], regions: &[&str]| Query {
        names: texts(names),
        regions: texts(regions),
        ..Query::default()
    };
    assert_eq!(found(query(&["GetObject", "ConsoleLogin"], &["eu-west-1"])), "g");
    assert_eq!(found(query(&["ConsoleLogin"], &["eu-west-1"])), "");
    assert_eq!(found(query(&[], &[])), "isg");
}

#[test]
fn a_time_range_includes_its_start_and_excludes_its_end() {
    let range = |from, to| found(Query { from, to, ..Query::default() });
    assert_eq!(range(Some(datetime!(2026-09-14 10:15 UTC)), None), "is");
    assert_eq!(range(None, Some(datetime!(2026-09-14 10:15 UTC))), "g");
    assert_eq!(range(Some(datetime!(2026-09-14 12:10 +2)), Some(datetime!(2026-09-14 10:20 UTC))), "ig");
    let query = Query { from: Some(datetime!(2000-01-01 00:00 UTC)), ..Query::default() };
    let filter = Filter::new(&query).unwrap();
    for record in ["{}", r#"{"eventTime":"yesterday"}"#] {
        let fields = Fields::of(record.as_bytes()).unwrap();
        assert!(filter.lacks_time(&fields) && !filter.matches(&fields));
    }
}

#[test]
fn reads_are_left_out_only_if_nothing_narrower_is_asked_for() {
    let leaves_out = |query: &Query| {
        let filter = Filter::new(query).unwrap();
        let is_left_out = !filter.matches(&Fields::of(br#"{"readOnly":true}"#).unwrap());
        (filter.leaves_reads_out(), is_left_out)
    };
    assert_eq!(leaves_out(&Query::default()), (true, true));
    assert_eq!(leaves_out(&Query { regions: texts(&["!x"]), ..Query::default() }), (true, true));
    assert_eq!(leaves_out(&Query { accounts: texts(&["!x"]), ..Query::default() }), (true, true));
    assert_eq!(leaves_out(&Query { names: texts(&["!x"]), ..Query::default() }), (false, false));
    assert_eq!(
        leaves_out(&Query { patterns: texts(&["{ $.readOnly IS TRUE }"]), ..Query::default() }),
        (false, false)
    );
    let chosen = |read_write| Query { read_write: Some(read_write), ..Query::default() };
    assert_eq!(leaves_out(&chosen(ReadWriteType::WriteOnly)), (false, true));
    assert_eq!(leaves_out(&chosen(ReadWriteType::All)), (false, false));
    assert_eq!(found(chosen(ReadWriteType::ReadOnly)), "g");
    assert_eq!(found(chosen(ReadWriteType::WriteOnly)), "is");
}

#[test]
fn a_record_that_does_not_say_is_a_write() {
    for (record, is_write) in [
        ("{}", true),
        (r#"{"readOnly":null}"#, true),
        (r#"{"readOnly":"false"}"#, true),
        (r#"{"readOnly":"true"}"#, false),
        (r#"{"readOnly":true}"#, false),
    ] {
        assert_eq!(finds(&Query::default(), record), is_write, "{record}");
    }
}

#[test]
fn files_are_left_out_by_account_region_and_delivery() {
    let key = |account: &str, region: &str, delivered_at| LogFileKey {
        account: account.to_owned(),
        region: region.to_owned(),
        organization: None,
        delivered_at,
    };
    let minute = Some(datetime!(2026-09-14 10:15 UTC).unix_timestamp());
    let ours = key("111122223333", "eu-west-1", minute);
    let may_contain = |query: Query| Filter::new(&query).unwrap().may_contain(&ours);
    let accounts = |values: &[&str]| Query { accounts: texts(values), ..Query::default() };
    let regions = |values: &[&str]| Query { regions: texts(values), ..Query::default() };
    let range = |from, to| Query { from, to, ..Query::default() };
    for (query, expected) in [
        (Query::default(), true),
        (accounts(&["1111*", "444455556666"]), true),
        (accounts(&["444455556666"]), false),
        (accounts(&["!111122223333"]), true),
        (regions(&["eu-*"]), true),
        (regions(&["eu-central-1"]), false),
        (regions(&["us-east-1"]), true),
        (range(Some(datetime!(2026-09-14 10:16:59 UTC)), None), true),
        (range(Some(datetime!(2026-09-14 10:17 UTC)), None), false),
        (range(None, Some(datetime!(2026-09-13 10:15 UTC))), true),
        (range(None, Some(datetime!(2026-09-13 10:14 UTC))), false),
    ] {
        assert_eq!(may_contain(query.clone()), expected, "{query:?}");
    }
    let query = range(Some(datetime!(2099-01-01 00:00 UTC)), None);
    assert!(Filter::new(&query).unwrap().may_contain(&key("1", "x", None)));
}

#[test]
fn invalid_queries_are_named() {
    let error = |query| Filter::new(&query).unwrap_err().to_string();
    for (query, expected) in [
        (
            Query { names: texts(&[""]), ..Query::default() },
            "`--name` has an empty value; `*` stands for any value",
        ),
        (
            Query { users: texts(&["!"]), ..Query::default() },
            "`--user` has an empty value; `*` stands for any value",
        ),
        (
            Query { ips: texts(&["203.0.113.0/33\u{202e}"]), ..Query::default() },
            "`203.0.113.0/33\\u{202e}` is not an address range; expected a form such as `203.0.113.0/24`",
        ),
        (
            Query { patterns: texts(&["{ $.a == 1 }"]), ..Query::default() },
            "the pattern of `--where` is invalid",
        ),
        (Query { patterns: texts(&["! "]), ..Query::default() }, "`--where` has an empty pattern"),
        (
            Query {
                from: Some(datetime!(2026-09-14 10:15 UTC)),
                to: Some(datetime!(2026-09-14 10:15 UTC)),
                ..Query::default()
            },
            "`--from` must be before `--to`",
        ),
    ] {
        assert_eq!(error(query), expected);
    }
}

/// A JSON string with any of its characters escaped.
fn spelled(text: &str, escapes: &[bool]) -> String {
    let escape = |at: usize| escapes.get(at % escapes.len().max(1)).copied().unwrap_or(false);
    let body: String = text
        .chars()
        .enumerate()
        .map(|(at, character)| {
            let needs = matches!(character, '"' | '\\') || character.is_control();
            if needs || escape(at) {
                character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
            } else {
                character.to_string()
            }
        })
        .collect();
    format!("\"{body}\"")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_shortcut_over_the_bytes_hides_no_match(
        text in "[a-c/:.é\"\\\\r]{0,5}|root|Failure|arn:aws:s3:::[a-c/]{0,3}|arn:x:assumed-role/[a-c]{1,2}/[a-c]{1,2}",
        value in "!?[a-c/:.é\"\\\\r*]{1,4}|root|Failure|[a-c]{1,2}/[a-c]{1,2}",
        escapes in prop::collection::vec(any::<bool>(), 0..4),
        list in 0..9_usize,
    ) {
        let text = spelled(&text, &escapes);
        let record = format!(
            r#"{{"eventName":{text},"eventSource":{text},"sourceIPAddress":{text},"errorCode":{text},"awsRegion":{text},
            "userIdentity":{{"arn":{text},"userName":{text}}},"resources":[{{"ARN":{text},"type":{text}}}],
            "requestParameters":{{"name":{text}}}}}"#
        );
        let lists: [Setter; 9] = [
            |query| &mut query.names,
            |query| &mut query.sources,
            |query| &mut query.users,
            |query| &mut query.resources,
            |query| &mut query.resource_types,
            |query| &mut query.errors,
            |query| &mut query.accounts,
            |query| &mut query.regions,
            |query| &mut query.ids,
        ];
        let mut query = Query::default();
        lists[list](&mut query).push(value);
        // Asserts that what is found is found by its bytes.
        if Filter::new(&query).is_ok() {
            finds(&query, &record);
        }
    }
}

fn rule(id: &str, pattern: &str, is_excluded: bool) -> RulePattern {
    RulePattern { id: id.to_owned(), pattern: pattern.to_owned(), is_excluded }
}

#[test]
fn one_of_the_rules_and_one_of_the_patterns_must_match() {
    let stop = || rule("stop", "{ $.eventName = StopLogging }", false);
    let root = |is_excluded| rule("root", "{ $.userIdentity.type = Root }", is_excluded);
    for (rules, patterns, expected) in [
        (vec![stop()], vec![], [false, true, false]),
        (vec![stop(), root(false)], vec![], [false, true, true]),
        (vec![root(true)], vec![], [true, true, false]),
        (vec![stop(), root(false)], vec!["{ $.errorCode = * }".to_owned()], [false, false, true]),
        (vec![stop()], vec!["!{ $.readOnly IS FALSE }".to_owned()], [false, false, false]),
    ] {
        let query = Query { rules, patterns, ..Query::default() };
        let found = [SIGN_IN, STOP_LOGGING, GET_OBJECT].map(|record| finds(&query, record));
        assert_eq!(found, expected, "{query:?}");
    }
    let query = Query { rules: vec![stop(), root(true)], ..Query::default() };
    assert_eq!(serde_json::to_value(&query).unwrap(), serde_json::json!({ "rule": ["stop", "!root"] }));
    assert!(query.is_narrow(), "reads are shown");
}

#[test]
fn a_session_is_found_by_its_key_or_principal() {
    for (session, expected) in [
        ("ASIAEXAMPLE", [false, true, false]),
        ("AIDAEXAMPLE", [true, false, false]),
        ("AKIAIOSFODNN7EXAMPLE", [false, false, true]),
        ("111122223333", [false, false, false]),
    ] {
        let query = Query { session: Some(session.to_owned()), ..Query::default() };
        let found = [SIGN_IN, STOP_LOGGING, GET_OBJECT].map(|record| finds(&query, record));
        assert_eq!(found, expected, "{session}");
    }
}
