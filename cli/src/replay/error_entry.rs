//! One line of the list of errors.

use serde::Serialize;

/// A path, a file or a record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ErrorEntry {
    /// The path, as the caller gave it.
    pub(crate) file: String,
    /// The stable code.
    pub(crate) code: &'static str,
    /// One line for a person.
    pub(crate) message: String,
}
