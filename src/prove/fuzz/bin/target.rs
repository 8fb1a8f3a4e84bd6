//! Gives any bytes to the reader of target files: `.ci/fuzz target`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| patchproof::prove::fuzz::target(data));
