//! Terraform modules that call each other, and what is given to them.

use rule_import::{OmissionCode, Options, Source, called_folders};

use crate::support::{given, import_all, import_one};

const CHILD: &str = r#"
variable "namespace" { type = (string) }
variable "alarms" {
  type = map(object({
    event     = string
    threshold = optional(number, 3)
    note      = optional(string)
  }))
}
resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each       = var.alarms
  name           = each.key
  pattern        = "{ $.eventName = ${each.value.event} }"
  log_group_name = "trail"
  metric_transformation {
    name      = each.key
    namespace = var.namespace
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = var.alarms
  alarm_name          = each.key
  alarm_description   = each.value.note
  metric_name         = aws_cloudwatch_log_metric_filter.this[each.key].id
  namespace           = var.namespace
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  period              = 300
  statistic           = "Sum"
  threshold           = each.value.threshold
}
output "names" { value = [for filter in aws_cloudwatch_log_metric_filter.this : filter.name] }
"#;

const ROOT: &str = r#"
module "trail" {
  source    = "../../modules/alarms"
  for_each  = toset(["Prod", "Test"])
  namespace = each.value
  alarms    = { stop = { event = "StopLogging" }, drop = { event = "DeleteTrail", threshold = 9 } }
}
resource "aws_cloudwatch_log_metric_filter" "first" {
  name           = "first"
  pattern        = "{ $.eventName = Other }"
  log_group_name = "trail"
  metric_transformation {
    name      = module.trail["Prod"].names[1]
    namespace = "Root"
    value     = "1"
  }
}
"#;

#[test]
fn a_module_that_is_called_by_a_local_path_is_expanded_for_each_call() {
    let sources = [("envs/prod/main.tf", ROOT), ("modules/alarms/main.tf", CHILD)];
    let imported = import_all(&sources, &Options::default());
    assert_eq!(imported.lost(), Vec::<String>::new());
    let found: Vec<_> = imported
        .rules
        .iter()
        .map(|rule| {
            let threshold = rule.alarm.as_ref().map(|alarm| alarm.threshold);
            (rule.metric.namespace.as_str(), rule.metric.name.as_str(), threshold)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("Root", "drop", None),
            ("Prod", "stop", Some(3.0)),
            ("Prod", "drop", Some(9.0)),
            ("Test", "stop", Some(3.0)),
            ("Test", "drop", Some(9.0)),
        ]
    );
    let place =
        "modules/alarms/main.tf:10:1: module.trail[\"Prod\"].aws_cloudwatch_log_metric_filter.this[\"stop\"]";
    assert!(
        imported.text.contains(place) || imported.text.contains("module.trail[\"Prod\"]"),
        "{}",
        imported.text
    );
}

#[test]
fn the_folders_of_called_modules_are_known_before_they_are_read() {
    let folders = called_folders(&[Source { name: "envs/prod/main.tf", text: ROOT }]);
    assert_eq!(folders.into_iter().collect::<Vec<_>>(), ["modules/alarms"]);
}

#[test]
fn a_called_module_that_is_not_there_is_a_loss() {
    for (source, part) in [
        ("../../modules/alarms", "import the files of its folder as well"),
        ("example/alarms/aws", "the called module `example/alarms/aws` is not downloaded"),
    ] {
        let text = ROOT.replace("../../modules/alarms", source);
        let imported = import_one("envs/prod/main.tf", &text);
        let lost = imported.of_code(OmissionCode::CalledModule);
        assert!(lost[0].contains(part) && lost[0].contains("`terraform show -json`"), "{lost:?}");
    }
}

#[test]
fn modules_that_call_each_other_end() {
    let call =
        |source: &str| format!("module \"again\" {{\n  source = \"{source}\"\n  x = module.again.y\n}}\n");
    let (one, other) = (call("../b"), call("../a"));
    let imported = import_all(&[("a/main.tf", &one), ("b/main.tf", &other)], &Options::default());
    assert!(
        imported.lost().iter().any(|lost| lost.contains("modules call each other")),
        "{:?}",
        imported.lost()
    );
    let own = call("./");
    let imported = import_all(&[("a/main.tf", &own)], &Options::default());
    assert!(!imported.lost().is_empty());
}

#[test]
fn a_variable_that_no_file_declares_can_be_given() {
    let text = ROOT
        .replace("module.trail[\"Prod\"].names[1]", "var.name")
        .replace("for_each  = toset", "count = 0 # ");
    let options = Options { variables: given([("name", "Given")]), ..Options::default() };
    let sources = [("envs/prod/main.tf", text.as_str()), ("modules/alarms/main.tf", CHILD)];
    let imported = import_all(&sources, &options);
    assert_eq!(imported.rule().metric.name, "Given");
    assert_eq!(imported.of_code(OmissionCode::UnusedValue), Vec::<String>::new());
}

#[test]
fn a_stack_within_a_module_gets_its_parameters() {
    let text = r#"
resource "aws_cloudformation_stack" "alarms" {
  name       = "alarms"
  parameters = { Namespace = "Given" }
  template_body = jsonencode({
    Parameters = { Namespace = { Type = "String" } }
    Resources = {
      F = {
        Type = "AWS::Logs::MetricFilter"
        Properties = {
          LogGroupName          = "trail"
          FilterPattern         = "{ $.eventName = DeleteTrail }"
          MetricTransformations = [{ MetricNamespace = { Ref = "Namespace" }, MetricName = "M", MetricValue = 1 }]
        }
      }
    }
  })
}
"#;
    let imported = import_one("main.tf", text);
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert_eq!(imported.rule().metric.namespace, "Given");
    for (from, to, part) in [
        ("jsonencode({", "file(\"x.yaml\") #", "`template_body` is unknown"),
        (
            "template_body = jsonencode({",
            "template_url = \"u\"\n x = jsonencode({",
            "its template is in a bucket",
        ),
    ] {
        let text = text.replace(from, to);
        let text =
            if to.starts_with("file") { text.split(" #").next().unwrap().to_owned() + "\n}\n" } else { text };
        let lost = import_one("main.tf", &text).lost().join("\n");
        assert!(lost.contains(part), "{lost}");
    }
}
