//! Gives any bytes to the reader and the checker of histories: `.ci/fuzz history`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| patchproof::prove::fuzz::history(data));
