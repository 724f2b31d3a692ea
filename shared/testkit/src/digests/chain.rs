//! The digests of one trail in one region, link by link.

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use time::macros::format_description;

use super::keys::hex;
use super::{
    ACCOUNT, BUCKET, DIGEST_DELAY, HOME, HOUR, Object, SigningKey, TRAIL, World, formatted, gzip, stamp,
};
use crate::dice::Dice;

/// Characters that tell log files of the same minute apart.
const NAME_CHARACTERS: usize = 16;

/// A chain of digests.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The account.
    pub account: String,
    /// The region of the log files.
    pub region: String,
    /// The name of the trail.
    pub trail: String,
    /// The id of the organization, for an organization's trail.
    pub organization: Option<String>,
    /// The bucket that is delivered to.
    pub bucket: String,
    /// What stands in front of `AWSLogs/`, ending with `/`, or nothing.
    pub prefix: String,
    /// The key that signs.
    pub key: SigningKey,
    /// The digests so far.
    pub links: Vec<Link>,
}

/// A digest that was written.
#[derive(Clone, Debug)]
pub struct Link {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The SHA-256 of the content.
    pub sha256: String,
    /// The signature.
    pub signature: String,
    /// The first second of the span.
    pub start: i64,
    /// The end of the span.
    pub end: i64,
    /// The log files that it names, by bucket and key.
    pub files: Vec<(String, String)>,
    /// The content.
    pub content: Vec<u8>,
}

/// A digest to be written.
#[derive(Default)]
pub struct DigestPlan<'a> {
    /// The first second of the span.
    pub start: i64,
    /// The end of the span.
    pub end: i64,
    /// The log files, as [`Chain::log_file`] gives them.
    pub files: Vec<Value>,
    /// Changes what is signed.
    pub edit: Option<&'a dyn Fn(&mut Value)>,
    /// Whether the chain begins anew.
    pub is_start: bool,
    /// Of a backfill digest, when it is generated.
    pub generated_at: Option<i64>,
    /// The key that signs, where the digest names another.
    pub signed_by: Option<SigningKey>,
}

impl DigestPlan<'_> {
    /// A digest of an hour without log files.
    pub fn hour(start: i64) -> Self {
        Self { start, end: start + HOUR, ..Self::default() }
    }
}

impl Chain {
    /// A chain of the usual trail in a region.
    pub fn new(region: &str, key: SigningKey) -> Self {
        Self {
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            trail: TRAIL.to_owned(),
            organization: None,
            bucket: BUCKET.to_owned(),
            prefix: String::new(),
            key,
            links: Vec::new(),
        }
    }

    /// The folder of a day.
    fn folder(&self, service: &str, second: i64) -> String {
        let day = formatted(second, format_description!("[year]/[month]/[day]"));
        let organization = self.organization.as_ref().map_or_else(String::new, |id| format!("{id}/"));
        format!("{}AWSLogs/{organization}{}/{service}/{}/{day}/", self.prefix, self.account, self.region)
    }

    /// Writes a log file and gives the entry that a digest has for it. `number` tells files of the same second apart.
    pub fn log_file(&self, world: &mut World, delivered: i64, number: u64) -> Value {
        let mut dice = self.dice(delivered, number);
        dice.alphanumeric(NAME_CHARACTERS);
        let record = json!({
            "eventVersion": "1.11", "eventTime": stamp(delivered - 240), "eventSource": "sts.amazonaws.com",
            "eventName": "GetCallerIdentity", "awsRegion": self.region, "eventID": dice.hex(32),
        });
        let content = json!({ "Records": [record] }).to_string();
        self.log_file_of(world, delivered, number, content.as_bytes())
    }

    /// The same for a log file with this content.
    pub fn log_file_of(&self, world: &mut World, delivered: i64, number: u64, content: &[u8]) -> Value {
        let named = delivered - delivered.rem_euclid(300);
        let minute = formatted(named, format_description!("[year][month][day]T[hour][minute]Z"));
        let unique = self.dice(delivered, number).alphanumeric(NAME_CHARACTERS);
        let key = format!(
            "{}{}_CloudTrail_{}_{minute}_{unique}.json.gz",
            self.folder("CloudTrail", named),
            self.account,
            self.region
        );
        let object = Object { body: gzip(content), written_at: delivered, ..Object::default() };
        world.objects.insert((self.bucket.clone(), key.clone()), object);
        json!({
            "s3Bucket": self.bucket, "s3Object": key, "hashValue": sha256(content), "hashAlgorithm": "SHA-256",
            "newestEventTime": stamp(delivered - 240), "oldestEventTime": stamp(delivered - 240),
        })
    }

    /// What is drawn for a log file: its name first.
    fn dice(&self, delivered: i64, number: u64) -> Dice {
        let name =
            self.region.bytes().fold(delivered as u64, |name, byte| name.wrapping_mul(31) ^ u64::from(byte));
        Dice::new(name.wrapping_add(number << 40))
    }

    /// Writes the next digest.
    pub fn digest(&mut self, world: &mut World, plan: DigestPlan<'_>) -> &Link {
        let end = formatted(plan.end, format_description!("[year][month][day]T[hour][minute][second]Z"));
        let suffix = if plan.generated_at.is_some() { "_backfill" } else { "" };
        let name = format!(
            "{}{}_CloudTrail-Digest_{}_{}_{HOME}_{end}{suffix}.json.gz",
            self.folder("CloudTrail-Digest", plan.end),
            self.account,
            self.region,
            self.trail
        );
        let text = self.text(&plan, &name);
        // CloudTrail escapes slashes: JSON that is written anew has another hash.
        let content = text.to_string().replace('/', "\\/").into_bytes();
        let member = |name: &str| text[name].as_str().unwrap_or("null").to_owned();
        let signed = format!(
            "{}\n{}/{}\n{}\n{}",
            member("digestEndTime"),
            member("digestS3Bucket"),
            member("digestS3Object"),
            sha256(&content),
            member("previousDigestSignature")
        );
        let signature = plan.signed_by.unwrap_or(self.key).sign(&signed);
        let mut object = Object {
            body: gzip(&content),
            written_at: plan.generated_at.unwrap_or(plan.end + DIGEST_DELAY),
            ..Object::default()
        };
        object.metadata.insert("signature".into(), signature.clone());
        object.metadata.insert("signature-algorithm".into(), "SHA256withRSA".into());
        if let Some(generated_at) = plan.generated_at {
            object.metadata.insert("backfill-generation-timestamp".into(), stamp(generated_at));
        }
        world.objects.insert((self.bucket.clone(), name.clone()), object);
        let file = |file: &Value| {
            (
                file["s3Bucket"].as_str().unwrap_or_default().into(),
                file["s3Object"].as_str().unwrap_or_default().into(),
            )
        };
        self.links.push(Link {
            bucket: self.bucket.clone(),
            key: name,
            sha256: sha256(&content),
            signature,
            start: plan.start,
            end: plan.end,
            files: plan.files.iter().map(file).collect(),
            content,
        });
        self.links.last().expect("it was just pushed")
    }

    fn text(&self, plan: &DigestPlan<'_>, name: &str) -> Value {
        let mut text = json!({
            "awsAccountId": self.account, "digestStartTime": stamp(plan.start), "digestEndTime": stamp(plan.end),
            "digestS3Bucket": self.bucket, "digestS3Object": name,
            "digestPublicKeyFingerprint": self.key.fingerprint(), "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null, "oldestEventTime": null,
            "previousDigestS3Bucket": null, "previousDigestS3Object": null, "previousDigestHashValue": null,
            "previousDigestHashAlgorithm": null, "previousDigestSignature": null, "logFiles": plan.files,
        });
        if let Some(before) = self.links.last().filter(|_| !plan.is_start) {
            text["previousDigestS3Bucket"] = json!(before.bucket);
            text["previousDigestS3Object"] = json!(before.key);
            text["previousDigestHashValue"] = json!(before.sha256);
            text["previousDigestHashAlgorithm"] = json!("SHA-256");
            text["previousDigestSignature"] = json!(before.signature);
        }
        if let Some(edit) = plan.edit {
            edit(&mut text);
        }
        text
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}
