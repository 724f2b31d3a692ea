//! The filter pattern language of CloudWatch Logs: parser, printer and evaluator.
//!
//! A *filter pattern* decides whether a log event is counted by a metric filter. The language has three forms, told apart
//! by the first character, and this crate takes all of each:
//!
//! | form | looks like | is applied to |
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
//! // What does not parse says why, where, and how to mend it.
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
//! CloudWatch Logs refuses patterns over certain sizes ([`Quota`]). [`Pattern::parse`] takes such a pattern and lists what it exceeds in
//! [`Pattern::quota_violations`]; [`Pattern::parse_strict`] refuses it as the service would.
//!
//! # What a condition means
//!
//! Evaluation is total: there are no errors and no panics, and a test that does not apply to a value is false. Since the language has no
//! general negation, false never turns into true. The consequences that surprise people:
//!
//! * `$.x != "y"` is false when `$.x` is missing, null, a boolean, an array or an object. "Missing or different" is written
//!   `($.x NOT EXISTS) || ($.x != "y")`.
//! * `$.x = "*"` means "a string or a number", not "present".
//! * `$.x = true` compares with the text `true`; booleans answer to `IS TRUE` and `IS FALSE` only.
//! * An unquoted number compares by value with numbers and as text with strings; a quoted one always compares as text.
//! * With a wildcard selector (`$.items[*].id`) a condition holds if any of the selected values satisfies it, `!=` included;
//!   `NOT EXISTS` holds if nothing is selected.
//! * `*` is a wildcard wherever it stands in a value, and cannot be escaped. It has no meaning in terms.
//!
//! # Where the service's behaviour is not documented
//!
//! The choices made here: keywords are taken in any case; blanks round a pattern are ignored, in strict mode too, because what
//! deployment tools pass on often ends with a line break; `?term` beside terms of other kinds is ignored; a message that is not JSON
//! but ends with a JSON object is matched by that object, unless it begins like JSON itself, with `{`, `[` or `"`; half of a surrogate
//! pair (`"\ud83d"`) is read as U+FFFD, and a number beyond the range of a 64-bit float makes a record an error; bracketed keys
//! (`['key']`, `["key"]`) know no escapes; `.*` and `[*]` both select fields and elements; integers compare exactly and other numbers as 64-bit floats.
//!
//! # What this crate does not do
//!
//! No input or output, no AWS client, no knowledge of CloudTrail, no metric transformation. It does not check the quotas that span
//! several patterns, such as the number of regex filters of a log group.
//!
//! # Source
//!
//! [Filter pattern syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html) in the CloudWatch Logs
//! user guide, and the recorded answers of the service where the guide is silent.

pub use error::ParseError;
pub use excerpt::{Excerpt, is_deceptive, printable};
pub use matches::Matches;
pub use pattern::{Pattern, PatternKind};
pub use quota::{Quota, QuotaViolation};
pub use record::parse_record;
pub use selector::{Selector, Step};
pub use set::{Evaluated, Explanation, Found, PatternSet, RecordError, Requirement, SelectorUse, WhyAlways};

pub mod ast;

/// Holds the vector code to its safe twin on some text, for a fuzz target. Panics if they differ.
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
mod matches;
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
