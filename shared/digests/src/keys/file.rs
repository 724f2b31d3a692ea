//! The file of public keys: for each region the answer of `aws cloudtrail list-public-keys`, in each of the forms that the
//! tools of AWS write it in.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::{KeyFileError, PublicKey, base64};
use crate::moment::{seconds, stamp, whole};

#[derive(Deserialize, Serialize)]
struct Answer {
    #[serde(rename = "PublicKeyList", alias = "publicKeyList")]
    keys: Vec<WireKey>,
}

#[derive(Deserialize, Serialize)]
struct WireKey {
    #[serde(rename = "Fingerprint", alias = "fingerprint")]
    fingerprint: String,
    #[serde(rename = "ValidityStartTime", alias = "validityStartTime")]
    start: WireTime,
    #[serde(rename = "ValidityEndTime", alias = "validityEndTime")]
    end: WireTime,
    #[serde(rename = "Value", alias = "value")]
    value: String,
}

/// The two types that a time comes in. What is in the text is decided later.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum WireTime {
    Number(f64),
    Text(String),
}

pub(super) fn parse(text: &[u8]) -> Result<BTreeMap<String, Vec<PublicKey>>, KeyFileError> {
    let regions: BTreeMap<String, Answer> = serde_json::from_slice(text).map_err(KeyFileError::Form)?;
    let keys = regions.into_iter().map(|(region, answer)| {
        let keys = answer.keys.iter().zip(1..).map(|(key, number)| key.read(&region, number));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        Ok((region, keys))
    });
    keys.collect()
}

pub(super) fn to_json(keys: &BTreeMap<String, Vec<PublicKey>>) -> String {
    let wire = |key: &PublicKey| WireKey {
        fingerprint: key.fingerprint.clone(),
        start: WireTime::Text(stamp(key.starts_at)),
        end: WireTime::Text(stamp(key.ends_at)),
        value: BASE64.encode(&key.value),
    };
    let answers: BTreeMap<&String, Answer> = keys
        .iter()
        .map(|(region, keys)| (region, Answer { keys: keys.iter().map(wire).collect() }))
        .collect();
    // Maps with text for keys and numbers that are finite: there is nothing that could not be written.
    serde_json::to_string_pretty(&answers).unwrap_or_default()
}

impl WireKey {
    fn read(&self, region: &str, number: usize) -> Result<PublicKey, KeyFileError> {
        let time = |time: &WireTime| {
            time.seconds().ok_or_else(|| KeyFileError::Time { region: region.to_owned(), number })
        };
        let value =
            base64(&self.value).ok_or_else(|| KeyFileError::Value { region: region.to_owned(), number })?;
        Ok(PublicKey {
            fingerprint: self.fingerprint.clone(),
            starts_at: time(&self.start)?,
            ends_at: time(&self.end)?,
            value,
        })
    }
}

impl WireTime {
    fn seconds(&self) -> Option<i64> {
        match self {
            Self::Number(number) => whole(*number),
            Self::Text(text) => seconds(text),
        }
    }
}
