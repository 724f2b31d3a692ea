//! Four key pairs, made once for the tests. They are public, and nothing is kept safe by them.

use md5::{Digest as _, Md5};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use super::stamp;

/// A key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningKey {
    /// Of the home region.
    Home,
    /// Of another region.
    Away,
    /// Of the home region, later.
    Successor,
    /// Of nobody.
    Stranger,
}

/// What stands in front of an RSAPublicKey of 270 bytes in a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
const HEADER: [u8; 24] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
];

impl SigningKey {
    fn pair(self) -> RsaKeyPair {
        let pkcs8: &[u8] = match self {
            Self::Home => include_bytes!("keys/us-east-1.pk8"),
            Self::Away => include_bytes!("keys/eu-central-1.pk8"),
            Self::Successor => include_bytes!("keys/successor.pk8"),
            Self::Stranger => include_bytes!("keys/stranger.pk8"),
        };
        RsaKeyPair::from_pkcs8(pkcs8).expect("a key pair")
    }

    /// The public key, an RSAPublicKey in DER.
    pub fn public(self) -> Vec<u8> {
        self.pair().public_key().as_ref().to_vec()
    }

    /// The public key in a SubjectPublicKeyInfo, as one of the keys in AWS's own example is.
    pub fn public_with_header(self) -> Vec<u8> {
        [&HEADER[..], &self.public()].concat()
    }

    /// The name that CloudTrail gives to the key.
    pub fn fingerprint(self) -> String {
        fingerprint(&self.public())
    }

    /// The signature of a text, in hexadecimal digits.
    pub fn sign(self, text: &str) -> String {
        let pair = self.pair();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .expect("a signature");
        hex(&signature)
    }

    /// The key as ListPublicKeys answers.
    pub fn published(self, from: i64, to: i64) -> Value {
        published(&self.public(), from, to)
    }

    /// The same, with the key in a SubjectPublicKeyInfo.
    pub fn published_with_header(self, from: i64, to: i64) -> Value {
        published(&self.public_with_header(), from, to)
    }
}

fn published(value: &[u8], from: i64, to: i64) -> Value {
    json!({
        "Fingerprint": fingerprint(value), "ValidityStartTime": stamp(from), "ValidityEndTime": stamp(to),
        "Value": base64(value),
    })
}

fn fingerprint(value: &[u8]) -> String {
    hex(&Md5::digest(value))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = (word >> (18 - 6 * at)) & 63;
            text.push(if at <= chunk.len() { char::from(DIGITS[digit as usize]) } else { '=' });
        }
    }
    text
}
