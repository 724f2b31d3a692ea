//! The digest file: what CloudTrail delivers every hour to prove which log files it delivered, and their contents.
//!
//! It is the first of its chain, as after validation has been switched on, so that it names no digest before it.
//! It is not signed.

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use super::LogFile;
use crate::generator::timestamp;
use crate::json::{Json, Spelling, object};

/// The bucket that the sample folder stands for.
const BUCKET: &str = "amzn-s3-demo-bucket-trail";
const TRAIL: &str = "management-events";

/// The hour that the digest covers, in seconds after midnight.
const START: i64 = 2 * 3600 + 5 * 60 + 23;
const END: i64 = START + 3600;

pub(super) struct Digest {
    account: &'static str,
    region: &'static str,
    midnight: OffsetDateTime,
    log_files: Vec<Json>,
    event_times: Vec<String>,
}

impl Digest {
    pub(super) fn new(account: &'static str, region: &'static str, midnight: OffsetDateTime) -> Self {
        Self { account, region, midnight, log_files: Vec::new(), event_times: Vec::new() }
    }

    /// Names a log file, if it was delivered within the digest's hour.
    pub(super) fn name(&mut self, file: &LogFile, records: &[Json], delivered: OffsetDateTime) {
        if !(START..END).contains(&(delivered - self.midnight).whole_seconds()) {
            return;
        }
        let mut times: Vec<String> =
            records.iter().filter_map(|record| record.text("eventTime")).map(str::to_owned).collect();
        times.sort();
        self.log_files.push(object! {
            "s3Bucket": BUCKET,
            "s3Object": &file.key,
            "hashValue": hex(&Sha256::digest(&file.json)),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": or_null(times.last()),
            "oldestEventTime": or_null(times.first()),
        });
        self.event_times.extend(times);
        self.event_times.sort();
    }

    pub(super) fn into_file(self, fingerprint: String) -> LogFile {
        let Self { account, region, midnight, log_files, event_times } = self;
        let end = midnight + Duration::seconds(END);
        let day = end.date().to_string().replace('-', "/");
        let stamp = timestamp(end).replace(['-', ':'], "");
        let key = format!(
            "AWSLogs/{account}/CloudTrail-Digest/{region}/{day}/\
             {account}_CloudTrail-Digest_{region}_{TRAIL}_{region}_{stamp}.json.gz"
        );
        let digest = object! {
            "awsAccountId": account,
            "digestStartTime": timestamp(midnight + Duration::seconds(START)),
            "digestEndTime": timestamp(end),
            "digestS3Bucket": BUCKET,
            "digestS3Object": &key,
            "digestPublicKeyFingerprint": fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": or_null(event_times.last()),
            "oldestEventTime": or_null(event_times.first()),
            "previousDigestS3Bucket": Json::Null,
            "previousDigestS3Object": Json::Null,
            "previousDigestHashValue": Json::Null,
            "previousDigestHashAlgorithm": Json::Null,
            "previousDigestSignature": Json::Null,
            "logFiles": Json::List(log_files),
        };
        let mut json = Vec::new();
        digest.write_into(&mut json, Spelling::Compact);
        LogFile { key, json }
    }
}

fn or_null(text: Option<&String>) -> Json {
    text.map_or(Json::Null, Json::from)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
