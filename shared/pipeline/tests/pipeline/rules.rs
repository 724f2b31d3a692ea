//! Rules that change between batches: which version a batch gets, how long it waits, and what it tells.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration as StdDuration;

use pipeline::{
    CurrentRules, DOCUMENT_BYTES, FetchedRules, Pipeline, Ports, ReloadingRules, RuleSource, RuleStore,
    StoreError, StoreErrorKind,
};
use time::{Duration, OffsetDateTime};

use crate::fakes::{
    Alerts, FaultyLedger, Metrics, NOW, StoppedClock, Store, failed_ids, failed_login, fake_pipeline_with,
    key, message, put, quiet,
};
use crate::log_lines::{LogLines, gather};

pub(crate) const LOCATION: &str = "s3://amzn-s3-demo-bucket-rules/rules.yaml";
const INTERVAL: StdDuration = StdDuration::from_secs(60);

/// What the store does when it is asked.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A document of this ETag and text; unchanged for who knows the ETag.
    Has(&'static str, Vec<u8>),
    TooLarge(&'static str),
    Fails(StoreErrorKind),
    Hangs,
    /// The answer comes after this many milliseconds.
    After(u64, Box<Answer>),
}

/// A store whose answers are prepared; the last one stays.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    answers: Mutex<VecDeque<Answer>>,
    /// The ETags that were asked with.
    asked: Mutex<Vec<Option<String>>>,
    /// What there was before the present version, newest first, under the names `e0`, `e1` and so on.
    earlier: Mutex<Vec<Answer>>,
    /// What listing them fails with.
    unlisted: Mutex<Option<StoreErrorKind>>,
}

impl Documents {
    fn set(&self, answer: Answer) {
        *self.answers.lock().unwrap() = [answer].into();
    }

    fn asked(&self) -> Vec<Option<String>> {
        self.asked.lock().unwrap().clone()
    }
}

/// The store as the rules hold it, while a test holds it as well.
#[derive(Debug, Clone)]
pub(crate) struct SharedDocuments(pub(crate) Arc<Documents>);

impl RuleStore for SharedDocuments {
    fn location(&self) -> &str {
        LOCATION
    }

    async fn fetch(&self, known: Option<&str>, limit_bytes: usize) -> Result<FetchedRules, StoreError> {
        assert_eq!(limit_bytes, DOCUMENT_BYTES);
        self.0.asked.lock().unwrap().push(known.map(str::to_owned));
        let mut answer = {
            let mut answers = self.0.answers.lock().unwrap();
            let next = answers.front().cloned().unwrap();
            if answers.len() > 1 {
                answers.pop_front();
            }
            next
        };
        while let Answer::After(milliseconds, next) = answer {
            tokio::time::sleep(StdDuration::from_millis(milliseconds)).await;
            answer = *next;
        }
        give(answer, known).await
    }

    async fn earlier(&self, most: usize) -> Result<Vec<String>, StoreError> {
        if let Some(kind) = *self.0.unlisted.lock().unwrap() {
            return Err(failure(kind));
        }
        Ok((0..self.0.earlier.lock().unwrap().len()).map(|index| format!("e{index}")).take(most).collect())
    }

    async fn fetch_earlier(&self, version: &str, limit_bytes: usize) -> Result<FetchedRules, StoreError> {
        assert_eq!(limit_bytes, DOCUMENT_BYTES);
        self.0.asked.lock().unwrap().push(Some(version.to_owned()));
        let index: usize = version[1..].parse().unwrap();
        let answer = self.0.earlier.lock().unwrap()[index].clone();
        give(answer, None).await
    }
}

fn failure(kind: StoreErrorKind) -> StoreError {
    StoreError { kind, source: "made to fail".into() }
}

async fn give(answer: Answer, known: Option<&str>) -> Result<FetchedRules, StoreError> {
    match answer {
        Answer::Has(etag, _) if known == Some(etag) => Ok(FetchedRules::Unchanged),
        Answer::Has(etag, bytes) => Ok(FetchedRules::Document { version: Some(etag.to_owned()), bytes }),
        Answer::TooLarge(etag) => Ok(FetchedRules::TooLarge { version: Some(etag.to_owned()) }),
        Answer::Fails(kind) => Err(failure(kind)),
        Answer::Hangs | Answer::After(..) => std::future::pending().await,
    }
}

/// A document with one rule of this id that matches failed sign-ins.
fn rule(id: &str) -> Vec<u8> {
    format!(
        "version: 1\nrules:\n  - id: {id}\n    filterPattern: '{{ $.eventName = ConsoleLogin }}'\n    metricTransformation: {{ metricName: M, metricNamespace: Test }}\n"
    )
    .into_bytes()
}

pub(crate) fn good(etag: &'static str, id: &str) -> Answer {
    Answer::Has(etag, rule(id))
}

fn broken(etag: &'static str) -> Answer {
    Answer::Has(etag, b"version: 1\nrules:\n  - id: Bad\n".to_vec())
}

fn slow(milliseconds: u64, answer: Answer) -> Answer {
    Answer::After(milliseconds, Box::new(answer))
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW + seconds).unwrap()
}

struct Stage {
    documents: Arc<Documents>,
    rules: ReloadingRules<SharedDocuments>,
}

impl Stage {
    fn new(answer: Answer) -> Self {
        let documents = Arc::new(Documents::default());
        documents.set(answer);
        Self { rules: ReloadingRules::new(SharedDocuments(documents.clone()), INTERVAL), documents }
    }

    /// What a batch gets that begins so many seconds after the first: the id of the rule or the code of the error,
    /// and whether the rules as they are stored are rejected.
    async fn batch(&self, seconds: i64) -> (String, bool) {
        outcome(&self.rules.current(at(seconds), Some(at(seconds + 48))).await)
    }

    /// The same after another answer of the store.
    async fn then(&self, seconds: i64, answer: Answer) -> (String, bool) {
        self.documents.set(answer);
        self.batch(seconds).await
    }
}

fn outcome(current: &CurrentRules) -> (String, bool) {
    let rules = match &current.evaluator {
        Ok(evaluator) => evaluator.rules().first().map_or_else(String::new, |rule| rule.id.clone()),
        Err(error) => error.code().to_owned(),
    };
    (rules, current.rejected)
}

fn in_force(id: &str) -> (String, bool) {
    (id.to_owned(), false)
}

fn rejected(id_or_code: &str) -> (String, bool) {
    (id_or_code.to_owned(), true)
}

#[tokio::test(start_paused = true)]
async fn the_document_is_looked_at_once_in_an_interval_and_read_when_its_version_is_new() {
    let stage = Stage::new(good("v1", "one"));
    assert_eq!(stage.batch(0).await, in_force("one"));
    assert_eq!(stage.then(59, good("v2", "two")).await, in_force("one"), "too early");
    assert_eq!(stage.batch(60).await, in_force("two"));
    assert_eq!(stage.batch(120).await, in_force("two"));
    let known = |version: &str| Some(version.to_owned());
    assert_eq!(stage.documents.asked(), [None, known("v1"), known("v2")]);
}

#[tokio::test(start_paused = true)]
async fn whatever_becomes_of_the_document_the_last_good_version_stays_in_force_and_recovers() {
    for (answer, is_rejected) in [
        (broken("v2"), true),
        (Answer::Has("v2", b"\xff\xfe".to_vec()), true),
        (Answer::Has("v2", Vec::new()), true),
        (Answer::TooLarge("v2"), true),
        (Answer::Fails(StoreErrorKind::NotFound), true),
        (Answer::Fails(StoreErrorKind::AccessDenied), true),
        (Answer::Fails(StoreErrorKind::Refused), true),
        (Answer::Fails(StoreErrorKind::Throttled), false),
        (Answer::Fails(StoreErrorKind::Unavailable), false),
    ] {
        let stage = Stage::new(good("v1", "one"));
        assert_eq!(stage.batch(0).await, in_force("one"));
        let name = format!("{answer:?}");
        assert_eq!(stage.then(60, answer).await, ("one".to_owned(), is_rejected), "{name}");
        assert_eq!(stage.batch(61).await, ("one".to_owned(), is_rejected), "{name}: between two looks");
        assert_eq!(stage.batch(120).await, ("one".to_owned(), is_rejected), "{name}: it stays so");
        assert_eq!(stage.then(180, good("v3", "three")).await, in_force("three"), "{name}: mended");
    }
}

#[tokio::test(start_paused = true)]
async fn the_old_version_put_back_is_good_again() {
    for answer in [broken("v2"), Answer::Fails(StoreErrorKind::NotFound)] {
        let stage = Stage::new(good("v1", "one"));
        stage.batch(0).await;
        assert_eq!(stage.then(60, answer).await, rejected("one"));
        assert_eq!(stage.then(120, good("v1", "one")).await, in_force("one"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_version_is_read_once() {
    let stage = Stage::new(good("v1", "one"));
    stage.batch(0).await;
    stage.then(60, broken("v2")).await;
    let lines = gather();
    assert_eq!(stage.batch(120).await, rejected("one"));
    assert_eq!(stage.documents.asked().last().unwrap().as_deref(), Some("v2"));
    assert_eq!(lines.messages(), [""; 0], "its faults are in the log already");
}

#[tokio::test(start_paused = true)]
async fn without_a_good_version_there_are_no_rules_and_every_batch_looks_again() {
    for (answer, code) in [
        (broken("v1"), "rules.invalid"),
        (Answer::Has("v1", b"\xff".to_vec()), "rules.not-utf-8"),
        (Answer::TooLarge("v1"), "rules.too-large"),
        (Answer::Fails(StoreErrorKind::NotFound), "rules.not-found"),
        (Answer::Fails(StoreErrorKind::AccessDenied), "rules.access-denied"),
        (Answer::Fails(StoreErrorKind::Throttled), "rules.throttled"),
        (Answer::Fails(StoreErrorKind::Unavailable), "rules.unavailable"),
        (Answer::Hangs, "rules.slow"),
    ] {
        let stage = Stage::new(answer);
        assert_eq!(stage.batch(0).await, rejected(code));
        assert_eq!(stage.batch(1).await, rejected(code));
        assert_eq!(stage.then(2, good("v9", "nine")).await, in_force("nine"), "after {code}");
    }
}

/// A process that starts while the document is this, with these versions before it.
fn restarted(present: Answer, earlier: &[Answer]) -> Stage {
    let stage = Stage::new(present);
    *stage.documents.earlier.lock().unwrap() = earlier.to_vec();
    stage
}

#[tokio::test(start_paused = true)]
async fn a_process_that_starts_with_a_broken_document_takes_the_newest_earlier_version_that_is_good() {
    let bad = || broken("");
    let not_text = || Answer::Has("", b"\xff".to_vec());
    for present in [
        broken("v9"),
        Answer::Has("v9", b"\xff".to_vec()),
        Answer::TooLarge("v9"),
        Answer::Fails(StoreErrorKind::NotFound),
    ] {
        let name = format!("{present:?}");
        let versions = [bad(), not_text(), Answer::TooLarge(""), good("", "last-good"), good("", "older")];
        let stage = restarted(present, &versions);
        assert_eq!(stage.batch(0).await, rejected("last-good"), "{name}");
        assert_eq!(stage.batch(30).await, rejected("last-good"), "{name}: between two looks");
        let asked = stage.documents.asked().len();
        assert_eq!(asked, 5, "{name}: the document and four versions");
        assert_eq!(stage.batch(60).await, rejected("last-good"), "{name}: it stays so");
        assert_eq!(stage.documents.asked().len(), asked + 1, "{name}: versions are looked for once");
        assert_eq!(stage.then(120, good("v10", "mended")).await, in_force("mended"), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_earlier_version_that_is_out_of_reach_is_not_passed_over_for_an_older_one() {
    for kind in [StoreErrorKind::AccessDenied, StoreErrorKind::Throttled, StoreErrorKind::Unavailable] {
        let stage = restarted(broken("v9"), &[Answer::Fails(kind), good("", "older")]);
        assert_eq!(stage.batch(0).await, rejected("rules.invalid"), "{kind:?}");
        *stage.documents.earlier.lock().unwrap() = vec![good("", "last-good"), good("", "older")];
        assert_eq!(stage.batch(1).await, rejected("last-good"), "{kind:?}: the next batch looks again");
    }
}

#[tokio::test(start_paused = true)]
async fn earlier_versions_are_no_way_round_a_refusal_that_passes_or_a_missing_permission() {
    for kind in [StoreErrorKind::Throttled, StoreErrorKind::Unavailable, StoreErrorKind::AccessDenied] {
        let stage = restarted(Answer::Fails(kind), &[good("", "outdated")]);
        let (rules, _) = stage.batch(0).await;
        assert!(rules.starts_with("rules."), "{kind:?}: {rules}");
    }
    let stage = restarted(broken("v9"), &[good("", "outdated")]);
    *stage.documents.unlisted.lock().unwrap() = Some(StoreErrorKind::AccessDenied);
    let lines = gather();
    assert_eq!(stage.batch(0).await, rejected("rules.invalid"));
    let messages = lines.messages().join("\n");
    assert!(messages.contains("check s3:ListBucketVersions"), "{messages}");
}

#[tokio::test(start_paused = true)]
async fn the_search_for_an_earlier_version_ends() {
    let stage = restarted(broken("v9"), &[const { Answer::TooLarge("") }; 40]);
    assert_eq!(stage.batch(0).await, rejected("rules.invalid"));
    assert_eq!(stage.documents.asked().len(), 11, "the document and ten versions");
    let stage = restarted(broken("v9"), &[Answer::Hangs, good("", "older")]);
    assert_eq!(outcome(&stage.rules.current(at(0), None).await), rejected("rules.invalid"));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_keeps_failing_in_passing_is_told_of_in_the_end() {
    let stage = Stage::new(good("v1", "one"));
    stage.batch(0).await;
    stage.documents.set(Answer::Fails(StoreErrorKind::Throttled));
    for check in 1..=4 {
        assert_eq!(stage.batch(check * 60).await, in_force("one"), "check {check}");
    }
    assert_eq!(stage.batch(300).await, rejected("one"));
    assert_eq!(stage.then(360, good("v1", "one")).await, in_force("one"));
    assert_eq!(stage.then(420, Answer::Fails(StoreErrorKind::Throttled)).await, in_force("one"));
}

#[tokio::test(start_paused = true)]
async fn a_batch_waits_a_little_for_newer_rules_and_a_later_one_takes_them() {
    let stage = Stage::new(good("v1", "one"));
    stage.batch(0).await;
    let start = tokio::time::Instant::now();
    assert_eq!(stage.then(60, slow(4000, good("v2", "two"))).await, in_force("one"));
    assert_eq!(start.elapsed(), StdDuration::from_millis(1500));
    assert_eq!(stage.batch(62).await, in_force("one"));
    assert_eq!(start.elapsed(), StdDuration::from_millis(1500), "the next one does not wait");
    tokio::time::sleep(StdDuration::from_secs(3)).await;
    assert_eq!(stage.batch(65).await, in_force("two"));
    assert_eq!(stage.documents.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_given_up_and_asked_again() {
    let stage = Stage::new(good("v1", "one"));
    stage.batch(0).await;
    assert_eq!(stage.then(60, Answer::Hangs).await, in_force("one"));
    tokio::time::sleep(StdDuration::from_secs(31)).await;
    assert_eq!(stage.batch(91).await, in_force("one"));
    assert_eq!(stage.then(120, good("v2", "two")).await, in_force("two"));
}

#[tokio::test(start_paused = true)]
async fn the_first_batch_waits_as_long_as_it_may_and_the_next_goes_on_waiting() {
    let stage = Stage::new(slow(20_000, good("v1", "one")));
    let until = |seconds| Some(at(0) + Duration::seconds(seconds));
    let start = tokio::time::Instant::now();
    assert_eq!(outcome(&stage.rules.current(at(0), until(12)).await), rejected("rules.slow"));
    assert_eq!(start.elapsed(), StdDuration::from_secs(12));
    assert_eq!(outcome(&stage.rules.current(at(12), until(60)).await), in_force("one"));
    assert_eq!(start.elapsed(), StdDuration::from_secs(20));
    assert_eq!(stage.documents.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_time_left_is_no_time_waited() {
    let stage = Stage::new(Answer::Hangs);
    let start = tokio::time::Instant::now();
    for until in [at(0), at(-5)] {
        assert_eq!(outcome(&stage.rules.current(at(0), Some(until)).await), rejected("rules.slow"));
    }
    assert_eq!(start.elapsed(), StdDuration::ZERO);
}

#[tokio::test]
async fn without_rules_every_file_returns_to_the_queue_and_is_accounted_for() {
    let documents = Arc::new(Documents::default());
    documents.set(broken("v1"));
    let rules = ReloadingRules::new(SharedDocuments(documents.clone()), INTERVAL);
    let (pipeline, faults) = fake_pipeline_with(rules);
    put(&pipeline, &key(1), &[failed_login("a", "alice"), quiet("b")]);
    put(&pipeline, &key(2), &[failed_login("c", "bob")]);
    let batch = [message("m1", &[&key(1)]), message("m2", &[&key(2), &key(1)])];
    let outcome = pipeline.process(&batch, None).await;
    assert_eq!(failed_ids(&outcome), ["m1", "m2"]);
    assert_eq!(outcome.files.failed, 3);
    assert_eq!(outcome.faults()[0].event.code(), "rules.invalid");
    let message = &outcome.faults()[0].message;
    assert!(
        message.contains("`s3://amzn-s3-demo-bucket-rules/rules.yaml` are not valid: 3 errors, the first at"),
        "{message}"
    );
    assert!(faults.calls().is_empty(), "neither claimed nor fetched");
    assert_eq!(pipeline.metrics.sum("Trailbell/RulesRejected"), 1.0);
    assert_eq!(pipeline.metrics.sum("Trailbell/FilesFailed"), 3.0);
    assert_eq!(pipeline.metrics.sum("Trailbell/Failures Code=rules.invalid"), 3.0);

    documents.set(good("v2", "two"));
    let outcome = pipeline.process(&batch, None).await;
    assert!(failed_ids(&outcome).is_empty());
    assert_eq!(pipeline.metrics.sum("Test/M"), 2.0);
    assert_eq!(
        pipeline.metrics.sum("Trailbell/RulesRejected"),
        1.0,
        "published while they are rejected only"
    );
}

/// Changes the document when the first file is opened.
struct Meddler {
    inner: Store,
    documents: Arc<Documents>,
    rules: Arc<ReloadingRules<SharedDocuments>>,
}

impl pipeline::LogStore for Meddler {
    type Body = std::io::Cursor<Vec<u8>>;

    async fn open(&self, object: &cloudtrail::S3Object) -> Result<Self::Body, StoreError> {
        self.documents.set(good("v2", "two"));
        assert_eq!(outcome(&self.rules.current(at(600), None).await), in_force("two"));
        self.inner.open(object).await
    }
}

/// Rules that a test shares with the pipeline.
struct SharedRules(Arc<ReloadingRules<SharedDocuments>>);

enum MeddlingPorts {}

impl Ports for MeddlingPorts {
    type Store = Meddler;
    type Ledger = FaultyLedger;
    type Metrics = Metrics;
    type Alerts = Alerts;
    type Clock = StoppedClock;
    type Rules = SharedRules;
}

impl RuleSource for SharedRules {
    async fn current(&self, now: OffsetDateTime, until: Option<OffsetDateTime>) -> CurrentRules {
        self.0.current(now, until).await
    }
}

#[tokio::test]
async fn a_batch_keeps_its_rules_to_its_end_whatever_comes_meanwhile() {
    let documents = Arc::new(Documents::default());
    documents.set(good("v1", "one"));
    let rules = Arc::new(ReloadingRules::new(SharedDocuments(documents.clone()), INTERVAL));
    let (inner, _) = fake_pipeline_with(SharedRules(rules.clone()));
    put(&inner, &key(1), &[failed_login("a", "alice")]);
    put(&inner, &key(2), &[failed_login("b", "alice")]);
    let pipeline = Pipeline::<MeddlingPorts> {
        store: Meddler { inner: inner.store, documents, rules },
        ledger: inner.ledger,
        metrics: inner.metrics,
        alerts: inner.alerts,
        clock: inner.clock,
        rules: inner.rules,
        settings: inner.settings,
    };
    for (id, number, rule) in [("m1", 1, "one"), ("m2", 2, "two")] {
        pipeline.process(&[message(id, &[&key(number)])], None).await;
        let alerts = pipeline.alerts.alerts.lock().unwrap();
        assert_eq!(alerts.last().unwrap().rule.id, rule);
    }
}

#[tokio::test]
async fn a_batch_with_the_last_good_rules_is_processed_and_tells_of_the_rejected_ones() {
    let documents = Arc::new(Documents::default());
    documents.set(good("v1", "one"));
    let rules = ReloadingRules::new(SharedDocuments(documents.clone()), StdDuration::ZERO);
    let (pipeline, _) = fake_pipeline_with(rules);
    put(&pipeline, &key(1), &[failed_login("a", "alice")]);
    pipeline.process(&[message("m1", &[&key(1)])], None).await;
    assert_eq!(pipeline.metrics.sum("Trailbell/RulesRejected"), 0.0);
    documents.set(broken("v2"));
    put(&pipeline, &key(2), &[failed_login("b", "alice")]);
    let outcome = pipeline.process(&[message("m2", &[&key(2)])], None).await;
    assert!(failed_ids(&outcome).is_empty());
    assert_eq!(pipeline.metrics.sum("Test/M"), 2.0);
    assert_eq!(pipeline.metrics.sum("Trailbell/RulesRejected"), 1.0);
}

/// The log of a first reading of this document.
pub(crate) async fn log_of(document: &[u8]) -> LogLines {
    let stage = Stage::new(Answer::Has("v1", document.to_vec()));
    let lines = gather();
    stage.batch(0).await;
    lines
}
