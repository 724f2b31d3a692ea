//! Templates, listings and Terraform, as people have them.

use std::error::Error as _;

use rule_import::{
    Import, ImportError, Omission, Options, Place, ReadError, Source, import as import_sources,
};
use rules::RuleSet;

use crate::shown::{is_line, is_place, is_text};

/// What is between two sources of one input.
const BETWEEN: char = '\0';
/// Names of the sources: two of one Terraform module, and one of another.
const NAMES: [&str; 3] = ["a/0", "a/1", "b/2"];

/// Up to three texts are sources, which together make a rule file that is accepted, the same each time; or they are
/// refused. Whatever is said of them is one line and names a place that exists.
pub fn import(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let sources: Vec<_> =
        NAMES.into_iter().zip(text.split(BETWEEN)).map(|(name, text)| Source { name, text }).collect();
    let options = Options { alerts: text.len() % 2 == 0, ..Options::default() };
    match import_sources(&sources, &options) {
        Ok(import) => {
            is_rule_file(&import);
            import.omissions.iter().for_each(|omission| is_told(omission, &sources));
            let again = import_sources(&sources, &options).expect("what is read once is read twice");
            assert_eq!(again, import);
        }
        Err(ImportError::Unreadable(errors)) => {
            assert!(!errors.is_empty());
            errors.iter().for_each(|error| is_refusal(error, &sources));
        }
        Err(ImportError::Refused(diagnostics)) => panic!("{diagnostics}"),
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
    if let Some(place) = &omission.place {
        is_in(place, sources);
    }
}

fn is_refusal(error: &ReadError, sources: &[Source<'_>]) {
    is_line(&error.to_string());
    if let Some(cause) = error.source() {
        is_line(&cause.to_string());
    }
    let (ReadError::TooLarge { place, .. }
    | ReadError::Syntax { place, .. }
    | ReadError::TooDeep { place, .. }
    | ReadError::TooManyNodes { place, .. }
    | ReadError::NotRecognised { place }) = error;
    is_in(place, sources);
}

fn is_in(place: &Place, sources: &[Source<'_>]) {
    let source = sources.iter().find(|source| source.name == place.source_name).expect("a source");
    if let Some((line, column)) = place.line_and_column {
        is_place(line, column, source.text);
    }
}
