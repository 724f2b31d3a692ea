//! Messages that cannot be processed end in the dead-letter queue, each with its reason in a metric, and their
//! siblings are processed.

use std::collections::BTreeSet;

use serde_json::json;
use testkit::emulator::wait_until;

use super::stage::{BUCKET, MAX_FILE_BYTES, PATIENCE, Stage, failed_login, gzip, key};

#[tokio::test]
async fn poison_goes_to_the_dead_letter_queue_and_its_siblings_are_processed() {
    let stage = Stage::set().await;
    let good = json!({ "Records": [failed_login("mallory", 99)] }).to_string();
    let truncated = {
        let mut bytes = gzip(good.as_bytes());
        bytes.truncate(bytes.len() - 6);
        bytes
    };
    let two_members = [gzip(good.as_bytes()), gzip(good.as_bytes())].concat();
    let deep = format!("{{\"Records\":[{}1{}]}}", "{\"a\":".repeat(200), "}".repeat(200));
    let poison: &[(&str, Vec<u8>)] = &[
        ("file.truncated-gzip", truncated),
        ("file.trailing-data", two_members),
        ("file.too-large", gzip(&vec![b' '; 2 * MAX_FILE_BYTES])),
        ("file.not-gzip", b"\x00\x01\x02".to_vec()),
        ("file.not-json", gzip(b"{\"Records\":[{]")),
        ("file.no-records", gzip(b"{\"records\":[]}")),
        ("file.records-not-a-list", gzip(b"{\"Records\":{}}")),
        ("file.empty", Vec::new()),
    ];
    let mut poisonous_keys = BTreeSet::new();
    for (number, (_, contents)) in (100..).zip(poison) {
        let key = key("", number);
        stage.cloud.put_object(BUCKET, &key, contents.clone()).await;
        poisonous_keys.insert(key);
    }
    let missing = key("", 999);
    poisonous_keys.insert(missing);
    // Rejected records fail no file.
    stage.cloud.put_object(BUCKET, &key("", 1), gzip(deep.as_bytes())).await;
    stage.put(&key("", 2), &[json!(1), failed_login("alice", 1), json!("x")]).await;
    stage.put(&key("", 3), &[failed_login("alice", 2)]).await;

    for poisonous in &poisonous_keys {
        stage.announce(&[poisonous]).await;
    }
    stage.cloud.publish(&stage.topic, "this is no announcement").await;
    for number in 1..=3 {
        stage.announce(&[&key("", number)]).await;
    }

    stage.wait_for_total("EndToEnd", "FailuresByDelivery", 2.0).await;
    let expected = poisonous_keys.len() + 1;
    let dead = wait_until(PATIENCE, async || {
        let messages = stage.cloud.messages(&stage.dead_letters).await;
        (messages.len() >= expected).then_some(messages)
    });
    let dead = dead.await.unwrap_or_else(|| panic!("the dead-letter queue\n{}", stage.cloud.log()));
    assert_eq!(dead.len(), expected);
    for poisonous in &poisonous_keys {
        assert!(dead.iter().any(|body| body.contains(poisonous.as_str())), "{poisonous}");
    }
    assert!(dead.iter().any(|body| body.contains("this is no announcement")));
    stage.wait_for_empty_queue().await;
    let phase_of = |number: u32| stage.in_ledger(&key("", number));
    assert_eq!(phase_of(3), (Some("done".to_owned()), None));
    for (number, (code, _)) in (100..).zip(poison) {
        assert_eq!(phase_of(number), (Some("released".to_owned()), Some((*code).to_owned())), "{number}");
    }

    assert_eq!(stage.total("EndToEnd", "FailuresByDelivery", &[]).await, 2.0);
    assert_eq!(stage.alerted_users().await, [("IAM user alice".to_owned(), 2)].into());
    let failures = async |code: &str| stage.total("Trailbell", "Failures", &[("Code", code)]).await;
    for (code, _) in poison {
        // Two receives each, then the queue gives up.
        assert_eq!(failures(code).await, 2.0, "{code}");
    }
    assert_eq!(failures("file.not-found").await, 2.0);
    assert_eq!(failures("message.not-json").await, 2.0);
    assert_eq!(failures("record.not-an-object").await, 2.0);
    assert_eq!(failures("record.too-deep").await, 1.0);
    let log = stage.cloud.function_log("log-processor");
    assert!(log.contains("file.truncated-gzip"), "{log}");
    for content in ["alice", "mallory", "203.0.113.10", "Mozilla"] {
        assert!(!log.contains(content), "`{content}` of a record is in the log");
    }
}
