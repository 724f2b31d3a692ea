//! `format` and `formatlist`.

use super::{list, too_large};
use crate::node::{Node, Value};

pub(super) fn call(name: &str, arguments: &[Node], bytes: usize) -> Option<Option<Node>> {
    Some(match name {
        "format" => format(arguments, bytes),
        "formatlist" => format_list(arguments, bytes),
        _ => return None,
    })
}

/// Supports `%s`, `%d`, `%v`, `%t`, `%q`, `%f` and `%x` with flags, width, precision and index, and `%%`.
fn format(arguments: &[Node], bytes: usize) -> Option<Node> {
    let (pattern, values) = arguments.split_first()?;
    let mut out = String::new();
    let mut rest = pattern.as_text()?;
    let mut next = 0;
    let mut used = 0;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (verb, behind) = Verb::read(after)?;
        rest = behind;
        if verb.letter == '%' {
            out.push('%');
            continue;
        }
        let index = verb.index.unwrap_or(next);
        next = index + 1;
        used = used.max(next);
        let value = values.get(index)?;
        match verb.written(value) {
            Some(text) => out.push_str(&text),
            None if verb.is_known() => return None,
            None => return Some(Node::unknown(format!("`format` with `%{}` is not evaluated", verb.letter))),
        }
        if out.len() > bytes {
            return Some(too_large("format"));
        }
    }
    out.push_str(rest);
    (used == values.len()).then(|| Node::text(out))
}

/// `format` for each item of the lists among the values.
fn format_list(arguments: &[Node], bytes: usize) -> Option<Node> {
    let (pattern, values) = arguments.split_first()?;
    let mut count = None;
    for items in values.iter().filter_map(Node::as_list) {
        if count.replace(items.len()).is_some_and(|count| count != items.len()) {
            return None;
        }
    }
    let mut made = Vec::new();
    let mut left = bytes;
    for index in 0..count.unwrap_or(1) {
        let row = values.iter().map(|value| match value.as_list() {
            Some(items) => items.get(index).cloned(),
            None => Some(value.clone()),
        });
        let row = std::iter::once(Some(pattern.clone())).chain(row).collect::<Option<Vec<_>>>()?;
        if let Some(unknown) = row.iter().find(|item| item.as_unknown().is_some()) {
            return Some(unknown.clone());
        }
        let text = format(&row, left)?;
        let Some(rest) = left.checked_sub(text.size()) else { return Some(too_large("formatlist")) };
        left = rest;
        made.push(text);
    }
    Some(list(made))
}

/// What stands behind a `%`.
struct Verb {
    letter: char,
    /// The value that it takes, counted from 0, if it says which.
    index: Option<usize>,
    is_left: bool,
    is_zero: bool,
    width: usize,
    precision: Option<usize>,
}

impl Verb {
    /// The widest field; wider ones only serve to waste memory.
    const WIDTH: usize = 1_000;

    fn read(text: &str) -> Option<(Self, &str)> {
        let flags = text.find(|c| !"-+# 0".contains(c))?;
        let (flags, rest) = text.split_at_checked(flags)?;
        let (width, rest) = number(rest);
        let (precision, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (precision, rest) = number(rest);
                (Some(precision.unwrap_or(0)), rest)
            }
            None => (None, rest),
        };
        let (index, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((index, rest)) => (Some(index.parse::<usize>().ok()?.checked_sub(1)?), rest),
            None => (None, rest),
        };
        let letter = rest.chars().next()?;
        let width = width.unwrap_or(0);
        let is_fine = width <= Self::WIDTH && precision.is_none_or(|precision| precision <= Self::WIDTH);
        let verb = Self {
            letter,
            index,
            is_left: flags.contains('-'),
            is_zero: flags.contains('0'),
            width,
            precision,
        };
        is_fine.then_some((verb, rest.get(letter.len_utf8()..)?))
    }

    fn is_known(&self) -> bool {
        matches!(self.letter, 's' | 'd' | 'v' | 't' | 'q' | 'f' | 'x' | 'X')
    }

    fn written(&self, value: &Node) -> Option<String> {
        let text = match &value.value {
            Value::Null if self.letter == 'v' => "null".to_owned(),
            Value::Text(text) => text.clone(),
            Value::Null | Value::List(_) | Value::Map(_) | Value::Unknown(_) => return None,
        };
        let text = match self.letter {
            's' | 'v' | 't' => match self.precision {
                Some(precision) => text.chars().take(precision).collect(),
                None => text,
            },
            'd' => text.parse::<f64>().ok()?.trunc().to_string(),
            'q' => format!("{text:?}"),
            'f' => format!("{:.*}", self.precision.unwrap_or(6), text.parse::<f64>().ok()?),
            'x' => format!("{:x}", text.parse::<i64>().ok()?),
            'X' => format!("{:X}", text.parse::<i64>().ok()?),
            _ => return None,
        };
        Some(self.padded(&text))
    }

    fn padded(&self, text: &str) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if self.is_left {
            return format!("{text}{}", " ".repeat(missing));
        }
        if !self.is_zero {
            return format!("{}{text}", " ".repeat(missing));
        }
        match text.strip_prefix('-') {
            Some(digits) => format!("-{}{digits}", "0".repeat(missing)),
            None => format!("{}{text}", "0".repeat(missing)),
        }
    }
}

/// The number at the beginning of a text, if there is one, and what follows.
fn number(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    // A number that is too large is larger than every width.
    ((!digits.is_empty()).then(|| digits.parse().unwrap_or(usize::MAX)), rest)
}
