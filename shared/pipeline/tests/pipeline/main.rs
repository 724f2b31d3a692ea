//! The pipeline over fakes: what is published, what returns to the queue, and what a second attempt adds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod alerts;
mod batches;
mod codes;
mod crashes;
mod fakes;
mod faults;
mod field_cases;
mod goldens;
mod groups;
mod log_contents;
mod log_lines;
mod rules;
mod rules_log;
mod secrecy;
mod totals;
