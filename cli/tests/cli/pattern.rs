//! `trailbell pattern match`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;

use crate::support::{command, gzip, run, run_with_input, write};

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

/// A CloudTrail record.
fn record(name: &str) -> String {
    format!(r#"{{"eventVersion":"1.11","eventTime":"2026-09-14T12:00:00Z","eventName":"{name}"}}"#)
}

#[test]
fn the_matching_records_of_a_file_are_printed_and_counted_as_grep_does() {
    let folder = tempfile::tempdir().unwrap();
    let (stop, login) = (record("StopLogging"), record("ConsoleLogin"));
    let log_file = format!("{{\"Records\":[{stop},\n{login},{stop}]}}");
    write(folder.path(), "log.json", &log_file);
    write(folder.path(), "log.json.gz", gzip(log_file.as_bytes()));
    let detail = format!("{{\"detail-type\":\"x\",\"detail\":{stop}}}\n");
    write(folder.path(), "events.json", format!("{detail}{login}{detail}"));
    let pattern = "{ $.eventName = Stop* }";
    for name in ["log.json", "log.json.gz", "events.json"] {
        let path = folder.path().join(name);
        let file = path.to_str().unwrap();
        let result = run(["pattern", "match", pattern, file]);
        assert_eq!(
            (result.code, result.stdout, result.stderr),
            (Some(0), format!("{stop}\n{stop}\n"), String::new())
        );
        for (pattern, expected) in [(pattern, (Some(0), "2\n")), ("{ $.eventName = X }", (Some(1), "0\n"))] {
            let result = run(["pattern", "match", "--count", pattern, file]);
            assert_eq!((result.code, result.stdout.as_str()), expected, "{name}: {result:?}");
        }
        let result = run(["pattern", "match", "{ $.eventName = X }", file]);
        assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""), "{name}: {result:?}");
        let result = run(["pattern", "match", "?ConsoleLogin ?X", file]);
        assert_eq!((result.code, result.stdout), (Some(0), format!("{login}\n")), "{name}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let gzipped = gzip(record("A").as_bytes());
    let cases: [(&str, &[u8], i32, &str); 6] = [
        ("other.json", b"{\"a\":1}", 1, "an object with the members `a`"),
        ("digest.json", b"{\"digestStartTime\":\"x\",\"logFiles\":[]}", 1, "a digest file"),
        ("text.log", b"ERROR 1\n", 1, "not JSON but text"),
        ("file.zst", b"\x28\xb5\x2f\xfd\x04\x00rest", 1, "zstd -d"),
        ("empty.json", b"", 1, "the input is empty"),
        ("cut.json.gz", gzipped.get(..gzipped.len() - 4).unwrap(), 2, "cannot read"),
    ];
    for (name, contents, code, expected) in cases {
        write(folder.path(), name, contents);
        let file = folder.path().join(name);
        let result = run(["pattern", "match", "{ $.a = 1 }", file.to_str().unwrap()]);
        assert_eq!((result.code, result.stdout.as_str()), (Some(code), ""), "{name}: {result:?}");
        assert!(result.stderr.contains(expected), "{name}: {}", result.stderr);
    }
}

#[test]
fn lines_of_other_shapes_are_named_and_exit_with_1() {
    let input = format!("{{\"Records\":[{0}]}}\n{0}\n", record("A"));
    let result = run_with_input(["pattern", "match", "{ $.eventName = A }"], input.as_bytes());
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), "false\ntrue\n"), "{result:?}");
    assert!(result.stderr.starts_with("note: line 1: the line contains records inside"), "{}", result.stderr);
    for (pattern, expected) in
        [("{ $.eventName = A }", (Some(0), "1\n")), ("{ $.eventName = B }", (Some(1), "0\n"))]
    {
        let result = run_with_input(["pattern", "match", pattern, "--count"], record("A").as_bytes());
        assert_eq!((result.code, result.stdout.as_str()), expected, "{result:?}");
    }
}

#[test]
fn every_field_case_is_matched_or_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/field-cases/shapes");
    let Ok(files) = std::fs::read_dir(&folder) else { return };
    for file in files {
        let path = file.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let pattern = "{ ($.eventName = StopLogging) || ($.eventName = ConsoleLogin) }";
        let result = run(["pattern", "match", pattern, path.to_str().unwrap()]);
        let is_ocsf = path.ends_with("security-lake-ocsf.json");
        assert_eq!(result.code, Some(i32::from(is_ocsf)), "{path:?}: {result:?}");
        assert_eq!(result.stdout.is_empty(), is_ocsf, "{path:?}: {result:?}");
        assert_eq!(result.stderr.contains("OCSF"), is_ocsf, "{path:?}: {result:?}");
    }
}

#[test]
fn the_lines_of_a_file_are_answered_if_asked() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "messages", "all fine\nERROR 1\n");
    let file = folder.path().join("messages");
    for option in [&["--strict"][..], &[]] {
        let mut arguments = vec!["pattern", "match", "--lines"];
        arguments.extend(option);
        arguments.extend(["-ERROR", file.to_str().unwrap()]);
        let result = run(arguments);
        assert_eq!((result.code, result.stdout.as_str()), (Some(0), "true\nfalse\n"), "{result:?}");
    }
    let result = run(["pattern", "match", "x", "/does/not/exist"]);
    assert_eq!(result.code, Some(2));
    assert!(result.stderr.starts_with("error: cannot open `/does/not/exist`: "), "{}", result.stderr);
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
    assert_eq!((result.code, result.stdout.as_str()), (Some(1), "false\ntrue\nfalse\n"));
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
