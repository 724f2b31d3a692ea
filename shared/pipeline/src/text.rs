//! Makes text from records safe for people and protocols. Everything in a record may come from an attacker.
//!
//! Escaping for one medium, such as HTML or a terminal, is left to the renderer.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Breaks the URLs in a text, so that no program that displays it turns them into links: `https[://]example.com`.
pub(crate) fn without_urls(text: &str) -> String {
    text.replace("://", "[://]")
}

/// Breaks URLs and also host names, which mail clients turn into links too: `example[.]com`. This is for texts that the
/// sender writes freely. In names of users or roles it would find host names where there are none.
///
/// A dot before a digit stays, as in versions and IP addresses, and so do the names of AWS services.
pub(crate) fn without_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_in_host) {
        let (before, from) = rest.split_at(start);
        let (name, after) = from.split_at(from.find(|c| !is_in_host(c)).unwrap_or(from.len()));
        out.push_str(before);
        push_host(name, &mut out);
        rest = after;
    }
    out.push_str(rest);
    without_urls(&out)
}

fn push_host(name: &str, out: &mut String) {
    if is_service(name) {
        out.push_str(name);
        return;
    }
    let mut before = None;
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        let is_between =
            before.is_some_and(|c| !is_dot(c)) && characters.peek().is_some_and(|c| c.is_alphabetic());
        if is_dot(c) && is_between {
            out.push_str("[.]");
        } else {
            out.push(c);
        }
        before = Some(c);
    }
}

/// Host names may contain letters of any script, and emoji.
fn is_in_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || !c.is_ascii()
}

/// A dot, or a character that browsers accept as one in a host name (Unicode Technical Standard 46, "Notation").
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

/// Whether a name belongs to an AWS service, such as `signin.amazonaws.com`. Names of customers have more labels.
fn is_service(name: &str) -> bool {
    let service = name.strip_suffix(".amazonaws.com").or_else(|| name.strip_suffix(".amazonaws.com.cn"));
    service.is_some_and(|service| !service.contains(is_dot))
}

/// A time in RFC 3339 as Unix seconds.
pub(crate) fn seconds(time: &str) -> Option<i64> {
    Some(OffsetDateTime::parse(time, &Rfc3339).ok()?.unix_timestamp())
}

/// Unix seconds as a time in RFC 3339, in UTC.
pub(crate) fn rfc3339(seconds: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(&Rfc3339).ok()
}

/// The mark of a cut.
const CUT: &str = "...";

/// A text of at most `limit` characters: a longer one is cut behind a word, or within a word that takes most of the room,
/// and the cut is marked.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let room = limit.saturating_sub(CUT.len());
    let end = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
    let (start, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let word =
        if rest.starts_with(' ') { Some(start) } else { start.rsplit_once(' ').map(|(start, _)| start) };
    let kept = word.filter(|word| word.chars().count() > room / 2).unwrap_or(start);
    let kept = kept.trim_end_matches([' ', ',', ';', ':', '(', '.']);
    format!("{kept}{CUT}")
}

/// A text as one word of a shell's command line.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A dimension value as CloudWatch accepts it: printable ASCII, not blank, at most 1,024 characters.
/// Other characters become `\u{..}`, so that different values stay different.
pub(crate) fn dimension_value(text: &str) -> Option<String> {
    const LIMIT: usize = 1024;
    if text.trim().is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
        if out.len() > LIMIT {
            out.truncate(LIMIT);
            break;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_broken() {
        assert_eq!(without_urls("see https://example.com/a"), "see https[://]example.com/a");
        assert_eq!(without_urls("arn:aws:iam::111122223333:user/a.b"), "arn:aws:iam::111122223333:user/a.b");
    }

    #[test]
    fn names_of_hosts_are_broken_and_versions_addresses_and_services_are_not() {
        for (text, expected) in [
            ("example.com", "example[.]com"),
            ("go to www.example.com/a?b=c.d.", "go to www[.]example[.]com/a?b=c[.]d."),
            ("http://192.0.2.1/", "http[://]192.0.2.1/"),
            ("a@example.com", "a@example[.]com"),
            ("例え.テスト", "例え[.]テスト"),
            ("🦀.example", "🦀[.]example"),
            ("example。com", "example[.]com"),
            ("signin.amazonaws.com", "signin.amazonaws.com"),
            ("signin.amazonaws.com.example.com", "signin[.]amazonaws[.]com[.]example[.]com"),
            ("a.s3.amazonaws.com", "a[.]s3[.]amazonaws[.]com"),
            ("a。s3.amazonaws.com", "a[.]s3[.]amazonaws[.]com"),
            ("example.com/signin.amazonaws.com", "example[.]com/signin.amazonaws.com"),
            (
                "aws-cli/2.15.0 md/awscrt#0.19.19 lang/python#3.11.6",
                "aws-cli/2.15.0 md/awscrt#0.19.19 lang/python#3.11.6",
            ),
            ("192.0.2.1", "192.0.2.1"),
            ("Denied. Try again...", "Denied. Try again..."),
            ("", ""),
        ] {
            assert_eq!(without_links(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_cut_behind_a_word() {
        for (text, expected) in [
            ("role Deployment, session ci", "role Deployment, session ci"),
            ("role Deployment, session ci of account 111122223333", "role Deployment, session..."),
            ("role Deployments, session ci and others", "role Deployments, session..."),
            (&"x".repeat(40), "xxxxxxxxxxxxxxxxxxxxxxxxx..."),
            ("a xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a xxxxxxxxxxxxxxxxxxxxxxx..."),
            ("", ""),
        ] {
            assert_eq!(shortened(text, 28), expected);
        }
    }

    #[test]
    fn a_shell_takes_a_word_as_it_is() {
        for (text, expected) in [
            ("s3://amzn-s3-demo-bucket/AWSLogs/a_1.json.gz", "s3://amzn-s3-demo-bucket/AWSLogs/a_1.json.gz"),
            ("o'dd $(touch pwned) file", r"'o'\''dd $(touch pwned) file'"),
            ("a;b", "'a;b'"),
            ("~root", "'~root'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(text), expected);
        }
    }

    #[test]
    fn a_dimension_value_is_ascii_and_keeps_values_apart() {
        assert_eq!(dimension_value("zoë").as_deref(), Some("zo\\u{eb}"));
        assert_eq!(dimension_value(" \t"), None);
        assert_eq!(dimension_value(&"x".repeat(2000)).map(|v| v.len()), Some(1024));
    }
}
