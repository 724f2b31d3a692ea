//! Messages of every shape and route, and messages that must be rejected.

use super::{IgnoreReason, MAX_OBJECTS, Notification, NotificationError, S3Object, parse_notification};
use proptest::prelude::*;
use serde_json::{Value, json};

const BUCKET: &str = "amzn-s3-demo-bucket";
const KEY: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/09/14/111122223333_CloudTrail_eu-west-1_20260914T1215Z_abcdefGHIJKL0123.json.gz";

fn cloudtrail(keys: Value) -> Value {
    json!({ "s3Bucket": BUCKET, "s3ObjectKey": keys })
}

fn s3_record(event: &str, key: &str) -> Value {
    json!({
        "eventVersion": "2.6", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventName": event,
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": { "name": BUCKET, "arn": format!("arn:aws:s3:::{BUCKET}") },
            "object": { "key": key, "size": 512, "versionId": "v1", "sequencer": "0055AED6DCD90281E5" }
        }
    })
}

fn s3_event(records: &[Value]) -> Value {
    json!({ "Records": records })
}

fn event_bridge(key: &str) -> Value {
    json!({
        "version": "0", "source": "aws.s3", "detail-type": "Object Created", "region": "eu-west-1",
        "detail": { "bucket": { "name": BUCKET }, "object": { "key": key, "size": 512, "version-id": "v1" } }
    })
}

fn test_event() -> Value {
    json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET })
}

fn envelope(message: impl ToString) -> Value {
    json!({
        "Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:trail",
        "Message": message.to_string(), "Timestamp": "2026-09-14T12:16:00.000Z", "SignatureVersion": "1"
    })
}

/// `value` with the member at `pointer` set, or removed if `member` is `None`.
fn with(mut value: Value, pointer: &str, member: Option<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match member {
        Some(member) => parent.insert(name.to_owned(), member),
        None => parent.remove(name),
    };
    value
}

/// An object as announced by CloudTrail's own message.
fn bare(key: &str) -> S3Object {
    S3Object { bucket: BUCKET.to_owned(), key: key.to_owned(), size: None, version_id: None, region: None }
}

/// An object as announced by S3 and EventBridge.
fn full(key: &str) -> S3Object {
    let (version_id, region) = (Some("v1".to_owned()), Some("eu-west-1".to_owned()));
    S3Object { size: Some(512), version_id, region, ..bare(key) }
}

fn parse(body: impl ToString) -> Notification {
    parse_notification(&body.to_string()).unwrap()
}

#[test]
fn every_shape_names_its_objects() {
    let created = s3_event(&[s3_record("ObjectCreated:Put", KEY)]);
    let cases = [
        ("CloudTrail, raw", cloudtrail(json!([KEY])), vec![bare(KEY)]),
        ("CloudTrail, through SNS", envelope(cloudtrail(json!([KEY]))), vec![bare(KEY)]),
        (
            "CloudTrail, several keys",
            envelope(cloudtrail(json!([KEY, "b", "c/"]))),
            vec![bare(KEY), bare("b"), bare("c/")],
        ),
        ("CloudTrail, one key outside a list", cloudtrail(json!(KEY)), vec![bare(KEY)]),
        ("S3", created.clone(), vec![full(KEY)]),
        (
            "S3, through SNS",
            with(envelope(&created), "/Subject", Some(json!("Amazon S3 Notification"))),
            vec![full(KEY)],
        ),
        (
            "S3, several records",
            s3_event(&[s3_record("ObjectCreated:Put", "a"), s3_record("ObjectCreated:Copy", "b")]),
            vec![full("a"), full("b")],
        ),
        (
            "S3, the event spelt as in the configuration",
            s3_event(&[s3_record("s3:ObjectCreated:Post", "a")]),
            vec![full("a")],
        ),
        (
            "S3, a deletion among others",
            s3_event(&[s3_record("ObjectRemoved:Delete", "a"), s3_record("ObjectCreated:Put", "b")]),
            vec![full("b")],
        ),
        ("EventBridge", event_bridge(KEY), vec![full(KEY)]),
        ("EventBridge, through SNS", envelope(event_bridge(KEY)), vec![full(KEY)]),
        ("two envelopes", envelope(envelope(cloudtrail(json!([KEY])))), vec![bare(KEY)]),
        ("three envelopes", envelope(envelope(envelope(&created))), vec![full(KEY)]),
        ("an envelope without a type", with(envelope(&created), "/Type", None), vec![full(KEY)]),
    ];
    for (name, body, objects) in cases {
        assert_eq!(parse(&body), Notification::LogFiles(objects.clone()), "{name}");
        let padded = format!("\u{feff} \n{body:#}\n ");
        assert_eq!(parse(padded), Notification::LogFiles(objects), "{name}, with whitespace");
    }
}

#[test]
fn only_keys_of_s3_event_notifications_are_decoded() {
    let cases = [
        ("my+prefix/a%2Bb%3Dc%25.json", "my prefix/a+b=c%.json"),
        ("%E6%97%A5%E6%9C%AC/%c3%a9", "日本/é"),
        ("a=b&c=d", "a=b&c=d"),
        ("a%2", "a%2"),
        ("a%zz%20", "a%zz "),
        ("日本", "日本"),
    ];
    for (written, decoded) in cases {
        let s3 = s3_event(&[s3_record("ObjectCreated:Put", written)]);
        assert_eq!(parse(envelope(&s3)), Notification::LogFiles(vec![full(decoded)]), "{written}");
        assert_eq!(
            parse(cloudtrail(json!([written]))),
            Notification::LogFiles(vec![bare(written)]),
            "{written}"
        );
        assert_eq!(parse(event_bridge(written)), Notification::LogFiles(vec![full(written)]), "{written}");
    }
}

#[test]
fn optional_members_may_be_absent_or_of_another_type() {
    let s3 = |pointer: &str, member| s3_event(&[with(s3_record("ObjectCreated:Put", "k"), pointer, member)]);
    let no_size = S3Object { size: None, ..full("k") };
    let no_version = S3Object { version_id: None, ..full("k") };
    let no_region = S3Object { region: None, ..full("k") };
    let cases = [
        (s3("/s3/object/size", None), no_size.clone()),
        (s3("/s3/object/size", Some(Value::Null)), no_size.clone()),
        (s3("/s3/object/size", Some(json!(-1))), no_size.clone()),
        (s3("/s3/object/size", Some(json!("512"))), no_size.clone()),
        (s3("/s3/object/size", Some(json!(0))), S3Object { size: Some(0), ..full("k") }),
        (s3("/s3/object/versionId", None), no_version.clone()),
        (s3("/s3/object/versionId", Some(json!(""))), no_version.clone()),
        (s3("/awsRegion", None), no_region.clone()),
        (s3("/eventVersion", Some(json!(3))), full("k")),
        (s3("/s3/object/checksum", Some(json!({ "new": [] }))), full("k")),
        (with(event_bridge("k"), "/detail/object/size", None), no_size),
        (with(event_bridge("k"), "/detail/object/version-id", None), no_version),
        (with(event_bridge("k"), "/region", None), no_region),
        (with(event_bridge("k"), "/detail/event-version", Some(json!("1.0"))), full("k")),
        (with(cloudtrail(json!(["k"])), "/more", Some(json!([1]))), bare("k")),
    ];
    for (body, object) in cases {
        assert_eq!(parse(&body), Notification::LogFiles(vec![object]), "{body}");
    }
}

#[test]
fn messages_that_require_no_work_say_why() {
    use IgnoreReason::{
        CloudTrailValidation, NoObjects, OtherS3Event, S3TestEvent, SubscriptionConfirmation,
        UnsubscribeConfirmation,
    };
    let typed = |name: &str| with(envelope("You have chosen to subscribe."), "/Type", Some(json!(name)));
    let removed = s3_event(&[s3_record("ObjectRemoved:DeleteMarkerCreated", "a")]);
    let cases = [
        (CloudTrailValidation, "CloudTrail validation message.".to_owned()),
        (CloudTrailValidation, " CloudTrail validation message\n".to_owned()),
        (CloudTrailValidation, json!("CloudTrail validation message.").to_string()),
        (CloudTrailValidation, envelope("CloudTrail validation message.").to_string()),
        (CloudTrailValidation, envelope(envelope("CloudTrail validation message.")).to_string()),
        (S3TestEvent, test_event().to_string()),
        (S3TestEvent, envelope(test_event()).to_string()),
        (SubscriptionConfirmation, typed("SubscriptionConfirmation").to_string()),
        (SubscriptionConfirmation, json!({ "Type": "SubscriptionConfirmation" }).to_string()),
        (UnsubscribeConfirmation, typed("UnsubscribeConfirmation").to_string()),
        (NoObjects, cloudtrail(json!([])).to_string()),
        (NoObjects, s3_event(&[]).to_string()),
        (OtherS3Event, removed.to_string()),
        (OtherS3Event, envelope(removed).to_string()),
        (
            OtherS3Event,
            s3_event(&[json!({ "eventSource": "aws:s3", "eventName": "ReducedRedundancyLostObject" })])
                .to_string(),
        ),
        (OtherS3Event, with(event_bridge("k"), "/detail-type", Some(json!("Object Deleted"))).to_string()),
        (OtherS3Event, s3_record("ObjectTagging:Put", "k").to_string()),
    ];
    for (reason, body) in cases {
        assert_eq!(parse(&body), Notification::Ignorable(reason), "{body}");
    }
}

/// Bodies of AWS Config, as it publishes them where Control Tower has set it up beside the trail.
fn config_messages() -> Vec<Value> {
    let time = "2026-11-20T10:15:00.000Z";
    let typed = |kind: &str, version: &str| json!({ "messageType": kind, "notificationCreationTime": time, "recordVersion": version });
    let history = with(typed("ConfigurationHistoryDeliveryCompleted", "1.1"), "/s3Bucket", Some(json!("b")));
    let key = "AWSLogs/111122223333/Config/us-east-1/2026/11/20/ConfigHistory/111122223333_Config_us-east-1.json.gz";
    vec![
        typed("ComplianceChangeNotification", "1.0"),
        typed("ConfigRulesEvaluationStarted", "1.0"),
        typed("ConfigurationItemChangeNotification", "1.3"),
        typed("ConfigurationSnapshotDeliveryStarted", "1.1"),
        typed("OversizedConfigurationItemChangeNotification", "1.0"),
        with(history, "/s3ObjectKey", Some(json!(key))),
        // The form of 2014.
        json!({ "MessageVersion": "1.0", "messageType": "ConfigurationItemChangeNotification", "configurationItem": [] }),
    ]
}

#[test]
fn messages_of_aws_config_have_a_reason_of_their_own() {
    for body in config_messages() {
        let expected = Notification::Ignorable(IgnoreReason::AwsConfig);
        assert_eq!(parse(&body), expected, "{body}");
        assert_eq!(parse(envelope(body.clone())), expected, "{body}");
    }
}

#[test]
fn what_is_on_no_documented_list_fails() {
    let cases = [
        json!({ "messageType": "SomethingNew", "recordVersion": "1.0" }),
        with(event_bridge("k"), "/detail-type", Some(json!("AWS API Call via CloudTrail"))),
        with(event_bridge("k"), "/detail-type", Some(json!("Object Something"))),
        s3_event(&[s3_record("ObjectSomething:Put", "k")]),
        s3_record("ObjectSomething:Put", "k"),
        // The detail of a deletion, and a template that kept names only.
        json!({ "bucket": { "name": "b" }, "object": { "key": "k" }, "reason": "DeleteObject" }),
        json!({ "bucket": "b", "key": "k" }),
    ];
    for body in cases {
        parse_notification(&body.to_string()).expect_err(&body.to_string());
    }
}

#[test]
fn what_a_transformer_has_left_of_an_event_is_read() {
    let detail = with(event_bridge("k"), "/detail/reason", Some(json!("CompleteMultipartUpload")));
    let read = Notification::LogFiles(vec![S3Object { region: None, ..full("k") }]);
    assert_eq!(parse(&detail["detail"]), read);
    assert_eq!(parse(s3_record("ObjectCreated:Put", "k")), Notification::LogFiles(vec![full("k")]));
}

#[test]
fn messages_from_the_field_are_read_or_named() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reference/field-cases/messages");
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let body = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match parse_notification(&body) {
            Ok(Notification::Ignorable(IgnoreReason::AwsConfig)) => {
                assert!(name.starts_with("config-"), "{name}")
            }
            Ok(other) => panic!("{name}: {other:?}"),
            Err(_) => assert!(name.starts_with("eventbridge-"), "{name}"),
        }
    }
}

/// Checks the text of the error for each body.
fn check_messages(cases: &[(Value, &str)]) {
    for (body, message) in cases {
        assert_eq!(parse_notification(&body.to_string()).unwrap_err().to_string(), *message, "{body}");
    }
}

#[test]
fn errors_about_cloudtrail_messages_name_the_member_and_what_was_expected() {
    let cases = [
        (
            cloudtrail(json!(["a", 1])),
            "`s3ObjectKey[1]` in the CloudTrail message is a number, expected a string",
        ),
        (cloudtrail(json!([""])), "`s3ObjectKey[0]` in the CloudTrail message is empty, expected a string"),
        (
            cloudtrail(json!({})),
            "`s3ObjectKey` in the CloudTrail message is an object, expected a list of keys",
        ),
        (
            json!({ "s3Bucket": "b" }),
            "`s3ObjectKey` in the CloudTrail message is missing, expected a list of keys",
        ),
        (
            json!({ "s3ObjectKey": ["k"] }),
            "`s3Bucket` in the CloudTrail message is missing, expected a string",
        ),
        (
            envelope(json!({ "s3Bucket": null, "s3ObjectKey": ["k"] })),
            "`s3Bucket` in the CloudTrail message is null, expected a string",
        ),
    ];
    check_messages(&cases);
}

#[test]
fn errors_about_s3_and_event_bridge_name_the_member_and_what_was_expected() {
    let s3 = |pointer: &str, member| {
        s3_event(&[
            s3_record("ObjectCreated:Put", "a"),
            with(s3_record("ObjectCreated:Put", "b"), pointer, member),
        ])
    };
    let eb = |pointer: &str, member| with(event_bridge("k"), pointer, member);
    let cases = [
        (json!({ "Records": null }), "`Records` in the S3 event notification is null, expected a list"),
        (
            json!({ "Records": [true] }),
            "`Records[0]` in the S3 event notification is a boolean, expected an object",
        ),
        (
            s3("/s3", None),
            "`Records[1].s3.bucket.name` in the S3 event notification is missing, expected a string",
        ),
        (
            s3("/s3/object", Some(json!([]))),
            "`Records[1].s3.object.key` in the S3 event notification is missing, expected a string",
        ),
        (
            s3("/s3/object/key", Some(json!(7))),
            "`Records[1].s3.object.key` in the S3 event notification is a number, expected a string",
        ),
        (
            s3("/eventName", None),
            "`Records[1].eventName` in the S3 event notification is missing, expected a string",
        ),
        (
            s3("/eventSource", Some(json!("aws:sqs"))),
            "`Records[1].eventSource` in the S3 event notification is a different value, expected `aws:s3`",
        ),
        (
            s3("/eventSource", None),
            "`Records[1].eventSource` in the S3 event notification is missing, expected a string",
        ),
        (
            s3("/s3/object/key", Some(json!("%ff"))),
            "`Records[1].s3.object.key` in the S3 event notification is not UTF-8 after form decoding",
        ),
        (
            eb("/source", Some(json!("aws.ec2"))),
            "`source` in the EventBridge event is a different value, expected `aws.s3`",
        ),
        (
            eb("/detail/object/key", None),
            "`detail.object.key` in the EventBridge event is missing, expected a string",
        ),
        (
            eb("/detail", Some(json!("text"))),
            "`detail.bucket.name` in the EventBridge event is missing, expected a string",
        ),
    ];
    check_messages(&cases);
}

#[test]
fn envelopes_and_texts_without_a_known_shape_say_what_is_in_them() {
    let cases = [
        (with(envelope(""), "/Message", None), "`Message` in the SNS envelope is missing, expected a string"),
        (
            with(envelope(""), "/Message", Some(json!({}))),
            "`Message` in the SNS envelope is an object, expected a string",
        ),
        (json!([]), "the message is a list, expected a JSON object"),
        (json!("text"), "the message is a string, expected a JSON object"),
        (envelope(7), "the `Message` of the SNS envelope is a number, expected a JSON object"),
        (
            envelope("hello"),
            "the `Message` of the SNS envelope is neither JSON nor CloudTrail's validation message",
        ),
        (
            json!({}),
            "the message has no known shape (SNS envelope, CloudTrail, S3 event notification, EventBridge); members: none",
        ),
        (
            json!({ "a": 1, "a-name-of-more-than-twenty-four-characters": 2, "b\n": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8 }),
            "the message has no known shape (SNS envelope, CloudTrail, S3 event notification, EventBridge); members: `a`, `a-name-of-more-than-twen`, `b\\n`, `d`, `e`, `f` and 2 more",
        ),
        (
            envelope(envelope(envelope(envelope(test_event())))),
            "the message is wrapped in more than 3 SNS envelopes",
        ),
    ];
    check_messages(&cases);
}

#[test]
fn text_that_is_not_json_fails_without_being_shown() {
    for body in ["", " ", "hello", "{", "{\"secret\":", "CloudTrail message", "{} {}"] {
        let error = parse_notification(body).unwrap_err();
        assert!(matches!(error, NotificationError::NotJson { in_envelope: false, .. }), "{body}");
        assert_eq!(error.to_string(), "the message is neither JSON nor CloudTrail's validation message");
        assert!(!format!("{error:?}").contains("secret"));
    }
}

#[test]
fn the_number_of_objects_is_bounded() {
    let keys = |count: usize| Value::from((0..count).map(|key| format!("k{key}")).collect::<Vec<_>>());
    let Notification::LogFiles(objects) = parse(cloudtrail(keys(MAX_OBJECTS))) else { panic!("ignored") };
    assert_eq!(objects.len(), MAX_OBJECTS);
    let error = parse_notification(&cloudtrail(keys(MAX_OBJECTS + 1)).to_string()).unwrap_err();
    assert_eq!(error.to_string(), "the CloudTrail message lists 1001 objects; the limit is 1000");
    assert_eq!(error.code(), "message.too-many-objects");
    let records = s3_event(&vec![json!({}); MAX_OBJECTS + 1]);
    assert_eq!(parse_notification(&records.to_string()).unwrap_err().code(), "message.too-many-objects");
}

#[test]
fn an_object_is_shown_as_an_s3_address() {
    assert_eq!(bare("a b/c.json.gz").to_string(), "s3://amzn-s3-demo-bucket/a b/c.json.gz");
}

/// Form-encodes a key, written independently of the decoder under test.
fn form_encode(key: &str) -> String {
    let encode = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    key.bytes().map(encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_key_survives_form_encoding(key in "\\PC{1,40}") {
        let body = s3_event(&[s3_record("ObjectCreated:Put", &form_encode(&key))]);
        prop_assert_eq!(parse(body), Notification::LogFiles(vec![full(&key)]));
    }

    #[test]
    fn any_text_is_an_answer_or_an_error(body in "\\PC*", wrapped in any::<bool>()) {
        let body = if wrapped { envelope(body).to_string() } else { body };
        let _ = parse_notification(&body);
    }

    #[test]
    fn a_damaged_message_never_panics(at in any::<prop::sample::Index>(), byte in 0u8..128) {
        let mut body = envelope(s3_event(&[s3_record("ObjectCreated:Put", "k")])).to_string().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = parse_notification(&String::from_utf8(body).unwrap());
    }
}
