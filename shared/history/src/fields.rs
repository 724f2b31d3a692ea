//! The top-level members of a record that filters and columns read.
//!
//! Values are parsed when they are needed, and a value of an unexpected type counts as missing: a record may come from
//! anywhere. If a member occurs twice, the last one counts, as in filter patterns.

use std::borrow::Cow;
use std::fmt;

use filter_pattern::{RecordError, parse_record};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// A top-level member of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    EventTime,
    EventName,
    EventSource,
    EventType,
    EventId,
    SharedEventId,
    UserIdentity,
    SourceIpAddress,
    UserAgent,
    AwsRegion,
    RecipientAccountId,
    ErrorCode,
    ErrorMessage,
    ReadOnly,
    Resources,
    RequestParameters,
    ResponseElements,
    AdditionalEventData,
    InsightDetails,
}

/// CloudTrail's names, in the order of the variants.
const NAMES: [(&str, Member); 19] = [
    ("eventTime", Member::EventTime),
    ("eventName", Member::EventName),
    ("eventSource", Member::EventSource),
    ("eventType", Member::EventType),
    ("eventID", Member::EventId),
    ("sharedEventID", Member::SharedEventId),
    ("userIdentity", Member::UserIdentity),
    ("sourceIPAddress", Member::SourceIpAddress),
    ("userAgent", Member::UserAgent),
    ("awsRegion", Member::AwsRegion),
    ("recipientAccountId", Member::RecipientAccountId),
    ("errorCode", Member::ErrorCode),
    ("errorMessage", Member::ErrorMessage),
    ("readOnly", Member::ReadOnly),
    ("resources", Member::Resources),
    ("requestParameters", Member::RequestParameters),
    ("responseElements", Member::ResponseElements),
    ("additionalEventData", Member::AdditionalEventData),
    ("insightDetails", Member::InsightDetails),
];

impl Member {
    fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, member)| *member)
    }
}

/// The known members of one record, unparsed.
#[derive(Debug, Default)]
pub(crate) struct Fields<'r> {
    values: [Option<Cow<'r, RawValue>>; NAMES.len()],
}

impl<'r> Fields<'r> {
    /// Splits a record into its members.
    ///
    /// # Errors
    ///
    /// If the record is not an object that [`parse_record`] accepts.
    pub(crate) fn of(record: &'r [u8]) -> Result<Self, RecordError> {
        let mut json = serde_json::Deserializer::from_slice(record);
        match FieldsSeed.deserialize(&mut json) {
            Ok(fields) if json.end().is_ok() => Ok(fields),
            Ok(_) | Err(_) => Self::of_unusual(record),
        }
    }

    /// The same for records that only [`parse_record`] accepts, such as one with half a surrogate pair in a name.
    fn of_unusual(record: &[u8]) -> Result<Self, RecordError> {
        let Value::Object(members) = parse_record(record)? else { return Err(RecordError::NotAnObject) };
        let mut fields = Self::default();
        for (name, value) in members {
            if let Some(member) = Member::of(&name) {
                fields.set(member, to_raw_value(&value).ok().map(Cow::Owned));
            }
        }
        Ok(fields)
    }

    fn set(&mut self, member: Member, value: Option<Cow<'r, RawValue>>) {
        if let Some(slot) = self.values.get_mut(member as usize) {
            *slot = value;
        }
    }

    /// The JSON text of a member.
    pub(crate) fn raw(&self, member: Member) -> Option<&str> {
        let value = self.values.get(member as usize)?.as_deref()?.get();
        (value != "null").then_some(value)
    }

    /// The text of a member that is a string, number or boolean; `None` for an empty string.
    pub(crate) fn text(&self, member: Member) -> Option<Cow<'_, str>> {
        let raw = self.raw(member)?;
        let text = match raw.as_bytes().first()? {
            b'"' => serde_json::from_str(raw).map(|BorrowedText(text)| text).ok().or_else(|| {
                // Half a surrogate pair.
                parse_record(raw.as_bytes()).ok()?.as_str().map(|text| Cow::Owned(text.to_owned()))
            })?,
            b'{' | b'[' => return None,
            _ => Cow::Borrowed(raw),
        };
        (!text.is_empty()).then_some(text)
    }

    /// The value of a member; null if it is missing.
    pub(crate) fn value(&self, member: Member) -> Value {
        self.raw(member).and_then(|raw| parse_record(raw.as_bytes()).ok()).unwrap_or_default()
    }
}

/// A string that borrows from the JSON text where it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct BorrowedText<'t>(#[serde(borrow)] Cow<'t, str>);

struct FieldsSeed;

impl<'de> DeserializeSeed<'de> for FieldsSeed {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fields<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldsSeed {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(BorrowedText(name)) = map.next_key()? {
            match Member::of(&name) {
                Some(member) => fields.set(member, Some(Cow::Borrowed(map.next_value()?))),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, Member, NAMES};

    #[test]
    fn the_table_is_in_the_order_of_the_members() {
        for (index, (_, member)) in NAMES.iter().enumerate() {
            assert_eq!(*member as usize, index);
        }
    }

    #[test]
    fn members_of_any_type_are_read_as_text_where_they_are_one() {
        let record = br#"{"eventName":"a\u0041","x":{"eventName":"no"},"errorCode":"","readOnly":false,
            "awsRegion":null,"recipientAccountId":5,"resources":[1],"eventID":"1","eventID":"2"}"#;
        let fields = Fields::of(record).unwrap();
        for (member, expected) in [
            (Member::EventName, Some("aA")),
            (Member::ErrorCode, None),
            (Member::ReadOnly, Some("false")),
            (Member::AwsRegion, None),
            (Member::RecipientAccountId, Some("5")),
            (Member::Resources, None),
            (Member::EventId, Some("2")),
            (Member::UserAgent, None),
        ] {
            assert_eq!(fields.text(member).as_deref(), expected, "{member:?}");
        }
        assert_eq!(fields.value(Member::Resources), serde_json::json!([1]));
        assert!(fields.value(Member::UserIdentity).is_null());
    }

    #[test]
    fn half_a_surrogate_pair_hides_nothing() {
        let fields = Fields::of(br#"{"\ud83d":1,"eventName":"a\ud83d","userAgent":"b"}"#).unwrap();
        assert_eq!(fields.text(Member::EventName).as_deref(), Some("a\u{fffd}"));
        let fields = Fields::of(br#"{"eventName":"a\ud83d","userAgent":"b"}"#).unwrap();
        assert_eq!(fields.text(Member::EventName).as_deref(), Some("a\u{fffd}"));
        assert_eq!(fields.text(Member::UserAgent).as_deref(), Some("b"));
    }

    #[test]
    fn what_is_not_an_object_is_an_error() {
        for record in ["", "[]", "1", "{", "{} {}", "{\"a\" 1}"] {
            assert!(Fields::of(record.as_bytes()).is_err(), "{record}");
        }
    }
}
