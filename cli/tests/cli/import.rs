//! `trailbell rules import`.

use std::path::Path;

use crate::support::{run, run_with_input, write};

const TEMPLATE: &str = "\
Parameters:
  Namespace: { Type: String }
Resources:
  Deleted:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: CloudTrail/logs
      FilterPattern: '{ $.eventName = DeleteTrail }'
      MetricTransformations:
        - { MetricNamespace: !Ref Namespace, MetricName: Deleted, MetricValue: '1' }
";

const ALARM: &str = r#"{ "MetricAlarms": [{
  "AlarmName": "deleted", "Namespace": "Given", "MetricName": "Deleted", "Statistic": "Sum", "Period": 300,
  "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
  "OKActions": ["arn:aws:sns:us-east-1:111122223333:security"]
}] }"#;

const RULE: &str = "
version: 1
rules:
  # FOLDER/template.yaml:8:22: Deleted
  - id: deleted
    filterPattern: '{ $.eventName = DeleteTrail }'
    metricTransformation:
      metricNamespace: Given
      metricName: Deleted
      metricValue: '1'
    alarm: false
    alert: false
";

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_rule_file_goes_to_standard_output_and_what_it_does_not_say_to_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "template.yaml", TEMPLATE);
    let template = path(folder.path(), "template.yaml");
    let result = run(["rules", "import", &template, "--parameter", "Namespace=Given"]);
    assert_eq!(result.code, Some(0), "{result:?}");
    let expected = RULE.replace("FOLDER", folder.path().to_str().unwrap());
    assert!(result.stdout.ends_with(&expected), "{}", result.stdout);
    let note = "note: 1 filter reads the log group `CloudTrail/logs`, but rules evaluate every record of the trail [log-group]\n";
    assert_eq!(result.stderr, note);
    assert_eq!(run_with_input(["rules", "check", "-"], result.stdout.as_bytes()).code, Some(0));
}

#[test]
fn what_is_lost_is_a_finding_and_the_rule_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "template.yaml", TEMPLATE);
    write(folder.path(), "alarms.json", ALARM);
    let output = path(folder.path(), "rules.yaml");
    let result = run([
        "rules",
        "import",
        "--alerts",
        "--parameter=Namespace=Given",
        "--output",
        &output,
        &path(folder.path(), "template.yaml"),
        &path(folder.path(), "alarms.json"),
    ]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""));
    let error = "alarms.json: deleted: `OKActions` is dropped: a Trailbell alarm acts only when it is raised [other-actions]\n";
    assert!(result.stderr.starts_with("error: ") && result.stderr.contains(error), "{}", result.stderr);
    let written = std::fs::read_to_string(&output).unwrap();
    assert!(written.contains("threshold: 1") && !written.contains("alert: false"), "{written}");
    assert_eq!(run(["rules", "check", &output]).code, Some(0));
}

#[test]
fn nothing_is_written_without_a_rule() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "template.yaml", TEMPLATE);
    write(folder.path(), "broken.json", "{ \"Resources\": {,} }");
    write(folder.path(), "binary.json", b"\xff\xfe");
    let template = path(folder.path(), "template.yaml");
    for (arguments, code, message) in [
        (
            vec![template.clone()],
            1,
            "error: no metric filter in the input could be converted to a rule; nothing was written\n",
        ),
        (vec![path(folder.path(), "broken.json")], 2, "broken.json:1:17: invalid JSON: "),
        (vec![template.clone(), path(folder.path(), "binary.json")], 2, "binary.json` is not UTF-8"),
        (vec![template.clone(), path(folder.path(), "missing.json")], 2, "cannot open `"),
        (vec![folder.path().to_str().unwrap().to_owned()], 2, "cannot read `"),
        (vec!["--var".to_owned(), "x".to_owned(), template.clone()], 2, "expected NAME=VALUE"),
    ] {
        let result = run(["rules", "import"].map(str::to_owned).into_iter().chain(arguments.clone()));
        assert_eq!((result.code, result.stdout.as_str()), (Some(code), ""), "{arguments:?}: {result:?}");
        assert!(result.stderr.contains(message), "{}", result.stderr);
    }
    let output = path(folder.path(), "no/such/folder/rules.yaml");
    let result = run(["rules", "import", &template, "--parameter", "Namespace=N", "--output", &output]);
    assert_eq!(result.code, Some(2), "{result:?}");
}

#[test]
fn standard_input_is_read_too() {
    let result = run_with_input(["rules", "import", "--parameter", "Namespace=N", "-"], TEMPLATE.as_bytes());
    assert_eq!(result.code, Some(0), "{result:?}");
    assert!(result.stdout.contains("# standard input:8:22: Deleted"), "{}", result.stdout);
}

#[test]
fn a_file_that_cannot_be_read_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "template.yaml", TEMPLATE);
    write(folder.path(), "broken.json", "{ \"Resources\": {,} }");
    write(folder.path(), "plan", b"PK\x03\x04");
    let files =
        ["template.yaml", "broken.json", "plan", "missing.json"].map(|name| path(folder.path(), name));
    let arguments = ["rules", "import", "--parameter", "Namespace=N"].map(str::to_owned);
    let result = run(arguments.into_iter().chain(files));
    assert_eq!(result.code, Some(2), "{result:?}");
    assert!(result.stdout.contains("- id: deleted"), "{}", result.stdout);
    for part in ["broken.json:1:17: ", "`terraform show -json ", "cannot open `"] {
        assert!(result.stderr.contains(part), "{}", result.stderr);
    }
}

#[test]
fn a_folder_is_read_with_the_modules_that_it_calls() {
    let child = r#"
variable "event" { type = string }
resource "aws_cloudwatch_log_metric_filter" "this" {
  name           = "${terraform.workspace}-${var.event}"
  pattern        = "{ $.eventName = ${var.event} }"
  log_group_name = "trail"
  metric_transformation {
    name      = "M"
    namespace = "N"
    value     = "1"
  }
}
"#;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("root")).unwrap();
    std::fs::create_dir_all(folder.path().join("child")).unwrap();
    let root = "module \"stop\" {\n  source = \"../child\"\n  event = var.event\n}\nvariable \"event\" {}\n";
    write(folder.path(), "root/main.tf", root);
    write(folder.path(), "root/terraform.tfvars", "event = \"StopLogging\"\n");
    write(folder.path(), "root/notes.txt", "no Terraform: at all");
    write(folder.path(), "child/main.tf", child);
    for given in ["root", "root/main.tf"] {
        let mut arguments = vec!["rules".to_owned(), "import".to_owned(), "--workspace=prod".to_owned()];
        arguments.push(path(folder.path(), given));
        if given == "root/main.tf" {
            arguments.push("--var=event=StopLogging".to_owned());
        }
        let result = run(arguments);
        assert_eq!(result.code, Some(0), "{result:?}");
        assert!(result.stdout.contains("- id: prod-stop-logging"), "{}", result.stdout);
    }
}

#[test]
fn a_rule_that_is_provably_built_in_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = "{ $.eventName = \\\"StopLogging\\\" || ($.eventName = \\\"Delete*\\\" && $.eventName = DeleteTrail) }";
    let shown = run(["rules", "show", "root-usage", "--format", "json"]).json();
    let root =
        shown["rules"][0]["pattern"].as_str().unwrap_or_default().replace('\\', "\\\\").replace('"', "\\\"");
    let filters = [("x", pattern), ("y", root.as_str())].map(|(name, pattern)| {
        format!(
            r#"{{ "filterName": "{name}", "filterPattern": "{pattern}", "logGroupName": "trail", "metricTransformations":
               [{{ "metricName": "{name}", "metricNamespace": "N", "metricValue": "1" }}] }}"#
        )
    });
    write(folder.path(), "filters.json", format!("[{}]", filters.join(",")));
    let result = run(["rules", "import", &path(folder.path(), "filters.json")]);
    assert_eq!(result.code, Some(0), "{result:?}");
    let note = "note: rule `y` matches exactly the records of the built-in rule `root-usage`: ";
    assert!(result.stderr.contains(note) && !result.stderr.contains("rule `x` matches"), "{}", result.stderr);
    assert!(!result.stdout.contains("tests:"), "{}", result.stdout);

    let result = run(["rules", "import", "--adopt-built-in", &path(folder.path(), "filters.json")]);
    assert_eq!(result.code, Some(0), "{result:?}");
    assert!(result.stderr.contains("and has its severity, response and tests\n"), "{}", result.stderr);
    let tested = run_with_input(["rules", "test", "-"], result.stdout.as_bytes());
    assert_eq!(tested.code, Some(0), "{tested:?}");
    assert!(tested.stdout.starts_with("5 tests of 2 rules: 5 passed"), "{}", tested.stdout);
    let exported =
        run_with_input(["rules", "export", "--format", "json", "-"], result.stdout.as_bytes()).json();
    let root = &exported["rules"][1];
    assert_eq!((root["id"].as_str(), root["severity"].as_str()), (Some("y"), Some("high")));
    assert_eq!(
        (root["metric"]["name"].as_str(), root["response"] == shown["rules"][0]["response"]),
        (Some("y"), true)
    );
}

#[test]
fn json_has_the_rule_file_and_everything_that_was_noticed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "template.yaml", TEMPLATE);
    write(folder.path(), "alarms.json", ALARM);
    let (template, alarms) = (path(folder.path(), "template.yaml"), path(folder.path(), "alarms.json"));
    let arguments = ["rules", "import", "--format=json", "--parameter=Namespace=Given", &template, &alarms];
    let result = run(arguments);
    assert_eq!((result.code, result.stderr.as_str()), (Some(1), ""));
    let report = result.json();
    assert_eq!(report["rules"], 1);
    let checked = run_with_input(["rules", "check", "-"], report["ruleFile"].as_str().unwrap().as_bytes());
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let lost = &report["omissions"][0];
    assert_eq!((lost["severity"].as_str(), lost["code"].as_str()), (Some("error"), Some("other-actions")));
    assert_eq!((&lost["file"], lost["subject"].as_str()), (&alarms.clone().into(), Some("deleted")));

    let output = path(folder.path(), "rules.yaml");
    let result = run(arguments.into_iter().chain(["--output", &output]));
    assert_eq!((result.code, &result.json()["ruleFile"]), (Some(1), &serde_json::Value::Null));
    assert!(std::fs::read_to_string(&output).unwrap().contains("- id: deleted"));

    let result = run(["rules", "import", "--format=json", &path(folder.path(), "missing.json")]);
    assert_eq!((result.code, result.stderr.as_str()), (Some(2), ""));
    let report = result.json();
    assert_eq!((&report["rules"], report["unreadable"].as_array().map(Vec::len)), (&0.into(), Some(1)));
}
