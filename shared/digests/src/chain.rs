//! Digests judged: each one by its own signature, then all of them by what they say of each other.
//!
//! The signature of a digest is in its metadata and in the digest after it, so that a copy without metadata can be verified
//! except for the newest digest of each chain. The first correct signature counts, wherever it came from: the key
//! is what proves. Nothing here opens an object because a digest names it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use cloudtrail::{
    Digest, DigestKey, DigestReadError, HASH_ALGORITHM, ListedLogFile, PreviousDigest, SIGNATURE_ALGORITHM,
    parse_digest, read_digest,
};

use crate::content::{Sha256, hex, sha256};
use crate::keys::PublicKey;
use crate::moment::{HOUR, Span};
use crate::place::Place;
use crate::report::{DigestVerdict, Proof};
use crate::store::{DigestMetadata, ObjectError, ObjectErrorKind, ObjectStore};
use crate::territory::FoundDigest;

/// A verdict with what is worth saying about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) verdict: DigestVerdict,
    pub(crate) note: Option<String>,
}

impl Fault {
    fn new(verdict: DigestVerdict, note: impl Into<Option<String>>) -> Self {
        Self { verdict, note: note.into() }
    }
}

/// A digest as it was read.
pub(crate) struct LoadedDigest {
    pub(crate) place: Place,
    pub(crate) key: DigestKey,
    metadata: DigestMetadata,
    content: Result<Content, Fault>,
}

struct Content {
    /// Without its log files.
    digest: Digest,
    /// Its log files; `None` where there are too many in memory, and they are read again when they are needed.
    log_files: Option<Vec<ListedLogFile>>,
    /// How many log files it names.
    count: usize,
    sha256: Sha256,
}

/// How many entries of digests may still be kept in memory.
pub(crate) struct Budget(AtomicUsize);

impl Budget {
    pub(crate) fn new(entries: usize) -> Self {
        Self(AtomicUsize::new(entries))
    }

    /// Whether so many more fit.
    fn takes(&self, entries: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(entries)).is_ok()
    }
}

/// A digest with its signature judged.
pub(crate) struct JudgedDigest {
    pub(crate) loaded: LoadedDigest,
    pub(crate) judgement: Result<Signed, Fault>,
}

/// A signature that is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) proof: Proof,
    signature: String,
}

/// A digest that should be there.
pub(crate) struct MissingDigest {
    pub(crate) place: Place,
    pub(crate) named_by: Place,
}

/// Reads one digest.
pub(crate) fn load<S: ObjectStore>(store: &S, found: &FoundDigest, budget: &Budget) -> LoadedDigest {
    let (metadata, content) = match store.open(&found.place) {
        Ok(opened) => (opened.metadata, read(opened.body)),
        Err(error) => (DigestMetadata::default(), Err(refused(error))),
    };
    let content = content.map(|mut content| {
        content.log_files = content.log_files.filter(|files| budget.takes(files.len()));
        content
    });
    LoadedDigest { place: found.place.clone(), key: found.key.clone(), metadata, content }
}

fn refused(error: ObjectError) -> Fault {
    match error.kind {
        // It was listed a moment ago.
        ObjectErrorKind::Missing => {
            Fault::new(DigestVerdict::Missing, "it was listed and could then not be found".to_owned())
        }
        ObjectErrorKind::Unreadable => Fault::new(DigestVerdict::Unreadable, error.reason),
    }
}

fn read(body: impl std::io::Read) -> Result<Content, Fault> {
    let bytes = read_digest(body).map_err(|error| {
        let verdict = match &error {
            DigestReadError::TooLarge { .. } => DigestVerdict::TooLarge,
            DigestReadError::Source(_) => DigestVerdict::Unreadable,
            DigestReadError::NotGzip | DigestReadError::Damaged(_) => DigestVerdict::Damaged,
        };
        Fault::new(verdict, chain_text(&error))
    })?;
    let mut digest =
        parse_digest(&bytes).map_err(|error| Fault::new(DigestVerdict::Format, error.to_string()))?;
    let log_files = std::mem::take(&mut digest.log_files);
    Ok(Content { digest, count: log_files.len(), log_files: Some(log_files), sha256: sha256(&bytes) })
}

/// An error with its causes on one line.
fn chain_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl LoadedDigest {
    /// The SHA-256 of its content, where that could be read.
    pub(crate) fn sha256(&self) -> Option<&Sha256> {
        self.content.as_ref().ok().map(|content| &content.sha256)
    }

    fn previous(&self) -> Option<(Place, &PreviousDigest)> {
        let previous = self.content.as_ref().ok()?.digest.previous.as_ref()?;
        Some((Place::new(previous.bucket.clone(), previous.key.clone()), previous))
    }

    /// Judges a digest by itself. `offered` are the signatures that other digests know for it.
    fn judge(&self, offered: &[String], keys: &[PublicKey]) -> Result<Signed, Fault> {
        let Content { digest, sha256, .. } = self.content.as_ref().map_err(Clone::clone)?;
        if (&digest.bucket, &digest.key) != (&self.place.bucket, &self.place.key) {
            return Err(Fault::new(DigestVerdict::Moved, None));
        }
        self.check_algorithms(digest)?;
        let own = self.metadata.signature.iter().map(|signature| (Proof::Metadata, signature));
        let offered = offered.iter().map(|signature| (Proof::NextDigest, signature));
        let candidates: Vec<(Proof, &String)> = own.chain(offered).collect();
        if candidates.is_empty() {
            return Err(Fault::new(DigestVerdict::NoSignature, None));
        }
        let keys = self.keys_in_time(digest, keys)?;
        let text = digest.signed_text(sha256);
        let is_right = |signature: &str| keys.iter().any(|key| key.verifies(&text, signature));
        match candidates.into_iter().find(|(_, signature)| is_right(signature)) {
            Some((proof, signature)) => Ok(Signed { proof, signature: signature.to_ascii_lowercase() }),
            None => Err(Fault::new(DigestVerdict::Signature, None)),
        }
    }

    fn check_algorithms(&self, digest: &Digest) -> Result<(), Fault> {
        let stated = self.metadata.signature_algorithm.as_deref().unwrap_or(SIGNATURE_ALGORITHM);
        let hash = digest.previous.as_ref().map_or(HASH_ALGORITHM, |previous| &previous.hash_algorithm);
        let is_supported = digest.signature_algorithm == SIGNATURE_ALGORITHM
            && stated == SIGNATURE_ALGORITHM
            && hash == HASH_ALGORITHM;
        if is_supported { Ok(()) } else { Err(Fault::new(DigestVerdict::Algorithm, None)) }
    }

    /// The keys with the digest's fingerprint that may have signed it when it was written.
    fn keys_in_time<'k>(&self, digest: &Digest, keys: &'k [PublicKey]) -> Result<Vec<&'k PublicKey>, Fault> {
        let is_named = |key: &&PublicKey| key.fingerprint.eq_ignore_ascii_case(&digest.fingerprint);
        let named: Vec<&PublicKey> = keys.iter().filter(is_named).collect();
        if named.is_empty() {
            return Err(Fault::new(DigestVerdict::UnknownKey, None));
        }
        // A backfill digest is written long after the hour that it speaks for.
        let written_at = if self.key.is_backfill { self.metadata.generated_at } else { Some(digest.ends_at) };
        let in_time = |key: &PublicKey| written_at.is_none_or(|time| key.is_in_time(time));
        let in_time: Vec<&PublicKey> = named.into_iter().filter(|key| in_time(key)).collect();
        if in_time.is_empty() { Err(Fault::new(DigestVerdict::KeyOutOfTime, None)) } else { Ok(in_time) }
    }
}

impl JudgedDigest {
    /// Whether it was listed and could then not be found.
    pub(crate) fn is_gone(&self) -> bool {
        self.judgement.as_ref().is_err_and(|fault| fault.verdict == DigestVerdict::Missing)
    }

    /// How many log files it names, if it is proven.
    pub(crate) fn count(&self) -> usize {
        self.proven().and(self.loaded.content.as_ref().ok()).map_or(0, |content| content.count)
    }

    /// The log files that it names, if it is proven; read again where they were not kept. `None` if it has changed since.
    pub(crate) fn log_files<S: ObjectStore>(&self, store: &S) -> Option<Cow<'_, [ListedLogFile]>> {
        let Some(content) = self.proven().and(self.loaded.content.as_ref().ok()) else {
            return Some(Cow::Borrowed(&[]));
        };
        if let Some(files) = &content.log_files {
            return Some(Cow::Borrowed(files));
        }
        let again = read(store.open(&self.loaded.place).ok()?.body).ok()?;
        (again.sha256 == content.sha256).then_some(Cow::Owned(again.log_files?))
    }

    /// The content of a digest that is proven.
    pub(crate) fn proven(&self) -> Option<(&Digest, &Signed)> {
        let signed = self.judgement.as_ref().ok()?;
        Some((&self.loaded.content.as_ref().ok()?.digest, signed))
    }

    /// Its span: what a proven digest says, or the hour before the end in the name of any other.
    pub(crate) fn span(&self) -> Span {
        match self.proven() {
            Some((digest, _)) => Span { from: digest.starts_at, to: digest.ends_at },
            None => nominal_span(&self.loaded.key),
        }
    }

    /// The place of the digest before it, if it is proven and not the first of a chain.
    pub(crate) fn previous(&self) -> Option<Place> {
        self.proven().and_then(|_| self.loaded.previous()).map(|(place, _)| place)
    }
}

/// The hour that a digest speaks for, by its name.
pub(crate) fn nominal_span(key: &DigestKey) -> Span {
    Span { from: key.ends_at - HOUR, to: key.ends_at }
}

/// Judges digests one by one and then by their links, and says which ones are missing.
///
/// `listed` are the places of all digests that there are, read or not.
pub(crate) fn judge(
    loaded: Vec<LoadedDigest>,
    listed: &HashSet<&Place>,
    keys: &[PublicKey],
    span: Span,
) -> (Vec<JudgedDigest>, Vec<MissingDigest>) {
    let mut offered: HashMap<Place, Vec<String>> = HashMap::new();
    for (place, previous) in loaded.iter().filter_map(LoadedDigest::previous) {
        offered.entry(place).or_default().push(previous.signature.clone());
    }
    let none = Vec::new();
    let judge = |loaded: LoadedDigest| {
        let judgement = loaded.judge(offered.get(&loaded.place).unwrap_or(&none), keys);
        JudgedDigest { loaded, judgement }
    };
    let mut judged: Vec<JudgedDigest> = loaded.into_iter().map(judge).collect();
    for at in linked_without_signature(&judged) {
        if let Some(Err(fault)) = judged.get_mut(at).map(|digest| &mut digest.judgement) {
            fault.note = Some(LINKED_NOTE.to_owned());
        }
    }
    let Links { broken, missing } = links(&judged, listed, span);
    for at in broken {
        if let Some(digest) = judged.get_mut(at) {
            digest.judgement = Err(Fault::new(DigestVerdict::Link, None));
        }
    }
    (judged, missing)
}

/// What can be said of a digest without a signature.
const LINKED_NOTE: &str = "the hash and the signature that it states for the digest before it are right; its own signature cannot be \
    verified, because the copy has lost its metadata";

/// The positions of digests that have no signature and name the digest before them truly.
fn linked_without_signature(judged: &[JudgedDigest]) -> Vec<usize> {
    let by_place: HashMap<&Place, &JudgedDigest> =
        judged.iter().map(|digest| (&digest.loaded.place, digest)).collect();
    let is_linked = |digest: &JudgedDigest| {
        let is_bare =
            digest.judgement.as_ref().is_err_and(|fault| fault.verdict == DigestVerdict::NoSignature);
        let link = digest.loaded.previous().filter(|_| is_bare);
        link.is_some_and(|(place, link)| {
            by_place.get(&place).is_some_and(|before| before.proven().is_some() && confirms(link, before))
        })
    };
    judged.iter().enumerate().filter(|(_, digest)| is_linked(digest)).map(|(at, _)| at).collect()
}

struct Links {
    /// Positions of digests that a later one contradicts.
    broken: Vec<usize>,
    missing: Vec<MissingDigest>,
}

/// Follows the links of proven digests among those that were read.
fn links(judged: &[JudgedDigest], listed: &HashSet<&Place>, span: Span) -> Links {
    let positions: HashMap<&Place, usize> =
        judged.iter().enumerate().map(|(at, digest)| (&digest.loaded.place, at)).collect();
    let mut links = Links { broken: Vec::new(), missing: Vec::new() };
    for digest in judged.iter().filter(|digest| digest.proven().is_some()) {
        let Some((place, previous)) = digest.loaded.previous() else { continue };
        match positions.get(&place).and_then(|&at| Some((at, judged.get(at)?))) {
            Some((at, before)) => {
                if !confirms(previous, before) {
                    links.broken.push(at);
                }
            }
            None if listed.contains(&place) => {}
            None => {
                // Whatever its name says, it ends at the latest where the digest that names it begins.
                let named = DigestKey::parse(&place.key).map(|key| nominal_span(&key));
                let begins = digest.span().from;
                if named.unwrap_or(Span { from: begins - HOUR, to: begins }).touches(span) {
                    links.missing.push(MissingDigest { place, named_by: digest.loaded.place.clone() });
                }
            }
        }
    }
    links
}

/// Whether a link fits the digest before it; one that is not proven has a worse verdict of its own.
fn confirms(link: &PreviousDigest, before: &JudgedDigest) -> bool {
    match (&before.judgement, before.loaded.sha256()) {
        (Ok(signed), Some(sha256)) => {
            link.hash.eq_ignore_ascii_case(&hex(sha256))
                && link.signature.eq_ignore_ascii_case(&signed.signature)
        }
        (Ok(_) | Err(_), _) => true,
    }
}
