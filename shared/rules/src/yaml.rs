//! YAML text as a tree of nodes that know their place.
//!
//! Built from the parser's events rather than with a ready-made loader, because a rule document needs what loaders
//! hide: duplicate keys, the style of a scalar, a refusal of aliases before anything is expanded, and what stands before
//! a fault. It knows
//! nothing of rules.

mod document;
mod escape;
mod node;
mod place;
mod source;

pub(crate) use document::{Document, read};
pub(crate) use node::{Node, Resolved, Scalar, Value, is_decimal};
pub(crate) use place::place_in_scalar;
pub(crate) use source::{Position, Source, Span};

#[cfg(test)]
mod tests;
