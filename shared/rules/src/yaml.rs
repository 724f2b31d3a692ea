//! YAML text as a tree of nodes with positions. It knows nothing about rules.
//!
//! The tree is built from the events of `saphyr-parser`, because a rule document must be reported on as a whole.
//! `saphyr` and `serde-saphyr` both end at the first fault, such as a duplicate key, a syntax error or a value of the
//! wrong type, and return nothing of what precedes it. Both also expand aliases, up to a budget; here they are
//! refused before anything is expanded. The tree keeps duplicate keys, the style of each scalar, and the whole rules
//! before a syntax error.

mod document;
mod escape;
mod node;
mod place;
mod source;

pub(crate) use document::{Document, read};
pub(crate) use node::{Node, Resolved, Scalar, Value, is_decimal};
pub(crate) use place::place_in_scalar;
pub(crate) use source::{Position, SourceText, Span};

#[cfg(test)]
mod tests;
