//! `--html`: the events as a page for a browser, in one file with everything in it.
//!
//! The page has the columns of all events, so that its filters answer at once, and the records in compressed blocks, of
//! which it opens the ones that are looked at. Everything is Base64, so that no character of a record is ever markup, and
//! deceptive characters are written out before. The script makes elements and sets texts; it cannot make markup.

mod columns;
mod findings;
mod insights;
mod records;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};

use data_encoding::BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use history::{Event, Query, Summary};
use maud::{PreEscaped, html};
use rules::RuleSet;
use serde::Serialize;
use serde_json::Value;

use self::columns::Columns;
use self::findings::{Findings, RuleFindings};
use self::insights::{Insight, insight};
use self::records::{BLOCK_SIZE, Blocks};
use crate::page::{Page, with_base_style};
use crate::terminal::printable;

/// What the page looks like: light, dark and on paper.
const STYLE: &str = with_base_style!("html/style.css");
/// What makes the page.
const SCRIPT: &str = concat!(
    include_str!("html/core.js"),
    include_str!("html/history.js"),
    include_str!("html/views.js"),
    include_str!("html/main.js"),
);

/// What the page says about itself.
pub(super) struct About<'a> {
    /// The sources as the user named them; none if CloudTrail itself was asked.
    pub(super) sources: Vec<String>,
    pub(super) query: &'a Query,
    pub(super) summary: &'a Summary,
    /// The files of the sources, as `events files` has them; `None` if there are none.
    pub(super) files: Option<Value>,
    /// The time at which the page is made, as text.
    pub(super) made_at: String,
}

/// The data of the page, as its script reads it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageData<'d> {
    sources: Vec<String>,
    query: &'d Query,
    summary: String,
    notes: Vec<String>,
    is_complete: bool,
    /// Seconds since 1970.
    times: &'d [Option<i64>],
    columns: &'d Columns,
    rules: Vec<RuleFindings<'d>>,
    insights: &'d [Insight],
    files: Option<Value>,
    block_size: usize,
}

/// Takes the events of a page, in the order in which they are shown.
pub(super) struct PageBuilder {
    times: Vec<Option<i64>>,
    columns: Columns,
    blocks: Blocks,
    findings: Findings,
    insights: Vec<Insight>,
}

impl PageBuilder {
    /// A page without events, on which `rules` are run.
    pub(super) fn new(rules: RuleSet) -> Self {
        Self {
            times: Vec::new(),
            columns: Columns::default(),
            blocks: Blocks::default(),
            findings: Findings::new(rules),
            insights: Vec::new(),
        }
    }

    /// Adds an event.
    ///
    /// # Errors
    ///
    /// If its record cannot be compressed.
    pub(super) fn push(&mut self, event: &Event) -> io::Result<()> {
        let row = self.times.len();
        self.times.push(event.key().time.map(time::OffsetDateTime::unix_timestamp));
        self.columns.push(event);
        self.findings.push(row, event);
        self.insights.extend(insight(row, event));
        self.blocks.push(event)
    }

    /// The text of the file.
    ///
    /// # Errors
    ///
    /// If the data cannot be compressed.
    pub(super) fn finish(self, about: About<'_>) -> io::Result<String> {
        let Self { times, columns, blocks, findings, insights } = self;
        let About { sources, query, summary, files, made_at } = about;
        let data = PageData {
            sources: sources.iter().map(|source| printable(source).to_string()).collect(),
            query,
            summary: summary.line(None),
            notes: summary.notes().iter().map(|note| printable(note).to_string()).collect(),
            is_complete: summary.is_complete(),
            times: &times,
            columns: &columns,
            rules: findings.of_rules(),
            insights: &insights,
            files: files.map(harmless),
            block_size: BLOCK_SIZE,
        };
        let mut packed = packer();
        serde_json::to_writer(&mut packed, &data)?;
        let data = BASE64.encode(&packed.finish()?);
        let blocks = blocks.finish()?;
        let body = html! {
            a class="skip" href="#history" { "Skip to the events" }
            header {
                h1 { "CloudTrail events" }
                nav aria-label="Views" {}
                p { "made at " (made_at) " by trailbell " (env!("CARGO_PKG_VERSION")) ", keys: " kbd { "?" } }
            }
            p id="help" hidden {
                kbd { "1" } " to " kbd { "5" } " views, " kbd { "/" } " search, "
                kbd { "↑" } " " kbd { "↓" } " or " kbd { "k" } " " kbd { "j" } " choose an event, "
                kbd { "Enter" } " open it, " kbd { "Esc" } " close. Times are in UTC. A click on a bar shows its time."
            }
            main id="main" { noscript { "This page needs JavaScript. It loads nothing." } }
            script type="text/plain" id="data" { (PreEscaped(data)) }
            @for (number, block) in blocks.iter().enumerate() {
                script type="text/plain" id=(format!("records-{number}")) { (PreEscaped(block)) }
            }
        };
        Ok(Page { title: "CloudTrail events", style: STYLE, script: Some(SCRIPT), body }.into_text())
    }
}

/// Compresses what is written to it.
fn packer() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::default())
}

/// Packs a text as the script unpacks it.
fn pack(text: &[u8]) -> io::Result<String> {
    let mut packed = packer();
    packed.write_all(text)?;
    Ok(BASE64.encode(&packed.finish()?))
}

/// A value whose texts are harmless to read.
fn harmless(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(printable(&text).to_string()),
        Value::Array(elements) => elements.into_iter().map(harmless).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (printable(&name).to_string(), harmless(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}
