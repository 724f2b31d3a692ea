//! `trailbell pattern compare` and `trailbell pattern explain`.

use serde_json::{Value, json};

use crate::support::{Run, run, run_with_input, write};

const NO: &str = r#"{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed = "No" }"#;
const NOT_YES: &str = r#"{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != "Yes" }"#;

fn compare(first: &str, second: &str) -> (Option<i32>, Value) {
    let run = run(["pattern", "compare", "--format", "json", first, second]);
    (run.code, run.json())
}

#[test]
fn two_patterns_are_compared_with_a_record_for_each_difference() {
    let result = run(["pattern", "compare", NO, NOT_YES]);
    let expected = "\
implies: whatever the first matches, the second matches too
only the second matches
  {\"additionalEventData\":{\"MFAUsed\":\"x\"},\"eventName\":\"ConsoleLogin\"}
both match
  {\"additionalEventData\":{\"MFAUsed\":\"No\"},\"eventName\":\"ConsoleLogin\"}
";
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), expected), "{result:?}");
    let result = run(["pattern", "compare", "{$.a=1&&$.b=x}", r#"{ $.b = "x" && ($.a = 1) }"#]);
    let expected = "\
equivalent: both match the same records
both match
  {\"a\":1,\"b\":\"x\"}
";
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), expected), "{result:?}");
}

#[test]
fn programs_get_the_relation_and_the_records() {
    let table = [
        ("{ $.a = x }", r#"{ $.a = "x" }"#, 0, "equivalent", json!([null, null, { "a": "x" }])),
        ("{ $.a = x }", "{ $.a = * }", 1, "implies", json!([null, { "a": "" }, { "a": "x" }])),
        ("{ $.a = * }", "{ $.a = x }", 1, "implied", json!([{ "a": "" }, null, { "a": "x" }])),
        ("{ $.a = x }", "{ $.a = y }", 1, "disjoint", json!([{ "a": "x" }, { "a": "y" }, null])),
        (
            "{ $.a = x }",
            "{ $.b = y }",
            1,
            "overlap",
            json!([{ "a": "x" }, { "b": "y" }, { "a": "x", "b": "y" }]),
        ),
        ("{ $.a = x && $.a = y }", "{ $.b IS NULL && $.b = 1 }", 0, "equivalent", json!([null, null, null])),
    ];
    for (first, second, code, relation, records) in table {
        let expected = json!({
            "relation": relation,
            "onlyFirst": records[0],
            "onlySecond": records[1],
            "both": records[2],
            "reason": null,
        });
        assert_eq!(compare(first, second), (Some(code), expected), "{first} and {second}");
    }
}

#[test]
fn what_cannot_be_decided_is_unknown_and_says_why() {
    let (code, answer) = compare("ERROR", "{ $.a = x }");
    let expected = json!({
        "relation": "unknown", "onlyFirst": null, "onlySecond": null, "both": null, "reason": "not-json",
    });
    assert_eq!((code, answer), (Some(2), expected));
    let result = run(["pattern", "compare", "-x", "{ $.a = x }"]);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(2), "unknown: only JSON patterns can be analysed\n")
    );
    let (code, answer) = compare("{ $.a[4000000000] = x }", "{ $.b = x }");
    assert_eq!((code, &answer["reason"]), (Some(2), &json!("array-too-long")));
    let result = run(["pattern", "compare", "{ $.a == 1 }", "{ $.a = 1 }"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
    assert!(result.stderr.contains("`==` is not an operator"), "{}", result.stderr);
}

#[test]
fn a_record_that_is_shown_cannot_harm_the_terminal() {
    let result = run(["pattern", "compare", "{ $.a = \"\u{202e}\u{9b}31m\" }", "{ $.b = x }"]);
    assert_eq!(result.code, Some(1));
    assert!(result.stdout.contains(r"\u{202e}\u{9b}31m"), "{}", result.stdout);
    assert!(!result.stdout.contains(['\u{202e}', '\u{9b}']), "{}", result.stdout);
}

fn explain(pattern: &str, record: &str) -> Run {
    run(["pattern", "explain", pattern, record])
}

#[test]
fn a_match_and_a_miss_are_explained_condition_by_condition() {
    let root = r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#;
    let result = explain(root, r#"{"userIdentity":{"type":"Root"},"eventType":"AwsApiCall"}"#);
    let expected = "\
the record matches
>  holds  all of
>    holds  $.userIdentity.type = \"Root\"  (\"Root\")
>    holds  $.userIdentity.invokedBy NOT EXISTS  (no such field)
>    holds  $.eventType != \"AwsServiceEvent\"  (\"AwsApiCall\")
";
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), expected));
    let result = explain(root, r#"{"userIdentity":{"type":"Root"}}"#);
    let expected = "\
the record does not match
>  fails  all of
     holds  $.userIdentity.type = \"Root\"  (\"Root\")
     holds  $.userIdentity.invokedBy NOT EXISTS  (no such field)
>    fails  $.eventType != \"AwsServiceEvent\"  (no such field, so nothing to compare)
";
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), expected));
}

#[test]
fn alternatives_wildcards_and_values_of_other_kinds_are_explained() {
    let pattern = "{ ($.a = 1 || $.b[*] = 2) && $.c != x && $.d IS TRUE }";
    let result = explain(pattern, r#"{"a":"one","b":[1,2,3,4,5,6],"c":{"d":1},"d":false}"#);
    let expected = "\
the record does not match
>  fails  all of
     holds  any of
       fails  $.a = 1  (\"one\")
       holds  $.b[*] = 2  (1, 2, 3, 4, 2 more)
>    fails  $.c != \"x\"  (an object; only strings and numbers can be compared)
>    fails  $.d IS TRUE  (false)
";
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), expected));
}

#[test]
fn the_record_may_come_from_a_file_or_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "record.json", "{\n  \"a\": 1\n}\n");
    let file = folder.path().join("record.json");
    let by_file = explain("{ $.a = 1 }", file.to_str().unwrap());
    let by_input = run_with_input(["pattern", "explain", "--format", "json", "{ $.a = 1 }"], b"{\"a\":1}");
    assert_eq!((by_file.code, by_input.code), (Some(0), Some(0)));
    let condition = json!({ "condition": "$.a = 1", "holds": true, "decides": true, "values": [1] });
    assert_eq!(by_input.json(), json!({ "matches": true, "conditions": [condition] }));
    for (pattern, record, error) in [
        ("{ $.a = 1 }", "{", "record is not valid JSON"),
        ("{ $.a = 1 }", "/does/not/exist", "cannot read `/does/not/exist`"),
        ("ERROR", "{}", "only a JSON pattern"),
    ] {
        let result = explain(pattern, record);
        assert_eq!(result.code, Some(2), "{result:?}");
        assert!(result.stderr.contains(error), "{result:?}");
    }
}
