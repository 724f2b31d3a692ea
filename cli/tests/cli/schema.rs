//! `trailbell rules schema`: an editor that validates rule files by the schema agrees with `trailbell rules check`.
//!
//! The judge of schemas is the Python package `jsonschema`, because its peer for Rust would give Unicode's tables to the
//! regular expressions of everything that is tested with it.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rules::RuleSet;
use serde_json::{Value, json};

use crate::support::{run, run_with_input};

/// Faults that a schema cannot express: they are in patterns, or between two places of a document.
const BEYOND_THE_SCHEMA: [&str; 14] = [
    "bad-pattern-after-other-scripts",
    "bad-pattern-in-a-folded-block",
    "bad-pattern-in-a-literal-block",
    "bad-pattern-in-a-long-line",
    "bad-pattern-in-an-indented-block",
    "bad-pattern-in-double-quotes",
    "bad-pattern-in-single-quotes",
    "bad-pattern-over-several-quoted-lines",
    "changes-to-rules-that-are-not-inherited",
    "duplicate-id",
    "inherited-rules-excluded-twice-or-never",
    "nothing-left-to-inherit",
    "selectors-on-a-term-pattern",
    "wide-characters-before-the-fault",
];

/// A document with every key, which the variants of a test are made from.
const EVERY_KEY: &str = r#"{
  "version": 1,
  "defaults": { "metricNamespace": "Own", "alarmAccounts": ["111122223333"] },
  "extends": [],
  "include": ["account-closed", "root-usage"],
  "exclude": ["root-usage"],
  "rules": [
    {
      "id": "every-key", "title": "Every key", "summary": "s", "rationale": "r", "response": "r", "knownNoise": "n",
      "severity": "high", "severityIfAllFailed": "low", "references": ["T1078"],
      "filterPattern": "{ $.a = 1 }",
      "metricTransformation": {
        "metricName": "A", "metricNamespace": "B", "metricValue": "$.x", "unit": "Count",
        "dimensions": { "Region": "$.awsRegion" }, "timestamp": "event"
      },
      "alarm": {
        "statistic": "Sum", "period": 60, "evaluationPeriods": 3, "datapointsToAlarm": 2, "threshold": 1.5,
        "comparisonOperator": "GreaterThanThreshold", "treatMissingData": "ignore",
        "dimensions": [{ "Region": "us-east-1" }]
      },
      "alert": { "groupBy": ["identity", "$.awsRegion"], "threshold": 2 },
      "supersedes": ["other"], "deduplicate": false, "acceptedLints": { "matches-nothing": "not used yet" },
      "tests": [{ "name": "t", "record": { "a": 1 }, "match": true }]
    },
    {
      "id": "other", "description": "d", "filterPattern": "x",
      "metricTransformation": { "metricName": "C", "metricValue": 1, "defaultValue": 0 },
      "alarms": [{ "name": "warning", "extendedStatistic": "p99.9" }, { "name": "critical", "threshold": 5 }]
    }
  ]
}"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn published() -> PathBuf {
    root().join("docs/reference/rule-file.schema.json")
}

/// What the schema finds wrong with each document.
fn faults(texts: &[String]) -> Vec<Option<String>> {
    let tools = testkit::python::tools("schema", "cli/tests/cli/schema-requirements.txt").unwrap();
    let mut child = Command::new(tools.join("python"))
        .arg(root().join("cli/tests/cli/schema.py"))
        .arg(published())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = String::new();
    for text in texts {
        writeln!(input, "{}", json!({ "text": text })).unwrap();
    }
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input.as_bytes()).unwrap());
        child.wait_with_output().unwrap()
    });
    let answers: Vec<_> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), texts.len(), "one answer for each document");
    answers
}

/// The rule files of a folder, by name.
fn documents(folder: &str) -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension().is_some_and(|ending| ending == "yaml") && path.file_stem().unwrap() != "sets"
    });
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn is_accepted(text: &str) -> bool {
    RuleSet::parse("rules.yaml", text).is_ok()
}

#[test]
fn the_published_schema_is_the_one_of_this_version() {
    let result = run(["rules", "schema"]);
    assert_eq!(result.code, Some(0), "{result:?}");
    let file = fs::read_to_string(published()).unwrap();
    let published: Value = serde_json::from_str(&file).unwrap();
    let advice = "run `trailbell rules schema > docs/reference/rule-file.schema.json`";
    assert!(result.json() == published, "the published schema is not current: {advice}");
}

#[test]
fn the_schema_accepts_every_file_of_the_catalogue_and_of_the_tests() {
    let mut files = documents("shared/rules/catalogue");
    assert!(files.len() > 60, "{} files", files.len());
    files
        .push(("corpus".to_owned(), fs::read_to_string(root().join("cli/tests/corpus-rules.yaml")).unwrap()));
    files.push(("every key".to_owned(), EVERY_KEY.to_owned()));
    let shown = run(["rules", "show", "root-usage", "console-login-failures"]);
    files.push(("shown".to_owned(), shown.stdout));
    let faults = faults(&files.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>());
    for ((name, text), fault) in files.iter().zip(faults) {
        assert!(is_accepted(text), "{name}: {:?}", RuleSet::parse(name, text).err());
        assert_eq!(fault, None, "{name}");
    }
}

#[test]
fn the_schema_refuses_each_faulty_document_unless_its_fault_is_beyond_a_schema() {
    let files = documents("shared/rules/tests/diagnostics");
    let faults = faults(&files.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>());
    let mut beyond = Vec::new();
    for ((name, text), fault) in files.iter().zip(faults) {
        match (is_accepted(text), fault) {
            (true, Some(fault)) => panic!("{name} is a rule file, but the schema refuses it: {fault}"),
            (false, None) => beyond.push(name.as_str()),
            (true, None) | (false, Some(_)) => {}
        }
    }
    let mut expected = BEYOND_THE_SCHEMA.to_vec();
    expected.sort_unstable();
    assert_eq!(beyond, expected);
}

/// The pointers to all values of a document.
fn places(value: &Value, place: &str, places: &mut Vec<String>) {
    places.push(place.to_owned());
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| self::places(value, &format!("{place}/{key}"), places));
        }
        Value::Array(items) => {
            (0..).zip(items).for_each(|(at, item): (usize, _)| {
                self::places(item, &format!("{place}/{at}"), places);
            });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The document with every value replaced by every one of some others, one at a time.
fn variants() -> Vec<String> {
    let document: Value = serde_json::from_str(EVERY_KEY).unwrap();
    let mut all = Vec::new();
    places(&document, "", &mut all);
    let others = [
        json!(null),
        json!(true),
        json!(false),
        json!(1),
        json!(1.5),
        json!(111_122_223_333_u64),
        json!(""),
        json!("A b"),
        json!("a-b"),
        json!("-1.5e3"),
        json!("060"),
        json!("p00.5"),
        json!("$.a[0]"),
        json!("AWS/x:y"),
        json!("a\nb"),
        json!(["a"]),
        json!(["$.a", "region"]),
        json!({}),
        json!({ "a": "$.b" }),
    ];
    let mut variants = Vec::new();
    for place in &all {
        for other in &others {
            let mut variant = document.clone();
            *variant.pointer_mut(place).unwrap() = other.clone();
            variants.push(variant.to_string());
        }
    }
    variants
}

#[test]
fn the_schema_accepts_whatever_the_reader_accepts_when_any_value_is_another() {
    let variants = variants();
    let faults = faults(&variants);
    let mut accepted = 0;
    let mut refused_by_both = 0;
    for (text, fault) in variants.iter().zip(faults) {
        match (is_accepted(text), fault) {
            (true, None) => accepted += 1,
            (true, Some(fault)) => panic!("the schema refuses a rule file: {fault}\n{text}"),
            (false, Some(_)) => refused_by_both += 1,
            (false, None) => {}
        }
    }
    let refused = variants.len() - accepted;
    assert!(accepted > 100, "{accepted} variants are rule files");
    assert!(
        refused_by_both * 10 > refused * 8,
        "the schema finds {refused_by_both} of {refused} faulty variants"
    );
}

#[test]
fn rule_files_that_the_tool_writes_name_the_schema_in_their_first_line() {
    let filters = json!({ "metricFilters": [{
        "filterName": "a", "filterPattern": "{ $.a = 1 }", "logGroupName": "g",
        "metricTransformations": [{ "metricName": "A", "metricNamespace": "B", "metricValue": "1" }],
    }] });
    let imported = run_with_input(["rules", "import", "-"], filters.to_string().as_bytes());
    let shown = run(["rules", "show", "root-usage"]);
    let schema: Value = serde_json::from_str(&fs::read_to_string(published()).unwrap()).unwrap();
    for result in [imported, shown] {
        let first = result.stdout.lines().next().unwrap();
        let named = first.strip_prefix("# yaml-language-server: $schema=").unwrap();
        assert_eq!(Some(named), schema["$id"].as_str());
        assert!(is_accepted(&result.stdout), "{result:?}");
    }
}
