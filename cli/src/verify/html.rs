//! The report for auditors: one page that prints, with no script and nothing to load.
//!
//! Every name is escaped by the template, and characters that could deceive a reader are written out before. A verdict is a
//! word and a sign, never a colour alone. The page is evidence; whether a control is met is the auditor's judgement.

mod sections;
mod strip;

use std::io;

use maud::{Markup, html};

use super::evidence::Evidence;
use super::json;
use crate::page::Page;

/// What the page looks like, on a screen and on A4.
const STYLE: &str = include_str!("html/style.css");

/// The page.
pub(super) fn page(evidence: &Evidence) -> io::Result<String> {
    let hash = json::result_sha256(evidence)?;
    let title = format!(
        "Log file integrity: {} to {}",
        digests::stamp(evidence.verified.span.from),
        digests::stamp(evidence.verified.span.to)
    );
    let body = html! {
        header { (title) span { "result " (hash.get(..16).unwrap_or_default()) } }
        h1 { (title) }
        (sections::statement(evidence))
        (sections::scope(evidence))
        (sections::results(evidence))
        (sections::findings(evidence))
        (sections::holes(evidence))
        (sections::method(evidence))
        (sections::completeness())
        (sections::run(evidence, &hash))
        (sections::controls())
    };
    Ok(Page { title: &title, style: STYLE, script: None, body }.into_text())
}

/// A verdict as a sign and a word.
fn verdict(is_finding: bool, word: &str) -> Markup {
    html! { span class=(if is_finding { "bad" } else { "good" }) { (if is_finding { "✘ " } else { "✔ " }) (word) } }
}
