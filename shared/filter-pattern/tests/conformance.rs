//! The conformance suite: `cases/*.toml`, one file per theme.
//!
//! Each case is decided in every way the crate offers, and all must give the expected answer: the reference evaluator
//! on the message and on the parsed record, a set of this pattern alone, a set of all patterns of the suite, and the
//! pattern parsed from the canonical text.
//!
//! ```toml
//! [[case]]
//! name = "a sentence that says what is shown"
//! pattern = '{ $.a = 1 }'
//! matches = ['{"a":1}']             # messages that match, JSON or not
//! misses = ['{"a":2}']              # messages that do not match
//! either = []                       # messages on which the service is inconsistent: nothing may fail, and both answers pass
//! over_quota = "pattern has ..."    # the strict parser's error; the lenient parser accepts the pattern
//! error = "expected ..."            # instead of messages: the error of both parsers
//! choice = "the reason for the answer, where the documentation is silent"
//! ```

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use filter_pattern::{Matches, Pattern, PatternKind, PatternSet, RecordError};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    case: Vec<Case>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    pattern: String,
    #[serde(default)]
    matches: Vec<String>,
    #[serde(default)]
    misses: Vec<String>,
    #[serde(default)]
    either: Vec<String>,
    over_quota: Option<String>,
    error: Option<String>,
    #[serde(default, rename = "choice")]
    _choice: Option<String>,
}

impl Case {
    /// The messages, each with the expected answer if there is one.
    fn messages(&self) -> impl Iterator<Item = (&str, Option<bool>)> {
        let matches = self.matches.iter().map(|message| (message, Some(true)));
        let misses = self.misses.iter().map(|message| (message, Some(false)));
        let either = self.either.iter().map(|message| (message, None));
        matches.chain(misses).chain(either).map(|(message, expected)| (message.as_str(), expected))
    }
}

/// The cases of every theme, with the theme prefixed to their names.
fn suite() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let theme = path.file_stem().unwrap().to_str().unwrap();
        let file: CaseFile = toml::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{theme}: {error}"));
        cases.extend(
            file.case.into_iter().map(|case| Case { name: format!("{theme}: {}", case.name), ..case }),
        );
    }
    cases
}

/// The failures of the crate, or of the cases themselves.
fn failures(cases: &[Case]) -> Vec<String> {
    let parsed: Vec<_> = cases.iter().filter_map(|case| Pattern::parse(&case.pattern).ok()).collect();
    let everyone = PatternSet::new(parsed);
    let mut position = 0;
    let mut failures = Vec::new();
    for case in cases {
        let mut fail =
            |text: String| failures.push(format!("{}\n    {}\n    {text}", case.name, case.pattern));
        check_parsers(case, &mut fail);
        let Ok(pattern) = Pattern::parse(&case.pattern) else { continue };
        check_canonical(&pattern, &mut fail);
        for (message, expected) in case.messages() {
            for (way, answer) in answers(&pattern, &everyone, position, message) {
                if expected.is_some_and(|expected| expected != answer) {
                    fail(format!("{way} says {answer} on {message}"));
                }
            }
        }
        position += 1;
    }
    failures
}

fn check_parsers(case: &Case, fail: &mut impl FnMut(String)) {
    let answer =
        |result: Result<Pattern, _>| result.err().map(|error: filter_pattern::ParseError| error.to_string());
    let lenient = answer(Pattern::parse(&case.pattern));
    let strict = answer(Pattern::parse_strict(&case.pattern));
    if lenient != case.error {
        fail(format!("the parser answers {lenient:?}"));
    }
    if strict != case.error.clone().or(case.over_quota.clone()) {
        fail(format!("the strict parser answers {strict:?}"));
    }
    if case.error.is_none() && case.messages().next().is_none() {
        fail("the case expects nothing".to_owned());
    }
}

fn check_canonical(pattern: &Pattern, fail: &mut impl FnMut(String)) {
    let canonical = pattern.to_string();
    match Pattern::parse(&canonical) {
        Ok(again) if again == *pattern && again.to_string() == canonical => {}
        Ok(again) => fail(format!("{canonical} parses to {again:?}")),
        Err(error) => fail(format!("{canonical} does not parse: {error}")),
    }
}

/// The answers of every way to decide a pattern, which is at `position` in the set of all patterns.
fn answers(
    pattern: &Pattern,
    everyone: &PatternSet,
    position: usize,
    message: &str,
) -> Vec<(&'static str, bool)> {
    let again = Pattern::parse(&pattern.to_string()).unwrap();
    let mut answers = vec![
        ("the reference", pattern.matches_message(message)),
        ("its canonical text", again.matches_message(message)),
    ];
    // Terms and columns are matched against the record's compact text, so the answers must agree only if the message
    // has that form.
    let same = |record: &Value| {
        let compact = record.to_string();
        pattern.kind() == PatternKind::Json || compact == message
    };
    if let Some(record) = serde_json::from_str(message).ok().filter(same) {
        answers.push(("the reference on the record", pattern.matches_record(&record)));
    }
    let mut matches = Matches::default();
    match PatternSet::new([pattern.clone()]).matches_into(message.as_bytes(), &mut matches) {
        Ok(()) => answers.push(("its own set", matches.contains(0))),
        Err(RecordError::NotAnObject | RecordError::NotJson { .. }) => return answers,
        Err(error) => panic!("{error}"),
    }
    everyone.matches_into(message.as_bytes(), &mut matches).unwrap();
    answers.push(("the set of all", matches.contains(position)));
    answers
}

#[test]
fn every_way_to_decide_a_case_gives_the_expected_answer() {
    let cases = suite();
    assert!(cases.len() >= 350, "only {} cases were found", cases.len());
    let failures = failures(&cases);
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn names_of_cases_are_unique() {
    let mut names: Vec<_> = suite().into_iter().map(|case| case.name).collect();
    names.sort();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn the_suite_notices_a_wrong_answer() {
    let cases = suite();
    let swapped = cases.iter().filter(|case| case.error.is_none() && case.either.is_empty()).map(|case| {
        let (matches, misses) = (case.misses.clone(), case.matches.clone());
        Case { matches, misses, ..case.clone() }
    });
    for case in swapped {
        assert!(!failures(std::slice::from_ref(&case)).is_empty(), "{}", case.name);
    }
}
