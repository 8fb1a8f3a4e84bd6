//! Gives any bytes to the loader of scenario files: `.ci/fuzz scenario`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| patchproof::prove::fuzz::scenario(data));
