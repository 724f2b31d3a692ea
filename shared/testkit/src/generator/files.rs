//! Log files as objects: their keys, and their compression.
//!
//! The compressed bytes are as repeatable as the JSON: one backend, one level, no time of modification.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::dice::Dice;

/// A generated log file: the object's key, and the JSON before compression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// `AWSLogs/<account>/CloudTrail/<region>/YYYY/MM/DD/<name>.json.gz`
    pub key: String,
    /// The decompressed contents.
    pub json: Vec<u8>,
}

impl LogFile {
    /// The bytes of the object.
    pub fn object(&self) -> Vec<u8> {
        gzip(&self.json)
    }
}

/// Compresses as one gzip member, the same bytes for the same contents.
pub fn gzip(contents: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(contents.len() / 6);
    let mut encoder = gzip_into(&mut out);
    encoder.write_all(contents).and_then(|()| encoder.finish().map(drop)).expect("a `Vec` takes every byte");
    out
}

/// Compresses what is written into it, as [`gzip`] does. Ends the member when `finish` is called.
pub fn gzip_into<W: io::Write>(out: W) -> flate2::write::GzEncoder<W> {
    GzBuilder::new().mtime(0).write(out, Compression::new(6))
}

/// The key of a log file that was delivered at `delivery`.
pub(crate) fn object_key(dice: &mut Dice, account: &str, region: &str, delivery: OffsetDateTime) -> String {
    let day = delivery
        .format(format_description!("[year]/[month]/[day]"))
        .expect("a date is all that the format asks for");
    let minute = delivery
        .format(format_description!("[year][month][day]T[hour][minute]Z"))
        .expect("a date and a time are all that the format asks for");
    let unique = dice.alphanumeric(16);
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}_{unique}.json.gz"
    )
}
