//! The outcome of a call: whether it succeeded, was refused or failed.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::member::{Member, Record};
use crate::message::error_message;
use crate::text::{VALUE_CHARS, cut};
use crate::value::{descend, elements, text_at};

/// Parts of error codes that mean that the caller was refused, in lower case.
const REFUSALS: [&str; 13] = [
    "accessdenied",
    "unauthorized",
    "notauthorized",
    "authorizationerror",
    "forbidden",
    "authfailure",
    "vpceaccessdenied",
    "invalidclienttokenid",
    "invalidaccesskeyid",
    "signaturedoesnotmatch",
    "expiredtoken",
    "unrecognizedclient",
    "missingauthenticationtoken",
];
/// Members of a response that list what failed.
const FAILURE_LISTS: [&str; 3] = ["unprocessedAccounts", "unsuccessful", "errors"];

/// Texts of which a response or the details of an event contain one if they decide about the outcome.
const RESULTS: [&str; 5] = ["Failure", "Success", "nprocessedAccounts", "nsuccessful", "rrors"];

/// Whether a response or the details of an event may decide about the outcome, and not only the error code and message.
pub fn is_outcome_in_response(record: &Record<'_>) -> bool {
    record.may_contain(Member::Response, &RESULTS)
        || record.may_contain(Member::Service, &["Failure", "Success", "FAILED"])
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeState {
    /// It did what was asked.
    Succeeded,
    /// It did some of what was asked.
    SucceededInPart,
    /// The caller was not allowed to make it.
    Refused,
    /// It ended with an error.
    Failed,
    /// It was a dry run, and the caller would have been allowed to make the call.
    DryRun,
}

impl OutcomeState {
    /// The name in the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::SucceededInPart => "succeeded in part",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::DryRun => "dry run",
        }
    }

    /// Whether the call changed or read something.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::SucceededInPart)
    }
}

impl Serialize for OutcomeState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How a call ended, and why it did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state at its end.
    pub state: OutcomeState,
    /// The error code or, where the record has none, the error message.
    pub reason: Option<String>,
    /// Whether the reason is an error code.
    pub has_code: bool,
}

impl Outcome {
    fn without_reason(state: OutcomeState) -> Self {
        Self { state, reason: None, has_code: false }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.state == OutcomeState::DryRun {
            return formatter.write_str("dry run: would have succeeded");
        }
        formatter.write_str(self.state.as_str())?;
        match (&self.reason, self.has_code) {
            (Some(code), true) => write!(formatter, " ({code})"),
            (Some(message), false) => write!(formatter, ": {message}"),
            (None, _) => Ok(()),
        }
    }
}

/// How the call of a record ended; `None` for records of CloudTrail Insights, which are not calls.
pub fn outcome(record: &Record<'_>) -> Option<Outcome> {
    if record.is_insight() {
        return None;
    }
    let with_message =
        |message: Option<String>| Outcome { state: OutcomeState::Failed, reason: message, has_code: false };
    let message = || error_message(record, &[], VALUE_CHARS);
    let code = record.text(Member::ErrorCode);
    let has_response = is_outcome_in_response(record);
    match has_response.then(|| told_result(record)).flatten() {
        Some(false) => return Some(with_message(message())),
        Some(true) if code.is_none() => return Some(Outcome::without_reason(OutcomeState::Succeeded)),
        Some(true) | None => {}
    }
    if let Some(reason) = has_response.then(|| failed_account(record)).flatten() {
        return Some(with_message(reason));
    }
    if let Some(code) = code {
        let state = state_of(&code);
        return Some(Outcome { state, reason: Some(cut(&code, VALUE_CHARS)), has_code: true });
    }
    if let Some(message) = message() {
        return Some(with_message(Some(message)));
    }
    let state = if has_response && lists_failures(record) {
        OutcomeState::SucceededInPart
    } else {
        OutcomeState::Succeeded
    };
    Some(Outcome::without_reason(state))
}

fn state_of(code: &str) -> OutcomeState {
    let lower = code.to_ascii_lowercase();
    if code.ends_with("DryRunOperation") {
        OutcomeState::DryRun
    } else if REFUSALS.iter().any(|part| lower.contains(part)) {
        OutcomeState::Refused
    } else {
        OutcomeState::Failed
    }
}

/// The result that a sign-in event tells under its own name: `{"ConsoleLogin": "Failure"}`.
fn told_result(record: &Record<'_>) -> Option<bool> {
    let name = record.text(Member::EventName)?;
    [Member::Response, Member::Service].into_iter().find_map(|member| {
        let told = record.member(member).get(name.as_ref())?.as_str()?;
        match told {
            "Failure" => Some(false),
            "Success" => Some(true),
            _ => None,
        }
    })
}

/// The reason why an account was not created, if the record is about that.
fn failed_account(record: &Record<'_>) -> Option<Option<String>> {
    let status = descend(record.member(Member::Service), &["createAccountStatus"])?;
    let is_failed = text_at(status, "state").as_deref() == Some("FAILED");
    is_failed.then(|| text_at(status, "failureReason").map(|text| cut(&text, VALUE_CHARS)))
}

fn lists_failures(record: &Record<'_>) -> bool {
    let response = record.member(Member::Response);
    let Some(members) = response.as_object() else { return false };
    let lists = |value: &Value| {
        let failed = |name: &&str| {
            descend(value, &[name])
                .is_some_and(|list| (list.is_array() || list.is_object()) && !elements(list).is_empty())
        };
        FAILURE_LISTS.iter().any(failed)
    };
    let inner = members.iter().find(|(name, _)| name.ends_with("Response")).map(|(_, value)| value);
    lists(response) || inner.is_some_and(lists)
}
