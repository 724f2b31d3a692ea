//! The limits against hostile input.

/// The largest source that is read, in bytes. A CloudFormation template has at most 1 MB, and the description of 5,000
/// alarms about 8 MB.
pub const SOURCE_BYTES: usize = 32 * 1024 * 1024;
/// How deep lists and mappings of YAML may nest. JSON has the 128 levels of its parser, Terraform the 64 of its own.
pub(crate) const YAML_DEPTH: usize = 64;
/// How many scalars, lists and mappings the YAML of a source may hold.
pub(crate) const YAML_NODES: usize = 1_000_000;
/// How deep the evaluation of one expression may go, through everything that it refers to.
pub(crate) const EVALUATION_DEPTH: usize = 200;
/// What all expressions of a template or module may make together, in bytes: a chain of thirty locals that each repeat
/// the one before them twice would make gigabytes.
pub(crate) const EVALUATION_BYTES: usize = 16 * 1024 * 1024;
/// How many instances of one Terraform resource are made of `count` or `for_each`.
pub(crate) const INSTANCES: usize = 1_000;
