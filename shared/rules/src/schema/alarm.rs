//! `alarm`: its keys, and what PutMetricAlarm would reject. Alarms that it accepts but that cannot do
//! their job are reported in [`checks`].
//!
//! Source: `PutMetricAlarm` of the CloudWatch API.

mod checks;
mod dimensions;

use super::{Context, fields::Fields, values, wording};
use crate::{
    MetricTransformation, NamedAlarm, RuleAlarm, Statistic, TimestampSource, defaults, limits, yaml::Node,
};

pub(super) use checks::check;
pub(super) use dimensions::give_each_account_one;

pub(crate) const KEYS: [&str; 9] = [
    "statistic",
    "extendedStatistic",
    "period",
    "evaluationPeriods",
    "datapointsToAlarm",
    "threshold",
    "comparisonOperator",
    "treatMissingData",
    "dimensions",
];

/// The alarm of a rule without the key `alarm`.
pub(super) fn default_alarm(metric: &MetricTransformation) -> Option<RuleAlarm> {
    let (evaluation_periods, datapoints_to_alarm) =
        default_window(Some(metric.timestamp), defaults::PERIOD_SECONDS);
    metric.dimensions.is_empty().then_some(RuleAlarm {
        statistic: defaults::STATISTIC,
        period: defaults::PERIOD_SECONDS,
        evaluation_periods,
        datapoints_to_alarm,
        threshold: defaults::THRESHOLD,
        comparison_operator: defaults::COMPARISON_OPERATOR,
        treat_missing_data: defaults::TREAT_MISSING_DATA,
        dimensions: Vec::new(),
    })
}

/// Reads the alarm of a rule. The outer `None` means a fault, the inner one `alarm: false`.
pub(super) fn alarm(
    node: &Node<'_>,
    metric: Option<&MetricTransformation>,
    context: &mut Context<'_, '_>,
) -> Option<Option<RuleAlarm>> {
    if values::switched_off(node, "`alarm`", context)? {
        return Some(None);
    }
    let fields = Fields::read(node, "`alarm`", &KEYS, context)?;
    of_fields(&fields, metric, context).map(Some)
}

/// Reads an item of a rule's `alarms`.
pub(super) fn named_alarm(
    node: &Node<'_>,
    metric: Option<&MetricTransformation>,
    context: &mut Context<'_, '_>,
) -> Option<NamedAlarm> {
    let fields = Fields::read(node, "an item of `alarms`", &[&["name"], &KEYS[..]].concat(), context)?;
    let name = fields.required("name", context).and_then(|node| alarm_name(node, context));
    let alarm = of_fields(&fields, metric, context);
    Some(NamedAlarm { name: name?, alarm: alarm? })
}

fn alarm_name(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<String> {
    let name = values::line(node, "`name` of an alarm", context)?;
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if !name.split('-').all(is_word) || name.len() > limits::ID_CHARACTERS {
        let message = format!("`{}` is not a name of an alarm", wording::shortened(name));
        context.error_with_help(node.span, message, "use kebab-case, as in `critical`");
        return None;
    }
    Some(name.to_owned())
}

fn of_fields(
    fields: &Fields<'_, '_>,
    metric: Option<&MetricTransformation>,
    context: &mut Context<'_, '_>,
) -> Option<RuleAlarm> {
    let statistic = statistic(fields, context);
    let period = match fields.get("period") {
        Some(node) => period(node, context),
        None => Some(defaults::PERIOD_SECONDS),
    };
    let window = window(fields, period, metric.map(|metric| metric.timestamp), context);
    let threshold = match fields.get("threshold") {
        Some(node) => values::number(node, "`threshold`", context),
        None => Some(defaults::THRESHOLD),
    };
    let comparison_operator = match fields.get("comparisonOperator") {
        Some(node) => values::named(node, "`comparisonOperator`", context),
        None => Some(defaults::COMPARISON_OPERATOR),
    };
    let treat_missing_data = match fields.get("treatMissingData") {
        Some(node) => values::named(node, "`treatMissingData`", context),
        None => Some(defaults::TREAT_MISSING_DATA),
    };
    let dimensions = match (fields.get("dimensions"), metric) {
        (Some(node), Some(metric)) => dimensions::dimensions(node, metric, context),
        (Some(_), None) => None,
        (None, _) => Some(Vec::new()),
    };
    let (evaluation_periods, datapoints_to_alarm) = window?;
    Some(RuleAlarm {
        statistic: statistic?,
        period: period?,
        evaluation_periods,
        datapoints_to_alarm,
        threshold: threshold?,
        comparison_operator: comparison_operator?,
        treat_missing_data: treat_missing_data?,
        dimensions: dimensions?,
    })
}

fn statistic(fields: &Fields<'_, '_>, context: &mut Context<'_, '_>) -> Option<Statistic> {
    match (fields.get("statistic"), fields.get("extendedStatistic")) {
        (None, None) => Some(defaults::STATISTIC),
        (Some(node), None) => {
            let written = values::text(node, "`statistic`", context)?;
            let named = Statistic::NAMED.into_iter().find(|statistic| statistic.as_str() == written);
            let statistic = named.or_else(|| percentile(written));
            if statistic.is_none() {
                let names = Statistic::NAMED.each_ref().map(Statistic::as_str);
                let allowed: Vec<_> = names.into_iter().chain(["p99"]).collect();
                values::unknown_name(node, "`statistic`", written, &allowed, context);
            }
            statistic
        }
        (None, Some(node)) => {
            let written = values::text(node, "`extendedStatistic`", context)?;
            let statistic = percentile(written);
            if statistic.is_none() {
                let help = "use a percentile from `p0` to `p100`";
                let message =
                    format!("unknown value `{}` for `extendedStatistic`", wording::shortened(written));
                context.error_with_help(node.span, message, help);
            }
            statistic
        }
        (Some(_), Some(node)) => {
            context.error(node.headline(), "`statistic` and `extendedStatistic` cannot be combined");
            None
        }
    }
}

/// A percentile from `p0` to `p100`, with at most ten decimals.
fn percentile(text: &str) -> Option<Statistic> {
    let number = text.strip_prefix('p').filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))?;
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let in_range = values::decimal(number).is_some_and(|number| (0.0..=100.0).contains(&number));
    (plain && in_range && decimals <= 10).then(|| Statistic::Percentile(text.to_owned()))
}

fn period(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<u32> {
    let period = values::positive(node, "`period`", context)?;
    if limits::SHORT_PERIODS_SECONDS.contains(&period) {
        context.warning(
            node.span,
            "periods shorter than a minute are mostly empty, because datapoints have a resolution of one minute",
            "use `period: 60` or more",
        );
        return Some(period);
    }
    if !period.is_multiple_of(limits::MINUTE_SECONDS) {
        let message = format!("`period` cannot be {period} seconds");
        context.error_with_help(node.span, message, "use 10, 20, 30 or a multiple of 60 seconds");
        return None;
    }
    Some(period)
}

/// The evaluation periods and datapoints to alarm, which must be consistent with the period and with each other.
fn window(
    fields: &Fields<'_, '_>,
    period: Option<u32>,
    timestamp: Option<TimestampSource>,
    context: &mut Context<'_, '_>,
) -> Option<(u32, u32)> {
    let (default_evaluation_periods, default_datapoints) =
        default_window(timestamp, period.unwrap_or(defaults::PERIOD_SECONDS));
    let evaluation_periods_node = fields.get("evaluationPeriods");
    let evaluation_periods = match evaluation_periods_node {
        Some(node) => values::positive(node, "`evaluationPeriods`", context),
        None => Some(default_evaluation_periods),
    };
    let datapoints_node = fields.get("datapointsToAlarm");
    let datapoints = match datapoints_node {
        Some(node) => values::positive(node, "`datapointsToAlarm`", context),
        None if evaluation_periods_node.is_none() => Some(default_datapoints),
        None if timestamp == Some(TimestampSource::Event) => Some(defaults::EVENT_TIME_DATAPOINTS_TO_ALARM),
        None => evaluation_periods,
    };
    let (evaluation_periods, datapoints) = (evaluation_periods?, datapoints?);
    if let Some(node) = datapoints_node.filter(|_| datapoints > evaluation_periods) {
        let message = format!(
            "`datapointsToAlarm` ({datapoints}) is greater than `evaluationPeriods` ({evaluation_periods})"
        );
        context.error_with_help(node.span, message, "such an alarm could never fire");
        return None;
    }
    let period = period?;
    let seconds = u64::from(period) * u64::from(evaluation_periods);
    let (allowed, case) = if period < limits::LONG_PERIOD_SECONDS {
        (limits::SHORT_WINDOW_SECONDS, "with a `period` shorter than an hour")
    } else {
        (limits::LONG_WINDOW_SECONDS, "with a `period` of an hour or more")
    };
    if seconds > allowed {
        let node = evaluation_periods_node.or_else(|| fields.get("period"))?;
        let message = format!("the alarm looks back {seconds} seconds; the limit is {allowed} {case}");
        context.error_with_help(node.headline(), message, "reduce `evaluationPeriods` or `period`");
        return None;
    }
    Some((evaluation_periods, datapoints))
}

fn default_window(timestamp: Option<TimestampSource>, period: u32) -> (u32, u32) {
    match timestamp {
        Some(TimestampSource::Event) => (
            defaults::EVENT_TIME_WINDOW_SECONDS.div_ceil(period).max(1),
            defaults::EVENT_TIME_DATAPOINTS_TO_ALARM,
        ),
        Some(TimestampSource::Delivery) | None => {
            (defaults::EVALUATION_PERIODS, defaults::EVALUATION_PERIODS)
        }
    }
}
