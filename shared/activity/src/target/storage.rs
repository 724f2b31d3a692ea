//! Buckets: their names, and what a call changes about them.

use serde_json::Value;

use super::Call;
use super::shown::{LIST_VALUES, value_text};
use crate::resources::arns;
use crate::text::list;
use crate::value::{child, descend, elements_at, flag, shown, shown_at, values};

/// The bucket of a call: by its parameter, or else by the resources or the host of the request.
pub(super) fn bucket(call: &Call<'_>) -> Option<String> {
    let request = call.request();
    if let Some(name) = shown_at(request, "bucketName") {
        return Some(name.into_owned());
    }
    let arn = arns(call.record).find_map(|arn| {
        let name = arn.split_once(":s3:::")?.1.split('/').next()?;
        (!name.is_empty()).then(|| name.to_owned())
    });
    arn.or_else(|| {
        let hosts = values(request, "Host");
        hosts.into_iter().filter_map(shown).find_map(|host| {
            let end = host.find(".s3.").or_else(|| host.find(".s3-"))?;
            host.get(..end).filter(|name| !name.is_empty()).map(str::to_owned)
        })
    })
}

/// The access control list of a bucket.
pub(super) fn acl(request: &Value) -> Option<String> {
    let canned = child(request, "x-amz-acl").map(|value| crate::value::elements(value)).unwrap_or_default();
    if let Some(name) = canned.into_iter().find_map(shown) {
        return Some(format!("ACL {}", value_text(&name)));
    }
    let grants = descend(request, &["AccessControlPolicy", "AccessControlList"])?;
    let named = elements_at(grants, "Grant").into_iter().filter_map(|grant| {
        let uri = descend(grant, &["Grantee", "URI"]).and_then(shown)?;
        let who = match uri.rsplit('/').next() {
            Some("AllUsers") => "anybody",
            Some("AuthenticatedUsers") => "anybody with an AWS account",
            Some("LogDelivery") => "log delivery",
            Some(_) | None => return None,
        };
        let right = shown_at(grant, "Permission").unwrap_or_default();
        Some(format!("{} to {who}", value_text(&right)))
    });
    list(named.collect::<Vec<_>>(), LIST_VALUES)
}

/// The rules by which a bucket deletes objects.
pub(super) fn lifecycle(request: &Value) -> Option<String> {
    let rules =
        child(request, "LifecycleConfiguration").map(|configuration| elements_at(configuration, "Rule"))?;
    let named = rules.into_iter().map(|rule| {
        let id = shown_at(rule, "ID").map_or_else(|| "a rule".to_owned(), |id| value_text(&id));
        if shown_at(rule, "Status").as_deref() == Some("Disabled") {
            return format!("{id} is off");
        }
        let expiration = child(rule, "Expiration");
        let days = expiration.and_then(|expiration| shown_at(expiration, "Days"));
        let date = expiration.and_then(|expiration| shown_at(expiration, "Date"));
        match (days.as_deref(), date) {
            (Some("1"), _) => format!("{id} deletes after 1 day"),
            (Some(days), _) => format!("{id} deletes after {} days", value_text(days)),
            (None, Some(date)) => format!("{id} deletes on {}", value_text(&date)),
            (None, None) => id,
        }
    });
    list(named.collect::<Vec<_>>(), LIST_VALUES)
}

/// The settings of the public access block.
const BLOCKS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// Which settings of the public access block a call switches off.
pub(super) fn public_access_block(request: &Value) -> Option<String> {
    let settings = child(request, "PublicAccessBlockConfiguration")?;
    let known = BLOCKS.iter().filter(|name| child(settings, name).and_then(flag).is_some()).count();
    let off: Vec<&str> =
        BLOCKS.into_iter().filter(|name| child(settings, name).and_then(flag) == Some(false)).collect();
    match (known, off.len()) {
        (0, _) => None,
        (4, 0) => Some("all four settings on".to_owned()),
        (_, 0) => None,
        (_, 4) => Some("all four settings off".to_owned()),
        (_, _) => Some(format!("{} off", off.join(", "))),
    }
}
