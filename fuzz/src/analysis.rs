//! What the analysis of patterns says about two patterns, held against the evaluators.

use filter_pattern::{Matches, Pattern, PatternKind, PatternSet, parse_record};
use pattern_analysis::{PatternAnalysis, PatternId, Witness};
use serde_json::Value;

/// Records that refute many a wrong proof.
const RECORDS: [&str; 12] = [
    "{}",
    r#"{"a":null,"b":true}"#,
    r#"{"a":"x","b":"y","c":1}"#,
    r#"{"a":1,"b":0.5,"c":-3}"#,
    r#"{"a":{"b":"x","c":{"b":1}},"b":[]}"#,
    r#"{"a":["x",{"b":"y"},[1,"x"]],"b":{"a":false}}"#,
    r#"{"a":[1,2],"b":{"a":["x"]},"c":{"c":{"c":"x"}}}"#,
    r#"{"a":"ab","b":"\n","c":"é1"}"#,
    r#"{"a":[[],{}],"b":[null,true]}"#,
    r#"{"a":1e300,"b":1e-9,"c":18446744073709551615}"#,
    r#"{"a":{"b":[{"a":"x"},"y"]},"c":""}"#,
    r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"Root"},"a":false}"#,
];

/// Two lines of patterns and lines of records; or, where there are no such, choices that make two patterns.
pub fn analysis(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let mut read = || lines.next().and_then(|line| Pattern::parse(line).ok()).filter(is_small);
    let (first, second) = match (read(), read()) {
        (Some(first), Some(second)) => (first, second),
        _ => {
            let mut choices = Choices { bytes: data };
            match (choices.pattern().parse(), choices.pattern().parse()) {
                (Ok(first), Ok(second)) => (first, second),
                _ => return,
            }
        }
    };
    let records = RECORDS.into_iter().chain(text.lines().skip(2));
    let records = records.filter_map(|record| parse_record(record.as_bytes()).ok()).filter(Value::is_object);
    holds(&first, &second, &records.collect::<Vec<_>>());
}

/// A JSON pattern that leaves the fuzzer time for others.
fn is_small(pattern: &Pattern) -> bool {
    pattern.kind() == PatternKind::Json && pattern.text().len() < 400 && pattern.regex_size() < 200
}

fn holds(first: &Pattern, second: &Pattern, records: &[Value]) {
    let mut analysis = PatternAnalysis::new();
    let set = PatternSet::new([first.clone(), second.clone()]);
    let mut add = |text: String| {
        let pattern: Pattern = text.parse().expect("canonical text is a pattern");
        analysis.add(&pattern).expect("a JSON pattern is taken")
    };
    let body = |pattern: &Pattern| {
        let text = pattern.to_string();
        text.trim_start_matches('{').trim_end_matches('}').trim().to_owned()
    };
    let (one, other) = (add(first.to_string()), add(second.to_string()));
    let reordered = add(format!("{{ ({}) && ({}) }}", body(second), body(first)));
    let both = add(format!("{{ ({}) && ({}) }}", body(first), body(second)));
    let any = add(format!("{{ ({}) || ({}) }}", body(second), body(first)));

    for wanted in [[true, false], [false, true], [true, true], [false, false]] {
        let asked: Vec<(PatternId, bool)> = [one, other].into_iter().zip(wanted).collect();
        match analysis.find(&asked) {
            Ok(Some(witness)) => {
                assert_eq!(matched(&set, &witness), wanted, "{first} and {second}: {witness}")
            }
            Ok(None) => {
                for record in records {
                    let found = [first.matches_record(record), second.matches_record(record)];
                    assert_ne!(found, wanted, "{first} and {second} on {record}");
                }
            }
            Err(_) => {}
        }
    }
    let never_refuted = [
        ("a pattern implies itself", one, one),
        ("both imply the first", both, one),
        ("both imply the second", both, other),
        ("the first implies any", one, any),
        ("the second implies any", other, any),
        ("order means nothing", both, reordered),
        ("order means nothing", reordered, both),
    ];
    for (name, left, right) in never_refuted {
        let refuted = analysis.find(&[(left, true), (right, false)]).ok().flatten();
        assert_eq!(refuted, None, "{name}: {first} and {second}");
    }
}

fn matched(set: &PatternSet, witness: &Witness) -> [bool; 2] {
    let mut matches = Matches::default();
    set.matches_into(witness.to_string().as_bytes(), &mut matches).expect("a witness is a record");
    [0, 1].map(|at| matches.contains(at))
}

/// Bytes as a source of choices. When they are used up, every choice is the first.
struct Choices<'d> {
    bytes: &'d [u8],
}

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first) % bound
    }

    fn one_of<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        choices.get(self.below(choices.len())).copied().unwrap_or_default()
    }

    fn pattern(&mut self) -> String {
        format!("{{ {} }}", self.expression(3))
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(3) == 0 {
            return self.condition();
        }
        let operator = self.one_of(&[" && ", " || "]);
        let parts: Vec<String> = (0..2 + self.below(2)).map(|_| self.expression(depth - 1)).collect();
        format!("({})", parts.join(operator))
    }

    fn condition(&mut self) -> String {
        let mut selector = String::from("$");
        for _ in 0..=self.below(3) {
            selector += self.one_of(&[".a", ".b", ".c", "[0]", "[1]", "[*]", ".*", ".['é.x']"]);
        }
        let test = match self.below(6) {
            0 => self.one_of(&["NOT EXISTS", "IS NULL", "IS TRUE", "IS FALSE"]).to_owned(),
            1 => format!("{} {}", self.one_of(&["<", "<=", ">", ">=", "=", "!="]), self.number()),
            2 => format!("{} %{}%", self.one_of(&["=", "!="]), self.regex()),
            _ => format!("{} \"{}\"", self.one_of(&["=", "!="]), self.glob()),
        };
        format!("{selector} {test}")
    }

    fn number(&mut self) -> &'static str {
        self.one_of(&["0", "1", "-1", "1.5", "1e3", "2e-7", "1e20", "1e400", "9007199254740993", "-0.0"])
    }

    fn glob(&mut self) -> String {
        (0..self.below(6)).map(|_| self.one_of(&["*", "a", "b", "x", "1", ".", "é", "0", "e", "-"])).collect()
    }

    fn regex(&mut self) -> String {
        let pieces = (0..=self.below(4)).map(|_| {
            let atom = self.one_of(&["a", "x", "1", ".", r"\d", "[^a]", "[a-c]", r"\.", "^", "$"]);
            let count = self.one_of(&["", "", "*", "+", "?", "{2}"]);
            if matches!(atom, "^" | "$") { atom.to_owned() } else { format!("{atom}{count}") }
        });
        pieces.collect()
    }
}
