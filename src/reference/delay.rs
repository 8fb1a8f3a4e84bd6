//! How long responses are held back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long responses are held back.
#[derive(Debug)]
pub(super) struct Delay {
    latency: Duration,
    jitter: Duration,
    drawn: AtomicU64,
}

impl Delay {
    /// A fixed time and up to so much more, drawn from a seed.
    pub(super) fn new(latency: Duration, jitter: Duration, seed: u64) -> Delay {
        Delay { latency, jitter, drawn: AtomicU64::new(seed) }
    }

    /// How long the next response is held back.
    pub(super) fn next(&self) -> Duration {
        // SplitMix64, so that the same seed gives the same times.
        let mut bits = self.drawn.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let part = (bits ^ (bits >> 31)) >> 32;
        let jitter = u64::try_from(self.jitter.as_nanos()).unwrap_or(u64::MAX);
        self.latency + Duration::from_nanos(((u128::from(jitter) * u128::from(part)) >> 32) as u64)
    }
}
