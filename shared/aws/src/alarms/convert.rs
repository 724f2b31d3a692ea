//! Alarms of the SDK as the `alarms` crate knows them.
//!
//! A setting that is missing gets CloudWatch's default. Settings that no rule can define are listed by name if they change
//! what the alarm watches or when it acts. A setting without a documented default is not listed, because its presence
//! means nothing.

use alarms::{Actions, CompositeAlarm, Definition, Existing, MetricAlarm, Tags};
use aws_sdk_cloudwatch::types::{
    CompositeAlarm as SdkCompositeAlarm, EvaluationWindow, MetricAlarm as SdkMetricAlarm, Statistic,
};

/// The default of `TreatMissingData` (PutMetricAlarm).
const DEFAULT_MISSING_DATA: &str = "missing";
/// The value of `EvaluateLowSampleCountPercentile` that is not the default (PutMetricAlarm).
const IGNORE_FEW_SAMPLES: &str = "ignore";

/// An alarm without its tags; `None` without a name or an ARN, which CloudWatch never leaves out.
pub(super) fn existing(
    name: Option<&str>,
    arn: Option<&str>,
    definition: Option<Definition>,
) -> Option<Existing> {
    Some(Existing { name: name?.to_owned(), arn: arn?.to_owned(), definition, tags: Tags::new() })
}

pub(super) fn metric_alarm(alarm: &SdkMetricAlarm) -> MetricAlarm {
    let mut dimensions: Vec<(String, String)> =
        alarm.dimensions().iter().map(|one| (text(one.name()), text(one.value()))).collect();
    dimensions.sort();
    let statistic = alarm.statistic().map(Statistic::as_str).or(alarm.extended_statistic());
    let evaluation_periods = number(alarm.evaluation_periods());
    MetricAlarm {
        description: text(alarm.alarm_description()),
        namespace: text(alarm.namespace()),
        metric_name: text(alarm.metric_name()),
        dimensions,
        statistic: text(statistic),
        period: number(alarm.period()),
        evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm().map_or(evaluation_periods, |n| number(Some(n))),
        threshold: alarm.threshold(),
        comparison_operator: text(alarm.comparison_operator().map(|operator| operator.as_str())),
        treat_missing_data: alarm.treat_missing_data().unwrap_or(DEFAULT_MISSING_DATA).to_owned(),
        actions: actions(
            alarm.actions_enabled(),
            alarm.alarm_actions(),
            alarm.ok_actions(),
            alarm.insufficient_data_actions(),
        ),
        other: other_metric_settings(alarm),
    }
}

fn other_metric_settings(alarm: &SdkMetricAlarm) -> Vec<String> {
    let slides = |window: &EvaluationWindow| matches!(window, EvaluationWindow::SlidingWindow(_));
    let warms_up = |minutes: Option<i32>| minutes.is_some_and(|minutes| minutes > 0);
    let warm_up = alarm.warm_up_configuration();
    let settings = [
        ("Metrics", !alarm.metrics().is_empty()),
        ("ThresholdMetricId", alarm.threshold_metric_id().is_some()),
        ("Unit", alarm.unit().is_some()),
        (
            "EvaluateLowSampleCountPercentile",
            alarm.evaluate_low_sample_count_percentile() == Some(IGNORE_FEW_SAMPLES),
        ),
        ("EvaluationCriteria", alarm.evaluation_criteria().is_some()),
        ("EvaluationWindow", alarm.evaluation_window().is_some_and(|window| !slides(window))),
        (
            "WarmUpConfiguration",
            warm_up.is_some_and(|warm_up| warms_up(warm_up.warm_up_period_duration_in_minutes())),
        ),
    ];
    settings.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name.to_owned()).collect()
}

pub(super) fn composite_alarm(alarm: &SdkCompositeAlarm) -> CompositeAlarm {
    let suppressed = alarm.actions_suppressor().is_some_and(|suppressor| !suppressor.is_empty());
    CompositeAlarm {
        description: text(alarm.alarm_description()),
        rule: text(alarm.alarm_rule()),
        actions: actions(
            alarm.actions_enabled(),
            alarm.alarm_actions(),
            alarm.ok_actions(),
            alarm.insufficient_data_actions(),
        ),
        other: suppressed.then(|| "ActionsSuppressor".to_owned()).into_iter().collect(),
    }
}

fn actions(enabled: Option<bool>, alarm: &[String], ok: &[String], insufficient_data: &[String]) -> Actions {
    let sorted = |actions: &[String]| {
        let mut actions = actions.to_vec();
        actions.sort();
        actions
    };
    Actions {
        enabled: enabled.unwrap_or(true),
        alarm: sorted(alarm),
        ok: sorted(ok),
        insufficient_data: sorted(insufficient_data),
    }
}

/// A statistic as PutMetricAlarm expects it: in `Statistic` or in `ExtendedStatistic`.
pub(super) fn statistic(name: &str) -> (Option<Statistic>, Option<String>) {
    match Statistic::try_parse(name) {
        Ok(statistic) => (Some(statistic), None),
        Err(_unknown) => (None, Some(name.to_owned())),
    }
}

/// The ARNs of a request. The SDK sends an empty list as an empty list, which removes all actions.
pub(super) fn list(actions: &[String]) -> Option<Vec<String>> {
    Some(actions.to_vec())
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// A number; zero, which no rule can define, stands for one that is missing or impossible.
fn number(number: Option<i32>) -> u32 {
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}
