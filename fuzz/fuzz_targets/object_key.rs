//! See [`fuzz::object_key`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::object_key(data));
