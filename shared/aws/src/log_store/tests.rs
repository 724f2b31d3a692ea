//! The store against prepared answers of S3.

use pipeline::StoreErrorKind;

use super::*;
use crate::testing::{Answer, FakeService};

const HOME: &str = "us-east-1";
const OTHER: &str = "eu-west-1";

fn store(service: &FakeService) -> S3LogStore {
    S3LogStore(service.objects())
}

fn object() -> S3Object {
    S3Object {
        bucket: "example-trail".into(),
        key: "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/a b.json.gz".into(),
        size: None,
        version_id: None,
        region: None,
    }
}

async fn read(mut body: ObjectBody) -> Vec<u8> {
    tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes).unwrap();
        bytes
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn an_object_is_read_from_the_home_region_by_its_plain_key() {
    let content = vec![7; 300_000];
    let service = FakeService::new([Answer::new(200, content.clone())]);
    let body = store(&service).open(&object()).await.unwrap();
    assert_eq!(read(body).await, content);
    let sent = service.requests();
    assert!(
        sent[0].uri.starts_with("https://example-trail.s3.us-east-1.amazonaws.com/AWSLogs/111122223333/")
    );
    assert!(sent[0].uri.contains("a%20b.json.gz"), "{}", sent[0].uri);
    assert!(!sent[0].uri.contains("versionId"));
}

#[tokio::test]
async fn no_version_is_asked_for_since_that_takes_another_permission() {
    let service = FakeService::new([Answer::new(200, "x")]);
    let object = S3Object { version_id: Some("v1".into()), ..object() };
    store(&service).open(&object).await.unwrap();
    assert!(!service.requests()[0].uri.contains("versionId"));
}

#[tokio::test]
async fn the_region_of_the_notification_is_tried_first() {
    let service = FakeService::new([Answer::new(200, "x")]);
    let object = S3Object { region: Some(OTHER.into()), ..object() };
    store(&service).open(&object).await.unwrap();
    let sent = service.requests();
    assert!(sent[0].uri.contains("s3.eu-west-1.amazonaws.com"), "{}", sent[0].uri);
    assert!(sent[0].authorization.contains("/eu-west-1/s3/"));
}

#[tokio::test]
async fn a_region_of_an_impossible_shape_is_not_asked() {
    let service = FakeService::new([Answer::new(200, "x")]);
    let object = S3Object { region: Some("evil.example/".into()), ..object() };
    store(&service).open(&object).await.unwrap();
    assert!(service.requests()[0].uri.contains("s3.us-east-1.amazonaws.com"));
}

#[tokio::test]
async fn a_redirect_is_followed_once_and_the_bucket_s_region_is_remembered() {
    let redirects = [
        Answer::xml_error(301, "PermanentRedirect").header("x-amz-bucket-region", OTHER),
        Answer::xml_error(400, "IllegalLocationConstraintException").header("x-amz-bucket-region", OTHER),
        Answer::new(
            400,
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>",
        ),
    ];
    for redirect in redirects {
        let service = FakeService::new([redirect, Answer::new(200, "one"), Answer::new(200, "two")]);
        let store = store(&service);
        assert_eq!(read(store.open(&object()).await.unwrap()).await, b"one");
        assert_eq!(read(store.open(&object()).await.unwrap()).await, b"two");
        let regions: Vec<bool> =
            service.requests().iter().map(|sent| sent.uri.contains("s3.eu-west-1.")).collect();
        assert_eq!(regions, [false, true, true]);
    }
}

#[tokio::test]
async fn a_redirect_to_the_same_region_or_in_a_circle_is_an_error() {
    let to = |region| Answer::xml_error(301, "PermanentRedirect").header("x-amz-bucket-region", region);
    for (answers, requests) in [(vec![to(HOME)], 1), (vec![to(OTHER), to(HOME)], 2)] {
        let service = FakeService::new(answers);
        let error = store(&service).open(&object()).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Refused);
        assert_eq!(service.requests().len(), requests);
    }
}

#[tokio::test]
async fn what_s3_says_decides_the_kind_of_the_error() {
    for (code, status, kind) in [
        ("NoSuchKey", 404, StoreErrorKind::NotFound),
        ("NoSuchBucket", 404, StoreErrorKind::NotFound),
        ("AccessDenied", 403, StoreErrorKind::AccessDenied),
        ("SlowDown", 503, StoreErrorKind::Throttled),
        ("InternalError", 500, StoreErrorKind::Unavailable),
    ] {
        let service = FakeService::new([Answer::xml_error(status, code)]);
        let error = store(&service).open(&object()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
    }
    let error = store(&FakeService::new([])).open(&object()).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable, "no connection");
}
