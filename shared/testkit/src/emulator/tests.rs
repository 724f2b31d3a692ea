//! The emulated cloud does what the end-to-end tests rely on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// A function in shell that fails the messages which contain what the variable `POISON` says.
const BOOTSTRAP: &str = r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
    batch=$(curl -sS -D "$TMPDIR/headers" "$api/next")
    echo "a batch for $AWS_LAMBDA_FUNCTION_NAME"
    id=$(tr -d '\r' < "$TMPDIR/headers" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
    failures=$(printf '%s' "$batch" | python3 -c '
import json, os, sys
records = json.load(sys.stdin)["Records"]
failed = [{"itemIdentifier": r["messageId"]} for r in records if os.environ["POISON"] in r["body"]]
print(json.dumps({"batchItemFailures": failed}))')
    curl -sS -X POST -d "$failures" "$api/$id/response" -o /dev/null
done
"#;

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

#[test]
fn an_object_is_announced_through_topic_and_queue_in_both_forms() {
    let cloud = EmulatedCloud::start().unwrap();
    run(async {
        cloud.create_bucket("trail").await;
        let topic = cloud.create_topic("deliveries").await;
        let wrapped = cloud.create_queue("wrapped", QueueOptions::default()).await;
        let raw = cloud.create_queue("raw", QueueOptions::default()).await;
        cloud.subscribe(&topic, &wrapped, false).await;
        cloud.subscribe(&topic, &raw, true).await;
        cloud.publish(&topic, "CloudTrail validation message.").await;
        cloud.announce_objects_at_topic("trail", &topic).await;
        cloud.put_object("trail", "AWSLogs/a b.json.gz", b"contents".to_vec()).await;

        let bodies = wait_until(PATIENCE, async || {
            let bodies = cloud.messages(&raw).await;
            bodies.iter().any(|body| body.contains("ObjectCreated:Put")).then_some(bodies)
        });
        let bodies = bodies.await.unwrap_or_else(|| panic!("{}", cloud.log()));
        assert!(bodies.iter().any(|body| body == "CloudTrail validation message."), "{bodies:?}");
        assert!(bodies.iter().any(|body| body.contains("s3:TestEvent")), "{bodies:?}");
        assert!(bodies.iter().any(|body| body.contains("AWSLogs/a+b.json.gz")), "{bodies:?}");

        let envelopes = cloud.messages(&wrapped).await;
        assert_eq!(envelopes.len(), 3);
        let envelope: Value = serde_json::from_str(&envelopes[0]).unwrap();
        assert_eq!(envelope["Type"], "Notification");
        assert_eq!(cloud.messages(&wrapped).await.len(), 3, "reading leaves the messages in the queue");
    });
}

#[test]
fn a_function_behind_a_queue_keeps_the_good_messages_and_the_dead_letter_queue_gets_the_bad() {
    let cloud = EmulatedCloud::start().unwrap();
    run(async {
        let dead = cloud.create_queue("dead", QueueOptions::default()).await;
        let options = QueueOptions { visibility_timeout_seconds: Some(1), dead_letters: Some((&dead, 2)) };
        let queue = cloud.create_queue("deliveries", options).await;
        let bootstrap = BOOTSTRAP.as_bytes().to_vec();
        let environment = &[("POISON", "poison")];
        cloud.deploy(Function { name: "processor", bootstrap, environment, timeout_seconds: 10 }).await;
        let empty = cloud.invoke("processor", r#"{"Records":[]}"#).await;
        assert_eq!(empty.as_deref(), Ok(r#"{"batchItemFailures": []}"#));
        cloud.connect(&queue, "processor", 10).await;
        for body in ["one", "poison", "two"] {
            cloud.send(&queue, body).await;
        }

        let letters = wait_until(PATIENCE, async || {
            let letters = cloud.messages(&dead).await;
            (!letters.is_empty()).then_some(letters)
        });
        assert_eq!(letters.await.unwrap_or_else(|| panic!("{}", cloud.log())), ["poison"]);
        assert_eq!(cloud.queue_depth(&queue).await, (0, 0));
        let log = cloud.function_log("processor");
        assert!(log.contains("a batch for processor\n"), "{log}");
    });
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the emulator forgets values that are older than its own clock allows"
)]
fn metrics_are_read_back_by_minute_and_by_exact_dimensions() {
    use aws_sdk_cloudwatch::primitives::DateTime;
    use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};

    let cloud = EmulatedCloud::start().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed();
    let minute = now / 60 * 60 - 120;
    run(async {
        let client = aws_sdk_cloudwatch::Client::new(cloud.sdk_config());
        let datum = |account: Option<&str>, time, count| {
            let dimension = account.map(|id| Dimension::builder().name("Account").value(id).build());
            MetricDatum::builder()
                .metric_name("SignIns")
                .timestamp(DateTime::from_secs(time))
                .values(1.0)
                .counts(count)
                .set_dimensions(dimension.map(|dimension| vec![dimension]))
                .build()
        };
        let request = client.put_metric_data().namespace("Trail");
        let request =
            request.metric_data(datum(None, minute, 3.0)).metric_data(datum(None, minute + 60, 4.0));
        request.metric_data(datum(Some(ACCOUNT), minute, 5.0)).send().await.unwrap();

        let everywhere = Metric { namespace: "Trail", name: "SignIns", dimensions: &[] };
        let expected =
            [(minute, 3.0), (minute + 60, 4.0)].map(|(epoch_seconds, sum)| Datapoint { epoch_seconds, sum });
        assert_eq!(cloud.metric_sums(&everywhere, minute - 600, now + 60).await, expected);
        let here = Metric { dimensions: &[("Account", ACCOUNT)], ..everywhere };
        assert_eq!(cloud.metric_total(&here, minute - 600, now + 60).await, 5.0);
    });
}

#[test]
fn the_emulator_ends_with_its_owner() {
    let cloud = EmulatedCloud::start().unwrap();
    let port: u16 = cloud.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let connect = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    assert!(connect());
    drop(cloud);
    assert!(!connect());
}

#[test]
fn a_proxy_lets_requests_pass_and_fails_them_to_order() {
    use aws_sdk_cloudwatch::config::retry::RetryConfig;
    use aws_sdk_cloudwatch::error::ProvideErrorMetadata as _;

    let cloud = EmulatedCloud::start().unwrap();
    run(async {
        let proxy = Proxy::open(&cloud).await;
        let config = aws_sdk_cloudwatch::config::Builder::from(cloud.sdk_config());
        let config = config.endpoint_url(proxy.endpoint()).retry_config(RetryConfig::disabled());
        let client = aws_sdk_cloudwatch::Client::from_conf(config.build());
        let delete = async |name: &str| client.delete_alarms().alarm_names(name).send().await;
        for name in ["passes", "is-delayed", "is-throttled", "is-lost", "is-done-and-lost"] {
            cloud.put_alarm(name, &[("of", "a test")]).await;
        }
        let names = async || cloud.alarms("").await.into_keys().collect::<Vec<_>>();

        delete("passes").await.unwrap();
        proxy.judge(|request| {
            assert_eq!(request.operation.as_deref(), Some("DeleteAlarms"));
            Fate::Delay(Duration::from_millis(1))
        });
        delete("is-delayed").await.unwrap();
        proxy.judge(|_| Fate::Answer(Answer::cbor_error(400, "Throttling", "Rate exceeded")));
        let throttled = delete("is-throttled").await.unwrap_err();
        assert_eq!((throttled.code(), throttled.message()), (Some("Throttling"), Some("Rate exceeded")));
        proxy.judge(|_| Fate::Answer(Answer::empty(503)));
        let unavailable = delete("is-throttled").await.unwrap_err();
        assert_eq!(unavailable.raw_response().map(|answer| answer.status().as_u16()), Some(503));
        proxy.judge(|_| Fate::LostBefore);
        delete("is-lost").await.unwrap_err();
        assert_eq!(names().await, ["is-done-and-lost", "is-lost", "is-throttled"]);
        proxy.judge(|_| Fate::LostAfter);
        delete("is-done-and-lost").await.unwrap_err();
        assert_eq!(names().await, ["is-lost", "is-throttled"]);

        proxy.judge(|_| Fate::StalledAfter);
        tokio::select! {
            _ = delete("is-lost") => panic!("a stalled request has no answer"),
            () = proxy.stalled() => {}
        }
        assert_eq!(names().await, ["is-throttled"]);
        assert_eq!(cloud.alarms("is-").await["is-throttled"].tags["of"], "a test");
    });
}

#[test]
fn a_proxy_breaks_slows_and_delays_answers_and_refuses_in_every_protocol() {
    use aws_sdk_s3::config::retry::RetryConfig;
    use aws_sdk_s3::error::ProvideErrorMetadata as _;

    let cloud = EmulatedCloud::start().unwrap();
    run(async {
        let proxy = Proxy::open(&cloud).await;
        let config = cloud.sdk_config().to_builder().endpoint_url(proxy.endpoint());
        let config = config.retry_config(RetryConfig::disabled()).build();
        let s3 = aws_sdk_s3::Client::new(&config);
        let contents = vec![7; 1000];
        cloud.create_bucket("trail").await;
        cloud.put_object("trail", "key", contents.clone()).await;
        let get = async || s3.get_object().bucket("trail").key("key").send().await;
        let read = async || get().await.unwrap().body.collect().await.map(|body| body.to_vec());

        for fate in [
            Fate::Slow { chunk_bytes: 300, pause: Duration::from_millis(1) },
            Fate::LateAnswer(Duration::from_millis(1)),
            Fate::CutAfter { bytes: 2000, reset: true },
        ] {
            proxy.judge(move |_| fate.clone());
            assert_eq!(read().await.unwrap(), contents);
        }
        for (bytes, reset) in [(0, true), (0, false), (1, true), (999, false), (999, true)] {
            proxy.judge(move |_| Fate::CutAfter { bytes, reset });
            assert!(read().await.is_err(), "{bytes} {reset}");
        }

        proxy.judge(|_| Fate::Answer(Answer::s3_error(403, "AccessDenied", "Access Denied")));
        assert_eq!(get().await.unwrap_err().code(), Some("AccessDenied"));
        proxy.judge(|request| {
            assert_eq!(request.operation.as_deref(), Some("ListTopics"));
            Fate::Answer(Answer::query_error(400, "Throttling", "Rate exceeded"))
        });
        let refused = aws_sdk_sns::Client::new(&config).list_topics().send().await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Some("Throttling"), Some("Rate exceeded")));
        proxy.judge(|_| Fate::Answer(Answer::json_error(400, "ThrottlingException", "Rate exceeded")));
        let refused = aws_sdk_sqs::Client::new(&config).list_queues().send().await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Some("ThrottlingException"), Some("Rate exceeded")));
    });
}

/// A hosted function in shell, in the folder that it needs besides.
fn hosted(cloud: &EmulatedCloud, bootstrap: &str, timeout: Duration) -> (HostedFunction, tempfile::TempDir) {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let executable = folder.path().join("bootstrap");
    std::fs::write(&executable, bootstrap).unwrap();
    std::fs::set_permissions(&executable, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = install::from_environment("PATH").unwrap().into_string().unwrap();
    let variables = [("POISON", "poison"), ("TMPDIR", folder.path().to_str().unwrap()), ("PATH", &path)];
    let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let endpoint = cloud.endpoint();
    (HostedFunction { executable, environment, endpoint, timeout, environments: 1 }, folder)
}

#[test]
fn a_hosted_function_keeps_the_good_messages_and_the_dead_letters_can_be_sent_back() {
    let cloud = EmulatedCloud::start().unwrap();
    run(async {
        let dead = cloud.create_queue("dead", QueueOptions::default()).await;
        let options = QueueOptions { visibility_timeout_seconds: Some(1), dead_letters: Some((&dead, 2)) };
        let queue = cloud.create_queue("deliveries", options).await;
        for body in ["one", "poison", "two"] {
            cloud.send(&queue, body).await;
        }
        let (function, _folder) = hosted(&cloud, BOOTSTRAP, Duration::from_secs(10));
        let host = cloud.host(&queue, function);
        let letters = wait_until(PATIENCE, async || {
            let letters = cloud.messages(&dead).await;
            (!letters.is_empty()).then_some(letters)
        });
        assert_eq!(letters.await.unwrap_or_else(|| panic!("{}", host.log())), ["poison"]);
        assert_eq!(cloud.queue_depth(&queue).await, (0, 0));
        let counts = host.counts();
        assert_eq!((counts.failed_messages, counts.errors, counts.timeouts, counts.deaths), (2, 0, 0, 0));
        assert!(host.is_idle() && counts.invocations >= 2 && counts.peak_rss_bytes > 0, "{counts:?}");
        assert!(host.log().contains("a batch for log-processor"), "{}", host.log());
        drop(host);
        assert_eq!(cloud.redrive(&dead, &queue).await, 1);
        // The host's last request for messages may still be waiting, and hide it for a second.
        let message = wait_until(PATIENCE, async || cloud.take_messages(&queue).await.pop());
        assert_eq!(message.await.as_deref(), Some("poison"));
        assert_eq!((cloud.queue_depth(&queue).await, cloud.queue_depth(&dead).await), ((0, 0), (0, 0)));
        assert!(cloud.cpu_time() > Duration::ZERO);
    });
}

#[test]
fn a_hosted_function_that_is_killed_or_frozen_returns_its_batch() {
    /// Takes a batch and never answers, in one process.
    const STUCK: &str = "#!/bin/sh\ncurl -sS http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next\nexec sleep 60\n";

    let cloud = EmulatedCloud::start().unwrap();
    run(async {
        let options = QueueOptions { visibility_timeout_seconds: Some(1), dead_letters: None };
        let queue = cloud.create_queue("deliveries", options).await;
        cloud.send(&queue, "one").await;
        let (function, _folder) = hosted(&cloud, STUCK, Duration::from_secs(2));
        let host = cloud.host(&queue, function);
        for (strike, ends) in [(Strike::Kill, (1, 0)), (Strike::Freeze, (1, 1))] {
            let struck = wait_until(PATIENCE, async || host.strike(strike, 0).then_some(()));
            struck.await.unwrap_or_else(|| panic!("{}", host.log()));
            let ended = wait_until(PATIENCE, async || {
                let counts = host.counts();
                ((counts.deaths, counts.timeouts) == ends).then_some(())
            });
            ended.await.unwrap_or_else(|| panic!("{:?}", host.counts()));
        }
        drop(host);
        let message = wait_until(PATIENCE, async || cloud.take_messages(&queue).await.pop());
        assert_eq!(message.await.as_deref(), Some("one"));
    });
}

#[test]
fn metrics_of_a_name_are_added_up_by_their_dimension() {
    use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};

    let cloud = EmulatedCloud::start().unwrap();
    run(async {
        let client = aws_sdk_cloudwatch::Client::new(cloud.sdk_config());
        for (user, value) in [("a", 1.0), ("b", 2.0), ("a", 3.0)] {
            let dimension = Dimension::builder().name("User").value(user).build();
            let datum =
                MetricDatum::builder().metric_name("Calls").value(value).dimensions(dimension).build();
            client.put_metric_data().namespace("Trail").metric_data(datum).send().await.unwrap();
        }
        let now = epoch_milliseconds() / 1000;
        let totals = cloud.metric_totals("Trail", "Calls", now - 3600, now + 60).await;
        assert_eq!(totals, [("a".to_owned(), 4.0), ("b".to_owned(), 2.0)].into());
    });
}
