//! Writes generated log files: the sample folder, one large file, or a day of files.
//!
//! It puts nothing into a bucket and sends no notifications.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use testkit::generator::{DEFAULT_DAY, DEFAULT_SEED, Generator, gzip_into};
use testkit::samples;
use time::Duration;

/// Generated CloudTrail log files, the same for the same seed.
#[derive(Parser)]
#[command(name = "generate", version)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Another seed gives other records of the same kind.
    #[arg(long, global = true, default_value_t = DEFAULT_SEED)]
    seed: u64,
}

#[derive(Subcommand)]
enum What {
    /// An attack among ordinary noise: two accounts, three regions, one day, a few kilobytes a file.
    Samples {
        /// Where `AWSLogs/` goes. An `AWSLogs/` that is there is replaced.
        folder: PathBuf,
    },
    /// One log file of a given size before compression.
    Large {
        /// Megabytes (10⁶ bytes) of JSON.
        #[arg(long, default_value_t = 50)]
        megabytes: u64,
        /// The file to write. Compressed if its name ends in `.gz`.
        file: PathBuf,
    },
    /// A log file for each minute of some days, all with the same number of records.
    Minutes {
        /// How many days, which begin with 14 September 2026.
        #[arg(long, default_value_t = 30)]
        days: u16,
        /// How many minutes of each day.
        #[arg(long, default_value_t = 1440)]
        minutes: u32,
        /// Records in each file.
        #[arg(long, default_value_t = 1000)]
        records: usize,
        /// Where `AWSLogs/` goes.
        folder: PathBuf,
    },
    /// Many log files of all sizes, delivered over one day.
    Day {
        /// How many.
        #[arg(long, default_value_t = 2000)]
        files: u32,
        /// Where `AWSLogs/` goes.
        folder: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    let Arguments { what, seed } = Arguments::parse();
    match what {
        What::Samples { folder } => write_samples(seed, &folder),
        What::Large { megabytes, file } => write_large(seed, megabytes * 1_000_000, &file),
        What::Minutes { days, minutes, records, folder } => {
            (0..days).try_for_each(|day| write_minutes(seed, day, (minutes, records), &folder))
        }
        What::Day { files, folder } => write_day(seed, files, &folder),
    }
}

fn write_samples(seed: u64, folder: &Path) -> anyhow::Result<()> {
    let logs = folder.join("AWSLogs");
    if logs.exists() {
        fs::remove_dir_all(&logs).with_context(|| format!("cannot replace `{}`", logs.display()))?;
    }
    for file in samples::files(seed) {
        write_object(&folder.join(&file.key), &file.object())?;
    }
    Ok(())
}

fn write_large(seed: u64, bytes: u64, path: &Path) -> anyhow::Result<()> {
    let file = fs::File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    let mut out = BufWriter::new(file);
    let mut generator = Generator::new(seed);
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut encoder = gzip_into(&mut out);
        generator.write_large_file(bytes, &mut encoder)?;
        encoder.finish()?;
    } else {
        generator.write_large_file(bytes, &mut out)?;
    }
    out.flush().with_context(|| format!("cannot write `{}`", path.display()))
}

fn write_day(seed: u64, files: u32, folder: &Path) -> anyhow::Result<()> {
    Generator::new(seed).day(files).try_for_each(|file| write_object(&folder.join(&file.key), &file.object()))
}

/// Each day has a seed of its own, so that no event occurs on two days.
fn write_minutes(seed: u64, day: u16, (minutes, records): (u32, usize), folder: &Path) -> anyhow::Result<()> {
    let date = DEFAULT_DAY + Duration::days(i64::from(day));
    let generator = Generator::for_day(seed.wrapping_add(u64::from(day)), date);
    generator
        .minutes(minutes, records)
        .try_for_each(|file| write_object(&folder.join(&file.key), &file.object()))
}

fn write_object(path: &Path, object: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("a key has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    fs::write(path, object).with_context(|| format!("cannot write `{}`", path.display()))
}
