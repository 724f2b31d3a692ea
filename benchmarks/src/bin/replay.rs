//! Prints what `trailbell replay` costs, whole processes compared with `igzip`, which only decompresses.
//!
//! `cargo run --release -p benchmarks --bin replay` needs `igzip` (Debian's package `isal`) and the program, which
//! `cargo build --release -p cli` makes; `-- PROGRAM` measures another one. The files are generated, and the same
//! everywhere.

use std::path::Path;

use anyhow::Context as _;
use benchmarks::process::{Measured, Program, ROUNDS, measure, processor};
use benchmarks::{LogFile, large_of, refused_of};

/// The JSON of a file, in bytes.
const FILE_BYTES: u64 = 50_000_000;
/// Two sets of the catalogue that have 17 rules together.
const SETS_OF_17: [&str; 4] = ["--set", "cis-3.0", "--set", "security-hub"];
const DEFAULT_SET: [&str; 0] = [];
const ALL: [&str; 2] = ["--set", "all"];

fn main() -> anyhow::Result<()> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target/release/trailbell");
    let trailbell = std::env::args().nth(1).map_or(own, Into::into);
    let folder = tempfile::tempdir()?;
    println!("{} · {} · median of {ROUNDS} runs, processor time", std::env::consts::ARCH, processor());
    table("as generated", &large_of(FILE_BYTES), &trailbell, folder.path())?;
    table("every third call refused", &refused_of(FILE_BYTES), &trailbell, folder.path())
}

fn table(name: &str, file: &LogFile, trailbell: &Path, folder: &Path) -> anyhow::Result<()> {
    // A name that CloudTrail gives, because files with other names are read in any shape.
    let path = folder.join("111122223333_CloudTrail_us-east-1_20260914T1215Z_0123456789abcdef.json.gz");
    std::fs::write(&path, &file.body)?;
    let path = path.to_str().context("the path is not UTF-8")?;
    let trailbell = trailbell.to_str().context("the path is not UTF-8")?;
    let replay = |name: &str, sets: &[&str]| {
        let arguments = ["replay", "--format", "json", path].into_iter().chain(sets.iter().copied());
        Program {
            name: name.to_owned(),
            program: trailbell.to_owned(),
            arguments: arguments.map(str::to_owned).collect(),
            is_read: true,
        }
    };
    let programs = [
        Program {
            name: "igzip -dc".to_owned(),
            program: "igzip".to_owned(),
            arguments: vec!["-dc".to_owned(), path.to_owned()],
            is_read: false,
        },
        replay("replay, 17 rules", &SETS_OF_17),
        replay("replay, default rules", &DEFAULT_SET),
        replay("replay, all rules", &ALL),
    ];
    println!("\n{name}: {:.1} MB of JSON", file.json_bytes as f64 / 1e6);
    let measured = measure(&programs, ROUNDS)?;
    let Some(igzip) = measured.first() else { return Ok(()) };
    for (program, measured) in programs.iter().zip(&measured) {
        line(&program.name, measured, igzip);
    }
    Ok(())
}

fn line(name: &str, measured: &Measured, igzip: &Measured) {
    let milliseconds = measured.median().as_secs_f64() * 1e3;
    println!("  {name:<24} {milliseconds:>8.2} ms   {:>5.2} × igzip", measured.ratio_to(igzip));
}
