//! See [`fuzz::projection`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::projection(data));
