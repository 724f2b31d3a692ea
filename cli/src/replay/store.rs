//! The log store of a replay: files on this machine, and standard input.

use std::fs::File;
use std::io::{self, Read, Stdin};
use std::sync::Arc;

use cloudtrail::S3Object;
use indicatif::{ProgressBar, ProgressBarIter};
use pipeline::{LogStore, StoreError, StoreErrorKind};

use super::files::{FileList, Origin};

/// Opens what the list of files says is behind a key.
#[derive(Debug)]
pub(super) struct LocalStore {
    files: Arc<FileList>,
    progress: ProgressBar,
}

/// The bytes of one file.
#[derive(Debug)]
pub(super) enum Source {
    File(File),
    Stdin(Stdin),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Stdin(stdin) => stdin.read(buffer),
        }
    }
}

impl LocalStore {
    pub(super) fn new(files: Arc<FileList>, progress: ProgressBar) -> Self {
        Self { files, progress }
    }

    fn source(&self, key: &str) -> io::Result<Source> {
        match self.files.origin(key) {
            Some(Origin::Path(path)) => File::open(path).map(Source::File),
            Some(Origin::Stdin) => Ok(Source::Stdin(io::stdin())),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl LogStore for LocalStore {
    type Body = ProgressBarIter<Source>;

    async fn open(&self, object: &S3Object) -> Result<Self::Body, StoreError> {
        match self.source(&object.key) {
            Ok(source) => Ok(self.progress.wrap_read(source)),
            Err(error) => {
                let kind = if error.kind() == io::ErrorKind::NotFound {
                    StoreErrorKind::NotFound
                } else if error.kind() == io::ErrorKind::PermissionDenied {
                    StoreErrorKind::AccessDenied
                } else {
                    StoreErrorKind::Refused
                };
                Err(StoreError { kind, source: error.into() })
            }
        }
    }
}
