//! Gives any bytes to what is done with a response: `.ci/fuzz response`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| patchproof::prove::fuzz::response(data));
