//! Sums that do not depend on the order of their terms.
//!
//! The order in which CloudWatch adds doubles is not documented. Adding doubles as they arrive would let two
//! deliveries of the same datapoints differ in the last bit, and subtracting them from a sliding window would
//! leave remainders. So a series is counted in whole multiples of one power of two, in 128 bits: additions
//! and subtractions are exact, and the sum is rounded once, when it is compared. The smallest values lose
//! bits only if the values of a series differ by a factor of more than about 2^70.

/// The number of bits of a sum, without the sign and one spare bit.
const SUM_BITS: i32 = 126;
/// The number of bits in a double's fraction.
const FRACTION_BITS: u32 = 52;
/// The exponent field of the double 1.0.
const EXPONENT_BIAS: i32 = 1023;

/// The power of two in which the values of one series are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    /// Two factors that together divide by the unit; one alone could overflow.
    to_units: [f64; 2],
    /// Two factors that together multiply by the unit.
    from_units: [f64; 2],
}

impl Scale {
    /// The scale for values with their counts, all of them finite.
    pub(crate) fn of(samples: impl Iterator<Item = (f64, u64)>) -> Self {
        let (mut lowest, mut highest, mut total) = (i32::MAX, i32::MIN, 0_u64);
        for (value, count) in samples {
            total = total.saturating_add(count);
            if value != 0.0 {
                let (low, high) = bit_range(value);
                lowest = lowest.min(low);
                highest = highest.max(high);
            }
        }
        if lowest > highest {
            return Self::new(0);
        }
        let count_bits = 64 - i32::try_from(total.leading_zeros()).unwrap_or(0);
        Self::new(lowest.max(highest + count_bits - SUM_BITS))
    }

    fn new(exponent: i32) -> Self {
        let half = exponent / 2;
        let rest = exponent - half;
        Self { to_units: [power(-half), power(-rest)], from_units: [power(half), power(rest)] }
    }

    /// A value in units.
    pub(crate) fn units(&self, value: f64) -> i128 {
        let [first, second] = self.to_units;
        // Within 128 bits by the choice of the unit.
        #[expect(clippy::cast_possible_truncation, reason = "the scale keeps every sum below 2^126")]
        let units = (value * first * second).round() as i128;
        units
    }

    /// A number of units as the nearest double.
    pub(crate) fn value(&self, units: i128) -> f64 {
        let [first, second] = self.from_units;
        #[expect(clippy::cast_precision_loss, reason = "this is the one rounding of a sum")]
        let value = units as f64;
        value * first * second
    }
}

/// The exponents of the lowest set bit and of the first power of two above the value.
fn bit_range(value: f64) -> (i32, i32) {
    let bits = value.to_bits();
    let field = i32::try_from((bits >> FRACTION_BITS) & 0x7ff).unwrap_or(0);
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    let (significand, exponent) =
        if field == 0 { (fraction, 1) } else { (fraction | (1 << FRACTION_BITS), field) };
    let lowest = exponent - EXPONENT_BIAS - 52 + i32::try_from(significand.trailing_zeros()).unwrap_or(0);
    (lowest, exponent - EXPONENT_BIAS + 1)
}

/// 2^`exponent`, for exponents of normal doubles.
fn power(exponent: i32) -> f64 {
    let field = u64::try_from(exponent + EXPONENT_BIAS).unwrap_or(0);
    f64::from_bits(field << FRACTION_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(samples: &[(f64, u64)]) -> f64 {
        let scale = Scale::of(samples.iter().copied());
        scale.value(samples.iter().map(|&(value, count)| scale.units(value) * i128::from(count)).sum())
    }

    #[test]
    fn a_sum_is_rounded_once() {
        for (samples, expected) in [
            (&[][..], 0.0),
            (&[(0.0, 5)], 0.0),
            (&[(1.0, 3), (2.5, 2)], 8.0),
            (&[(0.1, 1), (0.2, 1)], 0.1 + 0.2),
            (&[(0.1, 10)], 1.0),
            (&[(1e16, 1), (1.0, 1), (-1e16, 1)], 1.0),
            (&[(-4.0, 1), (1.5, 2)], -1.0),
            (&[(2.0_f64.powi(360), 2)], 2.0_f64.powi(361)),
            (&[(5e-324, 3)], 1.5e-323),
            (&[(2.0_f64.powi(60), u64::MAX)], 2.0_f64.powi(124)),
        ] {
            assert_eq!(sum(samples), expected, "{samples:?}");
        }
    }

    #[test]
    fn values_that_are_too_small_beside_the_others_vanish() {
        assert_eq!(sum(&[(2.0_f64.powi(300), 1), (1.0, 1)]), 2.0_f64.powi(300));
    }
}
