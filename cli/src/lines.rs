//! Reads an input line by line, in bounded memory.

use std::io::{self, BufRead as _, BufReader, Read};

/// Longest line to read, in bytes without the line break: eight times the largest CloudTrail record.
pub(crate) const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;
/// Size of the read buffer in bytes.
pub(crate) const BUFFER_BYTES: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Room for CR and LF.
const LINE_BREAK_BYTES: usize = 2;

/// A line of the input, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'l> {
    /// The complete line.
    Whole(&'l [u8]),
    /// The line was longer than [`MAX_LINE_BYTES`], and was skipped.
    TooLong,
}

/// The lines of an input. A byte order mark at its start is not part of the first line.
pub(crate) struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(BUFFER_BYTES, input), line: Vec::new(), number: 0 }
    }

    /// The number of the last line that was read, starting at 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether the next line is in the buffer, and can be read without waiting.
    pub(crate) fn is_buffered(&self) -> bool {
        self.input.buffer().contains(&b'\n')
    }

    /// Reads the next line; `None` at the end.
    ///
    /// # Errors
    ///
    /// The errors of the input.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        // One long line must not hold its memory until the end.
        self.line.shrink_to(BUFFER_BYTES);
        let most = (MAX_LINE_BYTES + LINE_BREAK_BYTES) as u64;
        if self.input.by_ref().take(most).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if !self.line.ends_with(b"\n") && self.line.len() as u64 == most {
            self.input.skip_until(b'\n')?;
            return Ok(Some(Line::TooLong));
        }
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > MAX_LINE_BYTES {
            return Ok(Some(Line::TooLong));
        }
        let mark = if self.number == 1 { BYTE_ORDER_MARK } else { b"" };
        Ok(Some(Line::Whole(line.strip_prefix(mark).unwrap_or(line))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The length of each line of the input, or `None` if the line is too long.
    fn lengths(input: impl Read) -> Vec<Option<usize>> {
        let mut lines = Lines::new(input);
        let mut lengths = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            lengths.push(match line {
                Line::Whole(line) => Some(line.len()),
                Line::TooLong => None,
            });
        }
        assert_eq!(lines.number(), lengths.len() as u64);
        lengths
    }

    #[test]
    fn the_limit_does_not_include_the_line_break() {
        let longest = vec![b'x'; MAX_LINE_BYTES];
        for (line_break, expected) in [
            (&b"\n"[..], Some(MAX_LINE_BYTES)),
            (b"\r\n", Some(MAX_LINE_BYTES)),
            (b"y\n", None),
            (b"yy\n", None),
        ] {
            let input = [&longest[..], line_break, b"next"].concat();
            assert_eq!(lengths(&*input), [expected, Some(4)], "{line_break:?}");
        }
        assert_eq!(lengths(&*longest), [Some(MAX_LINE_BYTES)]);
    }

    #[test]
    fn a_line_without_an_end_is_skipped_in_constant_memory() {
        let endless = || io::repeat(0).take(10 * MAX_LINE_BYTES as u64);
        assert_eq!(lengths(endless()), [None]);
        assert_eq!(lengths((&b"a\n"[..]).chain(endless()).chain(&b"\nbc\n"[..])), [Some(1), None, Some(2)]);
        let mut lines = Lines::new(endless());
        lines.next_line().unwrap();
        assert!(lines.line.capacity() < 3 * MAX_LINE_BYTES);
        assert_eq!(lines.next_line().unwrap(), None);
        assert!(lines.line.capacity() <= BUFFER_BYTES);
    }

    #[test]
    fn a_byte_order_mark_is_ignored_only_at_the_start_of_the_input() {
        assert_eq!(lengths(&b"\xef\xbb\xbfab\n\xef\xbb\xbf\n"[..]), [Some(2), Some(3)]);
        assert_eq!(lengths(&b"\xef\xbb\n\xef\xbb\xbf"[..]), [Some(2), Some(3)]);
    }
}
