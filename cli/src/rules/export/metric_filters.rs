//! The rules as CloudFormation metric filters and alarms, for a trail that also delivers to CloudWatch Logs.
//!
//! The metrics have a namespace of their own, so that they never add to the log processor's metrics. A
//! warning names what a metric filter cannot do; a rule that does not fit in metric filters is an error.
//!
//! Source: `AWS::Logs::MetricFilter` and `AWS::CloudWatch::Alarm` of CloudFormation, `PutMetricFilter` of
//! CloudWatch Logs.

use std::fmt::Write as _;

use alarms::{CONTROLS_TAG, controls_tag, description_on_logs};
use filter_pattern::Pattern;
use rules::{MetricTransformation, MetricValue, Rule, RuleAlarm, Statistic, TimestampSource};

use super::split::within_quota;
use super::template::{Export, LogicalIds, camel_case};
use super::yaml::{block, quoted};

/// The template up to its resources.
const HEAD: &str = include_str!("metric-filters.yaml");
/// How far the properties of a resource are indented.
const PROPERTY_INDENT: usize = 6;
/// Most resources in a template (CloudFormation quota).
const RESOURCES: usize = 500;
/// Most metric filters on a log group (CloudWatch Logs quota).
const FILTERS: usize = 100;
/// Most metric filters with regular expressions on a log group (CloudWatch Logs quota).
const REGEX_FILTERS: usize = 5;

/// Writes the template.
pub(super) fn export(rules: &[Rule]) -> Export {
    let mut export = Export { text: HEAD.to_owned(), ..Export::default() };
    let mut ids = LogicalIds::default();
    let (mut filters, mut regex_filters, mut alarms) = (0, 0, 0);
    for rule in rules {
        let patterns = match within_quota(&rule.pattern) {
            Ok(patterns) => patterns,
            Err(error) => {
                export.faults.push(format!("{}: {error}", rule.id));
                continue;
            }
        };
        if rule.metric.timestamp == TimestampSource::Event {
            let warning = "a metric filter counts at the time of delivery, not at `eventTime`";
            export.warnings.push(format!("{}: {warning}", rule.id));
        }
        filters += patterns.len();
        regex_filters += patterns.iter().filter(|pattern| has_regex(pattern)).count();
        let id = ids.of(&rule.id);
        let divided = patterns.len() > 1;
        for (index, pattern) in patterns.iter().enumerate() {
            let part = if divided { (index + 1).to_string() } else { String::new() };
            push_filter(&mut export.text, rule, &id, &part, pattern);
        }
        for (name, alarm) in rule.all_alarms() {
            let alarm_id = format!("{id}Alarm{}", name.map(camel_case).unwrap_or_default());
            if alarm.dimensions.is_empty() {
                alarms += 1;
                push_alarm(&mut export.text, rule, &alarm_id, (name, alarm), &[]);
            }
            for (index, dimensions) in alarm.dimensions.iter().enumerate() {
                alarms += 1;
                let alarm_id = format!("{alarm_id}{}", index + 1);
                push_alarm(&mut export.text, rule, &alarm_id, (name, alarm), dimensions);
            }
        }
    }
    if filters + alarms > RESOURCES {
        export.faults.push(format!(
            "the template needs {} resources but can hold only {RESOURCES}: split the rules into several files",
            filters + alarms
        ));
    }
    if filters > FILTERS {
        export.faults.push(format!(
            "the rules need {filters} metric filters, but a log group can have only {FILTERS}"
        ));
    }
    if regex_filters > REGEX_FILTERS {
        export.faults.push(format!(
            "the rules need {regex_filters} metric filters with regular expressions, but a log group can have only {REGEX_FILTERS}"
        ));
    }
    export
}

fn has_regex(pattern: &str) -> bool {
    Pattern::parse(pattern).is_ok_and(|pattern| pattern.regex_size() > 0)
}

fn push_filter(out: &mut String, rule: &Rule, id: &str, part: &str, pattern: &str) {
    let dash = if part.is_empty() { "" } else { "-" };
    let name = quoted(&format!("{}{dash}{part}", rule.id));
    let MetricTransformation {
        namespace,
        name: metric,
        value,
        default_value,
        unit,
        dimensions,
        timestamp: _,
    } = &rule.metric;
    let value = match value {
        MetricValue::Constant(number) => number.to_string(),
        MetricValue::Field(selector) => selector.to_string(),
    };
    // Writing to a `String` does not fail.
    let _ = write!(
        out,
        "
  {id}Filter{part}:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref LogGroupName
      FilterName: {name}
      FilterPattern: {pattern}
      MetricTransformations:
        - MetricNamespace: {namespace}
          MetricName: {metric}
          MetricValue: {value}
          Unit: {unit}
",
        pattern = quoted(&one_line(pattern)),
        namespace = namespaced(namespace),
        metric = quoted(metric),
        value = quoted(&value),
    );
    if let Some(default_value) = default_value {
        let _ = writeln!(out, "          DefaultValue: {default_value}");
    }
    if !dimensions.is_empty() {
        let _ = writeln!(out, "          Dimensions:");
    }
    for dimension in dimensions {
        let (key, value) = (quoted(&dimension.name), quoted(&dimension.selector.to_string()));
        let _ = writeln!(out, "            - Key: {key}\n              Value: {value}");
    }
}

/// Writes an alarm. If it has dimensions, their values are in its name too.
fn push_alarm(
    out: &mut String,
    rule: &Rule,
    id: &str,
    (name, alarm): (Option<&str>, &RuleAlarm),
    dimensions: &[(String, String)],
) {
    let statistic = match &alarm.statistic {
        Statistic::Percentile(percentile) => format!("ExtendedStatistic: {percentile}"),
        Statistic::SampleCount
        | Statistic::Average
        | Statistic::Sum
        | Statistic::Minimum
        | Statistic::Maximum => format!("Statistic: {}", alarm.statistic),
    };
    // Writing to a `String` does not fail.
    let _ = write!(
        out,
        "
  {id}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub {name}
      AlarmDescription: {description}
      Namespace: {namespace}
      MetricName: {metric}
      {statistic}
      Period: {period}
      EvaluationPeriods: {evaluation_periods}
      DatapointsToAlarm: {datapoints}
      Threshold: {threshold}
      ComparisonOperator: {operator}
      TreatMissingData: {missing}
      AlarmActions:
        - !Ref AlarmTopicArn
",
        name = quoted(&alarm_name(&rule.id, name, dimensions)),
        description = block(&description_on_logs(rule, dimensions), PROPERTY_INDENT),
        namespace = namespaced(&rule.metric.namespace),
        metric = quoted(&rule.metric.name),
        period = alarm.period,
        evaluation_periods = alarm.evaluation_periods,
        datapoints = alarm.datapoints_to_alarm,
        threshold = alarm.threshold,
        operator = alarm.comparison_operator,
        missing = alarm.treat_missing_data,
    );
    if let Some(controls) = controls_tag(rule) {
        let (key, value) = (quoted(CONTROLS_TAG), quoted(&controls));
        let _ = writeln!(out, "      Tags:\n        - Key: {key}\n          Value: {value}");
    }
    if !dimensions.is_empty() {
        let _ = writeln!(out, "      Dimensions:");
    }
    for (name, value) in dimensions {
        let _ = writeln!(out, "        - Name: {}\n          Value: {}", quoted(name), quoted(value));
    }
}

/// The name of an alarm, for `Fn::Sub`, where `${!` stands for a literal `${`.
fn alarm_name(rule_id: &str, own_name: Option<&str>, dimensions: &[(String, String)]) -> String {
    let mut name = format!("${{AlarmNamePrefix}}/{rule_id}");
    if let Some(own_name) = own_name {
        let _ = write!(name, "/{own_name}");
    }
    for (_, value) in dimensions {
        let _ = write!(name, "/{}", value.replace("${", "${!"));
    }
    name
}

/// The rule's namespace, with the prefix that separates it from the log processor's metrics.
fn namespaced(namespace: &str) -> String {
    // A namespace has no `$`, so nothing needs escaping for `Fn::Sub`.
    format!("!Sub {}", quoted(&format!("${{MetricNamespacePrefix}}{namespace}")))
}

/// The pattern on one line, unless a line break is part of the text to match.
fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let is_same =
        matches!((Pattern::parse(&line), Pattern::parse(text)), (Ok(line), Ok(text)) if line == text);
    if is_same { line } else { text.to_owned() }
}
