//! `trailbell rules list`, `show`, `sets`, `diff` and `lint`, and the option `--set`.

use std::path::Path;

use crate::support::{Run, gzip, run, run_with_input, write};

fn in_folder(folder: &Path, arguments: &[&str]) -> Run {
    let output = crate::support::command().args(arguments).current_dir(folder).output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn every_rule_is_listed_and_a_set_lists_its_own() {
    let all = run(["rules", "list"]);
    assert_eq!(all.code, Some(0));
    assert_eq!(
        all.stdout.lines().filter(|line| line.starts_with(" root-usage ")).count(),
        1,
        "{}",
        all.stdout
    );
    let ids = |result: &Run| {
        let first =
            |line: &str| line.strip_prefix(' ').and_then(|line| line.split(' ').next()).map(str::to_owned);
        result.stdout.lines().skip(1).filter_map(first).filter(|id| !id.is_empty()).count()
    };
    let some = run(["rules", "list", "--set", "security-hub"]);
    assert_eq!(ids(&some), 14, "{}", some.stdout);
    assert!(ids(&all) >= 76, "{}", all.stdout);
    let mut lines = some.stdout.lines();
    let head: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["RULE", "SEVERITY", "TITLE", "SETS"]);
    assert_eq!(lines.count(), 14, "one line a rule: {}", some.stdout);
    let json = run(["rules", "list", "--set", "security-hub", "--format", "json"]).json();
    assert_eq!(json["rules"].as_array().unwrap().len(), 14);
    let several = run(["rules", "list", "--set", "security-hub", "--set", "all"]);
    assert_eq!(several.stdout, all.stdout);
}

#[test]
fn a_rule_is_shown_as_a_valid_rule_file() {
    let shown = run(["rules", "show", "root-usage"]);
    assert_eq!(shown.code, Some(0));
    let head = format!("{}# In the sets: recommended, cis-1.2, ", rules::JSON_SCHEMA_LINE);
    assert!(shown.stdout.starts_with(&head), "{}", shown.stdout);
    let checked = run_with_input(["rules", "check", "-"], shown.stdout.as_bytes());
    assert_eq!(checked.stdout, "1 rule, no errors\n");

    let missing = run(["rules", "show", "root-usge"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert!(missing.stderr.contains("no rule `root-usge`; did you mean `root-usage`?"), "{}", missing.stderr);
}

#[test]
fn several_rules_are_shown_as_one_file_in_the_order_of_their_ids_on_the_command_line() {
    let ids = ["vpc-changes", "root-usage", "vpc-changes", "nacl-changes"];
    let shown = run(["rules", "show"].iter().chain(&ids));
    assert_eq!(shown.code, Some(0), "{shown:?}");
    let order: Vec<&str> = shown.stdout.lines().filter_map(|line| line.strip_prefix("  - id: ")).collect();
    assert_eq!(order, ["vpc-changes", "root-usage", "nacl-changes"]);
    assert_eq!(shown.stdout.matches("# In the sets: ").count(), 3, "{}", shown.stdout);
    for command in ["check", "test"] {
        let result = run_with_input(["rules", command, "-"], shown.stdout.as_bytes());
        assert_eq!(result.code, Some(0), "{command}: {result:?}");
    }

    let missing = run(["rules", "show", "root-usage", "root-usge", "bogus-rule-of-nobody"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""), "nothing is printed unless all exist");
    assert_eq!(missing.stderr.matches("error: there is no rule `").count(), 2, "{}", missing.stderr);
}

#[test]
fn the_sets_are_listed_with_their_sizes() {
    let sets = run(["rules", "sets"]);
    assert_eq!(sets.code, Some(0));
    assert!(
        sets.stdout.lines().any(|line| line.contains(" security-hub ") && line.contains(" 14 ")),
        "{}",
        sets.stdout
    );
}

#[test]
fn sets_are_accepted_wherever_rule_files_are() {
    let tested = run(["rules", "test", "--set", "all"]);
    assert_eq!(tested.code, Some(0), "{tested:?}");
    assert!(tested.stdout.ends_with(" 0 failed\n"), "{}", tested.stdout);
    let checked = run(["rules", "check", "--set", "security-hub", "--set", "cis-1.4"]);
    assert_eq!(checked.stdout, "17 rules, no errors\n");
    for arguments in [
        &["rules", "export", "--format", "athena", "--set", "cis-1.2"][..],
        &["explain", "--set", "aws-guide"],
    ] {
        let result = run(arguments);
        assert_eq!(result.code, Some(0), "{result:?}");
        assert!(result.stdout.contains("iam-policy-changes-cis"), "{arguments:?}: {}", result.stdout);
    }
    let unknown = run(["rules", "check", "--set", "cis-1.3"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.stderr.contains("'cis-1.2'") || unknown.stderr.contains("'cis-1.4'"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_file_can_be_combined_with_a_set_and_extend_one() {
    let folder = tempfile::tempdir().unwrap();
    let own = "version: 1\nextends: [security-hub]\nrules:\n  - { id: a, filterPattern: x, metricTransformation: { metricName: A } }\n";
    write(folder.path(), "own.yaml", own);
    write(
        folder.path(),
        "changed.yaml",
        "version: 1\nextends: [security-hub]\nrules:\n  - { id: root-usage, severity: low }\n",
    );
    let result = in_folder(folder.path(), &["rules", "check", "--set", "security-hub", "own.yaml"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), "15 rules, no errors\n"));
    let result = in_folder(folder.path(), &["rules", "check", "--set", "security-hub", "changed.yaml"]);
    assert_eq!(result.code, Some(1));
    assert!(
        result.stdout.starts_with("changed.yaml:4:11: error: rule id `root-usage` is already in use"),
        "{}",
        result.stdout
    );
}

#[test]
fn a_diff_names_the_keys_that_a_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let text = "version: 1\nextends: [security-hub]\nexclude: [config-changes]\nrules:\n  - { id: root-usage, severity: low, alarm: { threshold: 2 } }\n";
    write(folder.path(), "own.yaml", text);
    write(folder.path(), "bad.yaml", "version: 1\nextends: [security]\n");
    let result = in_folder(folder.path(), &["rules", "diff", "security-hub", "own.yaml"]);
    assert_eq!(result.code, Some(1), "{result:?}");
    let expected = "\
~ root-usage
    alarm.threshold: 1 -> 2
    severity: high -> low
0 added, 1 removed, 1 changed
";
    assert!(result.stdout.starts_with("- config-changes  "), "{}", result.stdout);
    assert!(result.stdout.ends_with(expected), "{}", result.stdout);
    let same = in_folder(folder.path(), &["rules", "diff", "own.yaml", "own.yaml"]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), "no differences\n"));
    for (name, code) in [("bad.yaml", 1), ("missing.yaml", 2), ("recomended", 2)] {
        assert_eq!(in_folder(folder.path(), &["rules", "diff", "all", name]).code, Some(code), "{name}");
    }
}

const LINTED: &str = r#"version: 1
rules:
  - id: a
    filterPattern: '{ $.service = quux && $.flag = true }'
    metricTransformation: { metricName: A }
"#;

#[test]
fn lints_have_code_location_and_advice_and_fail_the_command() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rules.yaml", LINTED);
    let arguments = ["rules", "lint", "--rules", "rules.yaml"];
    let result = in_folder(folder.path(), &arguments);
    let expected = "\
rules.yaml:3:9: boolean-as-text: a: this compares with the text `true`, which never equals a boolean
  | $.flag = true
  = help: write `$.flag IS TRUE`, or leave it unchanged if the field holds text

1 rule, 1 finding
";
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), expected), "{}", result.stderr);

    let record = r#"{"service":"quux","flag":"true"}"#;
    let lines =
        record.replace('{', r#"{"eventVersion":"1","eventTime":"2026-03-04T05:06:07Z","eventName":"A","#);
    write(folder.path(), "records.jsonl", format!("{lines}\n\nno record\n"));
    write(folder.path(), "log.json.gz", gzip(format!("{{\"Records\":[{record}]}}").as_bytes()));
    write(
        folder.path(),
        "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/04/digest.json.gz",
        gzip(b"{}"),
    );
    for (records, code, notes) in [("log.json.gz", 0, 0), ("records.jsonl", 1, 1), (".", 1, 3)] {
        let result =
            in_folder(folder.path(), &["rules", "lint", "--rules", "rules.yaml", "--records", records]);
        assert_eq!((result.code, result.stdout.as_str()), (Some(code), "1 rule, no findings\n"), "{records}");
        assert_eq!(result.stderr.lines().count(), notes, "{}", result.stderr);
    }
    let json =
        in_folder(folder.path(), &["rules", "lint", "--rules", "rules.yaml", "--format", "json"]).json();
    assert_eq!(json["lints"][0]["code"], "boolean-as-text");
    assert_eq!(json["lints"][0]["place"], "rules.yaml:3:9");
    assert_eq!((&json["rules"], &json["recordsGiven"]), (&1.into(), &0.into()));
    for (arguments, code) in [
        (&["--rules", "missing.yaml"][..], 2),
        (&["--rules", "rules.yaml", "--records", "missing.json.gz"], 1),
    ] {
        let arguments: Vec<_> = ["rules", "lint"].iter().chain(arguments).copied().collect();
        assert_eq!(in_folder(folder.path(), &arguments).code, Some(code), "{arguments:?}");
    }
}

#[test]
fn findings_in_built_in_rules_and_accepted_findings_do_not_fail_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let own = LINTED.replace("version: 1\n", "version: 1\nextends: [security-hub]\n")
        + "    acceptedLints:\n      boolean-as-text: our service writes text\n";
    write(folder.path(), "rules.yaml", &own);
    let result = in_folder(folder.path(), &["rules", "lint", "--rules", "rules.yaml"]);
    assert_eq!(result.code, Some(0), "{result:?}");
    assert!(result.stdout.contains(", no findings, 1 accepted"), "{}", result.stdout);
    assert!(result.stdout.ends_with(" in built-in rules not shown\n"), "{}", result.stdout);
    let json =
        in_folder(folder.path(), &["rules", "lint", "--rules", "rules.yaml", "--format", "json"]).json();
    assert_eq!(json["accepted"][0]["reason"], "our service writes text");
    assert_eq!(json["lints"], serde_json::json!([]));
}

#[test]
fn what_has_no_effect_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |id: &str, pattern: &str| {
        format!(
            "  - id: {id}\n    filterPattern: '{pattern}'\n    metricTransformation: {{ metricName: M }}\n    alarm: false\n"
        )
    };
    let rules = [
        rule("wide", "{ $.eventName = \"Delete*\" }"),
        rule("narrow", "{ $.eventName = DeleteTrail && $.eventName = \"Delete*\" }"),
        rule("again", "{ $.eventName = \"Delete*\" || $.eventName = DeleteKey }"),
    ];
    write(folder.path(), "rules.yaml", format!("version: 1\nrules:\n{}", rules.concat()));
    let json =
        in_folder(folder.path(), &["rules", "lint", "--rules", "rules.yaml", "--format", "json"]).json();
    let found: Vec<(&str, &str)> = json["lints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lint| (lint["rule"].as_str().unwrap(), lint["code"].as_str().unwrap()))
        .filter(|(_, code)| !code.starts_with("matches"))
        .collect();
    assert_eq!(
        found,
        [
            ("narrow", "idle-condition"),
            ("narrow", "contained"),
            ("narrow", "contained"),
            ("again", "idle-condition"),
            ("again", "same-records"),
        ]
    );
    let contained =
        json["lints"].as_array().unwrap().iter().find(|lint| lint["code"] == "contained").unwrap();
    assert!(contained["witness"].as_str().unwrap().contains("DeleteTrail"), "{contained}");
}

#[test]
fn problems_are_reported_to_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rules.yaml", LINTED);
    write(folder.path(), "broken.yaml", "version: 1\nrules:\n  - id: A\n");
    let failing = LINTED.to_owned() + "    tests: [{ name: n, record: { service: x }, match: true }]\n";
    write(folder.path(), "failing.yaml", failing);
    for (arguments, github) in [
        (
            &["rules", "lint", "--rules", "rules.yaml"][..],
            "::warning file=rules.yaml,line=3,col=9,title=boolean-as-text::a: ",
        ),
        (&["rules", "check", "broken.yaml"], "::error file=broken.yaml,line=3,col=9,title=rule-error::"),
        (
            &["rules", "test", "failing.yaml"],
            "::error file=failing.yaml,line=3,col=9,title=test-failed::a: `n` failed",
        ),
    ] {
        let with = |format: &str| {
            let arguments: Vec<_> = arguments.iter().copied().chain(["--format", format]).collect();
            let result = in_folder(folder.path(), &arguments);
            assert_eq!(result.code, Some(1), "{result:?}");
            result
        };
        assert!(
            with("github").stdout.lines().any(|line| line.starts_with(github)),
            "{}",
            with("github").stdout
        );
        let sarif = with("sarif").json();
        assert_eq!(
            (&sarif["version"], &sarif["runs"][0]["tool"]["driver"]["name"]),
            (&"2.1.0".into(), &"trailbell".into())
        );
        assert!(!sarif["runs"][0]["results"].as_array().unwrap().is_empty());
        assert!(with("json").json().is_object());
    }
}

#[test]
fn deployed_filters_are_compared_with_the_rules() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "version: 1\nrules:\n  - id: a\n    filterPattern: '{ $.eventName = DeleteTrail || $.eventName = StopLogging }'\n    \
                 metricTransformation: { metricNamespace: N, metricName: A }\n  - id: b\n    filterPattern: '{ $.b = 1 }'\n    \
                 metricTransformation: { metricNamespace: N, metricName: B }\n";
    write(folder.path(), "rules.yaml", rules);
    let filter = |name: &str, pattern: &str, metric: &str| {
        serde_json::json!({ "filterName": name, "filterPattern": pattern, "logGroupName": "trail",
            "metricTransformations": [{ "metricName": metric, "metricNamespace": "P/N", "metricValue": "1" }] })
    };
    let verify = |filters: &[serde_json::Value], format: &str| {
        write(folder.path(), "deployed.json", serde_json::json!({ "metricFilters": filters }).to_string());
        let arguments = ["rules", "verify", "--deployed", "deployed.json", "--rules", "rules.yaml"];
        let more = ["--namespace-prefix", "P/", "--format", format];
        in_folder(folder.path(), &arguments.into_iter().chain(more).collect::<Vec<_>>())
    };
    let same = verify(
        &[
            filter("a-1", "{ $.eventName = StopLogging }", "A"),
            filter("a-2", "{ ($.eventName = \"DeleteTrail\") }", "A"),
            filter("b", "{ $.b = 1 }", "B"),
        ],
        "text",
    );
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), "2 metrics, as deployed\n"), "{}", same.stderr);
    let other =
        verify(&[filter("a", "{ $.eventName = StopLogging }", "A"), filter("c", "{ $.c = 1 }", "C")], "json");
    assert_eq!(other.code, Some(1));
    let differences = other.json()["differences"].clone();
    assert_eq!(differences[0]["record"], serde_json::json!({ "eventName": "DeleteTrail" }));
    let metrics: Vec<_> = differences.as_array().unwrap().iter().map(|one| one["metric"].clone()).collect();
    assert_eq!(metrics, ["A", "B", "C"]);
    assert_eq!(in_folder(folder.path(), &["rules", "verify", "--deployed", "missing.json"]).code, Some(2));
}
