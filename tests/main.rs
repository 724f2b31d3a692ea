//! The integration binary: what no crate can test alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and has its own clock"
)]

mod architecture;
mod artifacts;
mod companions;
mod end_to_end;
mod links;
mod policy;
mod profile;
mod prose;
mod readme;
mod security;
mod source;
mod template;
mod validator;
