//! Alerts as people read them.

use filter_pattern::is_deceptive;
use pipeline::Alert;
use serde_json::Value;

use crate::shown::{is_line, is_text};

/// The longest subject that SNS accepts, in characters.
const SUBJECT_CHARS: usize = 99;
/// The longest short message, in characters.
const SMS_CHARS: usize = 140;
/// The character that prevents another one from being chat markup.
const WORD_JOINER: char = '\u{2060}';

/// The input is two lines of JSON, which are records, and the rest, which is a log file's address. The alert about
/// them contains no deceptive character, no link except the console's, no markup from the records, and no line that a
/// spreadsheet would interpret as a formula.
pub fn alert(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let records = lines.by_ref().take(2).filter_map(|line| serde_json::from_str(line).ok());
    let records: Vec<Value> = records.collect();
    let Some(alert) = of(&records, &format!("s3://{}", lines.next().unwrap_or_default())) else { return };
    let text = alert.text();
    is_text(&text);
    assert!(text.lines().all(|line| !line.starts_with(['=', '+', '-', '@'])), "a formula: {text}");
    has_own_links_only(&text);
    let subject = alert.subject();
    is_line(&subject);
    assert!(subject.is_ascii() && subject.len() <= SUBJECT_CHARS);
    has_own_links_only(&subject);
    let sms = alert.sms();
    is_line(&sms);
    assert!(sms.is_ascii() && sms.len() <= SMS_CHARS);
    has_own_links_only(&sms);
    is_chat(&alert.chat());
}

fn is_chat(chat: &Value) {
    let text = |pointer| chat.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    for text in ["/content/title", "/content/description", "/metadata/summary"].map(text) {
        assert!(text.chars().all(|c| matches!(c, WORD_JOINER | '\n') || !is_deceptive(c)), "{text:?}");
        has_own_links_only(text);
        assert!(!text.contains(['<', '>']), "a link or a mention: {text}");
        // The only emphasis is on a label before its value.
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
    // If a text is cut, the end of a broken link may be missing.
    let own = text.replace("[://", "");
    for (at, _) in own.match_indices("://") {
        let scheme = &own[..at];
        let is_console = scheme.ends_with("Console: https") || scheme.ends_with("*Console:* https");
        let is_log_file = scheme.ends_with("Log file: s3") || scheme.ends_with("*Log file:* s3");
        let line = scheme.rsplit('\n').next().unwrap_or_default();
        let command = line.strip_prefix("Command: ").or_else(|| line.strip_prefix("*Command:* "));
        let is_command = command.is_some_and(|command| {
            command.starts_with("trailbell events show ")
                && [" s3", " 's3"].iter().any(|start| command.ends_with(start))
        });
        assert!(is_console || is_log_file || is_command, "a link: {text}");
    }
}

/// A rule without texts.
const RULE: &str = r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - id: a-rule
    title: A rule
    severity: high
    filterPattern: '{ $.a = 1 }'
    metricTransformation: { metricName: A }
"#;

/// The alert of a rule without texts.
fn of(records: &[Value], log_file: &str) -> Option<Alert> {
    let (rules, _) = rules::RuleSet::parse("rules.yaml", RULE).ok()?;
    Some(Alert::about(records, rules.rules().first()?, log_file))
}
