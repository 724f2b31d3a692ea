//! The data of an alarm's metric. Each sample has two times: the time that it belongs to, and when it became
//! visible.
//!
//! A series belongs to one metric with exactly the dimensions of the alarm; several rules may publish to it.
//! The caller says where the samples come from and how late they are.

use crate::exact::Scale;

/// A published value, and how often it was published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The time that it belongs to, in seconds since 1970: the `Timestamp` of the datapoint.
    pub at: i64,
    /// When an alarm can first see it, in seconds since 1970.
    pub visible: i64,
    /// The value.
    pub value: f64,
    /// How often it was published; a sample with a count of 0 does not exist.
    pub count: u64,
}

/// The samples of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// In the order in which they become visible. Ties have a fixed order too, so that the same samples
    /// always make the same series.
    samples: Vec<Sample>,
    scale: Scale,
}

/// A value that a series cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the value {value} of a datapoint is not a finite number")]
pub struct SeriesError {
    /// The value.
    pub value: f64,
}

impl Series {
    /// Samples in any order. Takes O(n log n) time, and 32 bytes for each sample.
    ///
    /// # Errors
    ///
    /// [`SeriesError`] if a value is infinite or not a number: PutMetricData refuses those.
    pub fn new(mut samples: Vec<Sample>) -> Result<Self, SeriesError> {
        if let Some(sample) = samples.iter().find(|sample| !sample.value.is_finite()) {
            return Err(SeriesError { value: sample.value });
        }
        samples.retain(|sample| sample.count > 0);
        samples.sort_by(|a, b| {
            let times = (a.visible, a.at).cmp(&(b.visible, b.at));
            times.then_with(|| a.value.total_cmp(&b.value)).then_with(|| a.count.cmp(&b.count))
        });
        let scale = Scale::of(samples.iter().map(|sample| (sample.value, sample.count)));
        Ok(Self { samples, scale })
    }

    /// The samples in the order in which they become visible.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The unit in which its values are counted.
    pub(crate) fn scale(&self) -> Scale {
        self.scale
    }
}
