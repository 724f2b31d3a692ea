//! The table of operational events: its page in the documentation, and that nothing else in the sources names a code.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cloudtrail::{LogFileError, S3Object, parse_notification};
use pipeline::{Effect, EventLevel, FileError, MessageError, OperationalEvent};
use serde_json::json;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

const HEADER: &str = "\
# Codes

Every error and every operational event has a code.
It is the member `code` of a log line, the dimension `Code` of the metric `Failures`, the reason in the ledger, and what `trailbell dlq list` and `trailbell replay` print.
A code never changes its meaning, so alarms and runbooks can rely on it.

What happens next:

- *retried*: the message returns to the queue and is retried, with a growing delay. After the last attempt it goes to the dead-letter queue.
- *dead-letter queue*: retries cannot help, so the message goes to the dead-letter queue within seconds. Fix the cause, then run `trailbell dlq redrive`.
- *continues*: the work goes on without what failed.
- *run fails*: this run of the alarm reconciler fails. The next run finishes the work.
- *does not start*: the function cannot work until the cause is fixed.
- *diagnosis*: not a failure, but a finding of `trailbell dlq list` about a message or a file.

Both functions report `rules.*` codes: in the log processor they decide what happens to the messages, as listed; in the alarm reconciler the run fails and no alarm is changed.

This page is generated from `shared/pipeline/src/operational_event.rs`; `UPDATE=1 cargo test -p pipeline codes` regenerates it.
";

/// The subjects of codes, in the order of the page, with their headings.
const SUBJECTS: [(&str, &str); 14] = [
    ("batch", "Batches of messages"),
    ("message", "Messages of the queue"),
    ("file", "Log files"),
    ("record", "Records"),
    ("metrics", "Datapoints"),
    ("alerts", "Alerts"),
    ("rules", "Rules"),
    ("ledger", "Ledger"),
    ("telemetry", "Trailbell's own metrics"),
    ("redelivery", "Redelivery"),
    ("start", "Start of a function"),
    ("event", "Events of the alarm reconciler"),
    ("response", "Responses to CloudFormation"),
    ("alarms", "Alarms"),
];

fn page() -> String {
    let mut page = HEADER.to_owned();
    let mut notes = Notes::default();
    let mut described = 0;
    for (subject, heading) in SUBJECTS {
        write!(page, "\n## {heading}\n\n| code | level | meaning | what happens next | what to do |\n|---|---|---|---|---|\n")
            .unwrap();
        for event in OperationalEvent::ALL {
            if event.code().split_once('.').unwrap().0 != subject {
                continue;
            }
            described += 1;
            let level = match event.level() {
                EventLevel::Error => "error",
                EventLevel::Warning => "warning",
                EventLevel::Info => "–",
            };
            let effect = match event.effect() {
                Effect::Retried => "retried",
                Effect::DeadLettered => "dead-letter queue",
                Effect::Continues => "continues",
                Effect::NotStarted => "does not start",
                Effect::RunFails => "run fails",
                Effect::Diagnosed => "diagnosis",
            };
            writeln!(
                page,
                "| `{}` | {level} | {} | {effect} | {} |",
                event.code(),
                event.meaning(),
                notes.cell(event.advice())
            )
            .unwrap();
        }
    }
    assert_eq!(described, OperationalEvent::ALL.len(), "every code has a subject of the page");
    notes.write(&mut page);
    page
}

/// Long advice that many events share. The page has it once, as a footnote.
#[derive(Default)]
struct Notes(Vec<&'static str>);

impl Notes {
    /// The advice for a cell of the table: its text, or a reference to its footnote.
    fn cell(&mut self, advice: &'static str) -> String {
        let uses = OperationalEvent::ALL.iter().filter(|event| event.advice() == advice).count();
        if uses < 4 {
            return advice.to_owned();
        }
        let number = self.0.iter().position(|note| *note == advice).unwrap_or_else(|| {
            self.0.push(advice);
            self.0.len() - 1
        });
        let beginning = advice.split_once(['.', ':']).unwrap().0;
        format!("{beginning} …[^{}]", number + 1)
    }

    fn write(&self, page: &mut String) {
        page.push('\n');
        for (note, number) in self.0.iter().zip(1..) {
            writeln!(page, "[^{number}]: {note}").unwrap();
        }
    }
}

#[test]
fn the_page_of_codes_is_current() {
    let path = root().join("docs/codes.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let current = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(current == page, "docs/codes.md is not current: run `UPDATE=1 cargo test -p pipeline codes`");
}

#[test]
fn every_event_has_a_code_of_its_own_and_says_what_it_means_and_what_to_do() {
    let mut codes = BTreeSet::new();
    for &event in OperationalEvent::ALL {
        let code = event.code();
        assert!(codes.insert(code), "`{code}` is listed twice");
        assert_eq!(OperationalEvent::from_code(code), Some(event));
        let (subject, reason) = code.split_once('.').unwrap();
        let is_word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        assert!(is_word(subject) && is_word(reason), "{code}");
        for text in [event.meaning(), event.advice()] {
            assert!(
                text.starts_with(|c: char| c.is_uppercase() || c == '`') && text.ends_with('.'),
                "{code}: {text}"
            );
            assert!(!text.contains('|') && !text.contains('\n') && !text.contains("  "), "{code}: {text}");
        }
        match event.effect() {
            Effect::DeadLettered | Effect::NotStarted | Effect::RunFails => {
                assert_eq!(event.level(), EventLevel::Error, "{code}");
            }
            Effect::Diagnosed => assert_eq!(event.level(), EventLevel::Info, "{code}"),
            Effect::Retried | Effect::Continues => assert_ne!(event.level(), EventLevel::Info, "{code}"),
        }
    }
    assert_eq!(OperationalEvent::from_code("file.of-another-version"), None);
}

/// The code that ships: the sources of a folder without their tests, by path.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn visit(folder: &Path, sources: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !matches!(name.as_str(), "tests" | "testing" | "testkit") {
                visit(&path, sources);
            } else if name.ends_with(".rs") && !matches!(name.as_str(), "tests.rs" | "testing.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let production =
                    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
                sources.push((path, production));
            }
        }
    }
    let mut found = Vec::new();
    let crates = std::fs::read_dir(root().join(folder)).unwrap();
    if root().join(folder).join("src").is_dir() {
        visit(&root().join(folder).join("src"), &mut found);
    }
    for entry in crates {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() && !source.ends_with("testkit/src") {
            visit(&source, &mut found);
        }
    }
    found
}

#[test]
fn only_the_table_names_codes() {
    let mut checked = 0;
    for (path, text) in ["shared", "functions", "cli"].into_iter().flat_map(sources) {
        if path.ends_with("pipeline/src/operational_event.rs")
            || path.starts_with(root().join("shared/cloudtrail"))
        {
            continue;
        }
        checked += 1;
        assert!(!text.contains("code = \""), "`{}` names a code in a log line", path.display());
        for event in OperationalEvent::ALL {
            let literal = format!("\"{}\"", event.code());
            assert!(!text.contains(&literal), "`{}` names {literal}", path.display());
        }
    }
    assert!(checked > 100, "found only {checked} sources");
}

/// The format's own crate is below the table, so it names its errors itself. No function reads
/// the other common formats, so their errors have no events.
#[test]
fn the_names_of_the_format_s_errors_are_codes_of_the_table() {
    let mut found = BTreeSet::new();
    for (path, text) in sources("shared") {
        let shapes = path.to_string_lossy().contains("/shapes");
        if path.starts_with(root().join("shared/cloudtrail")) && !shapes {
            let is_code = |word: &&str| {
                ["message.", "file.", "record."].iter().any(|subject| word.starts_with(subject))
                    && !word.contains(' ')
            };
            found.extend(text.split('"').filter(is_code).map(str::to_owned));
        }
    }
    assert!(found.len() > 20, "found only {found:?}");
    for code in &found {
        assert!(OperationalEvent::from_code(code).is_some(), "`{code}` is not in the table");
    }
}

#[test]
fn an_error_of_the_format_keeps_its_name() {
    let many: Vec<String> = (0..20_000).map(|n| format!("k{n}")).collect();
    let mut message_codes = BTreeSet::new();
    for body in [
        "no JSON".to_owned(),
        "[]".to_owned(),
        json!({ "a": 1 }).to_string(),
        json!({ "s3Bucket": 1, "s3ObjectKey": ["k"] }).to_string(),
        json!({ "s3Bucket": "b", "s3ObjectKey": many }).to_string(),
    ] {
        let error = parse_notification(&body).expect_err(&body);
        let code = error.code();
        message_codes.insert(code);
        assert_eq!(MessageError::Notification(error).code(), code);
    }
    assert_eq!(message_codes.len(), 5, "{message_codes:?}");
    let object = S3Object { bucket: "b".into(), key: "k".into(), size: None, version_id: None, region: None };
    for source in [
        LogFileError::Empty,
        LogFileError::NotGzip,
        LogFileError::Truncated,
        LogFileError::ChecksumMismatch,
        LogFileError::TrailingData,
        LogFileError::TooLarge { limit: 1 },
        LogFileError::NoRecords,
        LogFileError::RecordsNotAList,
        LogFileError::Read(std::io::ErrorKind::ConnectionReset.into()),
        LogFileError::AfterFailure,
    ] {
        let code = source.code();
        assert_eq!(FileError::Read { object: object.clone(), source }.code(), code);
    }
}
