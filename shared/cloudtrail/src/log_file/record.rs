//! An element of `Records`, as returned by the reader: the bytes of a record, or the reason to reject it.
//!
//! It holds values only; `reader.rs` makes the decisions.

/// One element of `Records`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// The bytes of one JSON object, from `{` to its `}`: valid UTF-8, with balanced brackets outside strings.
    ///
    /// Nothing else is checked; `{1 2}` is complete. A consumer that finds the bytes invalid reports
    /// `record.malformed`.
    Complete(&'a [u8]),
    /// An element that cannot be evaluated.
    Rejected(Rejection),
}

/// Which element of `Records` was rejected, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The element's position among all elements of the file, from 0, including rejected ones.
    pub index: u64,
    /// The offset of the element's first character in the decompressed file, in bytes.
    pub offset: u64,
    /// What is wrong with the element. If there are several reasons, the first in the order of [`RejectReason`].
    pub reason: RejectReason,
}

/// Why an element of `Records` was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RejectReason {
    /// The element is a string, number, literal or list.
    #[error("the record is not a JSON object")]
    NotAnObject,
    /// The record is longer than [`Limits::record_bytes`](super::Limits::record_bytes).
    #[error("the record is larger than {limit} bytes")]
    TooLarge {
        /// The largest accepted size in bytes.
        limit: usize,
    },
    /// The record is nested deeper than [`Limits::depth`](super::Limits::depth).
    #[error("the record is nested deeper than {limit} levels")]
    TooDeep {
        /// The largest accepted depth in levels.
        limit: usize,
    },
    /// A closing bracket in the record matches no open bracket, or one of another kind.
    #[error("the brackets in the record do not match")]
    Unbalanced,
    /// The record contains bytes that are not UTF-8.
    #[error("the record is not valid UTF-8")]
    InvalidUtf8,
}

impl RejectReason {
    /// A stable name for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAnObject => "record.not-an-object",
            Self::TooLarge { .. } => "record.too-large",
            Self::TooDeep { .. } => "record.too-deep",
            Self::Unbalanced => "record.unbalanced",
            Self::InvalidUtf8 => "record.invalid-utf8",
        }
    }
}
