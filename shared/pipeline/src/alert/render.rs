//! The forms of an alert: a subject, a text for mail, the chat applications' custom notification, and a short message.
//!
//! All of them break links from records, so that the only link in an alert is Trailbell's own link to the console.
//! Programs receive the serialised alert, in which texts are complete.
//!
//! Sources: the SNS API reference, Publish (subject and message limits); the Amazon Q Developer in chat
//! applications administrator guide, custom notifications.

use std::fmt::Write as _;

use activity::{LinkKind, cut};
use filter_pattern::printable;
use rules::Severity;
use serde_json::{Value, json};

use super::{Alert, insight};
use crate::event_summary::EventSummary;
use crate::text::{rfc3339, seconds, shell_word, shortened, without_links, without_urls};
use crate::top_values::TopValues;

/// The longest subject that SNS accepts, in characters (API reference, Publish: fewer than 100).
const SUBJECT_CHARS: usize = 99;
/// A shorter piece of an identity says nothing in a subject, in characters.
const SHORTEST_WHO: usize = 8;
/// The most event names in a subject.
const SUBJECT_NAMES: usize = 3;
/// The longest short message, in characters: one part of SMS.
const SMS_CHARS: usize = 140;
/// The longest user agent in the forms for people, in characters; the JSON form has all of it.
const USER_AGENT_CHARS: usize = 80;
/// The longest chat description, in characters. The service documents no limit; Slack collapses longer texts.
const CHAT_DESCRIPTION_CHARS: usize = 2900;
/// The longest title and summary in chats, in characters.
const CHAT_LINE_CHARS: usize = 250;
/// The most resources that a chat message names.
const CHAT_RESOURCES: usize = 10;
/// The most values of a list.
const VALUES: usize = 3;

impl Alert {
    /// One line of ASCII: severity, what, who and where. Where it is too long, who did it is cut first.
    pub fn subject(&self) -> String {
        let head = format!("[{}] {}", capitals(self.severity), without_urls(&self.subject_what()));
        let place = match self.totals.accounts.sorted().as_slice() {
            [] => String::new(),
            [account] => format!(" in {}", without_urls(account.words())),
            accounts => format!(" in {} accounts", accounts.len()),
        };
        let (head, place) = (ascii(&head), ascii(&place));
        let room = SUBJECT_CHARS.saturating_sub(head.len() + place.len() + ": ".len());
        let who = self.subject_who().map(|who| ascii(&without_urls(&who)));
        // What is in brackets goes first.
        let who = who.map(|who| match who.split_once(" (") {
            Some((name, _)) if who.len() > room => name.to_owned(),
            Some(_) | None => who,
        });
        let who = who.map(|who| shortened(&who, room)).filter(|who| who.len() >= SHORTEST_WHO);
        let who = who.map(|who| format!(": {who}")).unwrap_or_default();
        shortened(&format!("{head}{who}{place}"), SUBJECT_CHARS)
    }

    fn subject_what(&self) -> String {
        if let Some(story) = insight::story(self) {
            return story.rate;
        }
        let names = self.totals.event_names.sorted();
        if let (Some(what), true) = (&self.words.what, names.len() < 2) {
            return what.clone();
        }
        let name = |value: &&crate::top_values::CountedValue| match value.at_least() {
            1 => value.words().to_owned(),
            count => format!("{} ({count})", value.words()),
        };
        let shown: Vec<String> = names.iter().take(SUBJECT_NAMES).map(name).collect();
        match names.len().saturating_sub(SUBJECT_NAMES) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }

    fn subject_who(&self) -> Option<String> {
        let identities = &self.totals.identities;
        match (identities.distinct(), identities.is_exact()) {
            (0 | 1, true) => self.words.who.clone(),
            (count, true) => Some(format!("{count} identities")),
            (count, false) => Some(format!("more than {count} identities")),
        }
    }

    /// The readable form, for e-mail.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{} (severity: {})", self.rule.title, self.severity);
        if self.overflow {
            let _ = writeln!(
                text,
                "{} further findings, in more groups than get an alert of their own.",
                self.count
            );
        }
        if !self.rule.summary.is_empty() {
            let _ = writeln!(text, "\n{}", self.rule.summary);
        }
        text.push('\n');
        for (label, value) in self.facts() {
            let _ = writeln!(text, "{label}: {value}");
        }
        let findings = self.findings();
        if !findings.is_empty() {
            let _ = writeln!(text, "\n{}", self.findings_heading());
            for line in findings {
                let _ = writeln!(text, "  {line}");
            }
        }
        for prose in self.prose() {
            let _ = writeln!(text, "\n{prose}");
        }
        text
    }

    /// What the rule advises, in paragraphs; what to do comes first.
    pub fn prose(&self) -> Vec<String> {
        let labelled = |label: &str, text: &str| (!text.is_empty()).then(|| format!("{label}: {text}"));
        let paragraphs = [
            labelled("What to do", &self.rule.response),
            labelled("Known noise", &self.rule.known_noise),
            labelled("References", &references(&self.rule.references)),
        ];
        paragraphs.into_iter().flatten().collect()
    }

    /// Labels and values of what is known, in reading order.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        let mut add = |label, value: Option<String>| facts.extend(value.map(|value| (label, value)));
        add("Who", self.words.who.as_deref().map(without_urls));
        let (key, mfa) = self.credentials();
        add(if key.is_some() { "Key" } else { "MFA" }, key.or(mfa));
        add("Session", self.session());
        add("What", self.words.what.as_deref().map(without_urls));
        add("Rate", insight::story(self).map(|story| story.factor));
        add("Target", self.words.target.as_deref().map(without_links));
        add("Outcome", self.words.outcome.as_deref().map(without_links));
        add("When", self.when());
        add("Where", self.place());
        add("From", self.from());
        add("Error", self.error());
        add("Rule", Some(self.rule_names()));
        add("Log file", self.log_file());
        add("Event ID", self.events.first().and_then(|event| event.event_id.as_deref()).map(without_urls));
        add("Shared", self.shared());
        add("Console", self.events.first().map(|event| console(event)));
        add("Command", self.events.first().and_then(|event| command(event)));
        facts
    }

    /// The access key with the state of MFA, and the state of MFA alone, if they are the same for all findings that are
    /// shown.
    fn credentials(&self) -> (Option<String>, Option<String>) {
        let Some(first) = self.events.first().map(|event| &event.identity) else { return (None, None) };
        let is_shared = self.totals.identities.distinct() == 1
            && self.events.iter().all(|event| {
                event.identity.access_key_id == first.access_key_id && event.identity.mfa == first.mfa
            });
        if !is_shared {
            return (None, None);
        }
        let mfa = first.mfa.map(str::to_owned);
        let key = first.access_key_id.as_deref().map(without_urls);
        let key = key.map(|key| match &mfa {
            Some(mfa) => format!("{key}, MFA: {mfa}"),
            None => key,
        });
        (key, mfa)
    }

    /// When the session was opened, if all findings that are shown have the same.
    fn session(&self) -> Option<String> {
        let created = self.events.first()?.identity.session_created?;
        let is_shared = self.totals.identities.distinct() == 1
            && self.events.iter().all(|event| event.identity.session_created == Some(created));
        if !is_shared {
            return None;
        }
        let age = seconds(self.first_event_time.as_deref()?)? - created;
        let created = rfc3339(created)?;
        Some(match age / 60 {
            _ if age < 0 => format!("opened {created}"),
            0 => format!("opened {created}, less than a minute before"),
            1 => format!("opened {created}, 1 minute before"),
            minutes @ 2..60 => format!("opened {created}, {minutes} minutes before"),
            _ => format!("opened {created}"),
        })
    }

    /// What two accounts have a record of: the account of the caller, and the account of what the call was made on.
    fn shared(&self) -> Option<String> {
        let calls = self.events.iter().filter(|event| event.insight.is_none());
        let ids: Vec<&str> = calls.filter_map(|event| event.shared_event_id.as_deref()).collect();
        if self.count == 1 {
            let id = without_urls(ids.first()?);
            return Some(format!("{id}; another account has its own record of this call"));
        }
        let twice = ids.iter().enumerate().filter(|(at, id)| ids.iter().take(*at).any(|other| other == *id));
        match twice.count() {
            0 => None,
            1 => Some("1 call is listed twice, because two accounts recorded it".to_owned()),
            count => Some(format!("{count} calls are listed twice, because two accounts recorded them")),
        }
    }

    fn when(&self) -> Option<String> {
        let first = self.first_event_time.as_deref()?;
        match self.last_event_time.as_deref() {
            Some(last) if last != first => Some(format!("{first} to {last}")),
            Some(_) | None => Some(first.to_owned()),
        }
    }

    /// The accounts and regions.
    fn place(&self) -> Option<String> {
        let accounts = places(&self.totals.accounts, "account ", "accounts");
        let regions = places(&self.totals.regions, "", "regions");
        let parts: Vec<String> = [accounts, regions].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| without_urls(&parts.join(", ")))
    }

    /// From where; of a single finding with the whole user agent.
    fn from(&self) -> Option<String> {
        let words = self.words.from.as_deref().map(without_links);
        let agent =
            self.events.first().and_then(|event| event.user_agent.as_deref()).filter(|_| self.count == 1);
        let agent = agent.map(|agent| without_links(&cut(agent, USER_AGENT_CHARS)));
        match (words, agent) {
            (Some(words), Some(agent)) if !words.contains(&agent) => Some(format!("{words} ({agent})")),
            (Some(words), _) => Some(words),
            (None, agent) => agent,
        }
    }

    /// The message of a single error; the code is in the outcome.
    fn error(&self) -> Option<String> {
        let event = self.events.first().filter(|_| self.count == 1)?;
        event.error_code.as_ref()?;
        event.error_message.as_deref().map(without_links)
    }

    fn rule_names(&self) -> String {
        match self.rule.also.is_empty() {
            true => self.rule.id.clone(),
            false => format!("{} (also found by {})", self.rule.id, self.rule.also.join(", ")),
        }
    }

    fn log_file(&self) -> Option<String> {
        let file = self.log_files.first()?;
        let more = match self.log_file_count {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        Some(format!("{}{more}", log_file(file)))
    }

    fn findings_heading(&self) -> String {
        match u64::try_from(self.events.len()) {
            Ok(shown) if shown == self.count => format!("The {} findings:", self.count),
            Ok(_) | Err(_) => format!("{} of {} findings:", self.events.len(), self.count),
        }
    }

    /// A line for each finding that is shown, if there are several.
    pub fn findings(&self) -> Vec<String> {
        match self.count {
            0 | 1 => Vec::new(),
            _ => self.events.iter().map(|event| line(event)).collect(),
        }
    }

    /// The chat applications' custom notification.
    pub fn chat(&self) -> Value {
        let mut description = String::new();
        let summary = Some(self.rule.summary.as_str())
            .filter(|text| !text.is_empty())
            .map(|text| chat_text(text) + "\n");
        let facts =
            self.facts().into_iter().map(|(label, value)| format!("*{label}:* {}\n", chat_text(&value)));
        for line in facts.chain(summary) {
            if description.chars().count() + line.chars().count() > CHAT_DESCRIPTION_CHARS {
                break;
            }
            description.push_str(&line);
        }
        let severity = self.severity.as_str();
        let title = cut(&format!("[{}] {}", capitals(self.severity), self.rule.title), CHAT_LINE_CHARS);
        let mut content = json!({
            "textType": "client-markdown",
            "title": chat_text(&title),
            "description": description.trim_end(),
            "keywords": [self.rule.id, severity],
        });
        let link = self.events.first().map(|event| &event.link);
        let link = link.and_then(|link| {
            let name = if link.kind == LinkKind::Insight { "Insights" } else { "the event" };
            link.url.as_ref().map(|url| format!("<{url}|Open {name} in CloudTrail>"))
        });
        let response = Some(chat_text(&self.rule.response)).filter(|text| !text.is_empty());
        let next_steps: Vec<String> = response.into_iter().chain(link).collect();
        if let (false, Some(content)) = (next_steps.is_empty(), content.as_object_mut()) {
            content.insert("nextSteps".to_owned(), json!(next_steps));
        }
        json!({ "version": "1.0", "source": "custom", "content": content, "metadata": self.chat_metadata() })
    }

    fn chat_metadata(&self) -> Value {
        let resources = self.events.iter().flat_map(|event| &event.resources).map(|arn| chat_text(arn));
        let mut related: Vec<String> = Vec::new();
        for arn in resources {
            if related.len() < CHAT_RESOURCES && !related.contains(&arn) {
                related.push(arn);
            }
        }
        let place = |values: &TopValues| {
            let all: Vec<String> =
                values.sorted().iter().take(VALUES).map(|value| chat_text(value.words())).collect();
            all.join(", ")
        };
        json!({
            "threadId": self.alert_id,
            "summary": chat_text(&self.subject()),
            "eventType": self.rule.id,
            "relatedResources": related,
            "additionalContext": {
                "rule": self.rule.id,
                "severity": self.severity.as_str(),
                "count": self.count.to_string(),
                "account": place(&self.totals.accounts),
                "region": place(&self.totals.regions),
            },
        })
    }

    /// The short message for phones: subject and target in ASCII.
    pub fn sms(&self) -> String {
        let mut text = self.subject();
        if let Some(target) = &self.words.target {
            let _ = write!(text, "; {}", without_links(target));
        }
        shortened(&ascii(&text), SMS_CHARS)
    }
}

/// References with the addresses of their pages, each address once.
fn references(references: &[String]) -> String {
    let mut seen = Vec::new();
    let with_page = |reference: &String| match rules::reference::url(reference) {
        Some(page) if page != *reference && !seen.contains(&page) => {
            let text = format!("{reference} <{page}>");
            seen.push(page);
            text
        }
        Some(_) | None => reference.clone(),
    };
    references.iter().map(with_page).collect::<Vec<_>>().join(", ")
}

fn capitals(severity: Severity) -> String {
    severity.as_str().to_uppercase()
}

/// A text in printable ASCII.
fn ascii(text: &str) -> String {
    let text = text.replace('\u{d7}', "x").replace('…', "...");
    text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}

/// One place, or how many there are.
fn places(values: &TopValues, prefix: &str, noun: &str) -> Option<String> {
    let sorted = values.sorted();
    match sorted.as_slice() {
        [] => None,
        [only] => Some(format!("{prefix}{}", only.words())),
        several => {
            let shown: Vec<&str> = several.iter().take(VALUES).map(|value| value.words()).collect();
            let more = match several.len().saturating_sub(VALUES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let than = if values.is_exact() { "" } else { "more than " };
            Some(format!("{than}{} {noun}: {}{more}", several.len(), shown.join(", ")))
        }
    }
}

/// Where the event can be looked at, and in which account.
fn console(event: &EventSummary) -> String {
    match (&event.link.url, event.link.reason) {
        (Some(url), _) => match (&event.account, event.link.kind) {
            (Some(account), LinkKind::Event | LinkKind::Insight) => {
                format!("{url} (signed in to account {})", without_urls(account))
            }
            (Some(_), LinkKind::None) | (None, _) => url.clone(),
        },
        (None, Some(reason)) => format!("not in Event history ({}); see the log file", reason.words()),
        (None, None) => "not in Event history; see the log file".to_owned(),
    }
}

/// The command that shows a finding; `None` if its names cannot be shown as they are.
fn command(event: &EventSummary) -> Option<String> {
    let (id, file) = (event.event_id.as_deref()?, event.log_file.as_deref()?);
    let path = file.strip_prefix("s3://").unwrap_or(file);
    let is_shown = |text: &str| !text.contains("://") && printable(text) == text;
    if !is_shown(id) || !is_shown(path) {
        return None;
    }
    let end_of_options = if id.starts_with('-') || file.starts_with('-') { "-- " } else { "" };
    Some(format!("trailbell events show {end_of_options}{} {}", shell_word(id), shell_word(file)))
}

/// One finding on one line: time, identity, event, outcome, address and id.
fn line(event: &EventSummary) -> String {
    let outcome = match event.has_succeeded() {
        true => Some(
            if event.outcome == Some(activity::OutcomeState::Succeeded) { "ok" } else { "ok in part" }
                .to_owned(),
        ),
        false => event.outcome_words.as_deref().map(without_links),
    };
    let what = match &event.insight {
        Some(insight) => Some(without_urls(&insight.what())),
        None => event.event_name.as_deref().map(without_urls),
    };
    let parts = [
        event.event_time.as_deref().map(without_urls),
        Some(without_urls(&event.identity.words)),
        what,
        outcome,
        event.source_ip_address.as_deref().map(without_links),
        event.event_id.as_deref().map(without_urls),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// The address of a log file on one line. Its key is chosen by anyone who can write to the bucket.
fn log_file(address: &str) -> String {
    let (scheme, path) = address.split_at_checked("s3://".len()).unwrap_or(("", address));
    format!("{scheme}{}", without_urls(&printable(path)))
}

/// Text from outside for chat markup: entities, links, emphasis and mentions are disarmed. An invisible word joiner
/// after a character prevents it from acting as markup.
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
