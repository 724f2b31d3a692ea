//! What the whole path costs besides time: no resource may grow with the number of records.
//!
//! The memory of a process is read in the way that Linux reports it.
#![cfg(target_os = "linux")]

use std::process::Command;

use benchmarks::{LogFile, Memory, large_of, patterns, whole_path};
use filter_pattern::PatternSet;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// The difference allowed between the memory for a file and for one ten times its size.
const TOLERANCE_KIB: u64 = 512;

#[test]
fn records_allocate_nothing_and_memory_stays_flat() {
    let set = PatternSet::new(patterns(40));
    let mut memory = Memory::default();
    let mut allocations = |file: &LogFile| {
        whole_path(file.body.as_slice(), &set, &mut memory).unwrap();
        let region = Region::new(ALLOCATOR);
        let outcome = whole_path(file.body.as_slice(), &set, &mut memory).unwrap();
        let change = region.change();
        (outcome.records, change.allocations + change.reallocations)
    };
    let small = large_of(1_000_000);
    let (few, some) = allocations(&small);
    let large = large_of(10_000_000);
    let (many, still_some) = allocations(&large);
    assert!(many > 5 * few, "{many} records are not many more than {few}");
    assert_eq!(still_some, some, "allocations for {many} records, and for {few}");

    let (small, large) = (peak_besides_body_kib(&small), peak_besides_body_kib(&large));
    assert!(large <= small + TOLERANCE_KIB, "{large} KiB for the large file, {small} KiB for the small one");
}

/// The peak memory, without the compressed body, of a process that reads the file within 24 MiB of address space.
fn peak_besides_body_kib(file: &LogFile) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log-file.json.gz");
    std::fs::write(&path, &file.body).unwrap();
    let run =
        Command::new(env!("CARGO_BIN_EXE_benchmarks")).arg("--peak-memory").arg(&path).output().unwrap();
    let printed = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stderr));
    let peak = printed.split_once("peak resident memory: ").and_then(|(_, rest)| rest.split(' ').next());
    let peak: u64 = peak.and_then(|peak| peak.parse().ok()).unwrap_or_else(|| panic!("{printed}"));
    peak - file.body.len() as u64 / 1024
}
