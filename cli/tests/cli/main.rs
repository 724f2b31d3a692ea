//! The real binary from outside: arguments, streams, exit codes.
//!
//! Every test makes its own files. Tests over the corpus need its folder beside the project and pass without it.

#[cfg(test)]
mod bad_inputs;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod export;
#[cfg(test)]
mod general;
#[cfg(test)]
mod import;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
#[cfg(test)]
mod pattern;
#[cfg(test)]
mod records;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod support;
