//! `trailbell pattern match`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::support::{command, run, run_with_input, write};

#[test]
fn a_co_process_gets_each_answer_before_it_asks_again() {
    let mut child = command()
        .args(["pattern", "match", "{ $.a = 1 }"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for (line, expected) in
        [("{\"a\":1}", "true"), ("", "false"), ("{\"a\":2}", "false"), ("{\"a\":1}", "true")]
    {
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), expected, "{line}");
    }
    drop(stdin);
    assert!(answers.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_file_is_read_when_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "messages", "all fine\nERROR 1\n");
    let file = folder.path().join("messages");
    for option in [&["--strict"][..], &[]] {
        let mut arguments = vec!["pattern", "match"];
        arguments.extend(option);
        arguments.extend(["-ERROR", file.to_str().unwrap()]);
        let result = run(arguments);
        assert_eq!((result.code, result.stdout.as_str()), (Some(0), "true\nfalse\n"), "{result:?}");
    }
    let result = run(["pattern", "match", "x", "/does/not/exist"]);
    assert_eq!(result.code, Some(2));
    assert!(result.stderr.starts_with("error: `/does/not/exist` cannot be opened: "), "{}", result.stderr);
}

#[test]
fn an_invalid_pattern_is_shown_with_a_caret() {
    let result = run_with_input(["pattern", "match", "{ $.a == 1 }"], b"{}\n");
    assert_eq!(result.code, Some(2));
    assert_eq!(result.stdout, "");
    assert!(result.stderr.contains("{ $.a == 1 }") && result.stderr.contains('^'), "{}", result.stderr);
}

#[test]
fn a_pattern_over_quota_is_a_warning_and_an_error_when_strict() {
    let pattern = format!("{{ $.a = \"{}\" }}", "x".repeat(1100));
    let result = run_with_input(["pattern", "match", &pattern], b"{}\n");
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), "false\n"));
    assert!(result.stderr.starts_with("warning: pattern has 1112 characters"), "{}", result.stderr);
    assert!(result.stderr.contains('^') && result.stderr.contains("= help: "), "{}", result.stderr);
    let result = run_with_input(["pattern", "match", "--strict", &pattern], b"{}\n");
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_line_that_is_not_evaluated_is_false_and_named() {
    let mut input = vec![b'x'; 8 * 1024 * 1024 + 1];
    input.extend(b"\n{}\n");
    input.extend([b'['; 200]);
    let result = run_with_input(["pattern", "match", "{ $.a NOT EXISTS }"], &input);
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), "false\ntrue\nfalse\n"));
    let notes: Vec<_> = result.stderr.lines().collect();
    assert_eq!(notes.len(), 2, "{}", result.stderr);
    assert!(notes[0].starts_with("note: line 1 is longer than 8388608 bytes"), "{}", result.stderr);
    assert!(
        notes[1].starts_with("note: line 3: record is nested deeper than 127 levels"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_pattern_cannot_turn_the_text_of_its_diagnostic() {
    let result = run(["pattern", "match", "{ $.a = x\u{202e}y }"]);
    assert_eq!(result.code, Some(2));
    assert!(result.stderr.contains("\\u{202e}") && !result.stderr.contains('\u{202e}'), "{}", result.stderr);
}
