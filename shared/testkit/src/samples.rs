//! The sample folder: an attack among the ordinary noise of one day, in two accounts and three regions.
//!
//! What happens is told in `samples/story.rs`; this module turns it into files and adds the noise, one record that is
//! delivered twice, one file without records and one digest file. The digest names real hashes but has no signature:
//! S3 keeps that in the object's metadata, which a folder does not have.

mod digest;
mod story;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use crate::dice::Dice;
use crate::generator::{ACCOUNTS, Generator, LogFile, Principal, Record, Scene, file_of, object_key};
use crate::json::Json;

/// The account from which the organization is managed, in [`ACCOUNTS`].
const MANAGEMENT: usize = 0;
/// The account that is attacked.
const PRODUCTION: usize = 1;

const VIRGINIA: &str = "us-east-1";
const IRELAND: &str = "eu-west-1";
const SYDNEY: &str = "ap-southeast-2";

/// Files in which nothing happens: account, region, hour and minute of delivery, records.
const QUIET_FILES: [(usize, &str, i64, i64, usize); 11] = [
    (MANAGEMENT, VIRGINIA, 0, 5, 28),
    (PRODUCTION, SYDNEY, 1, 10, 14),
    (MANAGEMENT, VIRGINIA, 8, 30, 31),
    (PRODUCTION, VIRGINIA, 9, 15, 40),
    (MANAGEMENT, IRELAND, 10, 20, 9),
    (PRODUCTION, VIRGINIA, 12, 0, 36),
    (PRODUCTION, SYDNEY, 13, 35, 17),
    (MANAGEMENT, VIRGINIA, 16, 10, 26),
    (PRODUCTION, VIRGINIA, 18, 45, 33),
    (PRODUCTION, IRELAND, 20, 5, 22),
    (MANAGEMENT, SYDNEY, 23, 55, 0),
];

/// How many ordinary records surround those of the attack in one file.
const NOISE: (u32, u32) = (9, 24);

/// The objects of the sample folder, by key.
pub fn files(seed: u64) -> Vec<LogFile> {
    let mut day = SampleDay::new(seed);
    story::tell(&mut day);
    day.surround_with_noise();
    for (account, region, hour, minute, records) in QUIET_FILES {
        day.add_quiet_file(Delivery { account, region, minute: hour * 60 + minute }, records);
    }
    day.into_files()
}

/// One log file to come: whose, where, and in which minute of the day it is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Delivery {
    minute: i64,
    account: usize,
    region: &'static str,
}

/// The records of a day, by the file in which they are delivered.
struct SampleDay {
    generator: Generator,
    deliveries: BTreeMap<Delivery, Vec<Json>>,
}

impl SampleDay {
    fn new(seed: u64) -> Self {
        Self { generator: Generator::new(seed), deliveries: BTreeMap::new() }
    }

    /// Records a call of the story. `at` is hour, minute and second.
    fn record(
        &mut self,
        delivery: Delivery,
        at: (i64, i64, i64),
        who: &Principal,
        call: impl FnOnce(&mut Dice, Scene<'_>) -> Record,
    ) {
        let (hour, minute, second) = at;
        let time = self.generator.midnight() + Duration::seconds(hour * 3600 + minute * 60 + second);
        let record = self.generator.particular(delivery.account, delivery.region, time, who, call);
        self.deliveries.entry(delivery).or_default().push(record);
    }

    /// Delivers the records of `from` with the event name `name` a second time, as CloudTrail does now and then.
    fn deliver_again(&mut self, from: Delivery, name: &str, to: Delivery) {
        let repeated: Vec<Json> = self.deliveries[&from]
            .iter()
            .filter(|record| record.text("eventName") == Some(name))
            .cloned()
            .collect();
        self.deliveries.entry(to).or_default().extend(repeated);
    }

    fn surround_with_noise(&mut self) {
        let deliveries: Vec<Delivery> = self.deliveries.keys().copied().collect();
        for delivery in deliveries {
            let count = self.generator.dice().between(NOISE.0, NOISE.1);
            self.add_noise(delivery, count as usize);
        }
    }

    fn add_quiet_file(&mut self, delivery: Delivery, records: usize) {
        self.deliveries.entry(delivery).or_default();
        self.add_noise(delivery, records);
    }

    /// Scatters ordinary records among those that are there.
    fn add_noise(&mut self, delivery: Delivery, count: usize) {
        let time = self.time_of(delivery);
        for _ in 0..count {
            let record = self.generator.ordinary(delivery.account, delivery.region, time);
            let records = self.deliveries.entry(delivery).or_default();
            let length = u32::try_from(records.len()).expect("a sample file is small");
            let position = self.generator.dice().below(length + 1);
            records.insert(position as usize, record);
        }
    }

    fn time_of(&self, delivery: Delivery) -> OffsetDateTime {
        self.generator.midnight() + Duration::minutes(delivery.minute)
    }

    fn into_files(mut self) -> Vec<LogFile> {
        let deliveries = std::mem::take(&mut self.deliveries);
        let mut files = Vec::new();
        let mut digest = digest::Digest::new(ACCOUNTS[PRODUCTION], VIRGINIA, self.generator.midnight());
        for (delivery, records) in deliveries {
            let time = self.time_of(delivery);
            let account = ACCOUNTS[delivery.account];
            let key = object_key(self.generator.dice(), account, delivery.region, time);
            let file = LogFile { key, json: file_of(&records) };
            if (delivery.account, delivery.region) == (PRODUCTION, VIRGINIA) {
                digest.name(&file, &records, time);
            }
            files.push(file);
        }
        files.push(digest.into_file(self.generator.dice().hex(32)));
        files.sort_by(|first, second| first.key.cmp(&second.key));
        files
    }
}
