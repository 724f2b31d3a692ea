//! A year of 64 alarms. `cargo bench -p alarm-simulation`.
//!
//! Samples arrive in the minute after theirs, or some minutes late, as those of a rule with
//! `timestamp: event` do.

#![expect(clippy::unwrap_used, reason = "the inputs are fixed, and a bench has nobody to report to")]

use std::sync::LazyLock;

use alarm_simulation::{Definition, Sample, Series, Span, State, simulate};
use divan::Bencher;
use divan::counter::ItemsCount;
use rules::{ComparisonOperator, RuleAlarm, Statistic, TreatMissingData};

/// 2026-01-01.
const START: i64 = 1_767_225_600;
const MINUTES: i64 = 525_600;
const ALARMS: u64 = 64;

fn main() {
    divan::main();
}

/// One series for each density, in samples for 1,000 minutes.
static ON_TIME: LazyLock<[(u32, Series); 4]> =
    LazyLock::new(|| [1, 10, 50, 1_000].map(|density| (density, series(density, 1))));
static LATE: LazyLock<[(u32, Series); 3]> =
    LazyLock::new(|| [1, 10, 50].map(|density| (density, series(density, 12))));

fn series(density: u32, latest: i64) -> Series {
    let mut random = fastrand::Rng::with_seed(7);
    let mut samples = Vec::new();
    for minute in 0..MINUTES {
        if random.u32(0..1_000) < density {
            let at = START + minute * 60;
            let visible = at + 60 * random.i64(1..=latest);
            samples.push(Sample { at, visible, value: 1.0, count: random.u64(1..4) });
        }
    }
    Series::new(samples).unwrap()
}

fn alarm(period: u32, evaluation_periods: u32, datapoints_to_alarm: u32) -> Definition {
    Definition::new(&RuleAlarm {
        statistic: Statistic::Sum,
        period,
        evaluation_periods,
        datapoints_to_alarm,
        threshold: 3.0,
        comparison_operator: ComparisonOperator::GreaterThanOrEqualToThreshold,
        treat_missing_data: TreatMissingData::NotBreaching,
        dimensions: Vec::new(),
    })
    .unwrap()
}

fn run(bencher: Bencher<'_, '_>, series: &[(u32, Series)], density: u32, definition: &Definition) {
    let (_, series) = series.iter().find(|(of, _)| *of == density).unwrap();
    let span = Span { created: START, until: START + MINUTES * 60, before: State::Ok };
    bencher.counter(ItemsCount::new(ALARMS)).bench(|| {
        (0..ALARMS).map(|_| simulate(definition, divan::black_box(series), span).rings()).sum::<usize>()
    });
}

#[divan::bench(args = [1, 10, 50, 1_000], sample_count = 5)]
fn one_of_one(bencher: Bencher<'_, '_>, density: u32) {
    run(bencher, &*ON_TIME, density, &alarm(300, 1, 1));
}

#[divan::bench(args = [1, 10, 50, 1_000], sample_count = 5)]
fn three_of_288(bencher: Bencher<'_, '_>, density: u32) {
    run(bencher, &*ON_TIME, density, &alarm(300, 288, 3));
}

#[divan::bench(args = [1, 10, 50, 1_000], sample_count = 5)]
fn a_day(bencher: Bencher<'_, '_>, density: u32) {
    run(bencher, &*ON_TIME, density, &alarm(86_400, 1, 1));
}

#[divan::bench(args = [1, 10, 50], sample_count = 5)]
fn late_one_of_twelve(bencher: Bencher<'_, '_>, density: u32) {
    run(bencher, &*LATE, density, &alarm(300, 12, 1));
}
