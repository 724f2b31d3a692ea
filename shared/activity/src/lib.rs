//! What a CloudTrail record says about an activity: who did it, to what, with which outcome, and from where.
//!
//! Each question has a function of its own, and a record's members are parsed only when one of them asks. Every text in
//! the answers is cleaned and cut, because all of it may come from an attacker. Breaking links and escaping markup is up
//! to the program that displays a text.
//!
//! Secrets stay inside: a target shows only the parameters that the table in `target/targets.txt` or the list of
//! well-known names in `target/general.rs` names, and of a policy document only who is allowed and what is granted.
//!
//! The crate does not decide which records matter, does not add up several records, and knows no clock.

pub use identity::{Identity, KnownIdentities};
pub use insight::{Insight, InsightState, rate};
pub use link::{EVENT_HISTORY_SECONDS, Link, LinkKind, NoLink, link};
pub use member::{Member, Record};
pub use message::error_message;
pub use outcome::{Outcome, OutcomeState, is_outcome_in_response, outcome};
pub use resources::resources;
pub use source::{Source, client_family, source, source_of_client};
pub use target::target;
pub use text::{VALUE_CHARS, clean, cut};

mod arn;
mod identity;
mod insight;
mod link;
mod member;
mod message;
mod outcome;
mod principal;
mod resources;
mod session;
mod source;
mod target;
mod text;
mod value;
