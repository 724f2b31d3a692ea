//! The pictures of the pages: of `trailbell backtest`, from the sample folder among three weeks of generated log files, and of
//! `trailbell events`, from the sample folder.
//!
//! `UPDATE=1 cargo test -p cli page_pictures` writes them to `docs/pictures`. They are looked at, not compared: every machine
//! draws letters in its own way.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use testkit::browser::Browser;
use testkit::generator::{DEFAULT_DAY, Generator};
use testkit::samples;
use time::Duration;

use crate::support::{command, gzip, write};

/// The day without log files, counted from the first day.
const GAP: i64 = 9;
/// Days before and after the one of the sample folder.
const DAYS: i64 = 10;
/// Log files of each day.
const FILES: u32 = 40;
/// The height of a picture, in pixels.
const HEIGHT: u32 = 1_900;
/// The size of the pictures of events.
const WIDTH_OF_EVENTS: u32 = 1_300;
const HEIGHT_OF_EVENTS: u32 = 900;

/// The rules in the pictures: a lower threshold than the catalogue's, and a rule without the noise of a role.
const RULES: &str = "\
version: 1
extends: [recommended]
rules:
  - { id: unauthorized-api-calls, alarm: { threshold: 3 } }
exclude: [console-login-no-mfa]
";

fn write_logs(folder: &Path) {
    for day in (-DAYS..=DAYS).filter(|day| *day != GAP - DAYS) {
        // A seed twice would bring the same events again, which count once.
        let seed = 100 + (day + DAYS).unsigned_abs();
        let generator = Generator::for_day(seed, DEFAULT_DAY + Duration::days(day));
        for file in generator.day(FILES) {
            write(folder, &file.key, gzip(&file.json));
        }
    }
    for file in samples::files(1) {
        write(folder, &file.key, file.object());
    }
}

/// A browser; `None` after a note if the machine has none.
fn browser() -> Option<Browser> {
    let browser = Browser::start();
    if browser.is_none() {
        // Past the capture of the test, so that a gate shows it.
        let note = b"NOT CHECKED: the pictures of the pages, because this machine has no Chromium\n";
        std::io::stderr().write_all(note).unwrap();
    }
    browser
}

/// The folder for pictures: the one of the documentation if they are to be renewed.
fn into(folder: &Path) -> PathBuf {
    let documentation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    if std::env::var_os("UPDATE").is_some() { documentation } else { folder.to_path_buf() }
}

fn take(browser: &mut Browser, width: u32, height: u32, path: &Path) {
    let picture = browser.picture(width, Some(height));
    let name = path.display();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000, "{name}: {} bytes", picture.len());
    std::fs::write(path, picture).unwrap();
    assert!(browser.behaviour().messages.is_empty(), "{name}");
}

#[test]
fn the_pictures_of_the_page_can_be_taken() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    write_logs(folder.path());
    write(folder.path(), "rules.yaml", RULES);
    let output = command()
        .current_dir(folder.path())
        .args(["backtest", "AWSLogs", "--rules", "rules.yaml", "--against", "recommended"])
        .args(["--max-alerts-on-a-day", "20", "--html", "report.html"])
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    for (name, is_dark, width) in [("light", false, 1_200), ("dark", true, 1_200), ("narrow", false, 420)] {
        browser.prefer_dark(is_dark);
        browser.open(&folder.path().join("report.html"), width);
        take(&mut browser, width, HEIGHT, &into(folder.path()).join(format!("backtest-{name}.png")));
    }
}

#[test]
fn the_pictures_of_events_can_be_taken() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for file in samples::files(1) {
        write(folder.path(), &file.key, file.object());
    }
    let output = command()
        .current_dir(folder.path())
        .args(["events", "AWSLogs", "--all", "--html", "events.html"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let choose = "choose(history_.found[2])";
    for (name, is_dark, view, act) in [
        ("dashboard", false, "#dashboard", "0"),
        ("history", false, "#history?ip=198.51.100.77", choose),
        ("history-dark", true, "#history", choose),
    ] {
        browser.prefer_dark(is_dark);
        browser.open(&folder.path().join("events.html"), WIDTH_OF_EVENTS);
        browser.evaluate("ready");
        browser.evaluate(&format!("visit('{view}'); {act}"));
        browser.evaluate("record(0)");
        take(
            &mut browser,
            WIDTH_OF_EVENTS,
            HEIGHT_OF_EVENTS,
            &into(folder.path()).join(format!("events-{name}.png")),
        );
    }
}
