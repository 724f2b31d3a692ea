//! Alarms that CloudWatch accepts but that cannot do their job. Each is reported as a warning.
//!
//! | warning | reason |
//! |---|---|
//! | the alarm watches a metric that the rule does not publish | an alarm sees only datapoints with exactly its dimensions |
//! | the alarm can never fire | no possible value of a period breaches the threshold |
//! | the alarm never clears | quiet periods breach as well, or leave the state unchanged |
//! | matches rarely raise the alarm | the values of records that do not match outweigh the matches |
//! | a single match never raises the alarm | several periods must breach, and quiet periods do not |
//! | the alarm does not look back far enough | a datapoint with `timestamp: event` arrives minutes after its event |
//!
//! The possible values of a period follow from the metric value if it is a constant. If the value comes from the
//! record, only the number of datapoints is known.
//!
//! Source: `PutMetricAlarm` of the CloudWatch API; "Configuring how CloudWatch alarms treat missing data" in its user
//! guide.

use super::super::Context;
use crate::{
    ComparisonOperator, MetricTransformation, MetricValue, RuleAlarm, Statistic, TimestampSource,
    TreatMissingData, defaults, yaml::Node,
};

/// Reports all of these warnings.
pub(in crate::schema) fn check(
    alarm: &RuleAlarm,
    metric: &MetricTransformation,
    node: &Node<'_>,
    context: &mut Context<'_, '_>,
) {
    if alarm.dimensions.is_empty() && !metric.dimensions.is_empty() {
        context.warning(
            node.headline(),
            "the alarm watches the metric without dimensions, but the rule publishes it only with dimensions",
            "CloudWatch does not aggregate across dimensions: add `dimensions` to the alarm, or write `alarm: false`",
        );
        return;
    }
    let has_datapoints_to_alarm = node.get("datapointsToAlarm").is_some();
    if let Some((message, help)) = wrong_state(alarm, metric, has_datapoints_to_alarm) {
        context.warning(node.headline(), message, help);
    }
    let seconds = u64::from(alarm.period) * u64::from(alarm.evaluation_periods);
    if metric.timestamp == TimestampSource::Event && seconds < u64::from(defaults::LATENESS_SECONDS) {
        context.warning(
            node.headline(),
            format!(
                "the alarm looks back only {seconds} seconds, and datapoints with `timestamp: event` arrive later"
            ),
            "CloudTrail delivers events within 5 to 15 minutes; without `evaluationPeriods`, the alarm looks back an hour",
        );
    }
}

/// Why the alarm is in the wrong state, as message and help: the most serious reason only.
fn wrong_state(
    alarm: &RuleAlarm,
    metric: &MetricTransformation,
    has_datapoints_to_alarm: bool,
) -> Option<(String, &'static str)> {
    let breaches = Breaches::of(alarm, Range::of(&alarm.statistic, metric));
    if breaches == Breaches::Never && alarm.treat_missing_data != TreatMissingData::Breaching {
        return Some(never_fires(alarm, metric));
    }
    if let Some((message, help)) = never_clears(alarm, metric, breaches) {
        return Some((message.to_owned(), help));
    }
    if let Some(default) = diluting_default(alarm, metric) {
        let message = format!(
            "matches rarely raise the alarm: `{}` covers all records, and each record that does not match adds {default}",
            alarm.statistic
        );
        return Some((message, "write `statistic: Sum` or `statistic: Maximum`, or remove `defaultValue`"));
    }
    if needs_several_matches(alarm, metric) && !has_datapoints_to_alarm {
        let message = format!(
            "a single match never raises the alarm: {} periods must breach, and a period without matches does not",
            alarm.datapoints_to_alarm
        );
        return Some((message, "write `datapointsToAlarm: 1`, or the number that you intend"));
    }
    None
}

fn never_fires(alarm: &RuleAlarm, metric: &MetricTransformation) -> (String, &'static str) {
    let value = match metric.value {
        MetricValue::Constant(value) if alarm.statistic != Statistic::SampleCount => {
            format!("each match adds {value} to the metric")
        }
        MetricValue::Constant(_) | MetricValue::Field(_) => {
            "`SampleCount` is at least 1 in a period with a match".to_owned()
        }
    };
    (
        format!("the alarm can never fire: {value}, and the threshold is {}", alarm.threshold),
        "change `metricValue`, `threshold` or `comparisonOperator`, or write `alarm: false`",
    )
}

/// How often the possible values of a period with records breach the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaches {
    Never,
    Sometimes,
    Always,
}

impl Breaches {
    fn of(alarm: &RuleAlarm, range: Range) -> Self {
        // The operators are monotonic, so the two ends decide for all values in between.
        match (alarm.is_breached_by(range.lowest), alarm.is_breached_by(range.highest)) {
            (true, true) => Self::Always,
            (false, false) => Self::Never,
            (true, false) | (false, true) => Self::Sometimes,
        }
    }
}

/// The smallest and the largest possible value of a period with datapoints.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    lowest: f64,
    highest: f64,
}

impl Range {
    fn of(statistic: &Statistic, metric: &MetricTransformation) -> Self {
        if *statistic == Statistic::SampleCount {
            return Self { lowest: 1.0, highest: f64::INFINITY };
        }
        let MetricValue::Constant(value) = metric.value else {
            return Self { lowest: f64::NEG_INFINITY, highest: f64::INFINITY };
        };
        let other = metric.default_value.unwrap_or(value);
        let (lowest, highest) = (value.min(other), value.max(other));
        match statistic {
            // A sum can be any multiple of a datapoint.
            Statistic::Sum => Self {
                lowest: if lowest < 0.0 { f64::NEG_INFINITY } else { lowest },
                highest: if highest > 0.0 { f64::INFINITY } else { highest },
            },
            Statistic::SampleCount
            | Statistic::Average
            | Statistic::Minimum
            | Statistic::Maximum
            | Statistic::Percentile(_) => Self { lowest, highest },
        }
    }
}

/// Why an alarm stays in `ALARM`, if it does, as message and help.
fn never_clears(
    alarm: &RuleAlarm,
    metric: &MetricTransformation,
    breaches: Breaches,
) -> Option<(&'static str, &'static str)> {
    const HELP: &str = "write `treatMissingData: notBreaching`";
    let is_quiet_when_missing = metric.default_value.is_none();
    match (alarm.treat_missing_data, breaches) {
        (TreatMissingData::Breaching, Breaches::Always) => {
            Some(("the alarm never clears: every match breaches, and so does a period without matches", HELP))
        }
        (TreatMissingData::Breaching, Breaches::Sometimes) if is_quiet_when_missing && alarm.rises() => {
            Some(("the alarm never clears while nothing matches: a period without matches breaches", HELP))
        }
        (TreatMissingData::Ignore, Breaches::Always) => Some((
            "the alarm never clears: every match breaches, and a period without matches leaves the state unchanged",
            HELP,
        )),
        (TreatMissingData::Ignore, Breaches::Sometimes) if is_quiet_when_missing && alarm.rises() => Some((
            "the alarm never clears while nothing matches: a period without matches leaves the state unchanged",
            HELP,
        )),
        (_, Breaches::Always) if !is_quiet_when_missing => Some((
            "the alarm never clears while records arrive: records that do not match breach too",
            "remove `defaultValue`, or change `threshold`",
        )),
        (
            TreatMissingData::Breaching
            | TreatMissingData::Ignore
            | TreatMissingData::Missing
            | TreatMissingData::NotBreaching,
            Breaches::Never | Breaches::Sometimes | Breaches::Always,
        ) => None,
    }
}

/// The default value that keeps an alarm quiet although records match, because its statistic covers all records.
///
/// If the average breaches when at most half of the records match, the threshold counts as an intended ratio.
fn diluting_default(alarm: &RuleAlarm, metric: &MetricTransformation) -> Option<f64> {
    let default = metric.default_value.filter(|default| alarm.rises() && !alarm.is_breached_by(*default))?;
    let is_diluted = match (&alarm.statistic, &metric.value) {
        (Statistic::Minimum, _) => true,
        // The largest value comes from a match.
        (Statistic::Percentile(text), _) => text != "p100",
        (Statistic::Average, MetricValue::Constant(value)) => {
            alarm.threshold - default > value - alarm.threshold
        }
        (Statistic::Average, MetricValue::Field(_)) => true,
        (Statistic::Sum | Statistic::SampleCount | Statistic::Maximum, _) => false,
    };
    is_diluted.then_some(default)
}

/// Whether matches within a single period are never enough, no matter how many.
fn needs_several_matches(alarm: &RuleAlarm, metric: &MetricTransformation) -> bool {
    let quiet_is_fine =
        metric.default_value.is_some() || alarm.treat_missing_data == TreatMissingData::NotBreaching;
    alarm.datapoints_to_alarm > 1 && alarm.rises() && quiet_is_fine
}

impl RuleAlarm {
    /// Whether a period with this value breaches the threshold.
    fn is_breached_by(&self, value: f64) -> bool {
        match self.comparison_operator {
            ComparisonOperator::GreaterThanOrEqualToThreshold => value >= self.threshold,
            ComparisonOperator::GreaterThanThreshold => value > self.threshold,
            ComparisonOperator::LessThanThreshold => value < self.threshold,
            ComparisonOperator::LessThanOrEqualToThreshold => value <= self.threshold,
        }
    }

    /// Whether high values breach, rather than low ones.
    fn rises(&self) -> bool {
        match self.comparison_operator {
            ComparisonOperator::GreaterThanOrEqualToThreshold | ComparisonOperator::GreaterThanThreshold => {
                true
            }
            ComparisonOperator::LessThanThreshold | ComparisonOperator::LessThanOrEqualToThreshold => false,
        }
    }
}
