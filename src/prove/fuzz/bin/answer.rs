//! Gives any bytes to what is done with an answer: `.ci/fuzz answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| patchproof::prove::fuzz::answer(data));
