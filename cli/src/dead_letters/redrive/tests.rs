//! Redrives between queues in memory.

use std::num::NonZeroU32;

use aws::{FileState, MessageAttribute};

use super::*;
use crate::cloud::testing::{FakeLedger, MemoryQueue};
use crate::dead_letters::testing::{NOW, announcement, entry, key, letter};

/// A queue of a poisonous message, a file that failed, and one that is done.
fn queue() -> MemoryQueue {
    let mut failed = letter("failed", &announcement(&[&key(1)]));
    failed.attributes.insert("trailbell.alerts".into(), MessageAttribute::text("off"));
    MemoryQueue::with([letter("poison", "poison"), failed, letter("done", &announcement(&[&key(2)]))])
}

fn ledger() -> FakeLedger {
    let failed = FileState::Released { failure: Some("file.deadline".into()) };
    let entries = [entry(&key(1), failed), entry(&key(2), FileState::Done)];
    FakeLedger { entries: entries.into(), ..FakeLedger::default() }
}

/// Runs a redrive and gives the messages back; returns the counts, the output and the result.
async fn redrive(
    queue: &MemoryQueue,
    to: &MemoryQueue,
    selection: Selection<'_>,
    is_dry: bool,
) -> (RedriveCounts, String, anyhow::Result<()>) {
    let ledger = ledger();
    let redrive = Redrive { to, ledger: Some(&ledger), selection, is_dry, now: NOW };
    let mut letters = DeadLetters::new(queue, Interruption::default());
    let (mut counts, mut out) = (RedriveCounts::default(), Vec::new());
    let pace = Pace::new(NonZeroU32::new(1000).unwrap());
    let result = redrive.run(&mut letters, pace, &ProgressBar::hidden(), &mut counts, &mut out).await;
    letters.give_back().await;
    assert_eq!(queue.hidden(), 0);
    (counts, String::from_utf8(out).unwrap(), result)
}

fn ids(queue: &MemoryQueue) -> Vec<String> {
    queue.messages().into_iter().map(|message| message.id).collect()
}

#[tokio::test(start_paused = true)]
async fn selected_messages_are_moved_with_their_attributes_and_the_rest_stays() {
    let set = |texts: &[&'static str]| texts.iter().copied().collect::<BTreeSet<&str>>();
    for (selection, left, missing) in [
        (Selection::All, &[][..], 0),
        (Selection::Ids(set(&["failed", "done"])), &["poison"], 0),
        (Selection::Ids(set(&["failed", "gone"])), &["poison", "done"], 1),
        (Selection::Codes(set(&["file.deadline"])), &["poison", "done"], 0),
        (Selection::Codes(set(&["message.not-json", "file.done"])), &["failed"], 0),
        (Selection::Codes(set(&["file.not-found"])), &["poison", "failed", "done"], 0),
    ] {
        let name = format!("{selection:?}");
        let (queue, to) = (queue(), MemoryQueue::default());
        let before = queue.messages();
        let (counts, _, result) = redrive(&queue, &to, selection, false).await;
        result.unwrap();
        assert_eq!(ids(&queue), left, "{name}");
        let moved = 3 - left.len();
        assert_eq!(
            counts,
            RedriveCounts { seen: 3, moved: moved as u64, failed: 0, missing, late: 0 },
            "{name}"
        );
        assert_eq!(to.messages().len(), moved, "{name}");
        for message in to.messages() {
            let original = before.iter().find(|original| original.body == message.body).unwrap();
            assert_eq!(message.attributes, original.attributes);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_names_what_it_would_send_and_sends_nothing() {
    let (queue, to) = (queue(), MemoryQueue::default());
    let (counts, out, result) = redrive(&queue, &to, Selection::All, true).await;
    result.unwrap();
    assert_eq!((counts.moved, out.as_str()), (3, "poison\nfailed\ndone\n"));
    assert_eq!((ids(&queue).len(), to.sends()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_or_deleted_is_reported_and_stays() {
    let (queue, to) = (queue(), MemoryQueue::default());
    to.refuse("poison", u32::MAX, true);
    queue.keep("done");
    let (counts, _, result) = redrive(&queue, &to, Selection::All, false).await;
    result.unwrap();
    assert_eq!(counts, RedriveCounts { seen: 3, moved: 1, failed: 2, missing: 0, late: 0 });
    assert_eq!(ids(&queue), ["poison", "done"]);
    assert_eq!(to.messages().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_queue_ends_the_redrive_and_loses_nothing() {
    let (queue, to) = (queue(), MemoryQueue::default());
    to.break_sends_after(0);
    let (counts, _, result) = redrive(&queue, &to, Selection::All, false).await;
    result.unwrap_err();
    assert_eq!((counts.moved, ids(&queue).len()), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn what_returns_while_the_redrive_runs_is_left() {
    let queue = queue();
    let (counts, _, result) = redrive(&queue, &queue, Selection::All, false).await;
    result.unwrap();
    assert_eq!(counts, RedriveCounts { seen: 3, moved: 3, failed: 0, missing: 0, late: 3 });
    assert_eq!(queue.messages().len(), 3);
}

#[test]
fn batches_hold_what_sqs_accepts() {
    let of = |sizes: &[usize], most| {
        let messages: Vec<QueueMessage> = sizes.iter().map(|size| letter("m", &"x".repeat(*size))).collect();
        batches(&messages, most).iter().map(|batch| batch.len()).collect::<Vec<usize>>()
    };
    assert_eq!(of(&[], 10), [0; 0]);
    assert_eq!(of(&[1; 25], 10), [10, 10, 5]);
    assert_eq!(of(&[1; 3], 1), [1, 1, 1]);
    assert_eq!(of(&[200_000, 60_000, 60_000, 300_000, 1], 10), [2, 1, 1, 1]);
    let mut large = letter("m", &"x".repeat(SqsQueue::BATCH_BYTES));
    assert_eq!(size(&large), SqsQueue::BATCH_BYTES);
    large.attributes.insert("ab".into(), MessageAttribute::text("cd"));
    assert_eq!(size(&large), SqsQueue::BATCH_BYTES + 2 + 6 + 2);
}
