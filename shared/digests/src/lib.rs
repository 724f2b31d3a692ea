//! CloudTrail's digest chains, verified: what was delivered, whether it is unaltered, and which seconds are proven.
//!
//! | question | module |
//! |---|---|
//! | which accounts and regions are there, and which digests speak for the span? | `territory` |
//! | is a digest what CloudTrail signed, and does the next one confirm it? | `chain`, over `keys` |
//! | which seconds are proven, and why not the others? | `coverage` |
//! | is each log file what was delivered, and was each delivered? | `log_files`, over `content`, in `window`s |
//! | what need not be read again? | `seal` |
//! | what has to be in a copy? | `contents` |
//! | what is the answer? | `report` |
//!
//! [`verify`] goes through all of it. Objects come through the port [`ObjectStore`], so that folders and buckets are verified by
//! the same code; public keys come through [`KeySource`].
//!
//! Nothing follows a name before it is proven: digests are found by listing, each one is proven by its own signature, and only
//! then are its links compared and its log files opened. A name that could leave the store is never opened.
//!
//! The crate knows no AWS client, no file system and no clock. It does not interpret records, and it does not say whether a
//! log file was evaluated.
//!
//! Its name is the field's word for the files that it reads. `cloudtrail` says what one digest contains; the words of this
//! crate, such as chain, hole and verdict, are about many of them.
//!
//! Source: the CloudTrail user guide, "Validating CloudTrail log file integrity" and its pages on custom implementations.

mod chain;
mod content;
mod contents;
mod coverage;
mod keys;
mod log_files;
mod moment;
mod place;
mod report;
mod request;
mod seal;
mod store;
mod territory;
mod verify;
mod window;

pub use content::{HashingWriter, sha256_hex};
pub use contents::{Contents, Wanted, contents};
pub use keys::{KeyFileError, KeySource, KeySourceError, PublicKey, PublicKeys};
pub use moment::{Span, stamp};
pub use place::Place;
pub use report::{
    DigestOutcome, DigestVerdict, Hole, HoleReason, LogFileOutcome, LogFileVerdict, Proof, ProvenDigest,
    Report, TerritoryReport,
};
pub use request::{MOST_ENTRIES, Observer, Request, VerifyError};
pub use store::{DigestMetadata, ListedObject, ObjectError, ObjectErrorKind, ObjectStore, Opened, Root};
pub use verify::{Verified, verify};
