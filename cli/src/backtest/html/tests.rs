//! The page: its size, its policy, hostile texts, and how it behaves in a browser.

use std::path::Path;

use pipeline::{FileCounts, RecordCounts};
use rules::Severity;
use testkit::browser::Browser;

use super::super::findings::Example;
use super::super::report::{
    AlarmReport, Assumptions, BacktestTotals, DayReport, InAlarm, Incidents, LimitReport, Noise, OnlyReport,
    PairReport, RuleReport, SideReport, SourceReport, Spread,
};
use super::super::sweep::SweepPoint;
use super::super::times::{DAY, date, rfc3339};
use super::*;
use crate::page::hash;
use crate::replay::ErrorEntry;

/// The first day.
const START: i64 = 1_789_344_000;
/// The size that a page may have.
const MOST_BYTES: usize = 3_000_000;
/// Texts that would do harm in a page that does not escape them.
const HOSTILE: [&str; 5] = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\"><a href='http://evil.example/'>x</a>",
    "\" onmouseover=\"alert(1)",
    "</title></style><link rel=stylesheet href=http://evil.example/a.css>",
    "a\u{202e}gpj.exe\u{0}\u{1b}[31m",
];

fn hostile(number: usize) -> String {
    format!("{} {number}", HOSTILE[number % HOSTILE.len()])
}

fn example(number: usize) -> Example {
    Example {
        event_id: hostile(number),
        event_time: Some(rfc3339(START + 61 * i64::try_from(number).unwrap())),
        event_name: hostile(number + 1),
        caller: hostile(number + 2),
        reason: hostile(number + 3),
        address: "192.0.2.7".to_owned(),
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        file: hostile(number + 4),
    }
}

fn alarm(rule: usize, days: usize) -> AlarmReport {
    let time = |place: i64| {
        let from = START + place * 7_200 + i64::try_from(rule).unwrap() * 60;
        InAlarm { from: rfc3339(from), to: rfc3339(from + 900), span: (from, from + 900) }
    };
    let in_alarm: Vec<_> = (0..i64::try_from(days * 12 / (1 + rule % 7)).unwrap()).map(time).collect();
    let point = |threshold: f64| SweepPoint {
        threshold,
        is_current: threshold == 10.0,
        rings: 17,
        seconds_in_alarm: 900,
        matches_in_rings: 4,
    };
    AlarmReport {
        name: format!("trailbell/rule-{rule}"),
        dimensions: [("d".to_owned(), hostile(rule))].into(),
        threshold: 10.0,
        rings: in_alarm.len() as u64,
        rings_if_range_is_periods: 5,
        seconds_in_alarm: 900 * i64::try_from(in_alarm.len()).unwrap(),
        longest_seconds: 900,
        matches_in_rings: 9,
        samples_too_late: 1,
        is_in_alarm_at_end: rule == 0,
        in_alarm,
        sweep: [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0].map(point).to_vec(),
    }
}

fn rule(rule: usize, days: usize) -> RuleReport {
    let by_day = |factor: usize| -> Vec<u64> {
        (0..days).map(|day| ((day * 37 + rule * 11) % 90 * factor) as u64 % 700).collect()
    };
    RuleReport {
        id: format!("rule-{rule}"),
        title: hostile(rule),
        severity: Severity::ALL[rule % Severity::ALL.len()],
        matches: by_day(7).iter().sum(),
        alerts: by_day(3).iter().sum(),
        rings: 9,
        seconds_in_alarm: 9_000,
        seconds_from_call_to_ring: Some(Spread { median: 300, max: 900 }),
        matches_by_day: by_day(7),
        alerts_by_day: by_day(3),
        rings_by_day: by_day(1),
        alarms: vec![alarm(rule, days)],
        findings: (0..40).map(|number| example(rule * 40 + number)).collect(),
    }
}

fn noise(rule: usize) -> Noise {
    Noise {
        rule: format!("rule-{rule}"),
        severity: Severity::Low,
        caller: hostile(rule),
        matches: 50,
        matches_of_rule: 80,
        rings: 9,
        rings_without: Some(2),
        pattern: Some(hostile(rule)),
        refused: None,
    }
}

fn pair(number: usize) -> PairReport {
    let side = |rings| SideReport { alerts: 3, rings, seconds_in_alarm: 900 };
    let only = |count| OnlyReport { matches: count, examples: (0..5).map(example).collect() };
    PairReport {
        id: Some(format!("rule-{number}")),
        old_id: Some(hostile(number)),
        severity: Severity::High,
        changes: vec!["pattern"],
        both: 7,
        only_old: only(5),
        only_new: only(0),
        old: side(4),
        new: side(1),
        incidents: Incidents {
            old: 3,
            missed: 1,
            later: 1,
            longest_delay_seconds: 900,
            ..Incidents::default()
        },
    }
}

/// A report with this many rules and days, every text of it hostile.
fn report(rules: usize, days: usize) -> BacktestReport {
    let rules: Vec<RuleReport> = (0..rules).map(|number| rule(number, days)).collect();
    let last = i64::try_from(days).unwrap();
    BacktestReport {
        version: 1,
        tool: "trailbell".to_owned(),
        from: rfc3339(START),
        to: rfc3339(START + last * DAY),
        days: (0..last)
            .map(|day| DayReport {
                date: date(START / DAY + day),
                has_files: day % 10 != 4,
                matches: 70,
                alerts: u64::try_from(day).unwrap() % 9,
                rings: 4,
            })
            .collect(),
        source: SourceReport {
            files: FileCounts::default(),
            records: RecordCounts::default(),
            files_without_minute: 1,
            files_left_out: 2,
            without_time: 3,
        },
        assumptions: Assumptions { evaluation_range: None, visible_after_seconds: 60, batch_size: 10 },
        totals: BacktestTotals {
            days_with_files: 80,
            matches: 9_999,
            alerts: 360,
            rings: 360,
            ..BacktestTotals::default()
        },
        composites: Vec::new(),
        noise: (0..20).map(noise).collect(),
        comparison: Some((0..rules.len()).map(pair).collect()),
        limits: vec![LimitReport {
            option: "--max-alerts-per-day",
            limit: "2".to_owned(),
            value: "4.5".to_owned(),
            is_exceeded: true,
        }],
        metrics_without_alarm: 4,
        errors: vec![ErrorEntry { file: hostile(1), code: "file-refused", message: hostile(2) }],
        skipped: Vec::new(),
        window: (START, START + last * DAY),
        rules,
    }
}

#[test]
fn sixty_four_rules_and_ninety_days_fit_into_three_megabytes() {
    let page = page(&report(64, 90));
    assert!(page.len() < MOST_BYTES, "{} bytes", page.len());
    assert!(page.len() > 500_000, "{} bytes", page.len());
}

#[test]
fn the_policy_allows_the_one_style_and_the_one_script_by_their_hashes() {
    let page = page(&report(2, 3));
    assert_eq!(page.matches("<style>").count(), 1);
    assert_eq!(page.matches("<script>").count(), 1);
    for (name, text) in [("style", STYLE), ("script", SCRIPT)] {
        assert!(page.contains(&format!("<{name}>{text}</{name}>")), "{name}");
        assert!(page.contains(&format!("{name}-src '{}'", hash(text))), "{name}");
    }
    assert!(page.contains("default-src 'none'"));
    for forbidden in ["unsafe", "href=\"http", "&amp;lt;", "<img", "<link", " style=", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&lt;img src=x"), "texts are escaped");
}

#[test]
fn an_empty_report_has_every_section() {
    let empty = BacktestReport { comparison: None, noise: Vec::new(), limits: Vec::new(), ..report(0, 1) };
    let page = page(&empty);
    for section in ["messages", "calendar", "lanes", "rules", "sweeps", "noise", "findings", "basis"] {
        assert!(page.contains(&format!("id=\"{section}\"")), "{section}");
    }
}

/// Opens a page in a browser, if there is one.
fn opened(report: &BacktestReport, folder: &Path) -> Option<Browser> {
    let Some(mut browser) = Browser::start() else {
        let note = "NOT CHECKED: the page in a browser, because this machine has no Chromium";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{note}\n").as_bytes());
        return None;
    };
    let path = folder.join("report.html");
    std::fs::write(&path, page(report)).unwrap();
    browser.open(&path, 1200);
    Some(browser)
}

#[test]
fn a_browser_finds_nothing_to_complain_about_and_asks_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = opened(&report(64, 90), folder.path()) else { return };
    let path = folder.path().join("report.html");
    let mut fastest = f64::MAX;
    for dark in [false, true, false] {
        browser.prefer_dark(dark);
        let before = browser.cpu_seconds();
        browser.open(&path, 1200);
        fastest = fastest.min(browser.cpu_seconds() - before);
        let behaviour = browser.behaviour();
        assert_eq!(behaviour.messages, [] as [String; 0]);
        assert_eq!(behaviour.requests, [format!("file://{}", path.display())]);
    }
    assert!(fastest < 1.0, "opening it takes {fastest} seconds");
    assert_eq!(browser.evaluate("document.title.startsWith('Backtest')"), true);
    assert_eq!(browser.evaluate("document.querySelectorAll('img, link, iframe, object').length"), 0);
    let handlers = "[...document.querySelectorAll('*')].some((one) => one.getAttributeNames().some((name) => name.startsWith('on')))";
    assert_eq!(browser.evaluate(handlers), false);
    let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(browser.evaluate(wide), false);
    browser.open(&path, 400);
    assert_eq!(browser.evaluate(wide), false, "a narrow window needs no sideways scrolling");
    assert!(browser.print().starts_with(b"%PDF"));
}

#[test]
fn keys_move_in_the_calendar_and_the_lanes_and_the_filter_filters() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut browser) = opened(&report(9, 30), folder.path()) else { return };
    let text = |browser: &mut Browser, id: &str| {
        browser.evaluate(&format!("document.getElementById('{id}').textContent")).as_str().unwrap().to_owned()
    };
    browser.evaluate("document.getElementById('map').focus()");
    assert!(text(&mut browser, "cell").starts_with("rule-0, 2026-09-14: "));
    browser.press("ArrowRight");
    browser.press("ArrowDown");
    assert!(text(&mut browser, "cell").starts_with("rule-1, 2026-09-15: "));

    browser.evaluate("document.getElementById('lane-box').focus()");
    browser.press("+");
    browser.press("ArrowRight");
    let axis = text(&mut browser, "lane-axis");
    assert!(axis.starts_with("2026-09-25T06:00Z"), "{axis}");

    browser.press("/");
    assert_eq!(browser.evaluate("document.activeElement.id"), "filter");
    let filter = "const one = document.getElementById('filter'); one.value = 'RULE-3 192.0.2.7'; one.dispatchEvent(new Event('input'))";
    browser.evaluate(filter);
    assert_eq!(text(&mut browser, "shown"), "40 of 360 shown");
    let severity = "const two = document.getElementById('severity'); two.value = 'low'; two.dispatchEvent(new Event('change'))";
    browser.evaluate(severity);
    assert_eq!(text(&mut browser, "shown"), "0 of 360 shown");
    assert_eq!(browser.behaviour().messages, [] as [String; 0]);
}
