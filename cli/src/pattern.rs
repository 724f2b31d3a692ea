//! `trailbell pattern match`: one line in, one answer out.
//!
//! It serves as a filter over files and as a co-process that is asked line by line: answers are held back only while
//! the next line is already at hand.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::mem::{self, Discriminant};
use std::path::Path;

use anyhow::Context as _;
use filter_pattern::{Pattern, PatternKind, RecordError, parse_record};

use crate::arguments::MatchArguments;
use crate::complaint::complain;
use crate::exit::Exit;
use crate::lines::{Line, Lines, MAX_LINE_BYTES};
use crate::printable::{path_text, printable};

/// Answers every line of the file or of standard input.
pub(crate) fn run(arguments: &MatchArguments) -> anyhow::Result<Exit> {
    let parse = if arguments.strict { Pattern::parse_strict } else { Pattern::parse };
    let pattern = match parse(&arguments.pattern) {
        Ok(pattern) => pattern,
        Err(error) => {
            complain(error.diagnostic(&arguments.pattern));
            return Ok(Exit::Failure);
        }
    };
    for violation in pattern.quota_violations() {
        complain(violation.diagnostic(&arguments.pattern));
    }
    let out = io::stdout().lock();
    match &arguments.file {
        Some(path) if path != Path::new("-") => {
            let file = open(path)?;
            answer_lines(&pattern, file, out, complain)?;
        }
        Some(_) | None => answer_lines(&pattern, io::stdin().lock(), out, complain)?,
    }
    Ok(Exit::Success)
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("`{}` cannot be opened", printable(&path_text(path))))
}

/// Answers every line, and passes on what has to be said about some of them.
fn answer_lines(
    pattern: &Pattern,
    input: impl Read,
    out: impl Write,
    note: impl FnMut(String),
) -> anyhow::Result<()> {
    let mut lines = Lines::new(input);
    let mut out = BufWriter::new(out);
    let mut judge = Judge { pattern, note, noted: Vec::new() };
    loop {
        // Reading may block, and whoever writes the next line may be waiting for these answers.
        if !lines.is_at_hand() {
            out.flush()?;
        }
        let number = lines.number() + 1;
        let Some(line) = lines.next_line().context("the input cannot be read")? else { return Ok(()) };
        let answer = match line {
            Line::Whole(line) => judge.matches(number, line),
            Line::TooLong => {
                (judge.note)(format!(
                    "note: line {number} is longer than {MAX_LINE_BYTES} bytes and was not read: false"
                ));
                false
            }
        };
        writeln!(out, "{answer}")?;
    }
}

/// Decides lines.
struct Judge<'p, N> {
    pattern: &'p Pattern,
    note: N,
    /// The kinds of records that cannot be evaluated, of which one line each has been named.
    noted: Vec<Discriminant<RecordError>>,
}

impl<N: FnMut(String)> Judge<'_, N> {
    fn matches(&mut self, number: u64, line: &[u8]) -> bool {
        if self.pattern.kind() != PatternKind::Json {
            // A message is whatever a program wrote.
            return self.pattern.matches_message(&String::from_utf8_lossy(line));
        }
        match parse_record(line) {
            Ok(record) => self.pattern.matches_record(&record),
            Err(error @ (RecordError::TooDeep { .. } | RecordError::NumberOutOfRange { .. })) => {
                self.note_once(number, &error);
                false
            }
            // JSON is UTF-8 by definition.
            Err(_) => std::str::from_utf8(line).is_ok_and(|text| self.pattern.matches_message(text)),
        }
    }

    fn note_once(&mut self, number: u64, error: &RecordError) {
        let kind = mem::discriminant(error);
        if !self.noted.contains(&kind) {
            self.noted.push(kind);
            (self.note)(format!(
                "note: line {number}: {error}: false; further lines of this kind are not named"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::BUFFER_BYTES;
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
            ("an empty line is no record", "{ $.a NOT EXISTS }", b"\n{}\n", "FT"),
            ("an empty line is a message", "-ERROR", b"\nERROR\n", "TF"),
            ("a line that is not JSON is no record", "{ $.a NOT EXISTS }", b"a\n{\"a\n{} {}\n", "FFF"),
            ("a record that is not UTF-8 is none", "{ $.a = * }", b"{\"a\":\"\xff\"}\n{\"a\":\"x\"}\n", "FT"),
            ("a message may have any bytes", "ERROR", b"\xff ERROR \xfe\n", "T"),
            ("the line break is no part of a message", "%D$%", b"END\r\nEND\n", "TT"),
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
    fn a_line_may_be_longer_than_the_buffer() {
        let long = format!("{{\"a\":\"{}\"}}\n{{\"a\":1}}\n", "x".repeat(3 * BUFFER_BYTES));
        assert_eq!(answers("{ $.a = x* }", long.as_bytes()), "TF");
    }

    #[test]
    fn lines_that_are_not_evaluated_are_named() {
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
                "note: line 2: record is nested deeper than 127 levels: false; further lines of this kind are not named",
                "note: line 4: record has a number out of range at line 1 column 10: false; further lines of this kind are not named",
                "note: line 5 is longer than 8388608 bytes and was not read: false",
                "note: line 7 is longer than 8388608 bytes and was not read: false",
            ]
        );
    }

    /// Hands out one line a call, and only after everything before it was answered.
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
