//! The real `log-processor` binary behind a real event source mapping, in an emulated AWS: SNS and S3 in, CloudWatch
//! and SNS out.
//!
//! The emulator delivers no CloudTrail files, so the tests put them and publish CloudTrail's own messages.

mod deployment;
mod poison;
mod shapes;
mod stage;
