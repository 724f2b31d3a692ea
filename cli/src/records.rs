//! Passes the records of the user's inputs to a command.
//!
//! An input that cannot be read is named, and the others are read.

use std::io::Read;

use cloudtrail::shapes::{InputError, Item, open_input};
use cloudtrail::{Limits, LogFileError, Record, open_log_file};
use filter_pattern::RecordError;

use crate::inputs::{Input, Inputs, is_foreign_format, is_foreign_value, may_have_another_shape};
use crate::terminal::{complain, printable};

/// The most notes about inputs. The last one counts the others.
const MAX_NOTES: u64 = 20;

/// What a command does with a record of an input.
pub(crate) type Visit<'v> = dyn FnMut(&Input, &[u8]) -> Result<(), RecordError> + 'v;

/// The records that the user gave.
#[derive(Debug)]
pub(crate) struct Given {
    /// The records that the command could use.
    pub(crate) records: u64,
    /// Whether everything could be read.
    pub(crate) is_complete: bool,
    notes: u64,
}

impl Default for Given {
    fn default() -> Self {
        Self { records: 0, is_complete: true, notes: 0 }
    }
}

/// Visits every record of the inputs.
pub(crate) fn visit(inputs: &Inputs, visit: &mut Visit<'_>) -> Given {
    let mut given = Given::default();
    for text in &inputs.unreachable {
        given.fail(&format!("error: {text}"));
    }
    for text in &inputs.skipped {
        given.note(&format!("note: skipped {text}"));
    }
    inputs.read_ahead(inputs.inputs.iter());
    for input in &inputs.inputs {
        given.read(input, visit);
    }
    if given.notes > MAX_NOTES {
        complain(format_args!("note: {} more messages are not shown", given.notes - MAX_NOTES));
    }
    given
}

impl Given {
    fn read(&mut self, input: &Input, visit: &mut Visit<'_>) {
        let mut seen = Seen::default();
        let outcome = seen.read(input, &mut |record| visit(input, record));
        let name = &input.name;
        let is_foreign = input.is_in_folder && seen.records == 0 && seen.is_foreign;
        self.records += seen.records;
        match (outcome, seen.fault) {
            (Err(Failure::Input(error)), _) if is_foreign && is_foreign_format(&error) => {
                self.note(&format!("note: skipped `{name}`: {}", pipeline::chain(&error)));
            }
            (Ok(()), Some(fault)) if is_foreign => self.note(&format!("note: skipped `{name}`: {fault}")),
            (Err(error), _) => self.fail(&format!("error: `{name}`: {error}")),
            (Ok(()), Some(fault)) => {
                let more = match seen.rejected {
                    1 => String::new(),
                    count => format!("; {} more could not be read", count - 1),
                };
                self.fail(&format!("note: `{name}`: {fault}{more}"));
            }
            (Ok(()), None) => {}
        }
    }

    fn fail(&mut self, text: &str) {
        self.is_complete = false;
        self.note(text);
    }

    fn note(&mut self, text: &str) {
        self.notes += 1;
        if self.notes <= MAX_NOTES {
            complain(printable(text));
        }
    }
}

/// Why an input could not be read to its end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot open it: {}", pipeline::chain(.0))]
    Open(std::io::Error),
    #[error("{}", pipeline::chain(.0))]
    LogFile(LogFileError),
    #[error("{}", pipeline::chain(.0))]
    Input(InputError),
}

/// What a command does with a record.
type VisitRecord<'v> = dyn FnMut(&[u8]) -> Result<(), RecordError> + 'v;

/// What one input contains.
#[derive(Debug)]
struct Seen {
    records: u64,
    rejected: u64,
    /// The first fault.
    fault: Option<String>,
    /// Whether all faults are values that have nothing to do with CloudTrail.
    is_foreign: bool,
}

impl Default for Seen {
    fn default() -> Self {
        Self { records: 0, rejected: 0, fault: None, is_foreign: true }
    }
}

impl Seen {
    fn read(&mut self, input: &Input, visit: &mut VisitRecord<'_>) -> Result<(), Failure> {
        let source = input.open().map_err(Failure::Open)?;
        if input.key.is_none() {
            return self.read_any_shape(source, visit).map_err(Failure::Input);
        }
        let error = match self.read_log_file(source, visit) {
            Err(error) if may_have_another_shape(&error) => error,
            outcome => return outcome.map_err(Failure::LogFile),
        };
        let mut other = Self::default();
        let source = input.open().map_err(Failure::Open)?;
        // A damaged log file stays one, whatever else can be read from it.
        if other.read_any_shape(source, visit).is_ok() && other.rejected == 0 && other.records > 0 {
            *self = other;
            return Ok(());
        }
        Err(Failure::LogFile(error))
    }

    fn read_log_file(&mut self, source: impl Read, visit: &mut VisitRecord<'_>) -> Result<(), LogFileError> {
        let mut reader = open_log_file(source, Limits::default());
        while let Some(record) = reader.next_record()? {
            match record {
                Record::Complete(record) => self.pass(record, visit),
                Record::Rejected(rejection) => {
                    self.reject(format!("record {}: {}", rejection.index + 1, rejection.reason), false);
                }
            }
        }
        Ok(())
    }

    fn read_any_shape(
        &mut self,
        source: impl Read + Send,
        visit: &mut VisitRecord<'_>,
    ) -> Result<(), InputError> {
        let mut reader = open_input(source, Limits::default());
        while let Some(item) = reader.next_item()? {
            match item {
                Item::Record(record) => self.pass(record, visit),
                Item::Rejected(rejected) => {
                    self.reject(rejected.to_string(), is_foreign_value(&rejected.fault));
                }
            }
        }
        Ok(())
    }

    fn pass(&mut self, record: &[u8], visit: &mut VisitRecord<'_>) {
        match visit(record) {
            Ok(()) => self.records += 1,
            Err(error) => {
                let number = self.records + self.rejected + 1;
                self.reject(format!("record {number}: {error}"), false);
            }
        }
    }

    fn reject(&mut self, fault: String, is_foreign: bool) {
        self.rejected += 1;
        self.is_foreign &= is_foreign;
        self.fault.get_or_insert(fault);
    }
}
