//! What the parser reports about invalid patterns, to the column: `diagnostics.txt`.
//!
//! Each entry of that file is `=== title`, the pattern, `---`, and the diagnostic. With `UPDATE_GOLDEN` set, the test
//! writes the diagnostics instead of checking them; read the diff before you commit it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use filter_pattern::Pattern;

#[test]
fn every_error_is_shown_in_its_place_with_advice() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics.txt");
    let golden = fs::read_to_string(&path).unwrap();
    let mut actual = String::new();
    for entry in golden.split("=== ").skip(1) {
        let (title, rest) = entry.split_once('\n').unwrap();
        let (pattern, _) = rest.split_once("\n---\n").unwrap_or_else(|| panic!("{title}: no `---`"));
        let diagnostic = match Pattern::parse_strict(pattern) {
            Ok(_) => "no error".to_owned(),
            Err(error) => error.diagnostic(pattern),
        };
        write!(actual, "=== {title}\n{pattern}\n---\n{diagnostic}\n\n").unwrap();
    }
    let actual = actual.trim_end().to_owned() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &actual).unwrap();
        return;
    }
    assert!(!actual.contains("no error\n"), "an entry has no fault");
    for (expected, actual) in golden.split("=== ").zip(actual.split("=== ")) {
        assert_eq!(expected.trim_end(), actual.trim_end());
    }
}

/// These patterns are written here because nobody could see the characters in the golden file.
#[test]
fn characters_that_cannot_be_seen_are_named_and_escaped() {
    let table = [
        (
            "{ $.a =\u{a0}x }",
            "{ $.a =\u{a0}x }",
            "`\\u{a0}` only looks like a space; replace it with a space",
        ),
        (
            "{ $.a\u{a0}= x }",
            "{ $.a\u{a0}= x }",
            "`\\u{a0}` only looks like a space; replace it with a space",
        ),
        (
            "{ $.a = x\u{a0}}",
            "{ $.a = x\u{a0}}",
            "`\\u{a0}` only looks like a space; replace it with a space",
        ),
        (
            "{ $.a = x &&\u{3000}$.b = x }",
            "{ $.a = x &&\u{3000}$.b = x }",
            "`\\u{3000}` only looks like a space; replace it with a space",
        ),
        (
            "\u{a0}{ $.a = x }",
            "\u{a0}{ $.a = x }",
            "`\\u{a0}` only looks like a space; replace it with a space",
        ),
        ("{ $.a = x }\u{a0}", "{ $.a = x }", "`\\u{a0}` only looks like a space; replace it with a space"),
        ("a\u{a0}b", "a\u{a0}b", "`\\u{a0}` only looks like a space; replace it with a space"),
        ("\u{feff}{ $.a = x }", "\\u{feff}{ $.a = x }", "`\\u{feff}` is invisible; remove it"),
        ("[a,\u{200b}b]", "[a,\\u{200b}b]", "`\\u{200b}` is invisible; remove it"),
        ("{ $.a = x\u{202e}y }", "{ $.a = x\\u{202e}y }", "`\\u{202e}` is invisible; remove it"),
        (
            "{ $.\"\u{202e}a\" = x }",
            "{ $.\"\\u{202e}a\" = x }",
            "put a quoted name in brackets: `.['a name']`",
        ),
    ];
    for (pattern, line, help) in table {
        let shown = Pattern::parse(pattern).unwrap_err().diagnostic(pattern);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!((lines[3], lines[5]), (&*format!("1 | {line}"), &*format!("  = help: {help}")), "{shown}");
        let message = lines[0];
        assert!(!message.contains(['\u{a0}', '\u{3000}', '\u{feff}', '\u{200b}', '\u{202e}']), "{message:?}");
    }
}

#[test]
fn a_quota_violation_is_a_warning_with_its_position() {
    let text = "{ $.a[*].b[*] = 1 }";
    let pattern = Pattern::parse(text).unwrap();
    let expected = "\
warning: selector has 2 wildcards; CloudWatch Logs accepts at most 1
 --> 1:3
  |
1 | { $.a[*].b[*] = 1 }
  |   ^^^^^^^^^^^
  = help: keep one wildcard and name the other steps, such as `items[0].tags[*]`";
    assert_eq!(pattern.quota_violations()[0].diagnostic(text), expected);
}

#[test]
fn a_long_line_is_cut_around_the_error() {
    let conditions = ["($.eventName = Something)"; 12].join(" || ");
    let text = format!("{{ {conditions} OR {conditions} }}");
    let shown = Pattern::parse(&text).unwrap_err().diagnostic(&text);
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines[..3], ["error: `OR` is not an operator", " --> 1:348", "  |"]);
    assert_eq!(lines[5..], ["  = help: join conditions with `||`"]);
    let (line, carets) = (lines[3], lines[4]);
    assert!(line.chars().count() <= 106, "{line}");
    let at = carets.chars().position(|character| character == '^').unwrap();
    assert_eq!(line.chars().skip(at).take(2).collect::<String>(), "OR");
    assert!(line.starts_with("1 | …") && line.ends_with('…'));
}

#[test]
fn the_limits_of_the_parser_are_faults_like_others() {
    let text = "x".repeat(64 * 1024 + 1);
    let error = Pattern::parse(&text).unwrap_err();
    assert_eq!(error.to_string(), "pattern is 65537 bytes long; the limit is 65536 bytes");
    assert!(error.diagnostic(&text).lines().all(|line| line.chars().count() < 120));

    let text = format!("{{ {} }}", "(".repeat(30_000));
    let error = Pattern::parse(&text).unwrap_err();
    assert_eq!(error.to_string(), "parentheses are nested deeper than 512 levels");
    assert_eq!(error.span(), 514..515);
}

#[test]
fn the_deepest_nesting_is_parsed_printed_and_evaluated() {
    let mut text = "$.a = 1".to_owned();
    for level in 0..512 {
        let operator = if level % 2 == 0 { "&&" } else { "||" };
        text = format!("({text} {operator} $.b = 1)");
    }
    let pattern = Pattern::parse(&format!("{{ {text} }}")).unwrap();
    let record = serde_json::json!({ "a": 1, "b": 1 });
    assert!(pattern.matches_record(&record));
    assert_eq!(Pattern::parse(&pattern.to_string()).unwrap(), pattern.clone());
}
