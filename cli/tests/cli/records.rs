//! Records that only just are records, all the way through `trailbell replay`.

use crate::support::run_with_input;

#[test]
fn half_of_a_surrogate_pair_hides_no_record_from_metrics_and_alerts() {
    let record = r#"{"eventID":"e1","eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com",
        "eventTime":"2026-09-14T12:00:00Z","requestParameters":{"x":"\ud83d"}}"#;
    let log = format!(r#"{{"Records":[{record}]}}"#);
    let result = run_with_input(["replay", "--format", "json", "-"], log.as_bytes());
    assert_eq!(result.code, Some(0), "{result:?}");
    let report = result.json();
    assert_eq!(report["records"]["evaluated"], 1);
    let datapoints = report["datapoints"].as_array().unwrap();
    let matched = datapoints.iter().find(|datapoint| datapoint["metricName"] == "CloudTrailEventCount");
    assert_eq!(matched.map(|datapoint| &datapoint["value"]), Some(&1.into()), "{report}");
    assert_eq!(report["alerts"].as_array().map(Vec::len), Some(1), "{report}");
}

#[test]
fn a_number_out_of_range_hides_no_record_from_metrics_and_alerts() {
    let record = r#"{"eventID":"e1","eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com",
        "eventTime":"2026-09-14T12:00:00Z","requestParameters":{"x":1E400}}"#;
    let log = format!(r#"{{"Records":[{record}]}}"#);
    let result = run_with_input(["replay", "--format", "json", "-"], log.as_bytes());
    assert_eq!(result.code, Some(0), "{result:?}");
    let report = result.json();
    assert_eq!(report["records"]["evaluated"], 1);
    let datapoints = report["datapoints"].as_array().unwrap();
    let matched = datapoints.iter().find(|datapoint| datapoint["metricName"] == "CloudTrailEventCount");
    assert_eq!(matched.map(|datapoint| &datapoint["value"]), Some(&1.into()), "{report}");
    assert_eq!(report["alerts"].as_array().map(Vec::len), Some(1), "{report}");
}
