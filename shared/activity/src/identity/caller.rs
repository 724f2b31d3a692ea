//! `userIdentity`, with what the words and keys of identities need of the record around it.

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::Value;

use crate::arn;
use crate::member::{Member, Record};
use crate::principal::part;
use crate::value::{child, descend, is_hidden, text, text_at};

/// `userIdentity` with the record around it.
pub(super) struct Caller<'r> {
    record: &'r Record<'r>,
    identity: &'r Value,
    /// Whether the record has been asked for more than the identity and the account.
    has_asked: Cell<bool>,
}

impl<'r> Caller<'r> {
    pub(super) fn of(record: &'r Record<'r>) -> Self {
        Self { record, identity: record.member(Member::Identity), has_asked: Cell::new(false) }
    }

    /// The record, for members other than the identity and the account.
    pub(super) fn record(&self) -> &'r Record<'r> {
        self.has_asked.set(true);
        self.record
    }

    /// Whether all answers so far come from `userIdentity` and the record's account.
    pub(super) fn is_self_contained(&self) -> bool {
        !self.has_asked.get()
    }

    pub(super) fn text(&self, name: &str) -> Option<Cow<'r, str>> {
        text_at(self.identity, name)
    }

    pub(super) fn at(&self, names: &[&str]) -> Option<Cow<'r, str>> {
        descend(self.identity, names).and_then(text)
    }

    pub(super) fn kind(&self) -> Option<Cow<'r, str>> {
        self.text("type")
    }

    pub(super) fn arn(&self) -> Option<Cow<'r, str>> {
        self.text("arn").filter(|text| !is_hidden(text))
    }

    pub(super) fn account(&self) -> Option<Cow<'r, str>> {
        self.text("accountId")
    }

    pub(super) fn session(&self) -> &'r Value {
        child(self.identity, "sessionContext").unwrap_or(&Value::Null)
    }

    pub(super) fn source_identity(&self) -> Option<Cow<'r, str>> {
        text_at(self.session(), "sourceIdentity")
    }

    /// The ARN of the role or user that issued the session.
    pub(super) fn session_issuer(&self) -> Option<Cow<'r, str>> {
        self.at(&["sessionContext", "sessionIssuer", "arn"])
    }

    /// " of account N", if the identity belongs to another account than the trail.
    pub(super) fn foreign_account(&self) -> String {
        let recipient = self.record.recipient();
        match (self.account(), recipient) {
            (Some(account), Some(recipient)) if account != recipient => {
                format!(" of account {}", part(&account))
            }
            (Some(_) | None, _) => String::new(),
        }
    }

    /// The account for keys.
    pub(super) fn key_account(&self) -> Cow<'r, str> {
        self.account()
            .or_else(|| self.arn().as_deref().and_then(arn::account).map(|account| account.to_owned().into()))
            .or_else(|| self.record.recipient())
            .unwrap_or_default()
    }
}
