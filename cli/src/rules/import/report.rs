//! The result of an import as JSON.

use std::io::Write as _;
use std::path::Path;

use rule_import::{Grade, Omission};
use serde_json::{Value, json};

use super::{Converted, Known};
use crate::exit::Exit;
use crate::terminal::Stdout;

/// What an omission of this importance is called.
pub(super) fn word(grade: Grade) -> &'static str {
    match grade {
        Grade::Lost => "error",
        Grade::Note => "note",
    }
}

/// Writes one object: the rule file, unless it goes to a file of its own, and everything that was noticed.
pub(super) fn write(
    converted: Option<&Converted<'_>>,
    errors: &[String],
    output: Option<&Path>,
) -> anyhow::Result<Exit> {
    let is_written = converted.is_some_and(|converted| converted.import.rules > 0);
    if let (Some(converted), Some(path), true) = (converted, output, is_written) {
        converted.write_to(path)?;
    }
    let text = converted.filter(|_| is_written && output.is_none()).map(|converted| &converted.text);
    let omissions = converted.map(|converted| converted.import.omissions.as_slice()).unwrap_or_default();
    let known = converted.map(|converted| converted.known.as_slice()).unwrap_or_default();
    let has_adopted = converted.is_some_and(|converted| converted.has_adopted);
    let built_in = |Known { id, built_in, .. }: &Known| json!({ "rule": id, "builtIn": built_in, "adopted": has_adopted });
    let report = json!({
        "rules": converted.map_or(0, |converted| converted.import.rules),
        "ruleFile": text,
        "omissions": omissions.iter().map(omission).collect::<Vec<_>>(),
        "builtInRules": known.iter().map(built_in).collect::<Vec<_>>(),
        "unreadable": errors,
    });
    let mut out = Stdout::buffered();
    writeln!(out, "{report}")?;
    out.flush()?;
    Ok(converted.map_or(Exit::Failure, Converted::exit))
}

fn omission(omission: &Omission) -> Value {
    let Omission { code, location, subject, message } = omission;
    let line_and_column = location.as_ref().and_then(|location| location.line_and_column);
    json!({
        "severity": word(code.grade()),
        "code": code.as_str(),
        "file": location.as_ref().map(|location| &location.source_name),
        "line": line_and_column.map(|(line, _)| line),
        "column": line_and_column.map(|(_, column)| column),
        "subject": subject,
        "message": message,
    })
}
