//! The language of a source by its first line, and trees of the languages that have the same ones.

use crate::{ReadError, json, node::Node, yaml};

/// The CloudFormation template in a text; `None` if it is none.
pub(crate) fn template(text: &str) -> Option<Node> {
    let trees = match language(text) {
        Language::Json => json(0, "", text).ok()?,
        Language::Yaml => yaml::read(0, "", text).ok()?,
        Language::Hcl => return None,
    };
    trees.into_iter().next().filter(|tree| tree.get("Resources").is_some())
}

/// Reads JSON. CloudFormation reads it as YAML, which allows comments and commas behind the last item.
pub(crate) fn json(file: usize, name: &str, text: &str) -> Result<Vec<Node>, ReadError> {
    json::read(name, text).or_else(|error| {
        let trees = yaml::read(file, name, &json::as_yaml(text)).map_err(|_other| error)?;
        Ok(trees)
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// A language in which sources are written.
pub(crate) enum Language {
    Json,
    Yaml,
    Hcl,
}

/// Detects the language by the first line that is not a comment: `key:` is YAML, `key =` or `key "label" {` is
/// Terraform.
pub(crate) fn language(text: &str) -> Language {
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
    let is_text = || line.starts_with('"') && serde_json::from_str::<String>(text).is_ok();
    if line.starts_with(['{', '[']) || is_text() {
        return Language::Json;
    }
    let key = line.trim_start_matches(['"', '\'']);
    let end = key
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\'')))
        .unwrap_or(key.len());
    let behind_key = key.get(end..).unwrap_or_default().trim_start();
    if behind_key.starts_with(':') { Language::Yaml } else { Language::Hcl }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_is_not_a_comment_determines_the_language() {
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
