//! A day with faults placed by a seed: every fault is named, and none is invented.
//!
//! What is expected follows from the faults alone, by rules that are written here a second time and much simpler, because
//! only these faults occur. `DIGEST_FAULT_ROUNDS` and `DIGEST_FAULT_FILES` make it longer.

use std::collections::BTreeSet;

use digests::{MOST_ENTRIES, Verified};
use testkit::digests::{BUCKET, Chain, HOME, gzip};

use crate::stage::{AWAY, HOUR, MIDNIGHT, MINUTE, Stage, hole, line, wrong};

/// SplitMix64: the same faults for the same seed everywhere.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// What was done to a digest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Digest {
    Sound,
    Removed,
    Altered,
    /// Its metadata is gone.
    Bare,
}

#[derive(Clone)]
struct Round {
    stage: Stage,
    chains: Vec<Chain>,
    digests: Vec<[Digest; 24]>,
    /// Lines about log files that digests name and that were spoiled.
    spoiled: Vec<((String, String), &'static str)>,
    added: Vec<(usize, (String, String), i64)>,
    touched: BTreeSet<(String, String)>,
}

fn sound(files: u32) -> Round {
    let (world, chains) = testkit::digests::day(MIDNIGHT, files);
    let mut stage = Stage::sound();
    (stage.world, stage.from, stage.to, stage.now) =
        (world, MIDNIGHT, MIDNIGHT + 24 * HOUR, MIDNIGHT + 48 * HOUR);
    let digests = vec![[Digest::Sound; 24]; chains.len()];
    Round { stage, chains, digests, spoiled: Vec::new(), added: Vec::new(), touched: BTreeSet::new() }
}

impl Round {
    fn fault(&mut self, seed: &mut Seed) {
        let (chain, hour) = (seed.below(self.chains.len()), seed.below(24));
        match seed.below(7) {
            0 => self.spoil_digest(
                chain,
                hour,
                [Digest::Removed, Digest::Altered, Digest::Bare][seed.below(3)],
            ),
            1 => self.add(chain, seed),
            kind => {
                let files = &self.chains[chain].links[hour].files;
                if files.is_empty() {
                    return;
                }
                let file = files[seed.below(files.len())].clone();
                self.spoil_file(file, kind);
            }
        }
    }

    fn spoil_digest(&mut self, chain: usize, hour: usize, how: Digest) {
        let sound = self.digests[chain].iter().filter(|digest| **digest == Digest::Sound).count();
        if sound < 3 || self.digests[chain][hour] != Digest::Sound {
            return;
        }
        self.digests[chain][hour] = how;
        let link = &self.chains[chain].links[hour];
        let place = (link.bucket.clone(), link.key.clone());
        match how {
            Digest::Sound => {}
            Digest::Removed => drop(self.stage.remove(&place)),
            Digest::Altered => {
                let mut text: serde_json::Value = serde_json::from_slice(&link.content).unwrap();
                text["logFiles"].as_array_mut().unwrap().clear();
                text["newestEventTime"] = serde_json::json!("altered");
                self.stage.object(&place).body = gzip(text.to_string().replace('/', "\\/").as_bytes());
            }
            Digest::Bare => self.stage.object(&place).metadata.clear(),
        }
    }

    fn spoil_file(&mut self, file: (String, String), kind: usize) {
        if !self.touched.insert(file.clone()) {
            return;
        }
        let verdict = match kind {
            2 => {
                self.stage.remove(&file);
                "missing"
            }
            3 => {
                self.stage.object(&file).body = gzip(br#"{"Records":[]}"#);
                "altered"
            }
            4 => {
                let body = &mut self.stage.object(&file).body;
                body.truncate(body.len() / 2);
                "damaged"
            }
            5 => {
                self.stage.object(&file).body.push(0);
                "damaged"
            }
            _ => {
                self.stage.object(&file).body.clear();
                "altered"
            }
        };
        self.spoiled.push((file, verdict));
    }

    fn add(&mut self, chain: usize, seed: &mut Seed) {
        let second = MIDNIGHT + 45 * MINUTE + seed.below(22 * 3600) as i64;
        let entry =
            self.chains[chain].log_file(&mut self.stage.world, second, 1000 + seed.below(1 << 20) as u64);
        let file = (BUCKET.to_owned(), entry["s3Object"].as_str().unwrap().to_owned());
        self.added.push((chain, file, second));
    }

    fn is_valid(&self, chain: usize, hour: usize) -> bool {
        match self.digests[chain][hour] {
            Digest::Sound => true,
            Digest::Removed | Digest::Altered => false,
            // The next digest knows the signature, even if it is not to be trusted itself.
            Digest::Bare => hour < 23 && self.digests[chain][hour + 1] != Digest::Removed,
        }
    }

    fn expected(&self, with_times: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for (at, chain) in self.chains.iter().enumerate() {
            let holes = self.holes(at);
            for (from, to, reason) in &holes {
                if *reason != "before-chain" {
                    lines.push(hole(&chain.region, *from, *to, reason));
                }
            }
            for (hour, link) in chain.links.iter().enumerate() {
                let place = (link.bucket.clone(), link.key.clone());
                match self.digests[at][hour] {
                    Digest::Altered => lines.push(line(&place, "signature")),
                    Digest::Bare if !self.is_valid(at, hour) => lines.push(line(&place, "no-signature")),
                    Digest::Removed if hour < 23 && self.is_valid(at, hour + 1) => {
                        lines.push(line(&place, "missing"))
                    }
                    Digest::Sound | Digest::Bare | Digest::Removed => {}
                }
                for file in &link.files {
                    lines.extend(self.expected_file(at, hour, file));
                }
            }
            for (_, file, second) in self.added.iter().filter(|(chain, ..)| *chain == at) {
                let minute = second - second.rem_euclid(300);
                let (from, to) = if with_times {
                    (second - 5 * MINUTE, second + 5 * MINUTE)
                } else {
                    (minute - 5 * MINUTE, minute + 20 * MINUTE)
                };
                let is_near = holes.iter().any(|(start, end, _)| *start <= to && from < *end);
                lines.push(line(file, if is_near { "unproven" } else { "unlisted" }));
            }
        }
        lines.sort();
        lines
    }

    fn expected_file(&self, chain: usize, hour: usize, file: &(String, String)) -> Option<String> {
        let spoiled = self.spoiled.iter().find(|(spoiled, _)| spoiled == file).map(|(_, verdict)| *verdict);
        if self.is_valid(chain, hour) {
            return spoiled.map(|verdict| line(file, verdict));
        }
        let is_there = spoiled != Some("missing");
        let is_of_span = !file.1.contains("/2026/09/15/");
        (is_there && is_of_span).then(|| line(file, "unproven"))
    }

    /// The time that is not proven: runs of digests that are not valid, and the time before the chain.
    fn holes(&self, chain: usize) -> Vec<(i64, i64, &'static str)> {
        let links = &self.chains[chain].links;
        let mut holes = Vec::new();
        let mut from = self.stage.from;
        let mut run: Vec<Digest> = Vec::new();
        for (hour, link) in links.iter().enumerate() {
            if !self.is_valid(chain, hour) {
                run.push(self.digests[chain][hour]);
                continue;
            }
            if link.start > from {
                let reason = match run.last() {
                    None => "before-chain",
                    Some(Digest::Removed) => "digest-missing",
                    Some(Digest::Sound | Digest::Altered | Digest::Bare) => "digest-invalid",
                };
                holes.push((from, link.start, reason));
            }
            run.clear();
            from = link.end;
        }
        if from < self.stage.to {
            let is_gone = run.iter().all(|digest| *digest == Digest::Removed);
            holes.push((from, self.stage.to, if is_gone { "overdue" } else { "digest-invalid" }));
        }
        holes
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no configuration of what ships")]
fn number(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn every_fault_is_named_and_none_is_invented() {
    let files = number("DIGEST_FAULT_FILES", 10_000);
    let sound = sound(files);
    for round in 0..number("DIGEST_FAULT_ROUNDS", 5) {
        let mut seed = Seed(u64::from(round) * 7919 + 3);
        let mut day = sound.clone();
        // From one fault to fifty, each number once in fifty rounds.
        let faults = 1 + (round as usize * 37) % 50;
        for _ in 0..faults {
            day.fault(&mut seed);
        }
        // Held in memory at once, and in windows of about three digests.
        let few = 3 * files as usize / 48;
        for (with_times, most_entries) in
            [(true, MOST_ENTRIES), (false, MOST_ENTRIES), (true, few), (false, few)]
        {
            let stage = Stage { with_times, most_entries, ..day.stage.clone() };
            let expected = day.expected(with_times);
            assert_eq!(
                wrong(&stage.verify()),
                expected,
                "round {round}, times {with_times}, entries {most_entries}"
            );
        }
    }
}

/// The seconds of a region that are not proven.
fn unproven_seconds(verified: &Verified, region: &str) -> i64 {
    let territories = verified.report.territories.iter().filter(|territory| territory.region == region);
    let holes = territories.flat_map(|territory| &territory.holes);
    holes.map(|hole| hole.span.to - hole.span.from).sum()
}

#[test]
fn whatever_is_removed_no_time_is_proven_that_was_not() {
    let day = sound(48);
    let before = day.stage.verify();
    for round in 0..40 {
        let mut seed = Seed(round);
        let mut stage = day.stage.clone();
        let share = 2 + seed.below(8);
        stage.world.objects.retain(|_, _| seed.below(share) > 0);
        let after = stage.verify();
        for region in [HOME, AWAY] {
            assert!(unproven_seconds(&after, region) >= unproven_seconds(&before, region), "round {round}");
        }
    }
}

#[test]
fn any_byte_that_changes_the_content_of_an_object_is_noticed() {
    let day = sound(48);
    for round in 0..60 {
        let mut seed = Seed(round);
        let mut stage = day.stage.clone();
        let at = seed.below(stage.world.objects.len());
        let (place, object) = stage.world.objects.iter_mut().nth(at).unwrap();
        let place = place.clone();
        let byte = seed.below(object.body.len());
        // The first ten bytes are the header of the gzip member; its time and its system are not signed.
        object.body[byte.max(10)] ^= 1 << seed.below(8);
        let wrong = stage.wrong();
        let place = format!("s3://{}/{} ", place.0, place.1);
        assert!(
            wrong.iter().any(|line| line.starts_with(&place)),
            "round {round}: {place} byte {byte}: {wrong:?}"
        );
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut day = sound(96);
    let mut seed = Seed(11);
    for _ in 0..12 {
        day.fault(&mut seed);
    }
    let reports: Vec<Verified> = [1, 2, 7]
        .into_iter()
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| day.stage.verify())
        })
        .collect();
    assert!(reports.windows(2).all(|pair| pair[0] == pair[1]));
}
