//! `trailbell pattern match`: one line in, one answer out.
//!
//! It serves as a filter over files and as a co-process that is asked line by line: answers are held back only while
//! the next line is already at hand.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::Context as _;
use filter_pattern::{Pattern, PatternKind};

use crate::arguments::MatchArguments;
use crate::complaint::complain;
use crate::exit::Exit;
use crate::printable::{path_text, printable};

/// Size of the read buffer in bytes.
const BUFFER_BYTES: usize = 64 * 1024;

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
        complain(format_args!("warning: {violation}"));
    }
    let out = io::stdout().lock();
    match &arguments.file {
        Some(path) if path != Path::new("-") => {
            let file = open(path)?;
            answer_lines(&pattern, file, out)?;
        }
        Some(_) | None => answer_lines(&pattern, io::stdin().lock(), out)?,
    }
    Ok(Exit::Success)
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("`{}` cannot be opened", printable(&path_text(path))))
}

fn answer_lines(pattern: &Pattern, input: impl Read, out: impl Write) -> anyhow::Result<()> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let mut out = BufWriter::new(out);
    let mut line = Vec::new();
    loop {
        // Reading may block, and whoever writes the next line may be waiting for these answers.
        if !input.buffer().contains(&b'\n') {
            out.flush()?;
        }
        line.clear();
        if input.read_until(b'\n', &mut line).context("the input cannot be read")? == 0 {
            return Ok(());
        }
        writeln!(out, "{}", matches_line(pattern, &line))?;
    }
}

/// Whether the pattern matches a line, given with or without its line break.
fn matches_line(pattern: &Pattern, line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok(text) => pattern.matches_message(text),
        // JSON is UTF-8 by definition; a message is whatever a program wrote.
        Err(_) => {
            pattern.kind() != PatternKind::Json && pattern.matches_message(&String::from_utf8_lossy(line))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn answers(pattern: &str, input: &[u8]) -> String {
        let mut out = Vec::new();
        answer_lines(&Pattern::parse(pattern).unwrap(), input, &mut out).unwrap();
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
        answer_lines(&pattern, dialogue, Listener(sender)).unwrap();
    }
}
