//! The page: its policy, hostile records, and how it behaves in a browser with ten thousand events.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use history::{Column, Event, InputUnit, Query, Summary, cells};
use rules::RuleSet;
use serde_json::json;
use testkit::browser::Browser;
use testkit::generator::{DEFAULT_DAY, Generator};

use super::*;
use crate::page::hash;

/// Events of the large page.
const MANY: usize = 10_000;
/// Texts that would do harm in a page that does not treat them as texts.
const HOSTILE: [&str; 6] = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\"><a href='http://evil.example/'>x</a>",
    "\" onmouseover=\"alert(1)",
    "=HYPERLINK(\"http://evil.example/\")",
    "a\u{202e}gpj.exe\u{1b}[31m",
    "__proto__",
];

/// An event in which every text is hostile.
fn hostile(number: usize) -> Event {
    let text = |at: usize| HOSTILE[(number + at) % HOSTILE.len()];
    let record = json!({
        "eventVersion": "1.11", "eventTime": format!("2026-09-14T10:{:02}:{:02}Z", number / 60 % 60, number % 60),
        "eventID": format!("{} {number}", text(0)), "eventName": text(1), "eventSource": text(2), "awsRegion": text(3),
        "sourceIPAddress": text(4), "userAgent": text(5), "errorCode": text(0), "errorMessage": text(1),
        "recipientAccountId": text(2), "sharedEventID": text(3),
        "userIdentity": { "type": text(4), "userName": text(5), "arn": text(0), "accessKeyId": text(1) },
        "requestParameters": { text(2): text(3), "name": text(4) },
        "resources": [{ "ARN": text(5), "type": text(0) }],
        "insightDetails": {
            "state": "Start", "eventName": text(1), "eventSource": text(2), "insightType": text(3),
            "insightContext": {
                "statistics": { "insight": { "average": 5 }, "baseline": { "average": text(4) } },
                "attributions": [{ "attribute": text(5), "insight": [{ "value": text(0), "average": text(1) }] }],
            },
        },
    });
    event(record.to_string().as_bytes(), text(3))
}

fn event(record: &[u8], log_file: &str) -> Event {
    Event::of_record(record, &Arc::from(log_file)).unwrap()
}

/// Generated events, the newest first.
fn generated(count: usize) -> Vec<Event> {
    let files = Generator::for_day(7, DEFAULT_DAY).day(220);
    let mut events = Vec::new();
    for file in files {
        let log: Value = serde_json::from_slice(&file.json).unwrap();
        let records = log["Records"].as_array().unwrap();
        events.extend(records.iter().map(|record| event(record.to_string().as_bytes(), &file.key)));
    }
    assert!(events.len() >= count, "{} events", events.len());
    events.sort_by(|one, other| other.key().cmp(one.key()));
    events.truncate(count);
    events
}

fn page_of(events: &[Event], files: Option<Value>) -> String {
    let mut builder = PageBuilder::new(RuleSet::recommended().unwrap());
    let mut summary = Summary::of(1, InputUnit::File);
    for event in events {
        summary.add(event);
        builder.push(event).unwrap();
    }
    let query = Query { names: HOSTILE.map(str::to_owned).to_vec(), ..Query::default() };
    let about = About {
        sources: vec![HOSTILE[0].to_owned()],
        query: &query,
        summary: &summary,
        files,
        made_at: "2026-09-15T00:00:00Z".to_owned(),
    };
    builder.finish(about).unwrap()
}

fn hostile_files() -> Value {
    let object = json!({ "name": HOSTILE[3], "kind": HOSTILE[1], "bytes": 5, "deliveredAt": HOSTILE[4] });
    let sizes = json!({ "logFiles": 1, "insightsFiles": 1, "networkActivityFiles": 1, "digests": 1, "bytes": 5_000_000 });
    let with = |more: Value| {
        let mut all = sizes.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let day = with(json!({ "day": "2026-09-14", "objects": [object] }));
    let missing = json!([{ "first": "2026-09-12", "last": "2026-09-13", "days": 2 }]);
    let region = with(json!({ "region": HOSTILE[1], "missing": missing, "days": [day] }));
    json!({ "accounts": [with(json!({ "account": HOSTILE[0], "regions": [region] }))], "missingDays": 2, "otherFiles": 1 })
}

#[test]
fn the_policy_allows_the_one_style_and_the_one_script_by_their_hashes() {
    let page = page_of(&[hostile(0)], None);
    for (name, text) in [("style", STYLE), ("script", SCRIPT)] {
        assert!(page.contains(&format!("<{name}>{text}</{name}>")), "{name}");
        assert!(page.contains(&format!("{name}-src '{}'", hash(text))), "{name}");
        assert_eq!(page.matches(&format!("<{name}>")).count(), 1, "{name}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("require-trusted-types-for 'script'"));
    for forbidden in
        ["unsafe", "href=\"http", "<img src=x", "<link", " style=", "evil.example", "\u{202e}", "\u{1b}"]
    {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_script_makes_no_markup_from_texts() {
    for banned in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttpRequest",
    ] {
        assert!(!SCRIPT.contains(banned), "{banned}");
    }
}

/// A page in a browser.
struct Opened {
    browser: Browser,
    path: PathBuf,
}

/// Opens a page, and waits until it can be used; `None` if the machine has no browser.
fn opened(page: &str, folder: &Path) -> Option<Opened> {
    let Some(browser) = Browser::start() else {
        let note = "NOT CHECKED: the page in a browser, because this machine has no Chromium";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{note}\n").as_bytes());
        return None;
    };
    let path = folder.join("events.html");
    std::fs::write(&path, page).unwrap();
    let mut opened = Opened { browser, path };
    opened.open(1_400);
    Some(opened)
}

impl Opened {
    fn open(&mut self, width: u32) {
        self.browser.open(&self.path, width);
        self.browser.evaluate("ready");
    }

    /// Shows a view, as a link to it would.
    fn go(&mut self, address: &str) {
        self.browser.evaluate(&format!("history.replaceState(null, '', {}); show()", json!(address)));
    }

    fn value(&mut self, expression: &str) -> Value {
        self.browser.evaluate(expression)
    }

    fn text(&mut self, selector: &str) -> String {
        let text = self.value(&format!("document.querySelector({})?.textContent ?? 'none'", json!(selector)));
        text.as_str().unwrap().to_owned()
    }

    /// Says nothing, and asks for nothing but its own file.
    fn is_quiet(&mut self) {
        let behaviour = self.browser.behaviour();
        assert_eq!(behaviour.messages, [] as [String; 0]);
        let own = format!("file://{}", self.path.display());
        assert!(
            behaviour.requests.iter().all(|request| request.split('#').next() == Some(&own)),
            "{behaviour:?}"
        );
    }
}

const ALL_VIEWS: [&str; 5] = ["#dashboard", "#history", "#insights", "#findings", "#files"];

#[test]
fn hostile_records_stay_text_in_every_view() {
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<Event> = (0..40).map(hostile).collect();
    let Some(mut page) = opened(&page_of(&events, Some(hostile_files())), folder.path()) else { return };
    let event_view =
        format!("#event?id={}", "%3C%2Fscript%3E%3Cscript%3Edocument.title%3D'owned'%3C%2Fscript%3E%200");
    for view in ALL_VIEWS.into_iter().chain([event_view.as_str(), "#history?user=__proto__", "#constructor"])
    {
        page.go(view);
        page.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        assert_eq!(page.value("document.title"), "CloudTrail events", "{view}");
        let elements = "document.querySelectorAll('img, link, iframe, object, main script').length";
        assert_eq!(page.value(elements), 0, "{view}");
        let handlers = "[...document.querySelectorAll('*')].some((one) => one.getAttributeNames().some((name) => name.startsWith('on')))";
        assert_eq!(page.value(handlers), false, "{view}");
        assert_eq!(
            page.value(
                "[...document.querySelectorAll('a')].every((one) => one.getAttribute('href').startsWith('#'))"
            ),
            true,
            "{view}"
        );
        assert_eq!(page.value("/[\\u202e\\u001b]/.test(document.body.textContent)"), false, "{view}");
        assert_eq!(
            page.value("/\\[object|undefined|NaN/.test(by('main').textContent)"),
            false,
            "{view}: {}",
            page.text("main")
        );
    }
    page.go(&event_view);
    page.value("record(0)");
    assert!(
        page.text("main").contains("</script><script>document.title='owned'</script>"),
        "texts are shown"
    );
    page.is_quiet();
}

#[test]
fn ten_thousand_events_are_filtered_opened_and_printed() {
    let folder = tempfile::tempdir().unwrap();
    let events = generated(MANY);
    let page = page_of(&events, None);
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    let Some(mut page) = opened(&page, folder.path()) else { return };
    assert_eq!(page.value("rows"), MANY);

    // The list holds what can be seen, and no more.
    page.go("#history");
    let drawn = page.value("document.querySelectorAll('#rows > .row').length").as_u64().unwrap();
    assert!((10..100).contains(&drawn), "{drawn} rows");
    assert_eq!(page.text("#found"), "10,000 of 10,000 events");

    // A filter shows what the events say.
    let of = |column: Column| cells(&events[0], &[column]).remove(0).unwrap();
    let (user, name) = (of(Column::User), of(Column::Name));
    let count = |is_wanted: &dyn Fn(Vec<Option<String>>) -> bool| {
        events.iter().filter(|event| is_wanted(cells(event, &[Column::User, Column::Name]))).count()
    };
    let of_user = count(&|cells| cells[0].as_deref() == Some(&user));
    page.value(&format!("toggle('user', {})", json!(user)));
    assert_eq!(page.value("history_.found.length"), of_user);
    let of_both = count(&|cells| cells[0].as_deref() == Some(&user) && cells[1].as_deref() == Some(&name));
    assert!(of_both > 0 && of_both < of_user && of_user < MANY);
    page.go(&format!("#history?{}", page_query(&[("user", &user), ("name", &name)])));
    assert_eq!(page.value("history_.found.length"), of_both);
    // Other values of a picker are counted as if it had no filter.
    let others = page.value("history_.counts.get('name').reduce((sum, count) => sum + count)");
    assert_eq!(others, of_user);
    page.go(&format!("#history?{}", page_query(&[("words", &name.to_uppercase())])));
    assert!(page.value("history_.found.length").as_u64().unwrap() >= of_both as u64);
    page.go("#history?from=2030-01-01T00:00:00Z");
    assert_eq!(page.value("history_.found.length"), 0);

    // A filter takes little time.
    let before = page.browser.cpu_seconds();
    page.go("#history?region=us-east-1");
    let seconds = page.browser.cpu_seconds() - before;
    assert!(seconds < 1.0, "{seconds} seconds");
    page.is_quiet();
    assert!(page.browser.print().starts_with(b"%PDF"));
}

#[test]
fn keys_choose_open_close_and_search() {
    let folder = tempfile::tempdir().unwrap();
    let events = generated(1_200);
    let Some(mut page) = opened(&page_of(&events, None), folder.path()) else { return };
    page.browser.press("2");
    assert_eq!(page.value("document.body.className"), "history");
    page.value("by('list').focus()");
    for key in ["ArrowDown", "j", "j", "ArrowUp"] {
        page.browser.press(key);
    }
    assert_eq!(page.value("history_.chosen"), 1);
    page.browser.press("End");
    assert_eq!(page.value("history_.chosen"), 1_199);
    assert_eq!(
        page.value("document.querySelector('.row.chosen') !== null"),
        true,
        "the chosen row can be seen"
    );
    let inside = "(() => { const row = document.querySelector('.row.chosen').getBoundingClientRect(); const list = by('list').getBoundingClientRect(); return row.top >= list.top - 1 && row.bottom <= list.bottom + 1; })()";
    assert_eq!(page.value(inside), true);
    // The record is the one of the event, from the last block.
    let shown = page.value("record(1199)");
    let parse = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
    assert_eq!(parse(shown.as_str().unwrap().as_bytes()), parse(events[1_199].record()));
    assert_eq!(parse(page.text("#details .record").as_bytes()), parse(events[1_199].record()));
    page.browser.press("Escape");
    assert_eq!(page.value("by('details').hidden"), true);
    page.browser.press("Home");
    page.browser.press("Enter");
    assert_eq!(page.value("document.body.className"), "event");
    assert!(page.text("main").contains(&events[0].key().id));
    page.browser.press("/");
    assert_eq!(page.value("document.activeElement.id"), "words");
    page.is_quiet();
}

#[test]
fn downloads_are_complete_and_safe_for_a_spreadsheet() {
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<Event> = (0..12).map(hostile).collect();
    let Some(mut page) = opened(&page_of(&events, None), folder.path()) else { return };
    page.go("#history");
    let csv = page.value("csv()").as_str().unwrap().to_owned();
    assert_eq!(csv.matches("\r\n").count(), 13);
    assert!(csv.contains("\"'=HYPERLINK(\"\"http://evil.example/\"\")\""), "{csv}");
    for (cell, expected) in [
        ("=1", "\"'=1\""),
        ("  =1", "\"'  =1\""),
        ("\t=1", "\"'\t=1\""),
        ("'@x", "\"''@x\""),
        ("＝1", "\"'＝1\""),
        ("a=1", "\"a=1\""),
        ("", "\"\""),
    ] {
        assert_eq!(page.value(&format!("guarded({})", json!(cell))), expected);
    }
    let log: Value = serde_json::from_str(page.value("jsonLines()").as_str().unwrap()).unwrap();
    for (record, event) in log["Records"].as_array().unwrap().iter().zip(&events) {
        assert_eq!(*record, serde_json::from_slice::<Value>(event.record()).unwrap());
    }
    assert_eq!(log["Records"].as_array().unwrap().len(), 12);
}

#[test]
fn rules_are_run_and_insights_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let root = json!({ "eventVersion": "1.11", "eventTime": "2026-09-14T10:00:00Z", "eventID": "1", "eventName": "CreateUser",
        "eventType": "AwsApiCall", "eventSource": "iam.amazonaws.com", "userIdentity": { "type": "Root", "arn": "arn:aws:iam::111122223333:root" } });
    let insight = |state: &str, minute: u32| {
        json!({ "eventVersion": "1.08", "eventTime": format!("2026-09-14T10:{minute:02}:00Z"), "eventID": state,
            "eventType": "AwsCloudTrailInsight", "sharedEventID": "shared", "eventCategory": "Insight",
            "insightDetails": { "state": state, "eventName": "RunInstances", "eventSource": "ec2.amazonaws.com",
                "insightType": "ApiCallRateInsight", "insightContext": { "statistics": { "insight": { "average": 12.4 }, "baseline": { "average": 0.002 } } } } })
    };
    let events: Vec<Event> = [insight("End", 20), insight("Start", 10), root]
        .iter()
        .map(|record| event(record.to_string().as_bytes(), "a.json"))
        .collect();
    let Some(mut page) = opened(&page_of(&events, None), folder.path()) else { return };
    page.go("#findings");
    assert!(page.text("main table").contains("Root user activity"), "{}", page.text("main"));
    page.go("#history?rule=root-usage");
    assert_eq!(page.value("history_.found"), json!([2]));
    page.go("#insights");
    assert_eq!(page.value("document.querySelectorAll('.insight').length"), 1);
    let text = page.text(".insight");
    assert!(
        text.contains("From 2026-09-14 10:10:00 to 2026-09-14 10:20:00") && text.contains("12.4 a minute"),
        "{text}"
    );
    page.is_quiet();
}

#[test]
fn no_view_is_wider_than_its_window() {
    let folder = tempfile::tempdir().unwrap();
    let mut events: Vec<Event> = (0..20).map(hostile).collect();
    events.extend(generated(500));
    let Some(mut page) = opened(&page_of(&events, Some(hostile_files())), folder.path()) else { return };
    for width in [1_400, 400] {
        page.open(width);
        for view in ALL_VIEWS {
            page.go(view);
            let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
            assert_eq!(page.value(wide), false, "{view} in {width} pixels");
        }
    }
}

#[test]
fn a_page_without_events_shows_every_view() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut page) = opened(&page_of(&[], None), folder.path()) else { return };
    for view in ALL_VIEWS.into_iter().chain(["#event?id=x"]) {
        page.go(view);
        assert!(!page.text("main").is_empty(), "{view}");
    }
    page.is_quiet();
}

fn page_query(parameters: &[(&str, &str)]) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}
