//! The pictures of the page of `trailbell backtest`, from the sample folder among three weeks of generated log files.
//!
//! `UPDATE=1 cargo test -p cli page_pictures` writes them to `docs/pictures`. They are looked at, not compared: every machine
//! draws letters in its own way.

use std::io::Write as _;
use std::path::Path;

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

#[test]
fn the_pictures_of_the_page_can_be_taken() {
    let Some(mut browser) = Browser::start() else {
        // Past the capture of the test, so that a gate shows it.
        let note = b"NOT CHECKED: the pictures of the page, because this machine has no Chromium\n";
        std::io::stderr().write_all(note).unwrap();
        return;
    };
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
    let documentation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    let into = if std::env::var_os("UPDATE").is_some() { documentation } else { folder.path().to_path_buf() };
    std::fs::create_dir_all(&into).unwrap();
    for (name, is_dark, width) in [("light", false, 1_200), ("dark", true, 1_200), ("narrow", false, 420)] {
        browser.prefer_dark(is_dark);
        browser.open(&folder.path().join("report.html"), width);
        let picture = browser.picture(width, Some(HEIGHT));
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000, "{name}: {} bytes", picture.len());
        std::fs::write(into.join(format!("backtest-{name}.png")), picture).unwrap();
        assert!(browser.behaviour().messages.is_empty(), "{name}");
    }
}
