//! The reconciler with alarms in memory: what it does, what stops it, and what does not.
//!
//! The runtime's clock is paused: waiting costs nothing, and the times of calls show their pace.
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
