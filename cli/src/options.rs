//! Options that several commands share: the rules to use, and the output format.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum, ValueHint};
use rules::catalogue;

/// The rules that a command works with, as options. Without any of them, these are the recommended rules.
#[derive(Debug, Args)]
pub(crate) struct RuleOptions {
    /// Rule file to use instead of the recommended rules; can be repeated
    #[arg(long = "rules", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Set of built-in rules to use instead of the recommended rules; can be repeated
    #[arg(long = "set", value_name = "NAME", value_parser = set_names())]
    pub(crate) sets: Vec<String>,
}

/// Accepts the name of a set of built-in rules.
pub(crate) fn set_names() -> PossibleValuesParser {
    PossibleValuesParser::new(catalogue::sets().iter().map(|set| set.name))
}

/// The output format of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Human-readable
    Text,
    /// JSON, one object on one line
    Json,
}
