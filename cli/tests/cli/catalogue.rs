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
        result.stdout.lines().filter_map(first).filter(|id| !id.is_empty()).count()
    };
    let some = run(["rules", "list", "--set", "security-hub"]);
    assert_eq!(ids(&some), 14, "{}", some.stdout);
    assert!(ids(&all) >= 64, "{}", all.stdout);
    let several = run(["rules", "list", "--set", "security-hub", "--set", "all"]);
    assert_eq!(several.stdout, all.stdout);
}

#[test]
fn a_rule_is_shown_as_a_file_that_can_be_used() {
    let shown = run(["rules", "show", "root-usage"]);
    assert_eq!(shown.code, Some(0));
    assert!(shown.stdout.starts_with("# In the sets: recommended, cis-1.2, "), "{}", shown.stdout);
    let checked = run_with_input(["rules", "check", "-"], shown.stdout.as_bytes());
    assert_eq!(checked.stdout, "1 rule, no faults\n");

    let missing = run(["rules", "show", "root-usge"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert!(missing.stderr.contains("no rule `root-usge`; did you mean `root-usage`?"), "{}", missing.stderr);
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
fn sets_are_taken_wherever_rule_files_are() {
    let tested = run(["rules", "test", "--set", "all"]);
    assert_eq!(tested.code, Some(0), "{tested:?}");
    assert!(tested.stdout.ends_with(" 0 failed\n"), "{}", tested.stdout);
    let checked = run(["rules", "check", "--set", "security-hub", "--set", "cis-1.4"]);
    assert_eq!(checked.stdout, "17 rules, no faults\n");
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
fn a_file_may_stand_beside_a_set_and_extend_it() {
    let folder = tempfile::tempdir().unwrap();
    let own = "version: 1\nextends: [security-hub]\nrules:\n  - { id: a, filterPattern: x, metricTransformation: { metricName: A } }\n";
    write(folder.path(), "own.yaml", own);
    write(
        folder.path(),
        "changed.yaml",
        "version: 1\nextends: [security-hub]\nrules:\n  - { id: root-usage, severity: low }\n",
    );
    let result = in_folder(folder.path(), &["rules", "check", "--set", "security-hub", "own.yaml"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), "15 rules, no faults\n"));
    let result = in_folder(folder.path(), &["rules", "check", "--set", "security-hub", "changed.yaml"]);
    assert_eq!(result.code, Some(1));
    assert!(
        result.stdout.starts_with("changed.yaml:4:11: error: the rule id `root-usage` is taken"),
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
fn lints_have_code_place_and_advice_and_fail_the_command() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rules.yaml", LINTED);
    let arguments = ["rules", "lint", "--rules", "rules.yaml"];
    let result = in_folder(folder.path(), &arguments);
    let expected = "\
rules.yaml:3:9: boolean-as-text: a: the comparison is with the text `true`, and false for a boolean
  | $.flag = \"true\"
  = help: write `$.flag IS TRUE`; keep it if the field holds text

rules.yaml:3:9: matches-nothing: a: the pattern matches no record at hand
  = help: give the rule a test with a record that has to match, or show records to the linter

1 rule, 2 findings
";
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), expected), "{}", result.stderr);

    let record = r#"{"service":"quux","flag":"true"}"#;
    write(folder.path(), "records.jsonl", format!("{record}\n\nno record\n"));
    write(folder.path(), "log.json.gz", gzip(format!("{{\"Records\":[{record}]}}").as_bytes()));
    write(
        folder.path(),
        "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/04/digest.json.gz",
        gzip(b"{}"),
    );
    for (records, notes) in [("log.json.gz", 0), ("records.jsonl", 1), (".", 1)] {
        let result =
            in_folder(folder.path(), &["rules", "lint", "--rules", "rules.yaml", "--records", records]);
        assert_eq!((result.code, result.stdout.as_str()), (Some(0), "1 rule, no findings\n"), "{records}");
        assert_eq!(result.stderr.lines().count(), notes, "{}", result.stderr);
    }
    let json =
        in_folder(folder.path(), &["rules", "lint", "--rules", "rules.yaml", "--format", "json"]).json();
    assert_eq!(json["lints"][0]["code"], "boolean-as-text");
    assert_eq!(json["lints"][0]["place"], "rules.yaml:3:9");
    assert_eq!((&json["rules"], &json["recordsGiven"]), (&1.into(), &0.into()));
    for arguments in
        [&["--rules", "missing.yaml"][..], &["--rules", "rules.yaml", "--records", "missing.json.gz"]]
    {
        let arguments: Vec<_> = ["rules", "lint"].iter().chain(arguments).copied().collect();
        assert_eq!(in_folder(folder.path(), &arguments).code, Some(2), "{arguments:?}");
    }
}
