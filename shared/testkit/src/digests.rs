//! Chains of digest files with their log files, as CloudTrail writes them, in memory.
//!
//! The private keys were made for this and sign nothing else. What a verifier should say is not here: a test changes the
//! objects and knows what it did.
//!
//! Source: the CloudTrail user guide, "CloudTrail digest file structure" and "CloudTrail log file integrity validation custom
//! implementations".

mod chain;
mod keys;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

pub use chain::{Chain, DigestPlan, Link};
pub use keys::SigningKey;

/// The account of the chains.
pub const ACCOUNT: &str = "111122223333";
/// The bucket of the chains.
pub const BUCKET: &str = "amzn-s3-demo-bucket";
/// The name of the trail; it holds `_`, as names may.
pub const TRAIL: &str = "management_events";
/// The home region of the trail.
pub const HOME: &str = "us-east-1";

/// Seconds in an hour.
const HOUR: i64 = 3600;
/// How long after the end of its hour a digest is written, in seconds.
const DIGEST_DELAY: i64 = 540;

/// An object of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Its bytes, compressed.
    pub body: Vec<u8>,
    /// Its user metadata.
    pub metadata: BTreeMap<String, String>,
    /// When it was written, in seconds since 1970.
    pub written_at: i64,
}

/// Buckets and public keys.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Objects by bucket and key.
    pub objects: BTreeMap<(String, String), Object>,
    /// The public keys by region, each with the first and the last second of its validity.
    pub keys: BTreeMap<String, Vec<(SigningKey, i64, i64)>>,
}

impl World {
    /// The public keys as a file of them.
    pub fn keys_json(&self) -> String {
        let answer = |keys: &Vec<(SigningKey, i64, i64)>| {
            let keys: Vec<Value> = keys.iter().map(|(key, from, to)| key.published(*from, *to)).collect();
            json!({ "PublicKeyList": keys })
        };
        let answers: BTreeMap<&String, Value> =
            self.keys.iter().map(|(region, keys)| (region, answer(keys))).collect();
        serde_json::to_string_pretty(&answers).expect("text")
    }

    /// Writes the objects as a copy of their buckets, with `NAME.meta.json` beside digests, and `keys.json`.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        for ((bucket, key), object) in &self.objects {
            let path = folder.join(bucket).join(key);
            std::fs::create_dir_all(path.parent().expect("a key has folders"))?;
            std::fs::write(&path, &object.body)?;
            if !object.metadata.is_empty() {
                let mut name = path.into_os_string();
                name.push(".meta.json");
                std::fs::write(name, serde_json::to_vec(&object.metadata)?)?;
            }
        }
        std::fs::write(folder.join("keys.json"), self.keys_json())
    }
}

/// A sound day: `files` log files of two regions in 24 digests each, from `midnight` on, with the chains.
pub fn day(midnight: i64, files: u32) -> (World, Vec<Chain>) {
    day_with(midnight, files, |chain, world, delivered, number| chain.log_file(world, delivered, number))
}

/// The same with log files that are written by `log_file`, which takes what [`Chain::log_file`] takes.
pub fn day_with(
    midnight: i64,
    files: u32,
    mut log_file: impl FnMut(&Chain, &mut World, i64, u64) -> Value,
) -> (World, Vec<Chain>) {
    let mut world = World::default();
    let validity = (midnight - 20 * 24 * HOUR, midnight + 10 * 24 * HOUR);
    let mut chains = Vec::new();
    for (region, key, offset) in [(HOME, SigningKey::Home, 923), ("eu-central-1", SigningKey::Away, 341)] {
        world.keys.insert(region.to_owned(), vec![(key, validity.0, validity.1)]);
        let mut chain = Chain::new(region, key);
        for hour in 0..24_i64 {
            let start = midnight + offset + hour * HOUR;
            let count = i64::from(files / 48) + i64::from(hour < i64::from(files % 48) / 2);
            let listed = (0..count)
                .map(|number| {
                    log_file(&chain, &mut world, start + 3500 * number / count.max(1), number as u64)
                })
                .collect();
            chain.digest(&mut world, DigestPlan { files: listed, ..DigestPlan::hour(start) });
        }
        chains.push(chain);
    }
    (world, chains)
}

/// One gzip member.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// A time as digests write it.
pub fn stamp(second: i64) -> String {
    formatted(second, format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))
}

fn formatted(second: i64, format: &(impl time::formatting::Formattable + ?Sized)) -> String {
    OffsetDateTime::from_unix_timestamp(second).expect("a time").format(format).expect("a format")
}
