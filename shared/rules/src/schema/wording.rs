//! How diagnostics quote names and values. What they say about them is up to the callers.

use std::borrow::Cow;

/// The longest quotation of a document's text, in characters.
const QUOTED_CHARACTERS: usize = 64;

/// Names in backticks, separated by commas.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Text from the document, cut to a length that fits into a message.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}
