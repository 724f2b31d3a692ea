//! Limits that protect against hostile input.

/// The maximum size of a source, in bytes. A CloudFormation template has at most 1 MB, and a listing of 5,000 alarms
/// about 8 MB.
pub const SOURCE_BYTES: usize = 32 * 1024 * 1024;
/// The maximum nesting depth of YAML. The parsers of JSON and Terraform have limits of their own, 128 and 64 levels.
pub(crate) const YAML_DEPTH: usize = 64;
/// The maximum number of scalars, lists and mappings in the YAML of a source.
pub(crate) const YAML_NODES: usize = 1_000_000;
/// The maximum depth of evaluating an expression, including everything that it refers to.
pub(crate) const EVALUATION_DEPTH: usize = 200;
/// The maximum output of all expressions of a template or module, in bytes: a chain of thirty locals that each repeat
/// the previous one twice would produce gigabytes. 10,000 filters with an alarm each, the most that a rule set has
/// room for, take about 40 MB; values need up to three times this in memory.
pub(crate) const EVALUATION_BYTES: usize = 128 * 1024 * 1024;
/// What an instance that `count` or `for_each` makes of a Terraform resource takes of the output, without its
/// properties. There is no other limit to the number of instances.
pub(crate) const INSTANCE_BYTES: usize = 256;
