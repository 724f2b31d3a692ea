//! One evaluation: from the points of the range to a state.
//!
//! The rules follow the CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data". They
//! reproduce every row of its tables, including the two rows that only the editions of 2018 and 2019 have. An
//! alarm evaluates `N` periods, `M` of which must breach, and it reads a longer range.
//!
//! | if | then |
//! |---|---|
//! | the range has N real points or more | the newest N of them decide: `ALARM` if M breach, else `OK`; missing points are ignored |
//! | missing data is breaching | `ALARM` if there are M breaching points, where the points missing from N count as breaching, else `OK` |
//! | missing data is not breaching | `ALARM` if M points breach, else `OK` |
//! | there is no real point | `missing`: `INSUFFICIENT_DATA`; `ignore`: the state stays |
//! | M points breach | `ALARM` |
//! | a real point is within the threshold | `OK` |
//! | the oldest breaching point is the Mth newest period or older | `missing`: `ALARM`, which the guide calls premature; `ignore`: the state stays |
//! | otherwise | `missing`: `INSUFFICIENT_DATA`; `ignore`: the state stays |
//!
//! The last row is from the old editions; today's text says only that the state does not become `ALARM`.
//! According to the guide's sentence on premature alarms, `0 - X - -` (2 of 3, `missing`) would be `ALARM`,
//! but its table says `OK`. This module follows the table.

use rules::TreatMissingData;

use crate::definition::Definition;
use crate::state::State;

/// How an alarm sees a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Point {
    /// It has no samples.
    #[default]
    Missing,
    /// Its value is within the threshold.
    Within,
    /// Its value breaches the threshold.
    Breaching,
}

/// The counts of a range's points that determine the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Points that are not missing.
    pub(crate) real: u32,
    /// Points that breach.
    pub(crate) breaching: u32,
    /// Points that breach among the newest M - 1.
    pub(crate) recently_breaching: u32,
}

impl Definition {
    /// The state after an evaluation over `points`, oldest first.
    ///
    /// Only the newest points that fit into the evaluation range are read. If there are fewer, the older
    /// points are missing.
    #[must_use]
    pub fn decide(&self, points: &[Point], before: State) -> State {
        let range = usize::try_from(self.range).unwrap_or(usize::MAX);
        let recent = usize::try_from(self.datapoints_to_alarm - 1).unwrap_or(usize::MAX);
        let mut counts = Counts::default();
        for (age, &point) in points.iter().rev().take(range).enumerate() {
            counts.real += u32::from(point != Point::Missing);
            counts.breaching += u32::from(point == Point::Breaching);
            counts.recently_breaching += u32::from(point == Point::Breaching && age < recent);
        }
        let oldest_first = points.iter().copied().skip(points.len().saturating_sub(range));
        self.decide_by_counts(counts, oldest_first, before)
    }

    /// The state after an evaluation over a range with these counts. Reads at most as many points, oldest
    /// first, as the range exceeds N by.
    pub(crate) fn decide_by_counts(
        &self,
        counts: Counts,
        oldest_first: impl Iterator<Item = Point>,
        before: State,
    ) -> State {
        let (n, m) = (self.evaluation_periods, self.datapoints_to_alarm);
        let Counts { real, breaching, recently_breaching } = counts;
        if real >= n {
            let surplus = usize::try_from(real - n).unwrap_or(usize::MAX);
            let too_old = oldest_first
                .filter(|&point| point != Point::Missing)
                .take(surplus)
                .filter(|&point| point == Point::Breaching)
                .count();
            return alarm_if(breaching - u32::try_from(too_old).unwrap_or(breaching) >= m);
        }
        let kept = match self.treat_missing_data {
            TreatMissingData::Breaching => return alarm_if(breaching + (n - real) >= m),
            TreatMissingData::NotBreaching => return alarm_if(breaching >= m),
            TreatMissingData::Missing => State::InsufficientData,
            TreatMissingData::Ignore => before,
        };
        if breaching >= m {
            State::Alarm
        } else if real > breaching {
            State::Ok
        } else if breaching > recently_breaching && self.treat_missing_data == TreatMissingData::Missing {
            State::Alarm
        } else {
            kept
        }
    }
}

fn alarm_if(is_alarm: bool) -> State {
    if is_alarm { State::Alarm } else { State::Ok }
}
