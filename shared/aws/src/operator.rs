//! Calls that only the operator's tool makes: SQS queues, S3 listings and downloads, what CloudTrail answers itself, the
//! state of a deployed stack, and tests of filter patterns. [`crate::LedgerReader`] belongs to them, too.
//!
//! The functions are built without the feature `operator`. Nothing is decided here: the tool decides what a message means
//! and which files are missing. Each error names the permission and the resource, because its reader can fix both.
//!
//! Source: the API references of Amazon SQS, Amazon S3, AWS CloudTrail, Amazon CloudWatch Logs and Amazon DynamoDB.

mod downloads;
mod error;
mod listing;
mod pattern_tests;
mod queue;
mod queue_url;
mod session;
mod stack;
mod trails;

pub use downloads::{Download, S3Downloads};
pub(crate) use error::call_error;
pub use error::{CallError, CallErrorKind, EntryError};
pub use listing::{ListedObject, ListedPage, S3Listing, S3Prefix, S3PrefixError};
pub use pattern_tests::{PatternAnswer, PatternTests, TESTED_MESSAGES};
pub use queue::{AttributeValue, MessageAttribute, OutgoingMessage, QueueMessage, SqsQueue};
pub use queue_url::{QueueUrl, QueueUrlError};
pub use session::{Session, SessionError};
pub use stack::{
    Delivery, KeyState, QueueState, Selector, SelectorField, Stack, StackAlarm, StackReader, Subscription,
    TableState, TopicState, Trail, TrailStatus,
};
pub use trails::{ListedKey, LookUp, LookUpAttribute, LookedUpPage, Trails};
