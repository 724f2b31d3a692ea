//! Prints what other programs need to find the same matches: the first 16 patterns of `patterns.txt` on one log file.
//!
//! `.ci/slow peers` runs it and says what it needs. Whole programs are compared, by processor time. A program that is not
//! installed, fails, or counts something else is named and left out.

mod language;

use std::path::Path;

use anyhow::Context as _;
use benchmarks::process::{Measured, Program, ROUNDS, measure, processor};
use benchmarks::{large_of, patterns};
use filter_pattern::Pattern;
use serde_json::Value;

use self::language::{DUCKDB, JQ, Language, POLARS, PYTHON};

/// The JSON of the file, in bytes.
const FILE_BYTES: u64 = 50_000_000;
const PATTERNS: usize = 16;

/// Where a run finds its files.
struct Bench<'b> {
    folder: &'b Path,
    file: &'b str,
    python: String,
    patterns: Vec<Pattern>,
}

/// What a program printed, as the number of matches.
type Count = fn(&[u8]) -> Option<u64>;

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the crate has no folder")?;
    let folder = tempfile::tempdir()?;
    // A name that CloudTrail gives, because files with other names are read in any shape.
    let path =
        folder.path().join("111122223333_CloudTrail_us-east-1_20260914T1215Z_0123456789abcdef.json.gz");
    std::fs::write(&path, large_of(FILE_BYTES).body)?;
    let bench = Bench {
        folder: folder.path(),
        file: path.to_str().context("the path is not UTF-8")?,
        python: root.join("target/peers/bin/python").to_string_lossy().into_owned(),
        patterns: patterns(PATTERNS),
    };
    println!("{} · {} · median of {ROUNDS} runs, processor time", std::env::consts::ARCH, processor());
    let trailbell = root.join("target/release/trailbell").to_string_lossy().into_owned();
    let (igzip, own) = (bench.igzip(), bench.trailbell(&trailbell)?);
    let ours = measure(&[igzip, own], ROUNDS)?;
    let [igzip, own] = ours.as_slice() else { return Ok(()) };
    let expected = sum_of_rules(&own.printed).context("the report of `trailbell replay` has no matches")?;
    println!("{} patterns, {expected} matches\n", PATTERNS);
    line("igzip -dc, no matches", igzip, igzip);
    line("trailbell replay", own, igzip);
    for (program, count) in bench.peers()? {
        let name = program.name.clone();
        match measure(&[bench.igzip(), program], 3) {
            Err(error) => println!("  {name}: left out: {error:#}"),
            Ok(measured) => {
                let [igzip, peer] = measured.as_slice() else { continue };
                match count(&peer.printed) {
                    Some(found) if found == expected => line(&name, peer, igzip),
                    found => println!("  {name}: left out: it counts {found:?}"),
                }
            }
        }
    }
    Ok(())
}

fn line(name: &str, measured: &Measured, igzip: &Measured) {
    let milliseconds = measured.median().as_secs_f64() * 1e3;
    println!("  {name:<34} {milliseconds:>9.1} ms   {:>6.1} × igzip", measured.ratio_to(igzip));
}

impl Bench<'_> {
    fn igzip(&self) -> Program {
        program("igzip", "igzip", &["-dc", self.file], false)
    }

    fn trailbell(&self, trailbell: &str) -> anyhow::Result<Program> {
        let rules: Vec<Value> =
            self.patterns.iter().zip(0..).map(|(pattern, number)| rule(pattern, number)).collect();
        let text = serde_json::json!({ "version": 1, "rules": rules }).to_string();
        let rules = self.write("rules.yaml", &text)?;
        let arguments = ["replay", "--format", "json", "--rules", &rules, self.file];
        Ok(program("trailbell replay", trailbell, &arguments, true))
    }

    /// The programs, each with the way to read its number of matches.
    fn peers(&self) -> anyhow::Result<Vec<(Program, Count)>> {
        let python = |name: &str, head: &str, language: &Language| {
            let script = head.replace("MATCHES", &language.sum(&self.patterns));
            let script = self.write(&format!("peer-{name}.py"), &script)?;
            anyhow::Ok((program(name, &self.python, &[&script, self.file], true), number as Count))
        };
        let filter = format!("[.Records[] | {}] | add", JQ.sum(&self.patterns));
        let filter = self.write("filter.jq", &filter)?;
        let jq = format!("igzip -dc '{}' | jq -f '{filter}'", self.file);
        Ok(vec![
            (program("jq", "sh", &["-c", &jq], true), number as Count),
            python("Python, gzip and orjson", include_str!("python.py"), &PYTHON)?,
            python("polars", include_str!("polars.py"), &POLARS)?,
            python("DuckDB", include_str!("duckdb.py"), &DUCKDB)?,
        ])
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<String> {
        let path = self.folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path.to_str().context("the path is not UTF-8")?.to_owned())
    }
}

fn program(name: &str, program: &str, arguments: &[&str], is_read: bool) -> Program {
    let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
    Program { name: name.to_owned(), program: program.to_owned(), arguments, is_read }
}

/// A rule that only counts.
fn rule(pattern: &Pattern, number: usize) -> Value {
    serde_json::json!({
        "id": format!("rule-{number}"),
        "title": "A rule",
        "summary": "Counts.",
        "severity": "low",
        "filterPattern": pattern.text(),
        "metricTransformation": { "metricName": format!("Rule{number}"), "metricNamespace": "Benchmark" },
    })
}

fn number(printed: &[u8]) -> Option<u64> {
    str::from_utf8(printed).ok()?.trim().parse().ok()
}

fn sum_of_rules(printed: &[u8]) -> Option<u64> {
    let report: Value = serde_json::from_slice(printed).ok()?;
    report.get("rules")?.as_array()?.iter().map(|rule| rule.get("matches")?.as_u64()).sum()
}
