//! Reads the records of an input by walking its text and the texts nested in it, innermost first.
//!
//! It uses the memory of the nested walks that are open, seven at most. Records are handed out as they are found. As for
//! a log file, the consumer checks whether the bytes of a record are valid JSON.

use super::content::Content;
use super::error::{InputError, InputFault, RejectedInput};
use super::members::Name;
use super::shape::InnerText;
use super::walk::{Walk, WalkItem};
use crate::log_file::Limits;
use std::collections::VecDeque;
use std::io::{Cursor, Read};

/// The initial size of the read window.
const WINDOW_BYTES: usize = 512 * 1024;

/// The most nested texts: a record in a message in an envelope in a queue's message, and some more.
const MAX_TEXTS: usize = 6;

/// The next item of an input.
#[derive(Debug)]
pub enum Item<'a> {
    /// The bytes of a record, from `{` to its `}`: valid UTF-8 with balanced brackets outside of strings.
    Record(&'a [u8]),
    /// A value from which no record can be read.
    Rejected(RejectedInput),
}

/// Opens an input of any shape, compressed or plain, to read its records.
///
/// Nothing is read before the first item is requested.
pub fn open_input<'r>(source: impl Read + Send + 'r, limits: Limits) -> InputReader<'r> {
    InputReader::new(source, limits, WINDOW_BYTES, 0)
}

/// An open input: a lending iterator over its records and rejected values.
pub struct InputReader<'r> {
    walk: Walk<'r>,
    limits: Limits,
    state: ReadState,
    /// Texts found last, which are read before anything else.
    inner: VecDeque<InnerText>,
    open: Option<OpenText>,
    /// The number of texts around this one.
    level: usize,
    /// The bytes read from texts inside this one.
    inner_bytes: u64,
}

/// A nested text while it is read.
struct OpenText {
    member: Option<&'static str>,
    reader: Box<InputReader<'static>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ReadState {
    Reading,
    Complete,
    Failed,
}

/// The result of one step.
enum Step {
    Record { bytes: usize },
    Rejected(RejectedInput),
}

impl<'r> InputReader<'r> {
    pub(super) fn new(
        source: impl Read + Send + 'r,
        limits: Limits,
        window_bytes: usize,
        level: usize,
    ) -> Self {
        Self {
            walk: Walk::new(Content::new(source, limits.decompressed_bytes), limits, window_bytes),
            limits,
            state: ReadState::Reading,
            inner: VecDeque::new(),
            open: None,
            level,
            inner_bytes: 0,
        }
    }

    /// The bytes of text read so far, after decompression.
    pub fn text_bytes(&self) -> u64 {
        self.walk.text().bytes()
    }

    /// Reads up to the next record or rejected value.
    ///
    /// `None` means that the input ended where it may and that every checksum matched. Until then, the items handed out
    /// are unverified.
    ///
    /// # Errors
    ///
    /// An [`InputError`] if the input cannot be read further. Later calls fail with [`InputError::AfterFailure`].
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, InputError> {
        let step = self.advance()?;
        Ok(step.map(|step| match step {
            Step::Record { bytes } => Item::Record(self.innermost().walk.text().last(bytes)),
            Step::Rejected(rejected) => Item::Rejected(rejected),
        }))
    }

    /// The reader in which the last record was found.
    fn innermost(&self) -> &InputReader<'_> {
        self.open.as_ref().map_or(self, |open| open.reader.innermost())
    }

    fn advance(&mut self) -> Result<Option<Step>, InputError> {
        loop {
            if let Some(step) = self.advance_inner() {
                return Ok(Some(step));
            }
            if let Some(inner) = self.inner.pop_front() {
                if let Err(rejected) = self.open_inner(inner) {
                    return Ok(Some(Step::Rejected(rejected)));
                }
                continue;
            }
            match self.state {
                ReadState::Complete => return Ok(None),
                ReadState::Failed => return Err(InputError::AfterFailure),
                ReadState::Reading => {}
            }
            match self.walk.advance() {
                Ok(Some(WalkItem::Record { bytes })) => return Ok(Some(Step::Record { bytes })),
                Ok(Some(WalkItem::Rejected(rejected))) => return Ok(Some(Step::Rejected(rejected))),
                Ok(Some(WalkItem::Texts(texts))) => self.inner.extend(texts),
                Ok(None) => self.state = ReadState::Complete,
                Err(error) => {
                    self.state = ReadState::Failed;
                    return Err(error);
                }
            }
        }
    }

    /// Continues reading the open nested text; `None` if there is none or it has ended.
    fn advance_inner(&mut self) -> Option<Step> {
        let OpenText { member, reader } = self.open.as_mut()?;
        let member = *member;
        let (within, fault) = match reader.advance() {
            Ok(Some(step @ Step::Record { .. })) => return Some(step),
            Ok(Some(Step::Rejected(rejected))) => (rejected.within.or(member), rejected.fault),
            Ok(None) => {
                self.inner_bytes += reader.text_bytes() + reader.inner_bytes;
                self.open = None;
                return None;
            }
            Err(error) => {
                self.open = None;
                (member, InputFault::Inner(Box::new(error)))
            }
        };
        // The bus also carries events of other AWS services.
        let is_unknown = matches!(fault, InputFault::UnknownShape { .. });
        let fault =
            if is_unknown && within == Some(Name::Detail.as_str()) { InputFault::OtherEvent } else { fault };
        Some(Step::Rejected(RejectedInput { line: self.walk.text().line(), within, fault }))
    }

    /// Opens a text found inside an object.
    fn open_inner(&mut self, InnerText { member, text }: InnerText) -> Result<(), RejectedInput> {
        let reject = |reader: &Self, fault| {
            Err(RejectedInput { line: reader.walk.text().line(), within: member, fault })
        };
        if self.level == MAX_TEXTS {
            return reject(self, InputFault::TooNested { limit: MAX_TEXTS });
        }
        if !text.contains(&b'{') && !text.starts_with(&[0x1f, 0x8b]) {
            return reject(self, InputFault::TextWithoutRecord);
        }
        let limits = Limits {
            decompressed_bytes: self.limits.decompressed_bytes.saturating_sub(self.inner_bytes),
            ..self.limits
        };
        // One byte more, so that the end is found without making room.
        let window_bytes = WINDOW_BYTES.min(text.len() + 1);
        let reader = InputReader::new(Cursor::new(text), limits, window_bytes, self.level + 1);
        self.open = Some(OpenText { member, reader: Box::new(reader) });
        Ok(())
    }
}
