//! Decides what JSON filter patterns mean for all records: whether a pattern can match at all, whether it
//! always matches, whether one implies another, whether two are equivalent or have nothing in common. Every
//! answer that something is possible comes with an example record, a [`Witness`]. Every answer that something
//! is impossible is proven.
//!
//! ```
//! use pattern_analysis::{PatternAnalysis, Relation};
//!
//! let mut analysis = PatternAnalysis::new();
//! let today = analysis.add(&"{ $.eventName = DeleteTrail || $.eventName = StopLogging }".parse()?)?;
//! let proposed = analysis.add(&r#"{ $.eventName = "Delete*" }"#.parse()?)?;
//! let comparison = analysis.compare(today, proposed);
//! assert_eq!(comparison.relation(), Relation::Overlap);
//! // The proposed pattern would miss this record.
//! assert_eq!(comparison.only_first().unwrap().to_string(), r#"{"eventName":"StopLogging"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is asked
//!
//! Records are JSON objects that `filter_pattern::parse_record` accepts. A pattern is a formula of conditions
//! joined by "and" and "or". "P implies Q" means that no record matches P and does not match Q; "P never
//! matches" that no record matches P; "P always matches" that every record matches P; "P and Q are disjoint"
//! that no record matches both. So there is one question: is there a record that some patterns match and
//! others do not? [`PatternAnalysis::find`] answers it, and all other questions are special cases of it.
//!
//! # How a question is decided
//!
//! **Literals** (`vocabulary.rs`, `formula.rs`). Negations are pushed down to the conditions. A condition or
//! its negation then says one of two things about the values that its selector reaches: that *some* value
//! satisfies a demand, or that *every* value does. `$.a = x` demands that some string or number equals `x`.
//! Its negation demands that no value does; values of other kinds, or no value at all, are allowed.
//! `NOT EXISTS` makes an impossible demand on every value, and its negation demands some value of any kind.
//!
//! **Structure** (`structure.rs`, `array.rs`). A record is built from the root down. A place receives the
//! literals that reach it. Literals that end there restrict the kind, text and size of its value. If no
//! "some" literal goes deeper, a scalar or an empty container is enough. Otherwise the place must be an
//! object or an array, and both are tried.
//!
//! * In an object, a field is built for every key that a "some" literal names. A "some" literal that
//!   continues with a wildcard gets a field of its own with a new key. If any field can satisfy the literal,
//!   this field can, because it has the fewest demands, and an object always has room for it.
//! * In an array, elements are built up to the last one that is needed. The first index that cannot have a
//!   value, such as the index in `$.a[1] NOT EXISTS`, limits the length. Wildcards get elements of their own
//!   as in objects. If the limit leaves too few, all ways to share the elements are tried.
//!
//! The values below a place do not depend on each other. So the method is complete for a conjunction of
//! literals: it finds a record if there is one. In particular, `$.a = x && $.a.b = y` needs no special rule,
//! because a string has no fields.
//!
//! **Strings** (`text.rs`, `automaton.rs`, `product.rs`). If the tests on a string determine its text, that
//! text is the only candidate. Otherwise a few readable candidates are tried. If none fits, each test becomes
//! an automaton, the automata of tests that must fail are complemented, and their product is searched breadth
//! first. The first text that it accepts is one of the shortest; if it accepts none, no text satisfies the
//! tests.
//!
//! **Numbers** (`number.rs`). A number is tested by its value and by its text at once. Each test by value
//! holds on an interval of the integers and on an interval of the 64-bit floats, whose ends are found by
//! asking the evaluator. A few intervals remain. Small intervals are tried number by number. The decimal
//! texts of the others become automata, one for the form and one for each bound, and join the product of the
//! tests by text.
//!
//! **Alternatives** (`search.rs`). The literals that must hold are asserted, and a record is built for them.
//! If it satisfies the remaining alternatives, it is the answer. If not, the search branches on the
//! unsatisfied alternative with the fewest choices, and each branch also denies the literals of the branches
//! before it. A branch whose literals have no record is a dead end.
//!
//! # Why the answers can be trusted
//!
//! No witness is trusted. It is written as JSON, read back like any record, and checked by the reference
//! evaluator. If the evaluator rejects it, the answer is [`Reason::Unconfirmed`], and the analysis claims
//! nothing. The evaluator alone decides what a single condition means; the automata are the only second
//! implementation of globs and regular expressions. So a mistake in this crate could at most hide a
//! difference. The tests look for such mistakes: they compare proofs about random pairs with brute force over
//! small records, separately for structure and values, and a fuzz target looks for more.
//!
//! # What stays unknown
//!
//! See [`Reason`]. The limits count steps and not time, and do not depend on earlier questions, so a question
//! always has the same answer. All pairs of the catalogue's rules and of several hundred deployed patterns
//! are decided.
//!
//! # What this crate does not do
//!
//! It does not analyse term and space-delimited patterns, which look at the text of a record. It knows
//! nothing about CloudTrail: for example, it does not use the fact that `ConsoleLogin` always has a certain
//! `eventType`. No Lambda function depends on it.

pub use analysis::{Answer, PatternAnalysis, PatternId};
pub use comparison::{PatternComparison, Relation};
pub use idle::{IdlePart, WhyIdle};
pub use reason::Reason;
pub use witness::Witness;

mod analysis;
mod array;
mod automaton;
mod comparison;
mod effort;
mod formula;
mod idle;
mod number;
mod product;
mod reason;
mod scalar;
mod search;
mod structure;
mod table;
mod text;
mod vocabulary;
mod witness;
