//! Dead letters for the tests.

use aws::{FileState, LedgerEntry, QueueMessage};
use time::OffsetDateTime;
use time::macros::datetime;

pub(super) const NOW: OffsetDateTime = datetime!(2026-09-14 12:15 UTC);

/// A message that has been in the queue for a day.
pub(super) fn letter(id: &str, body: &str) -> QueueMessage {
    QueueMessage {
        id: id.to_owned(),
        body: body.to_owned(),
        sent_at: Some(NOW - time::Duration::days(1)),
        receives: Some(5),
        source_arn: Some("arn:aws:sqs:us-east-1:111122223333:deliveries".to_owned()),
        ..QueueMessage::default()
    }
}

pub(super) fn announcement(keys: &[&str]) -> String {
    serde_json::json!({ "s3Bucket": "amzn-s3-demo-bucket", "s3ObjectKey": keys }).to_string()
}

pub(super) fn key(number: u32) -> String {
    format!(
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/\
         111122223333_CloudTrail_us-east-1_20260914T1215Z_{number:016}.json.gz"
    )
}

/// An entry of the ledger for a key.
pub(super) fn entry(key: &str, state: FileState) -> (String, LedgerEntry) {
    (format!("s3://amzn-s3-demo-bucket/{key}"), LedgerEntry { state, attempts: Some(3) })
}
