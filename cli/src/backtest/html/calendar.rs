//! The calendar: a row for each rule with a match, a column for each day, darker with more matches, and a dot for rings.
//!
//! One path for each level keeps 64 rules and a year small. The script reads the numbers of a cell from the data block.

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use super::super::report::{BacktestReport, RuleReport};
use super::super::times::counted;
use super::bars::{LEAST_DAYS, axis};
use super::text;
use crate::terminal::printable;

/// The side of a cell.
const CELL: usize = 10;
/// The least matches of each level of darkness.
const LEVELS: [u64; 5] = [1, 5, 25, 125, 625];

/// The calendar.
pub(super) fn calendar(report: &BacktestReport) -> Markup {
    let rules: Vec<&RuleReport> =
        report.rules.iter().filter(|rule| rule.matches > 0 || rule.rings > 0).collect();
    let silent: Vec<&RuleReport> =
        report.rules.iter().filter(|rule| rule.matches == 0 && rule.rings == 0).collect();
    let columns = report.days.len().max(LEAST_DAYS);
    let (width, height) = (columns * CELL, rules.len() * CELL);
    html! {
        section id="calendar" {
            h2 { "Calendar" }
            @if rules.is_empty() { p { "No rule matched." } } @else {
                p class="legend" {
                    "Matches of a day: "
                    @for (level, least) in LEVELS.iter().enumerate() { span class={ "key l" (level) } {} (least) "+ " }
                    span class="key dot" {} "at least one ring "
                    span class="key gap" {} "no log files"
                }
                p id="cell" class="readout" role="status" { "Point at a cell, or focus the calendar and use the arrow keys." }
                div class="calendar" {
                    ol class="names" {
                        @for rule in &rules { li { a href={ "#rule-" (rule.id) } title=(printable(&rule.title)) { (text(&rule.id)) } } }
                    }
                    svg id="map" viewBox={ "0 0 " (width) " " (height) } preserveAspectRatio="none" tabindex="0" role="application" aria-describedby="cell" aria-label="Matches of each rule on each day" height=(rules.len() * 18) {
                        path class="gap" d=(gaps(report, height)) {}
                        @for (level, path) in levels(&rules).iter().enumerate() { path class={ "l" (level) } d=(path) {} }
                        path class="dot" d=(rings(&rules)) {}
                        rect id="cursor" class="cursor" width=(CELL) height=(CELL) visibility="hidden" {}
                    }
                }
                (axis(report))
                script id="data" type="application/json" { (PreEscaped(data(report, &rules))) }
                details {
                    summary { "Numbers of each rule" }
                    table {
                        thead { tr { th { "Rule" } th { "Days with matches: matches, alerts, rings" } } }
                        tbody { @for rule in &rules { tr { td { (text(&rule.id)) } td class="days" { (numbers(report, rule)) } } } }
                    }
                }
            }
            @if !silent.is_empty() {
                details {
                    summary { (counted(silent.len() as u64, "rule")) " without a match" }
                    p { @for rule in silent { code { (text(&rule.id)) } " " } }
                }
            }
        }
    }
}

fn level(matches: u64) -> Option<usize> {
    LEVELS.iter().rposition(|least| matches >= *least)
}

fn levels(rules: &[&RuleReport]) -> [String; LEVELS.len()] {
    let mut paths: [String; LEVELS.len()] = Default::default();
    for (row, rule) in rules.iter().enumerate() {
        for (column, matches) in rule.matches_by_day.iter().enumerate() {
            if let Some(path) = level(*matches).and_then(|level| paths.get_mut(level)) {
                path.push_str(&format!("M{} {}h9v9h-9z", column * CELL, row * CELL));
            }
        }
    }
    paths
}

/// A stroke of no length with round ends is a dot, however the picture is stretched.
fn rings(rules: &[&RuleReport]) -> String {
    let mut path = String::new();
    for (row, rule) in rules.iter().enumerate() {
        for (column, _) in rule.rings_by_day.iter().enumerate().filter(|(_, rings)| **rings > 0) {
            path.push_str(&format!("M{}.5 {}.5h0", column * CELL + 4, row * CELL + 4));
        }
    }
    path
}

fn gaps(report: &BacktestReport, height: usize) -> String {
    let columns = report.days.iter().enumerate().filter(|(_, day)| !day.has_files);
    columns.map(|(column, _)| format!("M{} 0h{CELL}v{height}h-{CELL}z", column * CELL)).collect()
}

/// The numbers for the script. `<` is escaped, so that no text can end the block.
fn data(report: &BacktestReport, rules: &[&RuleReport]) -> String {
    let days: Vec<_> = report.days.iter().map(|day| json!([day.date, day.has_files])).collect();
    let rules: Vec<_> = rules
        .iter()
        .map(|rule| json!([rule.id, rule.matches_by_day, rule.alerts_by_day, rule.rings_by_day]))
        .collect();
    json!({ "days": days, "columns": days.len().max(LEAST_DAYS), "rules": rules, "from": report.window.0, "to": report.window.1 })
        .to_string()
        .replace('<', "\\u003c")
}

fn numbers(report: &BacktestReport, rule: &RuleReport) -> String {
    let counts = rule.matches_by_day.iter().zip(&rule.alerts_by_day).zip(&rule.rings_by_day);
    let days = report
        .days
        .iter()
        .zip(counts)
        .filter(|(_, ((matches, alerts), rings))| **matches + **alerts + **rings > 0);
    let texts: Vec<String> = days
        .map(|(day, ((matches, alerts), rings))| format!("{}: {matches}, {alerts}, {rings}", day.date))
        .collect();
    texts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_darker_with_five_times_the_matches() {
        let levels: Vec<_> = [0, 1, 4, 5, 124, 125, 1_000_000].into_iter().map(level).collect();
        assert_eq!(levels, [None, Some(0), Some(0), Some(1), Some(2), Some(3), Some(4)]);
    }
}
