//! See [`fuzz::digest_chain`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::digest_chain(data));
