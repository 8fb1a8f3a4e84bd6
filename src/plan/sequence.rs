//! The generated sequences of one edition, decided as far as they can be before a step is drawn.

use super::id::CaseId;
use crate::suite::scenario::{Fixture, Generator};

/// A written sequence made concrete for one edition.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedLists {
    pub fixture: Fixture,
    /// How many lists of steps are tried.
    pub cases: u32,
    /// The longest list.
    pub length: usize,
    /// The generators that the edition has, with their weights; at least one.
    pub weights: Vec<(Generator, u32)>,
    /// The seed, where it does not depend on the run's.
    pub seed: Option<u64>,
}

impl GeneratedLists {
    /// The seed of all lists of this case in a run: another case of the same run draws other steps.
    pub fn seed(&self, id: &CaseId, run: u64) -> u64 {
        let name =
            id.0.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        self.seed.unwrap_or(run) ^ name
    }
}
