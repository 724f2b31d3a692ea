//! A record as a set of top-level members that are parsed when they are first asked for.

use std::borrow::Cow;
use std::cell::OnceCell;

use filter_pattern::{ProjectedRecord, Scalar, Selector};
use serde_json::Value;

use crate::value::{child, is_flag, says_something, text};

/// A top-level member of a record. Its number is its index in a projection made from [`Member::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// `eventType`
    EventType,
    /// `eventCategory`
    EventCategory,
    /// `eventSource`
    EventSource,
    /// `eventName`
    EventName,
    /// `eventTime`
    EventTime,
    /// `eventID`
    EventId,
    /// `awsRegion`
    Region,
    /// `recipientAccountId`
    Account,
    /// `sourceIPAddress`
    Address,
    /// `userAgent`
    Agent,
    /// `errorCode`
    ErrorCode,
    /// `errorMessage`
    ErrorMessage,
    /// `managementEvent`
    Management,
    /// `sharedEventID`
    SharedEventId,
    /// `vpcEndpointId`
    VpcEndpoint,
    /// `sessionCredentialFromConsole`
    FromConsole,
    /// `userIdentity`
    Identity,
    /// `requestParameters`
    Request,
    /// `responseElements`
    Response,
    /// `additionalEventData`
    Additional,
    /// `serviceEventDetails`
    Service,
    /// `resources`
    Resources,
    /// `insightDetails`
    Insight,
}

impl Member {
    /// Every member, in the order of the numbers.
    pub const ALL: [Self; 23] = [
        Self::EventType,
        Self::EventCategory,
        Self::EventSource,
        Self::EventName,
        Self::EventTime,
        Self::EventId,
        Self::Region,
        Self::Account,
        Self::Address,
        Self::Agent,
        Self::ErrorCode,
        Self::ErrorMessage,
        Self::Management,
        Self::SharedEventId,
        Self::VpcEndpoint,
        Self::FromConsole,
        Self::Identity,
        Self::Request,
        Self::Response,
        Self::Additional,
        Self::Service,
        Self::Resources,
        Self::Insight,
    ];

    /// The member's name in a record.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventType => "eventType",
            Self::EventCategory => "eventCategory",
            Self::EventSource => "eventSource",
            Self::EventName => "eventName",
            Self::EventTime => "eventTime",
            Self::EventId => "eventID",
            Self::Region => "awsRegion",
            Self::Account => "recipientAccountId",
            Self::Address => "sourceIPAddress",
            Self::Agent => "userAgent",
            Self::ErrorCode => "errorCode",
            Self::ErrorMessage => "errorMessage",
            Self::Management => "managementEvent",
            Self::SharedEventId => "sharedEventID",
            Self::VpcEndpoint => "vpcEndpointId",
            Self::FromConsole => "sessionCredentialFromConsole",
            Self::Identity => "userIdentity",
            Self::Request => "requestParameters",
            Self::Response => "responseElements",
            Self::Additional => "additionalEventData",
            Self::Service => "serviceEventDetails",
            Self::Resources => "resources",
            Self::Insight => "insightDetails",
        }
    }

    /// The selector that reads the member.
    pub fn selector(self) -> Selector {
        Selector::path(self.name(), &[])
    }
}

/// A CloudTrail record. Members are parsed once, when they are first asked for.
#[derive(Debug)]
pub struct Record<'r> {
    source: RecordSource<'r>,
    parsed: [OnceCell<Value>; Member::ALL.len()],
}

#[derive(Debug)]
enum RecordSource<'r> {
    Tree(&'r Value),
    Projected { record: ProjectedRecord<'r>, first: usize },
}

static ABSENT: Value = Value::Null;

impl<'r> Record<'r> {
    /// A record that has been parsed as a whole.
    pub fn of_tree(record: &'r Value) -> Self {
        Self { source: RecordSource::Tree(record), parsed: [const { OnceCell::new() }; Member::ALL.len()] }
    }

    /// A projected record. The selectors of [`Member::ALL`] begin at the index `first` of its projection.
    pub fn of_projected(record: ProjectedRecord<'r>, first: usize) -> Self {
        Self {
            source: RecordSource::Projected { record, first },
            parsed: [const { OnceCell::new() }; Member::ALL.len()],
        }
    }

    /// A member; `null` if the record does not have it.
    pub(crate) fn member(&self, member: Member) -> &Value {
        match &self.source {
            RecordSource::Tree(record) => child(record, member.name()).unwrap_or(&ABSENT),
            RecordSource::Projected { record, first } => {
                let index = member as usize;
                self.parsed.get(index).map_or(&ABSENT, |parsed| {
                    parsed.get_or_init(|| record.json(first + index).unwrap_or_default())
                })
            }
        }
    }

    /// Whether a member may contain one of these texts: a quick look at its JSON, which does not parse it.
    pub(crate) fn may_contain(&self, member: Member, texts: &[&str]) -> bool {
        let Some(json) = self.json_text(member) else { return true };
        // Most responses are `null`, and most records have no details of a service.
        json.len() > b"null".len()
            && texts.iter().any(|text| memchr::memmem::find(json, text.as_bytes()).is_some())
    }

    /// The JSON text of a member: empty if the record does not have it, and `None` if only a tree knows it.
    pub(crate) fn json_text(&self, member: Member) -> Option<&'r [u8]> {
        match &self.source {
            RecordSource::Tree(_) => None,
            RecordSource::Projected { record, first } => record.text(first + member as usize),
        }
    }

    /// The text of a member, if it has any.
    pub fn text(&self, member: Member) -> Option<Cow<'_, str>> {
        match &self.source {
            RecordSource::Tree(_) => text(self.member(member)),
            RecordSource::Projected { record, first } => {
                let text = record.value(first + member as usize)?;
                let is_text = matches!(text, Scalar::Text(_));
                Some(text.into_text()).filter(|text| !is_text || says_something(text))
            }
        }
    }

    /// Whether a member is exactly this text.
    pub(crate) fn is(&self, member: Member, expected: &str) -> bool {
        match &self.source {
            RecordSource::Tree(_) => self.member(member).as_str() == Some(expected),
            RecordSource::Projected { record, first } => {
                let value = record.value(first + member as usize);
                value.as_ref().and_then(Scalar::as_str) == Some(expected)
            }
        }
    }

    /// Whether a member means yes.
    pub(crate) fn flag(&self, member: Member) -> Option<bool> {
        is_flag(&self.text(member)?)
    }

    /// The account in whose trail the record is.
    pub(crate) fn recipient(&self) -> Option<Cow<'_, str>> {
        self.text(Member::Account)
    }

    /// `userIdentity.accountId`, or else the account of the session's issuer.
    pub fn identity_account(&self) -> Option<Cow<'_, str>> {
        let identity = self.member(Member::Identity);
        child(identity, "accountId").and_then(text).or_else(|| {
            let issuer = child(child(identity, "sessionContext")?, "sessionIssuer")?;
            child(issuer, "accountId").and_then(text)
        })
    }

    /// Whether the record is about a sign-in to the console.
    pub(crate) fn is_sign_in(&self) -> bool {
        self.is(Member::EventName, "ConsoleLogin")
    }

    /// Whether CloudTrail Insights wrote the record.
    pub fn is_insight(&self) -> bool {
        self.is(Member::EventType, "AwsCloudTrailInsight")
    }
}

#[cfg(test)]
mod tests {
    use filter_pattern::{Projection, ProjectionBuffer};

    use super::*;

    #[test]
    fn a_projected_record_answers_as_its_tree_does() {
        let selectors: Vec<Selector> = Member::ALL.into_iter().map(Member::selector).collect();
        let projection = Projection::new(&selectors);
        for value in [
            r#""text""#,
            r#""\u0074ext \ud83e\udd80\n\"""#,
            r#""\ud83e""#,
            r#""""#,
            r#"" \t""#,
            r#""null""#,
            r#""true""#,
            r#""ConsoleLogin""#,
            r#""Console\u004cogin""#,
            r#""AwsCloudTrailInsight""#,
            "0",
            "-0.0",
            "1e3",
            "18446744073709551616",
            "true",
            "false",
            "null",
            "{}",
            r#"["text"]"#,
            r#"{"a":{"b":[1,"\u0074"]}}"#,
        ] {
            for member in Member::ALL {
                let name = member.name();
                for text in [
                    format!(r#"{{"{name}":{value}}}"#),
                    format!(r#"{{ "x" : 1 , "{name}" : {value} }}"#),
                    format!(r#"{{"{name}":"before","{name}":{value}}}"#),
                ] {
                    let tree = filter_pattern::parse_record(text.as_bytes()).unwrap();
                    let mut buffer = ProjectionBuffer::default();
                    let projected = projection.read(text.as_bytes(), &mut buffer).unwrap();
                    let (one, other) = (Record::of_tree(&tree), Record::of_projected(projected, 0));
                    assert_eq!(one.text(member), other.text(member), "{text}");
                    assert_eq!(one.flag(member), other.flag(member), "{text}");
                    assert_eq!(one.member(member), other.member(member), "{text}");
                    for expected in ["text", "ConsoleLogin", "true", "1"] {
                        assert_eq!(one.is(member, expected), other.is(member, expected), "{text}");
                    }
                    assert_eq!(one.is_insight(), other.is_insight(), "{text}");
                    assert_eq!(one.is_sign_in(), other.is_sign_in(), "{text}");
                    assert_eq!(one.identity_account(), other.identity_account(), "{text}");
                }
            }
        }
    }
}
