//! The page with the results, within the frame that all pages share.
//!
//! Each picture has its numbers beside it as text.

mod bars;
mod calendar;
mod findings;
mod lanes;
mod sections;
mod tables;

use maud::html;

use super::report::BacktestReport;
use crate::page::{Page, text, with_base_style};

/// What the page looks like: light, dark and on paper.
const STYLE: &str = with_base_style!("html/style.css");
/// What makes it answer to keys and filters. Without it, the page still shows everything.
const SCRIPT: &str = include_str!("html/page.js");

/// Days that a page can show.
pub(super) const MOST_DAYS: usize = 400;
/// Rules that a page can show.
pub(super) const MOST_RULES: usize = 500;

/// The page.
pub(super) fn page(report: &BacktestReport) -> String {
    let body = html! {
        a class="skip" href="#findings" { "Skip to the findings" }
        header {
            h1 { "Backtest" }
            p { (report.from) " to " (report.to) }
            (sections::navigation(report))
        }
        main {
            (sections::summary(report))
            (tables::comparison(report))
            (bars::messages_by_day(report))
            (calendar::calendar(report))
            (lanes::lanes(report))
            (tables::rules(report))
            (tables::sweeps(report))
            (tables::noise(report))
            (findings::findings(report))
            (sections::basis(report))
        }
    };
    let title = format!("Backtest: {} to {}", report.from, report.to);
    Page { title: &title, style: STYLE, script: Some(SCRIPT), body }.into_text()
}

/// A number with spaces between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
