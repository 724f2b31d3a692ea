//! What the scan accepts and what it leaves to `walk.rs`. `equivalence.rs` tests that it is right about what it
//! accepts.

use super::*;
use proptest::prelude::*;

fn scanned(text: &[u8], depth_limit: usize) -> Option<usize> {
    let trie = Trie::new([vec!["a", "b"]]);
    let mut captures = Captures::default();
    captures.reset(&trie);
    scan(text, depth_limit, &trie, &mut captures)
}

#[test]
fn plain_records_are_accepted_and_the_rest_is_left_to_the_walk() {
    let long = format!(r#"{{"a":"{}","b":[1,2,{{"c":null}}]}}"#, "x".repeat(200));
    let taken = [
        "{}",
        r#"{"a":1}"#,
        r#"{"a":"\"\\\/\b\f\n\r\t\u0041"}"#,
        r#"{"a":[],"b":{},"c":[[],[{}],{"d":[true,false,null,-1.5,0]}]}"#,
        r#"{"ä":"é","🎉":"🎉"}"#,
        &long,
    ];
    for text in taken {
        assert_eq!(scanned(text.as_bytes(), 127), Some(text.len()), "{text}");
        assert_eq!(scanned(format!("{text},{{\"b").as_bytes(), 127), Some(text.len()), "{text}");
    }
    let left = [
        "",
        " {}",
        "[]",
        "1",
        "{",
        r#"{"a""#,
        r#"{"a":1"#,
        r#"{"a": 1}"#,
        "{\"a\":1\n}",
        r#"{"a":"\ud83c\udf89"}"#,
        r#"{"a":1e400}"#,
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{"a":1,"b"}"#,
        r#"{"a":1,2}"#,
        r#"{"a","b":1}"#,
        r#"{"a":1:2}"#,
        r#"{{}}"#,
        r#"{[]}"#,
        r#"{1:2}"#,
        r#"{"a":[1:2]}"#,
        r#"{"a":["b":2]}"#,
        r#"{"a":[,]}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[1}]"#,
        r#"{"a":"b""c"}"#,
        r#"{"a":tru}"#,
        r#"{"a":01}"#,
        r#"{"a":1"b"}"#,
        r#"{"a":\u0031}"#,
        r#"{"a":"\x"}"#,
        r#"{"a":"\u00g0"}"#,
        "{\"a\":\"\t\"}",
    ];
    for text in left {
        assert_eq!(scanned(text.as_bytes(), 127), None, "{text}");
    }
    assert_eq!(scanned(b"{\"a\":\"\xc3\"}", 127), None);
    assert_eq!(scanned(b"{\"a\":\"\xed\xa0\x80\"}", 127), None);
}

#[test]
fn nesting_is_accepted_up_to_the_limit() {
    let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    for limit in [1, 2, 63, 64, 65, 127] {
        assert!(scanned(nested(limit).as_bytes(), limit).is_some(), "{limit}");
        assert!(scanned(nested(limit + 1).as_bytes(), limit).is_none(), "{limit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn vector_code_agrees_with_plain_rust(
        text in "[{](\"[ab]\":(\"[a-z{}\\[\\]:,]{0,40}(\\\\\"|\\\\n|\\\\\\\\){0,3}\"|[{]\"b\":1[}]|\\[1,2\\]|null|12),){0,12}\"c\":0[}]",
        cut in any::<prop::sample::Index>(),
    ) {
        lanes_agree(text.as_bytes());
        lanes_agree(&text.as_bytes()[..cut.index(text.len())]);
    }
}
