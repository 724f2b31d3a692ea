//! The real binary from outside: arguments, streams, exit codes.
//!
//! Every test makes its own files. Tests over the corpus need its folder beside the project and pass without it.

#[cfg(test)]
mod alert;
#[cfg(test)]
#[cfg(feature = "aws")]
mod aws;
#[cfg(test)]
mod backtest;
#[cfg(test)]
mod bad_inputs;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod completions;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod events;
#[cfg(test)]
mod export;
#[cfg(test)]
mod general;
#[cfg(test)]
mod import;
#[cfg(test)]
#[cfg(feature = "aws")]
mod look_up;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod output;
#[cfg(test)]
mod page_pictures;
#[cfg(test)]
mod pattern;
#[cfg(test)]
mod pattern_relations;
#[cfg(test)]
#[cfg(feature = "aws")]
mod pattern_verify;
mod pictures;
#[cfg(test)]
mod records;
#[cfg(test)]
#[cfg(unix)]
mod release;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod rules;
#[cfg(test)]
#[cfg(feature = "aws")]
mod s3;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod support;
#[cfg(test)]
#[cfg(not(feature = "aws"))]
mod unavailable;
#[cfg(test)]
mod verify;
#[cfg(test)]
#[cfg(feature = "aws")]
mod verify_copy;
#[cfg(test)]
#[cfg(feature = "aws")]
mod verify_s3;
