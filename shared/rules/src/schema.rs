//! The walk from a YAML tree to rules, which reports every fault on its way.
//!
//! A part that is at fault yields `None`, after its fault has been recorded; its neighbours are still read. So one
//! run names everything that has to be mended.

mod alarm;
mod alert;
mod context;
mod defaults;
mod document;
mod fields;
mod inherit;
mod merge;
mod metric;
mod pattern;
mod record;
mod rule;
mod suggestion;
mod values;

pub(crate) use context::Context;
pub(crate) use document::read_document;
pub(crate) use rule::{Declared, Origin};
pub(crate) use suggestion::nearest;

#[cfg(test)]
mod tests;
