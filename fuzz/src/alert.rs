//! Alerts, as people read them.

use filter_pattern::is_deceptive;
use pipeline::Alert;
use pipeline::alert::EventSummary;
use serde_json::Value;

use crate::shown::{is_line, is_text};

/// Longest subject that SNS takes, in characters.
const SUBJECT_CHARS: usize = 99;
/// What keeps a character from being markup in a chat.
const WORD_JOINER: char = '\u{2060}';

/// Two lines of JSON are records, and the rest is a log file's address: an alert about them holds no deceptive
/// character, no link but that to the console, no markup of theirs, and no line that a spreadsheet takes for a formula.
pub fn alert(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let events = lines.by_ref().take(2).filter_map(|line| serde_json::from_str(line).ok());
    let events: Vec<_> = events.map(|record: Value| EventSummary::of(&record)).collect();
    let alert = of(events, format!("s3://{}", lines.next().unwrap_or_default()));
    let text = alert.text();
    is_text(&text);
    assert!(text.lines().all(|line| !line.starts_with(['=', '+', '-', '@'])), "a formula: {text}");
    has_own_links_only(&text);
    let subject = alert.subject();
    is_line(&subject);
    assert!(subject.is_ascii() && subject.len() <= SUBJECT_CHARS);
    has_own_links_only(&subject);
    is_chat(&alert.chat());
}

fn is_chat(chat: &Value) {
    let text = |pointer| chat.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    for text in ["/content/title", "/content/description", "/metadata/summary"].map(text) {
        assert!(text.chars().all(|c| matches!(c, WORD_JOINER | '\n') || !is_deceptive(c)), "{text:?}");
        has_own_links_only(text);
        assert!(!text.contains(['<', '>']), "a link or a mention: {text}");
        // Emphasis is only that of a label in front of its value.
        for line in text.lines().filter(|line| !line.is_empty()) {
            let value = line.split_once(":* ").map_or(line, |(_, value)| value);
            let mut characters = value.chars().peekable();
            while let Some(c) = characters.next() {
                let is_markup = matches!(c, '@' | ']' | '*' | '`' | '~');
                assert!(!is_markup || characters.next_if_eq(&WORD_JOINER).is_some(), "markup: {line}");
            }
        }
    }
}

fn has_own_links_only(text: &str) {
    // Where a text is cut, the end of a broken link may be missing.
    let own = text.replace("[://", "");
    for (at, _) in own.match_indices("://") {
        let scheme = &own[..at];
        let is_console = scheme.ends_with("Console   https") || scheme.ends_with("*Console:* https");
        let is_log_file = scheme.ends_with("Log file  s3") || scheme.ends_with("*Log file:* s3");
        assert!(is_console || is_log_file, "a link: {text}");
    }
}

/// An alert of a rule that says nothing.
fn of(events: Vec<EventSummary>, log_file: String) -> Alert {
    Alert {
        version: 1,
        rule_id: "a-rule".to_owned(),
        title: "A rule".to_owned(),
        description: String::new(),
        response: String::new(),
        known_noise: String::new(),
        severity: "high",
        references: Vec::new(),
        group: Vec::new(),
        overflow: false,
        count: 2,
        first_event_time: None,
        last_event_time: None,
        events,
        log_files: vec![log_file],
        log_file_count: 1,
    }
}
