//! What an alert says, and how many there are.

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
    assert_eq!(alerts[0].subject(), "[MEDIUM] Console sign-in failures: IAM user alice in 111122223333");
    let file = format!("s3://amzn-s3-demo-bucket-trail/{}", key(1));
    assert_eq!(
        alerts[0].text(),
        format!(
            "Console sign-in failures (severity: medium)

Who       IAM user alice (arn:aws:iam::111122223333:user/alice)
What      ConsoleLogin on signin.amazonaws.com, 2 times
When      2026-09-14T12:10:04Z to 2026-09-14T12:11:30Z
Where     account 111122223333, us-east-2
From      203.0.113.10 (Mozilla/5.0)
Error     Failed authentication
Rule      console-login-failures
Log file  {file}
Console   https://us-east-2.console.aws.amazon.com/cloudtrailv2/home?region=us-east-2#/events/c047a348-3bb8-5293-bc81-b25353223880

The first 2 of 2 findings:
  2026-09-14T12:10:04Z  ConsoleLogin  203.0.113.10  Failed authentication  c047a348-3bb8-5293-bc81-b25353223880
  2026-09-14T12:11:30Z  ConsoleLogin  203.0.113.10  Failed authentication  5a5824b1-5596-5a96-9b7e-dbe2937a561b

What to do: Ask the user.

Somebody failed to sign in.

Known noise: People who mistype.

References: CIS 1.4/4.6
"
        )
    );
    let chat = alerts[0].chat();
    assert_eq!((&chat["version"], &chat["source"]), (&json!("1.0"), &json!("custom")));
    assert!(chat["content"]["description"].as_str().unwrap().starts_with("*Who:* IAM user alice"));
    assert_eq!(chat["content"]["nextSteps"][0], "Ask the user.");
    let machine = serde_json::to_value(&alerts[0]).unwrap();
    assert_eq!(
        (&machine["response"], &machine["knownNoise"]),
        (&json!("Ask the user."), &json!("People who mistype."))
    );
    assert_eq!(machine["ruleId"], "console-login-failures");
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

#[tokio::test]
async fn text_from_a_record_cannot_deceive_its_reader() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let mut record = failed_login("javascript:alert(1)", "alice");
    record["userAgent"] = json!("x\r\nError     none\u{202e}\u{7}<https://example.com|click> @everyone & co");
    record["sourceIPAddress"] = json!("y".repeat(5000));
    put(&pipeline, &key(1), &[record]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    let text = alerts[0].text();
    assert!(text.lines().all(|line| !line.starts_with("Error     none")));
    assert!(!text.contains('\u{202e}') && !text.contains('\u{7}'));
    assert!(!text.contains("console."), "an event id that is no id makes no link");
    assert!(text.len() < 4000);
    let chat = alerts[0].chat()["content"]["description"].as_str().unwrap().to_owned();
    assert!(!chat.contains("<https"), "{chat}");
    assert!(!chat.contains("@everyone"));
    assert!(alerts[0].subject().is_ascii());
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

#[tokio::test]
async fn links_lead_to_the_console_of_the_partition() {
    for (region, expected) in [
        ("eu-west-1", Some("https://eu-west-1.console.aws.amazon.com/")),
        ("cn-north-1", Some("https://cn-north-1.console.amazonaws.cn/")),
        ("us-gov-west-1", Some("https://us-gov-west-1.console.amazonaws-us-gov.com/")),
        ("us-iso-east-1", None),
        ("eusc-de-east-1", None),
    ] {
        let mut record = failed_login("c047a348-3bb8-5293-bc81-b25353223880", "alice");
        record["awsRegion"] = json!(region);
        let url = pipeline::alert::EventSummary::of(&record).console_url;
        match expected {
            Some(expected) => assert!(url.as_ref().is_some_and(|url| url.starts_with(expected)), "{url:?}"),
            None => assert_eq!(url, None, "{region}"),
        }
    }
}
