//! What an alert says, and how many there are.

use pipeline::Alert;
use serde_json::json;

use crate::fakes::{LOGIN_RULE, failed_login, fake_pipeline, key, message, put};

#[tokio::test]
async fn an_alert_says_who_what_when_where_and_in_which_file() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let mut later = failed_login("5a5824b1-5596-5a96-9b7e-dbe2937a561b", "alice");
    later["eventTime"] = json!("2026-09-14T12:11:30Z");
    put(&pipeline, &key(1), &[failed_login("c047a348-3bb8-5293-bc81-b25353223880", "alice"), later]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    let subject = "[MEDIUM] ConsoleLogin, 2 times: IAM user alice in 111122223333";
    assert_eq!(alerts[0].subject(), subject);
    let file = format!("s3://amzn-s3-demo-bucket-trail/{}", key(1));
    assert_eq!(
        alerts[0].text(),
        format!(
            "Console sign-in failures (severity: medium)

Somebody failed to sign in.

Who: IAM user alice
MFA: not recorded
What: ConsoleLogin, 2 times
Target: AWS console
Outcome: all 2 failed (Failed authentication)
When: 2026-09-14T12:10:04Z to 2026-09-14T12:11:30Z
Where: account 111122223333, us-east-2
From: 203.0.113.10; browser
Rule: console-login-failures
Log file: {file}
Event ID: c047a348-3bb8-5293-bc81-b25353223880
Console: https://us-east-2.console.aws.amazon.com/cloudtrailv2/home?region=us-east-2#/events/c047a348-3bb8-5293-bc81-b25353223880 (signed in to account 111122223333)
Command: trailbell events show c047a348-3bb8-5293-bc81-b25353223880 {file}

The 2 findings:
  2026-09-14T12:10:04Z  IAM user alice  ConsoleLogin  failed: Failed authentication  203.0.113.10  c047a348-3bb8-5293-bc81-b25353223880
  2026-09-14T12:11:30Z  IAM user alice  ConsoleLogin  failed: Failed authentication  203.0.113.10  5a5824b1-5596-5a96-9b7e-dbe2937a561b

What to do: Ask the user.

Known noise: People who mistype.

References: CIS 1.4/4.6 <https://www.cisecurity.org/benchmark/amazon_web_services>
"
        )
    );
    assert_eq!(alerts[0].sms(), format!("{subject}; AWS console"));
    let chat = alerts[0].chat();
    assert_eq!((&chat["version"], &chat["source"]), (&json!("1.0"), &json!("custom")));
    assert!(chat["content"]["description"].as_str().unwrap().starts_with("*Who:* IAM user alice"));
    assert_eq!(chat["content"]["nextSteps"][0], "Ask the user.");
    let machine = serde_json::to_value(&alerts[0]).unwrap();
    assert_eq!(machine["rule"]["response"], "Ask the user.");
    assert_eq!(machine["rule"]["id"], "console-login-failures");
    assert_eq!(machine["events"][0]["sourceIpAddress"], "203.0.113.10");
}

#[tokio::test]
async fn principals_get_an_alert_each() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(
        &pipeline,
        &key(1),
        &[failed_login("a", "alice"), failed_login("b", "bob"), failed_login("c", "alice")],
    );
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    let counts: Vec<u64> = alerts.iter().map(|alert| alert.count).collect();
    assert_eq!(counts, [2, 1]);
}

#[tokio::test]
async fn a_flood_of_groups_is_summed_up_in_one_further_alert() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let records: Vec<_> = (0..200).map(|i| failed_login(&format!("e{i}"), &format!("user{i}"))).collect();
    put(&pipeline, &key(1), &records[..100]);
    put(&pipeline, &key(2), &records[100..]);
    pipeline.process(&[message("m", &[&key(1), &key(2)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    assert_eq!(alerts.len(), 51);
    assert_eq!(alerts.iter().map(|alert| alert.count).sum::<u64>(), 200);
    let overflow: Vec<_> = alerts.iter().filter(|alert| alert.overflow).collect();
    assert_eq!(overflow.len(), 1);
    assert_eq!(overflow[0].count, 150);
    assert!(overflow[0].text().contains("150 further findings"));
}

/// The alert of two records whose texts are all hostile in the same way.
async fn alert_of(hostile: &str) -> Alert {
    alert_of_file(hostile, &key(1)).await
}

async fn alert_of_file(hostile: &str, key: &str) -> Alert {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let mut record = failed_login(hostile, hostile);
    // The pattern looks at the error message, so that a code carries the text in its place.
    for field in ["eventTime", "sourceIPAddress", "userAgent", "errorCode", "awsRegion", "recipientAccountId"]
    {
        record[field] = json!(hostile);
    }
    for field in ["arn", "principalId", "accountId"] {
        record["userIdentity"][field] = json!(hostile);
    }
    let mut again = record.clone();
    again["eventID"] = json!(format!("{hostile} again"));
    put(&pipeline, key, &[record, again]);
    pipeline.process(&[message("m", &[key])], None).await;
    pipeline.alerts.alerts.lock().unwrap().pop().unwrap()
}

#[tokio::test]
async fn text_from_a_record_cannot_deceive_its_reader() {
    for (attack, hostile) in [
        ("a line of its own", "x\r\nError: none"),
        ("line and paragraph separators", "x\u{2028}Error: \u{2029}none"),
        ("colours and titles of terminals", "\u{1b}[31mx\u{1b}[0m\u{1b}]0;title\u{7}\u{9b}2J"),
        ("erasing what is before", "alice\u{8}\u{8}\u{8}\u{8}\u{8}mallory\u{7f}\0"),
        ("text from right to left", "a\u{202e}b\u{2066}c\u{200f}d\u{61c}e"),
        ("characters of no width", "a\u{200b}b\u{200d}c\u{feff}d\u{ad}e\u{2060}f\u{34f}g\u{180b}h\u{fe0f}i"),
        ("invisible letters", "a\u{e0041}b\u{e0100}c\u{3164}d\u{ffa0}e\u{115f}f"),
    ] {
        let alert = alert_of(hostile).await;
        for text in [alert.text(), alert.subject(), alert.chat().to_string(), json!(alert).to_string()] {
            let found = text.lines().find(|line| line.contains(is_of_attack));
            assert_eq!(found, None, "{attack}");
        }
        assert!(alert.text().lines().all(|line| !line.starts_with("Error: none")), "{attack}");
    }
}

/// Whether a character of the attacks is left. A word joiner is what disarms markup in chats.
fn is_of_attack(character: char) -> bool {
    character != '\u{2060}' && filter_pattern::is_deceptive(character)
}

#[tokio::test]
async fn an_alert_has_no_link_but_its_own() {
    for (hostile, expected) in [
        ("see https://example.com/a", "see https[://]example[.]com/a"),
        ("HTTP://192.0.2.1", "HTTP[://]192.0.2.1"),
        ("www.example.com", "www[.]example[.]com"),
        ("help@example.com", "help@example[.]com"),
        ("[click](https://example.com)", "[click](https[://]example[.]com)"),
        ("<https://example.com|click>", "<https[://]example[.]com|click>"),
        ("file://example/share", "file[://]example/share"),
    ] {
        let alert = alert_of(hostile).await;
        let text = alert.text();
        assert!(text.contains(&format!("\nFrom: {expected}; {expected}\n")), "{text}");
        assert!(text.contains(&format!("  {expected}  {}", expected.replace("[.]", "."))), "{text}");
        // The page that the rule refers to is its author's.
        let text = text.replace("<https://www.cisecurity.org/", "<");
        for shown in [text, alert.subject(), alert.chat()["content"].to_string()] {
            assert!(!shown.replace("[://]", "").replace("s3://", "").contains("://"), "{shown}");
        }
        assert_eq!(alert.events[0].user_agent.as_deref(), Some(hostile), "programs get it as it was");
    }
}

#[tokio::test]
async fn an_id_that_is_none_makes_no_link_to_the_console() {
    for hostile in
        ["javascript:alert(1)", "a/../../b", "a?b", "a#b", "a b", "a@example.com", "", &"a".repeat(65)]
    {
        assert_eq!(alert_of(hostile).await.events[0].link.url, None, "{hostile}");
    }
}

#[tokio::test]
async fn text_from_a_record_is_no_markup_in_a_chat() {
    for (hostile, markup) in [
        ("<https://example.com|click>", "<"),
        ("[click](https://example.com)", "]("),
        ("<!channel> <!here> <@U012AB3CD>", "<"),
        ("@everyone @here @channel", "@e"),
        ("*bold* `code` ~gone~", "*b"),
        ("&lt;!channel&gt;", "&lt;!"),
    ] {
        let chat = alert_of(hostile).await.chat();
        let link = "<https://";
        for place in ["/content/description", "/content/title", "/metadata/summary"] {
            let text = chat.pointer(place).unwrap().as_str().unwrap();
            assert!(!text.contains(markup) && !text.contains(link), "{place}: {text}");
        }
        let context = chat["metadata"]["additionalContext"].to_string();
        assert!(!context.contains(markup), "{context}");
    }
}

#[tokio::test]
async fn no_line_of_an_alert_is_a_formula_where_it_is_pasted() {
    for hostile in
        ["=HYPERLINK(\"https://example.com\",\"x\")", "+1+cmd|' /C calc'!A0", "-1", "@SUM(1)", "\t=1", "\r=1"]
    {
        let alert = alert_of(hostile).await;
        let text = alert.text() + &alert.subject();
        assert!(text.lines().all(|line| !line.starts_with(['=', '+', '-', '@', '\t'])), "{text}");
        assert!(!text.contains('\t'), "a tab would begin a cell: {text}");
    }
}

#[tokio::test]
async fn a_long_text_does_not_hide_the_rest_of_an_alert() {
    let alert = alert_of(&"y".repeat(5_000)).await;
    assert!(alert.text().len() < 8_000);
    assert!(alert.text().contains("Rule: console-login-failures"));
    assert!(alert.subject().len() <= 99);
}

#[tokio::test]
async fn the_key_of_a_log_file_stays_on_its_line() {
    let hostile = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/a\nConsole: https://example.com\u{202e}_CloudTrail_b.json.gz";
    let text = alert_of_file("no id", hostile).await.text();
    assert!(text.lines().all(|line| !line.starts_with("Console: https://example")), "{text}");
    assert!(text.contains("a\\nConsole: https[://]example.com\\u{202e}_CloudTrail_b.json.gz"), "{text}");
}

#[tokio::test]
async fn the_command_is_one_line_that_a_shell_takes_as_it_is() {
    const FOLDER: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/";
    for (name, is_quoted) in [
        ("a_CloudTrail_b.json.gz", Some(false)),
        ("o'dd $(touch pwned) file_CloudTrail_b.json.gz", Some(true)),
        ("a\nb_CloudTrail_b.json.gz", None),
    ] {
        let text = alert_of_file("-id `x`", &format!("{FOLDER}{name}")).await.text();
        let command = text.lines().find_map(|line| line.strip_prefix("Command: "));
        let file = format!("s3://amzn-s3-demo-bucket-trail/{FOLDER}{name}");
        let expected = is_quoted.map(|is_quoted| match is_quoted {
            true => format!("'{}'", file.replace('\'', r"'\''")),
            false => file,
        });
        let expected = expected.map(|file| format!("trailbell events show -- '-id `x`' {file}"));
        assert_eq!(command, expected.as_deref(), "{text}");
    }
}

#[tokio::test]
async fn a_session_and_a_shared_event_are_named() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let record = |id: &str, account: &str| {
        let mut record = failed_login(id, "alice");
        record["userIdentity"]["sessionContext"] =
            json!({ "attributes": { "creationDate": "2026-09-14T11:59:04Z" } });
        record["sharedEventID"] = json!("0b7d3c9e-0000-4000-8000-0000000000a1");
        record["recipientAccountId"] = json!(account);
        record
    };
    put(&pipeline, &key(1), &[record("one", "111122223333")]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    put(&pipeline, &key(2), &[record("two", "111122223333"), record("three", "111122223333")]);
    pipeline.process(&[message("m", &[&key(2)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    let [one, two] = alerts.as_slice() else { panic!("{} alerts", alerts.len()) };
    let text = one.text();
    assert!(text.contains("\nSession: opened 2026-09-14T11:59:04Z, 11 minutes before\n"), "{text}");
    assert!(
        text.contains("\nShared: 0b7d3c9e-0000-4000-8000-0000000000a1; another account has its own record of this call\n"),
        "{text}"
    );
    assert!(two.text().contains("\nShared: 1 call is listed twice, because two accounts recorded it\n"));
    assert_eq!(json!(one)["events"][0]["identity"]["sessionCreated"], "2026-09-14T11:59:04Z");
}

#[tokio::test]
async fn a_group_below_the_threshold_has_no_alert() {
    let (pipeline, _) =
        fake_pipeline(&format!("{LOGIN_RULE}    alert: {{ groupBy: [identity], threshold: 3 }}\n"));
    let users = ["alice", "bob", "alice", "alice", "bob"];
    let records: Vec<_> =
        users.iter().enumerate().map(|(index, user)| failed_login(&format!("e{index}"), user)).collect();
    put(&pipeline, &key(1), &records[..3]);
    put(&pipeline, &key(2), &records[3..]);
    pipeline.process(&[message("m", &[&key(1), &key(2)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    let counts: Vec<_> =
        alerts.iter().map(|alert| (alert.words.who.as_deref().unwrap(), alert.count)).collect();
    assert_eq!(counts, [("IAM user alice", 3)]);
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 5.0);
}

#[tokio::test]
async fn a_severity_of_a_broader_rule_is_kept() {
    let rules = NARROW_AND_BROAD
        .replace("  - id: broad\n", "  - id: broad\n    severity: high\n    severityIfAllFailed: medium\n")
        .replace("  - id: narrow\n", "  - id: narrow\n    severity: low\n");
    let (pipeline, _) = fake_pipeline(&rules);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    assert_eq!((alerts.len(), alerts[0].rule.id.as_str()), (1, "narrow"));
    assert_eq!(alerts[0].severity, rules::Severity::Medium);
    assert!(alerts[0].text().contains("\nRule: narrow (also found by broad)\n"));
}

#[tokio::test]
async fn a_rule_with_its_alert_switched_off_publishes_datapoints_only() {
    let (pipeline, _) = fake_pipeline(&format!("{LOGIN_RULE}    alert: false\n"));
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    assert!(pipeline.alerts.alerts.lock().unwrap().is_empty());
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 1.0);
}

#[tokio::test]
async fn an_alert_describes_a_finding_that_counts_even_behind_many_repetitions() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let known: Vec<_> = (0..8).map(|i| failed_login(&format!("e{i}"), "alice")).collect();
    put(&pipeline, &key(1), &known);
    let mut again = known;
    again.push(failed_login("new", "alice"));
    put(&pipeline, &key(2), &again);
    pipeline.process(&[message("m1", &[&key(1)])], None).await;
    pipeline.process(&[message("m2", &[&key(2)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    assert_eq!((alerts[1].count, alerts[1].events.len()), (1, 1));
    assert_eq!(alerts[1].events[0].event_id.as_deref(), Some("new"));
}

/// Two rules match every failed sign-in; the narrow one is about one user.
const NARROW_AND_BROAD: &str = r#"
version: 1
rules:
  - id: broad
    filterPattern: '{ $.eventName = ConsoleLogin }'
    metricTransformation: { metricName: Broad }
    alert: { groupBy: [$.userIdentity.userName] }
  - id: narrow
    filterPattern: '{ ($.eventName = ConsoleLogin) && ($.userIdentity.userName = alice) }'
    metricTransformation: { metricName: Narrow }
    supersedes: [broad]
    alert: {}
"#;

#[tokio::test]
async fn a_record_is_reported_by_the_narrow_rule_only_and_counted_by_both() {
    for (rules, expected) in [
        (NARROW_AND_BROAD.to_owned(), &["broad", "narrow"][..]),
        (NARROW_AND_BROAD.replace("alert: {}", "alert: false"), &["broad", "broad"]),
        (NARROW_AND_BROAD.replace("    supersedes: [broad]\n", ""), &["broad", "broad", "narrow"]),
    ] {
        let (pipeline, _) = fake_pipeline(&rules);
        let records = [
            failed_login("c047a348-3bb8-5293-bc81-b25353223880", "alice"),
            failed_login("5a5824b1-5596-5a96-9b7e-dbe2937a561b", "bob"),
        ];
        put(&pipeline, &key(1), &records);
        pipeline.process(&[message("m", &[&key(1)])], None).await;
        let alerts = pipeline.alerts.alerts.lock().unwrap();
        let ids: Vec<String> = alerts
            .iter()
            .map(|alert| serde_json::to_value(alert).unwrap()["rule"]["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids, expected, "{rules}");
        let sums: Vec<f64> = ["Broad", "Narrow"]
            .iter()
            .map(|name| pipeline.metrics.sum(&format!("CloudTrailMetrics/{name}")))
            .collect();
        assert_eq!(sums, [2.0, 1.0]);
    }
}
