//! Alarms as `aws cloudwatch describe-alarms` prints them.
//!
//! An alarm that cannot be simulated is refused, and the error names the alarm and the unsupported property.
//! No alarm is simulated as something simpler.

use alarm_simulation::composite::{RuleExpression, Suppressor};
use anyhow::{Context as _, bail};
use rules::{ComparisonOperator, RuleAlarm, Statistic, TreatMissingData};
use serde::Deserialize;
use serde_json::Value;

use crate::terminal::printable;

/// A metric alarm. Cases have the same members, starting with a lower-case letter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DescribedAlarm {
    #[serde(alias = "AlarmName")]
    alarm_name: Option<String>,
    #[serde(alias = "Namespace")]
    namespace: Option<String>,
    #[serde(alias = "MetricName")]
    metric_name: Option<String>,
    #[serde(alias = "Dimensions")]
    dimensions: Vec<Dimension>,
    #[serde(alias = "Statistic")]
    statistic: Option<String>,
    #[serde(alias = "ExtendedStatistic")]
    extended_statistic: Option<String>,
    #[serde(alias = "Period")]
    period: Option<u32>,
    #[serde(alias = "EvaluationPeriods")]
    evaluation_periods: Option<u32>,
    #[serde(alias = "DatapointsToAlarm")]
    datapoints_to_alarm: Option<u32>,
    #[serde(alias = "Threshold")]
    threshold: Option<f64>,
    #[serde(alias = "ComparisonOperator")]
    comparison_operator: Option<String>,
    #[serde(alias = "TreatMissingData")]
    treat_missing_data: Option<String>,
    #[serde(alias = "EvaluateLowSampleCountPercentile")]
    evaluate_low_sample_count_percentile: Option<String>,
    #[serde(alias = "Metrics")]
    metrics: Vec<Value>,
    #[serde(alias = "ThresholdMetricId")]
    threshold_metric_id: Option<String>,
    #[serde(alias = "EvaluationWindow")]
    evaluation_window: Option<Value>,
    #[serde(alias = "EvaluationCriteria")]
    evaluation_criteria: Option<Value>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "PascalCase")]
struct Dimension {
    name: String,
    value: String,
}

/// A composite alarm.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedComposite {
    alarm_name: String,
    alarm_rule: String,
    actions_suppressor: Option<String>,
    #[serde(default)]
    actions_suppressor_wait_period: i64,
    #[serde(default)]
    actions_suppressor_extension_period: i64,
}

/// The output of `describe-alarms`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct AlarmDescription {
    metric_alarms: Vec<DescribedAlarm>,
    composite_alarms: Vec<DescribedComposite>,
    next_token: Option<String>,
}

/// The alarms of a file that the command simulates.
#[derive(Debug)]
pub(crate) struct Alarms {
    /// Names and definitions of the metric alarms, which all watch the same metric.
    pub(crate) metric: Vec<(String, RuleAlarm)>,
    /// The composite alarms.
    pub(crate) composite: Vec<Composite>,
    /// Whether the file says that it does not hold all alarms.
    pub(crate) is_incomplete: bool,
}

/// A composite alarm, read.
#[derive(Debug)]
pub(crate) struct Composite {
    pub(crate) name: String,
    pub(crate) rule: RuleExpression,
    pub(crate) suppressor: Option<Suppressor>,
}

impl DescribedAlarm {
    /// The alarm as a rule would define it. A case may leave members out, and they get defaults; an account's
    /// alarm has them all.
    pub(crate) fn read(&self) -> anyhow::Result<RuleAlarm> {
        self.refuse_what_is_not_simulated()?;
        let statistic = match (&self.statistic, &self.extended_statistic) {
            (_, Some(text)) => Statistic::Percentile(text.clone()),
            (Some(text), None) => statistic(text),
            (None, None) => Statistic::Sum,
        };
        let evaluation_periods = self.evaluation_periods.unwrap_or(1);
        Ok(RuleAlarm {
            statistic,
            period: self.period.unwrap_or(60),
            evaluation_periods,
            datapoints_to_alarm: self.datapoints_to_alarm.unwrap_or(evaluation_periods),
            threshold: self.threshold.unwrap_or(1.0),
            comparison_operator: named(
                "ComparisonOperator",
                self.comparison_operator.as_deref(),
                ComparisonOperator::GreaterThanOrEqualToThreshold,
                ComparisonOperator::ALL,
                ComparisonOperator::as_str,
            )?,
            treat_missing_data: named(
                "TreatMissingData",
                self.treat_missing_data.as_deref(),
                TreatMissingData::Missing,
                TreatMissingData::ALL,
                TreatMissingData::as_str,
            )?,
            dimensions: Vec::new(),
        })
    }

    fn refuse_what_is_not_simulated(&self) -> anyhow::Result<()> {
        let ignores_few = self.evaluate_low_sample_count_percentile.as_deref() == Some("ignore");
        // An alarm may also name the sliding window, which is simulated.
        let is_aligned =
            self.evaluation_window.as_ref().is_some_and(|window| window.to_string().contains("WallClock"));
        for (is_given, what) in [
            (!self.metrics.is_empty(), "metric math (`Metrics`)"),
            (self.threshold_metric_id.is_some(), "an anomaly detection band (`ThresholdMetricId`)"),
            (self.evaluation_criteria.is_some(), "a query (`EvaluationCriteria`)"),
            (is_aligned, "a window aligned to the wall clock (`EvaluationWindow`)"),
            (ignores_few, "`EvaluateLowSampleCountPercentile: ignore`"),
        ] {
            if is_given {
                bail!("{what} is not supported");
            }
        }
        Ok(())
    }

    /// Checks for the members that a metric alarm of an account always has.
    fn check_members(&self) -> anyhow::Result<()> {
        for (is_given, member) in [
            (self.metric_name.is_some(), "MetricName"),
            (self.statistic.is_some() || self.extended_statistic.is_some(), "Statistic"),
            (self.period.is_some(), "Period"),
            (self.threshold.is_some(), "Threshold"),
            (self.comparison_operator.is_some(), "ComparisonOperator"),
        ] {
            if !is_given {
                bail!("it has no `{member}`; expected an alarm as `describe-alarms` prints it");
            }
        }
        Ok(())
    }

    fn name(&self) -> &str {
        self.alarm_name.as_deref().unwrap_or("alarm")
    }

    fn metric(&self) -> (&Option<String>, &Option<String>, Vec<&Dimension>) {
        let mut dimensions: Vec<&Dimension> = self.dimensions.iter().collect();
        dimensions.sort();
        (&self.namespace, &self.metric_name, dimensions)
    }
}

/// The statistic with a name such as `Sum` or `p99`.
pub(crate) fn statistic(text: &str) -> Statistic {
    let named =
        [Statistic::SampleCount, Statistic::Average, Statistic::Sum, Statistic::Minimum, Statistic::Maximum];
    let found = named.into_iter().find(|statistic| statistic.as_str() == text);
    found.unwrap_or_else(|| Statistic::Percentile(text.to_owned()))
}

fn named<T: Copy>(
    member: &str,
    text: Option<&str>,
    default: T,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> anyhow::Result<T> {
    let Some(text) = text else { return Ok(default) };
    let found = all.iter().copied().find(|value| name(*value) == text);
    found.with_context(|| {
        let names: Vec<_> = all.iter().map(|value| format!("`{}`", name(*value))).collect();
        format!("`{member}` is `{}`; expected {}", printable(text), names.join(", "))
    })
}

/// Reads the alarms of a file; if there are `names`, only the metric alarms with these names.
pub(crate) fn read(text: &str, names: &[String]) -> anyhow::Result<Alarms> {
    let described = parse(text)?;
    let is_wanted =
        |alarm: &&DescribedAlarm| names.is_empty() || names.iter().any(|name| name == alarm.name());
    let wanted: Vec<&DescribedAlarm> = described.metric_alarms.iter().filter(is_wanted).collect();
    for name in names {
        if !wanted.iter().any(|alarm| alarm.name() == name) {
            bail!("it has no metric alarm with the name `{}`", printable(name));
        }
    }
    let Some(first) = wanted.first() else { bail!("it has no metric alarm") };
    if let Some(other) = wanted.iter().find(|alarm| alarm.metric() != first.metric()) {
        let (first, other) = (printable(first.name()), printable(other.name()));
        bail!("`{first}` and `{other}` watch different metrics; choose alarms of one metric with `--name`");
    }
    let mut metric = Vec::new();
    for alarm in wanted {
        let read = alarm.check_members().and_then(|()| alarm.read());
        let read = read.with_context(|| format!("`{}` cannot be simulated", printable(alarm.name())))?;
        metric.push((alarm.name().to_owned(), read));
    }
    let composite = described.composite_alarms.into_iter().map(composite).collect::<anyhow::Result<_>>()?;
    Ok(Alarms { metric, composite, is_incomplete: described.next_token.is_some() })
}

fn parse(text: &str) -> anyhow::Result<AlarmDescription> {
    let mut document: Value = serde_json::from_str(text).context("not valid JSON")?;
    // The output of `--query MetricAlarms` is an array, and that of `--query 'MetricAlarms[0]'` is one alarm.
    if document.is_array() {
        document = serde_json::json!({ "MetricAlarms": document });
    } else if document.get("MetricName").is_some() {
        document = serde_json::json!({ "MetricAlarms": [document] });
    }
    serde_json::from_value(document).context("expected the output of `aws cloudwatch describe-alarms`")
}

fn composite(alarm: DescribedComposite) -> anyhow::Result<Composite> {
    let rule = RuleExpression::parse(&alarm.alarm_rule)
        .with_context(|| format!("`{}` cannot be simulated", printable(&alarm.alarm_name)))?;
    let suppressor = alarm.actions_suppressor.map(|suppressor| Suppressor {
        alarm: suppressor,
        wait_period: alarm.actions_suppressor_wait_period,
        extension_period: alarm.actions_suppressor_extension_period,
    });
    Ok(Composite { name: alarm.alarm_name, rule, suppressor })
}
