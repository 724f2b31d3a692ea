//! Alarms of an account as they are read, compared and shown.

use alarm_simulation::Sample;

use super::*;

const ALARM: &str = r#"{
    "AlarmName": "trailbell/a", "Namespace": "CloudTrailMetrics", "MetricName": "A", "Dimensions": [],
    "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching", "StateValue": "OK"
}"#;

fn refused(alarms: &str, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    format!("{:#}", described::read(alarms, &names).unwrap_err())
}

#[test]
fn alarms_are_read_in_every_form_that_a_query_leaves() {
    let rule = r#""CompositeAlarms": [{"AlarmName": "c", "AlarmRule": "ALARM(\"trailbell/a\")"}]"#;
    for (text, composites) in [
        (ALARM.to_owned(), 0),
        (format!("[{ALARM}]"), 0),
        (format!(r#"{{"MetricAlarms": [{ALARM}], {rule}}}"#), 1),
    ] {
        let alarms = described::read(&text, &[]).unwrap();
        let (name, alarm) = &alarms.metric[0];
        assert_eq!((name.as_str(), alarm.period, alarm.threshold), ("trailbell/a", 300, 1.0));
        assert_eq!(alarms.composite.len(), composites);
    }
}

#[test]
fn alarms_that_are_not_simulated_are_refused_with_what_they_have() {
    let with = |member: &str| ALARM.replacen('{', &format!("{{ {member},"), 1);
    for (member, expected) in [
        (
            r#""Metrics": [{"Id": "m"}]"#,
            "`trailbell/a` cannot be simulated: metric math (`Metrics`) is not supported",
        ),
        (r#""ThresholdMetricId": "ad1""#, "an anomaly detection band (`ThresholdMetricId`) is not supported"),
        (
            r#""EvaluationWindow": "WallClockWindow""#,
            "a window aligned to the wall clock (`EvaluationWindow`) is not supported",
        ),
        (
            r#""EvaluateLowSampleCountPercentile": "ignore""#,
            "`EvaluateLowSampleCountPercentile: ignore` is not supported",
        ),
    ] {
        let error = refused(&with(member), &[]);
        assert!(error.contains(expected), "{error}");
    }
    let operator = ALARM.replace("GreaterThanOrEqualToThreshold", "LessThanLowerThreshold\\u001b");
    let error = refused(&operator, &[]);
    assert!(error.contains("`ComparisonOperator` is `LessThanLowerThreshold\\u{1b}`; expected"), "{error}");
    assert!(refused(&ALARM.replace("\"Period\": 300,", ""), &[]).contains("it has no `Period`"));
}

#[test]
fn alarms_of_different_metrics_cannot_share_their_data() {
    let other = ALARM.replace("trailbell/a", "trailbell/b").replace("\"A\"", "\"B\"");
    let both = format!(r#"{{"MetricAlarms": [{ALARM}, {other}]}}"#);
    assert!(refused(&both, &[]).starts_with("`trailbell/a` and `trailbell/b` watch different metrics"));
    assert_eq!(described::read(&both, &["trailbell/b".to_owned()]).unwrap().metric.len(), 1);
    assert_eq!(refused(&both, &["c\u{202e}"]), "it has no metric alarm with the name `c\\u{202e}`");
    assert_eq!(refused("{}", &[]), "it has no metric alarm");
    assert_eq!(refused("[1", &[]).split(':').next(), Some("not valid JSON"));
}

fn item(minute: u32, from: &str, to: &str) -> String {
    let data = serde_json::json!({
        "version": "1.0", "oldState": { "stateValue": from }, "newState": { "stateValue": to },
    });
    serde_json::json!({
        "AlarmName": "trailbell/a", "AlarmType": "MetricAlarm", "HistoryItemType": "StateUpdate",
        "Timestamp": format!("2026-09-14T12:{minute:02}:41.290000+00:00"),
        "HistorySummary": format!("Alarm updated from {from} to {to}"),
        "HistoryData": data.to_string(),
    })
    .to_string()
}

fn history(items: &[String]) -> History {
    history::read(&format!(r#"{{"AlarmHistoryItems": [{}]}}"#, items.join(","))).unwrap()
}

/// 2026-09-14T12:00Z.
const NOON: i64 = 1_789_387_200;

fn timeline(rings: &[i64]) -> Timeline {
    let change = |minute: &i64| Change { at: NOON + minute * 60, from: State::Ok, to: State::Alarm };
    let span = Span { created: NOON, until: NOON + 3600, before: State::Ok };
    Timeline { span, changes: rings.iter().map(change).collect(), unseen: 0 }
}

#[test]
fn rings_agree_within_two_minutes() {
    let items =
        [item(40, "OK", "ALARM"), item(11, "ALARM", "OK"), item(5, "OK", "ALARM"), item(30, "OK", "ALARM")];
    let comparison = history(&items).compare("trailbell/a", &timeline(&[4, 20, 42]));
    assert_eq!(comparison.alike, 2);
    assert_eq!(comparison.only_simulated, [seconds::Seconds(NOON + 20 * 60)]);
    assert_eq!(comparison.only_real, [seconds::Seconds(NOON + 30 * 60 + 41)]);
    assert_eq!(history(&items).compare("trailbell/other", &timeline(&[])), history::Comparison::default());
}

#[test]
fn a_history_tells_the_state_at_the_beginning() {
    let history = history(&[item(10, "INSUFFICIENT_DATA", "ALARM"), item(20, "ALARM", "OK")]);
    for (minute, expected) in [(0, State::InsufficientData), (15, State::Alarm), (30, State::Ok)] {
        assert_eq!(history.state_at("trailbell/a", NOON + minute * 60), Some(expected));
    }
    assert_eq!(history.state_at("trailbell/b", NOON), None);
    assert_eq!(history.last("trailbell/a"), Some(NOON + 20 * 60 + 41));
}

#[test]
fn a_summary_stands_in_for_data_and_other_items_are_passed_over() {
    let text = r#"{"AlarmHistoryItems": [
        {"AlarmName": "a", "Timestamp": 0, "HistoryItemType": "Action", "HistorySummary": "sent"},
        {"AlarmName": "a", "Timestamp": 60, "HistoryItemType": "StateUpdate", "HistorySummary": "Alarm updated from OK to ALARM"}],
        "NextToken": "x"}"#;
    let history = history::read(text).unwrap();
    assert_eq!((history.last("a"), history.is_incomplete), (Some(60), true));
    let error = history::read(&text.replace("from OK", "of OK")).unwrap_err();
    assert_eq!(error.to_string(), "item 2 does not name the old and the new state");
}

fn report() -> SimulationReport {
    let definition = described::read(ALARM, &[]).unwrap().metric.remove(0).1;
    let definition = Definition::new(&definition).unwrap();
    let sample =
        |at: i64, visible: i64| Sample { at: NOON + at, visible: NOON + visible, value: 1.0, count: 1 };
    let series = Series::new(vec![sample(180, 240), sample(240, 2400)]).unwrap();
    let span = Span { created: NOON, until: NOON + 3600, before: State::Ok };
    let timeline = simulate(&definition, &series, span);
    let comparison =
        history(&[item(4, "OK", "ALARM"), item(50, "OK", "ALARM")]).compare("trailbell/a", &timeline);
    let name = "trailbell/a".to_owned();
    let metric = MetricReport { name, range: 3, period: 300, timeline, comparison: Some(comparison) };
    let alarms = described::read(
        &format!(
            r#"{{"MetricAlarms": [{ALARM}], "CompositeAlarms": [
            {{"AlarmName": "all", "AlarmRule": "ALARM(any)"}},
            {{"AlarmName": "any", "AlarmRule": "ALARM(\"trailbell/a\")"}},
            {{"AlarmName": "else", "AlarmRule": "ALARM(\"other\")"}}]}}"#
        ),
        &[],
    )
    .unwrap();
    let metric = vec![metric];
    let composite = composites(&alarms, &metric);
    SimulationReport { metric, composite }
}

#[test]
fn the_text_names_changes_assumptions_and_what_differs() {
    let mut out = Vec::new();
    report().write_text(&mut out, 100).unwrap();
    let expected = "              alarms  in ALARM  at the end
 trailbell/a       1    15 min  OK
 any               1            OK
 all               1            OK

trailbell/a
  2026-09-14T12:04Z  OK to ALARM
  2026-09-14T12:19Z  ALARM to OK
  simulated from 2026-09-14T12:00Z to 2026-09-14T13:00Z, starting in OK
  assumed: the alarm reads 3 periods of 300 seconds
  samples that arrived too late for any evaluation: 1
  alarms as in the history: 1; only simulated: 0; only real: 1
    2026-09-14T12:50:41Z  only real

any
  2026-09-14T12:04Z  OK to ALARM
  2026-09-14T12:19Z  ALARM to OK

all
  2026-09-14T12:04Z  OK to ALARM
  2026-09-14T12:19Z  ALARM to OK
";
    let text = String::from_utf8(out).unwrap();
    let trimmed: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert_eq!(trimmed, expected.lines().map(str::trim_end).collect::<Vec<_>>(), "{text}");
}

#[test]
fn the_json_has_the_same() {
    let report = report();
    assert!(report.differs());
    let json = report.json();
    let alarm = &json["alarms"][0];
    assert_eq!(
        (&alarm["rings"], &alarm["secondsInAlarm"], &alarm["samplesTooLate"]),
        (&1.into(), &900.into(), &1.into())
    );
    assert_eq!(alarm["changes"][0]["at"], "2026-09-14T12:04:00Z");
    assert_eq!(alarm["history"]["onlyReal"][0], "2026-09-14T12:50:41Z");
    assert_eq!(json["composites"][1]["actions"][0]["state"], "ALARM");
}

fn answered(cases: &str) -> (Exit, String) {
    let mut out = Vec::new();
    let exit = cases::answer_all(cases.as_bytes(), &mut out).unwrap();
    (exit, String::from_utf8(out).unwrap())
}

#[test]
fn every_case_has_a_line_and_one_that_cannot_be_read_says_why() {
    let statistic = |expect: &str| {
        format!(r#"{{"id": "s", "kind": "statistic", "statistic": "Sum", "samples": [[4, 2.0]]{expect}}}"#)
    };
    for (case, exit, expected) in [
        (statistic(""), Exit::Success, r#"{"id":"s","expect":{"value":8.0}}"#),
        (statistic(r#", "expect": {"value": 8}"#), Exit::Success, r#"{"id":"s","expect":{"value":8.0}}"#),
        (statistic(r#", "expect": {"value": 9}"#), Exit::Findings, r#"{"id":"s","expect":{"value":8.0}}"#),
        (
            r#"{"id": 7, "kind": "poem"}"#.to_owned(),
            Exit::Findings,
            r#"{"id":7,"error":"not a valid case: unknown variant"#,
        ),
        ("nonsense".to_owned(), Exit::Findings, r#"{"id":null,"error":"not valid JSON"#),
        (
            r#"{"id": "p", "kind": "points", "points": "0 ?", "alarm": {}}"#.to_owned(),
            Exit::Findings,
            r#"{"id":"p","error":"the point `?` is not one of `0`, `X` and `-`"}"#,
        ),
    ] {
        let (ended, line) = answered(&format!("\n{case}\n"));
        assert_eq!((ended, line.lines().count()), (exit, 1), "{case}");
        assert!(line.starts_with(expected), "{line}");
    }
}
