//! Gives any bytes to the reader of run records: `.ci/fuzz record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| patchproof::fuzz::record(data));
