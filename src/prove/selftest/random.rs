//! Numbers drawn from a seed, and an order drawn from one.

/// Puts a list into another order, the same one for the same seed.
pub(super) fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut random = Random(seed ^ 0x5DEE_CE66);
    for last in (1..list.len()).rev() {
        list.swap(last, random.below(last + 1));
    }
}

/// SplitMix64: small, and the same everywhere.
pub(super) struct Random(pub u64);

impl Random {
    /// A number below the bound; the next one each time.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = u128::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from((u128::from(bits ^ (bits >> 31)) * bound) >> 64).unwrap_or_default()
    }
}
