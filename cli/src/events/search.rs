//! Reads the inputs and hands out the events of a page in order.
//!
//! Inputs without a delivery time are read first, because their events may be from any time. Log files follow, the
//! latest delivery first, so that events can be handed out before the older files are read.

use std::cmp::Reverse;
use std::io;

use cloudtrail::Limits;
use cloudtrail::shapes::RejectedInput;
use history::{
    Event, Filter, Page, RecordFault, ScanError, ScanSink, Scanner, Sequence, Summary, end_of_times,
};

use super::indexed::IndexedSearch;
use crate::inputs::{Input, Inputs, is_foreign_format, is_foreign_value, may_have_another_shape};
use crate::terminal::{complain, printable};

/// The most messages about inputs. The last one counts the others.
pub(super) const MAX_MESSAGES: u64 = 20;

/// The result of a search.
#[derive(Debug)]
pub(super) struct Searched {
    pub(super) summary: Summary,
    /// Whether an input was read, or left unread because it cannot contain an event of the page.
    pub(super) is_evaluated: bool,
}

/// Searches the inputs, except for files that an index rules out, and passes the events of the page to `show`.
///
/// # Errors
///
/// The first error of `show`.
pub(super) fn search(
    all: &Inputs,
    filter: &Filter,
    page: Page,
    mut index: Option<IndexedSearch>,
    mut show: impl FnMut(&Event) -> io::Result<()>,
) -> io::Result<Searched> {
    let mut search = Search::new(filter, page);
    search.name_unreadable(all);
    let mut inputs: Vec<&Input> = all.inputs.iter().collect();
    search.summary.files += inputs.len() as u64;
    let listed = inputs.len();
    inputs.retain(|input| input.key.as_ref().is_none_or(|key| filter.may_contain(key)));
    search.is_evaluated = inputs.len() < listed;
    inputs.sort_by_key(|input| Reverse(input.delivered_at().unwrap_or(i64::MAX)));
    all.read_ahead(inputs.iter().copied());
    for input in inputs {
        let Search { sequence, summary, .. } = &mut search;
        if let Some(end) = input.delivered_at().and_then(end_of_times) {
            sequence.release(end, |event| {
                summary.add(&event);
                show(&event)
            })?;
        }
        if sequence.is_full() {
            sequence.leave_unread();
            break;
        }
        if index.as_mut().is_some_and(|index| index.rules_out(input)) {
            search.is_evaluated = true;
            search.summary.files_ruled_out += 1;
        } else {
            search.read(input);
        }
    }
    let Search { sequence, summary, .. } = &mut search;
    sequence.finish(|event| {
        summary.add(&event);
        show(&event)
    })?;
    Ok(search.finish(filter))
}

struct Search<'f> {
    scanner: Scanner<'f>,
    sequence: Sequence,
    summary: Summary,
    messages: u64,
    /// Values in skipped files, which the scanner counted as rejected records.
    skipped_values: u64,
    is_evaluated: bool,
}

impl<'f> Search<'f> {
    fn new(filter: &'f Filter, page: Page) -> Self {
        Self {
            scanner: Scanner::new(filter, Limits::default()),
            sequence: Sequence::new(page),
            summary: Summary::default(),
            messages: 0,
            skipped_values: 0,
            is_evaluated: false,
        }
    }

    fn name_unreadable(&mut self, inputs: &Inputs) {
        for text in &inputs.unreachable {
            self.summary.files += 1;
            self.summary.files_failed += 1;
            self.tell(&format!("error: {text}"));
        }
        for text in &inputs.skipped {
            self.summary.files_skipped += 1;
            self.tell(&format!("note: skipped {text}"));
        }
    }

    fn read(&mut self, input: &Input) {
        let before = self.scanner.counts();
        let mut sink = Sink::new(&mut self.sequence);
        let outcome = read(&mut self.scanner, input, &mut sink);
        let Sink { faults, more, is_foreign, .. } = sink;
        let after = self.scanner.counts();
        let rejected = after.rejected - before.rejected;
        let evaluated = after.records - before.records - rejected;
        let is_foreign = input.is_in_folder && evaluated == 0 && is_foreign;
        let is_skipped = is_foreign && outcome.as_ref().map_or_else(Failure::is_foreign, |()| rejected > 0);
        if is_skipped {
            let reason = outcome.err().map(|error| error.to_string()).or_else(|| faults.into_iter().next());
            self.skip(input, rejected, &reason.unwrap_or_default());
            return;
        }
        self.summary.files_read += 1;
        self.is_evaluated |= outcome.is_ok() && (evaluated > 0 || rejected == 0);
        for fault in faults {
            self.tell(&format!("note: `{}`: {fault}", input.name));
        }
        self.messages += more;
        if let Err(error) = outcome {
            self.summary.files_failed += 1;
            self.tell(&format!("error: `{}`: {error}", input.name));
        }
    }

    /// Counts a file of a folder that has nothing to do with CloudTrail. What is in it does not count as records.
    fn skip(&mut self, input: &Input, values: u64, reason: &str) {
        self.summary.files -= 1;
        self.summary.files_skipped += 1;
        self.skipped_values += values;
        self.tell(&format!("note: skipped `{}`: {reason}", input.name));
    }

    fn tell(&mut self, text: &str) {
        self.messages += 1;
        if self.messages <= MAX_MESSAGES {
            complain(printable(text));
        }
    }

    fn finish(self, filter: &Filter) -> Searched {
        if self.messages > MAX_MESSAGES {
            complain(format_args!("note: {} more messages are not shown", self.messages - MAX_MESSAGES));
        }
        let Self { scanner, sequence, mut summary, skipped_values, is_evaluated, .. } = self;
        summary.counts = scanner.counts();
        summary.counts.records -= skipped_values;
        summary.counts.rejected -= skipped_values;
        summary.duplicates = sequence.duplicates();
        summary.out_of_order = sequence.out_of_order();
        summary.leaves_reads_out = filter.leaves_reads_out();
        summary.next = sequence.next();
        Searched { summary, is_evaluated }
    }
}

/// Reads an input: a trail's log file strictly, and everything else in any shape.
///
/// # Errors
///
/// If the input cannot be read to its end.
pub(super) fn read(
    scanner: &mut Scanner<'_>,
    input: &Input,
    sink: &mut impl ScanSink,
) -> Result<(), Failure> {
    let source = input.open().map_err(Failure::Open)?;
    if input.key.is_none() {
        return scanner.scan_input(source, &input.name, sink).map_err(Failure::Scan);
    }
    let before = scanner.counts();
    let mut strict = Held::default();
    let outcome = scanner.scan_log_file(source, &input.name, &mut strict);
    let Err(ScanError::LogFile(error)) = outcome else {
        strict.pass_to(sink);
        return outcome.map_err(Failure::Scan);
    };
    let counts = scanner.counts();
    if may_have_another_shape(&error) {
        scanner.restore(before);
        let mut other = Held::default();
        let source = input.open().map_err(Failure::Open)?;
        let outcome = scanner.scan_input(source, &input.name, &mut other);
        // A damaged log file stays one, whatever else can be read from it.
        let is_other = scanner.counts().records > before.records && other.faults.is_empty();
        if outcome.is_ok() && is_other {
            other.pass_to(sink);
            return Ok(());
        }
        scanner.restore(counts);
    }
    strict.pass_to(sink);
    Err(Failure::Scan(ScanError::LogFile(error)))
}

/// Holds what one input contains until it is certain which reader the input needs.
#[derive(Default)]
struct Held {
    events: Vec<Event>,
    faults: Vec<RecordFault>,
}

impl Held {
    fn pass_to(self, sink: &mut impl ScanSink) {
        self.events.into_iter().for_each(|event| sink.event(event));
        self.faults.into_iter().for_each(|fault| sink.fault(fault));
    }
}

impl ScanSink for Held {
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn fault(&mut self, fault: RecordFault) {
        self.faults.push(fault);
    }
}

/// Why an input could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("cannot open it: {}", pipeline::chain(.0))]
    Open(io::Error),
    #[error("{}", pipeline::chain(.0))]
    Scan(ScanError),
}

impl Failure {
    /// Whether the file is in a format that no log file has, or empty.
    fn is_foreign(&self) -> bool {
        matches!(self, Self::Scan(ScanError::Input(error)) if is_foreign_format(error))
    }
}

/// Takes what one input contains.
struct Sink<'s> {
    sequence: &'s mut Sequence,
    /// The first faults, in words.
    faults: Vec<String>,
    /// The number of further faults.
    more: u64,
    /// Whether all faults are values that have nothing to do with CloudTrail.
    is_foreign: bool,
}

impl<'s> Sink<'s> {
    fn new(sequence: &'s mut Sequence) -> Self {
        Self { sequence, faults: Vec::new(), more: 0, is_foreign: true }
    }
}

impl ScanSink for Sink<'_> {
    fn event(&mut self, event: Event) {
        self.sequence.push(event);
    }

    fn fault(&mut self, fault: RecordFault) {
        self.is_foreign &= is_foreign(&fault);
        if (self.faults.len() as u64) < MAX_MESSAGES {
            self.faults.push(fault.to_string());
        } else {
            self.more += 1;
        }
    }
}

/// Whether a value has nothing to do with CloudTrail, or is known to contain no records.
fn is_foreign(fault: &RecordFault) -> bool {
    matches!(fault, RecordFault::Input(RejectedInput { fault, .. }) if is_foreign_value(fault))
}
