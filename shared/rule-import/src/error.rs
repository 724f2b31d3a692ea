//! Why a source cannot be read at all. What could be read and not carried over is an [`Omission`](crate::Omission).

use std::{error::Error, fmt};

use saphyr_parser::ScanError;

use crate::Place;

/// A source that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The source is larger than what is read.
    #[error("{place}: {bytes} bytes, more than the {allowed} that are read")]
    TooLarge {
        /// The source.
        place: Place,
        /// Its size.
        bytes: usize,
        /// The size up to which a source is read.
        allowed: usize,
    },
    /// The source breaks the rules of its language.
    #[error("{place}: invalid {language}")]
    Syntax {
        /// Where it breaks them.
        place: Place,
        /// The language that it was taken for.
        language: &'static str,
        /// What the parser says.
        #[source]
        cause: SyntaxError,
    },
    /// Lists and mappings nest too deeply.
    #[error("{place}: nested deeper than the {allowed} levels that are read")]
    TooDeep {
        /// Where the limit is passed.
        place: Place,
        /// The limit.
        allowed: usize,
    },
    /// The source holds too many values.
    #[error("{place}: more than the {allowed} values that are read")]
    TooManyNodes {
        /// Where the limit is passed.
        place: Place,
        /// The limit.
        allowed: usize,
    },
    /// The source is none of the inputs that are known.
    #[error(
        "{place}: neither a CloudFormation template, nor the answer to describe-metric-filters or describe-alarms, nor Terraform"
    )]
    NotRecognised {
        /// The source.
        place: Place,
    },
}

/// What a parser says of a text, in one line without the place.
#[derive(Debug)]
pub enum SyntaxError {
    /// Of JSON.
    Json(serde_json::Error),
    /// Of YAML.
    Yaml(ScanError),
    /// Of Terraform's language.
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
