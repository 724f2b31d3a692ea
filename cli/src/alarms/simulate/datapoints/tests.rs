//! Each shape of data, and what is refused.

use rules::{ComparisonOperator, TreatMissingData};

use super::*;

/// 2026-09-14T12:01Z.
const MINUTE: i64 = 1_789_387_260;

fn alarm(statistic: &str, period: u32) -> RuleAlarm {
    RuleAlarm {
        statistic: crate::alarms::simulate::described::statistic(statistic),
        period,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold: 1.0,
        comparison_operator: ComparisonOperator::GreaterThanOrEqualToThreshold,
        treat_missing_data: TreatMissingData::NotBreaching,
        dimensions: Vec::new(),
    }
}

/// The samples as (minutes after the first, seconds until visible, value, count).
fn samples(text: &str, alarm: &RuleAlarm) -> anyhow::Result<Vec<(i64, i64, f64, u64)>> {
    let datapoints = read(text, alarm, 60)?;
    let sample =
        |sample: &Sample| ((sample.at - MINUTE) / 60, sample.visible - sample.at, sample.value, sample.count);
    Ok(datapoints.series.samples().iter().map(sample).collect())
}

#[test]
fn csv_has_a_header_or_the_usual_columns() {
    for text in [
        "2026-09-14T12:01Z,3\n2026-09-14T12:02Z,4,2\n",
        "\u{feff}Value,Count,Time\n3,,2026-09-14 12:01:00\n4,2,1789387320\n",
        "minute,value,count,visible\r\n2026-09-14T12:01Z,3,1,2026-09-14T12:02Z\r\n2026-09-14T12:02Z,4,2\r\n",
    ] {
        assert_eq!(samples(text, &alarm("Sum", 300)).unwrap(), [(0, 60, 3.0, 1), (1, 60, 4.0, 2)], "{text}");
    }
}

#[test]
fn json_rows_are_pairs_or_objects() {
    for text in [
        r#"[["2026-09-14T12:01Z", 3], [1789387320, 4, 2]]"#,
        r#"[{"minute": "2026-09-14T12:01Z", "value": 3}, {"timestamp": 1789387320, "value": 4, "count": 2}]"#,
        r#"[{"at": 1789387260, "visible": 1789387320, "samples": [[3, 1]]}, {"at": 1789387320, "samples": [[4, 2.0]]}]"#,
    ] {
        assert_eq!(samples(text, &alarm("Sum", 300)).unwrap(), [(0, 60, 3.0, 1), (1, 60, 4.0, 2)], "{text}");
    }
}

const STATISTICS: &str = r#"{"Label": "A", "Datapoints": [
    {"Timestamp": "2026-09-14T12:02:00+00:00", "SampleCount": 4, "Sum": 8, "Minimum": 1, "Maximum": 5, "Unit": "None",
     "ExtendedStatistics": {"p90": 4.5}},
    {"Timestamp": "2026-09-14T12:01:00Z", "SampleCount": 0, "Sum": 0, "Minimum": 0, "Maximum": 0, "Unit": "None"}]}"#;

#[test]
fn statistics_of_minutes_become_samples_with_the_same_statistic() {
    for (statistic, period, expected) in [
        ("Sum", 300, (1, 60, 8.0, 1)),
        ("SampleCount", 300, (1, 60, 0.0, 4)),
        ("Average", 300, (1, 60, 2.0, 4)),
        ("Minimum", 300, (1, 60, 1.0, 1)),
        ("Maximum", 300, (1, 60, 5.0, 1)),
        ("p90", 60, (1, 60, 4.5, 1)),
    ] {
        assert_eq!(samples(STATISTICS, &alarm(statistic, period)).unwrap(), [expected], "{statistic}");
    }
}

#[test]
fn statistics_that_do_not_give_the_alarms_own_are_refused() {
    for (text, statistic, period, expected) in [
        (STATISTICS, "p90", 300, "per-minute percentiles cannot be combined into a period of 300 seconds"),
        (STATISTICS, "p99", 60, "a datapoint lacks a statistic; the alarm needs `p99` of each minute"),
        (
            r#"{"Datapoints": [{"Timestamp": 0, "Average": 2}]}"#,
            "Average",
            300,
            "a datapoint lacks a statistic; the alarm needs `Average` or `Sum`, and `SampleCount` of each minute",
        ),
        (
            r#"{"Datapoints": [{"Timestamp": 0, "SampleCount": 1.5, "Sum": 2}]}"#,
            "Sum",
            300,
            "1.5 is not a number of samples; expected a whole number",
        ),
        (
            r#"{"MetricDataResults": [{"Id": "a", "Timestamps": [0], "Values": [1]}, {"Id": "b", "Timestamps": [], "Values": []}]}"#,
            "Sum",
            300,
            "it has several results",
        ),
        (
            r#"{"MetricDataResults": [{"Id": "a", "Timestamps": [0], "Values": []}]}"#,
            "Sum",
            300,
            "a result has 1 times and 0 values",
        ),
    ] {
        let error = format!("{:#}", samples(text, &alarm(statistic, period)).unwrap_err());
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn results_of_queries_are_joined_by_their_ids() {
    let one = r#"{"MetricDataResults": [{"Id": "q", "Timestamps": ["2026-09-14T12:01:00Z"], "Values": [3], "StatusCode": "Complete"}]}"#;
    assert_eq!(samples(one, &alarm("Maximum", 300)).unwrap(), [(0, 60, 3.0, 1)]);
    let two = r#"{"MetricDataResults": [
        {"Id": "sum", "Timestamps": [1789387260], "Values": [3]},
        {"Id": "sampleCount", "Timestamps": [1789387260], "Values": [2]}], "NextToken": "x"}"#;
    assert_eq!(samples(two, &alarm("Average", 300)).unwrap(), [(0, 60, 1.5, 2)]);
    assert!(read(two, &alarm("Average", 300), 60).unwrap().is_incomplete);
}

#[test]
fn what_is_not_data_is_refused_with_its_place() {
    for (text, expected) in [
        ("{", "not valid JSON"),
        ("{}", "expected the output of `get-metric-statistics`"),
        (r#"[["2026-09-14T12:01Z", 1], ["x", 1]]"#, "datapoint 2 of the array: expected a time"),
        (r#"[["2026-09-14T12:01Z"]]"#, "datapoint 1 of the array: expected a number"),
        (r#"[[0, 1, -1]]"#, "datapoint 1 of the array: -1 is not a number of samples"),
        (r#"[{"minute": 0}]"#, "datapoint 1 of the array: it has neither"),
        ("minute,value\n2026-09-14T12:01Z,x", "line 2: expected a number in the column `value`"),
        ("minute,value\n2026-09-14T12:01Z,1\nsoon,1", "line 3: expected a time"),
        ("when,value\n2026-09-14T12:01Z,1", "line 2: expected the columns `minute` and `value`"),
        ("2026-09-14T12:01Z,1,-1", "line 1: expected a whole number in `count`"),
        ("2026-09-14T12:01Z,inf", "the value inf of a datapoint is not a finite number"),
    ] {
        let error = format!("{:#}", samples(text, &alarm("Sum", 300)).unwrap_err());
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}
