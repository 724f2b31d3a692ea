//! Log files as CloudTrail writes them, of any size, from a seed.
//!
//! The same seed gives the same bytes on every machine. The mix is that of an ordinary account: nine calls in ten
//! read, most callers are roles and services, a few calls are refused. About one record in two hundred is spelled or
//! filled in a way that is valid and unusual, to catch readers that take short cuts (see [`RARITIES`]).
//! It knows nothing of attacks: the story of the sample folder is told in [`crate::samples`].
//!
//! # Source
//!
//! The AWS CloudTrail User Guide: record contents, log file names, event sizes.

mod account;
mod calls;
mod files;
mod principal;
mod rare;
mod record;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use time::macros::date;
use time::{Date, Duration, OffsetDateTime, Time};

pub use files::{LogFile, gzip, gzip_into};
pub use rare::RARITIES;

pub(crate) use account::{ACCOUNTS, Account, REGIONS, Scene};
pub(crate) use calls::compute::launch;
pub(crate) use files::object_key;
pub(crate) use principal::Principal;
pub(crate) use record::{Details, Kind, Record, Refusal, timestamp};

use crate::dice::Dice;
use crate::json::{Json, Spelling};
use calls::{Call, Callers, Catalogue};

/// The seed of the sample folder and of the data sets that measurements are quoted for.
pub const DEFAULT_SEED: u64 = 1;

/// The day on which generated files are delivered unless another is asked for.
pub const DEFAULT_DAY: Date = date!(2026 - 09 - 14);

/// A source of records and log files.
#[derive(Debug)]
pub struct Generator {
    dice: Dice,
    day: Date,
    accounts: Vec<Account>,
    catalogue: Catalogue,
}

impl Generator {
    /// A generator whose output is a function of `seed`, for files delivered on [`DEFAULT_DAY`].
    pub fn new(seed: u64) -> Self {
        Self::for_day(seed, DEFAULT_DAY)
    }

    /// The same for files delivered on `day`.
    pub fn for_day(seed: u64, day: Date) -> Self {
        let mut dice = Dice::new(seed);
        let accounts = ACCOUNTS.iter().map(|id| Account::new(&mut dice, id, day)).collect();
        Self { dice, day, accounts, catalogue: Catalogue::new() }
    }

    /// One record as JSON text.
    pub fn record(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2048);
        let delivery = self.noon();
        self.append_record(&mut out, 0, REGIONS[0], delivery);
        out
    }

    /// The JSON of a log file with `records` records, of one account and region.
    pub fn log_file(&mut self, records: usize) -> Vec<u8> {
        let delivery = self.noon();
        self.log_file_of(0, REGIONS[0], delivery, records)
    }

    /// The JSON of a log file of at least `bytes` bytes, and less than one record more.
    pub fn large_file(&mut self, bytes: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0));
        self.write_large_file(bytes, &mut out).expect("a `Vec` takes every byte");
        out
    }

    /// Writes what [`Generator::large_file`] returns, record by record, and answers how many records it has.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_large_file(&mut self, bytes: u64, mut out: impl Write) -> io::Result<u64> {
        let delivery = self.noon();
        let mut records = 0;
        let mut written = HEAD.len() + TAIL.len();
        let mut record = Vec::with_capacity(16 << 10);
        out.write_all(HEAD)?;
        while (written as u64) < bytes {
            record.clear();
            if records > 0 {
                record.push(b',');
            }
            self.append_record(&mut record, 0, REGIONS[0], delivery);
            out.write_all(&record)?;
            written += record.len();
            records += 1;
        }
        out.write_all(TAIL)?;
        Ok(records)
    }

    /// A day of `files` log files in order of delivery: three accounts, five regions, about 51 records a file.
    ///
    /// Half of the files have up to 20 records, one in fifty several hundred.
    pub fn day(mut self, files: u32) -> impl Iterator<Item = LogFile> {
        (0..files).map(move |index| {
            let minute = u64::from(index) * 24 * 60 / u64::from(files);
            let delivery = self.midnight() + Duration::minutes((minute / 5 * 5).cast_signed());
            let account = [0, 0, 1, 1, 1, 2][self.dice.below(6) as usize];
            let region = REGIONS[[0, 0, 0, 1, 2, 2, 3, 4][self.dice.below(8) as usize]];
            let records = self.records_in_a_file();
            let json = self.log_file_of(account, region, delivery, records);
            let key = object_key(&mut self.dice, ACCOUNTS[account], region, delivery);
            LogFile { key, json }
        })
    }

    /// One log file for each of the first `minutes` minutes of the day, with `records` records each, of one account and
    /// region.
    pub fn minutes(mut self, minutes: u32, records: usize) -> impl Iterator<Item = LogFile> {
        (0..minutes).map(move |minute| {
            let delivery = self.midnight() + Duration::minutes(i64::from(minute));
            let json = self.log_file_of(0, REGIONS[0], delivery, records);
            LogFile { key: object_key(&mut self.dice, ACCOUNTS[0], REGIONS[0], delivery), json }
        })
    }

    fn records_in_a_file(&mut self) -> usize {
        let records = match self.dice.below(100) {
            0..50 => self.dice.between(1, 20),
            50..85 => self.dice.between(20, 80),
            85..98 => self.dice.between(80, 220),
            _ => self.dice.between(200, 650),
        };
        records as usize
    }

    /// The JSON of one log file of the account at `account` in [`ACCOUNTS`].
    fn log_file_of(
        &mut self,
        account: usize,
        region: &'static str,
        delivery: OffsetDateTime,
        records: usize,
    ) -> Vec<u8> {
        let mut out = HEAD.to_vec();
        for index in 0..records {
            if index > 0 {
                out.push(b',');
            }
            self.append_record(&mut out, account, region, delivery);
        }
        out.extend_from_slice(TAIL);
        out
    }

    fn append_record(
        &mut self,
        out: &mut Vec<u8>,
        account: usize,
        region: &'static str,
        delivery: OffsetDateTime,
    ) {
        let (record, spelling) = self.any_record(account, region, delivery);
        record.write_into(out, spelling);
    }

    /// A record, ordinary or rare, of a call that CloudTrail would deliver at `delivery`.
    fn any_record(
        &mut self,
        account: usize,
        region: &'static str,
        delivery: OffsetDateTime,
    ) -> (Json, Spelling) {
        let scene =
            Scene { account: &self.accounts[account], region, time: earlier(&mut self.dice, delivery) };
        if let Some(rare) = rare::draw(&mut self.dice, scene) {
            return rare;
        }
        let call = self.catalogue.draw(&mut self.dice, region);
        (ordinary_record(&mut self.dice, call, scene), Spelling::Compact)
    }

    /// An ordinary record of the account at `account` in [`ACCOUNTS`].
    pub(crate) fn ordinary(
        &mut self,
        account: usize,
        region: &'static str,
        delivery: OffsetDateTime,
    ) -> Json {
        let scene =
            Scene { account: &self.accounts[account], region, time: earlier(&mut self.dice, delivery) };
        let call = self.catalogue.draw(&mut self.dice, region);
        ordinary_record(&mut self.dice, call, scene)
    }

    /// The record of one particular call by `who`, and not of an ordinary one.
    pub(crate) fn particular(
        &mut self,
        account: usize,
        region: &'static str,
        time: OffsetDateTime,
        who: &Principal,
        call: impl FnOnce(&mut Dice, Scene<'_>) -> Record,
    ) -> Json {
        let scene = Scene { account: &self.accounts[account], region, time };
        call(&mut self.dice, scene).into_json(&mut self.dice, who, scene)
    }

    pub(crate) fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    pub(crate) fn midnight(&self) -> OffsetDateTime {
        self.day.with_time(Time::MIDNIGHT).assume_utc()
    }

    fn noon(&self) -> OffsetDateTime {
        self.midnight() + Duration::hours(12)
    }
}

/// What stands before the first record of a log file, and after the last.
const HEAD: &[u8] = br#"{"Records":["#;
const TAIL: &[u8] = b"]}";

/// The JSON of a log file with exactly these records, spelled as CloudTrail spells them.
pub(crate) fn file_of(records: &[Json]) -> Vec<u8> {
    let mut out = HEAD.to_vec();
    for (index, record) in records.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        record.write_into(&mut out, Spelling::Compact);
    }
    out.extend_from_slice(TAIL);
    out
}

/// Two to nine minutes before the delivery, in no order.
fn earlier(dice: &mut Dice, delivery: OffsetDateTime) -> OffsetDateTime {
    delivery - Duration::seconds(i64::from(dice.between(120, 540)))
}

fn ordinary_record(dice: &mut Dice, call: Call, scene: Scene<'_>) -> Json {
    let who = caller(dice, call, scene.account);
    let mut details = (call.fill)(dice, scene);
    let error = refusal(dice, call, who);
    if error.is_some() {
        details.response = Json::Null;
    }
    let crosses_accounts = call.name == "AssumeRole" && dice.one_in(3);
    let record = Record {
        version: call.version,
        service: call.service,
        name: call.name,
        kind: call.kind,
        read_only: call.read_only,
        error,
        details,
        event_id: dice.uuid(),
        shared_event_id: crosses_accounts.then(|| dice.uuid()),
    };
    record.into_json(dice, who, scene)
}

fn caller<'a>(dice: &mut Dice, call: Call, account: &'a Account) -> &'a Principal {
    let people = &account.people;
    let candidates = match call.callers {
        Callers::Humans => &people.humans,
        Callers::Workloads => &people.workloads,
        Callers::Services => &people.services,
        Callers::Directory => &people.directory,
        Callers::Mixed if dice.one_in(6) => &people.humans,
        Callers::Mixed => &people.workloads,
    };
    dice.pick(candidates)
}

/// One ordinary call in forty fails, half of them for want of a permission.
fn refusal(dice: &mut Dice, call: Call, who: &Principal) -> Option<Refusal> {
    if call.kind != Kind::Management || who.arn.is_empty() || !dice.one_in(40) {
        return None;
    }
    if dice.one_in(2) {
        return Some(Refusal::new("ThrottlingException", "Rate exceeded"));
    }
    Some(Refusal::denied(call.service, call.name, &who.arn))
}
