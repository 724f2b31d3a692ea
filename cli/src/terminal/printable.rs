//! Makes text from outside safe for a terminal. File names, rule texts and log files may come from an
//! attacker.
//!
//! This is not for machine-readable output: JSON contains every name unchanged.

use std::path::{Component, Path};

pub(crate) use filter_pattern::printable;

/// A path as text, with `/` between its parts.
///
/// Bytes that are not UTF-8 become escapes such as `\xff`, so that different names stay different.
pub(crate) fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        match component {
            Component::RootDir => text.push('/'),
            Component::Prefix(_) | Component::CurDir | Component::ParentDir | Component::Normal(_) => {
                push_lossless(&mut text, component.as_os_str().as_encoded_bytes());
            }
        }
    }
    text
}

fn push_lossless(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().escape_ascii().map(char::from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_characters_are_escaped_and_others_stay() {
        for (text, expected) in [
            ("plain é 漢", "plain é 漢"),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("exe\u{202e}gpj", "exe\\u{202e}gpj"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn paths_keep_their_form_and_lose_doubled_separators() {
        for (path, expected) in
            [("a/b.json", "a/b.json"), ("./a//b/", "./a/b"), ("/a/b", "/a/b"), ("../x", "../x"), ("/", "/")]
        {
            assert_eq!(path_text(Path::new(path)), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_utf8_stay_distinguishable() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        assert_eq!(path_text(Path::new(OsStr::from_bytes(b"a\xff/b\xfe.json"))), "a\\xff/b\\xfe.json");
    }
}
