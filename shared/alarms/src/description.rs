//! The description of an alarm: what happened, what to do and where to look, for the person who reads the mail that
//! CloudWatch sends. The texts themselves come from the rule.
//!
//! It is plain text, because the mail shows it as written. Blank lines separate its parts, because the console renders
//! it as Markdown, which joins adjacent lines. CloudWatch accepts 1,024 characters. The title and the controls always
//! fit. What to do gets its room before what happened, which the title also says. A text that does not fit ends with the
//! last sentence that does, and is omitted if none does. The filter pattern is omitted: `trailbell rules show` prints it.
//!
//! Source: the CloudWatch API reference, PutMetricAlarm, `AlarmDescription`.

use rules::{Rule, reference};

use crate::settings::TAG_VALUE_CHARACTERS;

/// The maximum length of a description (PutMetricAlarm), in UTF-16 units: the strictest way to count characters.
const DESCRIPTION_UNITS: usize = 1024;
/// The maximum length of the title within the first line, and of the dimensions behind it.
const HEADLINE_UNITS: usize = 256;
/// The maximum length of the list of controls.
const CONTROLS_UNITS: usize = 256;
/// The separator between sections.
const GAP: &str = "\n\n";
/// Marks the end of a title that is cut.
const CUT: &str = " …";

/// One part of a description.
struct Section {
    /// Sections with lower numbers get their room first.
    priority: u8,
    label: &'static str,
    text: String,
    /// Whether the text consists of sentences, the last of which may be left out.
    is_prose: bool,
}

/// The description of a rule's alarm on a metric with these dimensions.
pub(crate) fn of_rule(rule: &Rule, dimensions: &[(String, String)]) -> String {
    described(rule, dimensions, &where_to_look(rule))
}

/// The description of an alarm on what a metric filter of CloudWatch Logs counts: at most 1,024 characters.
pub fn description_on_logs(rule: &Rule, dimensions: &[(String, String)]) -> String {
    let Rule { id, .. } = rule;
    let where_to_look = format!(
        "Search the trail's log group at this time with the pattern of the metric filter `{id}`. \
         `trailbell rules show {id}` explains it."
    );
    described(rule, dimensions, &where_to_look)
}

fn described(rule: &Rule, dimensions: &[(String, String)], where_to_look: &str) -> String {
    let mut sections = Vec::new();
    let mut add = |priority, label, text: &str, is_prose| {
        if !text.trim().is_empty() {
            sections.push(Section { priority, label, text: text.trim().to_owned(), is_prose });
        }
    };
    add(0, "", &headline(rule, dimensions), false);
    add(4, "What happened: ", &rule.summary, true);
    add(2, "What to do: ", &rule.response, true);
    add(3, "Where to look: ", where_to_look, true);
    add(6, "Known noise: ", &rule.known_noise, true);
    add(1, "Controls: ", &controls(rule), false);
    add(5, "More: ", &page(rule).unwrap_or_default(), false);
    fitted(&sections)
}

/// The controls that a rule covers, as the value of the tag [`CONTROLS_TAG`](crate::CONTROLS_TAG): with only the
/// characters that a tag may have, and as many controls as fit. `None` if the rule covers none.
pub fn controls_tag(rule: &Rule) -> Option<String> {
    let is_allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    let mut tag = String::new();
    for control in rule.references.iter().filter(|reference| reference::is_control(reference)) {
        let control: String = control.chars().filter(|c| is_allowed(*c)).collect();
        let gap = if tag.is_empty() { "" } else { " / " };
        if tag.chars().count() + gap.len() + control.chars().count() <= TAG_VALUE_CHARACTERS {
            tag = tag + gap + &control;
        }
    }
    Some(tag).filter(|tag| !tag.is_empty())
}

/// The title, the severity and the dimensions.
fn headline(rule: &Rule, dimensions: &[(String, String)]) -> String {
    let dimensions: Vec<_> = dimensions.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let title = format!("{} ({})", shortened(&rule.title), rule.severity);
    if dimensions.is_empty() { title } else { format!("{title}, {}", shortened(&dimensions.join(", "))) }
}

/// A short text as written; a long one cut at the end of a word.
fn shortened(text: &str) -> String {
    let text = text.trim();
    if units(text) <= HEADLINE_UNITS {
        return text.to_owned();
    }
    let room = HEADLINE_UNITS - units(CUT);
    let fits = |end: &usize| text.get(..*end).is_some_and(|start| units(start) <= room);
    let mut ends = text.char_indices().map(|(end, _)| end);
    let word = text.match_indices(' ').map(|(end, _)| end).rfind(fits).filter(|end| *end > 0);
    let end = word.or_else(|| ends.rfind(fits)).unwrap_or_default();
    format!("{}{CUT}", text.get(..end).unwrap_or_default().trim_end())
}

fn where_to_look(rule: &Rule) -> String {
    let Rule { id, .. } = rule;
    match &rule.alert {
        Some(_) => format!(
            "The alert of rule `{id}` lists the calls. `trailbell rules show {id}` explains the rule."
        ),
        None => format!(
            "Rule `{id}` sends no alerts: search the trail's log files of this time. `trailbell rules show {id}` prints its pattern."
        ),
    }
}

/// The names of the controls, and how many more there are if not all of them fit.
fn controls(rule: &Rule) -> String {
    let controls: Vec<&str> =
        rule.references.iter().map(String::as_str).filter(|text| reference::is_control(text)).collect();
    let more = |rest: usize| if rest == 0 { String::new() } else { format!(" and {rest} more") };
    let listed = |count: usize| {
        format!("{}{}", controls.get(..count).unwrap_or_default().join(", "), more(controls.len() - count))
    };
    let fits = |count: &usize| units(&listed(*count)) <= CONTROLS_UNITS;
    (1..=controls.len()).rev().find(fits).map(listed).unwrap_or_default()
}

/// The page to read first: of a control of Security Hub or of a guide, else of a technique, else of a benchmark.
fn page(rule: &Rule) -> Option<String> {
    let pages: Vec<String> = rule.references.iter().filter_map(|text| reference::url(text)).collect();
    let first = |start: &str| pages.iter().find(|page| page.starts_with(start));
    first("https://docs.aws.amazon.com/")
        .or_else(|| first("https://attack.mitre.org/"))
        .or(pages.first())
        .cloned()
}

/// The sections that fit, in their original order.
fn fitted(sections: &[Section]) -> String {
    let mut left = DESCRIPTION_UNITS;
    let mut by_priority: Vec<(usize, &Section)> = sections.iter().enumerate().collect();
    by_priority.sort_by_key(|(_, section)| section.priority);
    let mut kept = Vec::new();
    for (place, section) in by_priority {
        let gap = if left == DESCRIPTION_UNITS { 0 } else { GAP.len() };
        if let Some(text) = section.within(left.saturating_sub(gap)) {
            left = left.saturating_sub(gap + units(&text));
            kept.push((place, text));
        }
    }
    kept.sort_by_key(|(place, _)| *place);
    kept.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(GAP)
}

impl Section {
    /// The section, or as many of its sentences as fit into `room` units.
    fn within(&self, room: usize) -> Option<String> {
        let room = room.checked_sub(units(self.label))?;
        let text = if units(&self.text) <= room {
            Some(self.text.as_str())
        } else {
            sentences(&self.text, room).filter(|_| self.is_prose)
        };
        text.map(|text| format!("{}{text}", self.label))
    }
}

/// The longest beginning of a text that ends with a sentence and has at most `room` units.
fn sentences(text: &str, room: usize) -> Option<&str> {
    let mut best = None;
    let mut used = 0;
    let mut previous = None;
    for (at, character) in text.char_indices() {
        if used > room {
            break;
        }
        if character.is_whitespace() && matches!(previous, Some('.' | '!' | '?')) {
            best = text.get(..at);
        }
        used += character.len_utf16();
        previous = Some(character);
    }
    best
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests;
