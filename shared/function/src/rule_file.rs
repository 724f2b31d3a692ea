//! Where the rules of a function are, and reading rules from the deployment package.
//!
//! Rules in S3 are read by `pipeline`.

use std::path::{Path, PathBuf};

use aws::S3Uri;
use pipeline::{OperationalEvent, log_event};
use rules::catalogue::Set;
use rules::{Diagnostics, RuleSet};

/// Where the rules are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleLocation {
    /// In the program: a set of the catalogue.
    Set(&'static Set),
    /// In the deployment package or a layer.
    File(PathBuf),
    /// In S3.
    Object(S3Uri),
}

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileError {
    /// The file cannot be read.
    #[error("the rule file `{}` cannot be read", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The file system's error, or that the file is not UTF-8.
        #[source]
        source: std::io::Error,
    },
    /// The file has errors; the cause lists all of them.
    #[error("the rule file `{}` is not valid", path.display())]
    Invalid {
        /// The path.
        path: PathBuf,
        /// The file's diagnostics.
        #[source]
        source: Diagnostics,
    },
    /// A built-in rule is not valid; the program was built wrongly.
    #[error("the built-in rule set `{set}` is not valid")]
    BuiltIn {
        /// The set's name.
        set: &'static str,
        /// The set's diagnostics.
        #[source]
        source: Diagnostics,
    },
}

/// The rules of a built-in set.
///
/// # Errors
///
/// [`RuleFileError::BuiltIn`] if a rule of the set is not valid.
pub fn built_in(set: &'static Set) -> Result<RuleSet, RuleFileError> {
    RuleSet::of_set_without_tests(set).map_err(|source| RuleFileError::BuiltIn { set: set.name, source })
}

/// Reads the rules from a file, and logs its warnings.
///
/// # Errors
///
/// [`RuleFileError`] if the file cannot be read or has an error. A function with only half of its rules would miss the
/// findings of the other half, so it does not start.
pub fn load(path: &Path) -> Result<RuleSet, RuleFileError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| RuleFileError::Read { path: path.to_owned(), source })?;
    let (rules, warnings) = RuleSet::parse_without_tests(&path.display().to_string(), &text)
        .map_err(|source| RuleFileError::Invalid { path: path.to_owned(), source })?;
    for warning in warnings {
        log_event!(OperationalEvent::RulesWarning, "{warning}");
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &[u8]) -> tempfile::TempPath {
        let file = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        std::fs::write(&file, text).unwrap();
        file
    }

    #[test]
    fn a_file_has_its_own_rules() {
        let path = file(
            b"version: 1\nrules:\n  - id: any\n    filterPattern: '{ $.eventName = * }'\n    metricTransformation: { metricName: Any }\n",
        );
        assert_eq!(load(&path).unwrap().rules().len(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_an_error() {
        let missing = load(Path::new("no-such-file.yaml")).unwrap_err();
        assert!(matches!(missing, RuleFileError::Read { .. }), "{missing}");
        let binary = load(&file(b"\xff\xfe")).unwrap_err();
        assert!(matches!(binary, RuleFileError::Read { .. }), "{binary}");
        let invalid = load(&file(b"version: 1\nrules: 3\n")).unwrap_err();
        assert!(matches!(invalid, RuleFileError::Invalid { .. }), "{invalid}");
    }
}
