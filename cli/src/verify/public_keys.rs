//! The public keys of regions, from CloudTrail itself: each region is asked once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws::{CallErrorKind, ListedKey, Trails};
use digests::{KeySource, KeySourceError, PublicKey, PublicKeys, Span};
use tokio::runtime::Handle;

/// How long after the end of a digest its key may begin, in seconds; `digests` allows as much.
const ROTATION_SECONDS: i64 = 2 * 3600;

/// Keys that are asked for when a region needs them.
pub(super) struct RegionKeys {
    handle: Handle,
    trails: Trails,
    /// The time of the verification: what is asked for reaches until then, so that one question is enough.
    now: i64,
    known: Mutex<BTreeMap<String, Arc<Mutex<Known>>>>,
}

/// What a region has answered.
#[derive(Default)]
struct Known {
    span: Option<Span>,
    keys: Vec<PublicKey>,
}

impl RegionKeys {
    /// Keys that are asked for over the connections that the runtime of `handle` drives.
    pub(super) fn new(trails: Trails, handle: Handle, now: i64) -> Self {
        Self { handle, trails, now, known: Mutex::default() }
    }

    /// All keys that were handed out.
    pub(super) fn into_keys(self) -> PublicKeys {
        let mut keys = PublicKeys::default();
        for (region, known) in self.known.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let known = known.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.keys.is_empty() {
                keys.add(&region, known.keys.clone());
            }
        }
        keys
    }
}

impl KeySource for RegionKeys {
    fn keys(&self, region: &str, span: Span) -> Result<Vec<PublicKey>, KeySourceError> {
        let known = {
            let mut regions = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(regions.entry(region.to_owned()).or_default())
        };
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let span = Span { from: span.from, to: span.to.max(self.now + ROTATION_SECONDS) };
        let is_known = known.span.is_some_and(|asked| asked.from <= span.from && span.to <= asked.to);
        if !is_known {
            let listed = self.handle.block_on(self.trails.public_keys(region, span.from, span.to));
            let listed = listed.map_err(|error| {
                let reason = format!("{error}{}", advice(error.kind));
                KeySourceError { region: region.to_owned(), reason, source: Some(error.source) }
            })?;
            *known = Known { span: Some(span), keys: listed.into_iter().map(public_key).collect() };
        }
        if known.keys.is_empty() {
            let reason =
                "CloudTrail has none for this time; name a file that has them with `--keys`".to_owned();
            return Err(KeySourceError { region: region.to_owned(), reason, source: None });
        }
        Ok(known.keys.clone())
    }
}

/// What else may help. Regions that an account has not switched on refuse its credentials.
fn advice(kind: CallErrorKind) -> &'static str {
    match kind {
        CallErrorKind::AccessDenied | CallErrorKind::Credentials => {
            "; if the account has not enabled this region, name a file with its keys with `--keys`, or leave the region out \
             with `--region`"
        }
        CallErrorKind::NotFound
        | CallErrorKind::Archived
        | CallErrorKind::Throttled
        | CallErrorKind::Unavailable
        | CallErrorKind::Refused => "",
    }
}

fn public_key(key: ListedKey) -> PublicKey {
    PublicKey {
        fingerprint: key.fingerprint,
        starts_at: key.starts_at,
        ends_at: key.ends_at,
        value: key.value,
    }
}
