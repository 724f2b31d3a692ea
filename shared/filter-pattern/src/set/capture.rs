//! Captures the values of a whole record: fast where the text is plain, byte by byte where it is not.
//!
//! It does not say why a text is not a record: the caller asks `serde_json`.

use super::captures::Captures;
use super::trie::Trie;
use super::{scan, walk};
use crate::limits::MAX_RECORD_DEPTH;

/// Captures the values of a record for the nodes of `trie`. `false` for text that only `serde_json` can judge.
pub(super) fn capture(record: &[u8], trie: &Trie, captures: &mut Captures) -> bool {
    // Offsets have 32 bits.
    if u32::try_from(record.len()).is_err() {
        return false;
    }
    captures.reset(trie);
    if scan::scan(record, MAX_RECORD_DEPTH, trie, captures) == Some(record.len()) {
        return true;
    }
    captures.reset(trie);
    walk::walk(record, trie, captures).is_some()
}

/// Captures the values of the record at the start of `text`, which may be followed by anything, and returns the
/// record. `None` if it is not plain, not complete, or nested deeper than `depth_limit` or 127 levels.
pub(super) fn capture_next<'t>(
    text: &'t [u8],
    depth_limit: usize,
    trie: &Trie,
    captures: &mut Captures,
) -> Option<&'t [u8]> {
    captures.reset(trie);
    // Offsets have 32 bits, and no record is that long.
    let text = text.get(..u32::MAX as usize).unwrap_or(text);
    let length = scan::scan(text, depth_limit.min(MAX_RECORD_DEPTH), trie, captures)?;
    text.get(..length)
}
