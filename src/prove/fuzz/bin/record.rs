//! Gives any bytes to the reader of records: `.ci/fuzz record`. Most inputs are changed as JSON, the others as bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| patchproof::prove::fuzz::record(data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let changed =
        if seed.is_multiple_of(4) { None } else { patchproof::prove::fuzz::mutate(&data[..size], max_size, seed) };
    match changed {
        Some(bytes) => {
            data[..bytes.len()].copy_from_slice(&bytes);
            bytes.len()
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
    }
});
