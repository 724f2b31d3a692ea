//! The handler over alarms in memory, with a server that takes CloudFormation's answers.

use std::collections::VecDeque;
use std::sync::Mutex;

use alarms::testing::{Fate, MemoryAlarms};
use alarms::{AlarmSettings, AlarmStoreErrorKind, Existing, Owner, desired};
use function::ConfigurationFault;
use pipeline::{MetricRequest, RejectedRules, RulesError, SinkError};
use rules::{Diagnostics, RuleSet};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const NOON_MS: u64 = 1_789_387_200_000;
/// A function of a minute.
const DEADLINE_MS: u64 = NOON_MS + 60_000;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_789_387_200).unwrap()
    }
}

/// Rules that can be used, or cannot.
#[derive(Clone)]
enum Rules {
    Good(Arc<RuleSet>),
    Broken,
    Panicking,
}

impl RuleVersions for Rules {
    async fn latest(&self) -> Result<Arc<RuleSet>, RejectedRules> {
        match self {
            Self::Good(rules) => Ok(Arc::clone(rules)),
            Self::Broken => {
                let location = "s3://amzn-s3-demo-bucket/rules.yaml".to_owned();
                let error = RulesError::Invalid { location, errors: 2, line: 4, column: 7 };
                Err(RejectedRules { error, diagnostics: Diagnostics::default() })
            }
            Self::Panicking => panic!("on purpose"),
        }
    }
}

fn rules(ids: &[&str]) -> Rules {
    let mut text = "version: 1\nrules:\n".to_owned();
    for id in ids {
        text.push_str(&format!(
            "  - {{ id: {id}, filterPattern: '{{ $.a = 1 }}', metricTransformation: {{ metricName: M{id} }} }}\n"
        ));
    }
    Rules::Good(Arc::new(RuleSet::parse("rules.yaml", &text).unwrap().0))
}

/// Keeps metrics, or never answers.
#[derive(Default)]
struct Metrics {
    hangs: bool,
    requests: Mutex<Vec<MetricRequest>>,
}

impl MetricSink for Metrics {
    async fn put(&self, request: &MetricRequest) -> Result<(), SinkError> {
        self.requests.lock().unwrap().push(request.clone());
        if self.hangs { std::future::pending().await } else { Ok(()) }
    }
}

type TestFunction = Started<Rules, MemoryAlarms, Metrics>;

fn settings(prefix: &str) -> AlarmSettings {
    let ownership = Ownership { prefix: Prefix::new(prefix).unwrap(), owner: Owner::new("stack").unwrap() };
    AlarmSettings {
        ownership,
        alarm_actions: Vec::new(),
        sole_alarm_actions: Vec::new(),
        ok_actions: Vec::new(),
        severity_alarms: false,
    }
}

fn in_place(prefix: &str, ids: &[&str]) -> Vec<Existing> {
    let Rules::Good(rules) = rules(ids) else { unreachable!() };
    desired(rules.rules(), &settings(prefix)).unwrap().iter().map(Existing::from).collect()
}

fn function(rules: Rules, alarms: Vec<Existing>) -> TestFunction {
    Ok(Function {
        reconciler: Reconciler { rules, store: MemoryAlarms::with(alarms), settings: settings("p") },
        rules_object: Some(("amzn-s3-demo-bucket".to_owned(), "rules.yaml".to_owned())),
        metrics: Metrics::default(),
        metric_namespace: Some("Trailbell".to_owned()),
        look_minutes: Some(15),
    })
}

fn misconfigured() -> TestFunction {
    let fault = ConfigurationFault { variable: "TRAILBELL_ALARM_OWNER", advice: "must be set".to_owned() };
    Err(Arc::new(StartError::Configuration(ConfigurationError { faults: vec![fault] })))
}

fn names(function: &TestFunction) -> Vec<String> {
    function.as_ref().unwrap().reconciler.store.names()
}

fn published(function: &TestFunction) -> Vec<(String, f64)> {
    let requests = function.as_ref().unwrap().metrics.requests.lock().unwrap();
    let datums = requests.iter().flat_map(|request| &request.datums);
    datums.map(|datum| (datum.name.clone(), datum.values[0])).collect()
}

async fn invoke(event: Value, function: &TestFunction) -> Result<Option<ReconcileCounts>, HandlerError> {
    handle(event, DEADLINE_MS, &Noon, function).await
}

/// Asks as CloudFormation does. The server answers with these statuses, one after another; what it got comes back, and what
/// became of the invocation.
async fn ask(
    request_type: &str,
    id: Option<&str>,
    statuses: &[u16],
    function: &TestFunction,
) -> (Vec<Value>, Result<Option<ReconcileCounts>, HandlerError>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/?X-Amz-Signature=0123abc", listener.local_addr().unwrap());
    let event = json!({
        "RequestType": request_type, "ResponseURL": url, "StackId": "stack", "RequestId": "request",
        "LogicalResourceId": "Alarms", "PhysicalResourceId": id, "ResourceProperties": {},
    });
    let mut statuses: VecDeque<u16> = statuses.iter().copied().collect();
    let mut answers = Vec::new();
    let server = async {
        while let Some(status) = statuses.pop_front() {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let body = loop {
                assert!(stream.read_buf(&mut request).await.unwrap() > 0);
                let text = String::from_utf8_lossy(&request);
                let body = text.split_once("\r\n\r\n").map(|(_, body)| serde_json::from_str(body));
                if let Some(Ok(body)) = body {
                    break body;
                }
            };
            answers.push(body);
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    };
    let (result, ()) = tokio::join!(invoke(event, function), server);
    (answers, result)
}

#[tokio::test]
async fn a_stack_that_is_created_gets_its_alarms_and_an_answer() {
    let function = function(rules(&["a", "b"]), Vec::new());
    let (answers, result) = ask("Create", None, &[200], &function).await;
    assert_eq!(result.unwrap().unwrap().created, 2);
    assert_eq!(names(&function), ["p/a", "p/b"]);
    let expected = json!({
        "Status": "SUCCESS", "PhysicalResourceId": "trailbell-alarms:p", "StackId": "stack",
        "RequestId": "request", "LogicalResourceId": "Alarms", "NoEcho": false,
        "Data": {"Created": "2", "Updated": "0", "Deleted": "0", "Unchanged": "2"},
    });
    assert_eq!(answers, [expected]);
    assert_eq!(published(&function), [("AlarmsReconciled".to_owned(), 2.0)]);
}

#[tokio::test]
async fn an_answer_that_does_not_arrive_is_sent_again() {
    let function = function(rules(&["a"]), Vec::new());
    let (answers, result) = ask("Update", Some("trailbell-alarms:p"), &[500, 503, 200], &function).await;
    result.unwrap();
    assert_eq!(answers.len(), 3);
    assert!(answers.iter().all(|answer| answer["Status"] == "SUCCESS"));
}

#[tokio::test]
async fn an_answer_that_never_arrives_is_an_error_that_does_not_show_the_url() {
    let function = function(rules(&["a"]), Vec::new());
    let (_, result) = ask("Create", None, &[403; 5], &function).await;
    let error = Diagnostic::from(result.unwrap_err());
    assert_eq!(error.error_type, "response.failed");
    assert!(error.error_message.contains("status 403"), "{}", error.error_message);
    assert!(!error.error_message.contains("0123abc"), "{}", error.error_message);
}

#[tokio::test]
async fn a_stack_that_gets_another_prefix_moves_its_alarms() {
    let function = function(rules(&["a"]), in_place("old", &["a"]));
    let (answers, _) = ask("Update", Some("trailbell-alarms:old"), &[200], &function).await;
    assert_eq!(answers[0]["PhysicalResourceId"], "trailbell-alarms:p");
    assert_eq!(names(&function), ["old/a", "p/a"]);
    let (answers, _) = ask("Delete", Some("trailbell-alarms:old"), &[200], &function).await;
    assert_eq!(answers[0]["PhysicalResourceId"], "trailbell-alarms:old");
    assert_eq!(names(&function), ["p/a"]);
}

#[tokio::test]
async fn a_stack_that_is_deleted_takes_its_alarms_along_even_with_broken_rules() {
    let mut alarms = in_place("p", &["a", "b"]);
    let mut foreign = in_place("p", &["c"]);
    foreign[0].tags.clear();
    alarms.extend(foreign);
    let function = function(Rules::Broken, alarms);
    let (answers, _) = ask("Delete", Some("trailbell-alarms:p"), &[200], &function).await;
    assert_eq!((&answers[0]["Status"], &answers[0]["Data"]["Deleted"]), (&json!("SUCCESS"), &json!("2")));
    assert_eq!(names(&function), ["p/c"]);
}

#[tokio::test]
async fn a_resource_that_never_had_alarms_is_deleted_without_a_look() {
    for function in [function(rules(&["a"]), in_place("p", &["a"])), misconfigured()] {
        let (answers, _) = ask("Delete", Some("trailbell-alarms-none"), &[200], &function).await;
        assert_eq!(answers[0]["Status"], "SUCCESS");
        assert!(function.is_err() || names(&function) == ["p/a"]);
    }
}

#[tokio::test]
async fn broken_rules_fail_a_stack_with_their_place_and_touch_nothing() {
    let function = function(Rules::Broken, in_place("p", &["a"]));
    let (answers, result) = ask("Create", None, &[200], &function).await;
    result.unwrap();
    assert_eq!(answers[0]["Status"], "FAILED");
    let reason = answers[0]["Reason"].as_str().unwrap();
    assert!(
        reason.contains("rules.yaml` are not valid: 2 errors, the first at line 4, column 7"),
        "{reason}"
    );
    assert_eq!(names(&function), ["p/a"]);
    assert_eq!(published(&function), [("RulesRejected".to_owned(), 1.0)]);
}

#[tokio::test]
async fn broken_rules_fail_no_update_that_keeps_the_alarms_but_the_invocation() {
    let function = function(Rules::Broken, in_place("p", &["a"]));
    let (answers, result) = ask("Update", Some("trailbell-alarms:p"), &[200], &function).await;
    assert_eq!(answers[0]["Status"], "SUCCESS");
    assert_eq!(result.unwrap_err().code(), "rules.invalid");
    assert_eq!(names(&function), ["p/a"]);
    assert_eq!(published(&function), [("RulesRejected".to_owned(), 1.0)]);
}

#[tokio::test]
async fn broken_rules_fail_an_update_to_another_prefix_so_that_the_former_alarms_stay() {
    let function = function(Rules::Broken, in_place("old", &["a"]));
    let (answers, result) = ask("Update", Some("trailbell-alarms:old"), &[200], &function).await;
    assert_eq!(answers[0]["Status"], "FAILED");
    result.unwrap();
    assert_eq!(names(&function), ["old/a"]);
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_fails_an_update_because_the_rollback_restores_it() {
    let (answers, result) = ask("Update", Some("trailbell-alarms:p"), &[200], &misconfigured()).await;
    assert_eq!(answers[0]["Status"], "FAILED");
    result.unwrap();
}

#[tokio::test]
async fn an_alarm_in_the_way_fails_a_stack_and_is_named() {
    let mut foreign = in_place("p", &["a"]);
    foreign[0].tags.clear();
    let function = function(rules(&["a", "b"]), foreign);
    let (answers, _) = ask("Create", None, &[200], &function).await;
    assert_eq!((&answers[0]["Status"], &answers[0]["Data"]["Created"]), (&json!("FAILED"), &json!("1")));
    assert!(answers[0]["Reason"].as_str().unwrap().contains("`p/a` (alarms.conflict)"), "{answers:?}");
    let metrics = [("AlarmsReconciled".to_owned(), 1.0), ("AlarmConflicts".to_owned(), 1.0)];
    assert_eq!(published(&function), metrics);
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_fails_a_stack_at_once() {
    let (answers, result) = ask("Create", None, &[200], &misconfigured()).await;
    result.unwrap();
    assert_eq!(
        (&answers[0]["Status"], &answers[0]["PhysicalResourceId"]),
        (&json!("FAILED"), &json!("trailbell-alarms-none"))
    );
    assert!(answers[0]["Reason"].as_str().unwrap().contains("`TRAILBELL_ALARM_OWNER` must be set"));
    let error = invoke(json!({}), &misconfigured()).await.unwrap_err();
    assert_eq!(error.code(), "start.failed");
}

#[tokio::test]
async fn a_panic_fails_a_stack_at_once() {
    let function = function(Rules::Panicking, Vec::new());
    let (answers, result) = ask("Create", None, &[200], &function).await;
    result.unwrap();
    assert_eq!(answers[0]["Status"], "FAILED");
    assert!(answers[0]["Reason"].as_str().unwrap().contains("the work panicked"), "{answers:?}");
}

#[tokio::test]
async fn work_that_does_not_end_is_answered_before_lambda_ends_the_invocation() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut function = function(rules(&["a"]), Vec::new());
    let parts = function.as_mut().unwrap();
    parts.metrics.hangs = true;
    parts.reconciler.store.judge(|before, _| if before == 1 { Fate::LostBefore } else { Fate::Done });
    let event = json!({
        "RequestType": "Create", "ResponseURL": url, "StackId": "stack", "RequestId": "request",
        "LogicalResourceId": "Alarms",
    });
    let started = std::time::Instant::now();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            stream.read_buf(&mut request).await.unwrap();
        }
        let arrived = started.elapsed();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        (arrived, String::from_utf8(request).unwrap())
    };
    let (result, (arrived, request)) = tokio::join!(handle(event, NOON_MS + 1500, &Noon, &function), server);
    result.unwrap();
    assert!(arrived.as_millis() < 1500, "{arrived:?}");
    assert!(request.contains("`p/a` (alarms.deadline)"), "{request}");
}

/// A time after [`Noon`].
struct Later(time::Duration);

impl Clock for Later {
    fn now(&self) -> OffsetDateTime {
        Noon.now() + self.0
    }
}

#[tokio::test]
async fn a_schedule_looks_at_tags_once_a_day_and_at_definitions_each_time() {
    let function = function(rules(&["a", "b"]), in_place("p", &["a", "b"]));
    let store = &function.as_ref().unwrap().reconciler.store;
    // Between noon and the second look of the next day.
    let look = async |minutes: i64| {
        let clock = Later(time::Duration::minutes(minutes));
        let deadline = DEADLINE_MS + u64::try_from(minutes * 60_000).unwrap();
        let event = json!({"detail-type": "Scheduled Event", "detail": {}});
        handle(event, deadline, &clock, &function).await.unwrap().unwrap()
    };
    // Somebody takes the severity off one alarm, and deletes the other.
    let mut changed = store.take("p/a").unwrap();
    changed.tags.remove(alarms::SEVERITY_TAG);
    store.insert(changed);
    store.take("p/b");
    let counts = look(12 * 60 + 20).await;
    assert_eq!((counts.created, counts.updated), (1, 0));
    let counts = look(36 * 60 + 10).await;
    assert_eq!((counts.created, counts.updated), (0, 1));
    assert!(store.alarm("p/a").unwrap().tags.contains_key(alarms::SEVERITY_TAG));
}

fn object_created(bucket: &str, key: &str) -> Value {
    json!({"detail-type": "Object Created", "detail": {"bucket": {"name": bucket}, "object": {"key": key}}})
}

#[tokio::test]
async fn new_rules_change_the_alarms_and_another_object_does_not() {
    let function = function(rules(&["a"]), Vec::new());
    for (bucket, key) in [("amzn-s3-demo-bucket", "other.yaml"), ("amzn-s3-demo-bucket-2", "rules.yaml")] {
        assert_eq!(invoke(object_created(bucket, key), &function).await.unwrap(), None);
    }
    assert!(names(&function).is_empty());
    let counts = invoke(object_created("amzn-s3-demo-bucket", "rules.yaml"), &function).await.unwrap();
    assert_eq!(counts.unwrap().created, 1);
}

#[tokio::test]
async fn a_schedule_undoes_drift_and_counts_it() {
    let function = function(rules(&["a", "b"]), in_place("p", &["a", "c"]));
    let event = json!({"detail-type": "Scheduled Event", "detail": {}});
    let counts = invoke(event.clone(), &function).await.unwrap().unwrap();
    assert_eq!((counts.differences, counts.created, counts.deleted), (2, 1, 1));
    assert_eq!(published(&function), [("AlarmDrift".to_owned(), 2.0), ("AlarmsReconciled".to_owned(), 2.0)]);
    assert_eq!(invoke(event, &function).await.unwrap().unwrap().differences, 0);
    assert_eq!(published(&function).len(), 2, "nothing more");
}

#[tokio::test]
async fn a_manual_run_is_no_drift() {
    let function = function(rules(&["a"]), Vec::new());
    invoke(json!({"action": "reconcile"}), &function).await.unwrap();
    assert_eq!(published(&function), [("AlarmsReconciled".to_owned(), 1.0)]);
}

#[tokio::test]
async fn a_failure_outside_of_a_stack_is_an_error_of_the_function() {
    let broken = function(Rules::Broken, Vec::new());
    let error = invoke(json!({"detail-type": "Scheduled Event"}), &broken).await.unwrap_err();
    let diagnostic = Diagnostic::from(error);
    assert_eq!(diagnostic.error_type, "rules.invalid");
    assert!(diagnostic.error_message.contains("line 4, column 7"), "{}", diagnostic.error_message);

    let denied = function(rules(&["a"]), Vec::new());
    denied.as_ref().unwrap().reconciler.store.judge(|_, _| Fate::Failed(AlarmStoreErrorKind::AccessDenied));
    let error = invoke(json!({}), &denied).await.unwrap_err();
    assert_eq!(error.code(), "alarms.access-denied");

    let error = invoke(json!({"Records": []}), &denied).await.unwrap_err();
    assert_eq!(error.code(), "event.unknown");
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_takes_effect_late_does_not_fail_a_stack() {
    for (denied_s, status) in [(35, "SUCCESS"), (600, "FAILED")] {
        let function = function(rules(&["a"]), Vec::new());
        let begin = tokio::time::Instant::now();
        function.as_ref().unwrap().reconciler.store.judge(move |_, _| {
            let is_denied = begin.elapsed() < Duration::from_secs(denied_s);
            if is_denied { Fate::Failed(AlarmStoreErrorKind::AccessDenied) } else { Fate::Done }
        });
        let (answers, _) = ask("Create", None, &[200], &function).await;
        assert_eq!(answers[0]["Status"], status, "{denied_s} s");
        assert!(begin.elapsed() < Duration::from_secs(75), "{:?}", begin.elapsed());
    }
}
