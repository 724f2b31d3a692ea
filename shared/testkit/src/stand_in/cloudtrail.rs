//! ListPublicKeys and LookupEvents, for the region that a request is signed for.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::http::{Request, Response};
use super::{Seen, Service};

/// Answers a call.
pub(super) fn answer(service: &mut Service, target: &str, request: &Request) -> (Seen, Response) {
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let region = region(request).to_owned();
    let details = String::from_utf8_lossy(&request.body).into_owned();
    let body: Value = serde_json::from_str(&details).unwrap_or_default();
    let refusal = service.refusal(&operation, &region);
    let response = match (refusal, operation.as_str()) {
        (Some(code), _) => json_response(400, &json!({ "__type": code, "message": "refused" })),
        (None, "ListPublicKeys") => {
            let none = json!({ "PublicKeyList": [] });
            json_response(200, &wire_keys(service.public_keys.get(&region).unwrap_or(&none)))
        }
        (None, "LookupEvents") => look_up(service, &region, &body),
        (None, _) => json_response(400, &json!({ "__type": "UnknownOperationException" })),
    };
    (Seen { operation, resource: region, details }, response)
}

/// The region in the scope of the signature.
fn region(request: &Request) -> &str {
    let authorization = request.header("authorization").unwrap_or_default();
    let scope = authorization.split("Credential=").nth(1).unwrap_or_default();
    scope.split('/').nth(2).unwrap_or_default()
}

/// Keys with their times as numbers, as the service writes them.
fn wire_keys(answer: &Value) -> Value {
    let mut answer = answer.clone();
    for key in answer["PublicKeyList"].as_array_mut().into_iter().flatten() {
        for name in ["ValidityStartTime", "ValidityEndTime"] {
            let seconds = key[name].as_str().and_then(seconds);
            if let Some(seconds) = seconds {
                key[name] = json!(seconds);
            }
        }
    }
    answer
}

fn look_up(service: &Service, region: &str, body: &Value) -> Response {
    let attribute = &body["LookupAttributes"][0];
    let (name, value) = (attribute["AttributeKey"].as_str(), attribute["AttributeValue"].as_str());
    let time = |name: &str| body[name].as_f64();
    let (from, to) = (time("StartTime"), time("EndTime"));
    let is_wanted = |record: &&Value| {
        let at = record["eventTime"].as_str().and_then(seconds).unwrap_or_default() as f64;
        let is_in_time = from.is_none_or(|from| from <= at) && to.is_none_or(|to| at <= to);
        is_in_time && name.is_none_or(|name| Some(attribute_of(record, name).as_str()) == value)
    };
    let records: Vec<&Value> = service.events.get(region).into_iter().flatten().filter(is_wanted).collect();
    let from = body["NextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0_usize);
    let to = from + service.page().min(body["MaxResults"].as_u64().unwrap_or(50) as usize);
    let page = records.iter().skip(from).take(to - from);
    let events: Vec<Value> = page
        .map(|record| json!({ "EventId": record["eventID"], "CloudTrailEvent": record.to_string() }))
        .collect();
    let mut answer = json!({ "Events": events });
    if to < records.len() {
        answer["NextToken"] = json!(to.to_string());
    }
    json_response(200, &answer)
}

/// The text that an attribute of a look-up is compared with.
fn attribute_of(record: &Value, name: &str) -> String {
    let member = match name {
        "EventId" => &record["eventID"],
        "EventName" => &record["eventName"],
        "EventSource" => &record["eventSource"],
        "AccessKeyId" => &record["userIdentity"]["accessKeyId"],
        "Username" => &record["userIdentity"]["userName"],
        "ResourceName" => &record["resources"][0]["ARN"],
        "ResourceType" => &record["resources"][0]["type"],
        "ReadOnly" => &record["readOnly"],
        _ => &Value::Null,
    };
    member.as_str().map_or_else(|| member.to_string(), str::to_owned)
}

fn seconds(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

fn json_response(status: u16, body: &Value) -> Response {
    Response::new(status, "application/x-amz-json-1.1", body.to_string())
}
