//! The index of a day of log files: which of them can contain a text, without opening them.
//!
//! It only decides where to look. A file that the index does not know in exactly its present state is read, and so is a
//! file from which not everything could be read, and every file of a day whose index is damaged. So the index may be old,
//! incomplete or broken, and no event is missed.
//!
//! # Format
//!
//! The magic bytes, which name the version; the files; the values; the filters; and the CRC-32 of everything before, in
//! four bytes. Integers are little-endian, or LEB128 where nothing else is said.
//!
//! - *Files*, by name: their number; for each, how many bytes of its name are those of the name before, the length of the
//!   rest, the rest; its size, its [`FileState::changed`], its [`FileState::id`]; and a byte that is 1 if it must be read
//!   always.
//! - *Values*: their number; for each, in ascending order, the difference of its hash from the one before, the number of
//!   its files, and the difference of each file's number from the one before. The hash is the lower half of the token.
//! - *Filters*: for each 32 files, the length of a binary fuse filter's fingerprints, which is 0 if there is no filter;
//!   then its seed in eight bytes, its segment length, mask and count in four bytes each, and the fingerprints.
//!
//! A *token* is XXH3-64 of a text in UTF-8, with the number of its criterion as the seed. Event ids, and the names of
//! resources and the texts of requests, are in the filters, because nearly each of them is in one file only. Everything
//! else that a filter compares whole is in the values.
//!
//! # Source
//!
//! The hash: "XXH3 Algorithm Description" of the xxHash specification. The filters: Graf and Lemire, "Binary Fuse Filters:
//! Fast and Smaller Than Xor Filters", as the crate `xorf` has them.

mod builder;
mod bytes;
mod look_up;
#[cfg(test)]
mod tests;
mod token;

pub use builder::DayIndexBuilder;
pub use bytes::IndexError;
pub use look_up::{DayAnswer, Wanted};

/// The first bytes of an index. Other contents, other hashes or other texts of a criterion need another version.
const MAGIC: &[u8; 8] = b"TBINDEX1";

/// The number of files that share a filter.
const FILES_OF_A_FILTER: usize = 32;

/// What tells whether a file is the one that was indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Its size.
    pub bytes: u64,
    /// When it was last changed in any way, in nanoseconds since 1970.
    pub changed: u64,
    /// The number of the file in its file system, or 0.
    pub id: u64,
}
