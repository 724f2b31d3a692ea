//! The texts of a record that the values of a filter are compared with. The index holds the same texts.

use super::query::Criterion;
use crate::column::{Outcome, account};
use crate::fields::{Fields, Member};
use crate::identity::{Identity, last_part};
use crate::resource;

/// Whether `matches` accepts any of the texts; it is called until it does.
pub(crate) fn any_text<'i>(
    criterion: Criterion,
    fields: &Fields<'_>,
    identity: impl FnOnce() -> &'i Identity,
    matches: &dyn Fn(&str) -> bool,
) -> bool {
    let member = |member| fields.text(member).is_some_and(|text| matches(&text));
    match criterion {
        Criterion::Name => member(Member::EventName),
        Criterion::Source => member(Member::EventSource),
        Criterion::Region => member(Member::AwsRegion),
        Criterion::Ip => member(Member::SourceIpAddress),
        Criterion::Id => member(Member::EventId),
        Criterion::Account => account(fields, identity()).is_some_and(|text| matches(&text)),
        Criterion::Error => error_text(fields).is_some_and(|text| matches(&text)),
        Criterion::AccessKey => identity().access_key().is_some_and(matches),
        Criterion::User => identity().names().any(matches),
        Criterion::ResourceType => {
            resource::listed(fields).iter().filter_map(|resource| resource.kind.as_deref()).any(matches)
        }
        Criterion::Resource => any_resource(fields, matches),
    }
}

/// What `--error` matches: the error code, or `Failure` for an error without one.
fn error_text(fields: &Fields<'_>) -> Option<String> {
    let outcome = Outcome::of(fields);
    (!outcome.ok).then(|| outcome.code.unwrap_or_else(|| "Failure".to_owned()))
}

/// Resources match by ARN, by the last part of it, or, in S3, by bucket and key.
fn any_resource(fields: &Fields<'_>, matches: &dyn Fn(&str) -> bool) -> bool {
    let of_name = |name: &str| {
        matches(name)
            || name.starts_with("arn:")
                && (matches(last_part(name)) || name.split_once(":::").is_some_and(|(_, path)| matches(path)))
    };
    let listed = resource::listed(fields);
    listed.iter().any(|resource| !resource.name.is_empty() && of_name(&resource.name))
        || resource::any_requested(fields, |text| !text.is_empty() && of_name(text))
        || resource::main_name(fields).is_some_and(|name| matches(&name))
}
