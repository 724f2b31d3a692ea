//! A second run with the memory of the first reads what is new or has changed, and finds the same.

use digests::{Request, Verified, verify};
use testkit::digests::gzip;

use crate::stage::{Stage, line, wrong};

/// A run with what an earlier one found, and the log files that it opened.
fn run(stage: &Stage, earlier: Option<&Verified>) -> (Verified, usize) {
    let sealed = earlier.map(|earlier| {
        earlier.report.territories.iter().flat_map(|territory| territory.sealed.iter().copied()).collect()
    });
    let request = Request { sealed: sealed.unwrap_or_default(), ..stage.request() };
    let memory = stage.memory();
    let verified = verify(&memory, &stage.public_keys(), &request, &()).unwrap();
    let opened = memory.opened.lock().unwrap();
    let files = opened.iter().filter(|place| place.key.contains("/CloudTrail/")).count();
    (verified, files)
}

#[test]
fn what_has_not_changed_is_not_read_again() {
    let stage = Stage::sound();
    let (first, read) = run(&stage, None);
    assert_eq!((wrong(&first).len(), read), (0, 10));
    let (second, read) = run(&stage, Some(&first));
    assert_eq!((wrong(&second).len(), read), (0, 0));
    let remembered: usize = second.report.territories.iter().map(|territory| territory.remembered).sum();
    assert_eq!(remembered, 10);
}

#[test]
fn a_file_that_changed_afterwards_is_read_with_all_of_its_digest() {
    let mut stage = Stage::sound();
    let (first, _) = run(&stage, None);
    let file = stage.file(1, 0);
    stage.object(&file).body = gzip(b"{}");
    let (second, read) = run(&stage, Some(&first));
    assert_eq!((wrong(&second), read), (vec![line(&file, "altered")], 2));
}

#[test]
fn a_file_that_is_gone_afterwards_is_missing() {
    let mut stage = Stage::sound();
    let (first, _) = run(&stage, None);
    let file = stage.file(1, 0);
    stage.remove(&file);
    assert_eq!(wrong(&run(&stage, Some(&first)).0), [line(&file, "missing")]);
}

#[test]
fn what_was_wrong_is_read_again() {
    let mut stage = Stage::sound();
    let file = stage.file(1, 0);
    let sound = std::mem::replace(&mut stage.object(&file).body, gzip(b"{}"));
    let (first, _) = run(&stage, None);
    let (second, read) = run(&stage, Some(&first));
    assert_eq!((wrong(&second), read), (vec![line(&file, "altered")], 2));
    stage.object(&file).body = sound;
    assert_eq!(wrong(&run(&stage, Some(&second)).0), Vec::<String>::new());
}
