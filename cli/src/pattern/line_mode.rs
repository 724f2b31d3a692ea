//! Answers lines one by one: one line in, one answer out.
//!
//! It works as a filter over files and as a co-process that is asked line by line: an answer is held back only while the
//! next line is already in the buffer. A line that cannot be evaluated is answered with `false`, and counted.

use std::io::{BufWriter, Read, Write};

use anyhow::Context as _;
use cloudtrail::Limits;
use cloudtrail::shapes::{InputFault, Item, RejectedInput, open_input};
use filter_pattern::{Pattern, PatternKind, RecordError, parse_record};
use serde_json::Value;

use crate::lines::{Line, Lines, MAX_LINE_BYTES};

/// Members of the objects around records. A record has none of them.
const WRAPPERS: [&str; 11] = [
    "Records",
    "Events",
    "CloudTrailEvent",
    "detail",
    "logEvents",
    "results",
    "QueryResultRows",
    "awslogs",
    "Message",
    "Body",
    "data",
];

/// The kind of JSON that is not a record.
const NOT_AN_OBJECT: &str = "not-an-object";

/// How many lines matched, and how many could not be evaluated.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LineCounts {
    pub(super) matching: u64,
    pub(super) unevaluated: u64,
}

/// Answers every line, and passes notes on lines that cannot be evaluated to `note`.
pub(super) fn answer_lines(
    pattern: &Pattern,
    input: impl Read,
    out: impl Write,
    note: impl FnMut(String),
) -> anyhow::Result<LineCounts> {
    let mut lines = Lines::new(input);
    let mut out = BufWriter::new(out);
    let mut judge = Judge { pattern, note, noted: Vec::new(), counts: LineCounts::default(), hidden: 0 };
    loop {
        // Reading may block, and the program that writes the next line may be waiting for these answers.
        if !lines.is_buffered() {
            out.flush()?;
        }
        let number = lines.number() + 1;
        let Some(line) = lines.next_line().context("cannot read the input")? else {
            out.flush()?;
            return Ok(judge.finish());
        };
        let answer = match line {
            Line::Whole(line) => judge.matches(number, line),
            Line::TooLong => judge.pass_long(number),
        };
        writeln!(out, "{answer}")?;
    }
}

/// Decides whether lines match.
struct Judge<'p, N> {
    pattern: &'p Pattern,
    note: N,
    /// The kinds of fault that have been reported, once each.
    noted: Vec<&'static str>,
    counts: LineCounts,
    /// Lines that could not be evaluated and have not been reported.
    hidden: u64,
}

impl<N: FnMut(String)> Judge<'_, N> {
    fn matches(&mut self, number: u64, line: &[u8]) -> bool {
        let answer = match self.decide(line) {
            Ok(answer) => answer,
            Err(Fault { kind, text }) => {
                self.counts.unevaluated += 1;
                self.note_once(number, kind, &text);
                false
            }
        };
        self.counts.matching += u64::from(answer);
        answer
    }

    fn decide(&self, line: &[u8]) -> Result<bool, Fault> {
        if self.pattern.kind() != PatternKind::Json {
            // A program may write any bytes as a message.
            return Ok(self.pattern.matches_message(&String::from_utf8_lossy(line)));
        }
        if line.trim_ascii().is_empty() {
            return Ok(false);
        }
        let (text, record) = match parse_record(line) {
            Ok(record) => (line, record),
            Err(error) => {
                // JSON is UTF-8 by definition.
                let text = if is_text(&error) { std::str::from_utf8(line).ok() } else { None };
                let Some(text) = text.and_then(object_after_text) else {
                    return Err(Fault::of_record(&error));
                };
                (text, parse_record(text).map_err(|error| Fault::of_record(&error))?)
            }
        };
        other_shape(text, &record).map_or_else(|| Ok(self.pattern.matches_record(&record)), Err)
    }

    fn pass_long(&mut self, number: u64) -> bool {
        self.counts.unevaluated += 1;
        (self.note)(format!(
            "note: line {number} is longer than {MAX_LINE_BYTES} bytes and was not evaluated: false"
        ));
        false
    }

    fn note_once(&mut self, number: u64, kind: &'static str, text: &str) {
        if self.noted.contains(&kind) {
            self.hidden += 1;
            return;
        }
        self.noted.push(kind);
        (self.note)(format!(
            "note: line {number}: {text}: false; further lines of this kind are not reported"
        ));
    }

    fn finish(mut self) -> LineCounts {
        if self.hidden > 0 {
            (self.note)(format!("note: {} lines were not evaluated", self.counts.unevaluated));
        }
        self.counts
    }
}

/// Why a line is not evaluated.
struct Fault {
    /// Faults of the same kind are reported once.
    kind: &'static str,
    text: String,
}

impl Fault {
    fn of_record(error: &RecordError) -> Self {
        let kind = if matches!(error, RecordError::TooDeep { .. }) {
            "too-deep"
        } else if matches!(error, RecordError::NotAnObject) {
            NOT_AN_OBJECT
        } else {
            "not-json"
        };
        Self { kind, text: error.to_string() }
    }
}

fn is_text(error: &RecordError) -> bool {
    !matches!(error, RecordError::TooDeep { .. })
}

/// The text from the first `{` on. A line that starts like JSON is broken JSON, and a part of it is not the record.
fn object_after_text(line: &str) -> Option<&[u8]> {
    if line.trim_start().starts_with(['{', '[', '"']) {
        return None;
    }
    line.get(line.find('{')?..).map(str::as_bytes)
}

/// Why the line has another shape than a record; `None` for a record.
///
/// An object of no known shape is a record of another program, and is evaluated as it is.
fn other_shape(text: &[u8], record: &Value) -> Option<Fault> {
    if !record.is_object() && !record.is_array() {
        let text = RecordError::NotAnObject.to_string();
        return Some(Fault { kind: NOT_AN_OBJECT, text });
    }
    if is_plain_record(record) {
        return None;
    }
    let mut input = open_input(text, Limits::default());
    match input.next_item() {
        Ok(Some(Item::Record(found))) if found.len() == text.trim_ascii().len() => None,
        Ok(Some(Item::Record(_))) => Some(Fault {
            kind: "nested",
            text: "the line contains records inside an object or a list; save the input as a file and name it, so that \
                   each record is evaluated"
                .to_owned(),
        }),
        Ok(Some(Item::Rejected(RejectedInput { fault, .. }))) => {
            is_known_shape(&fault).then(|| Fault { kind: fault.code(), text: fault.to_string() })
        }
        Ok(None) => Some(Fault { kind: "no-record", text: "the line contains no record".to_owned() }),
        Err(_) => None,
    }
}

/// Whether the fault belongs to a known shape that is not a record.
fn is_known_shape(fault: &InputFault) -> bool {
    matches!(
        fault,
        InputFault::Ambiguous { .. }
            | InputFault::OtherSpelling
            | InputFault::Digest
            | InputFault::Notification
            | InputFault::OtherEvent
            | InputFault::Ocsf
            | InputFault::LookupWithoutRecord
            | InputFault::RowWithoutRecord
    )
}

/// Whether an object has a record's own members and no member of the objects around records.
fn is_plain_record(record: &Value) -> bool {
    let is_wrapper = |name: &String| WRAPPERS.iter().any(|wrapper| wrapper.eq_ignore_ascii_case(name));
    let has = |name| record.get(name).is_some_and(Value::is_string);
    has("eventVersion")
        && has("eventTime")
        && (has("eventName") || has("eventType"))
        && record.as_object().is_some_and(|members| !members.keys().any(is_wrapper))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::BUFFER_BYTES;
    use std::io;
    use std::sync::mpsc;

    fn answers(pattern: &str, input: &[u8]) -> String {
        let mut out = Vec::new();
        answer_lines(&Pattern::parse(pattern).unwrap(), input, &mut out, |_| {}).unwrap();
        String::from_utf8(out).unwrap().replace("true", "T").replace("false", "F").replace('\n', "")
    }

    #[test]
    fn every_line_has_one_answer_in_order() {
        let cases: &[(&str, &str, &[u8], &str)] = &[
            ("lines end in LF", "{ $.a = 1 }", b"{\"a\":1}\n{\"a\":2}\n{\"a\":1}\n", "TFT"),
            ("lines end in CRLF", "{ $.a = 1 }", b"{\"a\":1}\r\n{\"a\":2}\r\n", "TF"),
            ("the last line has no break", "{ $.a = 1 }", b"{\"a\":2}\n{\"a\":1}", "FT"),
            ("no input has no answer", "{ $.a = 1 }", b"", ""),
            ("an empty line is not a record", "{ $.a NOT EXISTS }", b"\n{}\n", "FT"),
            ("an empty line is a message", "-ERROR", b"\nERROR\n", "TF"),
            ("a line that is not JSON is not a record", "{ $.a NOT EXISTS }", b"a\n{\"a\n{} {}\n", "FFF"),
            ("a record that is not UTF-8 is none", "{ $.a = * }", b"{\"a\":\"\xff\"}\n{\"a\":\"x\"}\n", "FT"),
            ("a message may have any bytes", "ERROR", b"\xff ERROR \xfe\n", "T"),
            ("the line break is not part of a message", "%D$%", b"END\r\nEND\n", "TT"),
            ("terms exclude", "-ERROR", b"fine\nERROR\n", "TF"),
            ("a byte order mark starts the input", "[a = x]", b"\xef\xbb\xbfx\n\xef\xbb\xbfx\n", "TF"),
            (
                "a byte order mark before a record",
                "{ $.a = 1 }",
                b"\xef\xbb\xbf[{\"a\":1}]\n{\"a\":1}\n",
                "FT",
            ),
            (
                "an object after text is a record",
                "{ $.a = 1 }",
                b"x {\"a\":1}\n[1, {\"a\":1}\n\"{\"a\":1}\n",
                "TFF",
            ),
            (
                "half of a surrogate pair hides no record",
                "{ $.a = 1 }",
                b"{\"a\":1,\"x\":\"\\ud83d\"}\n",
                "T",
            ),
        ];
        for (name, pattern, input, expected) in cases {
            assert_eq!(answers(pattern, input), *expected, "{name}");
        }
    }

    #[test]
    fn lines_of_other_shapes_are_named_once_for_each_kind() {
        let record = r#"{"eventVersion":"1.11","eventTime":"2026-09-14T10:00:00Z","eventName":"A"}"#;
        let input = format!(
            "{record}\n{{\"Records\":[{record}]}}\n{{\"records\":[{record}]}}\nplain\n42\n{{\"detail-type\":\"x\",\
             \"detail\":{record}}}\n[{record}]\n{{\"digestStartTime\":\"x\",\"logFiles\":[]}}\n2026-09-14T10:00:00Z \
             {record}\n{{\"message\":\"of another program\"}}\n"
        );
        let pattern = Pattern::parse("{ $.eventName = A }").unwrap();
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        let counts = answer_lines(&pattern, input.as_bytes(), &mut out, |note| notes.push(note)).unwrap();
        let answers = String::from_utf8(out).unwrap();
        assert_eq!(answers.lines().map(|line| &line[..1]).collect::<String>(), "tffffffftf", "{notes:?}");
        assert_eq!(counts, LineCounts { matching: 2, unevaluated: 7 }, "{notes:?}");
        let starts = [
            "note: line 2: the line contains records",
            "note: line 4: record is not valid JSON",
            "note: line 5: record is not a JSON object",
            "note: line 8: a digest file",
            "note: 7 lines were not",
        ];
        assert_eq!(notes.len(), starts.len(), "{notes:?}");
        assert!(notes.iter().zip(starts).all(|(note, start)| note.starts_with(start)), "{notes:?}");
    }

    #[test]
    fn a_line_may_be_longer_than_the_buffer() {
        let long = format!("{{\"a\":\"{}\"}}\n{{\"a\":1}}\n", "x".repeat(3 * BUFFER_BYTES));
        assert_eq!(answers("{ $.a = x* }", long.as_bytes()), "TF");
    }

    #[test]
    fn lines_that_are_not_evaluated_are_reported() {
        let deep = format!("{}{}\n", "[".repeat(200), "]".repeat(200));
        let long = "x".repeat(MAX_LINE_BYTES + 1);
        let input = format!("{{}}\n{deep}{deep}{{\"a\":1e400}}\n{long}\n{{}}\n{long}");
        let pattern = Pattern::parse("{ $.a NOT EXISTS }").unwrap();
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        answer_lines(&pattern, input.as_bytes(), &mut out, |note| notes.push(note)).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "true\nfalse\nfalse\nfalse\nfalse\ntrue\nfalse\n");
        assert_eq!(
            notes,
            [
                "note: line 2: record is nested deeper than 127 levels: false; further lines of this kind are not reported",
                "note: line 5 is longer than 8388608 bytes and was not evaluated: false",
                "note: line 7 is longer than 8388608 bytes and was not evaluated: false",
                "note: 4 lines were not evaluated",
            ]
        );
    }

    /// Returns one line per call, and only after all earlier lines were answered.
    struct Dialogue {
        lines: std::vec::IntoIter<&'static [u8]>,
        answered: mpsc::Receiver<usize>,
        asked: usize,
        seen: usize,
    }

    impl Read for Dialogue {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.seen += self.answered.try_iter().sum::<usize>();
            assert_eq!(self.seen, self.asked, "lines asked and answered");
            let Some(line) = self.lines.next() else { return Ok(0) };
            self.asked += line.iter().filter(|byte| **byte == b'\n').count();
            buffer[..line.len()].copy_from_slice(line);
            Ok(line.len())
        }
    }

    /// Reports how many answers arrive.
    struct Listener(mpsc::Sender<usize>);

    impl Write for Listener {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            self.0.send(lines).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_answer_is_held_back_while_the_input_pauses() {
        let (sender, answered) = mpsc::channel();
        let lines: Vec<&[u8]> = vec![b"{}\n", b"{}\n{}\n", b"{\"a\"", b":1}\n", b"{}\n"];
        let dialogue = Dialogue { lines: lines.into_iter(), answered, asked: 0, seen: 0 };
        let pattern = Pattern::parse("{ $.a = 1 }").unwrap();
        answer_lines(&pattern, dialogue, Listener(sender), |_| {}).unwrap();
    }
}
