//! The counts of a batch: files, records, matches, and datapoints that were not published.
//!
//! `telemetry` publishes them.

use std::ops::AddAssign;

use serde::Serialize;

/// Files of a batch: `seen = processed + duplicate + ignored + failed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FileCounts {
    /// Files named by the messages.
    pub seen: u64,
    /// Files that were evaluated and published.
    pub processed: u64,
    /// Files that were processed before or are named twice.
    pub duplicate: u64,
    /// Objects that are not log files: digests, folder markers, files of other services.
    pub ignored: u64,
    /// Files that failed; their messages return to the queue.
    pub failed: u64,
}

impl AddAssign for FileCounts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.processed += other.processed;
        self.duplicate += other.duplicate;
        self.ignored += other.ignored;
        self.failed += other.failed;
    }
}

/// The records of the processed files: `seen = evaluated + rejected`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// The elements of `Records`.
    pub seen: u64,
    /// Records on which every rule was evaluated.
    pub evaluated: u64,
    /// Records that could not be read.
    pub rejected: u64,
}

impl AddAssign for RecordCounts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.evaluated += other.evaluated;
        self.rejected += other.rejected;
    }
}

/// The matches of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RuleCounts {
    /// Records that matched.
    pub matches: u64,
    /// Records that matched and whose `eventID` had not been counted before.
    pub counted: u64,
}

impl AddAssign for RuleCounts {
    fn add_assign(&mut self, other: Self) {
        self.matches += other.matches;
        self.counted += other.counted;
    }
}

/// Samples that were not published, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DroppedDatapoints {
    /// The timestamp is older than the sink accepts.
    pub too_old: u64,
    /// The timestamp is further in the future than the sink accepts.
    pub too_new: u64,
    /// The rule's metric value is a selector, and the record has no usable number there.
    pub without_value: u64,
    /// The datapoint needs the record's own time, and the record has none.
    pub without_time: u64,
    /// The sink rejected the datapoint as invalid.
    pub refused: u64,
    /// The message that announced the file switched datapoints off.
    pub switched_off: u64,
}

impl AddAssign for DroppedDatapoints {
    fn add_assign(&mut self, other: Self) {
        self.too_old += other.too_old;
        self.too_new += other.too_new;
        self.without_value += other.without_value;
        self.without_time += other.without_time;
        self.refused += other.refused;
        self.switched_off += other.switched_off;
    }
}
