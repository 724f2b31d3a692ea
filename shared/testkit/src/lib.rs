//! What tests and measurements of the workspace share. For development only: nothing that is shipped depends on it.
//!
//! - [`generator`]: log files from a seed, from one record to a day of thousands of files.
//! - [`python`]: Python packages for tests, below `target/`.
//! - [`samples`]: the sample folder at the workspace root, an attack among ordinary noise.
//! - `digests` (feature `digests`): chains of digest files with their log files, signed by keys that are made for it.
//! - `stand_in` (feature `stand-in`): S3 and CloudTrail over HTTP, which fail as they are told to.
//! - `emulator` (feature `emulator`): S3, SNS, SQS, Lambda and CloudWatch in one local process.
//!
//! It has no patterns, no rules and no pipeline: those are what it tests.

mod dice;
mod json;

pub mod generator;
pub mod python;
pub mod samples;

#[cfg(feature = "browser")]
pub mod browser;
#[cfg(feature = "digests")]
pub mod digests;
#[cfg(feature = "emulator")]
pub mod emulator;
#[cfg(feature = "stand-in")]
pub mod stand_in;
