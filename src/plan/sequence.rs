//! The generated sequences of one edition, decided as far as they can be before a step is drawn.

use super::{Case, CaseId, CaseKind, Head};
use crate::suite::contract::{Contract, Edition, RequirementId};
use crate::suite::scenario::{Catalogue, Fixture, Generator};

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

/// The sequences of an edition, in catalogue order.
pub(super) fn expand(catalogue: &Catalogue, contract: &Contract, edition: Edition) -> Vec<Case> {
    let written = catalogue.sequences.iter().filter(|(_, own)| own.editions().contains(&edition));
    written
        .filter_map(|(origin, own)| {
            let stands = |id: &&RequirementId| {
                contract.requirement(id).is_some_and(|requirement| requirement.standing(edition).is_some())
            };
            let requirements: Vec<RequirementId> =
                own.verifies.iter().map(|id| &id.value).filter(stands).cloned().collect();
            (!requirements.is_empty()).then(|| Case {
                head: Head {
                    id: CaseId(own.id.value.clone()),
                    title: own.title.clone(),
                    requirements,
                    origin: origin.clone(),
                    selected: true,
                },
                kind: CaseKind::Lists(GeneratedLists {
                    fixture: own.fixture,
                    cases: own.cases.value,
                    length: own.length.value,
                    weights: own.drawn(edition),
                    seed: own.seed,
                }),
            })
        })
        .collect()
}
