//! Files in any shape as the text of a log file, which is what the pipeline reads.
//!
//! What the reader rejects cannot travel through that text, so it is kept here until the batch is over.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloudtrail::shapes::{InputError, InputFault, LogFileText, RejectedInput, open_input};
use cloudtrail::{Limits, LogFileError};
use pipeline::{FileError, REPORTED_REJECTIONS};

use crate::inputs::{is_foreign_format, is_foreign_value};

/// What the reader of any shape rejected in one file.
#[derive(Debug, Default)]
pub(crate) struct FileShape {
    /// The number of rejected values.
    pub(crate) rejected: u64,
    /// The code and the message of the first of them.
    pub(crate) listed: Vec<(&'static str, String)>,
    /// Whether there was a fault in something that belongs to CloudTrail.
    has_other_faults: bool,
    /// Whether there was something in the place of a record that is not a record.
    has_bad_records: bool,
}

/// What the reader of any shape has to say about the files of a batch, by their indices.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    files: Mutex<BTreeMap<usize, Arc<Mutex<FileShape>>>>,
    /// Files with the name of a log file that are read in any shape.
    misnamed: Mutex<BTreeSet<usize>>,
}

impl Shapes {
    /// Reads these files in any shape when they are opened again.
    pub(crate) fn expect_any_shape(&self, files: impl Iterator<Item = usize>) {
        lock(&self.misnamed).extend(files);
    }

    /// Whether a file with the name of a log file is read in any shape.
    pub(crate) fn is_misnamed(&self, index: usize) -> bool {
        lock(&self.misnamed).contains(&index)
    }

    /// What was rejected in these files, as far as they were read in any shape. Forgets it.
    pub(crate) fn take(&self, of: &[usize]) -> BTreeMap<usize, FileShape> {
        let mut files = lock(&self.files);
        of.iter()
            .filter_map(|index| files.remove(index).map(|file| (*index, std::mem::take(&mut *lock(&file)))))
            .collect()
    }

    /// The records of `source` as the text of a log file.
    pub(crate) fn read(&self, index: usize, source: impl Read + Send + 'static, limits: Limits) -> AnyShape {
        let shape = Arc::new(Mutex::new(FileShape::default()));
        lock(&self.files).insert(index, Arc::clone(&shape));
        let rejections = Arc::clone(&shape);
        let on_rejected: OnRejected = Box::new(move |rejected| lock(&rejections).add(&rejected));
        let text = Box::new(LogFileText::new(open_input(source, limits), on_rejected));
        AnyShape { text, shape, is_misnamed: self.is_misnamed(index) }
    }
}

impl FileShape {
    fn add(&mut self, rejected: &RejectedInput) {
        self.rejected += 1;
        self.has_other_faults |= !is_foreign_value(&rejected.fault);
        self.has_bad_records |= matches!(rejected.fault, InputFault::Record(_));
        if self.listed.len() < REPORTED_REJECTIONS {
            self.listed.push((rejected.fault.code(), rejected.to_string()));
        }
    }
}

type OnRejected = Box<dyn FnMut(RejectedInput) + Send>;

/// The bytes of a file in any shape, as the text of a log file. If the file contains nothing in the place of a record,
/// reading ends with an error.
pub(crate) struct AnyShape {
    text: Box<LogFileText<'static, OnRejected>>,
    shape: Arc<Mutex<FileShape>>,
    /// Whether the strict reader has refused the file. Then every value must be a record, and there must be one.
    is_misnamed: bool,
}

impl Read for AnyShape {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        let shape = lock(&self.shape);
        let is_useless = self.is_misnamed || count == 0 && self.text.records() == 0 && !shape.has_bad_records;
        if let Some((code, first)) = shape.listed.first().filter(|_| is_useless) {
            let is_foreign = !shape.has_other_faults;
            return Err(io::Error::other(NoRecords { first: first.clone(), code, is_foreign }));
        }
        if self.is_misnamed && count == 0 && self.text.records() == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(count)
    }
}

/// The error of an input in which every value was rejected.
#[derive(Debug, thiserror::Error)]
#[error("the input contains no CloudTrail records: {first}")]
pub(crate) struct NoRecords {
    /// What is wrong with the first value.
    first: String,
    code: &'static str,
    /// Whether no value belongs to CloudTrail.
    is_foreign: bool,
}

/// The error of the reader of any shape, which the pipeline knows as a failure to read the body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ShapeError<'e> {
    Input(&'e InputError),
    NoRecords(&'e NoRecords),
}

impl<'e> ShapeError<'e> {
    pub(crate) fn of(error: &'e LogFileError) -> Option<Self> {
        let LogFileError::Read(cause) = error else { return None };
        let cause = cause.get_ref()?;
        let input = cause.downcast_ref().map(Self::Input);
        input.or_else(|| cause.downcast_ref().map(Self::NoRecords))
    }

    pub(crate) fn of_file(error: &'e FileError) -> Option<Self> {
        if let FileError::Read { source, .. } = error { Self::of(source) } else { None }
    }

    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Input(error) => error.code(),
            Self::NoRecords(error) => error.code,
        }
    }

    /// Whether the file has nothing to do with CloudTrail.
    pub(crate) fn is_foreign(self) -> bool {
        match self {
            Self::Input(error) => is_foreign_format(error),
            Self::NoRecords(error) => error.is_foreign,
        }
    }
}

/// What is in there is as good as before, even after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
