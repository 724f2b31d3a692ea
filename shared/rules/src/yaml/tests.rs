//! How scalars resolve, and how characters of a value are found in the document.

use proptest::prelude::*;
use saphyr_parser::ScalarStyle;

use super::{Node, Position, Resolved, Scalar, SourceText, Span, Value, is_decimal, place_in_scalar, read};

fn plain(text: &str) -> Resolved {
    Scalar { text: text.into(), style: ScalarStyle::Plain }.resolve()
}

#[test]
fn plain_scalars_resolve_as_in_the_core_schema() {
    for (text, expected) in [
        ("", Resolved::Null),
        ("~", Resolved::Null),
        ("Null", Resolved::Null),
        ("true", Resolved::Boolean(true)),
        ("FALSE", Resolved::Boolean(false)),
        ("0", Resolved::Integer(0)),
        ("-12", Resolved::Integer(-12)),
        ("+3", Resolved::Integer(3)),
        ("0x1F", Resolved::Integer(31)),
        ("0o17", Resolved::Integer(15)),
        ("0xFFFFFFFFFFFFFFFF", Resolved::Unsigned(u64::MAX)),
        ("18446744073709551615", Resolved::Unsigned(u64::MAX)),
        ("18446744073709551616", Resolved::Float(18_446_744_073_709_551_616.0)),
        ("1.5", Resolved::Float(1.5)),
        ("1e3", Resolved::Float(1_000.0)),
        (".5", Resolved::Float(0.5)),
        ("1.", Resolved::Float(1.0)),
        ("-.inf", Resolved::Float(f64::NEG_INFINITY)),
    ] {
        assert_eq!(plain(text), expected, "{text}");
    }
}

#[test]
fn text_that_only_resembles_a_number_or_a_boolean_is_text() {
    for text in [
        "yes",
        "No",
        "on",
        "inf",
        "nan",
        "0x",
        "0x-1",
        "0o8",
        "1_000",
        "1e",
        "e1",
        ".",
        "-",
        "+",
        "--1",
        "1.2.3",
        "١",
        "198.51.100.24",
        "2026-03-04T09:01:07Z",
    ] {
        assert_eq!(plain(text), Resolved::Text, "{text}");
    }
}

#[test]
fn an_account_id_keeps_its_leading_zeros() {
    assert_eq!(plain("012345678901"), Resolved::Text);
    assert_eq!(plain("00"), Resolved::Text);
    assert_eq!(plain("-01"), Resolved::Text);
}

#[test]
fn quoted_scalars_are_text() {
    for style in
        [ScalarStyle::SingleQuoted, ScalarStyle::DoubleQuoted, ScalarStyle::Literal, ScalarStyle::Folded]
    {
        for text in ["", "null", "true", "1"] {
            assert_eq!(Scalar { text: text.into(), style }.resolve(), Resolved::Text, "{text} {style:?}");
        }
    }
}

/// Looks up every character of the scalar in `key: <scalar>`, and checks that it is found in the document.
fn assert_places(document: &str) {
    let source = SourceText::new("test.yaml", document);
    let root = read(&source).root.unwrap();
    let Value::Mapping(entries) = &root.value else { panic!("{document}") };
    let (_, node) = &entries[0];
    let scalar = node.scalar().unwrap();
    let visible = scalar.text.char_indices().filter(|(_, c)| !c.is_whitespace());
    for (offset, c) in visible {
        let place = place_in_scalar(&source, node.span, scalar, offset..offset + c.len_utf8());
        let written = source.from(place.start);
        let escaped = written.starts_with('\\') || (c == '\'' && written.starts_with("''"));
        assert!(escaped || written.starts_with(c), "{c} of {:?} is not at {place:?}", scalar.text);
    }
}

#[test]
fn every_visible_character_is_found_in_every_style() {
    for document in [
        "key: plain text",
        "key:   plain text   # comment",
        "key: plain\n  over lines\n\n  and a gap\n",
        "key: 'it''s  quoted'",
        "key: 'quoted\n\n   over lines'",
        "key: \"a \\\"b\\\" \\u0024c \\x41 \\t \\n d\\\\e\"",
        "key: \"joined \\\n   line\"",
        "key: |\n  literal\n    indented\n\n  end\n",
        "key: |2-   # comment\n\n   indented\n  less\n",
        "key: >-\n  folded\n  text\n\n    kept\n  end\n",
        "key: >+\r\n  folded\r\n  text\r\n\r\n",
        "key: 'Größe 日本 🦀 end'",
    ] {
        assert_places(document);
    }
}

proptest! {
    #[test]
    fn visible_characters_of_any_quoted_text_are_found(
        text in "[a-z$='\"\\\\#:{}üß日 \t]{0,40}",
    ) {
        assert_places(&format!("key: '{}'", text.replace('\'', "''")));
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t");
        assert_places(&format!("key: \"{escaped}\""));
        assert_places(&format!("key: |2\n  x{text}\n   {text}\n"));
        assert_places(&format!("key: >2-\n  x{text}\n  {text}\n"));
    }

    #[test]
    fn a_text_is_decimal_only_if_rust_can_read_it(text in "[-+.eE0-9]{1,8}") {
        prop_assert!(!is_decimal(&text) || text.parse::<f64>().is_ok());
    }
}

#[test]
fn lines_end_with_any_of_the_three_line_breaks() {
    let source = SourceText::new("test.yaml", "a\nb\r\nc\rd");
    for (line, text) in [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "")] {
        let rest = source.from(Position { line, column: 0 });
        assert_eq!(rest.split(['\r', '\n']).next(), Some(text), "line {line}");
    }
}

#[test]
fn the_headline_of_a_node_is_one_line_long() {
    let source = SourceText::new("test.yaml", "list:\n  - 1\nmap:\n  a: 1\n  b: 2\n");
    let root: Node<'_> = read(&source).root.unwrap();
    let Value::Mapping(entries) = &root.value else { panic!("no mapping") };
    let headline = |line, start, end| Span {
        start: Position { line, column: start },
        end: Position { line, column: end },
    };
    assert_eq!(root.headline(), headline(1, 0, 4));
    assert_eq!(entries[0].1.headline(), headline(2, 2, 2));
    assert_eq!(entries[1].1.headline(), headline(4, 2, 3));
}
