//! GetObject, the two ways to list a bucket, and GetBucketLocation.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::http::{Request, Response};
use super::{Seen, ServedObject, Service};

/// Answers a request to a bucket, which is the first segment of the path.
pub(super) fn answer(service: &mut Service, request: &Request) -> (Seen, Response) {
    let path = request.path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let prefix = request.parameter("prefix").unwrap_or_default();
    let (operation, resource, response) = if request.parameter("list-type").is_some() {
        ("ListObjectsV2", format!("{bucket}/{prefix}"), list(service, bucket, prefix, request))
    } else if request.parameter("location").is_some() {
        ("GetBucketLocation", bucket.to_owned(), xml("<LocationConstraint/>".to_owned()))
    } else if key.is_empty() {
        ("ListObjects", format!("{bucket}/{prefix}"), list(service, bucket, prefix, request))
    } else {
        ("GetObject", format!("{bucket}/{key}"), get(service, bucket, key, request))
    };
    let details = request.header("range").unwrap_or_default().to_owned();
    (Seen { operation: operation.to_owned(), resource, details }, response)
}

fn get(service: &mut Service, bucket: &str, key: &str, request: &Request) -> Response {
    let place = (bucket.to_owned(), key.to_owned());
    let Some(object) = service.objects.get_mut(&place) else { return error(404, "NoSuchKey") };
    if let Some(code) = &object.refusal {
        return error(if code == "NoSuchKey" { 404 } else { 403 }, code);
    }
    let etag = etag(object);
    if request.header("if-match").is_some_and(|wanted| wanted != etag) {
        return error(412, "PreconditionFailed");
    }
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    let from = range.and_then(|from| from.parse::<usize>().ok());
    let body = object.body.get(from.unwrap_or(0)..).unwrap_or_default().to_vec();
    let mut response = Response::new(if from.is_some() { 206 } else { 200 }, "binary/octet-stream", body);
    response.headers.push(("etag".to_owned(), etag));
    let metadata = object.metadata.iter();
    response.headers.extend(metadata.map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone())));
    response.breaks = object.breaks > 0;
    object.breaks = object.breaks.saturating_sub(1);
    response
}

fn list(service: &mut Service, bucket: &str, prefix: &str, request: &Request) -> Response {
    if let Some(code) = service.refusal("ListObjectsV2", bucket) {
        return error(403, &code);
    }
    if !service.objects.keys().any(|(name, _)| name == bucket) {
        return error(404, "NoSuchBucket");
    }
    // A token is the key that the page before ended with.
    let after =
        ["continuation-token", "start-after", "marker"].iter().find_map(|name| request.parameter(name));
    let after = after.unwrap_or_default();
    let begin = (bucket.to_owned(), after.max(prefix).to_owned());
    let matching = service.objects.range(begin..).map(|((name, key), object)| (name, key, object));
    let matching = matching.take_while(|(name, key, _)| *name == bucket && key.starts_with(prefix));
    let matching = matching.filter(|(_, key, _)| after.is_empty() || key.as_str() > after);
    if request.parameter("delimiter").is_some() {
        let mut folders: Vec<String> = matching
            .filter_map(|(_, key, _)| {
                key[prefix.len()..].split_once('/').map(|(name, _)| format!("{prefix}{name}/"))
            })
            .collect();
        folders.dedup();
        let folders: String = folders
            .iter()
            .map(|folder| format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", escaped(folder)))
            .collect();
        return xml(format!("<ListBucketResult>{folders}</ListBucketResult>"));
    }
    let page: Vec<_> = matching.take(service.page() + 1).collect();
    let is_truncated = page.len() > service.page();
    let shown = page.iter().take(service.page());
    let contents: String = shown.clone().map(|(_, key, object)| entry(key, object)).collect();
    let token = shown.last().filter(|_| is_truncated).map_or_else(String::new, |(_, key, _)| {
        format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(key))
    });
    xml(format!(
        "<ListBucketResult><IsTruncated>{is_truncated}</IsTruncated>{token}{contents}</ListBucketResult>"
    ))
}

fn entry(key: &str, object: &ServedObject) -> String {
    let time = OffsetDateTime::from_unix_timestamp(object.written_at).expect("a time");
    format!(
        "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
        escaped(key),
        time.format(&Rfc3339).expect("a format"),
        escaped(&etag(object)),
        object.body.len()
    )
}

/// Changes with the content, as that of S3 does.
fn etag(object: &ServedObject) -> String {
    let mut hasher = DefaultHasher::new();
    object.body.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

fn error(status: u16, code: &str) -> Response {
    let mut response = xml(format!("<Error><Code>{code}</Code><Message>refused</Message></Error>"));
    response.status = status;
    response
}

fn xml(text: String) -> Response {
    Response::new(200, "application/xml", text)
}

fn escaped(text: &str) -> String {
    let named = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    named
        .chars()
        .map(
            |character| {
                if character.is_control() { format!("&#{};", u32::from(character)) } else { character.into() }
            },
        )
        .collect()
}
