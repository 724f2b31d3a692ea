//! See [`fuzz::pattern_set`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::pattern_set(data));
