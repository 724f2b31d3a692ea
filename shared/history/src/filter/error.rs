//! Why a query cannot be compiled.

use filter_pattern::{ParseError, printable};

/// Why a query cannot be compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// A value is empty, or has nothing after `!`.
    #[error("`{option}` has an empty value; `*` stands for any value")]
    EmptyValue {
        /// The option.
        option: &'static str,
    },
    /// An address range is invalid.
    #[error("`{}` is not an address range; expected a form such as `203.0.113.0/24`", printable(.range))]
    AddressRange {
        /// The range as written.
        range: String,
        /// The error of the parser.
        #[source]
        cause: ipnet::AddrParseError,
    },
    /// A filter pattern of `--where` is invalid.
    #[error("the pattern of `--where` is invalid")]
    Pattern {
        /// The pattern, without `!`.
        pattern: String,
        /// What is wrong with it, and where.
        #[source]
        cause: ParseError,
    },
    /// A filter pattern of `--where` is empty.
    #[error("`--where` has an empty pattern")]
    EmptyPattern,
    /// The time range ends before it starts.
    #[error("`--from` must be before `--to`")]
    EmptyTimeRange,
}
