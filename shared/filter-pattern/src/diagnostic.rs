//! Renders an error in a pattern as plain text: message, position, the line of the pattern, carets, help.
//!
//! ```text
//! error: `==` is not an operator
//!  --> 1:11
//!   |
//! 1 | { $.field == "value" }
//!   |           ^^
//!   = help: compare with a single `=`
//! ```
//!
//! The column after the line number counts characters; the carets are aligned as a terminal displays the line. A span
//! of several lines is marked on its first line. There are no colours.

use std::fmt::{Display, Write as _};
use std::ops::Range;

use crate::excerpt::Excerpt;

/// Renders an error with the source text that it refers to. `label` is `error` or `warning`.
pub(crate) fn render(
    label: &str,
    message: &dyn Display,
    span: Range<usize>,
    help: Option<&str>,
    source: &str,
) -> String {
    let before = source.get(..span.start).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
    let line_number = before.matches('\n').count() + 1;
    let line = source.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    let marked = source.get(span).and_then(|text| text.lines().next()).unwrap_or_default();
    let lead = before.len() - line_start;
    let excerpt = Excerpt::new(line, lead..lead + marked.len());

    let number = line_number.to_string();
    let gutter = " ".repeat(number.len());
    let mut text = format!("{label}: {message}\n{gutter}--> {number}:{column}\n{gutter} |\n");
    // Writing to a `String` cannot fail.
    let _ = write!(text, "{number} | {}\n{gutter} | {}", excerpt.line(), excerpt.carets());
    if let Some(help) = help {
        let _ = write!(text, "\n{gutter} = help: {help}");
    }
    text
}
