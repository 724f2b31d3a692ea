//! What ends in the dead-letter queue is explained, and goes back once its cause is mended; the real `trailbell` at the queues and
//! the ledger of the real function.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::emulator::{Fate, Proxy, Queue, wait_until};

use super::cli;
use super::stage::{LEDGER, PATIENCE, Stage, announcement, failed_login, gzip, key};

/// Waits until a queue has so many visible messages.
async fn wait_for_letters(stage: &Stage, letters: u32) {
    let there = wait_until(PATIENCE, async || {
        (stage.cloud.queue_depth(&stage.dead_letters).await == (letters, 0)).then_some(())
    });
    assert!(there.await.is_some(), "{letters} dead letters\n{}", stage.cloud.log());
}

/// Runs `trailbell dlq` at the queue and the ledger of the stage.
async fn dlq(stage: &Stage, command: &str, more: &[&str], code: i32) -> String {
    let common = ["dlq", command, "--queue-url", &stage.dead_letters.url, "--table", LEDGER];
    cli::run(&stage.cloud.endpoint(), &[&common, more].concat(), code).await
}

/// The id of the message that is there for this reason.
fn with_code(report: &Value, code: &str) -> String {
    let is_it = |message: &&Value| message["codes"] == json!([code]);
    let message = report["messages"].as_array().unwrap().iter().find(is_it);
    message.unwrap_or_else(|| panic!("{code} in {report}"))["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn dead_letters_say_why_they_are_dead_and_are_processed_once_their_cause_is_mended() {
    let stage = Stage::set().await;
    let good = |user: &str| gzip(json!({ "Records": [failed_login(user, 1)] }).to_string().as_bytes());
    let (truncated, missing) = (key("", 1), key("", 2));
    let mut cut = good("alice");
    cut.truncate(cut.len() - 6);
    stage.cloud.put_object(super::stage::BUCKET, &truncated, cut).await;
    dlq(&stage, "list", &[], 0).await;
    stage.cloud.send(&stage.queue, "this is no announcement").await;
    stage.cloud.send(&stage.queue, &announcement(&[&truncated])).await;
    stage.cloud.send(&stage.queue, &announcement(&[&missing])).await;
    wait_for_letters(&stage, 3).await;

    let report: Value = serde_json::from_str(&dlq(&stage, "list", &["--format", "json"], 1).await).unwrap();
    assert_eq!(report["messages"].as_array().unwrap().len(), 3, "{report}");
    let poison = with_code(&report, "message.not-json");
    let cut = with_code(&report, "file.truncated-gzip");
    with_code(&report, "file.not-found");
    assert_eq!(stage.cloud.queue_depth(&stage.dead_letters).await, (3, 0), "all are visible again");
    let text = dlq(&stage, "list", &[], 1).await;
    assert!(text.contains("2 attempts") && text.contains("3 messages in the dead-letter queue"), "{text}");

    let text = dlq(&stage, "show", &[&cut], 0).await;
    for expected in [
        truncated.as_str(),
        "CloudTrail did not write the object like this",
        "--to https://sqs.us-east-1.amazonaws.com/",
    ] {
        assert!(text.contains(expected), "`{expected}` is missing in:\n{text}");
    }

    let to = ["--to", stage.queue.url.as_str()];
    dlq(&stage, "redrive", &[&to[..], &["--all", "--dry-run"]].concat(), 0).await;
    assert_eq!(stage.cloud.queue_depth(&stage.dead_letters).await, (3, 0));
    stage.cloud.put_object(super::stage::BUCKET, &truncated, good("alice")).await;
    stage.cloud.put_object(super::stage::BUCKET, &missing, good("bob")).await;
    let codes = ["--code", "file.truncated-gzip", "file.not-found", "file.done"];
    let text = dlq(&stage, "redrive", &[&to[..], &codes].concat(), 0).await;
    assert!(text.starts_with("2 of 3 messages sent to "), "{text}");
    stage.wait_for_total("EndToEnd", "FailuresByDelivery", 2.0).await;
    stage.wait_for_empty_queue().await;
    assert_eq!(stage.in_ledger(&truncated).0.as_deref(), Some("done"));

    // A message of somebody else comes back; the redrive, which is still looking for the other id, does not send it again.
    let text = dlq(&stage, "redrive", &[&to[..], &["--id", &poison, "no-such-id"]].concat(), 1).await;
    assert!(text.starts_with("1 of 1 messages sent to "), "{text}");
    wait_for_letters(&stage, 1).await;
    assert_eq!(stage.total("EndToEnd", "FailuresByDelivery", &[]).await, 2.0);
    let users = [("IAM user alice".to_owned(), 1), ("IAM user bob".to_owned(), 1)];
    assert_eq!(stage.alerted_users().await, users.into());
}

#[tokio::test]
async fn a_list_that_is_terminated_gives_back_what_it_has_seen() {
    let cloud = testkit::emulator::EmulatedCloud::start().unwrap();
    let queue: Queue = cloud.create_queue("dead-letters", Default::default()).await;
    for number in 0..25 {
        cloud.send(&queue, &number.to_string()).await;
    }
    let proxy = Proxy::open(&cloud).await;
    let receives = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&receives);
    proxy.judge(move |request| match request.operation.as_deref() {
        Some("ReceiveMessage") => {
            seen.fetch_add(1, Ordering::Relaxed);
            Fate::Delay(Duration::from_millis(500))
        }
        _ => Fate::Pass,
    });
    let list =
        cli::trailbell(&proxy.endpoint(), &["dlq", "list", "--queue-url", &queue.url]).spawn().unwrap();
    // With the second call it has the messages of the first.
    let has_some = wait_until(PATIENCE, async || (receives.load(Ordering::Relaxed) >= 2).then_some(())).await;
    assert!(has_some.is_some());
    let id = list.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let output = list.wait_with_output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("error: interrupted"), "{stderr}");
    assert_eq!(cloud.queue_depth(&queue).await, (25, 0));
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_named_with_the_permission() {
    let cloud = testkit::emulator::EmulatedCloud::start().unwrap();
    let url = format!("{}/111122223333/no-such-queue", cloud.endpoint());
    let output =
        cli::trailbell(&cloud.endpoint(), &["dlq", "list", "--queue-url", &url]).output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let expected = format!("error: `sqs:ReceiveMessage` on `{url}`: it does not exist");
    assert!(stderr.contains(&expected), "{stderr}");
}
