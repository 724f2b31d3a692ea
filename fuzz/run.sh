#!/bin/sh
# Fuzzes every target for a limited time: `fuzz/run.sh [seconds per target]`. Needs any Rust toolchain and a C++ compiler.
# Inputs that reach new code are stored in `fuzz/found/` for the next run, failing inputs in `fuzz/artifacts/`.
# `cargo fuzz` works as well, with `--features fuzzer`, where it is installed.
set -eu
cd "$(dirname "$0")"
# The instrumentation that libFuzzer needs, and no more: there is too little `unsafe` code here for a sanitizer to pay off.
export RUSTFLAGS="--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
host=$(rustc --print host-tuple)
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
# With `--target`, the flags do not apply to build scripts and macros.
cargo build --locked --release --features fuzzer --target "$host"
binaries=${CARGO_TARGET_DIR:-../target}/$host/release
for target in pattern_set pattern projection analysis log_file notification object_key alert rule_document import shapes digest digest_chain public_keys; do
    mkdir -p artifacts "found/$target"
    log=artifacts/$target.log
    if ! "$binaries/$target" -max_total_time="${1:-60}" -max_len=4096 -timeout=10 -print_final_stats=1 \
        -artifact_prefix="artifacts/$target-" "found/$target" "corpus/$target" >"$log" 2>&1; then
        tail -n 60 "$log"
        exit 1
    fi
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: //p' "$log") inputs, no failure"
done
