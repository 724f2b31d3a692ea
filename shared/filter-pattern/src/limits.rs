//! How large a pattern or a record may be before this crate refuses it.
//!
//! These limits protect the process. The quotas of CloudWatch Logs, which are smaller, are in `quota.rs`.

/// The longest pattern or selector that is parsed, in bytes: 64 times what CloudWatch Logs accepts.
pub(crate) const MAX_PATTERN_BYTES: usize = 64 * 1024;

/// The deepest nesting of parentheses, in levels: more than fit in the 1,024 characters of a CloudWatch Logs pattern, and few
/// enough for code that walks the tree recursively.
pub(crate) const MAX_NESTING: usize = 512;

/// The most regular expressions in a pattern. CloudWatch Logs accepts 2.
pub(crate) const MAX_REGEXES: usize = 64;

/// The largest total size of a pattern's regular expressions, in the unit of [`Pattern::regex_size`](crate::Pattern::regex_size).
/// Parsing a pattern of this size takes about 50 ms and 8 MiB at most.
pub(crate) const MAX_REGEX_SIZE: usize = 4096;

/// The deepest nesting of arrays and objects in a record, its own braces included: what `serde_json` accepts.
pub(crate) const MAX_RECORD_DEPTH: usize = 127;
