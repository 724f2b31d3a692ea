//! Why a message is in the dead-letter queue: what the log processor's own parser says about the body, and what the ledger
//! says about the files.

use aws::{CallError, FileState, LedgerEntry, QueueMessage};
use cloudtrail::{
    IgnoreReason, Notification, NotificationError, ObjectKind, S3Object, classify_key, parse_notification,
};
use pipeline::{OperationalEvent, chain};
use time::OffsetDateTime;

use crate::cloud::KnownFiles;
use crate::terminal::complain;

/// Files per question to the ledger: as many as one request to it can name.
const FILES: usize = 100;

/// A message, and what is known about it.
#[derive(Debug)]
pub(super) struct Diagnosis {
    pub(super) message: QueueMessage,
    pub(super) contents: Contents,
}

/// What the body of a message is.
#[derive(Debug)]
pub(super) enum Contents {
    /// Not a notification that the log processor can read.
    Unreadable(NotificationError),
    /// A notification that announces nothing.
    Nothing(IgnoreReason),
    /// A notification that announces these files.
    Files(Vec<FileDiagnosis>),
}

/// A file, and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileDiagnosis {
    pub(super) file: S3Object,
    pub(super) status: FileStatus,
    pub(super) attempts: Option<u64>,
}

/// What happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileStatus {
    /// The ledger was not consulted.
    Unknown,
    /// According to its key, it is not a log file.
    Ignored(&'static str),
    /// The ledger does not know it.
    NeverBegun,
    /// An invocation may be working on it until this time.
    InProgress(OffsetDateTime),
    /// The invocation that worked on it was killed, at this time at the latest. The text is the code of the previous failure.
    CutOff(OffsetDateTime, Option<String>),
    /// The last attempt failed, with this code if it was recorded.
    Failed(Option<String>),
    /// It has been processed in the meantime.
    Done,
}

impl FileStatus {
    fn of(entry: Option<LedgerEntry>, now: OffsetDateTime) -> Self {
        match entry.map(|entry| entry.state) {
            None => Self::NeverBegun,
            Some(FileState::Claimed { lease_end, .. }) if lease_end > now => Self::InProgress(lease_end),
            Some(FileState::Claimed { lease_end, failure }) => Self::CutOff(lease_end, failure),
            Some(FileState::Released { failure }) => Self::Failed(failure),
            Some(FileState::Done) => Self::Done,
        }
    }

    /// The code by which messages can be selected. For a failure, it is the log processor's error code.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::Unknown => OperationalEvent::FileUnknown.code(),
            Self::Ignored(_) => OperationalEvent::FileIgnored.code(),
            Self::NeverBegun => OperationalEvent::FileNeverBegun.code(),
            Self::InProgress(_) => OperationalEvent::FileInProgress.code(),
            Self::CutOff(..) => OperationalEvent::FileCutOff.code(),
            Self::Failed(code) => code.as_deref().unwrap_or(OperationalEvent::FileFailed.code()),
            Self::Done => OperationalEvent::FileDone.code(),
        }
    }

    /// What the code does not say.
    pub(super) fn explanation(&self) -> Option<String> {
        match self {
            Self::Unknown | Self::Failed(_) | Self::NeverBegun | Self::Done => None,
            Self::Ignored(kind) => Some(format!("according to its key, it is not a log file but `{kind}`")),
            Self::InProgress(until) => Some(format!("until {} at the latest", minute(*until))),
            Self::CutOff(at, None) => Some(format!("at {} at the latest", minute(*at))),
            Self::CutOff(at, Some(code)) => {
                Some(format!("at {} at the latest; the previous attempt failed with `{code}`", minute(*at)))
            }
        }
    }
}

fn minute(time: OffsetDateTime) -> String {
    crate::moment::minute_text(time.unix_timestamp())
}

impl Diagnosis {
    /// The codes, each once, in the order of the files.
    pub(super) fn codes(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = Vec::new();
        match &self.contents {
            Contents::Unreadable(error) => codes.push(error.code()),
            Contents::Nothing(_) => codes.push(OperationalEvent::MessageNothing.code()),
            Contents::Files(files) => {
                for file in files {
                    if !codes.contains(&file.status.code()) {
                        codes.push(file.status.code());
                    }
                }
            }
        }
        codes
    }

    /// What the body is, if it names no files.
    pub(super) fn explanation(&self) -> Option<String> {
        match &self.contents {
            Contents::Unreadable(error) => Some(chain(error)),
            Contents::Nothing(reason) => Some(format!("the message announces no files ({reason})")),
            Contents::Files(_) => None,
        }
    }
}

/// Diagnoses messages. The ledger, if there is one, is asked about the files of all messages together.
///
/// # Errors
///
/// [`CallError`] when the ledger cannot be read.
pub(super) async fn diagnose<L: KnownFiles>(
    messages: Vec<QueueMessage>,
    ledger: Option<&L>,
    now: OffsetDateTime,
) -> Result<Vec<Diagnosis>, CallError> {
    let mut diagnoses: Vec<Diagnosis> = messages.into_iter().map(read).collect();
    let Some(ledger) = ledger else { return Ok(diagnoses) };
    let mut unknown: Vec<&mut FileDiagnosis> = diagnoses
        .iter_mut()
        .filter_map(|diagnosis| match &mut diagnosis.contents {
            Contents::Files(files) => Some(files),
            Contents::Unreadable(_) | Contents::Nothing(_) => None,
        })
        .flatten()
        .filter(|file| file.status == FileStatus::Unknown)
        .collect();
    for files in unknown.chunks_mut(FILES) {
        let objects: Vec<S3Object> = files.iter().map(|file| file.file.clone()).collect();
        let entries = ledger.entries(&objects, now).await?;
        for (file, entry) in files.iter_mut().zip(entries) {
            file.attempts = entry.as_ref().and_then(|entry| entry.attempts);
            file.status = FileStatus::of(entry, now);
        }
    }
    Ok(diagnoses)
}

/// Says once what is unknown without the ledger.
pub(super) fn note_missing_ledger<L>(ledger: Option<&L>) {
    if ledger.is_none() {
        complain(
            "note: without `--table`, the ledger is not consulted and the reasons why files failed are unknown",
        );
    }
}

/// Reads the body of a message.
fn read(message: QueueMessage) -> Diagnosis {
    let contents = match parse_notification(&message.body) {
        Err(error) => Contents::Unreadable(error),
        Ok(Notification::Ignorable(reason)) => Contents::Nothing(reason),
        Ok(Notification::LogFiles(objects)) => {
            let files = objects.into_iter().map(|file| {
                let status = match classify_key(&file.key) {
                    ObjectKind::LogFile(_) | ObjectKind::Insight(_) | ObjectKind::NetworkActivity(_) => {
                        FileStatus::Unknown
                    }
                    kind @ (ObjectKind::Digest
                    | ObjectKind::Aggregated
                    | ObjectKind::Marker
                    | ObjectKind::Foreign
                    | ObjectKind::Unrecognized) => FileStatus::Ignored(kind.as_str()),
                };
                FileDiagnosis { file, status, attempts: None }
            });
            Contents::Files(files.collect())
        }
    };
    Diagnosis { message, contents }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::testing::FakeLedger;
    use crate::dead_letters::testing::{NOW, announcement, entry, key, letter};

    #[tokio::test]
    async fn each_file_has_its_fate() {
        let lease =
            |seconds| FileState::Claimed { lease_end: NOW + time::Duration::seconds(seconds), failure: None };
        let failed = FileState::Released { failure: Some("file.deadline".into()) };
        let cases = [
            (1, Some(FileState::Done), "file.done"),
            (2, Some(failed), "file.deadline"),
            (3, Some(FileState::Released { failure: None }), "file.failed"),
            (4, Some(lease(1)), "file.in-progress"),
            (5, Some(lease(0)), "file.cut-off"),
            (6, None, "file.never-begun"),
        ];
        let mut ledger = FakeLedger::default();
        let mut keys = Vec::new();
        for (number, state, _) in &cases {
            keys.push(key(*number));
            ledger.entries.extend(state.clone().map(|state| entry(&key(*number), state)));
        }
        let digest = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/09/14/d.json.gz".to_owned();
        keys.push(digest);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let letters = vec![letter("m1", &announcement(&keys))];
        let diagnoses = diagnose(letters, Some(&ledger), NOW).await.unwrap();
        let codes: Vec<&str> = cases.iter().map(|(_, _, code)| *code).chain(["file.ignored"]).collect();
        assert_eq!(diagnoses[0].codes(), codes);
        assert_eq!(*ledger.asked.borrow(), [6], "digests are in no ledger");
    }

    #[tokio::test]
    async fn without_a_ledger_only_the_body_is_diagnosed() {
        let letters = vec![
            letter("m1", "this is no announcement"),
            letter("m2", "CloudTrail validation message."),
            letter("m3", &announcement(&[&key(1), &key(2)])),
        ];
        let diagnoses = diagnose(letters, None::<&FakeLedger>, NOW).await.unwrap();
        let codes: Vec<Vec<&str>> = diagnoses.iter().map(Diagnosis::codes).collect();
        assert_eq!(codes, [["message.not-json"], ["message.nothing"], ["file.unknown"]]);
        assert!(diagnoses[0].explanation().unwrap().starts_with("the message is neither JSON"));
    }
}
