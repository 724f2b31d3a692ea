//! The filter pattern language of CloudWatch Logs: parser, printer and evaluator.
//!
//! A *filter pattern* decides whether a metric filter counts a log event. The language has three forms, distinguished
//! by their first character. This crate supports all of them completely:
//!
//! | form | example | matched against |
//! |---|---|---|
//! | JSON | `{ ($.eventName = ConsoleLogin) && ($.errorCode NOT EXISTS) }` | the fields of a JSON log event |
//! | terms | `ERROR -"timed out"`, `?WARN ?ERROR`, `%[45]\d\d%` | the text of a log event |
//! | space-delimited | `[ip, user, ..., status = 5*, bytes > 1000]` | the columns of a log event |
//!
//! The empty pattern matches every log event.
//!
//! ```
//! use filter_pattern::{Matches, Pattern, PatternSet};
//! use serde_json::json;
//!
//! let root_use = Pattern::parse(
//!     r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
//! )?;
//! assert!(root_use.matches_record(&json!({ "userIdentity": { "type": "Root" }, "eventType": "AwsApiCall" })));
//!
//! // Many patterns over one record.
//! let set = PatternSet::new([root_use, "{ $.errorCode = AccessDenied* }".parse()?]);
//! let mut matches = Matches::default();
//! set.matches_into(br#"{"errorCode":"AccessDeniedException"}"#, &mut matches)?;
//! assert_eq!(matches.iter().collect::<Vec<_>>(), [1]);
//!
//! // A parse error says what is wrong, where, and how to fix it.
//! let text = r#"{ $.eventName == "ConsoleLogin" }"#;
//! let error = Pattern::parse(text).unwrap_err();
//! assert_eq!(error.to_string(), "`==` is not an operator");
//! assert_eq!(error.help(), Some("compare with a single `=`"));
//! println!("{}", error.diagnostic(text));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Quotas
//!
//! CloudWatch Logs rejects patterns beyond certain sizes ([`Quota`]). [`Pattern::parse`] accepts such a pattern and
//! lists the quotas it exceeds in [`Pattern::quota_violations`]; [`Pattern::parse_strict`] rejects it as the service
//! would.
//!
//! # What a condition means
//!
//! Evaluation is total: there are no errors and no panics, and a test that does not apply to a value is false. Since
//! the language has no general negation, false never turns into true. Some consequences are surprising:
//!
//! * `$.x != "y"` is false when `$.x` is missing, null, a boolean, an array or an object. For "missing or different",
//!   write `($.x NOT EXISTS) || ($.x != "y")`.
//! * `$.x = "*"` means "a string or a number", not "present".
//! * `$.x = true` compares with the text `true`; only `IS TRUE` and `IS FALSE` test booleans.
//! * An unquoted number is compared by value with numbers and as text with strings; a quoted number is always
//!   compared as text.
//! * With a wildcard selector (`$.items[*].id`), a condition, even one with `!=`, holds if any selected value
//!   satisfies it. `NOT EXISTS` holds if nothing is selected.
//! * `*` is a wildcard anywhere in a value and cannot be escaped. It has no special meaning in terms.
//!
//! # Where the service's behaviour is not documented
//!
//! This crate makes these choices:
//!
//! * Keywords are case-insensitive.
//! * Whitespace around a pattern is ignored, even in strict mode, because text passed on by deployment tools often
//!   ends with a line break.
//! * `?term` next to other kinds of terms is ignored.
//! * An unquoted term can contain periods (`signin.amazonaws.com`). The canonical text quotes such a term, as the guide
//!   asks.
//! * `-""` matches nothing, because the empty text is found in every log event.
//! * A message that is not JSON but ends with a JSON object is matched by that object, unless the message itself
//!   starts like JSON, with `{`, `[` or `"`.
//! * Half of a surrogate pair (`"\ud83d"`) is read as U+FFFD.
//! * A number outside the range of a 64-bit float (`1e400`) exists and satisfies nothing; the rest of its record is
//!   evaluated.
//! * Bracketed keys (`['key']`, `["key"]`) have no escapes.
//! * Both `.*` and `[*]` select fields and elements.
//! * Integers are compared exactly, other numbers as 64-bit floats.
//!
//! # What this crate does not do
//!
//! No input or output, no AWS client, no knowledge of CloudTrail, no metric transformation. It does not check quotas
//! that span several patterns, such as the number of regex filters per log group.
//!
//! # Source
//!
//! [Filter pattern syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html) in
//! the CloudWatch Logs user guide, and recorded answers of the service where the guide is silent.

pub use error::ParseError;
pub use excerpt::{Excerpt, is_deceptive, printable};
pub use pattern::{Pattern, PatternKind};
pub use quota::{Quota, QuotaViolation};
pub use record::{RecordError, parse_record};
pub use selector::{Selector, Step};
pub use set::{
    Evaluated, Explanation, Matches, PatternSet, ProjectedRecord, Projection, ProjectionBuffer, Requirement,
    Scalar, SelectorLookup, SelectorUse, WhyAlways,
};

pub mod ast;

/// Checks on some text that the vector code agrees with its safe counterpart, for a fuzz target. Panics if it does
/// not.
#[cfg(fuzzing)]
pub fn lanes_agree(text: &[u8]) {
    set::lanes_agree(text);
}

mod cursor;
mod diagnostic;
mod error;
mod excerpt;
mod fields;
mod glob;
mod limits;
mod number;
mod parser;
mod pattern;
mod print;
#[cfg(test)]
mod properties;
mod quota;
mod record;
mod reference;
mod regex;
mod selector;
mod set;
