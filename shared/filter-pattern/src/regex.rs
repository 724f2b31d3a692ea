//! Regular expressions, `%...%`: checked against the syntax that CloudWatch Logs accepts, and compiled with the
//! `regex` crate.
//!
//! The language has its own rules: `\d \s \w` are ASCII, there are no groups, and a class has no set operations. A
//! match is a search; `^` and `$` anchor it. Look-around and back-references do not exist, so the time is linear in
//! the length of the value.
//!
//! Source: [regular
//! expressions](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html) in the user
//! guide. Its list of supported characters does not include whitespace, but its examples do, so whitespace is
//! accepted.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::cursor::{Cursor, is_whitespace};
use crate::error::{Fault, ParseError, Snippet, Token};
use crate::limits::MAX_REGEX_SIZE;

/// The size that every expression adds, however short it is.
const BASE_SIZE: usize = 32;
/// The largest compiled expression, in bytes. A second one of about the same size is kept for searching backwards.
const COMPILED_SIZE_LIMIT: usize = 1 << 20;
/// The largest cache per expression, direction and thread, in bytes. An expression that needs more is searched
/// without a cache.
const CACHE_SIZE_LIMIT: usize = 128 << 10;

/// The positions of a small expression, which is compiled when it is first needed. With 2 KiB for a position it stays far
/// below [`COMPILED_SIZE_LIMIT`].
const SMALL_POSITIONS: usize = 128;
/// The length of a small expression as rewritten, in bytes. Repetitions in it cannot be nested as deep as the `regex`
/// crate allows, which is 250 levels. A checked expression fails to compile only by its size or its depth.
const SMALL_BYTES: usize = 200;

const PARENTHESES_HELP: &str = "groups are not supported; write a literal parenthesis as `\\x28` or `\\x29`";
const ESCAPES_HELP: &str = "use `\\d \\D \\s \\S \\w \\W`, `\\x` and two hexadecimal digits, or a backslash before a symbol or operator";

/// A regular expression. Two are equal if their texts are equal.
///
/// A small one is compiled when it is first evaluated: most programs evaluate few of their expressions.
#[derive(Clone, Debug)]
pub struct RegexLiteral {
    source: String,
    /// The expression in the syntax of the `regex` crate.
    rewritten: String,
    /// Shared by all clones. `None` if it cannot be compiled, which does not happen.
    compiled: Arc<OnceLock<Option<regex::Regex>>>,
}

impl RegexLiteral {
    /// Compiles the text between the percent signs, at `span`, and adds its size to `size`, the total of the
    /// expressions before it in the pattern.
    pub(crate) fn parse(
        cursor: &Cursor<'_>,
        span: Range<usize>,
        size: &mut usize,
    ) -> Result<RegexLiteral, ParseError> {
        let source = cursor.slice(span.clone());
        if source.is_empty() {
            let signs = span.start.saturating_sub(1)..span.end + 1;
            return Err(ParseError::new(Fault::EmptyRegex, signs)
                .with_help("write an expression between the percent signs, such as `%^Get%`"));
        }
        let (rewritten, positions) = rewrite(cursor.within(span.clone()))?;
        let with_this = size.saturating_add(BASE_SIZE).saturating_add(positions);
        if with_this > MAX_REGEX_SIZE {
            let help =
                "use smaller repetition counts, or split the pattern: `{n}` counts what it repeats n times";
            return Err(ParseError::new(Fault::RegexesTooLarge, span).with_help(help));
        }
        // Count the expression even if it fails to compile, because compiling it took time.
        *size = with_this;
        let compiled = Arc::new(OnceLock::new());
        if positions > SMALL_POSITIONS || rewritten.len() > SMALL_BYTES {
            let regex = compile(&rewritten).map_err(|source| {
                ParseError::new(Fault::RegexTooLarge { source }, span)
                    .with_help("use smaller repetition counts")
            })?;
            compiled.get_or_init(|| Some(regex));
        }
        Ok(RegexLiteral { source: source.to_owned(), rewritten, compiled })
    }

    /// The expression as written, without the percent signs.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The same expression in the syntax of the `regex` crate, for code that builds its automaton.
    pub fn in_regex_syntax(&self) -> &str {
        &self.rewritten
    }

    /// Whether `value` contains a match of the expression.
    pub fn is_match(&self, value: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| compile(&self.rewritten).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(value))
    }
}

impl PartialEq for RegexLiteral {
    fn eq(&self, other: &RegexLiteral) -> bool {
        self.source == other.source
    }
}

fn compile(rewritten: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(rewritten)
        .size_limit(COMPILED_SIZE_LIMIT)
        .dfa_size_limit(CACHE_SIZE_LIMIT)
        .build()
}

/// A character, or a set of characters in the syntax of the `regex` crate.
enum Atom {
    Character(char),
    Set(&'static str),
}

/// Translates the expression into the syntax of the `regex` crate, and counts its positions.
fn rewrite(mut cursor: Cursor<'_>) -> Result<(String, usize), ParseError> {
    let mut out = String::new();
    let mut repeatable = false;
    // The positions before the last atom, and those of the last atom, which a repetition multiplies.
    let (mut positions, mut last) = (0_usize, 0_usize);
    while let Some(next) = cursor.peek() {
        match next {
            '*' | '+' | '?' | '{' if !repeatable => {
                let span = cursor.position()..cursor.position() + 1;
                let fault = Fault::NothingToRepeat(Snippet::new(cursor.slice(span.clone())));
                return Err(
                    ParseError::new(fault, span).with_help(format!("write a literal `{next}` as `\\{next}`"))
                );
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
        // Anchors and the start of an alternative are not preceded by anything that could be repeated.
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

/// Parses a character that stands for itself outside a class. `]` and `}` do if they close nothing.
fn literal(cursor: &mut Cursor<'_>) -> Result<char, ParseError> {
    let start = cursor.position();
    match cursor.bump() {
        Some(next)
            if next.is_ascii_alphanumeric()
                || is_symbol(next)
                || is_whitespace(next)
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
                _ => error.with_help("only ASCII characters are allowed; `.` matches any character"),
            })
        }
        None => {
            Err(ParseError::new(Fault::Expected { expected: "a character", found: Token::End }, start..start))
        }
    }
}

/// Parses a backslash and the characters it escapes.
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

/// Translates `{m}`, `{m,}`, `{,n}` or `{m,n}`, with whitespace allowed inside, and returns how many copies of the
/// repeated atom it compiles to.
fn repetition(cursor: &mut Cursor<'_>, out: &mut String) -> Result<usize, ParseError> {
    let start = cursor.position();
    cursor.bump();
    let counts: String = cursor
        .take_while(|character| character != '}')
        .chars()
        .filter(|&character| !is_whitespace(character))
        .collect();
    if !cursor.eat("}") {
        let fault = Fault::Unclosed { what: "repetition", close: '}' };
        return Err(ParseError::new(fault, start..start + 1).with_help("write a literal `{` as `\\{`"));
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
        let help = "write `{3}`, `{3,}`, `{,5}` or `{3,5}`; write a literal `{` as `\\{`";
        return Err(ParseError::new(Fault::Repetition(written()), span).with_help(help));
    };
    out.push_str(&rewritten);
    Ok(usize::try_from(copies).unwrap_or(usize::MAX).max(1))
}

/// Translates `[...]`. Only `]`, `\`, a leading `^`, and `-` between two characters are special inside.
fn class(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), ParseError> {
    let start = cursor.position();
    cursor.bump();
    out.push('[');
    if cursor.eat("^") {
        out.push('^');
    }
    if cursor.eat("]") {
        let help = "write a literal `]` as `\\]`";
        return Err(ParseError::new(Fault::EmptyClass, cursor.since(start)).with_help(help));
    }
    while !cursor.eat("]") {
        if cursor.is_at_end() {
            let fault = Fault::Unclosed { what: "character class", close: ']' };
            return Err(ParseError::new(fault, start..start + 1).with_help("write a literal `[` as `\\[`"));
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
                    return Err(ParseError::new(fault, span).with_help("write a literal `-` as `\\-`"));
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

/// Writes a character so that it stands for itself, even in a class, where the `regex` crate has more operators than
/// the language.
fn push_literal(out: &mut String, character: char) {
    if character.is_ascii_alphanumeric() {
        out.push(character);
    } else {
        out.push_str(&format!("\\x{{{:x}}}", u32::from(character)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(body: &str) -> Result<RegexLiteral, ParseError> {
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
            assert_eq!(parsed(body).expect(body).is_match(value), expected, "%{body}% on {value}");
        }
    }

    #[test]
    fn syntax_that_the_service_rejects_is_rejected() {
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
            assert!(parsed(body).is_err(), "%{body}%");
        }
    }

    #[test]
    fn an_expression_that_compiles_to_too_much_is_rejected_with_its_cause() {
        let error = parsed(".{4000}").unwrap_err();
        assert_eq!(error.to_string(), "compiled regular expression is too large");
        assert!(std::error::Error::source(&error).is_some());
    }

    /// Whether an expression that was accepted can be evaluated.
    fn is_usable(accepted: &RegexLiteral) -> bool {
        accepted.is_match("");
        matches!(accepted.compiled.get(), Some(Some(_)))
    }

    #[test]
    fn the_largest_small_expressions_compile() {
        for body in ["[^a]{128}", ".{128}", r"\W{128}", r"[\W\d]{128}", r"[^\xff]{128}"] {
            assert!(is_usable(&parsed(body).unwrap()), "{body}");
        }
        for repetitions in [1, 50, SMALL_BYTES - 1, SMALL_BYTES, 300, 1000] {
            for repetition in ["?", "*", "{1}"] {
                let body = format!("a{}", repetition.repeat(repetitions));
                assert!(parsed(&body).is_ok_and(|accepted| is_usable(&accepted)) || body.len() > SMALL_BYTES);
            }
        }
        let small = parsed("[^a]{128}").unwrap();
        assert!(small.compiled.get().is_none() && !small.is_match("b") && is_usable(&small.clone()));
        assert!(parsed("[^a]{129}").unwrap().compiled.get().is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_accepted_can_be_evaluated(body in "([ab.:-]|\\\\[dDsSwWx4^]|\\[\\^?[a-c^\\-]{1,3}\\]|[*+?|^$]|\\{[0-3],?[0-9]?\\}){1,12}") {
            if let Ok(accepted) = parsed(&body) {
                prop_assert!(is_usable(&accepted));
            }
        }
    }

    #[test]
    fn the_size_of_an_expression_counts_repetitions() {
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
}
