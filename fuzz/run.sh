#!/bin/sh
# Fuzzes every target for a bounded time: `fuzz/run.sh [seconds a target]`. Needs a nightly compiler and cargo-fuzz.
# New inputs that reach new code are written to `fuzz/corpus/`; commit the ones worth keeping after `cargo fuzz cmin`.
set -eu
cd "$(dirname "$0")/.."
for target in pattern_set pattern log_file notification; do
    cargo +nightly fuzz run --features fuzzer "$target" -- -max_total_time="${1:-60}" -max_len=4096 -timeout=10
done
