//! See [`fuzz::public_keys`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::public_keys(data));
