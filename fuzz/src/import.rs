//! Templates, listings and Terraform files that people import.

use std::error::Error as _;

use rule_import::{
    Import, Omission, Options, ReadError, Source, SourceLocation, Unreadable, import as import_sources,
};
use rules::RuleSet;

use crate::shown::{is_line, is_place, is_text};

/// Separates the sources within one input.
const BETWEEN: char = '\0';
/// The names of the sources: two in one Terraform module, and one in another.
const NAMES: [&str; 3] = ["a/0", "a/1", "b/2"];

/// The input is up to three texts, which are sources. Either they give an accepted rule file, the same each time, or
/// they are rejected. Each message about them is a single line and refers to an existing place.
pub fn import(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let sources: Vec<_> =
        NAMES.into_iter().zip(text.split(BETWEEN)).map(|(name, text)| Source { name, text }).collect();
    let options = Options { alerts: text.len() % 2 == 0, ..Options::default() };
    match import_sources(&sources, &options) {
        Ok(import) => {
            is_rule_file(&import);
            import.omissions.iter().for_each(|omission| is_told(omission, &sources));
            import.unreadable.iter().for_each(|error| is_refusal(error, &sources));
            let again = import_sources(&sources, &options).expect("what is read once is read twice");
            assert_eq!(
                (again.text, again.rules, again.omissions),
                (import.text, import.rules, import.omissions)
            );
        }
        Err(Unreadable(errors)) => {
            assert!(!errors.is_empty());
            errors.iter().for_each(|error| is_refusal(error, &sources));
        }
    }
}

fn is_rule_file(import: &Import) {
    is_text(&import.text);
    if import.rules == 0 {
        assert_eq!(import.text, "");
        return;
    }
    let (set, _) = RuleSet::parse("rules.yaml", &import.text).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(set.rules().len(), import.rules);
}

fn is_told(omission: &Omission, sources: &[Source<'_>]) {
    is_line(&omission.to_string());
    if let Some(location) = &omission.location {
        is_in(location, sources);
    }
}

fn is_refusal(error: &ReadError, sources: &[Source<'_>]) {
    is_line(&error.to_string());
    if let Some(cause) = error.source() {
        is_line(&cause.to_string());
    }
    let (ReadError::TooLarge { location, .. }
    | ReadError::Syntax { location, .. }
    | ReadError::TooDeep { location, .. }
    | ReadError::TooManyNodes { location, .. }
    | ReadError::NotRecognised { location }) = error;
    is_in(location, sources);
}

fn is_in(location: &SourceLocation, sources: &[Source<'_>]) {
    let source = sources.iter().find(|source| source.name == location.source_name).expect("a source");
    if let Some((line, column)) = location.line_and_column {
        is_place(line, column, source.text);
    }
}
