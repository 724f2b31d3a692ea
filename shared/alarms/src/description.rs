//! The description of an alarm: Markdown for whoever reads it in the console, in an e-mail or in a chat.
//!
//! CloudWatch takes 1,024 characters. The title always has its place; then what to do, one link, the pattern, what the rule
//! finds and the known noise each take theirs while there is room, and the other references what is left. A pattern is
//! whole or not there; prose may end early, at the end of a word and outside of any code.
//!
//! Source: the CloudWatch API reference, PutMetricAlarm, `AlarmDescription`.

use rules::Rule;

/// The longest description (PutMetricAlarm). Counted in UTF-16 units, the strictest way to count characters.
const DESCRIPTION_UNITS: usize = 1024;
/// Room that a cut section has to have at least: less of it says nothing.
const LEAST_UNITS: usize = 120;
/// What stands between sections.
const GAP: &str = "\n\n";
/// The mark of a cut.
const CUT: &str = " …";

/// One part of a description.
struct Section {
    /// In which order sections get their room.
    priority: u8,
    text: String,
    /// The form that has its room before sections that come later; the whole text takes what these leave.
    least: Option<String>,
    /// Whether it may end early.
    is_prose: bool,
}

/// The description of a rule's alarm on a metric with these dimensions.
pub(crate) fn of_rule(rule: &Rule, dimensions: &[(String, String)]) -> String {
    let mut sections = Vec::new();
    let mut add = |priority, text: String, least, is_prose| {
        sections.push(Section { priority, text, least, is_prose });
    };
    add(0, headline(rule, dimensions), None, true);
    if !rule.description.trim().is_empty() {
        add(4, rule.description.trim().to_owned(), None, true);
    }
    add(3, fenced(rule.pattern.text()), None, false);
    if !rule.response.trim().is_empty() {
        add(1, format!("**What to do:** {}", rule.response.trim()), None, true);
    }
    if !rule.known_noise.trim().is_empty() {
        add(5, format!("**Known noise:** {}", rule.known_noise.trim()), None, true);
    }
    if !rule.references.is_empty() {
        let linked: Vec<_> = rule.references.iter().map(|reference| linked(reference)).collect();
        let link = linked.iter().filter(|reference| reference.starts_with('[')).min_by_key(|link| link.len());
        let least = link.map(|link| format!("**References:** {link}"));
        add(2, format!("**References:** {}", linked.join(", ")), least, false);
    }
    fitted(sections)
}

fn headline(rule: &Rule, dimensions: &[(String, String)]) -> String {
    let dimensions: String = dimensions.iter().map(|(name, value)| format!(" · {name} {value}")).collect();
    format!("**{}** · {} · rule {}{dimensions}", rule.title.trim(), rule.severity, rule.id)
}

/// A pattern as a block of code, fenced by more backticks than it holds in a row.
fn fenced(pattern: &str) -> String {
    let longest = pattern.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}\n{}\n{fence}", pattern.trim())
}

/// A reference, with a link where its form tells which page it is: MITRE ATT&CK techniques, Security Hub controls.
fn linked(reference: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(number) = reference.strip_prefix("CloudWatch.").filter(|number| digits(number)) {
        return format!(
            "[{reference}](https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-{number})"
        );
    }
    if let Some(technique) = reference.strip_prefix('T') {
        let path = match technique.split_once('.') {
            Some((technique, part)) if digits(technique) && digits(part) => format!("T{technique}/{part}"),
            None if digits(technique) && technique.len() == 4 => reference.to_owned(),
            Some(_) | None => return reference.to_owned(),
        };
        return format!("[{reference}](https://attack.mitre.org/techniques/{path}/)");
    }
    reference.to_owned()
}

/// The sections that have room, in their order.
fn fitted(sections: Vec<Section>) -> String {
    let mut left = DESCRIPTION_UNITS;
    let mut kept: Vec<Option<String>> = sections.iter().map(|_| None).collect();
    let mut by_priority: Vec<_> = sections.iter().zip(&mut kept).collect();
    by_priority.sort_by_key(|(section, _)| section.priority);
    for (section, place) in &mut by_priority {
        let gap = if left == DESCRIPTION_UNITS { 0 } else { GAP.len() };
        let room = left.saturating_sub(gap);
        if let Some(text) = section.within(room) {
            left = room.saturating_sub(units(&text));
            **place = Some(text);
        }
    }
    for (section, place) in by_priority {
        let Some(least) = place.as_ref().filter(|text| section.least.as_ref() == Some(text)) else {
            continue;
        };
        let room = left + units(least);
        if units(&section.text) <= room {
            left = room - units(&section.text);
            *place = Some(section.text.clone());
        }
    }
    kept.into_iter().flatten().collect::<Vec<_>>().join(GAP)
}

impl Section {
    /// The least form of the section, if it has at most `room` units.
    fn within(&self, room: usize) -> Option<String> {
        let least = self.least.as_ref().unwrap_or(&self.text);
        if units(least) <= room {
            return Some(least.clone());
        }
        if self.is_prose && room >= LEAST_UNITS { cut(&self.text, room) } else { None }
    }
}

/// The longest beginning of a text that ends with a word, closes what it opens, and leaves room for the mark of a cut.
fn cut(text: &str, room: usize) -> Option<String> {
    let room = room.checked_sub(units(CUT))?;
    let mut best = None;
    let mut used = 0;
    for (at, character) in text.char_indices() {
        let (before, _) = text.split_at(at);
        if used > room {
            break;
        }
        let is_end = character.is_whitespace() && !before.ends_with(char::is_whitespace);
        if is_end && is_closed(before) {
            best = Some(before);
        }
        used += character.len_utf16();
    }
    best.filter(|best| !best.is_empty()).map(|best| format!("{best}{CUT}"))
}

/// Whether all code and emphasis of a text ends in it.
fn is_closed(text: &str) -> bool {
    let even = |mark: &str| text.matches(mark).count().is_multiple_of(2);
    even("`") && even("**") && text.matches('[').count() == text.matches(']').count()
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests;
