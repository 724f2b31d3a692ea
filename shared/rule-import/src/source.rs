//! Which language a source is written in, and what it holds: decided by its contents, whatever its name is.

use hcl_edit::{parser::parse_body, structure::Body};

use crate::{Place, ReadError, Source, SyntaxError, json, limits::SOURCE_BYTES, node::Node, yaml};

/// The contents of a source.
#[derive(Debug)]
pub(crate) enum Contents {
    /// A CloudFormation or SAM template.
    Template(Node),
    /// An answer to describe-metric-filters or describe-alarms.
    Listing(Node),
    /// A plan or state of Terraform, as `terraform show -json` writes it.
    Plan(Node),
    /// A file of a Terraform module, or one that gives values to its variables.
    Terraform(Body),
}

/// Reads a source. Most hold one thing; JSON may hold several listings.
pub(crate) fn read(file: usize, source: &Source<'_>) -> Result<Vec<Contents>, ReadError> {
    let place = || Place { source_name: source.name.to_owned(), line_and_column: None };
    let bytes = source.text.len();
    if bytes > SOURCE_BYTES {
        return Err(ReadError::TooLarge { place: place(), bytes, allowed: SOURCE_BYTES });
    }
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(source.text);
    let trees = match language(text) {
        Language::Hcl => return terraform(source.name, text).map(|body| vec![Contents::Terraform(body)]),
        Language::Json => json::read(source.name, text)?,
        Language::Yaml => yaml::read(file, source.name, text)?,
    };
    if trees.is_empty() {
        return Err(ReadError::NotRecognised { place: place() });
    }
    trees
        .into_iter()
        .map(|tree| recognised(tree).ok_or_else(|| ReadError::NotRecognised { place: place() }))
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Json,
    Yaml,
    Hcl,
}

/// Tells the language by the first line that is no comment: `key:` begins YAML, and `key =` or `key "label" {` Terraform.
fn language(text: &str) -> Language {
    let mut rest = text;
    let line = loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
            continue;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let skipped = ["#", "//", "---", "%"].iter().any(|start| line.starts_with(start));
        if !skipped || rest.is_empty() {
            break line;
        }
        rest = after;
    };
    if line.starts_with(['{', '[']) {
        return Language::Json;
    }
    let key = line.trim_start_matches(['"', '\'']);
    let end = key
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\'')))
        .unwrap_or(key.len());
    let behind_key = key.get(end..).unwrap_or_default().trim_start();
    if behind_key.starts_with(':') { Language::Yaml } else { Language::Hcl }
}

fn terraform(name: &str, text: &str) -> Result<Body, ReadError> {
    parse_body(text).map_err(|cause| {
        let location = cause.location();
        ReadError::Syntax {
            place: Place::in_lines(name, text.split('\n'), location.line(), location.column()),
            language: "Terraform",
            cause: SyntaxError::Hcl(cause),
        }
    })
}

fn recognised(tree: Node) -> Option<Contents> {
    let has = |key: &str| tree.get(key).is_some();
    if has("Resources") {
        return Some(Contents::Template(tree));
    }
    if has("metricFilters") || has("MetricAlarms") || has("CompositeAlarms") {
        return Some(Contents::Listing(tree));
    }
    if has("planned_values") || has("values") {
        return Some(Contents::Plan(tree));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_is_no_comment_tells_the_language() {
        for (text, expected) in [
            ("{\"Resources\": {}}", Language::Json),
            ("\n\n  [1]", Language::Json),
            ("# a comment\n---\nResources:\n  A: 1\n", Language::Yaml),
            ("AWSTemplateFormatVersion: '2010-09-09'\n", Language::Yaml),
            ("\"Resources\":\n", Language::Yaml),
            ("resource \"aws_x\" \"y\" {\n", Language::Hcl),
            ("/* a\n comment: */ locals {\n", Language::Hcl),
            ("// a: b\nregion = \"x\"\n", Language::Hcl),
            ("", Language::Hcl),
            ("/*", Language::Hcl),
        ] {
            assert_eq!(language(text), expected, "{text}");
        }
    }
}
