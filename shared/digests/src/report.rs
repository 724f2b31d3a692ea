//! The answer: a verdict for each object, the holes, and what they mean in words.
//!
//! The codes are stable; reports, state files and metrics use them. Names are as they were found: callers that show them
//! escape them.

use crate::moment::Span;
use crate::place::Place;

/// What became of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestVerdict {
    /// CloudTrail signed it, it lies where it was delivered, and the next digest confirms it.
    Valid,
    /// The next digest names it, and it is not there.
    Missing,
    /// No signature that is known for it is right.
    Signature,
    /// No signature is known for it.
    NoSignature,
    /// The region has no key with its fingerprint.
    UnknownKey,
    /// The region's key with its fingerprint was valid at another time.
    KeyOutOfTime,
    /// It says that it was delivered to another place.
    Moved,
    /// It is signed, and the next digest names another hash or signature.
    Link,
    /// It names an algorithm that is not supported.
    Algorithm,
    /// It is not a digest.
    Format,
    /// It is not exactly one gzip member.
    Damaged,
    /// It is larger than the limit.
    TooLarge,
    /// It cannot be read.
    Unreadable,
}

impl DigestVerdict {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Missing => "missing",
            Self::Signature => "signature",
            Self::NoSignature => "no-signature",
            Self::UnknownKey => "unknown-key",
            Self::KeyOutOfTime => "key-out-of-time",
            Self::Moved => "moved",
            Self::Link => "link",
            Self::Algorithm => "algorithm",
            Self::Format => "format",
            Self::Damaged => "damaged",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
        }
    }

    /// What the verdict means, as a clause about the digest.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Valid => {
                "is what CloudTrail signed, lies where it was delivered, and no later digest contradicts it"
            }
            Self::Missing => {
                "is named by the digest after it and is not there; nothing proves the log files of its hour"
            }
            Self::Signature => {
                "does not match any signature that is known for it: it was changed, or CloudTrail did not write it"
            }
            Self::NoSignature => {
                "has lost its signature: its content and its link to the digest before it can be read, and nothing proves them"
            }
            Self::UnknownKey => "names a public key that the region does not have",
            Self::KeyOutOfTime => {
                "names a public key of the region that was not valid when the digest was written"
            }
            Self::Moved => "was delivered to another place, or was written for another place",
            Self::Link => "is signed, but the digest after it names another hash or another signature",
            Self::Algorithm => {
                "names a signature or hash algorithm that CloudTrail did not use when this program was written"
            }
            Self::Format => {
                "is not a digest: it is not a JSON object with the members of one, or it ends before it begins"
            }
            Self::Damaged => "is not exactly one complete gzip member",
            Self::TooLarge => "is larger than 64 MiB after decompression and was not read to its end",
            Self::Unreadable => "is there and cannot be read",
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Valid => "nothing",
            Self::Missing | Self::Signature | Self::Link | Self::Format | Self::Damaged | Self::TooLarge => {
                "look for another version of the object or for a copy, and for who wrote or deleted it"
            }
            Self::NoSignature => {
                "copy the metadata of the object as well: `aws s3api head-object`, saved beside the file as NAME.meta.json"
            }
            Self::UnknownKey | Self::KeyOutOfTime => {
                "ask CloudTrail for the keys of this region and time: `aws cloudtrail list-public-keys`"
            }
            Self::Moved => {
                "verify the digests where CloudTrail delivered them, or in a copy with the same folders"
            }
            Self::Algorithm => "use a newer version of this program",
            Self::Unreadable => {
                "allow reading the object or restore it from its archive class, and verify again"
            }
        }
    }
}

/// What became of a log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogFileVerdict {
    /// Its content is what CloudTrail delivered.
    Valid,
    /// Its content is something else.
    Altered,
    /// It is not there.
    Missing,
    /// It is not exactly one complete gzip member.
    Damaged,
    /// It cannot be read.
    Unreadable,
    /// Its name could leave the store.
    UnsafeName,
    /// Two digests name it with different hashes.
    Conflict,
    /// It lies among the log files of proven time, and no digest names it.
    Unlisted,
    /// It was delivered after the newest digest, and the next digest is not overdue.
    Pending,
    /// Nothing can be said about it.
    Unproven,
}

impl LogFileVerdict {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Altered => "altered",
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::Unreadable => "unreadable",
            Self::UnsafeName => "unsafe-name",
            Self::Conflict => "conflict",
            Self::Unlisted => "unlisted",
            Self::Pending => "pending",
            Self::Unproven => "unproven",
        }
    }

    /// Whether it is something to look into.
    pub fn is_finding(self) -> bool {
        !matches!(self, Self::Valid | Self::Pending)
    }

    /// What the verdict means, as a clause about the log file.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Valid => "is what CloudTrail delivered",
            Self::Altered => "has different content from what CloudTrail delivered",
            Self::Missing => "was delivered by CloudTrail and is not there",
            Self::Damaged => {
                "is not exactly one complete gzip member: it was cut, or data was appended to it"
            }
            Self::Unreadable => "was delivered by CloudTrail and cannot be read",
            Self::UnsafeName => "has a name that could leave the store, and was not opened",
            Self::Conflict => "is named with different hashes by two valid digests",
            Self::Unlisted => {
                "lies among the log files and no digest names it: CloudTrail may not have delivered it"
            }
            Self::Pending => "was delivered after the newest digest; the next digest will name it",
            Self::Unproven => {
                "is not proven by any digest: the digest of its time is missing, invalid or not there yet"
            }
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Valid => "nothing",
            Self::Altered | Self::Missing | Self::Damaged => {
                "restore the delivered version if the bucket keeps versions, and look for who changed or deleted the object"
            }
            Self::Unreadable => {
                "allow reading the object or restore it from its archive class, and verify again"
            }
            Self::UnsafeName | Self::Conflict => "report it to AWS: CloudTrail does not sign such digests",
            Self::Unlisted => "look for who wrote the object; do not use it as evidence",
            Self::Pending => "verify again in an hour",
            Self::Unproven => "find the digest of its hour",
        }
    }
}

/// Why a part of the span is not proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoleReason {
    /// The chain began later.
    BeforeChain,
    /// The next digest is not there yet and is not overdue.
    NotDue,
    /// The next digest should be there.
    Overdue,
    /// A digest is missing.
    DigestMissing,
    /// A digest is not valid.
    DigestInvalid,
    /// A chain ended, and a new one began later.
    Stopped,
    /// Two digests are linked, and the second begins after the end of the first.
    UnlinkedTime,
    /// There are log files and no digest.
    NoDigest,
}

impl HoleReason {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeChain => "before-chain",
            Self::NotDue => "not-due",
            Self::Overdue => "overdue",
            Self::DigestMissing => "digest-missing",
            Self::DigestInvalid => "digest-invalid",
            Self::Stopped => "stopped",
            Self::UnlinkedTime => "unlinked-time",
            Self::NoDigest => "no-digest",
        }
    }

    /// Whether it is something to look into.
    pub fn is_finding(self) -> bool {
        !matches!(self, Self::BeforeChain | Self::NotDue)
    }

    /// What it means, as a sentence without its period.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::BeforeChain => "the chain of digests begins later",
            Self::NotDue => "the next digest is not due yet",
            Self::Overdue => "the next digest is overdue: CloudTrail writes one every hour",
            Self::DigestMissing => "the digest of this time is missing",
            Self::DigestInvalid => "the digest of this time is not valid",
            Self::Stopped => "a chain of digests ended and another one began: logging or validation was off",
            Self::UnlinkedTime => "two digests are linked, and the second begins after the end of the first",
            Self::NoDigest => "there are log files and not one digest",
        }
    }
}

/// Where the signature of a valid digest came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// From the metadata of the digest.
    Metadata,
    /// From the digest after it, because the metadata is lost or wrong.
    NextDigest,
}

/// A digest with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestOutcome {
    /// Where it lies, or should lie.
    pub place: Place,
    /// The verdict.
    pub verdict: DigestVerdict,
    /// What was found in particular, in words; it never shows a name from a digest that is not proven.
    pub note: Option<String>,
    /// What it proves; `None` unless it is valid.
    pub proven: Option<ProvenDigest>,
    /// The SHA-256 of its uncompressed content, where it could be read.
    pub sha256: Option<String>,
}

/// What a valid digest proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenDigest {
    /// The span of delivery that it accounts for.
    pub span: Span,
    /// The name of the key that verifies it.
    pub fingerprint: String,
    /// Where the signature came from.
    pub proof: Proof,
    /// How many log files it names.
    pub log_files: usize,
    /// Whether it names no previous digest.
    pub is_start: bool,
    /// Whether it is a backfill digest.
    pub is_backfill: bool,
}

/// A log file with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFileOutcome {
    /// Where it lies, or should lie.
    pub place: Place,
    /// The verdict.
    pub verdict: LogFileVerdict,
    /// What was found in particular, in words.
    pub note: Option<String>,
    /// The SHA-256 that was delivered, in hexadecimal digits.
    pub delivered_sha256: Option<String>,
    /// The SHA-256 of what is there, where it differs.
    pub found_sha256: Option<String>,
    /// Whether a valid digest names it.
    pub is_named: bool,
    /// Whether it was read in this run; a run with a memory of earlier ones leaves alone what has not changed.
    pub was_read: bool,
}

/// A part of the span that is not proven.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hole {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The trail; `None` where there is no digest that would name one.
    pub trail: Option<String>,
    /// When.
    pub span: Span,
    /// Why.
    pub reason: HoleReason,
}

/// The answer for one account and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerritoryReport {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The trails, each with its home region.
    pub trails: Vec<(String, String)>,
    /// The digests of the span, in the order of their places.
    pub digests: Vec<DigestOutcome>,
    /// The log files of the span that are not valid, in the order of their places.
    pub log_files: Vec<LogFileOutcome>,
    /// How many log files of the span valid digests name.
    pub named: usize,
    /// How many of them are valid.
    pub valid: usize,
    /// How many of these were not read, because they have not changed since an earlier run.
    pub remembered: usize,
    /// What is not proven, in the order of trails and times.
    pub holes: Vec<Hole>,
    /// For each digest whose log files are all valid: its SHA-256 and the seal of its files.
    pub sealed: Vec<([u8; 32], [u8; 32])>,
}

/// The answer for all accounts and regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each account and region, in their order.
    pub territories: Vec<TerritoryReport>,
}

impl TerritoryReport {
    /// Whether there is something to look into.
    pub fn has_findings(&self) -> bool {
        self.digests.iter().any(|digest| digest.verdict != DigestVerdict::Valid)
            || self.log_files.iter().any(|file| file.verdict.is_finding())
            || self.holes.iter().any(|hole| hole.reason.is_finding())
    }

    /// How many digests have a verdict.
    pub fn count_digests(&self, verdict: DigestVerdict) -> usize {
        self.digests.iter().filter(|digest| digest.verdict == verdict).count()
    }

    /// How many log files have a verdict.
    pub fn count_log_files(&self, verdict: LogFileVerdict) -> usize {
        if verdict == LogFileVerdict::Valid {
            return self.valid;
        }
        self.log_files.iter().filter(|file| file.verdict == verdict).count()
    }

    /// Counts log files, and keeps those that are not valid.
    pub(crate) fn add(&mut self, files: Vec<LogFileOutcome>) {
        self.named += files.iter().filter(|file| file.is_named).count();
        let (valid, other): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|file| file.verdict == LogFileVerdict::Valid);
        self.valid += valid.len();
        self.remembered += valid.iter().filter(|file| !file.was_read).count();
        self.log_files.extend(other);
    }
}

impl Report {
    /// Whether there is something to look into.
    pub fn has_findings(&self) -> bool {
        self.territories.iter().any(TerritoryReport::has_findings)
    }
}
