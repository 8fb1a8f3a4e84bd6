//! What each reader promises for any input at all: a function a reader, which stops where a promise is broken.
//!
//! libFuzzer calls them with inputs of its own (`.ci/fuzz`), the tests with the inputs in `corpus/`. The promise is always
//! that nothing panics, hangs or takes memory without bound; beyond that each function says what it promises.

mod history;
mod mutate;
mod record;
mod response;
mod scene;
mod target;
#[cfg(test)]
mod tests;
mod words;
mod written;

pub use history::history;
pub use mutate::mutate;
pub use record::record;
pub use response::response;
pub use target::target;
pub use written::scenario;

/// Gives any bytes to one reader.
pub type Reader = fn(&[u8]);

/// The readers by the name of their corpus.
pub const READERS: [(&str, Reader); 5] =
    [("scenario", scenario), ("target", target), ("record", record), ("response", response), ("history", history)];

/// A number that an input decides by its bytes alone (FNV-1a), for what is done with some inputs only.
fn digest(data: &[u8]) -> u64 {
    let hash = data
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    hash >> 24
}
