//! The formats in which `rules check`, `test` and `lint` report to other programs: SARIF, and the annotations of GitHub
//! Actions. Their text and JSON are written by the commands.
//!
//! Source: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; "Workflow commands for GitHub Actions".

use std::collections::BTreeSet;
use std::io::{self, Write};

use clap::ValueEnum;
use serde_json::{Value, json};

/// The output format of a command that reports problems in rule files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// Human-readable
    Text,
    /// JSON, one object on one line
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands that GitHub Actions shows at the lines
    Github,
}

/// A problem in a rule file.
pub(super) struct Entry {
    pub(super) is_error: bool,
    pub(super) code: String,
    /// The file, with line and column if they are known: `rules.yaml:3:9`.
    pub(super) place: String,
    pub(super) message: String,
}

/// Writes the entries as SARIF or as workflow commands; nothing in the other formats.
pub(super) fn write(entries: &[Entry], format: ReportFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Text | ReportFormat::Json => Ok(()),
        ReportFormat::Sarif => writeln!(out, "{}", sarif(entries)),
        ReportFormat::Github => {
            entries.iter().try_for_each(|entry| writeln!(out, "{}", workflow_command(entry)))
        }
    }
}

/// File, line and column of a place.
fn split(place: &str) -> (&str, Option<(usize, usize)>) {
    let numbers = || {
        let (rest, column) = place.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some((file, (line.parse().ok()?, column.parse().ok()?)))
    };
    match numbers() {
        Some((file, place)) => (file, Some(place)),
        None => (place, None),
    }
}

fn sarif(entries: &[Entry]) -> Value {
    let codes: BTreeSet<&str> = entries.iter().map(|entry| entry.code.as_str()).collect();
    let result = |entry: &Entry| {
        let (file, place) = split(&entry.place);
        let mut location = json!({ "artifactLocation": { "uri": file.replace('\\', "/") } });
        if let (Some((line, column)), Some(location)) = (place, location.as_object_mut()) {
            location.insert("region".to_owned(), json!({ "startLine": line, "startColumn": column }));
        }
        json!({
            "ruleId": entry.code,
            "level": if entry.is_error { "error" } else { "warning" },
            "message": { "text": entry.message },
            "locations": [{ "physicalLocation": location }],
        })
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "trailbell",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| json!({ "id": code })).collect::<Vec<_>>(),
            } },
            "results": entries.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

/// A workflow command. Its values are escaped, so that text from a file cannot start another command.
fn workflow_command(entry: &Entry) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let (file, place) = split(&entry.place);
    let place = place.map(|(line, column)| format!(",line={line},col={column}")).unwrap_or_default();
    let level = if entry.is_error { "error" } else { "warning" };
    format!(
        "::{level} file={}{place},title={}::{}",
        property(file),
        property(&entry.code),
        data(&entry.message)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(place: &str) -> Entry {
        Entry {
            is_error: true,
            code: "a:b".to_owned(),
            place: place.to_owned(),
            message: "100%\n::error::x".to_owned(),
        }
    }

    #[test]
    fn text_from_a_file_starts_no_command_of_its_own() {
        assert_eq!(
            workflow_command(&entry("a,b.yaml:3:9")),
            "::error file=a%2Cb.yaml,line=3,col=9,title=a%3Ab::100%25%0A::error::x"
        );
    }

    #[test]
    fn sarif_has_a_region_if_the_place_is_known() {
        let report = sarif(&[entry("C:\\rules.yaml:3:9"), entry("catalogue/a.yaml")]);
        let location =
            |index: usize| report["runs"][0]["results"][index]["locations"][0]["physicalLocation"].clone();
        assert_eq!(location(0)["artifactLocation"]["uri"], "C:/rules.yaml");
        assert_eq!(location(0)["region"], json!({ "startLine": 3, "startColumn": 9 }));
        assert_eq!(location(1), json!({ "artifactLocation": { "uri": "catalogue/a.yaml" } }));
    }
}
