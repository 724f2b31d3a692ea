//! `trailbell dlq list`: every message with the reasons why it is there, and what to do about each reason.

use std::collections::BTreeMap;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use aws::QueueUrl;
use pipeline::{Clock as _, SystemClock};
use serde_json::{Value, json};
use textwrap::{Options, WordSplitter};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::advice::advice;
use super::arguments::ListArguments;
use super::diagnosis::{Contents, Diagnosis, FileDiagnosis, diagnose, note_missing_ledger};
use super::reader::{DeadLetters, Interruption, progress};
use crate::cloud::{KnownFiles, Queue};
use crate::exit::Exit;
use crate::moment::span_text;
use crate::options::Format;
use crate::terminal::{Stdout, columns, printable};

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const REASON: Style = AnsiColor::Yellow.on_default();

/// Lists the messages.
pub(super) async fn run<Q: Queue, L: KnownFiles>(
    queue: &Q,
    ledger: Option<&L>,
    arguments: &ListArguments,
) -> anyhow::Result<Exit> {
    note_missing_ledger(ledger);
    let now = SystemClock.now();
    let diagnoses = read(queue, ledger, now, Interruption::watch()).await?;
    let mut out = Stdout::unbuffered();
    match arguments.format {
        Format::Text => write_text(&diagnoses, now, columns(), &mut out)?,
        Format::Json => writeln!(out, "{}", report(&diagnoses, &arguments.source.queue_url, now))?,
    }
    Ok(if diagnoses.is_empty() { Exit::Success } else { Exit::Findings })
}

/// Reads the queue to its end, and makes all messages visible again.
async fn read<Q: Queue, L: KnownFiles>(
    queue: &Q,
    ledger: Option<&L>,
    now: OffsetDateTime,
    interruption: Interruption,
) -> anyhow::Result<Vec<Diagnosis>> {
    let progress = progress(queue).await;
    let mut letters = DeadLetters::new(queue, interruption);
    let diagnoses = async {
        let mut diagnoses = Vec::new();
        loop {
            let batch = letters.next().await?;
            if batch.is_empty() {
                return anyhow::Ok(diagnoses);
            }
            diagnoses.extend(diagnose(batch, ledger, now).await?);
            progress.set_position(diagnoses.len() as u64);
        }
    };
    let diagnoses = diagnoses.await;
    letters.give_back().await;
    progress.finish_and_clear();
    let mut diagnoses = diagnoses?;
    // A queue has no order. The oldest message has waited longest.
    diagnoses.sort_by(|a, b| (a.message.sent_at, &a.message.id).cmp(&(b.message.sent_at, &b.message.id)));
    Ok(diagnoses)
}

/// The number of messages for each reason.
fn by_code(diagnoses: &[Diagnosis]) -> BTreeMap<&str, u64> {
    let mut codes = BTreeMap::new();
    for code in diagnoses.iter().flat_map(Diagnosis::codes) {
        *codes.entry(code).or_default() += 1;
    }
    codes
}

fn write_text(
    diagnoses: &[Diagnosis],
    now: OffsetDateTime,
    width: usize,
    out: &mut impl Write,
) -> std::io::Result<()> {
    for diagnosis in diagnoses {
        let message = &diagnosis.message;
        write!(out, "{HEADING}{}{HEADING:#}", printable(&message.id))?;
        if let Some(sent_at) = message.sent_at {
            write!(out, "  {} old", span_text(now - sent_at))?;
        }
        match message.receives {
            None | Some(0) => writeln!(out)?,
            Some(1) => writeln!(out, ", received once")?,
            Some(receives) => writeln!(out, ", received {receives} times")?,
        }
        write_reasons(diagnosis, out)?;
        writeln!(out)?;
    }
    let prose = Options::new(width)
        .initial_indent("  ")
        .subsequent_indent("  ")
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    for (code, messages) in by_code(diagnoses) {
        writeln!(out, "{REASON}{}{REASON:#}  {}", printable(code), counted(messages))?;
        writeln!(out, "{}", textwrap::fill(advice(code), &prose))?;
    }
    match diagnoses.len() {
        0 => writeln!(out, "The dead-letter queue is empty."),
        messages => writeln!(out, "\n{} in the dead-letter queue.", counted(messages as u64)),
    }
}

fn counted(messages: u64) -> String {
    if messages == 1 { "1 message".to_owned() } else { format!("{messages} messages") }
}

/// Writes the reasons of one message, each with the file it is about.
pub(super) fn write_reasons(diagnosis: &Diagnosis, out: &mut impl Write) -> std::io::Result<()> {
    match &diagnosis.contents {
        Contents::Unreadable(_) | Contents::Nothing(_) => {
            let codes = diagnosis.codes().join(" ");
            let explanation = diagnosis.explanation().unwrap_or_default();
            writeln!(out, "  {REASON}{codes}{REASON:#}  {}", printable(&explanation))
        }
        Contents::Files(files) => {
            for FileDiagnosis { file, status, attempts } in files {
                write!(out, "  {REASON}{}{REASON:#}  ", printable(status.code()))?;
                write!(out, "{}", printable(&file.to_string()))?;
                let attempts = match attempts {
                    None => None,
                    Some(1) => Some("1 attempt".to_owned()),
                    Some(attempts) => Some(format!("{attempts} attempts")),
                };
                let remarks: Vec<String> = attempts.into_iter().chain(status.explanation()).collect();
                match remarks.as_slice() {
                    [] => writeln!(out)?,
                    remarks => writeln!(out, "  ({})", printable(&remarks.join("; ")))?,
                }
            }
            Ok(())
        }
    }
}

fn report(diagnoses: &[Diagnosis], queue: &QueueUrl, now: OffsetDateTime) -> Value {
    let codes = by_code(diagnoses).into_iter();
    let codes: serde_json::Map<String, Value> = codes
        .map(|(code, messages)| (code.to_owned(), json!({ "messages": messages, "advice": advice(code) })))
        .collect();
    let messages: Vec<Value> = diagnoses.iter().map(|diagnosis| message_json(diagnosis, now)).collect();
    json!({ "queue": queue.as_str(), "messages": messages, "codes": codes })
}

/// A message as JSON, without its body.
pub(super) fn message_json(diagnosis: &Diagnosis, now: OffsetDateTime) -> Value {
    let message = &diagnosis.message;
    let files = match &diagnosis.contents {
        Contents::Files(files) => files.as_slice(),
        Contents::Unreadable(_) | Contents::Nothing(_) => &[],
    };
    let files = files.iter().map(|FileDiagnosis { file, status, attempts }| {
        json!({
            "file": file.to_string(),
            "code": status.code(),
            "explanation": status.explanation(),
            "attempts": attempts,
        })
    });
    json!({
        "id": message.id,
        "sentAt": message.sent_at.and_then(|time| time.format(&Rfc3339).ok()),
        "ageSeconds": message.sent_at.map(|time| (now - time).whole_seconds()),
        "receives": message.receives,
        "source": message.source_arn,
        "codes": diagnosis.codes(),
        "explanation": diagnosis.explanation(),
        "files": files.collect::<Vec<Value>>(),
    })
}

#[cfg(test)]
mod tests {
    use aws::FileState;

    use super::*;
    use crate::cloud::testing::{FakeLedger, MemoryQueue};
    use crate::dead_letters::testing::{NOW, announcement, entry, key, letter};

    fn queue() -> MemoryQueue {
        MemoryQueue::with([
            letter("m2", &announcement(&[&key(1), &key(2)])),
            letter("m1", "no \u{1b}[31mannouncement"),
            letter("m3", &announcement(&["AWSLogs/\u{1b}[2J/x.json.gz"])),
        ])
    }

    fn ledger() -> FakeLedger {
        let failed = FileState::Released { failure: Some("file.truncated-gzip".into()) };
        let entries = [entry(&key(1), failed), entry(&key(2), FileState::Done)];
        FakeLedger { entries: entries.into(), ..FakeLedger::default() }
    }

    #[tokio::test]
    async fn each_message_has_its_reasons_and_each_reason_its_advice() {
        let queue = queue();
        let diagnoses = read(&queue, Some(&ledger()), NOW, Interruption::default()).await.unwrap();
        assert_eq!(queue.hidden(), 0);
        let mut out = Vec::new();
        write_text(&diagnoses, NOW, 80, &mut anstream::StripStream::new(&mut out)).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "m1  1 d 0 h old, received 6 times");
        assert!(lines[1].starts_with("  message.not-json  the message is neither JSON nor"), "{text}");
        let file = format!("s3://amzn-s3-demo-bucket/{}", key(1));
        assert_eq!(lines[4], format!("  file.truncated-gzip  {file}  (3 attempts)"));
        assert!(
            text.contains("file.truncated-gzip  1 message\n  CloudTrail did not write the object like this.")
        );
        assert!(text.contains("AWSLogs/\\u{1b}[2J/x.json.gz"), "{text}");
        assert!(text.ends_with("\n3 messages in the dead-letter queue.\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[tokio::test]
    async fn the_json_report_says_the_same() {
        let diagnoses = read(&queue(), Some(&ledger()), NOW, Interruption::default()).await.unwrap();
        let url = QueueUrl::parse("https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters").unwrap();
        let report = report(&diagnoses, &url, NOW);
        assert_eq!(report["messages"][1]["codes"], json!(["file.truncated-gzip", "file.done"]));
        assert_eq!(report["messages"][1]["files"][0]["attempts"], 3);
        assert_eq!(report["messages"][0]["ageSeconds"], 86_400);
        assert_eq!(report["codes"]["file.done"]["messages"], 1);
    }

    #[tokio::test]
    async fn an_empty_queue_is_reported_as_empty() {
        let mut out = Vec::new();
        write_text(&[], NOW, 80, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "The dead-letter queue is empty.\n");
    }
}
