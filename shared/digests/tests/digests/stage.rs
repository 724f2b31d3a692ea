//! Four hours of two regions, what is done to them, and what differs from a sound answer.

use std::collections::BTreeMap;

use digests::{MOST_ENTRIES, Place, PublicKeys, Request, Verified, stamp, verify};
use testkit::digests::{Chain, DigestPlan, HOME, Object, SigningKey, World};

use crate::memory::{self, Memory};

/// 2026-09-14T00:00:00Z
pub(crate) const MIDNIGHT: i64 = 1_789_344_000;
pub(crate) const HOUR: i64 = 3600;
pub(crate) const MINUTE: i64 = 60;
/// When the digests of the home region begin: 09:15:23.
pub(crate) const HOME_START: i64 = MIDNIGHT + 9 * HOUR + 923;
/// When those of the other region begin: 09:05:41.
pub(crate) const AWAY_START: i64 = MIDNIGHT + 9 * HOUR + 341;
/// The other region.
pub(crate) const AWAY: &str = "eu-central-1";

/// A time of the day.
pub(crate) fn at(hour: i64, minute: i64) -> i64 {
    MIDNIGHT + hour * HOUR + minute * MINUTE
}

/// Objects, keys, and what is asked.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) home: Chain,
    pub(crate) away: Chain,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) now: i64,
    /// In place of the keys of the world.
    pub(crate) keys: Option<String>,
    /// Codes of errors in place of objects.
    pub(crate) errors: BTreeMap<String, &'static str>,
    /// Whether the store knows when objects were written.
    pub(crate) with_times: bool,
    /// How many log files named by digests may be held in memory.
    pub(crate) most_entries: usize,
}

impl Stage {
    /// A sound stage. `plan` may change the plan of each digest of the home region, by its number.
    pub(crate) fn planned<'a>(plan: impl Fn(usize, &mut DigestPlan<'a>)) -> Self {
        let mut world = World::default();
        let validity = (MIDNIGHT - 20 * 24 * HOUR, MIDNIGHT + 10 * 24 * HOUR);
        world.keys.insert(HOME.into(), vec![(SigningKey::Home, validity.0, validity.1)]);
        world.keys.insert(AWAY.into(), vec![(SigningKey::Away, validity.0, validity.1)]);
        let mut home = Chain::new(HOME, SigningKey::Home);
        let mut away = Chain::new(AWAY, SigningKey::Away);
        for number in 0..4 {
            let start = HOME_START + number as i64 * HOUR;
            // The first is delivered after the hour began and named before it; the second late in the hour.
            let files = [40, 37 * MINUTE].map(|after| home.log_file(&mut world, start + after, 0));
            let mut digest = DigestPlan { files: files.to_vec(), ..DigestPlan::hour(start) };
            plan(number, &mut digest);
            home.digest(&mut world, digest);
            let start = AWAY_START + number as i64 * HOUR;
            let files = (number % 2 == 0).then(|| away.log_file(&mut world, start + 21 * MINUTE, 0));
            away.digest(
                &mut world,
                DigestPlan { files: files.into_iter().collect(), ..DigestPlan::hour(start) },
            );
        }
        Self {
            world,
            home,
            away,
            from: at(9, 0),
            to: at(13, 30),
            now: at(14, 0),
            keys: None,
            errors: BTreeMap::new(),
            with_times: true,
            most_entries: MOST_ENTRIES,
        }
    }

    /// A sound stage.
    pub(crate) fn sound() -> Self {
        Self::planned(|_, _| {})
    }

    pub(crate) fn digest(&self, number: usize) -> (String, String) {
        (self.home.links[number].bucket.clone(), self.home.links[number].key.clone())
    }

    pub(crate) fn file(&self, digest: usize, number: usize) -> (String, String) {
        self.home.links[digest].files[number].clone()
    }

    pub(crate) fn object(&mut self, place: &(String, String)) -> &mut Object {
        self.world.objects.get_mut(place).unwrap()
    }

    pub(crate) fn remove(&mut self, place: &(String, String)) -> Object {
        self.world.objects.remove(place).unwrap()
    }

    pub(crate) fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        for ((bucket, key), object) in &self.world.objects {
            memory.objects.insert(
                Place::new(bucket, key),
                memory::Object {
                    body: object.body.clone(),
                    metadata: object.metadata.clone(),
                    written_at: self.with_times.then_some(object.written_at),
                    error: self.errors.get(key).map(|code| (*code).to_owned()),
                },
            );
        }
        memory
    }

    pub(crate) fn request(&self) -> Request {
        let most_entries = self.most_entries;
        Request { from: Some(self.from), to: self.to, now: self.now, most_entries, ..Request::default() }
    }

    pub(crate) fn public_keys(&self) -> PublicKeys {
        let text = self.keys.clone().unwrap_or_else(|| self.world.keys_json());
        PublicKeys::parse(text.as_bytes()).unwrap()
    }

    pub(crate) fn verify(&self) -> Verified {
        verify(&self.memory(), &self.public_keys(), &self.request(), &()).unwrap()
    }

    /// What is not valid, as `NAME verdict`, and what is not proven, as `REGION FROM TO reason`, but for what is expected of
    /// every stage: the time before the chains and the digests that are not due.
    pub(crate) fn wrong(&self) -> Vec<String> {
        wrong(&self.verify())
    }

    /// Asserts what is wrong.
    #[track_caller]
    pub(crate) fn check(&self, expected: &[String]) {
        let mut expected = expected.to_vec();
        expected.sort();
        for with_times in [true, false] {
            for most_entries in [MOST_ENTRIES, 3, 0] {
                let stage = Self { with_times, most_entries, ..self.clone() };
                let verified = stage.verify();
                assert_eq!(
                    wrong(&verified),
                    expected,
                    "with times: {with_times}, at most {most_entries} entries"
                );
                let is_finding = |line: &String| !line.ends_with(" pending");
                assert_eq!(verified.report.has_findings(), expected.iter().any(is_finding));
            }
        }
    }
}

pub(crate) fn wrong(verified: &Verified) -> Vec<String> {
    let mut lines = Vec::new();
    for territory in &verified.report.territories {
        for digest in &territory.digests {
            lines.push(format!("{} {}", digest.place, digest.verdict.as_str()));
        }
        for file in &territory.log_files {
            lines.push(format!("{} {}", file.place, file.verdict.as_str()));
        }
        for hole in territory.holes.iter().filter(|hole| hole.reason.is_finding()) {
            let (from, to) = (stamp(hole.span.from), stamp(hole.span.to));
            lines.push(format!("{} {from} {to} {}", hole.region, hole.reason.as_str()));
        }
    }
    lines.retain(|line| !line.ends_with(" valid"));
    lines.sort();
    lines
}

/// A line about an object.
pub(crate) fn line((bucket, key): &(String, String), verdict: &str) -> String {
    format!("s3://{bucket}/{key} {verdict}")
}

/// A line about a hole.
pub(crate) fn hole(region: &str, from: i64, to: i64, reason: &str) -> String {
    format!("{region} {} {} {reason}", stamp(from), stamp(to))
}
