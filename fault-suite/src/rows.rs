//! The rows of the table: every fault with its load and its promise.

use std::time::Duration;

use testkit::emulator::{Answer, Fate, Strike};

use crate::load::{LoadOptions, OWN_USERS, Shape};
use crate::row::{Doubles, Row, Strikes};
use crate::stage::Timing;
use crate::wire::{Fault, SLOW, STANDSTILL, Target};

/// How often a message is received before it goes to the dead-letter queue: the template's default.
const MAX_RECEIVES: u32 = 5;
/// An invocation that is cut off costs little time, and the message comes back right after.
const SHORT: Timing = Timing {
    timeout: Duration::from_secs(8),
    visibility_seconds: 9,
    environments: 3,
    max_receives: MAX_RECEIVES,
};
/// Less time than a batch takes whose requests are answered late.
const TIGHT: Timing = Timing {
    timeout: Duration::from_secs(4),
    visibility_seconds: 5,
    environments: 3,
    max_receives: MAX_RECEIVES,
};
/// Time for retries within an invocation.
const LONG: Timing = Timing {
    timeout: Duration::from_secs(30),
    visibility_seconds: 31,
    environments: 3,
    max_receives: MAX_RECEIVES,
};

/// As deployed, with an environment for each core of a small machine.
pub(crate) const STEADY: Timing = Timing {
    timeout: Duration::from_secs(60),
    visibility_seconds: 360,
    environments: 2,
    max_receives: MAX_RECEIVES,
};

/// Every row, with a small load or a full one.
pub(crate) fn all(quick: bool) -> Vec<Row> {
    let groups = [
        processes(quick),
        log_files(quick),
        datapoints(quick),
        alerts(quick),
        ledger(quick),
        deliveries(quick),
    ];
    groups.into_iter().flatten().collect()
}

/// A row in which nothing goes wrong.
fn row(name: &'static str, about: &'static str, files: usize) -> Row {
    Row {
        name,
        about,
        load: LoadOptions { files, noise: 20, users: OWN_USERS, shape: Shape::Plain },
        fault: Fault::None,
        strikes: None,
        timing: SHORT,
        doubles: Doubles::None,
        dead: None,
        is_queue_full: false,
    }
}

impl Row {
    fn wire(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    fn shape(self, shape: Shape) -> Self {
        Self { load: LoadOptions { shape, ..self.load }, ..self }
    }

    fn noise(self, noise: usize) -> Self {
        Self { load: LoadOptions { noise, ..self.load }, ..self }
    }

    fn timing(self, timing: Timing) -> Self {
        Self { timing, ..self }
    }

    fn doubles(self, doubles: Doubles) -> Self {
        Self { doubles, ..self }
    }

    /// So many of four messages end in the dead-letter queue with this code.
    fn dead(self, code: &'static str, of_four: usize) -> Self {
        Self { dead: Some((code, of_four)), ..self }
    }

    /// A message is received so many times before it goes to the dead-letter queue.
    fn receives(self, max_receives: u32) -> Self {
        Self { timing: Timing { max_receives, ..self.timing }, ..self }
    }

    fn strikes(self, strike: Strike, times: usize) -> Self {
        Self { strikes: Some(Strikes { strike, times }), doubles: Doubles::OneFileADeath, ..self }
    }
}

fn processes(quick: bool) -> Vec<Row> {
    let (files, kills) = if quick { (150, 10) } else { (1200, 100) };
    let (frozen_files, freezes) = if quick { (60, 3) } else { (300, 12) };
    vec![
        row("none", "none", size(quick, 400)),
        row("kill", "kill -9 at random moments", files).strikes(Strike::Kill, kills),
        row("time-out", "frozen until the time-out kills", frozen_files).strikes(Strike::Freeze, freezes),
    ]
}

fn log_files(quick: bool) -> Vec<Row> {
    let files = size(quick, 200);
    let of_reads = |percent, fate| some(Target::LogFile, percent, fate);
    vec![
        row("s3-500", "S3 answers 500 to half of the reads", files).wire(of_reads(50, status(500))),
        row("s3-503", "S3 answers 503 to half of the reads", files)
            .wire(of_reads(50, Fate::Answer(Answer::s3_error(503, "SlowDown", "Please reduce your request rate.")))),
        row("s3-silent", "S3 never answers some of the reads", files).wire(silence(Target::LogFile, quick)),
        row("s3-slow", "S3 sends slowly, and stands still in the middle", files)
            .wire(Fault::FirstRead(slow_read)),
        row("s3-reset", "S3 connection breaks off after each byte", if quick { 60 } else { 600 })
            .noise(0)
            .wire(Fault::FirstRead(if quick { few_cuts } else { every_cut })),
        row("s3-reset-large", "S3 connection breaks off all along larger files", size(quick, 80))
            .noise(200)
            .wire(Fault::FirstRead(large_cuts)),
        row("s3-endless", "one file in four never ends, then fixed", files)
            .receives(2)
            .wire(Fault::OneFileInFour(Fate::Slow { chunk_bytes: 1, pause: Duration::from_secs(1) }))
            .dead("file.deadline", 1),
        row("s3-missing", "NoSuchKey, then delivered", files).shape(Shape::Missing).dead("file.not-found", 1),
        row("s3-denied", "S3 AccessDenied, then fixed", files)
            .wire(refused("Access Denied"))
            .dead("file.access-denied", 1),
        row("kms-denied", "KMS denial, then fixed", files)
            .wire(refused("User is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext"))
            .dead("file.access-denied", 1),
    ]
}

fn datapoints(quick: bool) -> Vec<Row> {
    let files = size(quick, 200);
    let of = |percent, fate| some(Target::Datapoints, percent, fate);
    let error = |status, code, message| Fate::Answer(Answer::cbor_error(status, code, message));
    vec![
        row("metrics-throttled", "PutMetricData throttled, half of the requests", files)
            .timing(LONG)
            .wire(of(50, error(400, "Throttling", "Rate exceeded"))),
        row("metrics-refused", "PutMetricData AccessDenied, then fixed", files)
            .wire(of(100, error(403, "AccessDenied", "not authorized")))
            .dead("metrics.access-denied", 4),
        row("metrics-silent", "PutMetricData times out, some requests", files)
            .wire(silence(Target::Datapoints, quick)),
        row("metrics-lost", "PutMetricData takes effect, answer lost, some requests", files)
            .wire(of(few(quick), Fate::LostAfter))
            .doubles(Doubles::OneFileALostAnswer(Target::Datapoints)),
    ]
}

fn alerts(quick: bool) -> Vec<Row> {
    let files = size(quick, 200);
    let of = |percent, fate| some(Target::Alert, percent, fate);
    let late = Fate::LateAnswer(Duration::from_millis(150));
    let error = |status, code, message| Fate::Answer(Answer::query_error(status, code, message));
    vec![
        row("alerts-throttled", "SNS throttled, half of the requests", files)
            .timing(LONG)
            .wire(of(50, error(400, "Throttling", "Rate exceeded"))),
        row("alerts-refused", "SNS AuthorizationError, then fixed", files)
            .wire(of(100, error(403, "AuthorizationError", "not authorized")))
            .dead("alerts.access-denied", 4),
        row("alerts-silent", "SNS times out, some requests", files).wire(silence(Target::Alert, quick)),
        row("alerts-lost", "SNS takes effect, answer lost, some requests", files)
            .wire(of(few(quick), Fate::LostAfter))
            .doubles(Doubles::OneFileALostAnswer(Target::Alert)),
        row("slow-answers", "PutMetricData and SNS answer late, time runs out", files)
            .timing(TIGHT)
            .wire(some(Target::Publication, 100, late)),
    ]
}

fn ledger(quick: bool) -> Vec<Row> {
    let files = size(quick, 200);
    let of = |percent, fate| some(Target::Ledger, percent, fate);
    let throttled = Answer::json_error(400, "ProvisionedThroughputExceededException", "Rate exceeded");
    vec![
        row("ledger-down", "DynamoDB answers 500 to all", files).timing(LONG).wire(of(100, status(500))),
        row("ledger-slow", "DynamoDB takes 200 ms", files)
            .timing(LONG)
            .wire(of(100, Fate::Delay(Duration::from_millis(200)))),
        row("ledger-throttled", "DynamoDB throttled, a third of the requests", files)
            .timing(LONG)
            .wire(of(33, Fate::Answer(throttled))),
        row("ledger-lost", "DynamoDB takes effect, answer lost, some requests", files)
            .timing(LONG)
            .wire(of(few(quick), Fate::LostAfter)),
    ]
}

fn deliveries(quick: bool) -> Vec<Row> {
    let files = size(quick, 200);
    vec![
        row("repeated", "the same message 1 to 5 times at once", files).shape(Shape::Repeated).timing(LONG),
        row("two-trails", "two trails deliver the same events", files).shape(Shape::TwoTrails).timing(LONG),
        row("late", "out of order and up to three weeks late", files).shape(Shape::Late).timing(LONG),
        row("poison", "one in four files unreadable", files).shape(Shape::Poison),
    ]
}

/// Queues of growing length that nothing disturbs, for the speed.
pub(crate) fn queues(quick: bool) -> Vec<Row> {
    let about = "none, the queue is full at the beginning";
    let queue = |name, files| Row {
        load: LoadOptions { files, noise: 50, users: 100, shape: Shape::Plain },
        timing: STEADY,
        is_queue_full: true,
        ..row(name, about, files)
    };
    match quick {
        true => vec![queue("queue-100", 100), queue("queue-400", 400)],
        false => vec![queue("queue-100", 100), queue("queue-1000", 1_000), queue("queue-10000", 10_000)],
    }
}

fn size(quick: bool, full: usize) -> usize {
    if quick { 40 } else { full }
}

/// So many in a hundred requests, until it is mended.
fn some(of: Target, percent: u8, fate: Fate) -> Fault {
    Fault::Share { of, percent, most: u64::MAX, fate }
}

/// So many in a hundred that a small load meets some, and a full one is not all faults.
fn few(quick: bool) -> u8 {
    if quick { 25 } else { 10 }
}

/// No answer to some requests, and no effect, for a while: each costs an invocation all its time.
fn silence(of: Target, quick: bool) -> Fault {
    Fault::Share { of, percent: few(quick), most: if quick { 3 } else { 12 }, fate: Fate::StalledBefore }
}

/// One file in four is refused.
fn refused(message: &'static str) -> Fault {
    Fault::OneFileInFour(Fate::Answer(Answer::s3_error(403, "AccessDenied", message)))
}

fn status(status: u16) -> Fate {
    Fate::Answer(Answer::empty(status))
}

/// One file in ten stands still in the middle, half of the others come slowly.
fn slow_read(file: usize) -> Fate {
    match file % 10 {
        0 => Fate::Slow { chunk_bytes: 1500, pause: STANDSTILL },
        1..=4 => Fate::Slow { chunk_bytes: 500, pause: SLOW },
        _ => Fate::Pass,
    }
}

/// After as many bytes as the file's number; longer than a file has bytes it arrives whole. Every second connection is reset,
/// the others are closed.
fn every_cut(file: usize) -> Fate {
    Fate::CutAfter { bytes: file, reset: file.is_multiple_of(2) }
}

/// Every half kilobyte.
fn large_cuts(file: usize) -> Fate {
    every_cut(file * 512 + file)
}

fn few_cuts(file: usize) -> Fate {
    every_cut(file * 11)
}
