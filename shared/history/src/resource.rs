//! The resources of an event: those that CloudTrail lists, and the names in the request.
//!
//! CloudTrail lists resources for some services only, so the strings of `requestParameters` count as well.

use serde_json::Value;

use crate::fields::{Fields, Member};
use crate::identity::last_part;

/// The most levels of `requestParameters` that are searched. Records may have 100 levels in all.
const MAX_LEVELS: usize = 100;

/// An entry of `resources`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// The ARN, or the name if there is no ARN.
    pub(crate) name: String,
    /// The type, such as `AWS::S3::Object`.
    pub(crate) kind: Option<String>,
}

/// The entries of `resources` that have a name or a type.
pub(crate) fn listed(fields: &Fields<'_>) -> Vec<Resource> {
    let Value::Array(entries) = fields.value(Member::Resources) else { return Vec::new() };
    let entry = |entry: &Value| {
        // `ARN` in most records; some services write the other spellings.
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|name| entry.get(name)?.as_str());
            found.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let name = text(&["ARN", "arn", "resourceName", "ARNPrefix"]);
        let kind = text(&["type", "resourceType"]);
        (name.is_some() || kind.is_some()).then(|| Resource { name: name.unwrap_or_default(), kind })
    };
    entries.iter().filter_map(entry).collect()
}

/// Calls `visit` with every string in the request, at any depth, until it returns `true`; returns whether it did.
pub(crate) fn any_requested(fields: &Fields<'_>, mut visit: impl FnMut(&str) -> bool) -> bool {
    any_string(&fields.value(Member::RequestParameters), &mut visit, MAX_LEVELS)
}

fn any_string(value: &Value, visit: &mut impl FnMut(&str) -> bool, levels: usize) -> bool {
    let Some(levels) = levels.checked_sub(1) else { return false };
    match value {
        Value::String(text) => visit(text),
        Value::Array(elements) => elements.iter().any(|element| any_string(element, visit, levels)),
        Value::Object(members) => members.values().any(|member| any_string(member, visit, levels)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The name of the resource that the event is about, as far as the record tells.
///
/// It is the last part of the first listed ARN, with the bucket for objects in S3. Without a list, it is the first
/// member of the request whose name ends in `Name`, `Arn` or `Id`.
pub(crate) fn main_name(fields: &Fields<'_>) -> Option<String> {
    let listed = listed(fields);
    if let Some(resource) = listed.iter().find(|resource| !resource.name.is_empty()) {
        let in_s3 = resource.name.split_once(":s3:::").map(|(_, path)| path);
        return Some(in_s3.unwrap_or_else(|| last_part(&resource.name)).to_owned());
    }
    let Value::Object(members) = fields.value(Member::RequestParameters) else { return None };
    let text = |ending: &str| {
        let lower = ending.to_ascii_lowercase();
        members.iter().find_map(|(name, value)| {
            let text = value.as_str().filter(|text| !text.is_empty())?;
            let shown = if text.starts_with("arn:") { last_part(text) } else { text };
            (name.ends_with(ending) || *name == lower).then(|| shown.to_owned())
        })
    };
    text("Name").or_else(|| text("Arn")).or_else(|| text("Id"))
}

#[cfg(test)]
mod tests {
    use super::{any_requested, listed, main_name};
    use crate::fields::Fields;

    #[test]
    fn the_main_name_comes_from_the_list_or_else_from_the_request() {
        for (record, expected) in [
            (
                r#"{"resources":[{"ARN":"arn:aws:s3:::logs/a/b.json","type":"AWS::S3::Object"}]}"#,
                Some("logs/a/b.json"),
            ),
            (
                r#"{"resources":[{"type":"AWS::S3::Object"},{"ARN":"arn:aws:iam::1:role/deploy"}]}"#,
                Some("deploy"),
            ),
            (
                r#"{"requestParameters":{"maxItems":5,"policyArn":"arn:aws:iam::1:policy/p","userName":"bob"}}"#,
                Some("bob"),
            ),
            (r#"{"requestParameters":{"name":"main-trail"}}"#, Some("main-trail")),
            (r#"{"requestParameters":{"groupId":"sg-1"}}"#, Some("sg-1")),
            (r#"{"requestParameters":{"logGroupName":"/aws/lambda/x"}}"#, Some("/aws/lambda/x")),
            (r#"{"requestParameters":"text","resources":{}}"#, None),
            (r#"{"requestParameters":null}"#, None),
        ] {
            assert_eq!(main_name(&Fields::of(record.as_bytes()).unwrap()).as_deref(), expected, "{record}");
        }
    }

    #[test]
    fn strings_of_the_request_are_found_at_any_depth() {
        let record = br#"{"requestParameters":{"a":[{"b":["x",5,null,true]}],"c":"y"}}"#;
        let fields = Fields::of(record).unwrap();
        let mut found = Vec::new();
        assert!(!any_requested(&fields, |text| {
            found.push(text.to_owned());
            false
        }));
        assert_eq!(found, ["x", "y"]);
        assert!(listed(&fields).is_empty());
    }
}
