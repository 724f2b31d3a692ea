//! What goes to the log about records and messages: what is wrong with them and where, and never what they hold.

use pipeline::{BatchOutcome, Message, PublishOptions};
use serde_json::json;

use crate::fakes::{LOGIN_RULE, failed_login, fake_pipeline, gzip, key, message, put, put_bytes};
use crate::log_lines::gather;

/// What is in every record, key and value that nobody has to see.
const SECRET: &str = "hunter2";

/// Every text of the log of a batch, and of what the batch says about its faults.
async fn told(file: Option<Vec<u8>>, message: Message) -> (Vec<String>, BatchOutcome) {
    let log = gather();
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    if let Some(bytes) = file {
        put_bytes(&pipeline, &key(1), bytes);
    }
    let outcome = pipeline.process(&[message], None).await;
    let faults = outcome.faults();
    let faults = faults.iter().chain(&outcome.rejections).map(|fault| fault.message.clone());
    (log.values().into_iter().chain(faults).collect(), outcome)
}

#[tokio::test]
async fn a_bad_log_file_is_told_without_its_contents() {
    let record = |text: &str| format!(r#"{{"Records":[{text},{{"eventName":"{SECRET}"}}]}}"#).into_bytes();
    let mut invalid = record(&format!(r#"{{"a":"{SECRET}?"}}"#));
    let at = invalid.iter().position(|&byte| byte == b'?').unwrap();
    invalid[at] = 0xff;
    for (name, bytes) in [
        ("a record that is no object", record(&format!(r#""{SECRET}""#))),
        ("a record that is no JSON", record(&format!("{{\"{SECRET}\" {SECRET}}}"))),
        ("a value that is none", record(&format!(r#"{{"password":{SECRET}}}"#))),
        ("a number without its exponent", record(&format!(r#"{{"{SECRET}":1e}}"#))),
        (
            "a record that nests too deep",
            record(&format!("{{\"{SECRET}\":{}0{}}}", "[".repeat(200), "]".repeat(200))),
        ),
        ("a record with brackets that do not match", record(&format!(r#"{{"{SECRET}":[}}]}}"#))),
        ("a record that is no text", invalid),
        ("a record that is too long", record(&format!("{{\"a\":\"{}\"}}", SECRET.repeat(200_000)))),
        ("no JSON at all", SECRET.as_bytes().to_vec()),
        ("JSON without records", format!(r#"{{"{SECRET}":"{SECRET}"}}"#).into_bytes()),
        ("a file that ends early", format!(r#"{{"Records":[{{"a":"{SECRET}"#).into_bytes()),
        ("text behind the end", format!(r#"{{"Records":[]}} {SECRET}"#).into_bytes()),
    ] {
        for bytes in [bytes.clone(), gzip(&bytes)] {
            let (texts, outcome) = told(Some(bytes), message("m", &[&key(1)])).await;
            assert!(outcome.files.failed + outcome.records.rejected > 0, "{name} is fine");
            let found = texts.iter().find(|text| text.contains(SECRET));
            assert_eq!(found, None, "{name}");
        }
    }
}

#[tokio::test]
async fn a_bad_message_is_told_without_its_values() {
    for body in [
        json!(SECRET).to_string(),
        SECRET.to_owned(),
        json!({ "password": SECRET }).to_string(),
        json!({ "Type": "Notification", "Message": SECRET }).to_string(),
        json!({ "s3Bucket": SECRET, "s3ObjectKey": { "a": SECRET } }).to_string(),
        json!({ "Records": [{ "eventSource": SECRET }] }).to_string(),
        json!({ "source": SECRET, "detail-type": SECRET, "detail": {} }).to_string(),
    ] {
        let message = Message { id: "m".into(), body, options: PublishOptions::default() };
        let body = message.body.clone();
        let (texts, outcome) = told(None, message).await;
        assert_eq!(outcome.faults().len(), 1, "{body}");
        assert_eq!(texts.iter().find(|text| text.contains(SECRET)), None, "{body}");
    }
}

#[tokio::test]
async fn a_finding_is_not_in_the_log() {
    let log = gather();
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let mut record = failed_login("c047a348-3bb8-5293-bc81-b25353223880", SECRET);
    record["userAgent"] = json!(SECRET);
    put(&pipeline, &key(1), &[record]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    assert_eq!(pipeline.alerts.alerts.lock().unwrap().len(), 1);
    assert_eq!(log.values().iter().find(|text| text.contains(SECRET)), None);
}
