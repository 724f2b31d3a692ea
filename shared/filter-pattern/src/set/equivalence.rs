//! Checks that the compiled set agrees with the reference evaluator: generated patterns on generated records in every
//! spelling, valid or not.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use super::captures::Captures;
use super::captures::fault;
use super::{PatternSet, scan, walk};
use crate::ast::Ast;
use crate::properties::{ast, key, text, unwritable};
use crate::{Matches, Pattern};

/// JSON in which the spelling is part of the value: fields may occur twice, and numbers keep their text.
#[derive(Clone, Debug)]
enum Json {
    Bare(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// How JSON is written.
#[derive(Clone, Copy, Debug)]
struct Style {
    /// Of 8 places between tokens, how many get whitespace.
    whitespace: u64,
    /// Of 8 characters, how many are escaped unnecessarily.
    escapes: u64,
    seed: u64,
}

fn bare() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["null", "true", "false", "0", "1", "2", "-1", "-0", "1.0", "1e0", "10e-1", "12.50"]).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| format!("{number:e}")),
        1 => "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
        1 => prop::sample::select(vec!["1e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e309", "1e400", "-1e400", "0e999", "1e-999", "18446744073709551616"]).prop_map(str::to_owned),
        1 => (290..320_usize).prop_map(|digits| "9".repeat(digits)),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![2 => bare().prop_map(Json::Bare), 3 => text().prop_map(Json::Text), 1 => "[ -~]{0,90}".prop_map(Json::Text)];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..5).prop_map(Json::List),
            3 => vec((key(), inner), 0..5).prop_map(Json::Object),
        ]
    })
}

fn style() -> impl Strategy<Value = Style> {
    let share = || prop_oneof![6 => Just(0_u64), 1 => 0..8_u64];
    (share(), share(), any::<u64>()).prop_map(|(whitespace, escapes, seed)| Style {
        whitespace,
        escapes,
        seed,
    })
}

/// A record as bytes, sometimes damaged.
pub(super) fn record() -> impl Strategy<Value = Vec<u8>> {
    let fields = vec((key(), json()), 0..8).prop_map(Json::Object);
    let top = prop_oneof![20 => fields, 1 => json()];
    let nested = (0..140_usize).prop_map(|levels| {
        let inner = (0..levels).fold(Json::Bare("1".to_owned()), |json, level| match level % 3 {
            0 => Json::List(vec![json]),
            _ => Json::Object(vec![("a".to_owned(), json)]),
        });
        Json::Object(vec![("a".to_owned(), inner)])
    });
    let written = (prop_oneof![20 => top, 1 => nested], style()).prop_map(|(json, style)| {
        let mut writer = Writer { out: Vec::new(), style };
        writer.json(&json);
        writer.out
    });
    (written, proptest::option::weighted(0.4, damage()))
        .prop_map(|(bytes, damage)| damage.map_or(bytes.clone(), |damage| damage.done_to(bytes)))
}

#[derive(Clone, Debug)]
struct Damage {
    at: prop::sample::Index,
    removed: usize,
    inserted: Vec<u8>,
}

fn damage() -> impl Strategy<Value = Damage> {
    let piece = prop::sample::select(vec![
        &b"\""[..],
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b" ",
        b"\n",
        b"\0",
        b"\x1f",
        b"\x7f",
        b"\xff",
        b"\xc3",
        b"\xc3\xa9",
        b"\xed\xa0\x80",
        b"1",
        b"-",
        b".",
        b"e",
        b"0",
        b"t",
        b"null",
        b"\\u0061",
        b"\\ud83d\\ude00",
        b"\\ud83d",
        b"\\ude00",
        b"\\u00g0",
        b"\\x",
        b"\"a\"",
        b"\"a\":1,",
        b",1",
        b",\"a\"",
        b"{}",
        b"[]",
        b"{]",
        b"\x0c",
    ]);
    let inserted = vec(piece, 0..3).prop_map(|pieces| pieces.concat());
    (any::<prop::sample::Index>(), 0..3_usize, inserted).prop_map(|(at, removed, inserted)| Damage {
        at,
        removed,
        inserted,
    })
}

impl Damage {
    fn done_to(self, mut bytes: Vec<u8>) -> Vec<u8> {
        let at = self.at.index(bytes.len() + 1);
        let end = bytes.len().min(at + self.removed);
        bytes.splice(at..end, self.inserted);
        bytes
    }
}

struct Writer {
    out: Vec<u8>,
    style: Style,
}

impl Writer {
    fn chance(&mut self, of_eight: u64) -> bool {
        let seed = &mut self.style.seed;
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33 & 7 < of_eight
    }

    fn token(&mut self, token: &str) {
        if self.chance(self.style.whitespace) {
            let kind = (self.style.seed >> 40 & 3) as usize;
            self.out.extend_from_slice([&b" "[..], b"\n  ", b"\t", b"\r\n"][kind]);
        }
        self.out.extend_from_slice(token.as_bytes());
    }

    fn json(&mut self, json: &Json) {
        match json {
            Json::Bare(text) => self.token(text),
            Json::Text(text) => self.string(text),
            Json::List(items) => {
                self.token("[");
                for (position, item) in items.iter().enumerate() {
                    self.token(if position > 0 { "," } else { "" });
                    self.json(item);
                }
                self.token("]");
            }
            Json::Object(fields) => {
                self.token("{");
                for (position, (key, value)) in fields.iter().enumerate() {
                    self.token(if position > 0 { "," } else { "" });
                    self.string(key);
                    self.token(":");
                    self.json(value);
                }
                self.token("}");
                self.token("");
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.token("\"");
        for character in text.chars() {
            if self.chance(self.style.escapes) {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    self.out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            } else {
                let quoted = serde_json::to_string(&character).unwrap();
                self.out.extend_from_slice(quoted.trim_matches('"').as_bytes());
                if character == '"' {
                    self.out.extend_from_slice(b"\\\"");
                }
            }
        }
        self.out.push(b'"');
    }
}

fn set_of(asts: &[Ast]) -> PatternSet {
    asts.iter().filter(|ast| !unwritable(ast)).map(|ast| Pattern::parse(&ast.to_string()).unwrap()).collect()
}

/// Checks that a set agrees with the reference evaluator, including its errors.
fn agrees(set: &PatternSet, record: &[u8]) -> Result<(), TestCaseError> {
    let (mut matches, mut expected) = (Matches::default(), Matches::default());
    let answer = set.matches_into(record, &mut matches);
    let wanted = set.decide_by_reference(record, &mut expected);
    prop_assert_eq!(&answer, &wanted);
    prop_assert_eq!(&matches, &expected);

    // The record must be the same if the set finds its end by itself.
    let alone = set.matches_next_into(record, 127, &mut matches);
    if let Some(length) = alone {
        prop_assert!(set.decide_by_reference(&record[..length], &mut expected).is_ok());
        prop_assert_eq!(&matches, &expected);
    }
    for behind in [&b","[..], b"]}", b" \xff\"", b"\"\\"] {
        let length = set.matches_next_into(&[record, behind].concat(), 127, &mut matches);
        prop_assert!(length == alone || alone.is_none(), "{:?} and {:?}", length, alone);
    }

    // Both ways to capture must give the same offsets.
    let [mut fast, mut plain] = [Captures::default(), Captures::default()];
    fast.reset(&set.trie);
    plain.reset(&set.trie);
    if scan::scan(record, 127, &set.trie, &mut fast) == Some(record.len()) {
        prop_assert!(walk::walk(record, &set.trie, &mut plain).is_some());
        for node in 0..set.trie.len() {
            prop_assert_eq!(fast.get(node), plain.get(node), "node {}", node);
        }
    }
    Ok(())
}

/// Patterns and records.
type Case = (Vec<Ast>, Vec<Vec<u8>>);

fn run(cases: u32) -> Result<(), TestError<Case>> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&(vec(ast(), 0..8), vec(record(), 1..6)), |(asts, records)| {
        let set = set_of(&asts);
        records.iter().try_for_each(|record| agrees(&set, record))
    })
}

/// The number of cases. It can be raised at build time for a longer search.
pub(super) fn cases() -> u32 {
    option_env!("EQUIVALENCE_CASES").and_then(|cases| cases.parse().ok()).unwrap_or(1_000)
}

#[test]
fn a_set_agrees_with_the_reference_on_every_record_however_it_is_written() {
    run(cases()).unwrap();
}

#[test]
fn a_seeded_bug_is_noticed() {
    let failure = fault::with(|| run(20_000));
    assert!(matches!(failure, Err(TestError::Fail(..))), "{failure:?}");
}

#[test]
fn a_record_in_which_any_byte_is_replaced_is_judged_alike() {
    let record = r#"{"a":{"b":"x\u0061é","c":[1,-2.5e3,{"a":null}],"":{}},"b":true,"long key with more than sixty-four bytes in it":"and a value like that, too, of course, why not","a":{"c":[[],{}]}}"#;
    let set: PatternSet =
        ["{ $.a.b = x* }", "{ $.b IS TRUE }", "{ $.a.c[*] = 1 }", "{ $.a.* = 1 || $.c NOT EXISTS }"]
            .map(|text| Pattern::parse(text).unwrap())
            .into_iter()
            .collect();
    agrees(&set, record.as_bytes()).unwrap();
    let replacements = b"\"\\{}[]:, \n\x00\x1f\x7f\x80\xc3\xe9\xff01-.+eEtfnux/";
    for at in 0..record.len() {
        for &replacement in replacements {
            let mut bytes = record.as_bytes().to_vec();
            bytes[at] = replacement;
            agrees(&set, &bytes).unwrap();
            bytes[at] = record.as_bytes()[at];
            bytes.insert(at, replacement);
            agrees(&set, &bytes).unwrap();
        }
        let mut bytes = record.as_bytes().to_vec();
        bytes.remove(at);
        agrees(&set, &bytes).unwrap();
        agrees(&set, &record.as_bytes()[..at]).unwrap();
    }
}
