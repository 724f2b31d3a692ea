//! Generated files: any JSON in any spelling, compared with `serde_json`, and broken text, which must give the same
//! result however it is split into pieces.

use super::super::Limits;
use super::{Outcome, read};
use crate::fixtures::{Chunks, gzip};
use proptest::prelude::*;
use serde_json::{Map, Value};

const LIMITS: Limits = Limits { decompressed_bytes: 1 << 24, record_bytes: 1 << 20, depth: 100 };

fn any_json() -> impl Strategy<Value = Value> {
    let text = "[a-z\"\\\\{}\\[\\],: \u{e9}\u{1f980}\n]{0,12}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text, inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A list of records: mostly objects, sometimes anything.
fn any_records() -> impl Strategy<Value = Vec<Value>> {
    let object = prop::collection::btree_map("[a-zA-Z]{1,8}", any_json(), 0..6)
        .prop_map(|map| Value::Object(map.into_iter().collect()));
    prop::collection::vec(prop_oneof![5 => object, 1 => any_json()], 0..8)
}

/// Writes JSON with whitespace and escapes that vary from token to token, decided by a small generator.
struct Speller {
    state: u64,
    text: String,
}

impl Speller {
    fn chance(&mut self, one_in: u64) -> bool {
        // xorshift64: any sequence will do if the seed determines it.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.is_multiple_of(one_in)
    }

    fn whitespace(&mut self) {
        while self.chance(4) {
            self.text.push([' ', '\t', '\r', '\n'][(self.state >> 32) as usize % 4]);
        }
    }

    fn token(&mut self, token: &str) {
        self.whitespace();
        self.text.push_str(token);
        self.whitespace();
    }

    fn string(&mut self, string: &str) {
        self.whitespace();
        self.text.push('"');
        for character in string.chars() {
            if character < ' ' || self.chance(6) {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    self.text.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                if matches!(character, '"' | '\\') {
                    self.text.push('\\');
                }
                self.text.push(character);
            }
        }
        self.text.push('"');
        self.whitespace();
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(string) => self.string(string),
            Value::Array(items) => {
                self.token("[");
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.token(",");
                    }
                    self.value(item);
                }
                self.token("]");
            }
            Value::Object(members) => self.object(members.iter().map(|(name, value)| (name.as_str(), value))),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.token(&value.to_string()),
        }
    }

    fn object<'a>(&mut self, members: impl Iterator<Item = (&'a str, &'a Value)>) {
        self.token("{");
        for (index, (name, value)) in members.enumerate() {
            if index > 0 {
                self.token(",");
            }
            self.string(name);
            self.token(":");
            self.value(value);
        }
        self.token("}");
    }
}

/// Spells a file with `records` at position `place` among `others`.
fn spell(seed: u64, records: &[Value], others: &Map<String, Value>, place: usize) -> String {
    let records = Value::from(records.to_vec());
    let mut members: Vec<(&str, &Value)> =
        others.iter().map(|(name, value)| (name.as_str(), value)).collect();
    members.insert(place % (members.len() + 1), ("Records", &records));
    let mut speller = Speller { state: seed | 1, text: String::new() };
    speller.object(members.into_iter());
    speller.text
}

/// Text that is almost a log file, made of characters that matter to its structure.
fn broken_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(br#"{}[]",:\ a1"#.as_slice()).prop_map(|byte| vec![byte]),
        1 => prop::sample::select(vec!["{}", ",{}", r#"{"a":[1]}"#, r#""Records":["#, r#"],"b":"#, "null", "\u{feff}"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    (prop::sample::select(vec!["", "{", r#"{"Records":["#]), prop::collection::vec(piece, 0..40))
        .prop_map(|(head, pieces)| [head.as_bytes(), &pieces.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_come_out_as_serde_json_sees_them(
        records in any_records(),
        others in prop::collection::btree_map("[a-zA-Z\"\\\\\u{e9}]{0,8}", any_json(), 0..4),
        (seed, place) in (any::<u64>(), any::<usize>()),
        (chunk, window, compressed) in (1usize..80, 1usize..300, any::<bool>()),
    ) {
        let others: Map<String, Value> = others.into_iter().filter(|(name, _)| name != "Records").collect();
        let text = spell(seed, &records, &others, place);
        prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap()["Records"], &Value::from(records.clone()));

        let bytes = if compressed { gzip(&text) } else { text.trim_start().as_bytes().to_vec() };
        let outcome = read(Chunks { bytes: &bytes, chunk }, LIMITS, window);
        prop_assert_eq!(&outcome.end, "");
        prop_assert_eq!(outcome.elements.len(), records.len());
        for (element, record) in outcome.elements.iter().zip(&records) {
            if record.is_object() {
                prop_assert_eq!(&serde_json::from_str::<Value>(element).unwrap(), record);
            } else {
                prop_assert!(element.starts_with("record.not-an-object "), "{}", element);
            }
        }
    }

    #[test]
    fn pieces_and_windows_make_no_difference(
        text in broken_text(),
        (chunk, window) in (1usize..20, 1usize..50),
        (record_bytes, depth) in (0usize..24, 0usize..6),
    ) {
        let limits = Limits { decompressed_bytes: 1 << 16, record_bytes, depth };
        let whole: Outcome = read(text.as_slice(), limits, 4096);
        let cut = read(Chunks { bytes: &text, chunk }, limits, window);
        prop_assert_eq!(&cut, &whole);
    }

    #[test]
    fn what_serde_json_accepts_is_never_a_broken_file(text in broken_text()) {
        let outcome = read(gzip(&text).as_slice(), LIMITS, 64);
        if let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(&text) {
            match members.get("Records") {
                Some(Value::Array(last)) => {
                    prop_assert!(matches!(outcome.end.as_str(), "" | "file.records-not-a-list"));
                    prop_assert!(!outcome.end.is_empty() || outcome.elements.len() >= last.len());
                }
                Some(_) => prop_assert_eq!(outcome.end, "file.records-not-a-list"),
                None => prop_assert_eq!(outcome.end, "file.no-records"),
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), window in 1usize..40) {
        read(bytes.as_slice(), LIMITS, window);
        read(gzip(&bytes).as_slice(), LIMITS, window);
    }
}
