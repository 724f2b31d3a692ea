//! How single values and lists of a target are shown.

use crate::text::{VALUE_CHARS, cut};

/// The most values of a list that are shown.
pub(super) const LIST_VALUES: usize = 3;

/// A single value, cleaned and cut.
pub(super) fn value_text(text: &str) -> String {
    cut(text, VALUE_CHARS)
}
