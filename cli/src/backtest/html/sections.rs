//! The beginning and the end of the page: the numbers that matter most, and what they depend on.

use maud::{Markup, html};

use super::super::limits::tenths;
use super::super::report::{BacktestReport, LimitReport};
use super::super::times::{counted, hours, length};
use super::{grouped, text};

/// Errors that are listed.
const LISTED_ERRORS: usize = 50;

/// Links to the sections.
pub(super) fn navigation(report: &BacktestReport) -> Markup {
    html! {
        nav aria-label="Sections" {
            @if report.comparison.is_some() { a href="#comparison" { "Old and new" } }
            a href="#messages" { "Messages" }
            a href="#calendar" { "Calendar" }
            a href="#lanes" { "Alarms" }
            a href="#rules" { "Rules" }
            a href="#sweeps" { "Thresholds" }
            a href="#noise" { "Noise" }
            a href="#findings" { "Findings" }
            a href="#basis" { "Basis" }
        }
    }
}

/// Cards, limits and days without files.
pub(super) fn summary(report: &BacktestReport) -> Markup {
    let totals = &report.totals;
    let per_day = |total| tenths(total, totals.days_with_files);
    let worst =
        |of: fn(&super::super::report::DayReport) -> u64| report.days.iter().max_by_key(|day| of(day));
    let gaps: Vec<&str> =
        report.days.iter().filter(|day| !day.has_files).map(|day| day.date.as_str()).collect();
    let silent = report.rules.iter().filter(|rule| rule.matches == 0).count();
    let median = report
        .rules
        .iter()
        .filter_map(|rule| rule.seconds_from_call_to_ring)
        .map(|spread| spread.median)
        .max();
    html! {
        section id="summary" aria-label="Summary" {
            dl class="cards" {
                (card("Alerts", &grouped(totals.alerts), &format!("{} a day", per_day(totals.alerts)), worst(|day| day.alerts).map(|day| format!("most on {}: {}", day.date, day.alerts))))
                (card("Rings", &grouped(totals.rings), &format!("{} a day", per_day(totals.rings)), worst(|day| day.rings).map(|day| format!("most on {}: {}", day.date, day.rings))))
                (card("Hours in ALARM", &hours(totals.seconds_in_alarm), "over all alarms", median.map(|median| format!("slowest rule rings {} after the call", length(median)))))
                (card("Matches", &grouped(totals.matches), &format!("in {} records", grouped(report.source.records.evaluated)), Some(format!("{} without a match", counted(silent as u64, "rule")))))
            }
            @if !gaps.is_empty() {
                p class="note" {
                    strong { "Days without log files: " (gaps.len()) " of " (report.days.len()) ". " }
                    "Such a day is a gap in the data, not a quiet day: " (gaps.join(", "))
                }
            }
            @if !report.limits.is_empty() { (limits(&report.limits)) }
            p class="fine" { "An alert is a message with the findings of a group. A ring is a change of an alarm to ALARM, and also sends one message." }
        }
    }
}

fn card(name: &str, number: &str, detail: &str, more: Option<String>) -> Markup {
    html! {
        div class="card" {
            dt { (name) }
            dd class="big" { (number) }
            dd { (detail) }
            @if let Some(more) = more { dd { (more) } }
        }
    }
}

fn limits(limits: &[LimitReport]) -> Markup {
    html! {
        ul class="limits" {
            @for limit in limits {
                li class=(if limit.is_exceeded { "bad" } else { "good" }) {
                    (if limit.is_exceeded { "✘ exceeded: " } else { "✔ kept: " })
                    code { (limit.option) " " (limit.limit) } ", came to " (limit.value)
                }
            }
        }
    }
}

/// What the numbers depend on, and what could not be read.
pub(super) fn basis(report: &BacktestReport) -> Markup {
    let files = &report.source.files;
    let shortest: u64 =
        report.rules.iter().flat_map(|rule| &rule.alarms).map(|alarm| alarm.rings_if_range_is_periods).sum();
    let late: u64 =
        report.rules.iter().flat_map(|rule| &rule.alarms).map(|alarm| alarm.samples_too_late).sum();
    html! {
        section id="basis" {
            h2 { "What this is based on" }
            dl class="facts" {
                dt { "Tool" } dd { (report.tool) }
                dt { "Log files" } dd { (grouped(files.processed)) " read, " (grouped(files.duplicate)) " duplicates, " (grouped(files.ignored)) " ignored, " (grouped(files.failed)) " failed, " (grouped(report.source.files_left_out as u64)) " outside the time" }
                dt { "Records" } dd { (grouped(report.source.records.evaluated)) " evaluated, " (grouped(report.source.records.rejected)) " rejected" }
                dt { "Evaluation range" } dd {
                    @match report.assumptions.evaluation_range {
                        None => { "Assumed: an alarm reads two periods more than it evaluates. CloudWatch does not document the number. If it read none more, there would be " (shortest) " rings instead of " (report.totals.rings) "." }
                        Some(range) => { (range) " periods, as given on the command line" }
                    }
                }
                dt { "Delay" } dd { "Alarms see a datapoint " (report.assumptions.visible_after_seconds) " seconds after the start of its minute of delivery." }
                dt { "Batches" } dd { "Up to " (report.assumptions.batch_size) " log files delivered in the same minute; one alert for each rule and group of a batch." }
                dt { "Start" } dd { "Alarms begin in OK, as far before the start as they look back, where log files exist from that time." }
                @if late > 0 { dt { "Too late" } dd { (late) " values arrived after the periods that their alarm reads, so no alarm saw them." } }
                @if report.source.files_without_minute > 0 { dt { "No minute" } dd { (report.source.files_without_minute) " files have no minute of delivery in their names. Their records count at the time of the event." } }
                @if report.source.without_time > 0 { dt { "No time" } dd { (report.source.without_time) " matches have no time, so they are in no metric." } }
                @if report.metrics_without_alarm > 0 { dt { "Other metrics" } dd { (report.metrics_without_alarm) " metrics have no alarm on exactly their dimensions. CloudWatch charges for each." } }
            }
            @if !report.errors.is_empty() {
                h3 { "Errors" }
                ul class="errors" {
                    @for error in report.errors.iter().take(LISTED_ERRORS) { li { code { (text(&error.file)) } " " (text(&error.message)) } }
                }
                @if report.errors.len() > LISTED_ERRORS { p { (report.errors.len() - LISTED_ERRORS) " more errors are in the JSON form." } }
            }
        }
    }
}
