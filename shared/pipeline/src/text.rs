//! Makes text from records fit for people and protocols. Everything in a record may come from an attacker.

/// Removes what can deceive a reader (see [`filter_pattern::is_deceptive`]) and cuts the text at `limit` characters,
/// marking the cut.
pub(crate) fn clean(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit * 4));
    for (count, c) in text.chars().enumerate() {
        if count == limit {
            out.push('…');
            break;
        }
        out.push(if filter_pattern::is_deceptive(c) { ' ' } else { c });
    }
    out
}

/// Breaks the addresses in a text, so that no program that shows it makes them links: `https[://]example.com`.
pub(crate) fn without_urls(text: &str) -> String {
    text.replace("://", "[://]")
}

/// Breaks addresses and also names of hosts, which mail clients make links of as well: `example[.]com`. For texts that
/// their sender writes freely; among names it would find many that are none.
///
/// A dot in front of a digit stays, as in versions and addresses, and so do the names of AWS services.
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

/// Names of hosts may hold letters of any script, and pictures.
fn is_in_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || !c.is_ascii()
}

/// A dot, or what browsers take for one in the name of a host (Unicode Technical Standard 46, "Notation").
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

/// Whether a name is that of a service of AWS, such as `signin.amazonaws.com`. Customers have names further below.
fn is_service(name: &str) -> bool {
    let service = name.strip_suffix(".amazonaws.com").or_else(|| name.strip_suffix(".amazonaws.com.cn"));
    service.is_some_and(|service| !service.contains(is_dot))
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
    fn control_and_bidirectional_characters_become_blanks() {
        assert_eq!(clean("a\nb\u{202e}c\u{7}", 10), "a b c ");
        assert_eq!(clean("a\u{61c}\u{ad}\u{3164}\u{e0041}b", 10), "a    b");
    }

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
    fn long_text_is_cut_by_characters_and_marked() {
        assert_eq!(clean("ééééé", 3), "ééé…");
        assert_eq!(clean("ééé", 3), "ééé");
    }

    #[test]
    fn a_dimension_value_is_ascii_and_keeps_values_apart() {
        assert_eq!(dimension_value("zoë").as_deref(), Some("zo\\u{eb}"));
        assert_eq!(dimension_value(" \t"), None);
        assert_eq!(dimension_value(&"x".repeat(2000)).map(|v| v.len()), Some(1024));
    }
}
