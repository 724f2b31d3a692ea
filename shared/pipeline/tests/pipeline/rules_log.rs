//! What the log says of a rule document: the diagnostics, and of the document nothing that they do not show.

use std::path::Path;

use rules::{Diagnostics, RuleSet};

use crate::rules::{LOCATION, log_of};

/// The longest line that a diagnostic may take from a document, in characters; longer ones are cut around the fault.
const EXCERPT_CHARS: usize = 120;

/// The documents with faults that the rules' own tests read.
fn faulty_documents() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/tests/diagnostics");
    let mut documents: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    documents.sort();
    assert!(documents.len() > 30, "found only {}", documents.len());
    documents
}

fn diagnostics(text: &str) -> Diagnostics {
    match RuleSet::parse(LOCATION, text) {
        Ok((_, warnings)) => warnings,
        Err(diagnostics) => diagnostics,
    }
}

/// A rule with faults of several kinds, among things that are nobody's business.
fn document_with_secrets() -> String {
    let secret = |number: u32| format!("secret-{number}");
    format!(
        "# {}\nversion: 1\nrules:\n  - id: Bad\n    description: {}\n    filterPattern: '{{ $.a == 1 }}'\n    metricTransformation: {{ metricName: M }}\n    tests:\n      - name: {}\n        record: {{ password: {} }}\n        match: true\n",
        secret(1),
        secret(2),
        secret(3),
        secret(4),
    )
}

#[tokio::test]
async fn the_diagnostics_of_a_rejected_document_are_in_the_log_with_file_line_and_column() {
    let log = log_of(document_with_secrets().as_bytes()).await;
    let messages = log.messages();
    assert_eq!(messages.len(), 3, "{messages:?}");
    for (message, place) in messages.iter().zip(["4:9: error: ", "6:27: error: "]) {
        assert!(message.starts_with(&format!("{LOCATION}:{place}")), "{message}");
    }
    assert_eq!(
        messages[2],
        format!(
            "the rules `{LOCATION}` are not valid: 2 errors, the first at line 4, column 9; there is no usable version, so the messages return to the queue"
        )
    );
    assert_eq!(log.field("code"), ["rules.invalid"; 3]);
}

#[tokio::test]
async fn lines_without_a_fault_are_not_in_the_log() {
    let log = log_of(document_with_secrets().as_bytes()).await;
    for value in log.values() {
        assert!(!value.contains("secret"), "{value}");
    }
}

#[tokio::test]
async fn of_no_faulty_document_the_log_has_more_than_its_diagnostics() {
    for (name, document) in faulty_documents() {
        let text = std::str::from_utf8(&document).unwrap();
        let diagnostics = diagnostics(text);
        let printed: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        let log = log_of(&document).await;
        let messages = log.messages();
        let (ours, theirs): (Vec<_>, Vec<_>) =
            messages.iter().partition(|message| !printed.contains(message));
        assert!(!theirs.is_empty(), "{name}: no diagnostic");
        for message in ours {
            let is_known = message.starts_with(&format!("the rules `{LOCATION}` are not valid: "))
                || message == "rules loaded"
                || message.starts_with("more diagnostics were not logged");
            assert!(is_known, "{name}: {message}");
        }
        for message in theirs {
            let length = quoted(message).chars().count();
            assert!(length <= EXCERPT_CHARS, "{name}: {length} characters of the document in {message}");
        }
    }
}

/// What a diagnostic quotes of the document: the line above the caret.
fn quoted(message: &str) -> &str {
    message.lines().nth(2).and_then(|line| line.split_once("| ")).map_or("", |(_, line)| line)
}

#[tokio::test]
async fn an_object_that_is_no_rule_document_is_not_quoted_at_length() {
    let record = r#"{"eventName":"ConsoleLogin","responseElements":{"token":"secret"}}"#;
    let log_file = format!(r#"{{"Records":[{}]}}"#, vec![record; 200].join(","));
    for document in [log_file.as_bytes(), &[0x1f, 0x8b, 0x08, 0x00, 0xff], b"\x7fELF secret", b"secret"] {
        let log = log_of(document).await;
        for value in log.values() {
            let quoted = quoted(&value);
            assert!(quoted.chars().count() <= EXCERPT_CHARS, "{value}");
            assert!(!value.replace(quoted, "").contains("secret"), "{value}");
        }
    }
}

#[tokio::test]
async fn a_flood_of_faults_is_cut() {
    let mut document = "version: 1\nrules:\n".to_owned();
    for number in 0..100 {
        document.push_str(&format!("  - id: Bad{number}\n"));
    }
    let log = log_of(document.as_bytes()).await;
    assert_eq!(log.messages().len(), 22);
    let not_shown: usize = log.field("not_shown")[0].parse().unwrap();
    assert_eq!(not_shown + 20, diagnostics(&document).errors());
}
