//! `trailbell rules check`, `trailbell rules test` and `trailbell explain`.

use crate::support::{run, run_with_input, write};

const GOOD: &str = "\
version: 1
rules:
  - id: a
    filterPattern: '{ $.x = 1 }'
    metricTransformation: { metricName: A }
    tests:
      - { name: one matches, record: { x: 1 }, match: true }
";

#[test]
fn exit_codes_distinguish_findings_from_unreadable_files() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good.yaml", GOOD);
    write(folder.path(), "failing.yaml", GOOD.replace("match: true", "match: false"));
    write(folder.path(), "bad.yaml", "version: 1\nrules:\n  - id: a\n");
    write(folder.path(), "binary.yaml", b"\xff\xfe");
    write(folder.path(), "untested.yaml", GOOD.split("    tests:").next().unwrap());
    let cases: [(&str, &[&str], i32); 11] = [
        ("check", &["good.yaml"], 0),
        ("check", &["failing.yaml"], 0),
        ("check", &["bad.yaml"], 1),
        ("check", &["binary.yaml"], 2),
        ("check", &["missing.yaml", "good.yaml"], 2),
        ("test", &["good.yaml"], 0),
        ("test", &["failing.yaml"], 1),
        ("test", &["bad.yaml"], 1),
        ("test", &["missing.yaml"], 2),
        ("test", &["untested.yaml"], 1),
        ("test", &["untested.yaml", "missing.yaml"], 2),
    ];
    for (verb, files, code) in cases {
        let files = files.iter().map(|file| folder.path().join(file).to_str().unwrap().to_owned());
        let arguments: Vec<String> = ["rules".to_owned(), verb.to_owned()].into_iter().chain(files).collect();
        let result = run(&arguments);
        assert_eq!(result.code, Some(code), "{arguments:?}: {result:?}");
    }
}

#[test]
fn diagnostics_have_file_line_and_column() {
    let result = run_with_input(["rules", "check", "-"], b"version: 1\nrules:\n  - id: a\n    bogus: 1\n");
    assert_eq!(result.code, Some(1));
    assert!(result.stdout.contains("standard input:4:5: error: "), "{}", result.stdout);
    assert_eq!(result.stderr, "");
}

#[test]
fn passing_tests_are_summed_up() {
    let result = run_with_input(["rules", "test", "-"], GOOD.as_bytes());
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), "1 test of 1 rule: 1 passed, 0 failed\n"));
}

#[test]
fn an_invalid_file_ends_with_the_number_of_its_faults() {
    for verb in ["check", "test"] {
        let result = run_with_input(["rules", verb, "-"], b"version: 1\nrules:\n  - id: a\n    bogus: 1\n");
        assert_eq!(result.code, Some(1));
        assert!(result.stdout.ends_with("\n\n3 errors\n"), "{}", result.stdout);
    }
}

#[test]
fn an_explanation_shows_which_rules_every_record_pays_for() {
    let folder = tempfile::tempdir().unwrap();
    let rules = GOOD.replace("$.x = 1", "$.x = 1 || $.y.z NOT EXISTS")
        + "  - id: b\n    filterPattern: '{ $.x = \"s\" && $.u.v[0] > 2 }'\n    metricTransformation: { metricName: B }\n";
    write(folder.path(), "rules.yaml", rules);
    let path = folder.path().join("rules.yaml");
    let path = path.to_str().unwrap();

    let result = run(["explain", "--rules", path, "--format", "json"]);
    assert_eq!(result.code, Some(0), "{result:?}");
    let expected = serde_json::json!({
        "rules": [
            { "id": "a", "evaluatedFor": "every record", "because": "it requires no particular field" },
            { "id": "b", "evaluatedFor": "some records", "anyOf": ["$.x = \"s\""] },
        ],
        "selectors": [
            { "selector": "$.u.v[0]", "rules": 1, "lookedFor": "when a rule asks" },
            { "selector": "$.x", "rules": 2, "lookedFor": "in every record" },
            { "selector": "$.y.z", "rules": 1, "lookedFor": "in every record" },
        ],
    });
    assert_eq!(result.json(), expected);

    let result = run(["explain", "--rules", path]);
    let expected = "\
Rules evaluated on every record
 a  it requires no particular field

Rules evaluated on some records
 b  if $.x = \"s\"

Selectors, the number of rules that use them, and when their values are read
 $.u.v[0]  1  when a rule asks
 $.x       2  in every record
 $.y.z     1  in every record
";
    assert_eq!((result.stdout.as_str(), result.code), (expected, Some(0)));
    assert_eq!(run(["explain"]).code, Some(0), "the recommended rules");
    assert_eq!(run(["explain", "--rules", "missing.yaml"]).code, Some(2));
}

/// Patterns that find nothing, each with the code of its hint; `None` if only the samples lack such events.
const HINTED: [(&str, Option<&str>); 13] = [
    ("{ $.detail.eventName = StopLogging }", Some("wrapped-record")),
    ("{ $.eventname = StopLogging }", Some("wrong-case")),
    ("{ $.EventName = StopLogging }", Some("wrong-case")),
    ("{ $.eventName = stoplogging }", Some("wrong-case")),
    ("{ $.eventSource = cloudtrail }", Some("wrong-source")),
    ("{ $.Records[0].eventName = StopLogging }", Some("wrapped-record")),
    ("{ $.message.eventName = StopLogging }", Some("wrapped-record")),
    ("{ $.userIdentity.sessionContext.attributes.mfaAuthenticated IS FALSE }", Some("text-as-boolean")),
    ("{ $.readOnly = false }", Some("boolean-as-text")),
    ("{ $.eventTime > 1795168500 }", Some("text-as-number")),
    ("{ $.sourceIPAddress = 203.0.113.* }", None),
    ("{ $.eventName = \"Stop Logging\" }", Some("blank-in-name")),
    ("{ $.eventName = \" StopLogging\" }", Some("blank-in-name")),
];

#[test]
fn each_pattern_that_looks_past_a_record_gets_one_hint_and_shows_it_as_written() {
    let mut rules = String::from("version: 1\nrules:\n");
    for (number, (pattern, _)) in HINTED.iter().enumerate() {
        rules.push_str(&format!(
            "  - id: p{number}\n    filterPattern: '{pattern}'\n    metricTransformation: {{ metricName: P{number} }}\n"
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rules.yaml", rules);
    let record = r#"{"eventVersion":"1.09","eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com",
        "readOnly":false,"sourceIPAddress":"198.51.100.1","eventTime":"2026-03-04T09:01:07Z"}"#;
    write(folder.path(), "record.json", record);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for records in [None, Some(path("record.json"))] {
        let mut arguments: Vec<String> =
            ["rules", "lint", "--format=json", "--rules"].map(str::to_owned).into();
        arguments.push(path("rules.yaml"));
        arguments.extend(records.iter().flat_map(|records| ["--records".to_owned(), records.clone()]));
        let result = run(&arguments);
        assert_eq!(result.code, Some(1), "{result:?}");
        let report = result.json();
        let lints = report["lints"].as_array().unwrap();
        for (number, (pattern, code)) in HINTED.iter().enumerate() {
            let of_rule: Vec<_> = lints.iter().filter(|lint| lint["rule"] == format!("p{number}")).collect();
            let codes: Vec<_> = of_rule.iter().map(|lint| lint["code"].as_str().unwrap()).collect();
            assert_eq!(codes, code.as_slice(), "{pattern}");
            if let [lint] = of_rule.as_slice() {
                assert_eq!(lint["part"], pattern[2..pattern.len() - 2], "{pattern}");
            }
        }
    }
}
