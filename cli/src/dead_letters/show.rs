//! `trailbell dlq show`: one complete message, and what to do about it.

use std::io::Write;

use anyhow::bail;
use aws::{AttributeValue, QueueMessage, QueueUrl};
use pipeline::{Clock as _, SystemClock};
use serde_json::{Value, json};
use textwrap::{Options, WordSplitter};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::advice::advice;
use super::arguments::ShowArguments;
use super::diagnosis::{Diagnosis, diagnose, note_missing_ledger};
use super::list::{HEADING, REASON, message_json, write_reasons};
use super::reader::{DeadLetters, Interruption};
use crate::cloud::{KnownFiles, Queue};
use crate::exit::Exit;
use crate::moment::span_text;
use crate::options::Format;
use crate::terminal::{Stdout, columns, printable};

/// Shows the message.
pub(super) async fn run<Q: Queue, L: KnownFiles>(
    queue: &Q,
    ledger: Option<&L>,
    arguments: &ShowArguments,
) -> anyhow::Result<Exit> {
    note_missing_ledger(ledger);
    let now = SystemClock.now();
    let message = find(queue, &arguments.id, Interruption::watch()).await?;
    let Some(diagnosis) = diagnose(vec![message], ledger, now).await?.pop() else {
        bail!("cannot show message `{}`", printable(&arguments.id));
    };
    let command = redrive_command(&diagnosis.message, arguments);
    let mut out = Stdout::unbuffered();
    match arguments.format {
        Format::Text => write_text(&diagnosis, &command, now, columns(), &mut out)?,
        Format::Json => {
            let mut report = message_json(&diagnosis, now);
            if let Some(report) = report.as_object_mut() {
                report.insert("body".to_owned(), json!(diagnosis.message.body));
                report.insert("attributes".to_owned(), attributes_json(&diagnosis.message));
                report.insert("redrive".to_owned(), json!(command));
            }
            writeln!(out, "{report}")?;
        }
    }
    Ok(Exit::Success)
}

/// Looks for a message, and makes all messages visible again.
async fn find<Q: Queue>(queue: &Q, id: &str, interruption: Interruption) -> anyhow::Result<QueueMessage> {
    let mut letters = DeadLetters::new(queue, interruption);
    let found = async {
        loop {
            let batch = letters.next().await?;
            if batch.is_empty() {
                bail!(
                    "no message `{}` is visible; another reader may have hidden it for some minutes",
                    printable(id)
                );
            }
            if let Some(message) = batch.into_iter().find(|message| message.id == id) {
                return Ok(message);
            }
        }
    };
    let found = found.await;
    letters.give_back().await;
    found
}

/// The command that sends the message back to the queue it came from.
fn redrive_command(message: &QueueMessage, arguments: &ShowArguments) -> String {
    let to = message.source_arn.as_deref().and_then(QueueUrl::of_arn);
    let to = to.as_ref().map_or("QUEUE_URL", QueueUrl::as_str);
    format!("trailbell dlq redrive --queue-url {} --to {to} --id {}", arguments.source.queue_url, message.id)
}

fn write_text(
    diagnosis: &Diagnosis,
    command: &str,
    now: OffsetDateTime,
    width: usize,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let message = &diagnosis.message;
    writeln!(out, "{HEADING}Message{HEADING:#}   {}", printable(&message.id))?;
    if let Some(sent_at) = message.sent_at {
        let time = sent_at.format(&Rfc3339).unwrap_or_default();
        writeln!(out, "{HEADING}Sent{HEADING:#}      {time}, {} ago", span_text(now - sent_at))?;
    }
    if let Some(receives) = message.receives {
        writeln!(out, "{HEADING}Receives{HEADING:#}  {receives}")?;
    }
    if let Some(source) = &message.source_arn {
        writeln!(out, "{HEADING}Source{HEADING:#}    {}", printable(source))?;
    }
    for (name, attribute) in &message.attributes {
        let value = match &attribute.value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Binary(bytes) => format!("{} bytes", bytes.len()),
        };
        writeln!(out, "{HEADING}Attribute{HEADING:#} {} = {}", printable(name), printable(&value))?;
    }
    writeln!(out, "\n{HEADING}Why{HEADING:#}")?;
    write_reasons(diagnosis, out)?;
    writeln!(out, "\n{HEADING}What to do{HEADING:#}")?;
    for code in diagnosis.codes() {
        let head = format!("  {}: ", printable(code));
        let prose = Options::new(width)
            .initial_indent(&head)
            .subsequent_indent("    ")
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        writeln!(out, "{}", textwrap::fill(advice(code), &prose))?;
    }
    writeln!(out, "\n{HEADING}To send it back{HEADING:#}\n  {REASON}{}{REASON:#}", printable(command))?;
    writeln!(out, "\n{HEADING}Body{HEADING:#}")?;
    for line in body(&message.body).lines() {
        writeln!(out, "  {}", printable(line))?;
    }
    Ok(())
}

/// The body as lines: JSON is indented, any other text stays as it is.
fn body(text: &str) -> String {
    let value = serde_json::from_str::<Value>(text);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| text.to_owned())
}

fn attributes_json(message: &QueueMessage) -> Value {
    let attributes = message.attributes.iter().map(|(name, attribute)| {
        let value = match &attribute.value {
            AttributeValue::Text(text) => json!(text),
            AttributeValue::Binary(bytes) => json!(bytes),
        };
        (name.clone(), json!({ "type": attribute.data_type, "value": value }))
    });
    Value::Object(attributes.collect())
}

#[cfg(test)]
mod tests {
    use aws::{FileState, MessageAttribute};

    use super::*;
    use crate::cloud::testing::{FakeLedger, MemoryQueue};
    use crate::cloud::{AwsOptions, ProfileOption};
    use crate::dead_letters::arguments::SourceArguments;
    use crate::dead_letters::testing::{NOW, announcement, entry, key, letter};

    fn arguments(id: &str) -> ShowArguments {
        let url = "https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters";
        let aws = AwsOptions { profile: ProfileOption { profile: None }, region: None };
        let source = SourceArguments { queue_url: QueueUrl::parse(url).unwrap(), table: None, aws };
        ShowArguments { id: id.to_owned(), source, format: Format::Text }
    }

    #[tokio::test]
    async fn a_message_is_found_and_shown_and_becomes_visible_again() {
        let others = (0..15).map(|number| letter(&format!("other{number}"), "body"));
        let mut wanted = letter("m1", &announcement(&[&key(1)]));
        wanted.attributes.insert("trailbell.metrics".into(), MessageAttribute::text("o\u{1b}ff"));
        let queue = MemoryQueue::with(others.chain([wanted]));
        let message = find(&queue, "m1", Interruption::default()).await.unwrap();
        assert_eq!(queue.hidden(), 0);
        let failed = FileState::Released { failure: Some("file.access-denied".into()) };
        let ledger = FakeLedger { entries: [entry(&key(1), failed)].into(), ..FakeLedger::default() };
        let command = redrive_command(&message, &arguments("m1"));
        let diagnosis = diagnose(vec![message], Some(&ledger), NOW).await.unwrap().pop().unwrap();
        let mut out = Vec::new();
        write_text(&diagnosis, &command, NOW, 90, &mut anstream::StripStream::new(&mut out)).unwrap();
        let text = String::from_utf8(out).unwrap();
        for expected in [
            "Sent      2026-09-13T12:15:00Z, 1 d 0 h ago\n",
            "Source    arn:aws:sqs:us-east-1:111122223333:deliveries\n",
            "Attribute trailbell.metrics = o\\u{1b}ff\n",
            "  file.access-denied: Allow `s3:GetObject`",
            "--to https://sqs.us-east-1.amazonaws.com/111122223333/deliveries --id m1\n",
            "  {\n    \"s3Bucket\": \"amzn-s3-demo-bucket\",\n",
        ] {
            assert!(text.contains(expected), "`{expected}` is missing in:\n{text}");
        }
    }

    #[tokio::test]
    async fn a_missing_message_is_a_failure_and_the_others_become_visible_again() {
        let queue = MemoryQueue::with([letter("m1", "body")]);
        let error = find(&queue, "m2", Interruption::default()).await.unwrap_err();
        assert!(error.to_string().contains("no message `m2` is visible"), "{error}");
        assert_eq!(queue.hidden(), 0);
    }
}
