//! Regular expressions, `%...%`: checked against what CloudWatch Logs takes, and compiled with the `regex` crate.
//!
//! The language's own rules are kept: `\d \s \w` are ASCII, there are no groups, a class has no set operations. A match is a search;
//! `^` and `$` anchor it. Look-around and back-references do not exist, so the time is linear in the value.
//!
//! Source: [regular expressions](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html) in the user guide.
//! Blanks are not in its list of characters but in its examples, and are taken.

use std::ops::Range;

use crate::cursor::{Cursor, is_blank};
use crate::error::{Fault, Found, ParseError, Snippet};

/// The most regular expressions in a pattern. CloudWatch Logs takes 2.
pub(crate) const MAX_REGEXES: usize = 64;
/// The largest size of all regular expressions of a pattern together, in the unit of [`Pattern::regex_size`](crate::Pattern::regex_size).
/// Reading such a pattern takes at most some 50 ms and 8 MiB.
pub(crate) const MAX_REGEX_SIZE: usize = 4096;

/// What every expression counts, however short.
const BASE_SIZE: usize = 32;
/// The largest compiled expression, in bytes. A second one of about the same size is kept for searching backwards.
const COMPILED_SIZE_LIMIT: usize = 1 << 20;
/// The largest cache of an expression for each direction and thread, in bytes. An expression that needs more is searched for without.
const CACHE_SIZE_LIMIT: usize = 128 << 10;

const PARENTHESES_HELP: &str = "there are no groups; a literal parenthesis is written `\\x28` or `\\x29`";
const ESCAPES_HELP: &str = "the escapes are `\\d \\D \\s \\S \\w \\W`, `\\x` with two hexadecimal digits, and a backslash before a symbol or operator";

/// A compiled regular expression. Equal to another if it is written the same.
#[derive(Clone, Debug)]
pub struct RegexLiteral {
    source: String,
    compiled: regex::Regex,
}

impl RegexLiteral {
    /// Compiles the text between the percent signs, which `span` is the place of, and adds its size to that of the expressions
    /// before it in the pattern.
    pub(crate) fn parse(
        cursor: &Cursor<'_>,
        span: Range<usize>,
        size: &mut usize,
    ) -> Result<RegexLiteral, ParseError> {
        let source = cursor.slice(span.clone());
        if source.is_empty() {
            let signs = span.start.saturating_sub(1)..span.end + 1;
            return Err(ParseError::new(Fault::EmptyRegex, signs)
                .with_help("write an expression between the signs, such as `%^Get%`"));
        }
        let (rewritten, positions) = rewrite(cursor.within(span.clone()))?;
        let with_this = size.saturating_add(BASE_SIZE).saturating_add(positions);
        if with_this > MAX_REGEX_SIZE {
            let help =
                "use smaller repetition counts, or split the pattern: `{n}` counts what it repeats n times";
            return Err(ParseError::new(Fault::RegexesTooLarge, span).with_help(help));
        }
        // An expression that fails to compile has cost its time too.
        *size = with_this;
        let compiled = regex::RegexBuilder::new(&rewritten)
            .size_limit(COMPILED_SIZE_LIMIT)
            .dfa_size_limit(CACHE_SIZE_LIMIT)
            .build()
            .map_err(|source| {
                ParseError::new(Fault::RegexTooLarge { source }, span)
                    .with_help("use smaller repetition counts")
            })?;
        Ok(RegexLiteral { source: source.to_owned(), compiled })
    }

    /// The expression as written, without the percent signs.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the expression is found somewhere in `value`.
    pub fn is_match(&self, value: &str) -> bool {
        self.compiled.is_match(value)
    }
}

impl PartialEq for RegexLiteral {
    fn eq(&self, other: &RegexLiteral) -> bool {
        self.source == other.source
    }
}

/// One character, or a set of them, as the `regex` crate writes it.
enum Atom {
    Character(char),
    Set(&'static str),
}

/// The same expression in the syntax of the `regex` crate, and how many positions it has.
fn rewrite(mut cursor: Cursor<'_>) -> Result<(String, usize), ParseError> {
    let mut out = String::new();
    let mut repeatable = false;
    // Those before the last atom, and those of the last atom, which a repetition multiplies.
    let (mut positions, mut last) = (0_usize, 0_usize);
    while let Some(next) = cursor.peek() {
        match next {
            '*' | '+' | '?' | '{' if !repeatable => {
                let span = cursor.position()..cursor.position() + 1;
                let fault = Fault::NothingToRepeat(Snippet::new(cursor.slice(span.clone())));
                return Err(ParseError::new(fault, span)
                    .with_help(format!("a literal `{next}` is written `\\{next}`")));
            }
            '{' => {
                let count = repetition(&mut cursor, &mut out)?;
                last = last.saturating_mul(count);
                continue;
            }
            '[' => class(&mut cursor, &mut out)?,
            '\\' => match escape(&mut cursor)? {
                Atom::Character(character) => push_literal(&mut out, character),
                Atom::Set(set) => out.push_str(set),
            },
            '*' | '+' | '?' | '|' | '^' | '$' | '.' => {
                cursor.bump();
                out.push(next);
            }
            _ => push_literal(&mut out, literal(&mut cursor)?),
        }
        // Anchors and the start of an alternative have nothing before them that could be repeated.
        repeatable = !matches!(next, '|' | '^' | '$');
        if !matches!(next, '*' | '+' | '?') {
            positions = positions.saturating_add(last);
            last = 1;
        }
    }
    Ok((out, positions.saturating_add(last)))
}

fn is_symbol(character: char) -> bool {
    matches!(character, ':' | '_' | '#' | '=' | '@' | '/' | ';' | ',' | '-')
}

fn is_operator(character: char) -> bool {
    matches!(character, '^' | '$' | '?' | '[' | ']' | '{' | '}' | '|' | '\\' | '*' | '+' | '.')
}

/// A character that stands for itself outside classes; `]` and `}` do when they close nothing.
fn literal(cursor: &mut Cursor<'_>) -> Result<char, ParseError> {
    let start = cursor.position();
    match cursor.bump() {
        Some(next)
            if next.is_ascii_alphanumeric()
                || is_symbol(next)
                || is_blank(next)
                || matches!(next, ']' | '}') =>
        {
            Ok(next)
        }
        Some(character) => {
            let fault = Fault::Character { character, place: "a regular expression" };
            let error = ParseError::new(fault, cursor.since(start));
            Err(match character {
                '(' | ')' => error.with_help(PARENTHESES_HELP),
                _ if character.is_ascii() => {
                    error.with_help(format!("write it as `\\x{:02x}`", u32::from(character)))
                }
                _ => error.with_help("only ASCII is allowed; `.` stands for any character"),
            })
        }
        None => {
            Err(ParseError::new(Fault::Expected { expected: "a character", found: Found::End }, start..start))
        }
    }
}

/// A backslash and what it stands for.
fn escape(cursor: &mut Cursor<'_>) -> Result<Atom, ParseError> {
    let start = cursor.position();
    cursor.bump();
    match cursor.bump() {
        Some('d') => return Ok(Atom::Set("[0-9]")),
        Some('D') => return Ok(Atom::Set("[^0-9]")),
        Some('s') => return Ok(Atom::Set(r"[ \t\r\n\x0b\x0c]")),
        Some('S') => return Ok(Atom::Set(r"[^ \t\r\n\x0b\x0c]")),
        Some('w') => return Ok(Atom::Set("[A-Za-z0-9_]")),
        Some('W') => return Ok(Atom::Set("[^A-Za-z0-9_]")),
        Some('x') => {
            let digits =
                cursor.rest().get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            if let Some(code) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                cursor.bump();
                cursor.bump();
                return Ok(Atom::Character(char::from(code)));
            }
        }
        Some(next) if is_operator(next) || is_symbol(next) => return Ok(Atom::Character(next)),
        Some(_) | None => {}
    }
    let span = cursor.since(start);
    let sequence = cursor.slice(span.clone());
    let help = match sequence {
        r"\(" | r"\)" => PARENTHESES_HELP,
        r"\" => "a regular expression cannot contain `%`; write `\\x25`",
        _ => ESCAPES_HELP,
    };
    Err(ParseError::new(Fault::RegexEscape(Snippet::new(sequence)), span).with_help(help))
}

/// `{m}`, `{m,}`, `{,n}` or `{m,n}`, blanks allowed inside. Answers how often it copies what it repeats.
fn repetition(cursor: &mut Cursor<'_>, out: &mut String) -> Result<usize, ParseError> {
    let start = cursor.position();
    cursor.bump();
    let counts: String = cursor
        .take_while(|character| character != '}')
        .chars()
        .filter(|&character| !is_blank(character))
        .collect();
    if !cursor.eat("}") {
        let fault = Fault::Unclosed { what: "a repetition", close: '}' };
        return Err(ParseError::new(fault, start..start + 1).with_help("a literal `{` is written `\\{`"));
    }
    let span = cursor.since(start);
    let written = || Snippet::new(cursor.slice(span.clone()));
    let count = |digits: &str| {
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
    };
    let rewritten = match counts.split_once(',') {
        None => count(&counts).map(|exactly| (exactly, format!("{{{exactly}}}"))),
        Some((minimum, "")) => count(minimum).map(|minimum| (minimum, format!("{{{minimum},}}"))),
        Some((minimum, maximum)) => {
            let minimum = if minimum.is_empty() { Some(0) } else { count(minimum) };
            if let (Some(minimum), Some(maximum)) = (minimum, count(maximum))
                && minimum > maximum
            {
                return Err(ParseError::new(Fault::RepetitionOrder(written()), span)
                    .with_help(format!("write `{{{maximum},{minimum}}}`")));
            }
            minimum
                .zip(count(maximum))
                .map(|(minimum, maximum)| (maximum, format!("{{{minimum},{maximum}}}")))
        }
    };
    let Some((copies, rewritten)) = rewritten else {
        let help = "write `{3}`, `{3,}`, `{,5}` or `{3,5}`; a literal `{` is written `\\{`";
        return Err(ParseError::new(Fault::Repetition(written()), span).with_help(help));
    };
    out.push_str(&rewritten);
    Ok(usize::try_from(copies).unwrap_or(usize::MAX).max(1))
}

/// `[...]`. Inside, only `]`, `\`, a leading `^` and `-` between two characters are special.
fn class(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), ParseError> {
    let start = cursor.position();
    cursor.bump();
    out.push('[');
    if cursor.eat("^") {
        out.push('^');
    }
    if cursor.eat("]") {
        let help = "a literal `]` is written `\\]`";
        return Err(ParseError::new(Fault::EmptyClass, cursor.since(start)).with_help(help));
    }
    while !cursor.eat("]") {
        if cursor.is_at_end() {
            let fault = Fault::Unclosed { what: "a character class", close: ']' };
            return Err(ParseError::new(fault, start..start + 1).with_help("a literal `[` is written `\\[`"));
        }
        let item_start = cursor.position();
        let first = match class_item(cursor)? {
            Atom::Set(set) => {
                out.push_str(set);
                continue;
            }
            Atom::Character(character) => character,
        };
        push_literal(out, first);
        if cursor.peek() == Some('-') && cursor.peek_second().is_some_and(|next| next != ']') {
            cursor.bump();
            match class_item(cursor)? {
                Atom::Character(last) if first <= last => {
                    out.push('-');
                    push_literal(out, last);
                }
                Atom::Character(_) | Atom::Set(_) => {
                    let span = cursor.since(item_start);
                    let fault = Fault::ClassRange(Snippet::new(cursor.slice(span.clone())));
                    return Err(ParseError::new(fault, span).with_help("a literal `-` is written `\\-`"));
                }
            }
        }
    }
    out.push(']');
    Ok(())
}

fn class_item(cursor: &mut Cursor<'_>) -> Result<Atom, ParseError> {
    match cursor.peek() {
        Some('\\') => escape(cursor),
        Some(next) if is_operator(next) => {
            cursor.bump();
            Ok(Atom::Character(next))
        }
        Some(_) | None => literal(cursor).map(Atom::Character),
    }
}

/// Writes a character so that it stands for itself, in a class too, where the `regex` crate knows more operators than the language.
fn push_literal(out: &mut String, character: char) {
    if character.is_ascii_alphanumeric() {
        out.push(character);
    } else {
        out.push_str(&format!("\\x{{{:x}}}", u32::from(character)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(body: &str) -> Result<RegexLiteral, ParseError> {
        let text = format!("%{body}%");
        RegexLiteral::parse(&Cursor::new(&text), 1..text.len() - 1, &mut 0)
    }

    #[test]
    fn an_expression_is_searched_for() {
        let table = [
            ("b", "abc", true),
            ("^b", "abc", false),
            ("c$", "abc", true),
            ("^a|x$", "ab", true),
            ("gra|ey", "grey", true),
            ("a{2}", "caab", true),
            ("^a{2,}$", "a", false),
            ("^a{,2}$", "", true),
            ("^a{ 1 , 2 }$", "aa", true),
            ("^a{,2}$", "aaa", false),
            (r"\d", "٣", false),
            (r"\w", "é", false),
            (r"\s", "\u{a0}", false),
            (r"\s", "a\u{b}b", true),
            (r"^\D\S\W$", "a-!", true),
            (r"\x28x\x29", "(x)", true),
            (r"^\xe9$", "é", true),
            (r"^.$", "é", true),
            (r"^\^\$\?\[\]\{\}\|\\\*\+\.$", r"^$?[]{}|\*+.", true),
            (r"^\:\_\#\=\@\/\;\,\-$", ":_#=@/;,-", true),
            ("^[[a]+$", "[a", true),
            ("^[a-c-]+$", "b-", true),
            ("^[-a]+$", "-a", true),
            (r"^[\d-]+$", "1-2", true),
            ("^[^a^]$", "^", false),
            ("^[.*+?{}|$]+$", ".*+?{}|$", true),
            ("[.]", "x", false),
            ("^[+--]+$", "+,-", true),
            (r"^[\]\\]+$", r"]\", true),
            (r"^[\x20-\x22]+$", " !\"", true),
            ("^}]$", "}]", true),
            ("a b", "a b", true),
            ("a+?b", "aab", true),
        ];
        for (body, value, expected) in table {
            assert_eq!(compile(body).expect(body).is_match(value), expected, "%{body}% on {value}");
        }
    }

    #[test]
    fn what_the_service_does_not_take_is_refused() {
        let bodies = [
            "",
            "a!",
            "(a)",
            r"\(",
            r"\b",
            r"\n",
            r"a\",
            r"\x2",
            r"\xZZ",
            "\"",
            "'",
            "<",
            "a&b",
            "é",
            "*a",
            "a|+",
            "^*",
            "{2}",
            "a{2",
            "a{}",
            "a{,}",
            "a{x}",
            "a{-1}",
            "a{2,1}",
            "a{99999999999}",
            "[]",
            "[^]",
            "[a",
            "[a-",
            "[z-a]",
            r"[a-\d]",
            "[é]",
            "~",
            "`",
        ];
        for body in bodies {
            assert!(compile(body).is_err(), "%{body}%");
        }
    }

    #[test]
    fn an_expression_that_grows_too_large_is_refused_with_its_cause() {
        let error = compile(".{4000}").unwrap_err();
        assert_eq!(error.to_string(), "regular expression is too large when compiled");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn the_size_of_an_expression_counts_what_is_repeated() {
        for (body, positions) in [
            ("abc", 3),
            ("a{3}", 3),
            ("xa{2,}b", 4),
            ("a{,5}b*", 6),
            ("a{2,5}?", 5),
            (r"[abc]{4}\d{2}.", 7),
            ("a{10}{20}", 200),
            ("a{0}", 1),
            ("a{4000000000}{4000000000}{4000000000}", usize::MAX),
        ] {
            assert_eq!(rewrite(Cursor::new(body)).unwrap().1, positions, "{body}");
        }
    }

    #[test]
    fn the_expressions_of_a_pattern_are_bounded_together() {
        let pattern = |body: &str, count: usize| {
            let conditions: Vec<_> = (0..count).map(|_| format!("$.a = %{body}%")).collect();
            crate::Pattern::parse(&format!("{{ {} }}", conditions.join(" || ")))
        };
        assert_eq!(pattern("abc", 64).unwrap().regex_size(), 64 * 35);
        let error = |body, count| pattern(body, count).unwrap_err().to_string();
        assert_eq!(error("abc", 65), "more regular expressions than the 64 that a pattern can have");
        assert_eq!(pattern("a{480}", 8).unwrap().regex_size(), 4096);
        assert_eq!(
            error("a{480}", 9),
            "regular expressions of the pattern are larger than 4096 positions together"
        );
        assert!(error("a{9999}", 1).contains("larger than 4096 positions"));
        for (body, count, spent) in
            [("a{480}", 9, 4096), ("a{9999}", 1, 0), (".{4000}", 1, 4032), ("ab(", 1, 0)]
        {
            assert_eq!(pattern(body, count).unwrap_err().regex_size(), spent, "{body}");
        }
    }
}
