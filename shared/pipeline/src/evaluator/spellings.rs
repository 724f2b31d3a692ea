//! What was made of values, by how records write them: values that recur are neither decoded nor cleaned again.
//!
//! It is a cache. What it does not know, or does not want to keep, the caller works out.

use std::collections::HashMap;
use std::ops::Range;

use filter_pattern::ProjectedRecord;
use foldhash::quality::RandomState;

/// Longer keys are not kept, in bytes. The identity of a role session takes some 700.
const KEY_BYTES: usize = 2048;
/// The most bytes of all keys of one file.
const ALL_BYTES: usize = 2 * 1024 * 1024;
/// The most keys of one file that are kept, so that a file in which nothing recurs takes no more memory.
const KEYS: usize = 4096;

/// Indices by a head and the values of some fields as written.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    indices: HashMap<Box<[u8]>, u32, RandomState>,
    /// The key that was looked up last; empty if it cannot be kept.
    key: Vec<u8>,
    bytes: usize,
}

impl Spellings {
    /// The index that was [kept](Spellings::keep) for the same head and the same values. Heads of all calls have the
    /// same length.
    pub(super) fn find(
        &mut self,
        head: &[u8],
        record: &ProjectedRecord<'_>,
        fields: Range<usize>,
    ) -> Option<u32> {
        self.find_fields(head, record, fields)
    }

    /// As [`find`](Spellings::find), for any fields.
    pub(super) fn find_fields(
        &mut self,
        head: &[u8],
        record: &ProjectedRecord<'_>,
        fields: impl Iterator<Item = usize>,
    ) -> Option<u32> {
        self.look_up(head, fields.map(|field| record.spelling(field)))
    }

    /// As [`find`](Spellings::find), for the whole JSON texts of fields.
    pub(super) fn find_texts(&mut self, record: &ProjectedRecord<'_>, fields: &[usize]) -> Option<u32> {
        self.look_up(&[], fields.iter().map(|field| record.text(*field)))
    }

    fn look_up<'r>(&mut self, head: &[u8], texts: impl Iterator<Item = Option<&'r [u8]>>) -> Option<u32> {
        self.key.clear();
        self.key.extend_from_slice(head);
        for text in texts {
            match text {
                Some(text) if self.key.len() + text.len() < KEY_BYTES => {
                    self.key.extend_from_slice(text);
                    // No text contains a zero.
                    self.key.push(0);
                }
                Some(_) | None => {
                    self.key.clear();
                    return None;
                }
            }
        }
        self.indices.get(self.key.as_slice()).copied()
    }

    /// Keeps the index for what the last call of [`find`](Spellings::find) did not find.
    pub(super) fn keep(&mut self, index: u32) {
        if !self.key.is_empty() && self.indices.len() < KEYS && self.bytes + self.key.len() <= ALL_BYTES {
            self.bytes += self.key.len();
            self.indices.insert(self.key.as_slice().into(), index);
        }
    }
}

#[cfg(test)]
mod tests {
    use filter_pattern::{Projection, ProjectionBuffer, Selector};

    use super::*;

    #[test]
    fn only_equal_spellings_under_equal_heads_are_found() {
        let selectors = ["$.a", "$.b", "$.c[0]"].map(|text| Selector::parse(text).unwrap());
        let projection = Projection::new(&selectors);
        let mut spellings = Spellings::default();
        let mut find = |head: &[u8], record: &str, fields: Range<usize>, index: Option<u32>| {
            let mut buffer = ProjectionBuffer::default();
            let record = projection.read(record.as_bytes(), &mut buffer).unwrap();
            let found = spellings.find(head, &record, fields);
            if let (None, Some(index)) = (found, index) {
                spellings.keep(index);
            }
            found
        };
        assert_eq!(find(b"1", r#"{"a":1,"b":23}"#, 0..2, Some(7)), None);
        assert_eq!(find(b"1", r#"{"b":23,"x":0,"a":1}"#, 0..2, None), Some(7));
        for (head, record) in [
            (b"2", r#"{"a":1,"b":23}"#),
            (b"1", r#"{"a":12,"b":3}"#),
            (b"1", r#"{"a":123}"#),
            (b"1", r#"{"b":123}"#),
            (b"1", r#"{"a":"1","b":23}"#),
            (b"1", "{}"),
        ] {
            assert_eq!(find(head, record, 0..2, None), None, "{record}");
        }
        for unknown in [r#"{"c":[1]}"#.to_owned(), format!(r#"{{"a":"{}"}}"#, "x".repeat(KEY_BYTES))] {
            assert_eq!(find(b"1", &unknown, 0..3, Some(1)), None);
            assert_eq!(find(b"1", &unknown, 0..3, None), None, "{unknown}");
        }
    }
}
