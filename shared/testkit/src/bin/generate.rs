//! Writes generated log files: the sample folder, one large file, or a day of files.
//!
//! It puts nothing into a bucket and sends no notifications.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use testkit::generator::{DEFAULT_SEED, Generator, gzip_into};
use testkit::samples;

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

fn write_object(path: &Path, object: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("a key has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    fs::write(path, object).with_context(|| format!("cannot write `{}`", path.display()))
}
