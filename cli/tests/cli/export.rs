//! `trailbell rules export`.

use crate::support::{run, write};

#[test]
fn a_template_goes_to_standard_output_and_what_it_cannot_say_to_standard_error() {
    let result = run(["rules", "export", "--format", "athena"]);
    assert_eq!(result.code, Some(0));
    assert!(
        result.stdout.starts_with("# Made by `trailbell rules export --format athena`."),
        "{}",
        result.stdout
    );
    assert!(result.stderr.starts_with("warning: root-usage: "), "{}", result.stderr);
}

#[test]
fn nothing_is_written_unless_every_rule_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let alternatives: Vec<_> = (0..80).map(|index| format!("$.eventName = \"Name{index}*\"")).collect();
    let rule = format!(
        "version: 1\nrules:\n  - id: a\n    filterPattern: '{{ {} }}'\n    metricTransformation: {{ metricName: A }}\n",
        alternatives.join(" || ")
    );
    write(folder.path(), "long.yaml", rule);
    write(folder.path(), "bad.yaml", "version: 1\nrules:\n  - id: a\n");
    for (file, code, message) in [
        ("long.yaml", 1, "error: a: pattern has "),
        ("bad.yaml", 1, "error"),
        ("missing.yaml", 2, "cannot open rule file"),
    ] {
        let path = folder.path().join(file).to_str().unwrap().to_owned();
        let result = run(["rules", "export", "--format", "metric-filters", &path]);
        assert_eq!(result.code, Some(code), "{result:?}");
        assert_eq!(result.stdout, "");
        assert!(result.stderr.contains(message), "{}", result.stderr);
    }
}

#[test]
fn json_has_the_rules_with_everything_that_they_inherit() {
    let folder = tempfile::tempdir().unwrap();
    let text = "version: 1\ninclude: [root-usage]\nrules:\n  - id: root-usage\n    severity: critical\n";
    write(folder.path(), "rules.yaml", text);
    let path = folder.path().join("rules.yaml").to_str().unwrap().to_owned();
    let result = run(["rules", "export", "--format", "json", &path]);
    assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""));
    assert_eq!(result.stdout.lines().count(), 1);
    let rule = &result.json()["rules"][0];
    assert_eq!((rule["id"].as_str(), rule["severity"].as_str()), (Some("root-usage"), Some("critical")));
    assert_eq!(rule["metric"]["name"], "RootAccountUsageCount");
}
