//! The page: one file with everything in it, that loads nothing.
//!
//! Its policy allows the one style and the one script that it contains, by their hashes, and no connection at all. Every
//! text from a rule or a record is escaped by the template, and characters that could deceive a reader are written out
//! before. Each picture has its numbers beside it as text.

mod bars;
mod calendar;
mod findings;
mod lanes;
mod sections;
mod tables;

use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::report::BacktestReport;
use crate::terminal::printable;

/// What the page looks like: light, dark and on paper.
const STYLE: &str = include_str!("html/style.css");
/// What makes it answer to keys and filters. Without it, the page still shows everything.
const SCRIPT: &str = include_str!("html/page.js");

/// Days that a page can show.
pub(super) const MOST_DAYS: usize = 400;
/// Rules that a page can show.
pub(super) const MOST_RULES: usize = 500;

/// The page.
pub(super) fn page(report: &BacktestReport) -> String {
    let title = format!("Backtest: {} to {}", report.from, report.to);
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{}'; script-src '{}'",
        hash(STYLE),
        hash(SCRIPT),
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
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
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// A source expression of a content security policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text.as_bytes())))
}

/// A text from outside, harmless to read.
fn text(text: &str) -> Markup {
    html! { (printable(text)) }
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
