//! What a healthy batch publishes, and what a broken file does to its siblings.

use std::sync::atomic::Ordering;

use pipeline::{Deadline, DeliveryTime, Message, MetricOptions, PublishOptions};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::fakes::{
    BUCKET, LOGIN_RULE, NOW, failed_ids, failed_login, fake_pipeline, gzip, key, message, put, put_bytes,
    quiet,
};

#[tokio::test]
async fn matches_of_a_file_become_one_datapoint_at_the_present_minute() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice"), quiet("b"), failed_login("d", "alice")]);
    put(&pipeline, &key(2), &[failed_login("c", "alice")]);
    let outcome = pipeline.process(&[message("m1", &[&key(1)]), message("m2", &[&key(2)])], None).await;
    assert!(failed_ids(&outcome).is_empty());
    let requests = pipeline.metrics.requests.lock().unwrap();
    let published: Vec<_> = requests.iter().filter(|request| request.namespace == "Test").collect();
    assert_eq!(published.len(), 2, "a request for each file");
    let datum = &published[0].datums[0];
    assert_eq!((datum.name.as_str(), datum.timestamp), ("Failures", NOW - NOW % 60));
    assert_eq!((datum.values.as_slice(), datum.counts.as_slice()), ([1.0].as_slice(), [2].as_slice()));
    assert_eq!(pipeline.alerts.alerts.lock().unwrap().len(), 1, "one alert for both");
}

#[tokio::test]
async fn a_number_out_of_range_hides_no_record() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let records = json!({ "Records": [failed_login("a", "alice"), failed_login("b", "alice")] }).to_string();
    let records = records.replace(r#""eventVersion":"1.08""#, r#""eventVersion":1E400,"more":[-1e999]"#);
    put_bytes(&pipeline, &key(1), gzip(records.as_bytes()));
    let outcome = pipeline.process(&[message("m1", &[&key(1)])], None).await;
    assert!(failed_ids(&outcome).is_empty() && outcome.rejections.is_empty(), "{outcome:?}");
    let requests = pipeline.metrics.requests.lock().unwrap();
    let published = requests.iter().find(|request| request.namespace == "Test").unwrap();
    assert_eq!(published.datums[0].counts, [2]);
    assert_eq!(pipeline.alerts.alerts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_sink_sees_the_findings_of_each_file_in_order_and_which_of_them_count() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(2), &[failed_login("a", "alice"), quiet("b")]);
    put(&pipeline, &key(1), &[failed_login("a", "alice"), failed_login("c", "alice")]);
    pipeline.process(&[message("m1", &[&key(2)]), message("m2", &[&key(1)])], None).await;
    let seen = pipeline.metrics.seen.lock().unwrap();
    assert_eq!(*seen, [(key(2), vec![true]), (key(1), vec![false, true])]);
}

#[tokio::test]
async fn both_accounting_identities_are_published() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice"), json!("no object"), quiet("b")]);
    put_bytes(&pipeline, &key(2), b"no log file".to_vec());
    let digest = key(3).replace("CloudTrail", "CloudTrail-Digest");
    let outcome = pipeline
        .process(
            &[
                message("m1", &[&key(1), &digest]),
                message("m2", &[&key(2)]),
                message("m3", &[&key(1)]),
                Message {
                    id: "m4".into(),
                    body: "CloudTrail validation message.".into(),
                    options: PublishOptions::default(),
                },
            ],
            None,
        )
        .await;
    assert_eq!(failed_ids(&outcome), ["m2"]);
    let sum = |name: &str| pipeline.metrics.sum(&format!("Trailbell/{name}"));
    assert_eq!(
        [
            sum("FilesSeen"),
            sum("FilesProcessed"),
            sum("FilesDuplicate"),
            sum("FilesIgnored"),
            sum("FilesFailed")
        ],
        [4.0, 1.0, 1.0, 1.0, 1.0]
    );
    assert_eq!([sum("RecordsSeen"), sum("RecordsEvaluated"), sum("RecordsRejected")], [3.0, 2.0, 1.0]);
    assert_eq!(sum("MessagesIgnored"), 1.0);
    assert_eq!(sum("Failures Code=file.not-gzip"), 1.0);
    assert_eq!(sum("Failures Code=record.not-an-object"), 1.0);
    // 12:16:30 less the delivery minute 12:15.
    assert_eq!(sum("DeliveryLag"), 90.0);
}

#[tokio::test]
async fn a_broken_file_fails_its_message_only_and_leaves_no_trace() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let mut truncated = gzip(json!({"Records": [failed_login("x", "mallory")]}).to_string().as_bytes());
    truncated.truncate(truncated.len() - 4);
    put_bytes(&pipeline, &key(1), truncated);
    put(&pipeline, &key(2), &[failed_login("a", "alice")]);
    let batch = [message("bad", &[&key(1)]), message("good", &[&key(2)]), message("gone", &[&key(9)])];
    let outcome = pipeline.process(&batch, None).await;
    assert_eq!(failed_ids(&outcome), ["bad", "gone"]);
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 1.0);
    let codes: Vec<_> = outcome.faults().iter().map(|fault| fault.event.code()).collect();
    assert_eq!(codes, ["file.truncated-gzip", "file.not-found"]);
    assert!(outcome.faults()[0].message.contains(&format!("s3://{BUCKET}/{}", key(1))));
}

#[tokio::test]
async fn an_event_that_two_files_bring_counts_once() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice"), failed_login("a", "alice")]);
    put(&pipeline, &key(2), &[failed_login("a", "alice"), failed_login("b", "alice")]);
    let first = pipeline.process(&[message("m1", &[&key(1)])], None).await;
    let second = pipeline.process(&[message("m2", &[&key(2)])], None).await;
    assert_eq!((first.rules[0].matches, first.rules[0].counted), (2, 1));
    assert_eq!((second.rules[0].matches, second.rules[0].counted), (2, 1));
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 2.0);
}

#[tokio::test]
async fn records_without_an_event_id_all_count() {
    for blank in [json!(null), json!(""), json!(" "), json!(7)] {
        let (pipeline, _) = fake_pipeline(LOGIN_RULE);
        let mut record = failed_login("a", "alice");
        record["eventID"] = blank;
        put(&pipeline, &key(1), &[record.clone(), record]);
        let outcome = pipeline.process(&[message("m", &[&key(1)])], None).await;
        assert_eq!(outcome.rules[0].counted, 2);
    }
}

#[tokio::test]
async fn an_event_counts_once_for_each_rule() {
    let (pipeline, _) = fake_pipeline(
        r#"
version: 1
defaults: { metricNamespace: Test }
rules:
  - { id: a, filterPattern: '{ $.eventName = StopLogging }', metricTransformation: { metricName: A } }
  - { id: b, filterPattern: '{ $.eventName = DeleteVpc }', metricTransformation: { metricName: B } }
"#,
    );
    let record = |name: &str| json!({ "eventName": name, "eventID": "masked" });
    put(&pipeline, &key(1), &[record("StopLogging"), record("DeleteVpc"), record("StopLogging")]);
    put(&pipeline, &key(2), &[record("DeleteVpc")]);
    let outcome = pipeline.process(&[message("m1", &[&key(1)]), message("m2", &[&key(2)])], None).await;
    let counts: Vec<_> = outcome.rules.iter().map(|rule| (rule.matches, rule.counted)).collect();
    assert_eq!(counts, [(2, 1), (2, 1)]);
}

#[tokio::test]
async fn a_redelivered_file_is_a_duplicate() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    for _ in 0..3 {
        let outcome = pipeline.process(&[message("m", &[&key(1)])], None).await;
        assert!(failed_ids(&outcome).is_empty());
    }
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 1.0);
    assert_eq!(pipeline.metrics.sum("Trailbell/FilesDuplicate"), 2.0);
}

#[tokio::test]
async fn an_empty_batch_does_nothing() {
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    let outcome = pipeline.process(&[], None).await;
    assert!(outcome.messages.is_empty());
    assert!(faults.calls().is_empty());
    assert!(pipeline.metrics.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_body_that_is_no_notification_returns_to_the_queue() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    let outcome = pipeline
        .process(
            &[Message { id: "m".into(), body: "not json".into(), options: PublishOptions::default() }],
            None,
        )
        .await;
    assert_eq!(failed_ids(&outcome), ["m"]);
    assert_eq!(outcome.faults()[0].event.code(), "message.not-json");
    assert_eq!(pipeline.metrics.sum("Trailbell/MessagesUnreadable"), 1.0);
}

#[tokio::test]
async fn a_bucket_off_the_allow_list_is_not_read() {
    let (mut pipeline, faults) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    pipeline.settings.allowed_buckets = Some(["another-bucket".to_owned()].into());
    let outcome = pipeline.process(&[message("m", &[&key(1)])], None).await;
    assert_eq!(outcome.faults()[0].event.code(), "file.bucket-not-allowed");
    assert!(faults.calls().is_empty());
}

#[tokio::test]
async fn no_file_is_begun_after_the_deadline() {
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    let deadline = |seconds| Deadline {
        last_start: now + Duration::seconds(seconds),
        last_read: now + Duration::HOUR,
        last_publish: now + Duration::HOUR,
        end: now + Duration::HOUR,
    };
    let batch = [message("m", &[&key(1)])];
    let outcome = pipeline.process(&batch, Some(deadline(0))).await;
    assert_eq!(outcome.faults()[0].event.code(), "file.deadline");
    let outcome = pipeline.process(&batch, Some(deadline(1))).await;
    assert!(failed_ids(&outcome).is_empty());
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 1.0);
}

#[tokio::test]
async fn event_timestamps_dimensions_and_selected_values_come_from_the_record() {
    let (pipeline, _) = fake_pipeline(
        r#"
version: 1
rules:
  - id: transferred
    filterPattern: '{ $.eventName = GetObject }'
    metricTransformation:
      metricName: Bytes
      metricNamespace: Test
      metricValue: $.additionalEventData.bytesTransferredOut
      unit: Bytes
      dimensions: { Account: $.recipientAccountId, User: $.userIdentity.userName }
      timestamp: event
"#,
    );
    let record = |id: &str, time: &str, user: serde_json::Value, bytes: serde_json::Value| {
        json!({
            "eventName": "GetObject", "eventID": id, "eventTime": time,
            "recipientAccountId": "111122223333", "userIdentity": {"userName": user},
            "additionalEventData": {"bytesTransferredOut": bytes},
        })
    };
    let time = "2026-09-14T12:10:59Z";
    put(
        &pipeline,
        &key(1),
        &[
            record("1", time, json!("zoë"), json!(10)),
            record("2", time, json!("zoë"), json!("2.5")),
            record("3", time, json!(null), json!(7)),
            record("4", time, json!("zoë"), json!("many")),
            record("5", time, json!("zoë"), json!(null)),
            record("6", "2026-08-14T12:10:59Z", json!("zoë"), json!(1)),
            record("7", "2026-09-15T12:10:59Z", json!("zoë"), json!(1)),
        ],
    );
    let outcome = pipeline.process(&[message("m", &[&key(1)])], None).await;
    assert!(failed_ids(&outcome).is_empty());
    assert_eq!(pipeline.metrics.sum("Test/Bytes Account=111122223333 User=zo\\u{eb}"), 12.5);
    assert_eq!(pipeline.metrics.sum("Test/Bytes Account=111122223333"), 7.0);
    let dropped = outcome.dropped;
    assert_eq!((dropped.without_value, dropped.too_old, dropped.too_new), (2, 1, 1));
    assert_eq!(pipeline.metrics.sum("Trailbell/DatapointsDropped Reason=too-old"), 1.0);
    let requests = pipeline.metrics.requests.lock().unwrap();
    let datum = &requests.iter().find(|request| request.namespace == "Test").unwrap().datums[0];
    // 2026-09-14T12:10:00Z
    assert_eq!(datum.timestamp, NOW - 390);
}

#[tokio::test]
async fn a_default_value_is_published_for_every_record_that_does_not_match() {
    let (pipeline, _) = fake_pipeline(&format!("{LOGIN_RULE}      defaultValue: 0\n"));
    put(&pipeline, &key(1), &[failed_login("a", "alice"), quiet("b"), quiet("c")]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let requests = pipeline.metrics.requests.lock().unwrap();
    let datum = &requests.iter().find(|request| request.namespace == "Test").unwrap().datums[0];
    assert_eq!(
        (datum.values.as_slice(), datum.counts.as_slice()),
        ([0.0, 1.0].as_slice(), [2, 1].as_slice())
    );
}

#[tokio::test]
async fn a_replay_stamps_datapoints_with_the_minute_in_the_file_name() {
    let (mut pipeline, _) = fake_pipeline(LOGIN_RULE);
    pipeline.settings.delivery_time = DeliveryTime::LogFile;
    pipeline.clock.0.store(NOW + 86_400, Ordering::Relaxed);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let requests = pipeline.metrics.requests.lock().unwrap();
    let datum = &requests.iter().find(|request| request.namespace == "Test").unwrap().datums[0];
    // 2026-09-14T12:15:00Z
    assert_eq!(datum.timestamp, NOW - 90);
}

#[tokio::test]
async fn whoever_announces_a_file_may_want_less_of_it() {
    let now = NOW - NOW % 60;
    for (options, datapoint, alerts, dropped) in [
        (PublishOptions::default(), Some(now), 1, 0),
        (PublishOptions { metrics: MetricOptions::Off, alerts: true }, None, 1, 1),
        (PublishOptions { metrics: MetricOptions::Off, alerts: false }, None, 0, 1),
        // 12:15, the minute in the name of the file.
        (PublishOptions { metrics: MetricOptions::LogFileTime, alerts: false }, Some(now - 60), 0, 0),
    ] {
        let (pipeline, _) = fake_pipeline(LOGIN_RULE);
        put(&pipeline, &key(1), &[failed_login("a", "alice")]);
        let outcome = pipeline.process(&[Message { options, ..message("m", &[&key(1)]) }], None).await;
        let requests = pipeline.metrics.requests.lock().unwrap();
        let own = requests.iter().find(|request| request.namespace == "Test");
        assert_eq!(own.map(|request| request.datums[0].timestamp), datapoint, "{options:?}");
        assert_eq!(pipeline.alerts.alerts.lock().unwrap().len(), alerts, "{options:?}");
        assert_eq!((outcome.dropped.switched_off, outcome.files.processed), (dropped, 1), "{options:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_announced_twice_gets_all_that_one_of_them_wants() {
    let silent = PublishOptions { metrics: MetricOptions::Off, alerts: false };
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    let quiet = Message { options: silent, ..message("m1", &[&key(1)]) };
    pipeline.process(&[quiet, message("m2", &[&key(1)])], None).await;
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 1.0);
    assert_eq!(pipeline.alerts.alerts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_of_which_nothing_is_published_hides_neither_itself_nor_its_events() {
    let silent = PublishOptions { metrics: MetricOptions::Off, alerts: false };
    let (pipeline, faults) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    put(&pipeline, &key(2), &[failed_login("a", "alice")]);
    let outcome = pipeline.process(&[Message { options: silent, ..message("m1", &[&key(1)]) }], None).await;
    assert_eq!(faults.calls(), ["open"], "neither the ledger nor a sink is called");
    assert_eq!((outcome.files.processed, outcome.files_backfilled), (1, 1));
    pipeline.process(&[message("m2", &[&key(2)])], None).await;
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 1.0);
    let outcome = pipeline.process(&[message("m3", &[&key(1)])], None).await;
    assert_eq!((outcome.files.processed, outcome.files_backfilled), (1, 0), "the file itself");
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 1.0, "its event is that of the second file");
    assert_eq!(pipeline.metrics.sum("Trailbell/FilesBackfilled"), 1.0);
}

#[tokio::test]
async fn a_rule_can_count_every_record_whatever_its_event_id() {
    let rules =
        LOGIN_RULE.replace("    metricTransformation", "    deduplicate: false\n    metricTransformation");
    assert_ne!(rules, LOGIN_RULE);
    for (rules, expected) in [(LOGIN_RULE, 1.0), (rules.as_str(), 4.0)] {
        let (pipeline, _) = fake_pipeline(rules);
        put(&pipeline, &key(1), &[failed_login("a", "alice"), failed_login("a", "alice")]);
        put(&pipeline, &key(2), &[failed_login("a", "alice"), failed_login("a", "alice")]);
        pipeline.process(&[message("m", &[&key(1), &key(2)])], None).await;
        assert_eq!(pipeline.metrics.sum("Test/Failures"), expected);
    }
}

#[tokio::test]
async fn an_event_id_that_no_ledger_takes_is_none() {
    let long = "e".repeat(257);
    let (pipeline, _) = fake_pipeline(LOGIN_RULE);
    put(&pipeline, &key(1), &[failed_login(&long, "alice"), failed_login(&long, "alice")]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    assert_eq!(pipeline.metrics.sum("Test/Failures"), 2.0);
}
