//! Random tests of one field, by text and by value, against all short strings of a small alphabet and numbers
//! of all sizes.

use std::sync::LazyLock;

use fastrand::Rng;
use pattern_analysis::Reason;
use serde_json::{Value, json};

use crate::brute_force::{compare, pairs};

const LETTERS: [&str; 8] = ["a", "b", "1", ".", "\n", "é", "5", "-"];

const NUMBERS: [&str; 26] = [
    "0",
    "1",
    "-1",
    "2",
    "5",
    "10",
    "11",
    "15",
    "100",
    "1.5",
    "0.25",
    "-0.5",
    "1.0",
    "1e1",
    "1e-3",
    "1e-7",
    "1e16",
    "1e20",
    "1e400",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-1e18",
];

fn text(random: &mut Rng, letters: &[&str], most: usize) -> String {
    (0..random.usize(..=most)).map(|_| *random.choice(letters).unwrap()).collect()
}

/// A regular expression of a few pieces.
fn regex(random: &mut Rng) -> String {
    const ATOMS: [&str; 12] = ["a", "b", "1", "5", r"\.", ".", r"\d", "[ab]", "[^1a]", r"\w", "-", "e"];
    const COUNTS: [&str; 9] = ["", "", "", "", "*", "+", "?", "{2}", "{1,3}"];
    let mut body = String::from(if random.bool() { "^" } else { "" });
    for at in 0..random.usize(1..4) {
        if at > 0 && random.u8(..8) == 0 {
            body.push('|');
        }
        body.push_str(random.choice(ATOMS).unwrap());
        body.push_str(random.choice(COUNTS).unwrap());
    }
    body.push_str(if random.bool() { "$" } else { "" });
    body
}

fn condition(random: &mut Rng) -> String {
    let test = match random.u8(..12) {
        0..3 => {
            let operator = random.choice(["<", "<=", ">", ">="]).unwrap();
            format!("{operator} {}", random.choice(NUMBERS).unwrap())
        }
        3 => format!("{} {}", random.choice(["=", "!="]).unwrap(), random.choice(NUMBERS).unwrap()),
        4 => format!(r#"{} "{}""#, random.choice(["=", "!="]).unwrap(), random.choice(NUMBERS).unwrap()),
        5..8 => {
            let letters = ["a", "b", "1", ".", "é", "5", "-", "*", "*", "*", "*", "0", "e"];
            format!(r#"{} "{}""#, random.choice(["=", "!="]).unwrap(), text(random, &letters, 5))
        }
        8..11 => format!("{} %{}%", random.choice(["=", "!="]).unwrap(), regex(random)),
        _ => (*random.choice(["NOT EXISTS", "IS NULL", "= *"]).unwrap()).to_owned(),
    };
    format!("$.a {test}")
}

/// All strings of up to four letters, and numbers of all sizes and forms.
static RECORDS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let mut values = vec![json!({}), json!({ "a": null }), json!({ "a": [] })];
    let mut strings = vec![String::new()];
    let mut longest = strings.clone();
    for _ in 0..4 {
        longest = longest.iter().flat_map(|text| LETTERS.map(|letter| format!("{text}{letter}"))).collect();
        strings.extend(longest.iter().cloned());
    }
    strings.extend(["*", "1.0", "1e1", "1e400"].map(str::to_owned));
    values.extend(strings.into_iter().map(|text| json!({ "a": text })));
    values.extend(numbers().into_iter().map(|number| json!({ "a": number })));
    values
});

fn numbers() -> Vec<Value> {
    let mut floats: Vec<f64> = Vec::new();
    floats.extend((-400..=400).map(|n| f64::from(n) / 4.0));
    floats.extend((-300..=300).map(|n| f64::from(n) / 10.0));
    floats.extend((-300..=300).map(|n| f64::from(n) / 100.0));
    for power in -320..=308 {
        if power % 20 == 0 || (-9..20).contains(&power) {
            for digits in ["1", "1.5", "5", "5.1", "-1", "-2.5"] {
                floats.extend(format!("{digits}e{power}").parse::<f64>().ok());
            }
        }
    }
    let mut integers: Vec<i128> = (-260..=260).collect();
    for power in 0..19 {
        let near = 10_i128.pow(power);
        integers.extend([near - 1, near, near + 1, 5 * near, -near]);
    }
    for power in [53, 63, 64] {
        integers.extend((-3..=3).map(|difference| (1_i128 << power) + difference));
        integers.extend((-3..=3).map(|difference| difference - (1_i128 << power)));
    }
    floats.extend(integers.clone().into_iter().map(|integer| integer as f64));
    let nearby: Vec<f64> = floats.iter().flat_map(|float| [float.next_up(), float.next_down()]).collect();
    floats.extend(nearby.into_iter().step_by(5));
    let integers = integers.into_iter().filter_map(|integer| {
        u64::try_from(integer).map(Value::from).or_else(|_| i64::try_from(integer).map(Value::from)).ok()
    });
    floats.into_iter().filter(|float| float.is_finite()).map(Value::from).chain(integers).collect()
}

/// Which texts are those of floats is not decided by an automaton, so a few questions stay open: those that ask for a number
/// by its value and by several expressions for its text. 14 of 4,000,000 did.
#[test]
fn random_pairs_agree_with_brute_force_over_values() {
    let pairs = pairs();
    let tally = compare(pairs, 2, condition, |_| RECORDS.clone());
    println!("{tally}");
    assert!(tally.unknown.len() <= pairs / 50_000, "{:?}", tally.unknown.first());
    assert!(tally.unknown.iter().all(|(reason, _)| *reason == Reason::NumberText), "{:?}", tally.unknown);
}
