//! The samples of a window, summarized as a few whole numbers. Samples can be added and removed exactly.
//!
//! Minimum, Maximum and percentiles need no sorting: the number of samples in the window that breach
//! individually decides whether the sample at a rank breaches.

use std::ops::{AddAssign, SubAssign};

use crate::datapoint::Sample;
use crate::decision::Point;
use crate::definition::Definition;
use crate::exact::Scale;
use crate::statistic::{SampleStatistic, count_value};

/// Sums over the samples of a step or of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    samples: u64,
    /// The number of samples that breach individually.
    breaching: u64,
    /// The number of samples below zero.
    negative: u64,
    /// The sum of the values, in units of the series' scale.
    sum: i128,
}

impl Window {
    pub(crate) fn of(sample: &Sample, definition: &Definition, scale: Scale) -> Self {
        let count_if = |condition: bool| if condition { sample.count } else { 0 };
        Self {
            samples: sample.count,
            breaching: count_if(definition.breaches(sample.value)),
            negative: count_if(sample.value < 0.0),
            sum: scale.units(sample.value) * i128::from(sample.count),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// How the alarm sees the window.
    pub(crate) fn point(&self, definition: &Definition, scale: Scale) -> Point {
        if self.samples == 0 {
            return Point::Missing;
        }
        let is_breaching = match definition.statistic {
            SampleStatistic::SampleCount => definition.breaches(count_value(self.samples)),
            SampleStatistic::Sum => definition.breaches(scale.value(self.sum)),
            SampleStatistic::Average => {
                definition.breaches(scale.value(self.sum) / count_value(self.samples))
            }
            SampleStatistic::Order(rank) => {
                if rank.needs_positive() && self.negative > 0 {
                    return Point::Missing;
                }
                let rank = rank.among(self.samples);
                if definition.breaches_above() {
                    self.samples - self.breaching < rank
                } else {
                    self.breaching >= rank
                }
            }
        };
        if is_breaching { Point::Breaching } else { Point::Within }
    }
}

impl AddAssign for Window {
    fn add_assign(&mut self, other: Self) {
        self.samples += other.samples;
        self.breaching += other.breaching;
        self.negative += other.negative;
        self.sum += other.sum;
    }
}

impl SubAssign for Window {
    fn sub_assign(&mut self, other: Self) {
        self.samples -= other.samples;
        self.breaching -= other.breaching;
        self.negative -= other.negative;
        self.sum -= other.sum;
    }
}
