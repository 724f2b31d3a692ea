//! The region of a bucket: from the notification, from S3's corrections, and from memory.
//!
//! No request is sent here.
//!
//! Source: the Amazon S3 user guide, "Request redirection and the REST API"; the error responses of the S3 API
//! reference.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_s3::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// The most entries in each map. Messages come from outside and must not make the maps grow forever.
const CAPACITY: usize = 1000;
/// The response header with the bucket's region.
const REGION_HEADER: &str = "x-amz-bucket-region";
/// The longest accepted region name, in bytes; the longest existing name has 14.
const REGION_BYTES: usize = 32;

/// Whether a text has the form of a region's name. The name becomes part of a host name.
pub(crate) fn is_region(text: &str) -> bool {
    (1..=REGION_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.contains('-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The region that S3 names when it refuses a request to the wrong region.
pub(crate) fn corrected<E>(error: &SdkError<E>) -> Option<String> {
    let response = error.raw_response()?;
    let region = response.headers().get(REGION_HEADER).or_else(|| region_in_body(response))?;
    is_region(region).then(|| region.to_owned())
}

/// `AuthorizationHeaderMalformed` names the region in its body.
fn region_in_body(response: &HttpResponse) -> Option<&str> {
    let body = std::str::from_utf8(response.body().bytes()?).ok()?;
    let (_, rest) = body.split_once("<Region>")?;
    let (region, _) = rest.split_once("</Region>")?;
    Some(region)
}

/// A small map that starts over when it is full. Learning a forgotten entry again costs one request.
#[derive(Debug)]
pub(crate) struct Memory<V>(Mutex<HashMap<String, V>>);

impl<V: Clone> Memory<V> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    pub(crate) fn recall(&self, key: &str) -> Option<V> {
        self.lock().get(key).cloned()
    }

    pub(crate) fn remember(&self, key: &str, value: V) {
        let mut entries = self.lock();
        if entries.len() >= CAPACITY && !entries.contains_key(key) {
            entries.clear();
        }
        entries.insert(key.to_owned(), value);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, V>> {
        // Every update leaves the map usable, so a poisoned map is usable too.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shape_of_a_region_is_taken() {
        for region in ["us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "ap-southeast-7"] {
            assert!(is_region(region), "{region}");
        }
        for text in [
            "",
            "useast1",
            "us-east-1.example.com",
            "US-EAST-1",
            "us east 1",
            "-a",
            "a-",
            "us-east-1/",
            "é-1",
        ] {
            assert!(!is_region(text), "{text}");
        }
        assert!(!is_region(&"a-".repeat(40)));
    }

    #[test]
    fn memory_is_bounded() {
        let memory = Memory::new();
        for i in 0..=CAPACITY {
            memory.remember(&i.to_string(), i);
        }
        assert_eq!(memory.recall("0"), None);
        assert_eq!(memory.recall(&CAPACITY.to_string()), Some(CAPACITY));
        assert!(memory.lock().len() <= CAPACITY);
    }
}
