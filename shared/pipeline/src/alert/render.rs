//! The forms of an alert: a subject, a text for people, and the chat applications' custom notification.
//!
//! In all of them links from records are broken, so that the only link of ours is that to the console. Programs get the
//! alert as it is serialised, where texts are whole.
//!
//! Sources: the SNS API reference, Publish (subject and message limits); the Amazon Q Developer in chat
//! applications administrator guide, custom notifications.

use std::fmt::Write as _;

use filter_pattern::printable;
use serde_json::{Value, json};

use super::{Alert, EventSummary};
use crate::text::{clean, without_links, without_urls};

/// Longest subject that SNS takes, in characters (API reference, Publish: fewer than 100).
const SUBJECT_CHARS: usize = 99;
/// Longest user agent for people, in characters; the JSON form has all of it.
const USER_AGENT_CHARS: usize = 80;
/// Longest chat description, in characters. The service documents no limit; this is what Slack shows unfolded.
const CHAT_DESCRIPTION_CHARS: usize = 2900;

impl Alert {
    /// One line of ASCII: severity, title, who and where.
    pub fn subject(&self) -> String {
        let mut subject = format!("[{}] {}", self.severity.to_uppercase(), self.title);
        if let Some(event) = self.events.first() {
            let _ = write!(subject, ": {}", without_urls(&event.principal));
            if let Some(account) = &event.account {
                let _ = write!(subject, " in {}", without_urls(account));
            }
        }
        subject.chars().map(|c| if c.is_ascii() { c } else { '?' }).take(SUBJECT_CHARS).collect()
    }

    /// The readable form, for e-mail and terminals.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{} (severity: {})", self.title, self.severity);
        if self.overflow {
            let _ = writeln!(
                text,
                "{} further findings, in more groups than get an alert of their own.",
                self.count
            );
        }
        text.push('\n');
        for (label, value) in self.facts() {
            let _ = writeln!(text, "{label:<10}{value}");
        }
        if self.count > 1 && self.events.len() > 1 {
            let _ = writeln!(text, "\nThe first {} of {} findings:", self.events.len(), self.count);
            for event in &self.events {
                let _ = writeln!(text, "  {}", line(event));
            }
        }
        for prose in self.prose() {
            let _ = writeln!(text, "\n{prose}");
        }
        text
    }

    /// What the rule says, in paragraphs, what to do first.
    pub fn prose(&self) -> Vec<String> {
        let labelled = |label: &str, text: &str| (!text.is_empty()).then(|| format!("{label}: {text}"));
        let paragraphs = [
            labelled("What to do", &self.response),
            Some(self.description.clone()).filter(|text| !text.is_empty()),
            labelled("Known noise", &self.known_noise),
            labelled("References", &self.references.join(", ")),
        ];
        paragraphs.into_iter().flatten().collect()
    }

    /// Label and value of what is known, in reading order.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        if let Some(event) = self.events.first() {
            let who = match &event.principal_arn {
                Some(arn) => format!("{} ({arn})", event.principal),
                None => event.principal.clone(),
            };
            facts.push(("Who", without_urls(&who)));
            facts.push(("What", without_urls(&self.what())));
            if let Some(when) = self.when() {
                facts.push(("When", when));
            }
            facts.push(("Where", without_urls(&place(event))));
            if let Some(from) = from(event) {
                facts.push(("From", from));
            }
            if let Some(error) = error(event) {
                facts.push(("Error", error));
            }
        }
        facts.push(("Rule", self.rule_id.clone()));
        if let Some(file) = self.log_files.first() {
            let more = match self.log_file_count {
                0 | 1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            facts.push(("Log file", format!("{}{more}", log_file(file))));
        }
        if let Some(url) = self.events.first().and_then(|event| event.console_url.clone()) {
            facts.push(("Console", url));
        }
        facts
    }

    fn what(&self) -> String {
        let names = distinct(self.events.iter().filter_map(|event| event.event_name.as_deref()));
        let names = if names.is_empty() { "an event without a name".to_owned() } else { names.join(", ") };
        let sources = distinct(self.events.iter().filter_map(|event| event.event_source.as_deref()));
        let source = match sources.as_slice() {
            [source] => format!(" on {source}"),
            [] | [_, _, ..] => String::new(),
        };
        let times = match self.count {
            1 => String::new(),
            count => format!(", {count} times"),
        };
        format!("{names}{source}{times}")
    }

    fn when(&self) -> Option<String> {
        let first = self.first_event_time.as_deref()?;
        match self.last_event_time.as_deref() {
            Some(last) if last != first => Some(format!("{first} to {last}")),
            Some(_) | None => Some(first.to_owned()),
        }
    }

    /// The chat applications' custom notification.
    pub fn chat(&self) -> Value {
        let mut description = String::new();
        for (label, value) in self.facts() {
            let line = format!("*{label}:* {}\n", chat_text(&value));
            if description.chars().count() + line.chars().count() > CHAT_DESCRIPTION_CHARS {
                break;
            }
            description.push_str(&line);
        }
        let first = self.events.first();
        let mut content = json!({
            "textType": "client-markdown",
            "title": chat_text(&format!("[{}] {}", self.severity.to_uppercase(), self.title)),
            "description": description.trim_end(),
            "keywords": [self.rule_id, self.severity],
        });
        let link = first.and_then(|event| event.console_url.as_deref());
        let link = link.map(|url| format!("<{url}|Open the event in CloudTrail>"));
        let response = Some(chat_text(&self.response)).filter(|text| !text.is_empty());
        let next_steps: Vec<String> = response.into_iter().chain(link).collect();
        if let (false, Some(content)) = (next_steps.is_empty(), content.as_object_mut()) {
            content.insert("nextSteps".to_owned(), json!(next_steps));
        }
        json!({
            "version": "1.0",
            "source": "custom",
            "content": content,
            "metadata": {
                "threadId": self.key(),
                "summary": chat_text(&self.subject()),
                "eventType": self.rule_id,
                "additionalContext": {
                    "rule": self.rule_id,
                    "severity": self.severity,
                    "count": self.count.to_string(),
                    "account": first.and_then(|event| event.account.as_deref()).map(chat_text).unwrap_or_default(),
                    "region": first.and_then(|event| event.region.as_deref()).map(chat_text).unwrap_or_default(),
                },
            },
        })
    }
}

/// The different texts, in the order in which they first appear.
fn distinct<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

fn place(event: &EventSummary) -> String {
    let account = event.account.as_deref().unwrap_or("unknown");
    match &event.region {
        Some(region) => format!("account {account}, {region}"),
        None => format!("account {account}"),
    }
}

fn from(event: &EventSummary) -> Option<String> {
    let address = event.source_ip_address.as_deref().map(without_links);
    let agent = event.user_agent.as_deref().map(|agent| without_links(&clean(agent, USER_AGENT_CHARS)));
    match (address, agent) {
        (Some(address), Some(agent)) => Some(format!("{address} ({agent})")),
        (Some(text), None) | (None, Some(text)) => Some(text),
        (None, None) => None,
    }
}

fn error(event: &EventSummary) -> Option<String> {
    // Codes such as `Client.UnauthorizedOperation` have dots of their own.
    let code = event.error_code.as_deref().map(without_urls);
    let message = event.error_message.as_deref().map(without_links);
    match (code, message) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (Some(text), None) | (None, Some(text)) => Some(text),
        (None, None) => None,
    }
}

/// The address of a log file on one line. Whoever writes to the bucket chooses its key.
fn log_file(address: &str) -> String {
    let (scheme, path) = address.split_at_checked("s3://".len()).unwrap_or(("", address));
    format!("{scheme}{}", without_urls(&printable(path)))
}

/// One finding on one line.
fn line(event: &EventSummary) -> String {
    let parts = [
        event.event_time.as_deref().map(without_urls),
        event.event_name.as_deref().map(without_urls),
        event.source_ip_address.as_deref().map(without_links),
        event
            .error_code
            .as_deref()
            .map(without_urls)
            .or_else(|| event.error_message.as_deref().map(without_links)),
        event.event_id.as_deref().map(without_urls),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// Text from outside in chat markup: entities, links, emphasis and mentions are disarmed. An invisible word joiner
/// behind a character keeps it from being markup.
fn chat_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' | ']' | '*' | '`' | '~' => {
                out.push(c);
                out.push('\u{2060}');
            }
            _ => out.push(c),
        }
    }
    out
}
