//! A day as a row of 24 signs, one for each hour.

use digests::{Hole, Span, TerritoryReport};

/// Seconds in an hour.
const HOUR: i64 = 3600;
/// Seconds in a day.
const DAY: i64 = 24 * HOUR;
/// Days that are drawn for one account and region; the table of holes has all of them.
const MOST_DAYS: usize = 400;

/// What the signs mean.
pub(super) const LEGEND: &str =
    "■ proven   ◧ partly proven   ✘ not proven   · not due, before the first digest, or outside the span";

/// The days of a span with their hours.
pub(super) fn days(territory: &TerritoryReport, span: Span) -> Vec<(String, String)> {
    let (first, last) = (span.from.div_euclid(DAY), (span.to - 1).div_euclid(DAY));
    let day = |day: i64| {
        let hours = (0..24).map(|hour| {
            let from = day * DAY + hour * HOUR;
            sign(&territory.holes, Span { from, to: from + HOUR }, span)
        });
        let date: String = digests::stamp(day * DAY).chars().take(10).collect();
        (date, hours.collect())
    };
    (first..=last).take(MOST_DAYS).map(day).collect()
}

fn sign(holes: &[Hole], hour: Span, span: Span) -> char {
    let clipped = Span { from: hour.from.max(span.from), to: hour.to.min(span.to) };
    if clipped.to <= clipped.from {
        return '·';
    }
    let seconds = |is_counted: fn(&Hole) -> bool| -> i64 {
        let common = |hole: &Hole| (hole.span.to.min(clipped.to) - hole.span.from.max(clipped.from)).max(0);
        // Two chains of a region may have holes at the same time; the longer one is what is not proven.
        holes.iter().filter(|hole| is_counted(hole)).map(common).max().unwrap_or_default()
    };
    let length = clipped.to - clipped.from;
    let (missing, expected) =
        (seconds(|hole| hole.reason.is_finding()), seconds(|hole| !hole.reason.is_finding()));
    if missing >= length {
        '✘'
    } else if missing > 0 {
        '◧'
    } else if expected >= length {
        '·'
    } else if expected > 0 {
        '◧'
    } else {
        '■'
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use digests::HoleReason;

    #[test]
    fn each_hour_shows_how_much_of_it_is_proven() {
        let hole = |from, to, reason| Hole {
            account: "111122223333".into(),
            region: "us-east-1".into(),
            trail: None,
            span: Span { from, to },
            reason,
        };
        let territory = TerritoryReport {
            holes: vec![
                hole(HOUR, HOUR + 60, HoleReason::BeforeChain),
                hole(2 * HOUR, 3 * HOUR + 1, HoleReason::DigestMissing),
                hole(5 * HOUR, 6 * HOUR, HoleReason::NotDue),
            ],
            ..TerritoryReport::default()
        };
        let days = days(&territory, Span { from: HOUR, to: 6 * HOUR });
        assert_eq!(days, [("1970-01-01".to_owned(), "·◧✘◧■··················".to_owned() + "·")]);
    }
}
