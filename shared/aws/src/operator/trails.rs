//! What CloudTrail itself answers in each region: the public keys that its digests are signed with, and the event history of
//! the last 90 days.
//!
//! Each call asks for one page. Who calls decides how fast: LookupEvents may be called twice a second in each account and
//! region.
//!
//! Source: the AWS CloudTrail API reference, ListPublicKeys and LookupEvents.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::Region;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};

use super::error::{CallError, call_error};
use crate::client::Aws;
use crate::region::Memory;

/// The permission that listing public keys needs.
const LIST_KEYS: &str = "cloudtrail:ListPublicKeys";
/// The permission that looking up events needs.
const LOOK_UP: &str = "cloudtrail:LookupEvents";
/// Most pages of public keys that are asked for: a month has a handful of keys.
const MOST_KEY_PAGES: usize = 100;
/// Most events on a page.
///
/// # Source
///
/// The AWS CloudTrail API reference, LookupEvents, `MaxResults`.
const PAGE_EVENTS: i32 = 50;

/// CloudTrail in every region.
#[derive(Debug)]
pub struct Trails {
    config: SdkConfig,
    /// One client for each region.
    clients: Memory<Client>,
}

/// A public key as CloudTrail lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// Its name in digests.
    pub fingerprint: String,
    /// The first second of its validity, in seconds since 1970.
    pub starts_at: i64,
    /// The last second of its validity, in seconds since 1970.
    pub ends_at: i64,
    /// The key, in DER.
    pub value: Vec<u8>,
}

/// What LookupEvents can select by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LookUpAttribute {
    /// `eventID`
    EventId,
    /// The access key of the caller.
    AccessKeyId,
    /// The name or the id of a resource.
    ResourceName,
    /// The name of the user, role or service.
    Username,
    /// `eventName`
    EventName,
    /// The type of a resource.
    ResourceType,
    /// `eventSource`
    EventSource,
    /// `true` or `false`
    ReadOnly,
}

/// What is looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookUp {
    /// The one attribute that the service selects by, with its value.
    pub attribute: Option<(LookUpAttribute, String)>,
    /// The first second, since 1970.
    pub from: Option<i64>,
    /// The last second, since 1970.
    pub to: Option<i64>,
}

/// A page of events, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedUpPage {
    /// The records, as JSON text. They are hostile like those of a log file.
    pub records: Vec<String>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<String>,
}

impl Aws {
    /// CloudTrail in every region.
    pub fn trails(&self) -> Trails {
        Trails::new(self.config())
    }
}

impl Trails {
    /// CloudTrail with the credentials, connections and timeouts of `config`.
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone(), clients: Memory::new() }
    }

    /// The keys of a region that were valid at some second from `from` to `to`.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the region does not hand them out.
    pub async fn public_keys(&self, region: &str, from: i64, to: i64) -> Result<Vec<ListedKey>, CallError> {
        let client = self.client(region);
        let (mut keys, mut token) = (Vec::new(), None::<String>);
        for _ in 0..MOST_KEY_PAGES {
            let request = client.list_public_keys();
            let request = request.start_time(DateTime::from_secs(from)).end_time(DateTime::from_secs(to));
            let page = request.set_next_token(token.take()).send().await;
            let page = page.map_err(|error| call_error(LIST_KEYS, region, error))?;
            keys.extend(page.public_key_list.unwrap_or_default().into_iter().filter_map(|key| {
                Some(ListedKey {
                    fingerprint: key.fingerprint?,
                    starts_at: key.validity_start_time?.secs(),
                    ends_at: key.validity_end_time?.secs(),
                    value: key.value?.into_inner(),
                })
            }));
            match page.next_token.filter(|next| !next.is_empty()) {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        Ok(keys)
    }

    /// A page of the event history of a region; `token` is where an earlier page says that the next one begins.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the region does not answer.
    pub async fn look_up(
        &self,
        region: &str,
        what: &LookUp,
        token: Option<String>,
    ) -> Result<LookedUpPage, CallError> {
        let attribute = what.attribute.as_ref().map(|(attribute, value)| {
            LookupAttribute::builder().attribute_key(attribute.key()).attribute_value(value).build()
        });
        let attribute = match attribute.transpose() {
            Ok(attribute) => attribute,
            Err(error) => {
                let error = aws_sdk_s3::error::SdkError::<
                    aws_sdk_cloudtrail::operation::lookup_events::LookupEventsError,
                >::construction_failure(error);
                return Err(call_error(LOOK_UP, region, error));
            }
        };
        let client = self.client(region);
        let request = client.lookup_events().max_results(PAGE_EVENTS);
        let request = request.set_lookup_attributes(attribute.map(|attribute| vec![attribute]));
        let request = request.set_start_time(what.from.map(DateTime::from_secs));
        let request = request.set_end_time(what.to.map(DateTime::from_secs)).set_next_token(token);
        let page = request.send().await.map_err(|error| call_error(LOOK_UP, region, error))?;
        let events = page.events.unwrap_or_default().into_iter();
        Ok(LookedUpPage {
            records: events.filter_map(|event| event.cloud_trail_event).collect(),
            next: page.next_token.filter(|next| !next.is_empty()),
        })
    }

    fn client(&self, region: &str) -> Client {
        if let Some(client) = self.clients.recall(region) {
            return client;
        }
        let config = aws_sdk_cloudtrail::config::Builder::from(&self.config);
        let client = Client::from_conf(config.region(Region::new(region.to_owned())).build());
        self.clients.remember(region, client.clone());
        client
    }
}

impl LookUpAttribute {
    fn key(self) -> LookupAttributeKey {
        match self {
            Self::EventId => LookupAttributeKey::EventId,
            Self::AccessKeyId => LookupAttributeKey::AccessKeyId,
            Self::ResourceName => LookupAttributeKey::ResourceName,
            Self::Username => LookupAttributeKey::Username,
            Self::EventName => LookupAttributeKey::EventName,
            Self::ResourceType => LookupAttributeKey::ResourceType,
            Self::EventSource => LookupAttributeKey::EventSource,
            Self::ReadOnly => LookupAttributeKey::ReadOnly,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::CallErrorKind;
    use crate::testing::{Answer, FakeService};

    fn trails(service: &FakeService) -> Trails {
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(
                FakeService::credentials(),
            ))
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .http_client(service.http_client());
        Trails::new(&config.build())
    }

    fn json(text: &str) -> Answer {
        Answer::new(200, text).header("content-type", "application/x-amz-json-1.1")
    }

    #[tokio::test]
    async fn keys_are_gathered_over_all_pages_in_their_region() {
        let key = r#"{"Fingerprint":"0af","ValidityStartTime":100,"ValidityEndTime":200,"Value":"AQI="}"#;
        let service = FakeService::new([
            json(&format!(r#"{{"PublicKeyList":[{key}],"NextToken":"more"}}"#)),
            json(&format!(r#"{{"PublicKeyList":[{}]}}"#, key.replace("0af", "1af"))),
        ]);
        let keys = trails(&service).public_keys("eu-west-1", 150, 160).await.unwrap();
        let listed = |fingerprint: &str| ListedKey {
            fingerprint: fingerprint.to_owned(),
            starts_at: 100,
            ends_at: 200,
            value: vec![1, 2],
        };
        assert_eq!(keys, [listed("0af"), listed("1af")]);
        let sent = service.requests();
        assert!(sent[0].uri.contains("cloudtrail.eu-west-1."), "{}", sent[0].uri);
        assert_eq!(sent[0].body, r#"{"StartTime":150,"EndTime":160}"#);
        assert!(sent[1].body.contains(r#""NextToken":"more""#), "{}", sent[1].body);
    }

    #[tokio::test]
    async fn a_look_up_pushes_down_one_attribute_and_gives_records() {
        let service = FakeService::new([json(
            r#"{"Events":[{"EventId":"a","CloudTrailEvent":"{\"eventID\":\"a\"}"}],"NextToken":"more"}"#,
        )]);
        let what = LookUp {
            attribute: Some((LookUpAttribute::EventName, "StopLogging".to_owned())),
            from: Some(100),
            to: None,
        };
        let page = trails(&service).look_up("us-east-1", &what, Some("here".to_owned())).await.unwrap();
        assert_eq!(
            page,
            LookedUpPage { records: vec![r#"{"eventID":"a"}"#.to_owned()], next: Some("more".to_owned()) }
        );
        let body: serde_json::Value = serde_json::from_str(&service.requests()[0].body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": "StopLogging" }],
                "StartTime": 100, "MaxResults": 50, "NextToken": "here",
            })
        );
    }

    #[tokio::test]
    async fn refusals_name_the_permission_and_the_region() {
        let refused = |code: &str| {
            let body = format!(r#"{{"__type":"{code}","message":"refused"}}"#);
            FakeService::new([Answer::new(400, body).header("content-type", "application/x-amz-json-1.1")])
        };
        let error =
            trails(&refused("AccessDeniedException")).public_keys("us-east-1", 0, 1).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::AccessDenied);
        assert!(error.to_string().starts_with("`cloudtrail:ListPublicKeys` on `us-east-1`: "), "{error}");
        let throttled = trails(&refused("ThrottlingException"));
        let error = throttled.look_up("us-east-1", &LookUp::default(), None).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::Throttled);
    }
}
