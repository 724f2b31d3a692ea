//! Prints what `trailbell verify` costs: processor time next to decompression of the same files, and the time for a day of
//! objects that are 30 ms away.
//!
//! The second part runs the binary that the command line names, against a stand-in for S3 and CloudTrail:
//! `cargo build --release -p cli && cargo run --release -p benchmarks --bin verify -- target/release/trailbell`.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::io::Cursor;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use benchmarks::{GunzipMemory, gunzip_only};
use digests::{
    DigestMetadata, ListedObject, ObjectError, ObjectErrorKind, ObjectStore, Opened, Place, PublicKeys,
    Request, Root,
};
use testkit::digests::{World, day, day_with};
use testkit::generator::{DEFAULT_SEED, Generator};
use testkit::stand_in::{ServedObject, Service, StandIn};

/// 2026-09-14T00:00:00Z
const MIDNIGHT: i64 = 1_789_344_000;
const DAY: i64 = 86_400;
/// The rounds for each way.
const ROUNDS: usize = 11;
/// Log files of the day whose processor time is measured.
const FILES: u32 = 2_000;
/// Objects of the day that is far away: its log files, and 48 digests.
const OBJECTS: u32 = 10_000;
/// How far away it is.
const LATENCY: Duration = Duration::from_millis(30);

fn main() -> anyhow::Result<()> {
    processor()?;
    match std::env::args().nth(1) {
        Some(binary) => latency(&binary),
        None => {
            println!("\nname the binary to measure a day of {OBJECTS} objects at {} ms", LATENCY.as_millis());
            Ok(())
        }
    }
}

/// Compares decompression with the whole verification, in turns.
fn processor() -> anyhow::Result<()> {
    let mut contents = Generator::new(DEFAULT_SEED).day(FILES).map(|file| file.json);
    let (world, _) = day_with(MIDNIGHT, FILES, |chain, world, delivered, number| {
        let content = contents.next().unwrap_or_default();
        chain.log_file_of(world, delivered, number, &content)
    });
    let keys = PublicKeys::parse(world.keys_json().as_bytes())?;
    let is_log_file = |key: &str| !key.contains("/CloudTrail-Digest/");
    let bodies = world.objects.iter().filter(|((_, key), _)| is_log_file(key));
    let files: Vec<Vec<u8>> = bodies.map(|(_, object)| object.body.clone()).collect();
    let bytes: usize = files.iter().map(Vec::len).sum();
    let memory = Memory::of(world);
    let request =
        Request { from: Some(MIDNIGHT), to: MIDNIGHT + DAY, now: MIDNIGHT + 2 * DAY, ..Request::default() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let (mut gunzip, mut verified) = (Vec::new(), Vec::new());
    let mut gunzip_memory = GunzipMemory::default();
    for _ in 0..=ROUNDS {
        let start = processor_time();
        for file in &files {
            black_box(gunzip_only(file.as_slice(), &mut gunzip_memory)?);
        }
        gunzip.push(processor_time() - start);
        let start = processor_time();
        let report = pool.install(|| digests::verify(&memory, &keys, &request, &()))?.report;
        verified.push(processor_time() - start);
        ensure!(!report.has_findings(), "the day is sound");
    }
    let (gunzip, verified) = (quartile(gunzip), quartile(verified));
    println!("{FILES} log files, {:.1} MB, in 48 digests: processor time", bytes as f64 / 1e6);
    for (name, time) in [("gunzip only", gunzip), ("verify", verified)] {
        let ratio = time.as_secs_f64() / gunzip.as_secs_f64();
        println!("  {name:<12} {:>8.1} ms  {ratio:>5.2} × gunzip", time.as_secs_f64() * 1e3);
    }
    Ok(())
}

/// Times the binary over a day that is far away.
fn latency(binary: &str) -> anyhow::Result<()> {
    let (world, _) = day(MIDNIGHT, OBJECTS - 48);
    let served = |object: testkit::digests::Object| ServedObject {
        body: object.body,
        metadata: object.metadata,
        written_at: object.written_at,
        ..ServedObject::default()
    };
    let public_keys = serde_json::from_str(&world.keys_json())?;
    let objects = world.objects.into_iter().map(|(place, object)| (place, served(object))).collect();
    let stand_in = StandIn::serve(Service { objects, public_keys, latency: LATENCY, ..Service::default() });
    let begun = Instant::now();
    let output = Command::new(binary)
        .args(["verify", "s3://amzn-s3-demo-bucket", "--from", "2026-09-14", "--to", "2026-09-15T00:00Z"])
        .args(["--now", "2026-09-16T00:00Z"])
        .envs(stand_in.environment())
        .output()
        .with_context(|| format!("`{binary}` cannot be run"))?;
    let elapsed = begun.elapsed();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let requests = stand_in.seen().len();
    println!(
        "\n{OBJECTS} objects at {} ms: {:.1} s for {requests} requests, {} at a time; one by one {:.0} s",
        LATENCY.as_millis(),
        elapsed.as_secs_f64(),
        stand_in.most_at_once(),
        LATENCY.as_secs_f64() * requests as f64
    );
    Ok(())
}

/// The processor time of all threads.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// The lower quartile without the first round, because disturbances only ever make a run longer.
fn quartile(mut times: Vec<Duration>) -> Duration {
    times.remove(0);
    times.sort();
    times.get(times.len() / 4).copied().unwrap_or_default()
}

/// The content of an object, its metadata and when it was written.
type Content = (Arc<[u8]>, BTreeMap<String, String>, i64);

/// A bucket in memory.
struct Memory(BTreeMap<Place, Content>);

impl Memory {
    fn of(world: World) -> Self {
        let objects = world.objects.into_iter().map(|((bucket, key), object)| {
            (Place::new(bucket, key), (Arc::from(object.body), object.metadata, object.written_at))
        });
        Self(objects.collect())
    }

    fn below(&self, folder: &Place) -> impl Iterator<Item = (&Place, &str, usize, i64)> {
        let found = self.0.range(folder.clone()..);
        let found = found.map_while(move |(place, (body, _, written_at))| {
            let below = place.key.strip_prefix(&folder.key)?;
            Some((place, below, body.len(), *written_at))
        });
        found.collect::<Vec<_>>().into_iter()
    }
}

impl ObjectStore for Memory {
    type Body = Cursor<Arc<[u8]>>;

    fn roots(&self) -> Result<Vec<Root>, ObjectError> {
        let first = self.0.keys().next();
        let root = |place: &Place| Root { bucket: place.bucket.clone(), prefix: String::new() };
        Ok(first.map(root).into_iter().collect())
    }

    fn folders(&self, folder: &Place) -> Result<Vec<String>, ObjectError> {
        let names = self.below(folder).filter_map(|(_, below, ..)| Some(below.split_once('/')?.0.to_owned()));
        Ok(names.collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn objects(&self, folder: &Place) -> Result<Vec<ListedObject>, ObjectError> {
        let listed = |(place, _, size, written_at): (&Place, &str, usize, i64)| ListedObject {
            key: place.key.clone(),
            size: size as u64,
            delivered_at: Some(written_at),
            tag: String::new(),
        };
        Ok(self.below(folder).map(listed).collect())
    }

    fn open(&self, place: &Place) -> Result<Opened<Self::Body>, ObjectError> {
        let missing = || ObjectError {
            kind: ObjectErrorKind::Missing,
            reason: "it is not there".to_owned(),
            source: None,
        };
        let (body, metadata, _) = self.0.get(place).ok_or_else(missing)?;
        let metadata = metadata.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(Opened { body: Cursor::new(Arc::clone(body)), metadata: DigestMetadata::of(metadata) })
    }
}
