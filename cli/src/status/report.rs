//! The lines of the report, as text for people and as JSON for programs.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use aws::Stack;
use serde::Serialize;
use serde_json::json;
use textwrap::Options;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::terminal::{columns, printable};

/// How wide the column of verdicts is, with a space.
const INDENT: &str = "           ";

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// Neither right nor wrong, but worth knowing.
    Note,
    /// The caller may not see it, or it cannot be decided from outside.
    Unknown,
    /// It has to be fixed.
    Broken,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Broken => "BROKEN",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Note => Style::new(),
            Self::Unknown => AnsiColor::BrightBlack.on_default(),
            Self::Broken => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    /// What was checked: the part and the property, such as `trail.logging`.
    pub(super) check: &'static str,
    pub(super) verdict: Verdict,
    /// What was found.
    pub(super) text: String,
    /// What to do about it: words, or a command.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub(super) cure: Option<String>,
}

impl Line {
    fn new(check: &'static str, verdict: Verdict, text: impl Into<String>) -> Self {
        Self { check, verdict, text: text.into(), cure: None }
    }

    pub(super) fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, Verdict::Ok, text)
    }

    pub(super) fn note(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, Verdict::Note, text)
    }

    pub(super) fn unknown(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, Verdict::Unknown, text)
    }

    pub(super) fn broken(check: &'static str, text: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { cure: Some(cure.into()), ..Self::new(check, Verdict::Broken, text) }
    }

    /// The part of the stack that the line is about.
    fn part(&self) -> &str {
        self.check.split_once('.').map_or(self.check, |(part, _)| part)
    }
}

/// Everything that was found out about a stack.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) stack: Stack,
    pub(super) now: OffsetDateTime,
    pub(super) lines: Vec<Line>,
}

impl Report {
    /// The worst verdict of any line.
    pub(super) fn worst(&self) -> Verdict {
        self.lines.iter().map(|line| line.verdict).max().unwrap_or(Verdict::Ok)
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.lines.iter().filter(|line| line.verdict == verdict).count()
    }

    /// Whether nothing is broken and a log file was evaluated.
    pub(super) fn is_running(&self) -> bool {
        let is_evaluated = |line: &Line| line.check == "files.evaluated" && line.verdict == Verdict::Ok;
        self.worst() != Verdict::Broken && self.lines.iter().any(is_evaluated)
    }

    /// The line that a waiting user reads.
    pub(super) fn waiting(&self) -> String {
        match self.count(Verdict::Broken) {
            0 => "nothing is broken; waiting for the first evaluated log file".to_owned(),
            1 => "1 thing is broken; looking again".to_owned(),
            broken => format!("{broken} things are broken; looking again"),
        }
    }

    /// One object.
    pub(super) fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let report = json!({
            "stack": { "id": self.stack.id, "name": self.stack.name, "status": self.stack.status },
            "time": self.now.format(&Rfc3339).unwrap_or_default(),
            "verdict": self.worst(),
            "checks": self.lines,
        });
        writeln!(out, "{report}")
    }

    /// One screen: the lines by part, each broken one with what to do.
    pub(super) fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let mut part = "";
        let wrap = Options::new(columns()).initial_indent("").subsequent_indent(INDENT);
        for line in &self.lines {
            if line.part() != part {
                part = line.part();
                writeln!(
                    out,
                    "{}{part}{}",
                    Style::new().bold().render(),
                    Style::new().bold().render_reset()
                )?;
            }
            let style = line.verdict.style();
            let text = format!("  {:<8} {}", line.verdict.word(), printable(&line.text));
            let text = textwrap::fill(&text, &wrap);
            writeln!(out, "{}{text}{}", style.render(), style.render_reset())?;
            if let Some(cure) = &line.cure {
                // A command is never wrapped, so that it can be copied.
                writeln!(out, "{INDENT}-> {}", printable(cure))?;
            }
        }
        let (broken, unknown) = (self.count(Verdict::Broken), self.count(Verdict::Unknown));
        let name = printable(&self.stack.name);
        writeln!(out, "\nStack {name}: {broken} broken, {unknown} unknown, {} ok", self.count(Verdict::Ok))
    }
}
