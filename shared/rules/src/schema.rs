//! From a YAML tree to rules, reporting every fault on the way.
//!
//! A faulty part yields `None` after its fault is recorded, and the parts next to it are still read. A single run
//! thus reports everything that must be fixed. The YAML itself is read in [`crate::yaml`].

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
mod wording;

/// The tables of keys, for [`crate::json_schema`].
pub(crate) mod keys {
    pub(crate) use super::{
        alarm::KEYS as ALARM,
        alert::KEYS as ALERT,
        defaults::KEYS as DEFAULTS,
        document::{KEYS as DOCUMENT, VERSION},
        inherit::KEYS as INHERITANCE,
        metric::KEYS as METRIC,
        record::KEYS as TEST,
        rule::{DESCRIPTION, KEYS as RULE},
    };
}

pub(crate) use context::Context;
pub(crate) use document::read_document;
pub(crate) use rule::{Declared, Origin};
pub(crate) use suggestion::nearest;

#[cfg(test)]
mod tests;
