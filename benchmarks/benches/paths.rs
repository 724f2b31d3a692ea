//! Runs the ways to read a log file under divan: `cargo bench -p benchmarks`. For ratios within one run, see the
//! crate's own command.

use std::sync::LazyLock;

use benchmarks::{
    GunzipMemory, LogFile, Memory, Projection, gunzip_only, large, patterns, patterns_by_name, projection,
    value_tree, whole_path,
};
use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use filter_pattern::PatternSet;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

static LARGE: LazyLock<LogFile> = LazyLock::new(large);

fn main() {
    divan::main();
}

#[divan::bench]
fn gunzip(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::new(LARGE.json_bytes))
        .with_inputs(GunzipMemory::default)
        .bench_refs(|memory| gunzip_only(LARGE.body.as_slice(), memory));
}

#[divan::bench(args = [16, 40])]
fn whole(bencher: Bencher<'_, '_>, rules: usize) {
    let set = PatternSet::new(patterns(rules));
    let bencher = bencher.counter(BytesCount::new(LARGE.json_bytes)).with_inputs(Memory::default);
    bencher.bench_refs(|memory| whole_path(LARGE.body.as_slice(), &set, memory));
}

#[divan::bench(args = [10, 40, 200, 1_000])]
fn whole_by_name(bencher: Bencher<'_, '_>, rules: usize) {
    let set = PatternSet::new(patterns_by_name(rules));
    let bencher = bencher.counter(BytesCount::new(LARGE.json_bytes)).with_inputs(Memory::default);
    bencher.bench_refs(|memory| whole_path(LARGE.body.as_slice(), &set, memory));
}

#[divan::bench(sample_count = 5)]
fn raw_value_projection(bencher: Bencher<'_, '_>) {
    let patterns = patterns(40);
    let wanted = Projection::of(&patterns);
    bencher.counter(BytesCount::new(LARGE.json_bytes)).bench(|| projection(&LARGE.body, &patterns, &wanted));
}

#[divan::bench(sample_count = 3)]
fn value_and_reference(bencher: Bencher<'_, '_>) {
    let patterns = patterns(40);
    bencher.counter(BytesCount::new(LARGE.json_bytes)).bench(|| value_tree(&LARGE.body, &patterns));
}
