//! The limits of the command line, which decide about the exit code.

use super::arguments::LimitOptions;
use super::comparison::lost;
use super::report::{BacktestTotals, DayReport, LimitReport, PairReport};

/// The limits that are set, each with what the backtest came to.
pub(super) fn limits(
    options: LimitOptions,
    totals: &BacktestTotals,
    days: &[DayReport],
    comparison: Option<&[PairReport]>,
) -> Vec<LimitReport> {
    let mut limits = Vec::new();
    let with_files = totals.days_with_files.max(1);
    for (option, limit, total) in [
        ("--max-alerts-per-day", options.max_alerts_per_day, totals.alerts),
        ("--max-rings-per-day", options.max_rings_per_day, totals.rings),
    ] {
        limits.extend(limit.map(|limit| LimitReport {
            option,
            limit: limit.to_string(),
            value: tenths(total, with_files),
            is_exceeded: u128::from(total) > u128::from(limit) * u128::from(with_files),
        }));
    }
    limits.extend(options.max_alerts_on_a_day.map(|limit| {
        let worst = days.iter().map(|day| day.alerts).max().unwrap_or(0);
        LimitReport {
            option: "--max-alerts-on-a-day",
            limit: limit.to_string(),
            value: worst.to_string(),
            is_exceeded: worst > limit,
        }
    }));
    limits.extend(options.fail_on_lost.map(|severity| {
        let lost = lost(comparison.unwrap_or_default(), severity);
        LimitReport {
            option: "--fail-on-lost",
            limit: severity.to_string(),
            value: lost.to_string(),
            is_exceeded: lost > 0,
        }
    }));
    limits
}

/// A quotient with one decimal, rounded up, so that a value above a limit never looks equal to it.
pub(super) fn tenths(total: u64, by: u64) -> String {
    let tenths = (u128::from(total) * 10).div_ceil(u128::from(by.max(1)));
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOTALS: BacktestTotals = BacktestTotals {
        days_with_files: 3,
        matches: 50,
        alerts: 7,
        rings: 6,
        composite_rings: 0,
        seconds_in_alarm: 0,
    };

    #[test]
    fn an_average_counts_only_days_with_files() {
        let options = LimitOptions {
            max_alerts_per_day: Some(2),
            max_alerts_on_a_day: None,
            max_rings_per_day: Some(2),
            fail_on_lost: None,
        };
        let limits: Vec<_> = limits(options, &TOTALS, &[], None)
            .into_iter()
            .map(|limit| (limit.option, limit.value, limit.is_exceeded))
            .collect();
        let expected = [
            ("--max-alerts-per-day", "2.4".to_owned(), true),
            ("--max-rings-per-day", "2.0".to_owned(), false),
        ];
        assert_eq!(limits, expected);
    }

    #[test]
    fn one_bad_day_exceeds_the_limit_of_a_day() {
        let day = |alerts| DayReport { date: String::new(), has_files: true, matches: 0, alerts, rings: 0 };
        let options = |limit| LimitOptions {
            max_alerts_per_day: None,
            max_alerts_on_a_day: Some(limit),
            max_rings_per_day: None,
            fail_on_lost: None,
        };
        let is_exceeded = |limit| limits(options(limit), &TOTALS, &[day(1), day(6)], None)[0].is_exceeded;
        assert!(is_exceeded(5) && !is_exceeded(6));
    }
}
