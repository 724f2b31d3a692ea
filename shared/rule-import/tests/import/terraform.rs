//! Terraform: modules with heredocs, variables, locals and instances, and what `terraform show -json` prints.

use rule_import::{OmissionCode, Options};
use rules::TreatMissingData;

use crate::support::{Imported, given, import_all, import_one};

/// A module with one filter; the expression `namespace` is the namespace of its metric.
fn module(head: &str, namespace: &str) -> String {
    format!(
        "{head}
resource \"aws_cloudwatch_log_metric_filter\" \"filter\" {{
  name           = \"Filter\"
  pattern        = \"{{ $.eventName = DeleteTrail }}\"
  log_group_name = aws_cloudwatch_log_group.trail.name
  metric_transformation {{
    name      = \"Count\"
    namespace = {namespace}
    value     = \"1\"
  }}
}}
"
    )
}

const HEAD: &str = r#"
variable "prefix" { default = "Cis" }
variable "stage" {
  type    = string
  default = "prod"
}
variable "names" {
  type    = list(string)
  default = ["one", "two"]
}
variable "open" {}
locals {
  path   = "${var.prefix}/${local.stage}"
  stage  = upper(var.stage)
  alarms = { root = { namespace = "Root", topic = aws_sns_topic.alerts.arn } }
  loop   = local.loop
}
"#;

#[test]
fn expressions_that_the_module_decides_are_evaluated() {
    for (written, expected) in [
        ("\"Plain\"", "Plain"),
        ("var.prefix", "Cis"),
        ("\"${var.prefix}/${var.stage}\"", "Cis/prod"),
        ("local.path", "Cis/PROD"),
        ("local.alarms.root.namespace", "Root"),
        ("local.alarms[\"root\"][\"namespace\"]", "Root"),
        ("var.names[1]", "two"),
        ("var.stage == \"prod\" ? \"A\" : \"B\"", "A"),
        ("var.stage != \"prod\" && true ? \"A\" : \"B\"", "B"),
        ("!(length(var.names) > 2) ? \"A\" : \"B\"", "A"),
        ("join(\"/\", concat([var.prefix], var.names))", "Cis/one/two"),
        ("format(\"%s-%d%%\", var.prefix, 2 + 3)", "Cis-5%"),
        ("lower(replace(trimspace(\" A B \"), \" \", \"_\"))", "a_b"),
        ("lookup(local.alarms.root, \"missing\", \"Default\")", "Default"),
        ("try(local.alarms.root.missing, local.alarms.other, \"Last\")", "Last"),
        ("coalesce(\"\", null, \"First\")", "First"),
        ("element(split(\"-\", \"a-b\"), 3)", "b"),
        ("join(\"\", [for name in var.names : upper(name) if name != \"two\"])", "ONE"),
        ("{ for index, name in var.names : name => \"N${index}\" }[\"two\"]", "N1"),
        ("keys(merge(local.alarms, { first = 1 }))[0]", "first"),
        ("flatten([[\"a\"], [[\"b\"]]])[1]", "b"),
        ("contains(var.names, \"two\") ? tostring(1) : 0", "1"),
        ("values({ b = \"Two\", a = \"One\" })[0]", "One"),
        ("one([]) == null ? one([\"Only\"]) : 1", "Only"),
        ("join(\"\", var.names[*])", "onetwo"),
        ("join(\"\", [{ n = \"a\" }, { n = \"b\" }].*.n)", "ab"),
        ("\"%{ if var.stage == \"prod\" }A%{ else }B%{ endif }\"", "A"),
        ("\"%{ for name in var.names ~} ${name} %{~ endfor }\"", "onetwo"),
        ("\"a ${~ var.prefix ~} b\"", "aCisb"),
        ("title(substr(trimprefix(\"aws-cis\", \"aws-\"), 0, -1))", "Cis"),
        ("format(\"%02d-%[1]d-%q\", 7, \"x\")", "07-7-\"x\""),
        ("join(\"\", formatlist(\"%s!\", compact([\"a\", \"\", \"b\"])))", "a!b!"),
        ("join(\"\", sort(distinct([\"b\", \"a\", \"b\"])))", "ab"),
        ("join(\"\", [for pair in setproduct([\"a\"], [\"b\", \"c\"]) : join(\"\", pair)])", "abac"),
        ("replace(\"a.b-c\", \"/[^a-z]/\", \"\")", "abc"),
        ("zipmap([\"k\"], [\"V\"]).k", "V"),
        ("jsondecode(\"{\\\"a\\\": [\\\"X\\\"]}\").a[0]", "X"),
        ("can(local.alarms.other) ? \"yes\" : \"no\"", "no"),
        ("max(1, 5, 3)", "5"),
        ("lookup(local.alarms.root, \"namespace\", data.x.y.z)", "Root"),
        ("coalesce(\"\", \"Own\", data.x.y.z)", "Own"),
        ("false && data.x.y.z ? \"A\" : \"B\"", "B"),
        ("{ for name in var.names : substr(name, 0, 1) => name... }.o[0]", "one"),
    ] {
        let imported = import_one("main.tf", &module(HEAD, written));
        assert_eq!(imported.lost(), Vec::<String>::new(), "{written}");
        assert_eq!(imported.rule().metric.namespace, expected, "{written}");
    }
}

#[test]
fn values_that_only_terraform_knows_are_reported_with_their_location() {
    for (written, reason) in [
        ("var.open", "variable `open` has no default: set it with `--var open=VALUE`"),
        ("var.missing", "no file of the module declares the variable `missing`"),
        ("local.missing", "no file of the module defines the local `missing`"),
        ("local.loop", "`loop` refers to itself"),
        ("local.alarms.root.topic", "`aws_sns_topic.alerts.arn` is only known to Terraform"),
        ("\"x-${data.aws_region.here.name}\"", "`data.aws_region.here.name` is only known to Terraform"),
        ("local.alarms.other.namespace", "`local.alarms.other.namespace`: `other` does not exist"),
        ("try(var.open, \"x\")", "variable `open` has no default"),
        ("var.open == \"x\" ? \"A\" : \"B\"", "variable `open` has no default"),
        ("file(\"name.txt\")", "the function `file` is not evaluated"),
        (
            "terraform.workspace",
            "set it with `--workspace NAME`, or import the output of `terraform show -json` instead",
        ),
        ("\"%{ if var.open }a%{ endif }\"", "variable `open` has no default"),
        ("one(var.names)", "`one` has invalid arguments"),
        (
            "aws_cloudwatch_log_metric_filter.filter.arn",
            "import the output of `terraform show -json` instead",
        ),
        ("lower(1, 2)", "`lower` has invalid arguments"),
        ("format(\"%b\", 1)", "`format` with `%b` is not evaluated"),
        ("-\"a\"", "an operand is not a number"),
    ] {
        let imported = import_one("main.tf", &module(HEAD, written));
        let lost = imported.lost().join("\n");
        assert_eq!(imported.rules.len(), 0, "{written}");
        let start = "main.tf:";
        assert!(lost.starts_with(start) && lost.ends_with("[unknown-value]"), "{lost}");
        assert!(lost.contains(reason), "{written}: {lost}");
    }
}

#[test]
fn command_line_variables_override_tfvars_files() {
    let text = module(HEAD, "\"${var.prefix}/${var.stage}/${var.names[0]}\"");
    let values = "prefix = \"File\"\nstage = \"file\"\n";
    let options = Options {
        variables: given([("stage", "line"), ("names", "[\"first\"]"), ("typo", "x")]),
        ..Options::default()
    };
    let imported = import_all(&[("module/main.tf", &text), ("envs/prod.tfvars", values)], &options);
    assert_eq!(imported.rule().metric.namespace, "File/line/first");
    assert_eq!(
        imported.of_code(OmissionCode::UnusedValue),
        ["no module declares a variable `typo` [unused-value]"]
    );
}

#[test]
fn the_files_of_each_folder_are_a_module() {
    let own = module("", "local.namespace");
    let locals = "locals { namespace = \"Shared\" }\n";
    let imported = import_all(&[("a/main.tf", &own), ("a/locals.tf", locals)], &Options::default());
    assert_eq!(imported.rule().metric.namespace, "Shared");
    let imported = import_all(&[("a/main.tf", &own), ("b/locals.tf", locals)], &Options::default());
    assert_eq!(imported.lost().len(), 1);
}

#[test]
fn heredocs_keep_the_pattern_as_written() {
    for (heredoc, expected) in [
        ("<<EOF\n{ $.eventName = \"A\" }\nEOF\n", "{ $.eventName = \"A\" }\n"),
        (
            "<<-EOF\n    { $.eventName = \"A\" ||\n      $.eventName = \"B\" }\n  EOF\n",
            "{ $.eventName = \"A\" ||\n  $.eventName = \"B\" }\n",
        ),
        ("<<PATTERN\n  { ($.x = $${a}) }\nPATTERN\n", "  { ($.x = ${a}) }\n"),
        ("<<-EOF\n  { $.eventName = \"${var.name}\" }\n  EOF\n", "{ $.eventName = \"DeleteTrail\" }\n"),
        ("\"{ $.eventName = \\\"${var.name}\\\" }\"", "{ $.eventName = \"DeleteTrail\" }"),
        ("\"{ $.path = \\\"C:\\\\\\\\*\\\" }\"", "{ $.path = \"C:\\\\*\" }"),
    ] {
        let text = format!("variable \"name\" {{ default = \"DeleteTrail\" }}\n{}", module("", "\"N\""));
        let text = text.replace("\"{ $.eventName = DeleteTrail }\"", heredoc);
        let imported = import_one("main.tf", &text);
        if expected.contains("${") {
            // A bare `${a}` is not a valid pattern; the error is located at the heredoc.
            assert!(imported.lost()[0].starts_with("main.tf:5:20: "), "{:?}", imported.lost());
            continue;
        }
        assert_eq!(imported.rule().pattern, filter_pattern::Pattern::parse(expected).unwrap(), "{heredoc}");
        let written: String = imported.text.split_whitespace().collect();
        assert!(written.contains(&expected.split_whitespace().collect::<String>()), "{}", imported.text);
    }
}

const CIS: &str = r#"
variable "namespace" { default = "CISBenchmark" }
variable "enabled" { default = true }

locals {
  alarms = {
    root-usage = {
      description = "Root was used"
      pattern     = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS }"
      topic       = aws_sns_topic.security.arn
    }
    UnauthorizedAPICalls = {
      description = "Calls were refused"
      pattern     = <<-EOT
        { ($.errorCode = "*UnauthorizedOperation") ||
          ($.errorCode = "AccessDenied*") }
      EOT
      threshold   = 5
      topic       = aws_sns_topic.security.arn
    }
  }
}

resource "aws_cloudwatch_log_metric_filter" "cis" {
  for_each       = { for name, alarm in local.alarms : name => alarm if var.enabled }
  name           = each.key
  pattern        = each.value.pattern
  log_group_name = data.aws_cloudwatch_log_group.trail.name

  metric_transformation {
    name      = "${each.key}Count"
    namespace = var.namespace
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "cis" {
  for_each            = local.alarms
  alarm_name          = "cis-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  metric_name         = "${each.key}Count"
  namespace           = var.namespace
  period              = 60 * 5
  statistic           = "Sum"
  threshold           = lookup(each.value, "threshold", 1)
  alarm_actions       = [each.value.topic]
  tags                = { Team = "security" }
  depends_on          = [aws_cloudwatch_log_metric_filter.cis]
}

resource "aws_cloudwatch_log_metric_filter" "numbered" {
  count          = var.enabled ? 2 : 0
  name           = "numbered-${count.index}"
  pattern        = "{ $.x = ${count.index} }"
  log_group_name = "g"
  metric_transformation {
    name       = "Numbered${count.index}"
    namespace  = var.namespace
    value      = "$.size"
    dimensions = { Account = "$.recipientAccountId" }
  }
}
"#;

fn ids(imported: &Imported) -> Vec<&str> {
    imported.rules.iter().map(|rule| rule.id.as_str()).collect()
}

#[test]
fn instances_of_for_each_and_count_become_rules_with_their_alarms() {
    let imported = import_one("main.tf", CIS);
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert_eq!(ids(&imported), ["root-usage", "unauthorized-api-calls", "numbered-0", "numbered-1"]);
    let calls = &imported.rules[1];
    assert_eq!(
        (calls.metric.namespace.as_str(), calls.metric.name.as_str()),
        ("CISBenchmark", "UnauthorizedAPICallsCount")
    );
    let alarm = calls.alarm.as_ref().unwrap();
    assert_eq!((alarm.threshold, alarm.period), (5.0, 300));
    assert_eq!(alarm.treat_missing_data, TreatMissingData::Missing);
    assert_eq!(calls.summary, "Calls were refused");
    assert_eq!(imported.rules[0].alarm.as_ref().unwrap().threshold, 1.0);
    assert!(
        imported
            .text
            .contains("main.tf:14:21: aws_cloudwatch_log_metric_filter.cis[\"UnauthorizedAPICalls\"]"),
        "{}",
        imported.text
    );
}

#[test]
fn a_resource_without_instances_is_noted() {
    const FILTER: &str = "aws_cloudwatch_log_metric_filter";
    let enabled = "variable \"enabled\" { default = true }";
    let text = CIS.replace(enabled, "variable \"enabled\" { default = false }");
    let imported = import_one("main.tf", &text);
    assert_eq!(imported.rules.len(), 0);
    let notes = imported.of_code(OmissionCode::SwitchedOff);
    assert_eq!(notes.len(), 2, "{notes:?}");
    for (note, end) in notes.iter().zip([
        format!("{FILTER}.cis: its `for_each` is empty [switched-off]"),
        format!("{FILTER}.numbered: its `count` is 0 [switched-off]"),
    ]) {
        assert!(note.starts_with("main.tf:") && note.ends_with(&end), "{note}");
    }
    assert_eq!(import_one("main.tf", CIS).of_code(OmissionCode::SwitchedOff), Vec::<String>::new());
}

#[test]
fn unknown_instances_are_reported() {
    for (from, to, reason) in [
        (
            "for_each            = local.alarms",
            "for_each = toset(data.x.y.names)",
            "`for_each` is unknown: `data.x.y.names`",
        ),
        ("var.enabled ? 2 : 0", "var.enabled ? 2000000 : 0", "`count` makes more instances than the memory"),
        ("var.enabled ? 2 : 0", "var.enabled ? \"many\" : 0", "`count` is not a number"),
        ("var.enabled ? 2 : 0", "var.count", "`count` is unknown: no file"),
    ] {
        let imported = import_one("main.tf", &CIS.replace(from, to));
        let lost = imported.lost().join("\n");
        assert!(lost.contains(reason) && lost.ends_with("[not-expanded]"), "{lost}");
        assert!(imported.rules.len() >= 2, "{lost}");
    }
}

#[test]
fn dynamic_blocks_are_expanded_or_reported() {
    let dynamic = CIS.replacen(
        "  metric_transformation {
    name      = \"${each.key}Count\"
    namespace = var.namespace
    value     = \"1\"
  }",
        "  dynamic \"metric_transformation\" {
    for_each = [\"${each.key}Count\"]
    iterator = metric
    content {
      name      = metric.value
      namespace = var.namespace
      value     = \"1\"
    }
  }",
        1,
    );
    let imported = import_one("main.tf", &dynamic);
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert_eq!(imported.rules[1].metric.name, "UnauthorizedAPICallsCount");
    let imported = import_one("main.tf", &dynamic.replace("[\"${each.key}Count\"]", "data.x.y.names"));
    assert_eq!(ids(&imported), ["numbered-0", "numbered-1"]);
    assert!(imported.lost()[0].contains("a `dynamic` block is not expanded"), "{:?}", imported.lost());
}

#[test]
fn a_plan_and_a_state_are_read_with_their_modules() {
    let filter = r#"{
      "address": "module.cis.aws_cloudwatch_log_metric_filter.root[0]", "mode": "managed",
      "type": "aws_cloudwatch_log_metric_filter", "name": "root", "index": 0, "schema_version": 0,
      "values": {
        "name": "RootUsage", "pattern": "{ $.userIdentity.type = Root }", "log_group_name": "g", "id": "RootUsage",
        "apply_on_transformed_logs": false, "region": "us-east-1",
        "metric_transformation": [
          { "name": "RootUsage", "namespace": "N", "value": "1", "default_value": "0", "unit": "None", "dimensions": {} }
        ]
      },
      "sensitive_values": {}
    }"#;
    let alarm = r#"{
      "address": "aws_cloudwatch_metric_alarm.root", "mode": "managed", "type": "aws_cloudwatch_metric_alarm",
      "values": {
        "alarm_name": "root", "alarm_description": null, "comparison_operator": "GreaterThanThreshold",
        "evaluation_periods": 2, "datapoints_to_alarm": 0, "metric_name": "RootUsage", "namespace": "N", "period": 300,
        "statistic": "Sum", "extended_statistic": "", "threshold": 0, "treat_missing_data": "notBreaching", "unit": "",
        "metric_query": [], "threshold_metric_id": "", "actions_enabled": true, "ok_actions": [], "dimensions": {},
        "evaluate_low_sample_count_percentiles": "", "tags": null, "tags_all": {}, "alarm_actions": []
      }
    }"#;
    let data =
        r#"{ "address": "data.x.y", "mode": "data", "type": "aws_cloudwatch_metric_alarm", "values": {} }"#;
    for key in ["planned_values", "values"] {
        let text = format!(
            r#"{{ "format_version": "1.2", "{key}": {{ "root_module": {{
                "resources": [{alarm}, {data}],
                "child_modules": [{{ "address": "module.cis", "resources": [{filter}] }}] }} }} }}"#
        );
        let imported = import_one("plan.json", &text);
        assert_eq!(imported.lost(), Vec::<String>::new());
        let rule = imported.rule();
        assert_eq!((rule.id.as_str(), rule.metric.default_value), ("root-usage", Some(0.0)));
        let alarm = rule.alarm.as_ref().unwrap();
        assert_eq!((alarm.threshold, alarm.evaluation_periods, alarm.datapoints_to_alarm), (0.0, 2, 2));
        assert!(imported.text.contains("# plan.json: module.cis.aws_cloudwatch_log_metric_filter.root[0]"));
    }
}

#[test]
fn an_alarm_may_refer_to_its_metric_through_the_filter() {
    const FILTER: &str = "aws_cloudwatch_log_metric_filter";
    for (repeated, reference) in [
        ("", "one.metric_transformation[0].name"),
        ("", "one.metric_transformation.0.name"),
        ("", "one.id"),
        ("", "one.name"),
        ("count = var.enabled ? 1 : 0", "one[0].id"),
        ("count = 1", "one.0.id"),
        ("for_each = local.names", "one[\"Seen\"].id"),
        ("for_each = toset([for name in local.names : name])", "one[\"Seen\"].metric_transformation[0].name"),
    ] {
        let text = format!(
            r#"
variable "enabled" {{
  type    = bool
  default = true
}}
locals {{
  names = {{ Seen = "Seen" }}
}}
resource "{FILTER}" "one" {{
  {repeated}
  name           = "Seen"
  pattern        = join(" ", ["{{ $.eventName = A", var.enabled ? "|| $.eventName = B }}" : "}}"])
  log_group_name = "g"
  metric_transformation {{
    name          = "Seen"
    namespace     = "N"
    value         = 1
    default_value = 0
  }}
}}
resource "aws_cloudwatch_metric_alarm" "one" {{
  alarm_name          = "seen"
  metric_name         = {FILTER}.{reference}
  namespace           = "N"
  statistic           = "Sum"
  period              = "300"
  evaluation_periods  = "1"
  threshold           = try(local.names.threshold, "2")
  comparison_operator = "GreaterThanOrEqualToThreshold"
  alarm_description   = null
  ok_actions          = []
}}
"#
        );
        let imported = import_one("main.tf", &text);
        assert_eq!(imported.lost(), Vec::<String>::new(), "{reference}");
        assert_eq!(imported.rule().alarm.as_ref().unwrap().threshold, 2.0);
        assert_eq!(imported.rule().metric.default_value, Some(0.0));
    }
}

#[test]
fn filters_that_refer_to_each_other_end() {
    let text = "
resource \"aws_cloudwatch_log_metric_filter\" \"a\" {
  pattern = aws_cloudwatch_log_metric_filter.b.pattern
}
resource \"aws_cloudwatch_log_metric_filter\" \"b\" {
  pattern = aws_cloudwatch_log_metric_filter.a.pattern
}
";
    let imported = import_one("main.tf", text);
    assert!(imported.lost()[0].contains("refers to itself"), "{:?}", imported.lost());
}
