//! What precedes an object on a log line: a time, or fields of the AWS CLI's `--output text`.
//!
//! It examines only the start of the line and discards what precedes the object.

/// The object must start within this many bytes of its line.
pub(super) const PREFIX_BYTES: usize = 512;

/// How a line starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineStart {
    /// An object starts after `prefix` bytes. If `has_fields`, the rest of the line after the object is ignored.
    Object { prefix: usize, has_fields: bool },
    /// The line is known to contain no record.
    Nothing,
    /// The line has an unknown form.
    Unknown,
}

/// Determines how `line` starts.
pub(super) fn start_of(line: &[u8]) -> LineStart {
    let object = line.iter().take(PREFIX_BYTES).position(|byte| *byte == b'{');
    if line.starts_with(b"RESOURCES\t") || line.starts_with(b"SEARCHEDLOGSTREAMS\t") {
        return LineStart::Nothing;
    }
    let Some(prefix) = object else { return LineStart::Unknown };
    let words = line.get(..prefix).unwrap_or_default();
    if words.starts_with(b"EVENTS\t") {
        return LineStart::Object { prefix, has_fields: true };
    }
    // `2026-11-20T10:15:00.000Z {`, as exported to S3; `2026-11-20T10:15:00.000000+00:00 stream {`, as `aws logs tail`
    // prints; and with a blank between date and time.
    let mut words = words.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return LineStart::Unknown };
    let has_time = has_form(first, b"dddd-dd-ddTdd:dd:dd")
        || has_form(first, b"dddd-dd-dd") && words.next().is_some_and(|time| has_form(time, b"dd:dd:dd"));
    if has_time && words.count() <= 1 {
        LineStart::Object { prefix, has_fields: false }
    } else {
        LineStart::Unknown
    }
}

/// Whether `word` starts with `form`, where `d` stands for any digit.
fn has_form(word: &[u8], form: &[u8]) -> bool {
    word.len() >= form.len()
        && word.iter().zip(form).all(|(byte, expected)| match expected {
            b'd' => byte.is_ascii_digit(),
            _ => byte == expected,
        })
}

#[cfg(test)]
mod tests {
    use super::{LineStart, start_of};

    #[test]
    fn times_and_fields_before_an_object_are_skipped() {
        let object = |prefix, has_fields| LineStart::Object { prefix, has_fields };
        for (line, expected) in [
            ("2026-11-20T10:15:00.000Z {}", object(25, false)),
            ("2026-11-20T10:15:00 {}", object(20, false)),
            ("2026-11-20 10:15:00.000 {}", object(24, false)),
            ("2026-11-20T10:15:00.000000+00:00 111122223333_CloudTrail_eu-west-1 {}", object(67, false)),
            ("EVENTS\tAKIAIOSFODNN7EXAMPLE\t{}\tid", object(28, true)),
            ("RESOURCES\tmain\tAWS::CloudTrail::Trail", LineStart::Nothing),
            ("2026-11-20T10:15:00.000Z START RequestId: x {}", LineStart::Unknown),
            ("2026-11-20T10:15:00.000Z no object", LineStart::Unknown),
            ("20 {}", LineStart::Unknown),
            ("eventName: {}", LineStart::Unknown),
            ("", LineStart::Unknown),
        ] {
            assert_eq!(start_of(line.as_bytes()), expected, "{line}");
        }
    }
}
