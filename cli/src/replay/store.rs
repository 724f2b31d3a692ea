//! The log store of a replay: files on this machine, standard input, and objects in S3.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

#[cfg(feature = "aws")]
use aws::{CallError, CallErrorKind};
use cloudtrail::{Limits, S3Object};
use indicatif::ProgressBar;
use pipeline::{LogStore, StoreError, StoreErrorKind};

use super::files::{FileList, Origin};
use super::shapes::Shapes;
use super::sources::Sources;
#[cfg(feature = "aws")]
use crate::inputs::Remote;

/// Opens the file that the list has for a key.
#[derive(Debug)]
pub(crate) struct LocalStore {
    files: Arc<FileList>,
    limits: Limits,
    progress: ProgressBar,
    shapes: Shapes,
    #[cfg(feature = "aws")]
    remote: Option<Arc<Remote>>,
}

/// The bytes of one file, as they are or as the text of a log file.
pub(crate) type Body = Box<dyn Read + Send>;

impl LocalStore {
    pub(crate) fn new(
        files: Arc<FileList>,
        limits: Limits,
        progress: ProgressBar,
        sources: &Sources,
    ) -> Self {
        #[cfg(not(feature = "aws"))]
        let _ = sources;
        Self {
            files,
            limits,
            progress,
            shapes: Shapes::default(),
            #[cfg(feature = "aws")]
            remote: sources.remote.clone(),
        }
    }

    /// What the reader of any shape has to say about the files.
    pub(crate) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    async fn source(&self, index: usize) -> Result<Body, StoreError> {
        match self.files.origin(index) {
            Some(Origin::Path(path)) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(local_error(error)),
            },
            Some(Origin::Stdin) => Ok(Box::new(io::stdin())),
            #[cfg(feature = "aws")]
            Some(Origin::Object(name)) => {
                let Some(remote) = &self.remote else {
                    return Err(local_error(io::ErrorKind::NotFound.into()));
                };
                match remote.open_inside(name).await {
                    Ok(reader) => Ok(Box::new(reader)),
                    Err(error) => Err(remote_error(error)),
                }
            }
            None => Err(local_error(io::ErrorKind::NotFound.into())),
        }
    }
}

fn local_error(error: io::Error) -> StoreError {
    let kind = if error.kind() == io::ErrorKind::NotFound {
        StoreErrorKind::NotFound
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        StoreErrorKind::AccessDenied
    } else {
        StoreErrorKind::Refused
    };
    StoreError { kind, source: error.into() }
}

#[cfg(feature = "aws")]
fn remote_error(error: CallError) -> StoreError {
    let kind = match error.kind {
        CallErrorKind::NotFound => StoreErrorKind::NotFound,
        CallErrorKind::AccessDenied | CallErrorKind::Credentials => StoreErrorKind::AccessDenied,
        CallErrorKind::Throttled => StoreErrorKind::Throttled,
        CallErrorKind::Unavailable => StoreErrorKind::Unavailable,
        CallErrorKind::Archived | CallErrorKind::Refused => StoreErrorKind::Refused,
    };
    StoreError { kind, source: error.into() }
}

impl LogStore for LocalStore {
    type Body = Body;

    async fn open(&self, object: &S3Object) -> Result<Self::Body, StoreError> {
        let Some(index) = self.files.index(&object.key) else {
            return Err(local_error(io::ErrorKind::NotFound.into()));
        };
        let source = self.progress.wrap_read(self.source(index).await?);
        if self.files.is_log_file(index) && !self.shapes.is_misnamed(index) {
            return Ok(Box::new(source));
        }
        Ok(Box::new(self.shapes.read(index, source, self.limits)))
    }
}
