//! Messages by day, as stacked bars.

use maud::{Markup, html};

use super::super::report::BacktestReport;

/// The height of the tallest bar.
const HEIGHT: u64 = 100;
/// The width of a day, of which the bar takes all but one unit on each side.
const DAY: usize = 10;
/// The days that pictures have room for, at least: a single day does not fill the width of the page.
pub(super) const LEAST_DAYS: usize = 28;

/// Alerts and rings of each day.
pub(super) fn messages_by_day(report: &BacktestReport) -> Markup {
    let most = report.days.iter().map(|day| day.alerts + day.rings).max().unwrap_or(0).max(1);
    let (mut alerts, mut rings, mut gaps) = (String::new(), String::new(), String::new());
    for (place, day) in report.days.iter().enumerate() {
        let x = place * DAY + 1;
        let height = |count: u64| if count == 0 { 0 } else { (count * HEIGHT / most).max(1) };
        let (of_alerts, of_rings) = (height(day.alerts), height(day.rings));
        if of_alerts > 0 {
            alerts.push_str(&format!("M{x} {}h8v{of_alerts}h-8z", HEIGHT - of_alerts));
        }
        if of_rings > 0 {
            let top = HEIGHT.saturating_sub(of_alerts + of_rings);
            rings.push_str(&format!("M{x} {top}h8v{of_rings}h-8z"));
        }
        if !day.has_files {
            gaps.push_str(&format!("M{} 0h{DAY}v{HEIGHT}h-{DAY}z", place * DAY));
        }
    }
    let width = report.days.len().max(LEAST_DAYS) * DAY;
    html! {
        section id="messages" {
            h2 { "Messages by day" }
            p class="legend" { span class="key alert" {} "alerts " span class="key ring" {} "rings " span class="key gap" {} "no log files. The tallest day has " (most) " messages." }
            svg class="bars" viewBox={ "0 0 " (width) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label="Alerts and rings of each day; the table below has the numbers" {
                path class="gap" d=(gaps) {}
                path class="alert" d=(alerts) {}
                path class="ring" d=(rings) {}
            }
            (axis(report))
            details {
                summary { "Numbers of each day" }
                table {
                    thead { tr { th { "Day" } th class="number" { "Matches" } th class="number" { "Alerts" } th class="number" { "Rings" } th { "" } } }
                    tbody {
                        @for day in &report.days {
                            tr { td { (day.date) } td class="number" { (day.matches) } td class="number" { (day.alerts) } td class="number" { (day.rings) } td { (if day.has_files { "" } else { "no log files" }) } }
                        }
                    }
                }
            }
        }
    }
}

/// The first and the last day, below a picture by days.
pub(super) fn axis(report: &BacktestReport) -> Markup {
    let first = report.days.first().map(|day| day.date.as_str()).unwrap_or_default();
    let last = report.days.last().map(|day| day.date.as_str()).unwrap_or_default();
    html! {
        p class="axis" {
            @if report.days.len() >= LEAST_DAYS { span { (first) } span { (last) } }
            @else if first == last { span { (first) } }
            @else { span { (first) " to " (last) } }
        }
    }
}
