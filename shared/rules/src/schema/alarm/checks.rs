//! Alarms that CloudWatch takes and that do not do what they are for. Each is a warning.
//!
//! | warning | why |
//! |---|---|
//! | the alarm reads a metric that the rule does not publish | an alarm sees only datapoints of exactly its dimensions |
//! | the alarm can never fire | no value that a period can have breaches the threshold |
//! | the alarm never clears | every period breaches, with records and without |
//! | one match never raises the alarm | several periods have to breach, and a quiet one does not |
//! | the alarm may look too late | a datapoint with the time of its event comes minutes after it |
//!
//! What a period can have follows from the metric value where that is a constant. Of a value from the record nothing is
//! known but how many there are.
//!
//! Source: `PutMetricAlarm` of the CloudWatch API; "Configuring how CloudWatch alarms treat missing data" in its user guide.

use super::super::Context;
use crate::{
    Alarm, ComparisonOperator, MetricTransformation, MetricValue, Statistic, TimestampSource,
    TreatMissingData, defaults, yaml::Node,
};

/// Warns of everything above.
pub(in crate::schema) fn check(
    alarm: &Alarm,
    metric: &MetricTransformation,
    node: &Node<'_>,
    context: &mut Context<'_, '_>,
) {
    if alarm.dimensions.is_empty() && !metric.dimensions.is_empty() {
        context.warning(
            node.headline(),
            "the alarm reads the metric without dimensions, and the rule publishes it with dimensions only",
            "CloudWatch does not sum over dimensions: write the alarm's `dimensions`, or `alarm: false`",
        );
        return;
    }
    let mut warn = |message: String, help: &str| context.warning(node.headline(), message, help);
    let threshold = alarm.threshold;
    let breaches = Breaches::of(alarm, Range::of(&alarm.statistic, metric));
    if breaches == Breaches::Never && alarm.treat_missing_data != TreatMissingData::Breaching {
        let added = match metric.value {
            MetricValue::Constant(value) if alarm.statistic != Statistic::SampleCount => {
                format!("a match adds {value} to the metric")
            }
            MetricValue::Constant(_) | MetricValue::Field(_) => {
                "`SampleCount` of a period with a match is 1 or more".to_owned()
            }
        };
        warn(
            format!("the alarm can never fire: {added}, and the threshold is {threshold}"),
            "change `metricValue`, `threshold` or `comparisonOperator`, or write `alarm: false`",
        );
    } else if let Some((message, help)) = never_clears(alarm, metric, breaches) {
        warn(message.to_owned(), help);
    } else if needs_several_matches(alarm, metric) && node.get("datapointsToAlarm").is_none() {
        warn(
            format!(
                "one match never raises the alarm: {} periods have to breach, and one without matches does not",
                alarm.datapoints_to_alarm
            ),
            "write `datapointsToAlarm: 1`, or the number that is meant",
        );
    }
    let seconds = u64::from(alarm.period) * u64::from(alarm.evaluation_periods);
    if metric.timestamp == TimestampSource::Event && seconds < u64::from(defaults::LATENESS_SECONDS) {
        warn(
            format!(
                "the alarm looks back {seconds} seconds, and datapoints with the time of their event come later"
            ),
            "CloudTrail delivers within 5 to 15 minutes: leave `evaluationPeriods` out, and it is an hour",
        );
    }
}

/// How the values that a period with records can have stand to the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaches {
    Never,
    Sometimes,
    Always,
}

impl Breaches {
    fn of(alarm: &Alarm, range: Range) -> Self {
        let breaches = |value: f64| match alarm.comparison_operator {
            ComparisonOperator::GreaterThanOrEqualToThreshold => value >= alarm.threshold,
            ComparisonOperator::GreaterThanThreshold => value > alarm.threshold,
            ComparisonOperator::LessThanThreshold => value < alarm.threshold,
            ComparisonOperator::LessThanOrEqualToThreshold => value <= alarm.threshold,
        };
        // The operators are monotonic, so the ends decide for all between them.
        match (breaches(range.lowest), breaches(range.highest)) {
            (true, true) => Self::Always,
            (false, false) => Self::Never,
            (true, false) | (false, true) => Self::Sometimes,
        }
    }
}

/// The least and the greatest value that a period with datapoints can have.
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
            // Any multiple of a datapoint is a sum.
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

/// Whether an alarm that is up stays up, and why.
fn never_clears(
    alarm: &Alarm,
    metric: &MetricTransformation,
    breaches: Breaches,
) -> Option<(&'static str, &'static str)> {
    const HELP: &str = "write `treatMissingData: notBreaching`";
    let is_quiet_when_missing = metric.default_value.is_none();
    match (alarm.treat_missing_data, breaches) {
        (TreatMissingData::Breaching, Breaches::Always) => {
            Some(("the alarm never clears: every match breaches, and so does a period without one", HELP))
        }
        (TreatMissingData::Breaching, Breaches::Sometimes) if is_quiet_when_missing && alarm.rises() => {
            Some(("the alarm never clears while nothing matches: a period without a match breaches", HELP))
        }
        (TreatMissingData::Ignore, Breaches::Always) => Some((
            "the alarm never clears: every match breaches, and a period without one changes nothing",
            HELP,
        )),
        (_, Breaches::Always) if !is_quiet_when_missing => Some((
            "the alarm never clears while records come: those that do not match breach too",
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

/// Whether matches within one period are not enough, however many they are.
fn needs_several_matches(alarm: &Alarm, metric: &MetricTransformation) -> bool {
    let quiet_is_fine =
        metric.default_value.is_some() || alarm.treat_missing_data == TreatMissingData::NotBreaching;
    alarm.datapoints_to_alarm > 1 && alarm.rises() && quiet_is_fine
}

impl Alarm {
    /// Whether the alarm is about too much rather than too little.
    fn rises(&self) -> bool {
        match self.comparison_operator {
            ComparisonOperator::GreaterThanOrEqualToThreshold | ComparisonOperator::GreaterThanThreshold => {
                true
            }
            ComparisonOperator::LessThanThreshold | ComparisonOperator::LessThanOrEqualToThreshold => false,
        }
    }
}
