//! Numbers, spans and lists in words.

/// `3,412`
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 log file`, `3,412 log files`
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// How long, in its two largest units: `2 h`, `1 h 30 min`, `4 d 2 h`, `30 s`.
pub(super) fn duration(seconds: i64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds.max(0);
    let mut parts = Vec::new();
    for (size, unit) in units {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

/// `a`, `a and b`, `a, b and c`
pub(super) fn list(parts: &[String]) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_spans_and_lists_read_as_they_are_said() {
        for (number, text) in [(0, "0"), (12, "12"), (999, "999"), (1000, "1,000"), (3_412_007, "3,412,007")]
        {
            assert_eq!(grouped(number), text);
        }
        for (seconds, text) in [
            (0, "0 s"),
            (30, "30 s"),
            (7200, "2 h"),
            (5400, "1 h 30 min"),
            (7201, "2 h 1 s"),
            (360_000, "4 d 4 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&parts), "a, b and c");
        assert_eq!(list(&parts[..2]), "a and b");
        assert_eq!(list(&parts[..1]), "a");
        assert_eq!(list(&[]), "");
        assert_eq!(
            (counted(1, "file", "files"), counted(2, "file", "files")),
            ("1 file".into(), "2 files".into())
        );
    }
}
