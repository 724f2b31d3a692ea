//! The reconciler over alarms in memory: what it does, what stops it, and what cannot.
//!
//! Time is the runtime's, which is paused: waiting costs nothing, and the pace of calls can be read off their times.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod faults;
mod properties;
mod races;
mod rounds;
mod support;
