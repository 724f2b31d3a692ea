//! The custom resource that stands for the alarms of a stack: CloudFormation's requests, and the responses to them.
//!
//! The physical id contains the prefix. A stack with a new prefix therefore gets a new resource, and CloudFormation asks to
//! delete the old one when the new one exists. CloudFormation waits for a response for an hour or longer, so the function
//! must respond whatever happens. What happens to the alarms is decided elsewhere.
//!
//! Source: the AWS CloudFormation user guide, "Custom resource request objects" and "Custom resource response objects".

use std::collections::BTreeMap;
use std::time::Duration;

use alarms::{Prefix, ReconcileCounts};
use aws::{PresignedUrl, PutError};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout_at};

/// The start of every physical id of this resource.
const SCHEME: &str = "trailbell-alarms:";
/// The physical id of a resource that has never had any alarms.
const WITHOUT_ALARMS: &str = "trailbell-alarms-none";
/// The longest reason, in characters. A response may have at most 4,096 bytes.
const REASON_CHARACTERS: usize = 1000;
/// The delays between attempts to respond.
const BACKOFFS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// A request from CloudFormation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Request {
    /// What to do.
    pub request_type: RequestType,
    /// Where the response goes. It is a secret.
    #[serde(rename = "ResponseURL", deserialize_with = "presigned_url")]
    pub response_url: PresignedUrl,
    /// The id of the stack.
    pub stack_id: String,
    /// The id of the request.
    pub request_id: String,
    /// The name of the resource in the template.
    pub logical_resource_id: String,
    /// The id from an earlier response; `None` for `Create`.
    #[serde(default)]
    pub physical_resource_id: Option<String>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum RequestType {
    /// Create the alarms.
    Create,
    /// Update the alarms.
    Update,
    /// Delete the alarms.
    Delete,
}

fn presigned_url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PresignedUrl, D::Error> {
    String::deserialize(deserializer).map(PresignedUrl::new)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    no_echo: bool,
    data: BTreeMap<&'static str, String>,
}

/// The physical id of the alarms with a prefix.
#[must_use]
pub fn physical_id(prefix: &Prefix) -> String {
    format!("{SCHEME}{prefix}")
}

impl Request {
    /// The prefix whose alarms must be deleted; `None` if the resource has never had any.
    #[must_use]
    pub fn prefix_to_delete(&self) -> Option<Prefix> {
        Prefix::new(self.physical_resource_id.as_deref()?.strip_prefix(SCHEME)?).ok()
    }

    /// The physical id for the response, with the configured prefix. It differs from the id in the request only if the
    /// alarms are different ones.
    #[must_use]
    pub fn response_id(&self, prefix: Option<&Prefix>) -> String {
        match (self.request_type, prefix) {
            (RequestType::Create | RequestType::Update, Some(prefix)) => physical_id(prefix),
            (RequestType::Create | RequestType::Update | RequestType::Delete, _) => {
                self.physical_resource_id.clone().unwrap_or_else(|| WITHOUT_ALARMS.to_owned())
            }
        }
    }

    /// Whether the response is a success although the work failed: an update of alarms that keep their prefix.
    ///
    /// A failed update makes CloudFormation roll back, which asks for another update. That one fails for the same reason, a
    /// broken rule file or a name that is taken, and leaves a stack that cannot be updated at all. Alarms that have no
    /// successor yet must stay, so an update with another prefix does fail.
    #[must_use]
    pub fn survives_a_failure(&self, physical_id: &str) -> bool {
        match self.request_type {
            RequestType::Update => self.physical_resource_id.as_deref() == Some(physical_id),
            RequestType::Create | RequestType::Delete => false,
        }
    }

    /// The response: success with what was done, or failure with a reason.
    #[must_use]
    pub fn response(&self, physical_id: &str, counts: &ReconcileCounts, reason: Option<&str>) -> String {
        let count = |count: usize| count.to_string();
        let response = Response {
            status: if reason.is_none() { "SUCCESS" } else { "FAILED" },
            reason: reason.map(|reason| reason.chars().take(REASON_CHARACTERS).collect()),
            physical_resource_id: physical_id,
            stack_id: &self.stack_id,
            request_id: &self.request_id,
            logical_resource_id: &self.logical_resource_id,
            no_echo: false,
            data: BTreeMap::from([
                ("Created", count(counts.created)),
                ("Updated", count(counts.updated)),
                ("Deleted", count(counts.deleted)),
                ("Unchanged", count(counts.unchanged)),
            ]),
        };
        serde_json::json!(response).to_string()
    }

    /// Sends the response. Several attempts are made, until `end` at the latest.
    ///
    /// # Errors
    ///
    /// The [`PutError`] of the last attempt.
    pub async fn send(&self, response: &str, end: Option<Instant>) -> Result<(), PutError> {
        let mut backoffs = BACKOFFS.into_iter();
        loop {
            let put = self.response_url.put(response.to_owned());
            let result = match end {
                Some(end) => timeout_at(end, put).await.unwrap_or(Err(PutError::Slow)),
                None => put.await,
            };
            let Err(error) = result else { return Ok(()) };
            match backoffs.next() {
                Some(backoff) if end.is_none_or(|end| Instant::now() + backoff < end) => sleep(backoff).await,
                Some(_) | None => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request(request_type: &str, id: Option<&str>) -> Request {
        let mut request = json!({
            "RequestType": request_type,
            "ResponseURL": "https://example.com/?X-Amz-Signature=0123abc",
            "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/trailbell/0f1e",
            "RequestId": "request",
            "ResourceType": "Custom::Alarms",
            "LogicalResourceId": "Alarms",
            "ResourceProperties": {"ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:x"},
        });
        if let Some(id) = id {
            request["PhysicalResourceId"] = id.into();
        }
        serde_json::from_value(request).unwrap()
    }

    #[test]
    fn the_physical_id_is_that_of_the_prefix_and_that_of_the_request_for_a_deletion() {
        let prefix = Prefix::new("p").unwrap();
        for (request_type, id, prefix, answered) in [
            ("Create", None, Some(&prefix), "trailbell-alarms:p"),
            ("Update", Some("trailbell-alarms:old"), Some(&prefix), "trailbell-alarms:p"),
            ("Delete", Some("trailbell-alarms:old"), Some(&prefix), "trailbell-alarms:old"),
            ("Create", None, None, "trailbell-alarms-none"),
            ("Update", Some("trailbell-alarms:old"), None, "trailbell-alarms:old"),
        ] {
            assert_eq!(request(request_type, id).response_id(prefix), answered);
        }
    }

    #[test]
    fn only_an_id_of_ours_leads_to_alarms() {
        for (id, prefix) in [
            (Some("trailbell-alarms:p"), Some("p")),
            (Some("trailbell-alarms-none"), None),
            (Some("trailbell-alarms:"), None),
            (Some("trailbell-alarms:a/b"), None),
            (Some("2026/09/14/[$LATEST]0f1e"), None),
            (None, None),
        ] {
            let found = request("Delete", id).prefix_to_delete();
            assert_eq!(found.as_ref().map(Prefix::as_str), prefix, "{id:?}");
        }
    }

    #[test]
    fn an_answer_has_every_member_that_cloudformation_wants() {
        let counts = ReconcileCounts {
            created: 1,
            updated: 2,
            deleted: 3,
            unchanged: 4,
            ..ReconcileCounts::default()
        };
        let answer: Value =
            serde_json::from_str(&request("Create", None).response("trailbell-alarms:p", &counts, None))
                .unwrap();
        let expected = json!({
            "Status": "SUCCESS",
            "PhysicalResourceId": "trailbell-alarms:p",
            "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/trailbell/0f1e",
            "RequestId": "request",
            "LogicalResourceId": "Alarms",
            "NoEcho": false,
            "Data": {"Created": "1", "Updated": "2", "Deleted": "3", "Unchanged": "4"},
        });
        assert_eq!(answer, expected);
    }

    #[test]
    fn an_answer_stays_below_the_limit_however_long_its_reason() {
        let reason = "\u{1}".repeat(5000).replace('\u{1}', "é\"");
        let answer = request("Create", None).response(
            &format!("{SCHEME}p"),
            &ReconcileCounts::default(),
            Some(&reason),
        );
        assert!(answer.len() < 4096, "{}", answer.len());
        assert!(answer.contains("\"Status\":\"FAILED\""));
    }

    #[test]
    fn a_request_does_not_show_its_url() {
        assert!(!format!("{:?}", request("Create", None)).contains("0123abc"));
    }
}
