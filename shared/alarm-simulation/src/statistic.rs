//! How the samples of a period become one value.
//!
//! A statistic covers all samples of the period, each as often as its count. CloudWatch does not document how
//! it estimates a percentile. This module uses the nearest rank: the smallest sample for which at least that
//! share of the samples is less than or equal to it. The result is always a published value, and equals the
//! interpolated percentile if the neighbouring samples are equal. A percentile needs single values, and is
//! not available if any of them is negative. Trimmed means and similar statistics are not supported, because
//! rules cannot use them.
//!
//! Source: the CloudWatch User Guide, "CloudWatch statistics definitions" and "Percentiles".

use crate::exact::Scale;

/// The number of decimals that CloudWatch accepts in a percentile.
const DECIMALS: usize = 10;
/// 100 % in the unit of [`Rank::Percentile`].
const WHOLE: u64 = 1_000_000_000_000;

/// How a statistic is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SampleStatistic {
    SampleCount,
    Average,
    Sum,
    /// The sample at a rank.
    Order(Rank),
}

/// A rank among the samples of a period, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    Least,
    Greatest,
    /// A percentile, in 10^-10 of a percent.
    Percentile(u64),
}

/// The text does not name a statistic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a statistic that can be simulated; expected `SampleCount`, `Average`, `Sum`, `Minimum`, `Maximum` or `p0` to `p100`"
)]
pub struct StatisticError {
    /// The text.
    pub text: String,
}

impl SampleStatistic {
    pub(crate) fn new(statistic: &rules::Statistic) -> Result<Self, StatisticError> {
        Ok(match statistic {
            rules::Statistic::SampleCount => Self::SampleCount,
            rules::Statistic::Average => Self::Average,
            rules::Statistic::Sum => Self::Sum,
            rules::Statistic::Minimum => Self::Order(Rank::Least),
            rules::Statistic::Maximum => Self::Order(Rank::Greatest),
            rules::Statistic::Percentile(text) => {
                let share = percentile(text).ok_or_else(|| StatisticError { text: text.clone() })?;
                Self::Order(Rank::Percentile(share))
            }
        })
    }
}

impl Rank {
    /// Whether it is unavailable if a value is negative.
    pub(crate) fn needs_positive(self) -> bool {
        match self {
            Self::Least | Self::Greatest => false,
            Self::Percentile(_) => true,
        }
    }

    /// The rank among `samples` samples, from 1.
    pub(crate) fn among(self, samples: u64) -> u64 {
        match self {
            Self::Least => 1,
            Self::Greatest => samples,
            Self::Percentile(share) => {
                let rank = (u128::from(share) * u128::from(samples)).div_ceil(u128::from(WHOLE));
                u64::try_from(rank).unwrap_or(samples).max(1)
            }
        }
    }
}

/// `p99.9` in 10^-10 of a percent.
fn percentile(text: &str) -> Option<u64> {
    let number = text.strip_prefix('p')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let is_number =
        !whole.is_empty() && [whole, decimals].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if !is_number || whole.len() > 3 || decimals.len() > DECIMALS {
        return None;
    }
    let share: u64 = format!("{whole}{decimals:0<DECIMALS$}").parse().ok()?;
    (share <= WHOLE).then_some(share)
}

/// The value of a statistic over samples, as values with their counts; `None` if there is none.
///
/// # Errors
///
/// [`StatisticError`] for a percentile that is not one.
pub fn statistic_value(
    statistic: &rules::Statistic,
    samples: &[(f64, u64)],
) -> Result<Option<f64>, StatisticError> {
    let statistic = SampleStatistic::new(statistic)?;
    let mut sorted: Vec<(f64, u64)> = samples.iter().copied().filter(|&(_, count)| count > 0).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: u64 = sorted.iter().map(|&(_, count)| count).sum();
    if total == 0 {
        return Ok(None);
    }
    let scale = Scale::of(sorted.iter().copied());
    let sum =
        || scale.value(sorted.iter().map(|&(value, count)| scale.units(value) * i128::from(count)).sum());
    Ok(match statistic {
        SampleStatistic::SampleCount => Some(count_value(total)),
        SampleStatistic::Sum => Some(sum()),
        SampleStatistic::Average => Some(sum() / count_value(total)),
        SampleStatistic::Order(rank) => {
            let has_negative = sorted.first().is_some_and(|&(value, _)| value < 0.0);
            if rank.needs_positive() && has_negative { None } else { at_rank(&sorted, rank.among(total)) }
        }
    })
}

fn at_rank(sorted: &[(f64, u64)], rank: u64) -> Option<f64> {
    let mut passed = 0;
    sorted.iter().find_map(|&(value, count)| {
        passed += count;
        (passed >= rank).then_some(value)
    })
}

/// A number of samples as a value.
pub(crate) fn count_value(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "CloudWatch counts in doubles")]
    let value = count as f64;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, samples: &[(f64, u64)]) -> Option<f64> {
        let statistic = match name {
            "Sum" => rules::Statistic::Sum,
            "Average" => rules::Statistic::Average,
            "SampleCount" => rules::Statistic::SampleCount,
            "Minimum" => rules::Statistic::Minimum,
            "Maximum" => rules::Statistic::Maximum,
            percentile => rules::Statistic::Percentile(percentile.to_owned()),
        };
        statistic_value(&statistic, samples).unwrap()
    }

    #[test]
    fn every_sample_counts_as_often_as_it_was_published() {
        for (name, samples, expected) in [
            ("Sum", &[(2.0, 3), (0.5, 4)][..], Some(8.0)),
            ("Average", &[(2.0, 3), (6.0, 1)], Some(3.0)),
            ("SampleCount", &[(0.0, 7), (1.0, 0)], Some(7.0)),
            ("Minimum", &[(3.0, 1), (-2.0, 1)], Some(-2.0)),
            ("Maximum", &[(3.0, 1), (-2.0, 9)], Some(3.0)),
            ("p50", &[(1.0, 60), (9.0, 40)], Some(1.0)),
            ("p99.95", &[(1.0, 9_990), (5.0, 10)], Some(5.0)),
            ("p0", &[(7.0, 1), (3.0, 1)], Some(3.0)),
            ("p100.0", &[(7.0, 1), (3.0, 1)], Some(7.0)),
            ("Sum", &[], None),
            ("SampleCount", &[(1.0, 0)], None),
        ] {
            assert_eq!(of(name, samples), expected, "{name} {samples:?}");
        }
    }

    #[test]
    fn a_percentile_is_not_available_beside_negative_values() {
        assert_eq!(of("p90", &[(-1.0, 1), (5.0, 99)]), None);
        assert_eq!(of("p90", &[(0.0, 1), (5.0, 99)]), Some(5.0));
    }

    #[test]
    fn what_is_not_a_percentile_is_refused() {
        for text in ["p", "p101", "p100.1", "p-1", "p1e1", "99", "p.5", "tm90", "p1.01234567891", "p9 "] {
            let statistic = rules::Statistic::Percentile(text.to_owned());
            let error = statistic_value(&statistic, &[(1.0, 1)]).unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{text}` is not a statistic")), "{error}");
        }
    }
}
