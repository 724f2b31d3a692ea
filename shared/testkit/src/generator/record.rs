//! The frame of a record: every member around the parameters of one call, in the order in which CloudTrail writes them.

use std::borrow::Cow;

use time::OffsetDateTime;
use time::macros::format_description;

use super::account::Scene;
use super::principal::Principal;
use crate::dice::Dice;
use crate::json::{Json, object};

/// What a call asked for and what it answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Details {
    pub(crate) request: Json,
    pub(crate) response: Json,
    pub(crate) additional: Option<Json>,
    pub(crate) resources: Option<Json>,
    pub(crate) service_details: Option<Json>,
}

impl Details {
    /// A read: the answer isn't recorded.
    pub(crate) fn read(request: Json) -> Self {
        Self { request, ..Self::default() }
    }

    /// A change: what was asked, and what came of it.
    pub(crate) fn change(request: Json, response: Json) -> Self {
        Self { request, response, ..Self::default() }
    }

    pub(crate) fn with_resources(mut self, resources: Json) -> Self {
        self.resources = Some(resources);
        self
    }

    pub(crate) fn with_additional(mut self, additional: Json) -> Self {
        self.additional = Some(additional);
        self
    }
}

/// Why a call failed. Sign-ins have a message and no code.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: Option<&'static str>,
    pub(crate) message: Cow<'static, str>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Some(code), message: message.into() }
    }

    /// The error of a call without permission, in the words of the service.
    pub(crate) fn denied(service: &str, name: &str, arn: &str) -> Self {
        let (code, opening) = match service {
            "ec2" => {
                ("Client.UnauthorizedOperation", "You are not authorized to perform this operation. User")
            }
            "s3" | "iam" | "sts" => ("AccessDenied", "User"),
            _ => ("AccessDeniedException", "User"),
        };
        let action = format!("{service}:{name}");
        let message = format!(
            "{opening}: {arn} is not authorized to perform: {action} because no identity-based policy allows the \
             {action} action"
        );
        Self::new(code, message)
    }
}

/// Which kind of occurrence a record tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A call of the control plane.
    Management,
    /// A call of the data plane, such as reading an object.
    Data,
    /// Something a service did by itself.
    ServiceEvent,
    /// A sign-in to the web console.
    SignIn,
}

impl Kind {
    fn event_type(self) -> &'static str {
        match self {
            Self::Management | Self::Data => "AwsApiCall",
            Self::ServiceEvent => "AwsServiceEvent",
            Self::SignIn => "AwsConsoleSignIn",
        }
    }
}

/// One record before it is written.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) version: &'static str,
    /// The service, without `.amazonaws.com`.
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) read_only: bool,
    pub(crate) error: Option<Refusal>,
    pub(crate) details: Details,
    pub(crate) event_id: String,
    pub(crate) shared_event_id: Option<String>,
}

impl Record {
    /// Puts the frame around the details: who, when, where, and the ids.
    pub(crate) fn into_json(self, dice: &mut Dice, who: &Principal, scene: Scene<'_>) -> Json {
        let mut members = vec![
            ("eventVersion", self.version.into()),
            ("userIdentity", who.identity.clone()),
            ("eventTime", timestamp(scene.time).into()),
            ("eventSource", format!("{}.amazonaws.com", self.service).into()),
            ("eventName", self.name.into()),
            ("awsRegion", scene.region.into()),
            ("sourceIPAddress", (&who.address).into()),
            ("userAgent", (&who.agent).into()),
        ];
        if let Some(Refusal { code, message }) = self.error {
            members.extend(code.map(|code| ("errorCode", code.into())));
            members.push(("errorMessage", message.into()));
        }
        members.push(("requestParameters", self.details.request));
        members.push(("responseElements", self.details.response));
        if let Some(additional) = self.details.additional {
            members.push(("additionalEventData", additional));
        }
        if self.kind != Kind::SignIn {
            members.push(("requestID", request_id(dice, self.service).into()));
        }
        members.push(("eventID", self.event_id.into()));
        members.push(("readOnly", self.read_only.into()));
        if let Some(resources) = self.details.resources {
            members.push(("resources", resources));
        }
        members.push(("eventType", self.kind.event_type().into()));
        if let Some(version) = api_version(self.service) {
            members.push(("apiVersion", version.into()));
        }
        members.push(("managementEvent", (self.kind != Kind::Data).into()));
        members.push(("recipientAccountId", scene.account.id.into()));
        if let Some(id) = self.shared_event_id {
            members.push(("sharedEventID", id.into()));
        }
        if let Some(details) = self.details.service_details {
            members.push(("serviceEventDetails", details));
        }
        let category = if self.kind == Kind::Data { "Data" } else { "Management" };
        members.push(("eventCategory", category.into()));
        push_transport(&mut members, self.service, self.kind, who, scene.region);
        Json::Object(members)
    }
}

/// Adds how the call came in: TLS for callers outside AWS, and the mark of console sessions.
fn push_transport(
    members: &mut Vec<(&'static str, Json)>,
    service: &str,
    kind: Kind,
    who: &Principal,
    region: &str,
) {
    let from_outside = !who.address.ends_with(".amazonaws.com") && kind != Kind::ServiceEvent;
    if from_outside {
        let host = match (service, kind) {
            (_, Kind::SignIn) => format!("{region}.signin.aws.amazon.com"),
            ("iam" | "organizations", _) => format!("{service}.amazonaws.com"),
            _ => format!("{service}.{region}.amazonaws.com"),
        };
        let tls = object! {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": host,
        };
        members.push(("tlsDetails", tls));
    }
    if who.from_console && from_outside && kind == Kind::Management {
        members.push(("sessionCredentialFromConsole", "true".into()));
    }
}

/// S3 has ids of its own form; most services use a UUID.
fn request_id(dice: &mut Dice, service: &str) -> String {
    if service == "s3" { dice.upper(16) } else { dice.uuid() }
}

fn api_version(service: &str) -> Option<&'static str> {
    match service {
        "lambda" => Some("2015-03-31"),
        "elasticloadbalancing" => Some("2015-12-01"),
        "logs" => Some("20140328"),
        _ => None,
    }
}

/// A time as CloudTrail writes it: UTC, whole seconds.
pub(crate) fn timestamp(time: OffsetDateTime) -> String {
    time.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))
        .expect("a date and a time are all that the format asks for")
}
