//! Reads single values from the text of a record, when a condition needs them.
//!
//! The text is already known to be valid JSON, so nothing is checked again. On other text the results are arbitrary,
//! but nothing panics.

use memchr::memchr2;

use crate::selector::Step;

/// A value in the text of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RawValue<'t> {
    /// The bytes between the quotes, and whether they contain escapes.
    Text(&'t [u8], Escapes),
    Number(&'t [u8]),
    True,
    False,
    Null,
    /// An array or an object.
    Container,
}

/// Whether a string contains escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    None,
    Some,
}

impl<'t> RawValue<'t> {
    /// Reads the value that starts at an offset.
    pub(super) fn at(record: &'t [u8], offset: usize) -> RawValue<'t> {
        match record.get(offset) {
            Some(b'"') => {
                let (end, escapes) = string_end(record, offset + 1);
                RawValue::Text(record.get(offset + 1..end).unwrap_or_default(), escapes)
            }
            Some(b'{' | b'[') => RawValue::Container,
            Some(b't') => RawValue::True,
            Some(b'f') => RawValue::False,
            Some(b'n') | None => RawValue::Null,
            Some(_) => RawValue::Number(record.get(offset..bare_end(record, offset)).unwrap_or_default()),
        }
    }
}

/// The position of the closing quote of a string whose content starts at `from`.
pub(super) fn string_end(text: &[u8], from: usize) -> (usize, Escapes) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Sets the high bit of each zero byte, and possibly of bytes above the lowest zero byte.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let mut at = from;
    // Most strings are too short for a call to `memchr` to pay off.
    while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let found = zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            at += found.trailing_zeros() as usize / 8;
            break;
        }
        at += 8;
    }
    let mut escapes = Escapes::None;
    while let Some(distance) = text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += distance;
        if text.get(at) == Some(&b'"') {
            return (at, escapes);
        }
        escapes = Escapes::Some;
        at += 2;
    }
    (text.len(), escapes)
}

fn bare_end(text: &[u8], from: usize) -> usize {
    let bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
    from + text.get(from..).unwrap_or_default().iter().take_while(|byte| bare(byte)).count()
}

fn skip_whitespace(text: &[u8], from: usize) -> usize {
    let is_whitespace = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    from + text.get(from..).unwrap_or_default().iter().take_while(|byte| is_whitespace(byte)).count()
}

/// The end of the value that starts at `from`.
pub(super) fn value_end(text: &[u8], from: usize) -> usize {
    match text.get(from) {
        Some(b'"') => string_end(text, from + 1).0 + 1,
        Some(b'{' | b'[') => container_end(text, from),
        Some(_) | None => bare_end(text, from),
    }
}

fn container_end(text: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => at = string_end(text, at).0 + 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return at,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Resolves the escapes of a string into `out`.
pub(super) fn unescape(raw: &[u8], out: &mut String) {
    out.clear();
    let mut rest = raw;
    loop {
        let plain = rest.split(|&byte| byte == b'\\').next().unwrap_or_default();
        out.push_str(str::from_utf8(plain).unwrap_or_default());
        rest = rest.get(plain.len()..).unwrap_or_default();
        let Some((_, after)) = rest.split_first() else { return };
        let Some((&escape, after)) = after.split_first() else { return };
        rest = after;
        out.push(match escape {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (character, after) = unicode_escape(after);
                rest = after;
                character
            }
            other => char::from(other),
        });
    }
}

/// Decodes the escape after `\u`, including the second half of a surrogate pair.
fn unicode_escape(text: &[u8]) -> (char, &[u8]) {
    let (first, after) = text.split_at_checked(4).unwrap_or_default();
    let unit = hex(first);
    if let Some(character) = char::from_u32(unit) {
        return (character, after);
    }
    let (second, rest) = after.split_at_checked(6).unwrap_or_default();
    let low = hex(second.get(2..).unwrap_or_default());
    let code = 0x1_0000 + (unit.wrapping_sub(0xd800) << 10 & 0xf_fc00) + (low.wrapping_sub(0xdc00) & 0x3ff);
    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), rest)
}

fn hex(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |code, &digit| code << 4 | char::from(digit).to_digit(16).unwrap_or(0))
}

/// Working memory for keys that are written with escapes.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyBuffers {
    key: String,
    name: String,
}

/// Resolves the rest of a selector from a value on, and applies `test` to each selected value until one satisfies it.
///
/// If a key occurs twice, the last value counts. `None` if an earlier value of a repeated key satisfies the test:
/// this is rare, and continuing could take quadratic time.
pub(super) fn any_selected(
    record: &[u8],
    from: usize,
    steps: &[Step],
    buffers: &mut KeyBuffers,
    test: &mut impl FnMut(usize) -> bool,
) -> Option<bool> {
    let Some((step, rest)) = steps.split_first() else { return Some(test(from)) };
    match (step, record.get(from)) {
        (Step::Key(name), Some(b'{')) => {
            let mut found = None;
            for (raw, place) in ContainerItems::of_object(record, from) {
                if same_key(raw, name, &mut buffers.key) {
                    found = Some(place);
                }
            }
            found.map_or(Some(false), |place| any_selected(record, place, rest, buffers, test))
        }
        (Step::Index(index), Some(b'[')) => {
            let place = ContainerItems::of_array(record, from).nth(usize::try_from(*index).ok()?);
            place.map_or(Some(false), |(_, place)| any_selected(record, place, rest, buffers, test))
        }
        (Step::AnyElement | Step::AnyField, Some(b'[')) => {
            for (_, place) in ContainerItems::of_array(record, from) {
                if any_selected(record, place, rest, buffers, test)? {
                    return Some(true);
                }
            }
            Some(false)
        }
        (Step::AnyElement | Step::AnyField, Some(b'{')) => {
            let mut fields = ContainerItems::of_object(record, from);
            while let Some((raw, place)) = fields.next() {
                if any_selected(record, place, rest, buffers, test)? {
                    return (!comes_again(raw, &fields, buffers)).then_some(true);
                }
            }
            Some(false)
        }
        _ => Some(false),
    }
}

/// Whether the key `raw`, as written, occurs again among the `later` fields.
fn comes_again(raw: &[u8], later: &ContainerItems<'_>, buffers: &mut KeyBuffers) -> bool {
    let KeyBuffers { key, name } = buffers;
    unescape(raw, name);
    later.clone().any(|(other, _)| same_key(other, name, key))
}

/// Whether a key as written means `name`.
fn same_key(raw: &[u8], name: &str, scratch: &mut String) -> bool {
    if !raw.contains(&b'\\') {
        return raw == name.as_bytes();
    }
    unescape(raw, scratch);
    scratch == name
}

/// The items of a container: the key as written, empty in an array, and the offset of the value.
#[derive(Clone)]
struct ContainerItems<'t> {
    text: &'t [u8],
    at: usize,
    keyed: bool,
}

impl<'t> ContainerItems<'t> {
    fn of_object(text: &'t [u8], from: usize) -> ContainerItems<'t> {
        ContainerItems { text, at: from + 1, keyed: true }
    }

    fn of_array(text: &'t [u8], from: usize) -> ContainerItems<'t> {
        ContainerItems { text, at: from + 1, keyed: false }
    }
}

impl<'t> Iterator for ContainerItems<'t> {
    type Item = (&'t [u8], usize);

    fn next(&mut self) -> Option<(&'t [u8], usize)> {
        self.at = skip_whitespace(self.text, self.at);
        if self.text.get(self.at) == Some(&b',') {
            self.at = skip_whitespace(self.text, self.at + 1);
        }
        if matches!(self.text.get(self.at)?, b'}' | b']') {
            return None;
        }
        let mut key: &[u8] = &[];
        if self.keyed {
            let (end, _) = string_end(self.text, self.at + 1);
            key = self.text.get(self.at + 1..end)?;
            // The closing quote is followed by whitespace, a colon, and whitespace.
            self.at = skip_whitespace(self.text, skip_whitespace(self.text, end + 1) + 1);
        }
        let place = self.at;
        self.at = value_end(self.text, place);
        (self.at > place).then_some((key, place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_tests_each_field_once_and_gives_up_on_repeated_keys_that_match() {
        let steps = [Step::AnyField];
        for (record, expected, times) in [
            (r#"{"a":1,"b":2,"c":1}"#, Some(true), 2),
            (r#"{"a":1,"b":1}"#, Some(false), 2),
            (r#"{"b":2,"b":1}"#, None, 1),
            (r#"{"b":2,"\u0062":1}"#, None, 1),
            (r#"{"b":1,"b":2}"#, Some(true), 2),
        ] {
            let mut asked = 0;
            let mut is_two = |place: usize| {
                asked += 1;
                record.as_bytes().get(place) == Some(&b'2')
            };
            assert_eq!(
                any_selected(record.as_bytes(), 0, &steps, &mut KeyBuffers::default(), &mut is_two),
                expected,
                "{record}"
            );
            assert_eq!(asked, times, "{record}");
        }
    }
}
