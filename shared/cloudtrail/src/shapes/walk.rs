//! Walks one text value by value: reads lists element by element, and identifies objects by their members.
//!
//! It uses one window, which grows for a kept object up to eight times the largest record. It hands out the texts inside
//! objects, and the reader walks each of them separately.

mod recovery;

use super::content::Content;
use super::error::{InputError, InputFault, RejectedInput};
use super::format::Format;
use super::members::{Elements, Kind, Members, Name};
use super::shape::{Identity, InnerText, identify, identify_opened, unescape};
use super::text::{Held, Stop, Text, is_bare};
use crate::log_file::error::JsonFault;
use crate::log_file::{Limits, RejectReason};

/// The largest object around records, as a multiple of the largest record: escapes and base64 lengthen text.
const KEPT_RECORDS: usize = 8;

/// The most lists and objects around a record in one text.
const MAX_FRAMES: usize = 16;

/// CloudTrail starts a record with this. In a list of records, it identifies a record without a look at the members:
/// S3's notifications have version 2.
const RECORD_START: &[u8] = b"{\"eventVersion\":\"1.";

const IN_OBJECT: &str = "an object";
const IN_LIST: &str = "a list";

/// A text and the position in it.
pub(super) struct Walk<'r> {
    text: Text<'r>,
    limits: Limits,
    frames: Vec<Frame>,
    /// Whether only whitespace has been read.
    is_blank: bool,
    reread_bytes: u64,
    /// Whether to skip the rest of the line.
    passes_line: bool,
    /// The name of the member read last.
    name: String,
}

/// An open list or object.
enum Frame {
    List {
        elements: Elements,
        is_first: bool,
        /// Whether fields of a result row were skipped in it.
        has_fields: bool,
        /// Whether a record, or a text that should contain one, was found in it.
        has_records: bool,
    },
    /// An object with a list that is read element by element.
    Object { members: Members, elements: Elements },
}

/// The next item of a walk.
pub(super) enum WalkItem {
    /// A record: the last `bytes` bytes before the cursor.
    Record {
        bytes: usize,
    },
    /// Texts that contain records.
    Texts(Vec<InnerText>),
    Rejected(RejectedInput),
}

/// The result of reading one piece of the text.
enum Piece {
    Item(WalkItem),
    /// Nothing to hand out.
    Passed,
    End,
}

impl<'r> Walk<'r> {
    /// A walk through `content` with a window of initially `window_bytes`.
    pub(super) fn new(content: Content<'r>, limits: Limits, window_bytes: usize) -> Self {
        let hold_limit = limits.record_bytes.saturating_mul(KEPT_RECORDS);
        Self {
            text: Text::new(content, window_bytes, hold_limit, limits.depth),
            limits,
            frames: Vec::new(),
            is_blank: true,
            reread_bytes: 0,
            passes_line: false,
            name: String::new(),
        }
    }

    /// The text; its last bytes are the record that was found.
    pub(super) fn text(&self) -> &Text<'r> {
        &self.text
    }

    /// Continues to the next item; `None` at the end.
    pub(super) fn advance(&mut self) -> Result<Option<WalkItem>, InputError> {
        loop {
            match self.read_piece() {
                Ok(Piece::Item(found)) => return Ok(Some(found)),
                Ok(Piece::Passed) => {}
                Ok(Piece::End) => return Ok(None),
                Err(Stop::Input(error)) => return Err(error),
                Err(Stop::Fault(fault)) => return self.recover(fault).map(Some),
            }
        }
    }

    fn read_piece(&mut self) -> Result<Piece, Stop> {
        match self.frames.pop() {
            None => self.read_top_value(),
            Some(Frame::Object { members, elements }) => self.read_members(members, elements, false),
            Some(Frame::List { elements, is_first, has_fields, has_records }) => {
                self.frames.push(Frame::List { elements, is_first: false, has_fields, has_records });
                self.read_element(elements, is_first)
            }
        }
    }

    /// Reads a value at the top level.
    fn read_top_value(&mut self) -> Result<Piece, Stop> {
        if std::mem::take(&mut self.passes_line) {
            self.text.skip_line()?;
        }
        loop {
            let Some(byte) = self.text.peek_visible()? else {
                return if self.is_blank { Err(InputError::Empty.into()) } else { Ok(Piece::End) };
            };
            match byte {
                // Pasted from the middle of a list, or separated as in RFC 7464.
                b',' | 0x1e => self.text.skip(1),
                0xef if self.text.ahead(3)? == b"\xef\xbb\xbf" => self.text.skip(3),
                _ => {
                    self.is_blank = false;
                    return match byte {
                        b'"' if Format::is_quoted_csv(self.line_ahead()?) => self.read_other_line(byte),
                        b'{' | b'[' | b'"' => self.read_value(byte, Elements::Any),
                        _ => self.read_other_line(byte),
                    };
                }
            }
        }
    }

    fn read_element(&mut self, elements: Elements, is_first: bool) -> Result<Piece, Stop> {
        let mut byte = self.text.peek_inside(IN_LIST)?;
        if byte == b']' {
            self.text.enter();
            self.text.skip(1);
            return Ok(self.leave_list());
        }
        if !is_first {
            if byte != b',' {
                return Err(Stop::Fault(JsonFault::Expected("`,` or `]`")));
            }
            self.text.skip(1);
            byte = self.text.peek_inside(IN_LIST)?;
        }
        self.read_value(byte, elements)
    }

    /// Leaves the innermost list; rejects a result row without a column that contains the record.
    fn leave_list(&mut self) -> Piece {
        match self.frames.pop() {
            Some(Frame::List { has_fields: true, has_records: false, .. }) => {
                self.reject(InputFault::RowWithoutRecord)
            }
            Some(Frame::List { has_records: true, .. }) => {
                self.mark_records();
                Piece::Passed
            }
            Some(Frame::List { .. } | Frame::Object { .. }) | None => Piece::Passed,
        }
    }

    /// Marks the innermost list as containing a record.
    fn mark_records(&mut self) {
        if let Some(Frame::List { has_records, .. }) = self.frames.last_mut() {
            *has_records = true;
        }
    }

    /// Reads the value that starts with `byte` as one of `elements`.
    fn read_value(&mut self, byte: u8, elements: Elements) -> Result<Piece, Stop> {
        match byte {
            b'{' => self.read_object(elements),
            b'[' if self.frames.len() == MAX_FRAMES => {
                self.text.enter();
                self.text.pass_container()?;
                Ok(self.reject(InputFault::TooNested { limit: MAX_FRAMES }))
            }
            b'[' => {
                self.text.enter();
                self.text.skip(1);
                let is_row = matches!(self.frames.last(), Some(Frame::List { .. }));
                self.enter_list(if is_row && elements != Elements::Records {
                    Elements::Fields
                } else {
                    elements
                });
                Ok(Piece::Passed)
            }
            b'"' => self.read_text(elements),
            _ if is_bare(byte) => {
                self.text.enter();
                self.text.pass_bare()?;
                if elements == Elements::Fields {
                    return Ok(self.leave_field());
                }
                Ok(self.reject(InputFault::Record(RejectReason::NotAnObject)))
            }
            _ => Err(Stop::Fault(JsonFault::Expected("a value"))),
        }
    }

    fn enter_list(&mut self, elements: Elements) {
        self.frames.push(Frame::List { elements, is_first: true, has_fields: false, has_records: false });
    }

    /// Reads a string, which may contain JSON.
    fn read_text(&mut self, elements: Elements) -> Result<Piece, Stop> {
        self.text.hold();
        self.text.pass_string(|_| ())?;
        let bytes = self.text.held_bytes();
        if self.text.release().is_too_large {
            return Ok(self.reject_too_large());
        }
        match unescape(self.text.last(bytes)) {
            Ok(text) if elements == Elements::Fields && !text.contains(&b'{') => Ok(self.leave_field()),
            Ok(text) => Ok(self.leave_texts(vec![InnerText { member: None, text }])),
            Err(fault) => Ok(self.reject(fault)),
        }
    }

    fn read_object(&mut self, elements: Elements) -> Result<Piece, Stop> {
        self.text.hold();
        if elements == Elements::Records && self.text.ahead(RECORD_START.len())? == RECORD_START {
            self.text.pass_container()?;
            let bytes = self.text.held_bytes();
            // If brackets do not match, reading the members finds its end more reliably.
            if !self.text.is_unbalanced() || !self.text.rewind() {
                let held = self.text.release();
                return Ok(self.leave_record(bytes, held));
            }
            self.text.hold();
        }
        self.text.skip(1);
        self.read_members(Members::default(), elements, true)
    }

    /// Reads the members of an object up to its end, or up to a list that is read element by element.
    fn read_members(
        &mut self,
        mut members: Members,
        elements: Elements,
        mut is_first: bool,
    ) -> Result<Piece, Stop> {
        loop {
            match self.text.peek_inside(IN_OBJECT)? {
                b'}' => {
                    self.text.skip(1);
                    return Ok(self.leave_object(&members, elements));
                }
                b',' if !is_first => self.text.skip(1),
                _ if is_first => {}
                _ => return Err(Stop::Fault(JsonFault::Expected("`,` or `}`"))),
            }
            is_first = false;
            self.text.pass_name(&mut self.name)?;
            if self.text.peek_inside(IN_OBJECT)? != b':' {
                return Err(Stop::Fault(JsonFault::Expected("`:`")));
            }
            self.text.skip(1);
            let kind = Kind::of(self.text.peek_inside(IN_OBJECT)?);
            let name = members.push(&self.name, kind);
            if let Some((list, within)) = name.and_then(|name| Some((name, name.elements()?)))
                && self.opens(&mut members, list, kind)
            {
                return self.open_list(members, elements, within, kind);
            }
            let from = self.text.held_bytes();
            self.text.pass_value()?;
            if name.is_some() {
                members.set_value(from..self.text.held_bytes());
            }
        }
    }

    /// Whether to read the value of the member `list` element by element.
    fn opens(&self, members: &mut Members, list: Name, kind: Kind) -> bool {
        if !matches!(kind, Kind::List | Kind::Object) || self.frames.len() + 2 > MAX_FRAMES {
            return false;
        }
        match members.opened {
            Some(opened) if opened != list => {
                members.second = Some(list);
                return false;
            }
            Some(_) | None => members.opened = Some(list),
        }
        // A test of the subscription contains no records, whatever it lists.
        let is_control = members.find(Name::MessageType).is_some_and(|member| {
            let held = self.text.last(self.text.held_bytes());
            held.get(member.value.clone()) == Some(b"\"CONTROL_MESSAGE\"")
        });
        !(is_control && list == Name::LogEvents)
    }

    /// Enters the list at the cursor, or the single object in its place.
    fn open_list(
        &mut self,
        members: Members,
        elements: Elements,
        within: Elements,
        kind: Kind,
    ) -> Result<Piece, Stop> {
        self.text.release();
        self.frames.push(Frame::Object { members, elements });
        if kind == Kind::Object {
            return self.read_object(within);
        }
        self.text.skip(1);
        self.enter_list(within);
        Ok(Piece::Passed)
    }

    /// Identifies the object that ends at the cursor.
    fn leave_object(&mut self, members: &Members, elements: Elements) -> Piece {
        let bytes = self.text.held_bytes();
        let held = self.text.release();
        let identity = match members.opened {
            Some(opened) => identify_opened(members, opened),
            None if held.is_too_large => return self.reject_too_large(),
            None => identify(members, self.text.last(bytes), elements),
        };
        match identity {
            Identity::Record => self.leave_record(bytes, held),
            Identity::Around(texts) => self.leave_texts(texts),
            Identity::Field => self.leave_field(),
            Identity::Nothing => Piece::Passed,
            Identity::Rejected(fault) => self.reject(fault),
        }
    }

    /// Leaves a field that is not the record of its row; a field outside a row is rejected.
    fn leave_field(&mut self) -> Piece {
        if let Some(Frame::List { has_fields, .. }) = self.frames.last_mut() {
            *has_fields = true;
            return Piece::Passed;
        }
        self.reject(InputFault::RowWithoutRecord)
    }

    fn leave_texts(&mut self, texts: Vec<InnerText>) -> Piece {
        self.mark_records();
        Piece::Item(WalkItem::Texts(texts))
    }

    fn leave_record(&mut self, bytes: usize, held: Held) -> Piece {
        self.mark_records();
        let limits = self.limits;
        let reason = if held.is_too_large || bytes > limits.record_bytes {
            RejectReason::TooLarge { limit: limits.record_bytes }
        } else if held.is_too_deep {
            RejectReason::TooDeep { limit: limits.depth }
        } else if held.is_unbalanced {
            RejectReason::Unbalanced
        } else if std::str::from_utf8(self.text.last(bytes)).is_err() {
            RejectReason::InvalidUtf8
        } else {
            return Piece::Item(WalkItem::Record { bytes });
        };
        self.reject(InputFault::Record(reason))
    }

    fn reject(&self, fault: InputFault) -> Piece {
        Piece::Item(self.rejected(fault))
    }

    fn reject_too_large(&self) -> Piece {
        self.reject(InputFault::Record(RejectReason::TooLarge { limit: self.limits.record_bytes }))
    }

    fn rejected(&self, fault: InputFault) -> WalkItem {
        WalkItem::Rejected(RejectedInput { line: self.text.line(), within: None, fault })
    }
}
