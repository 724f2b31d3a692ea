//! A parse error as plain text: message, place, the line of the pattern, carets, help.
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
//! Columns count characters. Tabs become four blanks, other control characters `?`, so that carets stand where they should. A line
//! longer than a terminal is cut to the surroundings of the span. A span over several lines is marked on its first line. No colours.

use std::fmt::Write as _;

use crate::error::ParseError;

/// The widest part of a line that is shown.
const MAX_COLUMNS: usize = 100;
/// What is kept in front of the span when a line is cut.
const CONTEXT_COLUMNS: usize = 40;

/// Renders the error over the text it came from.
pub(crate) fn render(error: &ParseError, source: &str) -> String {
    let span = error.span();
    let before = source.get(..span.start).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
    let line_number = before.matches('\n').count() + 1;
    let line = source.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let lead = before.get(line_start..).unwrap_or_default();
    let marked = source.get(span).and_then(|text| text.lines().next()).unwrap_or_default();
    let shown = Excerpt::new(line, &expand(lead), &expand(marked));

    let number = line_number.to_string();
    let gutter = " ".repeat(number.len());
    let column = lead.chars().count() + 1;
    let mut text = format!("error: {error}\n{gutter}--> {number}:{column}\n{gutter} |\n");
    // Writing to a `String` cannot fail.
    let _ = write!(
        text,
        "{number} | {}\n{gutter} | {}{}",
        shown.line,
        " ".repeat(shown.lead),
        "^".repeat(shown.width)
    );
    if let Some(help) = error.help() {
        let _ = write!(text, "\n{gutter} = help: {help}");
    }
    text
}

/// The part of a line that is shown, and where its carets go.
struct Excerpt {
    line: String,
    lead: usize,
    width: usize,
}

impl Excerpt {
    fn new(line: &str, lead: &str, marked: &str) -> Excerpt {
        let line = expand(line);
        let (columns, lead, width) =
            (line.chars().count(), lead.chars().count(), marked.chars().count().max(1));
        if columns <= MAX_COLUMNS {
            return Excerpt { line: line.trim_end().to_owned(), lead, width };
        }
        let latest_first = columns - MAX_COLUMNS;
        let first = lead.saturating_sub(CONTEXT_COLUMNS).min(latest_first);
        let cut_front = if first > 0 { "…" } else { "" };
        let cut_back = if first < latest_first { "…" } else { "" };
        let kept: String = line.chars().skip(first).take(MAX_COLUMNS).collect();
        let lead = lead - first;
        Excerpt {
            line: format!("{cut_front}{}{cut_back}", kept.trim_end()),
            lead: lead + cut_front.chars().count(),
            width: width.min(MAX_COLUMNS.saturating_sub(lead)).max(1),
        }
    }
}

fn expand(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => expanded.push_str("    "),
            '\r' => expanded.push(' '),
            _ if character.is_control() => expanded.push('?'),
            _ => expanded.push(character),
        }
    }
    expanded
}
