//! Why a source cannot be read at all. Anything that was read but not carried over is an
//! [`Omission`](crate::Omission).

use std::{error::Error, fmt};

use saphyr_parser::ScanError;

use crate::SourceLocation;

/// A source that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The source is too large.
    #[error("{location}: {bytes} bytes, more than the limit of {allowed}; import it in parts")]
    TooLarge {
        /// The source.
        location: SourceLocation,
        /// Its size.
        bytes: usize,
        /// The limit.
        allowed: usize,
    },
    /// The source is not valid in its language.
    #[error("{location}: invalid {language}")]
    Syntax {
        /// Where the error is.
        location: SourceLocation,
        /// The detected language.
        language: &'static str,
        /// The parser's error.
        #[source]
        cause: SyntaxError,
    },
    /// Lists and mappings are nested too deeply.
    #[error("{location}: nested deeper than the limit of {allowed} levels")]
    TooDeep {
        /// Where the limit is exceeded.
        location: SourceLocation,
        /// The limit.
        allowed: usize,
    },
    /// The source contains too many values.
    #[error("{location}: more values than the limit of {allowed}; import it in parts")]
    TooManyNodes {
        /// Where the limit is exceeded.
        location: SourceLocation,
        /// The limit.
        allowed: usize,
    },
    /// The source is not a supported kind of input.
    #[error(
        "{location}: expected a CloudFormation template, output of describe-metric-filters or describe-alarms with all \
         properties, metric sets of the Landing Zone Accelerator, or Terraform: files of a module, a state of version \
         4, or output of `terraform show -json`"
    )]
    NotRecognised {
        /// The source.
        location: SourceLocation,
    },
}

/// A parser's error, in one line without the location.
#[derive(Debug)]
pub enum SyntaxError {
    /// From the JSON parser.
    Json(serde_json::Error),
    /// From the YAML parser.
    Yaml(ScanError),
    /// From the parser of Terraform's language.
    Hcl(hcl_edit::parser::Error),
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => {
                let text = error.to_string();
                formatter.write_str(text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what))
            }
            Self::Yaml(error) => formatter.write_str(error.info()),
            Self::Hcl(error) => formatter.write_str(error.message()),
        }
    }
}

impl Error for SyntaxError {}
