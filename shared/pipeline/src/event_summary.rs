//! What an alert says about one record: who did what to what, with which outcome, when, where and from where.
//!
//! Every text in a record may come from an attacker; `activity` cleans and cuts it before anything renders it.

use std::sync::Arc;

use activity::{
    Identity, Insight, Link, Member, Outcome, OutcomeState, Record, Source, VALUE_CHARS, cut, error_message,
    link, outcome, resources, source, target,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::text::rfc3339;

/// The longest text that is not cut further, in characters.
const FIELD_CHARS: usize = 512;

/// What an alert says about one record. All texts have been cleaned.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventSummary {
    /// `eventID`.
    pub event_id: Option<String>,
    /// `eventTime`, as written in the record.
    pub event_time: Option<String>,
    /// `eventName`, or the API of an Insight.
    pub event_name: Option<String>,
    /// `eventSource`, or the service of an Insight.
    pub event_source: Option<String>,
    /// `recipientAccountId`, or else the account of the identity.
    pub account: Option<String>,
    /// `awsRegion`.
    pub region: Option<String>,
    /// Who did it.
    #[serde(serialize_with = "identity_form")]
    pub identity: Arc<Identity>,
    /// What it was done to, in words.
    #[serde(serialize_with = "shared_text")]
    pub target: Option<Arc<str>>,
    /// The ARNs of the resources that the record names.
    pub resources: Vec<String>,
    /// The outcome; `None` for Insights.
    pub outcome: Option<OutcomeState>,
    /// `errorCode`.
    pub error_code: Option<String>,
    /// `errorMessage`, without values of parameters that are not shown.
    pub error_message: Option<String>,
    /// `sourceIPAddress`: an address, a service's name or `AWS Internal`.
    pub source_ip_address: Option<String>,
    /// `userAgent`.
    pub user_agent: Option<String>,
    /// `vpcEndpointId`.
    pub vpc_endpoint_id: Option<String>,
    /// `sharedEventID`.
    pub shared_event_id: Option<String>,
    /// Where the event can be looked at.
    pub link: Link,
    /// The outcome in words.
    #[serde(skip)]
    pub outcome_words: Option<String>,
    /// Address, program and endpoint in words.
    #[serde(skip)]
    pub from: Option<String>,
    /// What CloudTrail Insights says.
    #[serde(skip)]
    pub insight: Option<Arc<Insight>>,
    /// The log file that has the record, as `s3://bucket/key`.
    #[serde(skip)]
    pub log_file: Option<Arc<str>>,
    /// Whether no alert reports the finding: its rule sends none, or leaves the record to a narrower rule. Only reports
    /// that list every finding contain it.
    #[serde(skip)]
    pub is_silent: bool,
}

fn shared_text<S: Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(serializer)
}

fn identity_form<S: Serializer>(identity: &Arc<Identity>, serializer: S) -> Result<S::Ok, S::Error> {
    let Identity {
        words,
        key,
        kind,
        arn,
        access_key_id,
        mfa,
        session,
        session_issuer,
        session_created,
        source_identity,
        invoked_by,
    } = &**identity;
    let session_created = session_created.and_then(rfc3339);
    let form = IdentityForm {
        words,
        key,
        kind,
        arn,
        access_key_id,
        mfa,
        session,
        session_issuer,
        session_created,
        source_identity,
        invoked_by,
    };
    form.serialize(serializer)
}

/// What programs receive of an identity.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IdentityForm<'i> {
    words: &'i str,
    key: &'i str,
    #[serde(rename = "type")]
    kind: &'i Option<String>,
    arn: &'i Option<String>,
    access_key_id: &'i Option<String>,
    mfa: &'i Option<&'static str>,
    session: &'i Option<String>,
    session_issuer: &'i Option<String>,
    session_created: Option<String>,
    source_identity: &'i Option<String>,
    invoked_by: &'i Option<String>,
}

impl EventSummary {
    /// Reads a record. `age` is the time since the event in seconds, if it is known.
    pub fn of(record: &Value, age: Option<i64>) -> Self {
        let record = Record::of_tree(record);
        let outcome = outcome(&record);
        let identity = Arc::new(Identity::of(&record));
        Self::of_record(&record, outcome.as_ref(), identity, &source(&record), age)
    }

    /// Reads a record of which this much is known.
    pub(crate) fn of_record(
        record: &Record<'_>,
        outcome: Option<&Outcome>,
        identity: Arc<Identity>,
        source: &Source,
        age: Option<i64>,
    ) -> Self {
        let text = |member, limit| record.text(member).map(|text| cut(&text, limit));
        let insight = Insight::of(record).map(Arc::new);
        let insight_name = insight.as_ref().map(|insight| insight.event_name.clone());
        let insight_source = insight.as_ref().and_then(|insight| insight.event_source.clone());
        let account = || record.identity_account().map(|id| cut(&id, VALUE_CHARS));
        let target: Option<Arc<str>> = target(record, outcome, &identity).map(Arc::from);
        let resources = resources(record);
        let shown: Vec<&str> =
            target.as_deref().into_iter().chain(resources.iter().map(String::as_str)).collect();
        let message = error_message(record, &shown, FIELD_CHARS);
        Self {
            event_id: text(Member::EventId, FIELD_CHARS),
            event_time: text(Member::EventTime, VALUE_CHARS),
            event_name: insight_name.or_else(|| text(Member::EventName, VALUE_CHARS)),
            event_source: insight_source.or_else(|| text(Member::EventSource, VALUE_CHARS)),
            account: text(Member::Account, VALUE_CHARS).or_else(account),
            region: text(Member::Region, VALUE_CHARS),
            identity,
            target,
            resources,
            outcome: outcome.map(|outcome| outcome.state),
            error_code: text(Member::ErrorCode, FIELD_CHARS),
            error_message: message,
            source_ip_address: text(Member::Address, FIELD_CHARS),
            user_agent: text(Member::Agent, FIELD_CHARS),
            vpc_endpoint_id: text(Member::VpcEndpoint, VALUE_CHARS),
            shared_event_id: text(Member::SharedEventId, VALUE_CHARS),
            link: link(record, age),
            outcome_words: outcome.map(ToString::to_string),
            from: source.words(),
            insight,
            log_file: None,
            is_silent: false,
        }
    }

    /// Whether the call did what it was meant to do.
    pub(crate) fn has_succeeded(&self) -> bool {
        self.outcome.is_some_and(OutcomeState::is_success)
    }
}
