//! The states of alarms over time: a lane for each alarm, filled while it is in ALARM.

use maud::{Markup, html};

use super::super::report::{AlarmReport, BacktestReport};
use super::super::times::{DAY, MINUTE, counted, day, hours};
use super::text;

/// The height of a lane.
const HEIGHT: i64 = 10;
/// Times in ALARM of one alarm that are drawn one by one; with more, neighbours become one.
const DRAWN: usize = 1_000;

/// The lanes of the alarms that were in ALARM at any time, those with most hours first.
pub(super) fn lanes(report: &BacktestReport) -> Markup {
    let mut alarms: Vec<&AlarmReport> = report
        .rules
        .iter()
        .flat_map(|rule| &rule.alarms)
        .filter(|alarm| !alarm.in_alarm.is_empty())
        .collect();
    alarms.sort_by(|a, b| b.seconds_in_alarm.cmp(&a.seconds_in_alarm).then_with(|| a.name.cmp(&b.name)));
    let quiet = report.rules.iter().map(|rule| rule.alarms.len()).sum::<usize>() - alarms.len();
    let (from, to) = report.window;
    let minutes = ((to - from) / MINUTE).max(1);
    let gaps = gaps(report);
    html! {
        section id="lanes" {
            h2 { "Alarms over time" }
            p class="legend" { span class="key ring" {} "in ALARM " span class="key gap" {} "no log files. " (counted(quiet as u64, "alarm")) " never in ALARM." }
            @if alarms.is_empty() { p { "No alarm rang." } } @else {
                p class="tools" {
                    button type="button" data-zoom="in" { "Zoom in" } " "
                    button type="button" data-zoom="out" { "Zoom out" } " "
                    button type="button" data-zoom="left" { "Earlier" } " "
                    button type="button" data-zoom="right" { "Later" }
                    span class="fine" { " or focus the lanes: + and -, and the arrow keys" }
                }
                div id="lane-box" class="lanes" tabindex="0" role="group" aria-label="States of alarms over time" {
                    @for alarm in &alarms {
                        div class="lane" {
                            span class="name" { (text(&alarm.name)) }
                            svg class="track" viewBox={ "0 0 " (minutes) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label={ (counted(alarm.rings, "ring")) ", " (hours(alarm.seconds_in_alarm)) " hours in ALARM" } {
                                path class="gap" d=(gaps) {}
                                path class="ring" d=(path(alarm, from)) {}
                            }
                            span class="number" { (counted(alarm.rings, "ring")) ", " (hours(alarm.seconds_in_alarm)) " h" @if alarm.is_in_alarm_at_end { ", still up" } }
                        }
                    }
                }
                p class="axis" id="lane-axis" { span { (report.from) } span { (report.to) } }
            }
        }
    }
}

/// The times in ALARM, in minutes since the start.
fn path(alarm: &AlarmReport, from: i64) -> String {
    let mut spans: Vec<(i64, i64)> = alarm
        .in_alarm
        .iter()
        .map(|time| ((time.span.0 - from) / MINUTE, (time.span.1 - from + MINUTE - 1) / MINUTE))
        .collect();
    let mut distance = MINUTE;
    while spans.len() > DRAWN {
        spans = joined(&spans, distance);
        distance *= 2;
    }
    let draw = |(from, to): &(i64, i64)| format!("M{from} 0h{}v{HEIGHT}h-{0}z", to - from);
    spans.iter().map(draw).collect()
}

/// Neighbours that are at most `distance` minutes apart become one.
fn joined(spans: &[(i64, i64)], distance: i64) -> Vec<(i64, i64)> {
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for &(from, to) in spans {
        match joined.last_mut() {
            Some((_, end)) if from - *end <= distance => *end = to,
            Some(_) | None => joined.push((from, to)),
        }
    }
    joined
}

fn gaps(report: &BacktestReport) -> String {
    let (from, to) = report.window;
    let first = day(from);
    let days = (first..).zip(&report.days).filter(|(_, day)| !day.has_files);
    days.map(|(day, _)| {
        let start = (day * DAY).max(from);
        let end = ((day + 1) * DAY).min(to);
        format!("M{} 0h{}v{HEIGHT}h-{1}z", (start - from) / MINUTE, (end - start) / MINUTE)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined_and_others_stay() {
        assert_eq!(joined(&[(0, 5), (8, 9), (30, 40)], 3), [(0, 9), (30, 40)]);
        assert_eq!(joined(&[], 3), []);
    }
}
