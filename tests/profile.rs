//! The release profile: what log files and a start pass through is compiled for speed, everything else for size.
//!
//! A dependency that is added on that path would be compiled for size without anybody noticing. So each dependency of the
//! crates on the path has to be named, either in the profile or here, with the reason why size is right for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// The crates on the path: reading log files and digests, deciding, searching.
const HOT: [&str; 5] = ["cloudtrail", "digests", "filter-pattern", "history", "pipeline"];

/// Dependencies of the path that are compiled for size, each with the reason.
const COLD: &[(&str, &str)] = &[
    ("arraydeque", "reads the user's rules with saphyr-parser"),
    ("base64", "a signature or a public key at a time"),
    ("const-oid", "names the algorithm of a public key"),
    ("cpufeatures", "is asked once a process"),
    ("crossbeam-deque", "hands a file to a thread"),
    ("crossbeam-epoch", "hands a file to a thread"),
    ("crossbeam-utils", "hands a file to a thread"),
    ("csv", "writes what a person reads"),
    ("data-encoding", "a hash a file"),
    ("der", "reads a public key"),
    ("foldhash", "hashes an event id of a matched record, inlined"),
    ("futures", "waits for requests"),
    ("futures-channel", "waits for requests"),
    ("futures-core", "waits for requests"),
    ("futures-io", "waits for requests"),
    ("futures-sink", "waits for requests"),
    ("futures-task", "waits for requests"),
    ("futures-util", "waits for requests"),
    ("getrandom", "is asked once a process"),
    ("ipnet", "an address range of a filter"),
    ("libc", "declarations"),
    ("libm", "the size of an index, once a day of files"),
    ("md-5", "the fingerprint of a public key"),
    ("percent-encoding", "a key of S3 a file"),
    ("pin-project-lite", "macros"),
    ("rayon", "hands a file to a thread"),
    ("rayon-core", "hands a file to a thread"),
    ("regex", "passes on to regex-automata"),
    ("regex-syntax", "reads a pattern once"),
    ("rules", "reads the rules, most of them decoded when they are compiled"),
    ("ring", "its arithmetic is in assembly language, which has no level"),
    ("slab", "waits for requests"),
    ("spki", "reads a public key"),
    ("strsim", "a suggestion in an error"),
    ("thiserror", "words of errors"),
    ("time", "a time that is printed"),
    ("tokio", "waits for requests"),
    ("tracing", "a line a batch"),
    ("tracing-core", "a line a batch"),
    ("unicode-width", "a column of a table"),
    ("untrusted", "reads a public key"),
];

/// Dependencies whose code is generic, inlined or constant, so that it is compiled in the crate that uses it.
const INLINED: &[&str] = &[
    "block-buffer",
    "cfg-if",
    "crypto-common",
    "deranged",
    "digest",
    "either",
    "hybrid-array",
    "itoa",
    "num-conv",
    "once_cell",
    "powerfmt",
    "ryu",
    "serde",
    "serde_core",
    "time-core",
    "typenum",
    "zmij",
];

/// The packages that the release profile names, with their level.
fn levels() -> BTreeMap<String, String> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let prefix = "[profile.release.package.";
    let sections = manifest.split("\n\n").filter_map(|section| section.trim_start().strip_prefix(prefix));
    sections
        .filter_map(|section| {
            let (name, settings) = section.split_once("]\n")?;
            let level = settings.lines().find_map(|line| line.strip_prefix("opt-level = "))?;
            Some((name.to_owned(), level.trim_matches('"').to_owned()))
        })
        .collect()
}

/// What a crate links, by name.
fn linked(package: &str) -> BTreeSet<String> {
    let arguments =
        ["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--package", package])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn what_a_log_file_passes_through_is_compiled_for_speed() {
    let levels = levels();
    for package in HOT {
        assert_eq!(levels.get(package).map(String::as_str), Some("3"), "`{package}`");
    }
    let linked: BTreeSet<String> = HOT.iter().flat_map(|package| linked(package)).collect();
    let named = |name: &str| {
        levels.contains_key(name) || COLD.iter().any(|(cold, _)| *cold == name) || INLINED.contains(&name)
    };
    let missing: Vec<&String> = linked.iter().filter(|name| !named(name)).collect();
    assert!(missing.is_empty(), "neither in the release profile nor in `COLD` or `INLINED`: {missing:?}");
    let useless: Vec<&str> = COLD
        .iter()
        .map(|(name, _)| *name)
        .chain(INLINED.iter().copied())
        .filter(|name| !linked.contains(*name) || levels.contains_key(*name))
        .collect();
    assert!(useless.is_empty(), "in `COLD` or `INLINED`, and not on the path or in the profile: {useless:?}");
}
