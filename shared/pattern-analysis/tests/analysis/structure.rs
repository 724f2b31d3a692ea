//! Random patterns over selectors of all kinds, against random records.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::brute_force::{compare, pairs};

const SELECTORS: [&str; 26] = [
    "$.a",
    "$.a.b",
    "$.a.b.c",
    "$.a[0]",
    "$.a[1]",
    "$.a[2]",
    "$.a[*]",
    "$.a.*",
    "$.a[*].b",
    "$.a[0].b",
    "$.a[1].b",
    "$.a[*][0]",
    "$.a[*].*",
    "$.a[0][1]",
    "$.*",
    "$.*.b",
    "$.*[0]",
    "$.*.*",
    "$.b",
    "$.b.a",
    "$.b[0]",
    "$.b[*].a",
    "$.c",
    "$[0]",
    "$[*].a",
    "$.b.*[1]",
];

const TESTS: [&str; 16] = [
    "NOT EXISTS",
    "NOT EXISTS",
    "IS NULL",
    "IS TRUE",
    "IS FALSE",
    "= x",
    "= *",
    "!= x",
    "!= *",
    r#"= "x*""#,
    r#"!= "*y""#,
    "= 1",
    "!= 1",
    "> 0",
    "< 1",
    "= %^[xy]%",
];

fn condition(random: &mut Rng) -> String {
    format!("{} {}", random.choice(SELECTORS).unwrap(), random.choice(TESTS).unwrap())
}

fn value(random: &mut Rng, depth: usize) -> Value {
    match random.u8(..if depth == 0 { 8 } else { 16 }) {
        0 => Value::Null,
        1 => json!(random.bool()),
        2 | 3 => json!(random.choice(["x", "y", "xy", "", "1"]).unwrap()),
        4 | 5 => json!(random.i8(-1..3)),
        6 => json!(0.5),
        7 => json!("z"),
        8..=11 => Value::Array((0..random.usize(..4)).map(|_| value(random, depth - 1)).collect()),
        _ => Value::Object(object(random, depth - 1)),
    }
}

fn object(random: &mut Rng, depth: usize) -> Map<String, Value> {
    let mut object = Map::new();
    for key in ["a", "b", "c"] {
        if random.u8(..3) > 0 {
            object.insert(key.to_owned(), value(random, depth));
        }
    }
    object
}

fn records(random: &mut Rng) -> Vec<Value> {
    (0..3_000).map(|_| Value::Object(object(random, 3))).collect()
}

#[test]
fn random_pairs_agree_with_brute_force_over_structure() {
    let tally = compare(pairs(), 1, condition, records);
    println!("{tally}");
    assert!(tally.unknown.is_empty(), "{:?}", tally.unknown.first());
}
