//! What a set answers, with its errors and explanations.

use super::*;
use crate::limits::MAX_RECORD_DEPTH;

fn set(texts: &[&str]) -> PatternSet {
    texts.iter().map(|text| Pattern::parse(text).unwrap()).collect()
}

#[test]
fn a_buffer_holds_the_matches_of_the_last_record_only() {
    let set = set(&["{ $.a = 1 }", "", "{ $.a = 2 }", "-a", r#"[x = "*2*"]"#]);
    let mut matches = Matches::default();
    set.matches_into(br#"{"a":1}"#, &mut matches).unwrap();
    assert_eq!(matches.iter().collect::<Vec<_>>(), [0, 1]);
    set.matches_into(br#"{"a":2}"#, &mut matches).unwrap();
    assert_eq!(matches.iter().collect::<Vec<_>>(), [1, 2, 4]);
    set.matches_into(b"[]", &mut matches).unwrap_err();
    assert!(matches.is_empty());
}

#[test]
fn a_lone_surrogate_escape_hides_no_record() {
    let set = set(&["{ $.a = 1 }", "{ $.x = \"\u{fffd}\" }", r"ud83d", "{ $.a = 2 }"]);
    let mut matches = Matches::default();
    set.matches_into(br#"{"a":1,"x":"\ud83d"}"#, &mut matches).unwrap();
    assert_eq!(matches.iter().collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn the_last_of_repeated_keys_counts_for_every_evaluator() {
    for (record, last) in [
        (r#"{"a":1,"a":2}"#, "{ $.a = 2 }"),
        (r#"{"b":{"a":1},"b":{"a":2}}"#, "{ $.b.a = 2 }"),
        (r#"{"b":{"a":1},"b":null}"#, "{ $.b IS NULL }"),
        (r#"{"a":1,"\u0061":2}"#, "{ $.a = 2 }"),
        (r#"{"c":[1],"c":[2,3]}"#, "{ $.c[1] = 3 }"),
    ] {
        let texts = [last, "{ $.a = 1 }", "{ $.b.a = 1 }", "{ $.c[0] = 1 }", "{ $.* = 1 }", "{ $.*.* = 1 }"];
        let set = set(&texts);
        let mut matches = Matches::default();
        set.matches_into(record.as_bytes(), &mut matches).unwrap();
        assert_eq!(matches.iter().collect::<Vec<_>>(), [0], "{record}");
        let value = crate::parse_record(record.as_bytes()).unwrap();
        for (index, pattern) in set.patterns().iter().enumerate() {
            assert_eq!(pattern.matches_record(&value), index == 0, "{record}: {pattern}");
        }
    }
}

#[test]
fn a_number_out_of_range_satisfies_nothing_and_hides_nothing() {
    let tests = [
        "{ $.x = 1e400 }",
        "{ $.x != 1 }",
        "{ $.x > 1 }",
        "{ $.x < 1e400 }",
        "{ $.x = * }",
        "{ $.x = %1% }",
        "{ $.x IS NULL }",
        "{ $.x NOT EXISTS }",
        "{ $.x[0] = 1 }",
    ];
    let set = set(&[&tests[..], &["{ $.a = 1 && $.b.c != 2 }", r#""1e400""#]].concat());
    let mut matches = Matches::default();
    for number in ["1e400", "-1e400", "1E+400", "1e400 ", &"9".repeat(400)] {
        let record = format!(r#"{{"a":1,"x":{number},"b":{{"c":3,"d":"1e400"}}}}"#);
        set.matches_into(record.as_bytes(), &mut matches).unwrap();
        assert_eq!(matches.iter().collect::<Vec<_>>(), [tests.len(), tests.len() + 1], "{record}");
    }
}

#[test]
fn a_record_that_cannot_be_decided_is_an_error_and_not_a_miss() {
    let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let deepest = nested(MAX_RECORD_DEPTH);
    set(&[""]).matches_into(deepest.as_bytes(), &mut Matches::default()).unwrap();

    let too_deep = nested(MAX_RECORD_DEPTH + 1);
    let table: [(&[u8], &str); 8] = [
        (b"", "record is not valid JSON: unexpected end at line 1 column 0"),
        (b"{\"secret\":", "record is not valid JSON: unexpected end at line 1 column 10"),
        (b"{\"secret\":\n tru }", "record is not valid JSON: syntax error at line 2 column 5"),
        (b"{} {}", "record is not valid JSON: syntax error at line 1 column 4"),
        (b"{\"a\":\"\xff\"}", "record is not valid JSON: syntax error at line 1 column 7"),
        (too_deep.as_bytes(), "record is nested deeper than 127 levels"),
        (b"[{}]", "record is not a JSON object"),
        (b"null", "record is not a JSON object"),
    ];
    for (record, expected) in table {
        let error = set(&[""]).matches_into(record, &mut Matches::default()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn an_explanation_says_when_each_pattern_is_evaluated() {
    let table = [
        (r#"{ $.eventName = "A" }"#, r#"if $.eventName = "A""#),
        (
            r#"{ $.eventSource = "s" && ($.eventName = B || $.eventName = C) }"#,
            r#"if $.eventName = "B" | "C""#,
        ),
        (r#"{ $.errorCode = "Access*" && $.eventType != "x" }"#, "if $.errorCode is present"),
        (
            r#"{ $.eventName = A || $.eventName = B || $.errorCode = C || $.b = * }"#,
            r#"if $.b is present or $.errorCode = "C" or $.eventName = "A" | "B""#,
        ),
        (r#"{ $.a.b[*].c = 1 || $.eventName = 404 }"#, r#"if $.a.b is present or $.eventName = "404""#),
        ("{ $.a IS TRUE || $.b NOT EXISTS }", "every record: it requires no particular field"),
        ("{ $.* = x }", "every record: it requires no particular field"),
        ("ERROR", "every record: it is matched against the text"),
        ("[x, y]", "every record: it is matched against the text"),
    ];
    let explanation = set(&table.map(|(pattern, _)| pattern)).explain();
    for ((pattern, expected), evaluated) in table.iter().zip(&explanation.patterns) {
        assert_eq!(evaluated.to_string(), *expected, "{pattern}");
    }
    let selectors: Vec<_> = explanation
        .selectors
        .iter()
        .map(|used| (used.selector.to_string(), used.patterns, used.lookup))
        .collect();
    use SelectorLookup::{InPassing, OnDemand};
    let expected = [
        ("$.*", 1, OnDemand),
        ("$.a", 1, InPassing),
        ("$.a.b[*].c", 1, OnDemand),
        ("$.b", 2, InPassing),
        ("$.errorCode", 2, InPassing),
        ("$.eventName", 4, InPassing),
        ("$.eventSource", 1, InPassing),
        ("$.eventType", 1, InPassing),
    ];
    assert_eq!(selectors, expected.map(|(selector, patterns, found)| (selector.to_owned(), patterns, found)));
}

#[test]
fn a_record_before_other_text_is_decided_alike() {
    let set = set(&["{ $.a = 1 }", "{ $.a = 2 }"]);
    let mut matches = Matches::default();
    assert_eq!(set.matches_next_into(br#"{"a":2},{"a":1}]}"#, 100, &mut matches), Some(7));
    assert_eq!(matches.iter().collect::<Vec<_>>(), [1]);
    for (text, depth_limit) in
        [(&br#"{"a":1"#[..], 100), (br#"{"a":[]}"#, 1), (br#"{"a": 1}"#, 100), (b"[1]", 100), (b"", 100)]
    {
        assert_eq!(set.matches_next_into(text, depth_limit, &mut matches), None);
        assert!(matches.is_empty());
    }
}
