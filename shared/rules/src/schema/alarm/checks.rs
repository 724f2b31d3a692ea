//! Alarms that CloudWatch takes and that do not do what they are for. Each is a warning.
//!
//! | warning | why |
//! |---|---|
//! | the alarm reads a metric that the rule does not publish | an alarm sees only datapoints of exactly its dimensions |
//! | the alarm can never fire | no value that a period can have breaches the threshold |
//! | the alarm never clears | every period breaches, with records and without, or a quiet one changes nothing |
//! | matches hardly ever raise the alarm | the values of the records that do not match outweigh theirs |
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
    } else if let Some(default) = diluting_default(alarm, metric) {
        warn(
            format!(
                "matches hardly ever raise the alarm: `{}` is over all records, and each that does not match adds {default}",
                alarm.statistic
            ),
            "write `statistic: Sum` or `statistic: Maximum`, or remove `defaultValue`",
        );
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
        // The operators are monotonic, so the ends decide for all between them.
        match (alarm.is_breached_by(range.lowest), alarm.is_breached_by(range.highest)) {
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
        (TreatMissingData::Ignore, Breaches::Sometimes) if is_quiet_when_missing && alarm.rises() => Some((
            "the alarm never clears while nothing matches: a period without a match changes nothing",
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

/// The default value that keeps an alarm quiet although records match, since its statistic is over all records.
///
/// A threshold that the average passes when half of the records match, or fewer, is taken for a share that is meant.
fn diluting_default(alarm: &Alarm, metric: &MetricTransformation) -> Option<f64> {
    let default = metric.default_value.filter(|default| alarm.rises() && !alarm.is_breached_by(*default))?;
    let is_diluted = match (&alarm.statistic, &metric.value) {
        (Statistic::Minimum, _) => true,
        // The greatest value is that of a match.
        (Statistic::Percentile(text), _) => text != "p100",
        (Statistic::Average, MetricValue::Constant(value)) => {
            alarm.threshold - default > value - alarm.threshold
        }
        (Statistic::Average, MetricValue::Field(_)) => true,
        (Statistic::Sum | Statistic::SampleCount | Statistic::Maximum, _) => false,
    };
    is_diluted.then_some(default)
}

/// Whether matches within one period are not enough, however many they are.
fn needs_several_matches(alarm: &Alarm, metric: &MetricTransformation) -> bool {
    let quiet_is_fine =
        metric.default_value.is_some() || alarm.treat_missing_data == TreatMissingData::NotBreaching;
    alarm.datapoints_to_alarm > 1 && alarm.rises() && quiet_is_fine
}

impl Alarm {
    /// Whether a period with this value breaches.
    fn is_breached_by(&self, value: f64) -> bool {
        match self.comparison_operator {
            ComparisonOperator::GreaterThanOrEqualToThreshold => value >= self.threshold,
            ComparisonOperator::GreaterThanThreshold => value > self.threshold,
            ComparisonOperator::LessThanThreshold => value < self.threshold,
            ComparisonOperator::LessThanOrEqualToThreshold => value <= self.threshold,
        }
    }

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
