//! `regex`, `regexall`, and `replace` with a regular expression.
//!
//! Terraform's expressions are those of Go's `regexp`, in which `\\d`, `\\s`, `\\w` and `\\b` mean ASCII. Everything else
//! that both languages have means the same in the crate `regex`.
//!
//! Source: the documentation of `regex` and `replace` in the Terraform language, and of RE2's syntax.

use regex::{Captures, Regex, RegexBuilder};

use super::{list, texts, too_large};
use crate::node::{Node, Value};

/// The most memory that a compiled expression may need, in bytes.
const COMPILED_BYTES: usize = 256 * 1024;

pub(super) fn call(name: &str, arguments: &[Node], bytes: usize) -> Option<Option<Node>> {
    Some(match name {
        "regex" => first(arguments),
        "regexall" => all(arguments),
        "replace" if texts::is_regex(arguments) => replace(arguments, bytes),
        _ => return None,
    })
}

/// The first match. A text that does not match is missing, so that `try` and `can` see it.
fn first(arguments: &[Node]) -> Option<Node> {
    let [expression, text] = arguments else { return None };
    let regex = compiled(expression.as_text()?)?;
    let found = regex.captures(text.as_text()?);
    Some(match found {
        Some(captures) => found_in(&regex, &captures),
        None => Node::missing("the text does not match the regular expression"),
    })
}

fn all(arguments: &[Node]) -> Option<Node> {
    let [expression, text] = arguments else { return None };
    let regex = compiled(expression.as_text()?)?;
    let found = regex.captures_iter(text.as_text()?).map(|captures| found_in(&regex, &captures));
    Some(list(found.collect()))
}

/// The whole match; or, if the expression has groups, their texts by position or by name.
fn found_in(regex: &Regex, captures: &Captures<'_>) -> Node {
    let group = |index| match captures.get(index) {
        Some(found) => Node::text(found.as_str()),
        None => Node::new(Value::Null),
    };
    let names: Vec<_> = regex.capture_names().enumerate().skip(1).collect();
    let named = |(index, name): &(usize, Option<&str>)| Some(((*name)?.to_owned(), group(*index)));
    match (names.as_slice(), names.iter().map(named).collect::<Option<Vec<_>>>()) {
        ([], _) => group(0),
        (_, Some(entries)) => Node::map(entries),
        (names, None) => list(names.iter().map(|(index, _)| group(*index)).collect()),
    }
}

fn replace(arguments: &[Node], bytes: usize) -> Option<Node> {
    let [text, old, new] = arguments else { return None };
    let (text, old, new) = (text.as_text()?, old.as_text()?, new.as_text()?);
    let regex = compiled(old.get(1..old.len() - 1)?)?;
    let count = regex.find_iter(text).count();
    // A replacement may repeat the whole text for each of its dollar signs.
    let longest = new.len().saturating_add(new.matches('$').count().saturating_mul(text.len()));
    if count.saturating_mul(longest).saturating_add(text.len()) > bytes {
        return Some(too_large("replace"));
    }
    Some(Node::text(regex.replace_all(text, new).into_owned()))
}

fn compiled(expression: &str) -> Option<Regex> {
    RegexBuilder::new(&with_ascii_classes(expression)).size_limit(COMPILED_BYTES).build().ok()
}

/// The expression with the classes of ASCII characters written out.
fn with_ascii_classes(expression: &str) -> String {
    let mut out = String::new();
    let mut is_in_class = false;
    let mut characters = expression.chars();
    while let Some(c) = characters.next() {
        match c {
            '[' => is_in_class = true,
            ']' => is_in_class = false,
            _ => {}
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some(escaped) = characters.next() else { break };
        let class = match escaped {
            'd' | 'D' => "0-9",
            'w' | 'W' => "0-9A-Za-z_",
            's' | 'S' => r"\t\n\f\r ",
            'b' | 'B' => {
                out.extend(["(?-u:\\", if escaped == 'b' { "b)" } else { "B)" }]);
                continue;
            }
            _ => {
                out.extend(['\\', escaped]);
                continue;
            }
        };
        match (escaped.is_ascii_uppercase(), is_in_class) {
            (false, true) => out.push_str(class),
            (false, false) => out.extend(["[", class, "]"]),
            (true, _) => out.extend(["[^", class, "]"]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(|text| Node::text(*text)).collect();
        call(name, &arguments, 1_000).unwrap().unwrap().as_text().unwrap_or("no text").to_owned()
    }

    #[test]
    fn expressions_mean_what_they_mean_in_go() {
        for (expression, input, expected) in [
            (r"\d+", "a12", "12"),
            (r"[\w-]+", "é a-b", "a-b"),
            (r"\S+$", "a bc", "bc"),
            (r"\bb\w", "ab ba", "ba"),
            (r"^[^\s]", "x y", "x"),
        ] {
            assert_eq!(text("regex", &[expression, input]), expected, "{expression}");
        }
        assert_eq!(text("replace", &["a-b-c", "/-(.)/", "+$1"]), "a+b+c");
    }
}
