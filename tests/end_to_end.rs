//! The real `log-processor` binary behind a real event source mapping, in an emulated AWS: SNS and S3 in, CloudWatch
//! and SNS out; the stack of the template; and the real `trailbell` at the alarms of an account.
//!
//! The emulator delivers no CloudTrail files, so the tests put them and publish CloudTrail's own messages.

mod backfill;
mod cli;
mod dead_letters;
mod deployment;
mod faults;
mod poison;
mod shapes;
mod stage;
