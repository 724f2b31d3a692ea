//! The pictures in the documentation show what the program prints. `docs/pictures.sh` draws them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use crate::support::run;

/// The columns of a line that the picture of the terminal must show: it is cut at 140.
const SHOWN_COLUMNS: usize = 120;

/// The same for a table that fits into a terminal.
const SHOWN_COLUMNS_OF_A_TABLE: usize = 60;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The text of a picture without blanks.
fn picture(name: &str) -> String {
    let svg = fs::read_to_string(root().join(format!("docs/pictures/{name}.svg"))).unwrap();
    assert!(!svg.contains("url(http"), "{name} loads something from elsewhere");
    let texts = svg.split("<text ").skip(1).filter_map(|text| {
        let (_, text) = text.split_once('>')?;
        text.split_once("</text>").map(|(text, _)| text)
    });
    let text = texts.collect::<String>();
    let text = text.replace("&#160;", " ").replace("&#x27;", "'").replace("&quot;", "\"");
    without_blanks(&text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn preview(rule: &str, form: &str) -> String {
    let samples = root().join("samples");
    run(["alert", "preview", rule, "--records", samples.to_str().unwrap(), "--as", form]).stdout
}

/// Names of files are shown as `docs/pictures.sh` names them.
fn from_the_root(text: &str) -> String {
    text.replace(&format!("{}/", root().display()), "")
}

fn assert_shown(name: &str, lines: impl Iterator<Item = String>) {
    let picture = picture(name);
    for line in lines {
        assert!(picture.contains(&without_blanks(&line)), "run docs/pictures.sh: {name} lacks `{line}`");
    }
}

#[test]
fn the_picture_of_a_terminal_is_current() {
    let samples = root().join("samples");
    let report = from_the_root(&run(["replay", samples.to_str().unwrap()]).stdout);
    assert!(report.contains("\nAlerts: "), "{report}");
    assert_shown("terminal", report.lines().map(|line| line.chars().take(SHOWN_COLUMNS).collect()));
}

#[test]
fn the_picture_of_an_event_is_current() {
    let script = fs::read_to_string(root().join("docs/pictures.sh")).unwrap();
    let id = script.lines().find_map(|line| line.strip_prefix("EVENT=")).unwrap();
    let samples = root().join("samples");
    let text =
        from_the_root(&run(["events", "show", id, samples.to_str().unwrap(), "--around", "10m"]).stdout);
    assert!(text.contains("StopLogging") && text.contains("around this event"), "{text}");
    // A terminal cuts the later columns of the session to its width.
    assert_shown("event", text.lines().map(|line| line.chars().take(SHOWN_COLUMNS_OF_A_TABLE).collect()));
}

#[test]
fn the_picture_of_a_mail_is_current() {
    let mail = from_the_root(&preview("cloudtrail-stopped-or-deleted", "mail"));
    assert!(mail.starts_with("Subject: [CRITICAL] "), "{mail}");
    assert_shown("mail", mail.lines().map(|line| line.strip_prefix("Subject: ").unwrap_or(line).to_owned()));
}

#[test]
fn the_picture_of_a_chat_message_is_current() {
    let chat = preview("ec2-large-instance-changes", "chat");
    let content = &serde_json::from_str::<serde_json::Value>(&chat).unwrap()["content"];
    let description = from_the_root(content["description"].as_str().unwrap());
    let plain = |text: &str| {
        let text =
            text.replace('\u{2060}', "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let label = text.strip_prefix('*').and_then(|text| text.split_once('*'));
        label.map_or(text.clone(), |(label, rest)| format!("{label}{rest}"))
    };
    assert_shown("chat", description.lines().chain(content["title"].as_str()).map(plain));
}
