//! The simulation agrees with the reference in the tree, and the order in which samples are delivered means
//! nothing.
//!
//! Values are multiples of a quarter, whose sums are exact in any order; sums of other values are tested in
//! `exact`.

use alarm_simulation::composite::RuleExpression;
use alarm_simulation::{Change, Definition, Point, Sample, Series, Span, State, reference, simulate};
use proptest::collection::vec;
use proptest::prelude::*;
use rules::{ComparisonOperator, RuleAlarm, Statistic, TreatMissingData};

/// A time that is not the beginning of a day.
const START: i64 = 1_772_440_860;

fn statistic() -> impl Strategy<Value = Statistic> {
    prop_oneof![
        4 => Just(Statistic::Sum),
        1 => Just(Statistic::SampleCount),
        1 => Just(Statistic::Average),
        1 => Just(Statistic::Minimum),
        1 => Just(Statistic::Maximum),
        2 => prop::sample::select(vec!["p0", "p10", "p50", "p90", "p99.9", "p100"])
            .prop_map(|text| Statistic::Percentile(text.to_owned())),
    ]
}

fn threshold() -> impl Strategy<Value = f64> {
    prop_oneof![4 => (-2_i32..12).prop_map(f64::from), 1 => (-8_i32..40).prop_map(|quarters| f64::from(quarters) / 4.0)]
}

fn alarm(periods: &'static [u32]) -> impl Strategy<Value = RuleAlarm> {
    let window = (1_u32..6).prop_flat_map(|n| (Just(n), 1..=n));
    let comparison = prop::sample::select(ComparisonOperator::ALL);
    let missing = prop::sample::select(TreatMissingData::ALL);
    let parts = (statistic(), prop::sample::select(periods), window, threshold(), comparison, missing);
    parts.prop_map(|(statistic, period, (n, m), threshold, comparison_operator, treat_missing_data)| {
        RuleAlarm {
            statistic,
            period,
            evaluation_periods: n,
            datapoints_to_alarm: m,
            threshold,
            comparison_operator,
            treat_missing_data,
            dimensions: Vec::new(),
        }
    })
}

/// Samples over some time, most of them on time, some late, some before the alarm, some in the future.
fn samples(seconds: i64) -> impl Strategy<Value = Vec<Sample>> {
    let delay = prop_oneof![
        6 => Just(60_i64),
        3 => 0..1_000_i64,
        1 => -1_800..7_200_i64,
    ];
    let value = prop_oneof![4 => Just(1.0), 1 => Just(0.0), 3 => (-4_i32..16).prop_map(|quarters| f64::from(quarters) / 4.0)];
    let sample = (-3_600..seconds, delay, value, 0_u64..4).prop_map(|(second, delay, value, count)| Sample {
        at: START + second,
        visible: START + second + delay,
        value,
        count,
    });
    vec(sample, 0..40)
}

fn before() -> impl Strategy<Value = State> {
    prop::sample::select(State::ALL.to_vec())
}

fn fast(alarm: &RuleAlarm, range: u32, samples: &[Sample], span: Span) -> Vec<Change> {
    let definition = Definition::with_range(alarm, range).unwrap();
    simulate(&definition, &Series::new(samples.to_vec()).unwrap(), span).changes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_timeline_is_that_of_the_reference(
        alarm in alarm(&[60, 120, 300, 900]), more in 0_u32..9, samples in samples(18_000), created in -90..3_600_i64, before in before(),
    ) {
        let range = alarm.evaluation_periods + more;
        let span = Span { created: START + created, until: START + 25_200, before };
        let expected = reference::simulate(&alarm, range, &samples, span);
        prop_assert_eq!(fast(&alarm, range, &samples, span), expected);
    }

    #[test]
    fn so_is_one_of_short_periods(
        alarm in alarm(&[10, 20, 30]), more in 0_u32..9, samples in samples(600), before in before(),
    ) {
        let range = alarm.evaluation_periods + more;
        let span = Span { created: START, until: START + 1_800, before };
        let expected = reference::simulate(&alarm, range, &samples, span);
        prop_assert_eq!(fast(&alarm, range, &samples, span), expected);
    }

    #[test]
    fn so_is_one_that_is_evaluated_hourly(
        alarm in alarm(&[43_200, 86_400]), more in 0_u32..4, samples in samples(500_000), before in before(),
    ) {
        let range = alarm.evaluation_periods + more;
        let span = Span { created: START, until: START + 900_000, before };
        let expected = reference::simulate(&alarm, range, &samples, span);
        prop_assert_eq!(fast(&alarm, range, &samples, span), expected);
    }

    #[test]
    fn one_evaluation_is_that_of_the_reference(
        alarm in alarm(&[300]), more in 0_u32..5, points in vec(0_u8..3, 10), before in before(),
    ) {
        let range = alarm.evaluation_periods + more;
        let points: Vec<Point> = points[10 - range as usize..]
            .iter()
            .map(|number| [Point::Missing, Point::Within, Point::Breaching][usize::from(*number)])
            .collect();
        let definition = Definition::with_range(&alarm, range).unwrap();
        prop_assert_eq!(definition.decide(&points, before), reference::decide(&alarm, &points, before));
    }

    /// Values such as 0.1 too: their sums are compared in the last bit.
    #[test]
    fn a_shuffled_delivery_changes_nothing(
        alarm in alarm(&[60, 300]), values in vec((0_i64..40, 0_u8..60, 0_i64..300, prop::sample::select(vec![0.1, 0.2, 0.3, 1.1, 1e9])), 1..60)
            .prop_shuffle(), threshold in prop::sample::select(vec![0.3, 0.6, 1.1, 1e9]), seed in any::<u64>(),
    ) {
        let alarm = RuleAlarm { threshold, ..alarm };
        let sample = |second: u8, &(minute, _, late, value): &(i64, u8, i64, f64)| {
            let at = START + minute * 60;
            Sample { at: at + i64::from(second), visible: at + 60 + late / 60 * 60, value, count: 1 }
        };
        let first: Vec<Sample> = values.iter().map(|value| sample(value.1, value)).collect();
        // Other seconds of the same minutes, in another order.
        let mut second: Vec<Sample> = values.iter().map(|value| sample(59 - value.1, value)).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut second);
        let span = Span { created: START - 60, until: START + 7_200, before: State::Ok };
        let range = alarm.evaluation_periods + 2;
        prop_assert_eq!(fast(&alarm, range, &first, span), fast(&alarm, range, &second, span));
    }
}

/// Pieces of rule expressions, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = [
        "ALARM", "OK", "NOT", "AND", "OR", "AT_LEAST", "TRUE", "(", ")", ",", "2", "50%", "\"", "\\", " ",
        "é", "a",
    ];
    vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_a_rule_expression_or_an_error_within_it(text in prop_oneof![pieces(), ".{0,60}"]) {
        match RuleExpression::parse(&text) {
            Ok(rule) => {
                rule.holds(|_| State::Ok);
                prop_assert!(rule.alarms().iter().all(|alarm| !alarm.is_empty()));
            }
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.character)),
        }
    }
}

#[test]
fn only_samples_that_no_evaluation_could_read_are_unseen() {
    let alarm = RuleAlarm {
        statistic: Statistic::Sum,
        period: 300,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold: 1.0,
        comparison_operator: ComparisonOperator::GreaterThanOrEqualToThreshold,
        treat_missing_data: TreatMissingData::NotBreaching,
        dimensions: Vec::new(),
    };
    let definition = Definition::new(&alarm).unwrap();
    let unseen = |at: i64, visible: i64| {
        let sample = Sample { at: START + at, visible: START + visible, value: 1.0, count: 3 };
        let span = Span { created: START, until: START + 7_200, before: State::Ok };
        let timeline = simulate(&definition, &Series::new(vec![sample]).unwrap(), span);
        assert_eq!(timeline.rings() == 1, timeline.unseen == 0 && (0..7_200).contains(&visible));
        timeline.unseen
    };
    // The last minute of three periods of five, and the one after it.
    assert_eq!(unseen(600, 600 + 15 * 60), 0);
    assert_eq!(unseen(600, 600 + 16 * 60), 3);
    // Before the alarm was made, and after the end.
    assert_eq!(unseen(-7_200, -60), 0);
    assert_eq!(unseen(600, 7_260), 0);
}
