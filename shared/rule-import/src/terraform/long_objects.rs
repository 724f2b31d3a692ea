//! Divides long objects in Terraform's language, so that reading them takes time in proportion to their length.
//!
//! The parser compares each key of an object with all keys before it. `{ a = 1, b = 2, ... }` with more than a few
//! hundred entries is therefore written as `merge({ a = 1 }, { b = 2 }, ...)`, which means the same. Lines stay where
//! they are, and so do columns, except behind a place that was divided.
//!
//! This knows strings, templates, comments, heredocs and brackets, but not the grammar. If it mistakes something, the
//! result is no valid module, and the caller reads the original.
//!
//! Source: "Structural Elements" and "Collection Values" of the HCL native syntax specification.

/// How many entries of an object stay together.
pub(super) const ENTRIES: usize = 256;

/// A text with its long objects divided; `None` if it has none.
pub(crate) fn divided(text: &str) -> Option<String> {
    let mut division =
        Division { text: text.as_bytes(), at: 0, open: Vec::new(), last: 0, edits: Vec::new() };
    while division.at < text.len() {
        division.step();
    }
    let mut edits = division.edits;
    edits.sort_by_key(|edit| edit.at);
    let mut out = String::with_capacity(text.len() + edits.len() * 8);
    let mut from = 0;
    for Edit { at, removed, added } in &edits {
        out.push_str(text.get(from..*at)?);
        out.push_str(added);
        from = at + removed;
    }
    out.push_str(text.get(from..)?);
    (!edits.is_empty()).then_some(out)
}

/// A change of the text.
struct Edit {
    at: usize,
    removed: usize,
    added: &'static str,
}

/// What is open at a position.
enum Open {
    Object(LongObject),
    /// Any other bracket.
    Bracket,
    /// A text in quotes, or a heredoc that ends with this word.
    Quotes,
    Heredoc(String),
}

#[derive(Default)]
struct LongObject {
    start: usize,
    /// The entries behind the last division.
    entries: usize,
    /// What separates the last entry from the next, if there is a next.
    separator: Option<(usize, usize)>,
    divisions: Vec<(usize, usize)>,
    is_for: bool,
}

struct Division<'t> {
    text: &'t [u8],
    at: usize,
    open: Vec<Open>,
    /// The end of the last part that is neither a blank nor a comment.
    last: usize,
    edits: Vec<Edit>,
}

impl Division<'_> {
    fn step(&mut self) {
        match self.open.last() {
            Some(Open::Quotes) => self.in_quotes(),
            Some(Open::Heredoc(_)) => self.in_heredoc(),
            Some(Open::Object(_) | Open::Bracket) | None => self.in_code(),
        }
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_to(&mut self, end: &[u8]) {
        let found = self.rest().windows(end.len()).position(|window| window == end);
        self.at = found.map_or(self.text.len(), |found| self.at + found);
    }

    fn in_code(&mut self) {
        let rest = self.rest();
        match rest.first().copied().unwrap_or_default() {
            b'#' => self.skip_to(b"\n"),
            b'/' if rest.starts_with(b"//") => self.skip_to(b"\n"),
            b'/' if rest.starts_with(b"/*") => {
                self.skip_to(b"*/");
                self.at = (self.at + 2).min(self.text.len());
            }
            b'\n' => {
                let last = self.last;
                self.separate((last, 0));
                self.at += 1;
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b',' => {
                let at = self.at;
                self.separate((at, 1));
                self.take(1);
            }
            b'"' => self.enter(Open::Quotes),
            b'{' if self.begins_object() => {
                self.enter(Open::Object(LongObject { start: self.at, ..LongObject::default() }))
            }
            b'{' | b'[' | b'(' => self.enter(Open::Bracket),
            b'}' | b']' | b')' => self.leave(),
            b'<' if rest.starts_with(b"<<") => self.heredoc(),
            _ => self.begin_part(),
        }
    }

    /// Notes the end of an entry, if the innermost open thing is an object with one.
    fn separate(&mut self, separator: (usize, usize)) {
        if let Some(Open::Object(object)) = self.open.last_mut()
            && object.separator.is_none()
            && object.entries > 0
        {
            object.separator = Some(separator);
        }
    }

    /// Notes that a part of an entry begins; the entry is a new one if a separator is before it.
    fn begin(&mut self) {
        let is_for = self.rest().starts_with(b"for ");
        let Some(Open::Object(object)) = self.open.last_mut() else { return };
        if object.entries == 0 {
            object.is_for = is_for && object.divisions.is_empty();
            object.entries = 1;
        } else if let Some(separator) = object.separator.take() {
            object.entries += 1;
            if object.entries > ENTRIES {
                object.divisions.push(separator);
                object.entries = 1;
            }
        }
    }

    fn begin_part(&mut self) {
        self.begin();
        let is_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || *byte >= 0x80;
        let length = self.rest().iter().take_while(|byte| is_word(byte)).count();
        self.take(length.max(1));
    }

    fn take(&mut self, bytes: usize) {
        self.at += bytes;
        self.last = self.at;
    }

    fn enter(&mut self, open: Open) {
        self.begin();
        self.open.push(open);
        self.take(1);
    }

    fn leave(&mut self) {
        let at = self.at;
        self.take(1);
        if let Some(Open::Object(object)) = self.open.pop()
            && !object.divisions.is_empty()
            && !object.is_for
        {
            self.edits.push(Edit { at: object.start, removed: 0, added: "merge(" });
            let divide = |(at, removed)| Edit { at, removed, added: "}, {" };
            self.edits.extend(object.divisions.into_iter().map(divide));
            self.edits.push(Edit { at: at + 1, removed: 0, added: ")" });
        }
    }

    /// Whether a brace begins an object. The body of a block follows a name or a label instead.
    fn begins_object(&self) -> bool {
        let before = self.text.get(..self.last).unwrap_or_default();
        if before.ends_with(b" in") {
            return true;
        }
        before
            .last()
            .is_some_and(|byte| matches!(byte, b'=' | b':' | b'(' | b'[' | b',' | b'?' | b'>' | b'&' | b'|'))
    }

    fn in_quotes(&mut self) {
        match self.rest() {
            [b'\\', _, ..] => self.take(2),
            [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => self.take(3),
            [b'$' | b'%', b'{', ..] => {
                self.open.push(Open::Bracket);
                self.take(2);
            }
            [b'"', ..] => {
                self.open.pop();
                self.take(1);
            }
            _ => self.take(1),
        }
    }

    fn heredoc(&mut self) {
        self.begin();
        let rest = self.rest();
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let length = line.len();
        let word = line.strip_prefix(b"<<-").or_else(|| line.strip_prefix(b"<<")).unwrap_or_default();
        let word = String::from_utf8_lossy(word.trim_ascii()).into_owned();
        self.take(length);
        if !word.is_empty() {
            self.at = (self.at + 1).min(self.text.len());
            self.open.push(Open::Heredoc(word));
        }
    }

    /// Reads a part of a heredoc: a line, or the text up to an interpolation in it.
    fn in_heredoc(&mut self) {
        let starts_line = self.at.checked_sub(1).and_then(|before| self.text.get(before)) == Some(&b'\n');
        if starts_line && let Some(Open::Heredoc(word)) = self.open.last() {
            let line = self.rest().split(|byte| *byte == b'\n').next().unwrap_or_default();
            if line.trim_ascii() == word.as_bytes() {
                let length = line.len();
                self.open.pop();
                return self.take(length);
            }
        }
        loop {
            match self.rest() {
                [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => self.take(3),
                [b'$' | b'%', b'{', ..] => {
                    self.open.push(Open::Bracket);
                    return self.take(2);
                }
                [b'\n', ..] => return self.take(1),
                [] => return,
                _ => self.take(1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(entry: impl Fn(usize) -> String, between: &str) -> String {
        (0..2 * ENTRIES + 1).map(entry).collect::<Vec<_>>().join(between)
    }

    #[test]
    fn an_object_is_divided_between_entries_only() {
        for between in ["\n", ",", ", ", " # a, b {\n", ",\n", "\n\n// x\n", " /* } */\n"] {
            let entries =
                long(|number| format!("k{number} = [\"}}{{,\", {{ a = 1, b = f(2,\n 3) }}]"), between);
            let text = format!("locals {{\n  a = 1\n  long = {{\n{entries}\n  }}\n  b = 2\n}}\n");
            let divided = divided(&text).unwrap();
            assert!(divided.contains("long = merge({\n"), "{divided}");
            assert_eq!(divided.matches("}, {").count(), 2, "{divided}");
            assert!(divided.ends_with("\n  })\n  b = 2\n}\n"), "{divided}");
            assert_eq!(divided.lines().count(), text.lines().count());
            hcl_edit::parser::parse_body(&divided).unwrap();
        }
    }

    #[test]
    fn what_is_no_long_object_is_left_alone() {
        let attributes = long(|number| format!("a{number} = {number}"), "\n");
        let items = long(|number| number.to_string(), ", ");
        for text in [
            "a = { b = 1 }".to_owned(),
            format!("locals {{\n{attributes}\n}}\n"),
            format!("a = [{items}]"),
            format!("a = {{ for k, v in [{items}] : k => v }}"),
            format!("a = \"{{{items}}}\""),
            format!("a = <<-EOT\n  = {{ {attributes}\n  }}\n  EOT\n"),
            format!("# = {{\n/* = {{ {attributes} }} */\n"),
        ] {
            assert_eq!(divided(&text), None, "{text}");
        }
    }

    #[test]
    fn objects_within_templates_and_heredocs_are_divided_as_well() {
        let entries = long(|number| format!("k{number} = {number}"), ", ");
        for text in [
            format!("a = \"$${{x}} ${{jsonencode({{{entries}}})}}\""),
            format!("a = <<EOT\n$${{x\n${{jsonencode({{{entries}}})}} }}\nEOT\nb = {{ c = 1 }}\n"),
        ] {
            let divided = divided(&text).unwrap();
            assert_eq!(divided.matches("}, {").count(), 2, "{divided}");
            hcl_edit::parser::parse_body(&divided).unwrap();
        }
    }

    #[test]
    fn damaged_text_is_read_to_its_end() {
        for text in [
            "a = {",
            "a = \"",
            "a = <<",
            "a = <<EOT",
            "a = <<EOT\n${",
            "}",
            "/*",
            "\\",
            "a = \"\\",
            "é = {\u{e9}",
        ] {
            assert_eq!(divided(text), None, "{text}");
        }
    }
}
