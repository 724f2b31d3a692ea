//! The columns of an event: names, and text for people and programs.
//!
//! Text is raw here; each output form escapes it for its medium.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::event::{Event, time_text};
use crate::fields::{Fields, Member};
use crate::identity::Identity;
use crate::resource;

/// A column of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// `eventTime`, RFC 3339 in UTC.
    Time,
    /// The day of the event, in UTC.
    Day,
    /// The day and hour of the event, in UTC.
    Hour,
    /// The name of the identity: a user, `role/session`, `root`, or the AWS service or account.
    User,
    /// `eventName`.
    Name,
    /// `ok`, or the error code or failure.
    Outcome,
    /// The name of the main resource.
    Resource,
    /// `sourceIPAddress`.
    Ip,
    /// `recipientAccountId`.
    Account,
    /// `awsRegion`.
    Region,
    /// `eventSource`.
    Source,
    /// The access key of the identity.
    AccessKey,
    /// The ARN of the identity.
    Arn,
    /// The type of the identity, such as `AssumedRole`.
    Type,
    /// `errorCode`.
    Error,
    /// `errorMessage`.
    ErrorMessage,
    /// `readOnly`: `true` or `false`.
    ReadOnly,
    /// `userAgent`.
    Agent,
    /// Whether the session used MFA: `true` or `false`.
    Mfa,
    /// `eventID`.
    EventId,
    /// `sharedEventID`, which the records of one event in several accounts have in common.
    SharedEventId,
    /// `requestParameters` as JSON.
    Request,
    /// The input that contained the record.
    LogFile,
}

/// Every column with its name.
const COLUMNS: [(&str, Column); 23] = [
    ("time", Column::Time),
    ("user", Column::User),
    ("name", Column::Name),
    ("outcome", Column::Outcome),
    ("resource", Column::Resource),
    ("ip", Column::Ip),
    ("account", Column::Account),
    ("region", Column::Region),
    ("source", Column::Source),
    ("access_key", Column::AccessKey),
    ("arn", Column::Arn),
    ("type", Column::Type),
    ("error", Column::Error),
    ("error_message", Column::ErrorMessage),
    ("read_only", Column::ReadOnly),
    ("agent", Column::Agent),
    ("mfa", Column::Mfa),
    ("event_id", Column::EventId),
    ("shared_event_id", Column::SharedEventId),
    ("request", Column::Request),
    ("log_file", Column::LogFile),
    ("day", Column::Day),
    ("hour", Column::Hour),
];

/// A name that no column has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}", names())]
pub struct UnknownColumn;

fn names() -> String {
    COLUMNS.map(|(name, _)| format!("`{name}`")).join(", ")
}

impl FromStr for Column {
    type Err = UnknownColumn;

    fn from_str(text: &str) -> Result<Self, UnknownColumn> {
        let folded = text.trim().to_ascii_lowercase().replace('-', "_");
        let found = COLUMNS.iter().find(|(name, _)| *name == folded);
        found.map(|(_, column)| *column).ok_or(UnknownColumn)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Column {
    /// The columns that are shown unless the user chooses others.
    pub const DEFAULT: [Self; 8] = [
        Self::Time,
        Self::User,
        Self::Name,
        Self::Outcome,
        Self::Resource,
        Self::Ip,
        Self::Account,
        Self::Region,
    ];

    /// All columns.
    pub fn all() -> impl Iterator<Item = Self> {
        COLUMNS.iter().map(|(_, column)| *column)
    }

    /// The name for headers and options.
    pub fn as_str(self) -> &'static str {
        COLUMNS.iter().find(|(_, column)| *column == self).map_or("", |(name, _)| name)
    }
}

/// Whether an event succeeded, and the error if it did not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Outcome {
    pub(crate) ok: bool,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

impl Outcome {
    pub(crate) fn of(fields: &Fields<'_>) -> Self {
        let code = fields.text(Member::ErrorCode).map(std::borrow::Cow::into_owned);
        let message = fields.text(Member::ErrorMessage).map(std::borrow::Cow::into_owned);
        Self { ok: code.is_none() && message.is_none() && !is_failed_sign_in(fields), code, message }
    }

    /// `ok`, the error code, or `Failure` for an error without a code, such as a failed sign-in.
    fn text(self) -> String {
        match self {
            Self { ok: true, .. } => "ok".to_owned(),
            Self { code: Some(code), .. } => code,
            Self { .. } => "Failure".to_owned(),
        }
    }
}

/// A failed sign-in has no error code: `responseElements` says `"ConsoleLogin": "Failure"`.
fn is_failed_sign_in(fields: &Fields<'_>) -> bool {
    if fields.text(Member::EventSource).as_deref() != Some("signin.amazonaws.com") {
        return false;
    }
    match fields.value(Member::ResponseElements) {
        Value::Object(members) => members.values().any(|value| value.as_str() == Some("Failure")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => false,
    }
}

/// The cells of one event, from its record split once.
pub(crate) struct Cells<'e> {
    event: &'e Event,
    pub(crate) fields: Fields<'e>,
    pub(crate) identity: Identity,
}

impl<'e> Cells<'e> {
    pub(crate) fn of(event: &'e Event) -> Self {
        let fields = event.fields();
        let identity = Identity::new(fields.value(Member::UserIdentity));
        Self { event, fields, identity }
    }

    /// The text of a column; `None` if the record does not say.
    pub(crate) fn text(&self, column: Column) -> Option<String> {
        let member = |member| self.fields.text(member).map(std::borrow::Cow::into_owned);
        let time = self.event.key().time;
        match column {
            Column::Time => time.map(|time| time_text(Some(time))),
            Column::Day => time.map(|time| time.date().to_string()),
            Column::Hour => time.map(|time| format!("{}T{:02}:00Z", time.date(), time.hour())),
            Column::User => self.identity.name().map(str::to_owned),
            Column::Name => member(Member::EventName).or_else(|| member(Member::EventType)),
            Column::Outcome => Some(Outcome::of(&self.fields).text()),
            Column::Resource => resource::main_name(&self.fields),
            Column::Ip => member(Member::SourceIpAddress),
            Column::Account => account(&self.fields, &self.identity),
            Column::Region => member(Member::AwsRegion),
            Column::Source => member(Member::EventSource),
            Column::AccessKey => self.identity.access_key().map(str::to_owned),
            Column::Arn => self.identity.arn().map(str::to_owned),
            Column::Type => self.identity.kind().map(str::to_owned),
            Column::Error => member(Member::ErrorCode),
            Column::ErrorMessage => member(Member::ErrorMessage),
            Column::ReadOnly => member(Member::ReadOnly),
            Column::Agent => member(Member::UserAgent),
            Column::Mfa => self.mfa().map(|mfa| mfa.to_string()),
            Column::EventId => member(Member::EventId),
            Column::SharedEventId => member(Member::SharedEventId),
            Column::Request => self.fields.raw(Member::RequestParameters).map(str::to_owned),
            Column::LogFile => Some(self.event.log_file().to_owned()),
        }
    }

    /// A sign-in says it in `additionalEventData`, every other event in the session.
    fn mfa(&self) -> Option<bool> {
        self.identity.mfa().or_else(|| {
            let data = self.fields.value(Member::AdditionalEventData);
            data.get("MFAUsed")?.as_str().map(|used| used == "Yes")
        })
    }
}

/// The texts of some columns of an event, raw; `None` where the record does not say.
pub fn cells(event: &Event, columns: &[Column]) -> Vec<Option<String>> {
    let cells = Cells::of(event);
    columns.iter().map(|column| cells.text(*column)).collect()
}

/// `recipientAccountId`, or the account of the identity for records without it.
pub(crate) fn account(fields: &Fields<'_>, identity: &Identity) -> Option<String> {
    let recipient = fields.text(Member::RecipientAccountId).map(std::borrow::Cow::into_owned);
    recipient.or_else(|| identity.account().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, Cells, Column};
    use crate::testing::{GET_OBJECT, SIGN_IN, STOP_LOGGING, event};

    #[test]
    fn names_are_read_back_in_any_spelling() {
        for (name, column) in COLUMNS {
            assert_eq!(name.parse(), Ok(column));
            assert_eq!(column.to_string(), name);
            assert_eq!(name.to_uppercase().replace('_', "-").parse(), Ok(column));
        }
        let error = "x".parse::<Column>().unwrap_err();
        assert!(error.to_string().starts_with("expected one of `time`, `user`"));
    }

    #[test]
    fn cells_say_who_did_what_where_and_how_it_went() {
        let row = |record| {
            let event = event(record);
            let cells = Cells::of(&event);
            Column::all()
                .map(|column| cells.text(column).unwrap_or_else(|| "-".to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            row(SIGN_IN).join("|"),
            "2026-09-14T10:15:00Z|alice|ConsoleLogin|Failure|-|203.0.113.5|111122223333|us-east-1|\
             signin.amazonaws.com|-|arn:aws:iam::111122223333:user/alice|IAMUser|-|Failed authentication|false|\
             =HYPERLINK(\"x\")|false|6f2f0d6c-0000-4000-8000-0000000000a1|-|-|test.json|2026-09-14|2026-09-14T10:00Z"
        );
        assert_eq!(
            row(STOP_LOGGING).join("|"),
            "2026-09-14T10:20:00Z|deploy/ci|StopLogging|ok|main|198.51.100.7|444455556666|eu-west-1|\
             cloudtrail.amazonaws.com|ASIAEXAMPLE|arn:aws:sts::444455556666:assumed-role/deploy/ci|AssumedRole|-|-|\
             false|aws-cli/2.31|false|6f2f0d6c-0000-4000-8000-0000000000a2|-|\
             {\"name\":\"arn:aws:cloudtrail:eu-west-1:444455556666:trail/main\"}|test.json|2026-09-14|2026-09-14T10:00Z"
        );
        assert!(
            row(GET_OBJECT).join("|").contains("|root|GetObject|AccessDenied|secrets/a/b.txt|2001:db8::1|")
        );
    }
}
