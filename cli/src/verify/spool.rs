//! The log files of the JSON form, written down while they are judged: there may be more than fit into memory.
//!
//! What is small stays in memory; the rest goes to files without a name, which are gone with the process.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use digests::LogFileOutcome;
use tempfile::SpooledTempFile;

use super::details::details_of_file;

/// Bytes of a part that are kept in memory.
const MEMORY_BYTES: usize = 1 << 20;

/// Log files with their verdicts, and with what else is known of them, as members of JSON objects.
#[derive(Debug)]
pub(super) struct Spool(Mutex<State>);

#[derive(Debug)]
struct State {
    whole: Part,
    /// Of accounts and regions that are not complete.
    parts: BTreeMap<(String, String), Part>,
    /// Why something could not be written down.
    fault: Option<io::Error>,
}

#[derive(Debug)]
struct Part {
    verdicts: SpooledTempFile,
    details: SpooledTempFile,
}

impl Default for Part {
    fn default() -> Self {
        Self { verdicts: SpooledTempFile::new(MEMORY_BYTES), details: SpooledTempFile::new(MEMORY_BYTES) }
    }
}

impl Default for Spool {
    fn default() -> Self {
        Self(Mutex::new(State { whole: Part::default(), parts: BTreeMap::new(), fault: None }))
    }
}

impl Spool {
    /// Adds log files of an account and region.
    pub(super) fn add(&self, account: &str, region: &str, files: &[LogFileOutcome]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let part = state.parts.entry((account.to_owned(), region.to_owned())).or_default();
        let added = files.iter().try_for_each(|file| part.add(file));
        state.note(added);
    }

    /// Puts what there is into the order of accounts and regions.
    pub(super) fn settle(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = std::mem::take(&mut state.parts);
        let moved = parts.into_values().try_for_each(|part| state.whole.append(part));
        state.note(moved);
    }

    /// Writes the members of the objects `logFiles` and `details`, each member after a comma.
    pub(super) fn write(
        &self,
        mut verdicts: impl FnMut(&mut SpooledTempFile) -> io::Result<()>,
        mut details: impl FnMut(&mut SpooledTempFile) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = state.fault.take() {
            return Err(fault);
        }
        state.whole.verdicts.seek(SeekFrom::Start(0))?;
        verdicts(&mut state.whole.verdicts)?;
        state.whole.details.seek(SeekFrom::Start(0))?;
        details(&mut state.whole.details)
    }
}

impl State {
    fn note(&mut self, result: io::Result<()>) {
        if let Err(fault) = result {
            self.fault.get_or_insert(fault);
        }
    }
}

impl Part {
    fn add(&mut self, file: &LogFileOutcome) -> io::Result<()> {
        let place = serde_json::to_string(&file.place.to_string())?;
        write!(self.verdicts, ",{place}:\"{}\"", file.verdict.as_str())?;
        write!(self.details, ",{place}:{}", serde_json::to_string(&details_of_file(file))?)
    }

    fn append(&mut self, mut part: Self) -> io::Result<()> {
        for (to, from) in [(&mut self.verdicts, &mut part.verdicts), (&mut self.details, &mut part.details)] {
            from.seek(SeekFrom::Start(0))?;
            to.seek(SeekFrom::End(0))?;
            io::copy(from, to)?;
        }
        Ok(())
    }
}

/// Copies members, without the comma in front of the first one if `is_first`.
pub(super) fn copy_members(
    from: &mut SpooledTempFile,
    is_first: bool,
    to: &mut impl Write,
) -> io::Result<()> {
    if is_first {
        let mut comma = [0];
        let _ = from.read(&mut comma)?;
    }
    io::copy(from, to).map(drop)
}
