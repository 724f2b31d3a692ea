//! Where rules are, and those that are at hand when a function starts: a set of the rules that are built in, or a file of
//! the deployment package.

use std::path::{Path, PathBuf};

use aws::S3Uri;
use rules::catalogue::Set;
use rules::{Diagnostics, RuleSet};

/// Where the rules are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleLocation {
    /// In the program: a set of its catalogue.
    Set(&'static Set),
    /// In the deployment package or a layer.
    File(PathBuf),
    /// In S3.
    Object(S3Uri),
}

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileError {
    /// It cannot be read.
    #[error("the rule file `{}` cannot be read", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// What the file system said, or that it is not UTF-8.
        #[source]
        source: std::io::Error,
    },
    /// It has faults; all of them are in the cause.
    #[error("the rule file `{}` is not valid", path.display())]
    Invalid {
        /// Its path.
        path: PathBuf,
        /// Its faults.
        #[source]
        source: Diagnostics,
    },
}

/// Reads the rules of a file. Warnings go to the log.
///
/// # Errors
///
/// [`RuleFileError`] when the file cannot be read or has a fault. A function with half of its rules would be silent
/// about the other half, so it does not start.
pub fn load(path: &Path) -> Result<RuleSet, RuleFileError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| RuleFileError::Read { path: path.to_owned(), source })?;
    let (rules, warnings) = RuleSet::parse_without_tests(&path.display().to_string(), &text)
        .map_err(|source| RuleFileError::Invalid { path: path.to_owned(), source })?;
    for warning in warnings {
        tracing::warn!(code = "rules.warning", "{warning}");
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
