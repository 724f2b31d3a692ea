//! The time from a message to its published metric when nothing goes wrong.
//!
//! Files come one by one, at half of the speed at which a full queue was emptied: a queue that grows would be what is
//! measured otherwise. How fast a queue is emptied, and how that grows with its length, is told by rows of the table.

use std::collections::HashMap;
use std::time::Duration;

use testkit::emulator::epoch_milliseconds;

use crate::load::{Load, LoadOptions, OWN_USERS, Shape};
use crate::rows::STEADY;
use crate::stage::{Stage, Suite};
use crate::wire::{Fault, Wire};

/// The name by which the speed is asked for among the rows.
pub(crate) const NAME: &str = "steady";
/// Records of a file besides those that the rules count.
const NOISE: usize = 50;

/// Times from message to published metric.
#[derive(Debug)]
pub(crate) struct Latencies {
    /// Files a second.
    pub(crate) rate: f64,
    /// Milliseconds, ascending.
    milliseconds: Vec<i64>,
}

impl Latencies {
    /// Sends so many files at a rate.
    pub(crate) async fn measure(suite: &Suite, files: usize, rate: f64) -> Self {
        let seed = suite.seed_of(NAME);
        let options = LoadOptions { files, noise: NOISE, users: OWN_USERS, shape: Shape::Plain };
        let load = Load::new(options, seed);
        let wire = Wire::new(Fault::None, seed);
        let mut stage = Stage::set(suite, STEADY, &wire).await;
        stage.put(&load, false).await;
        stage.host.add_environments(STEADY.environments);
        let mut sent: HashMap<&str, i64> = HashMap::new();
        let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
        for (file, message) in load.files.iter().zip(&load.messages) {
            clock.tick().await;
            sent.insert(&file.user, epoch_milliseconds());
            stage.announce_one(message).await;
        }
        assert!(stage.is_quiet().await, "messages are left in the queue");
        let published = wire.published();
        let mut milliseconds: Vec<i64> =
            sent.iter().filter_map(|(user, sent)| Some(published.get(*user)? - sent)).collect();
        milliseconds.sort_unstable();
        Self { rate, milliseconds }
    }

    /// How many were measured.
    pub(crate) fn count(&self) -> usize {
        self.milliseconds.len()
    }

    /// The time that so many in a hundred do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> i64 {
        let rank = (self.milliseconds.len() * percent).div_ceil(100).max(1);
        self.milliseconds.get(rank - 1).copied().unwrap_or_default()
    }
}
