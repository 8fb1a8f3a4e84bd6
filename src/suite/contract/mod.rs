//! What is promised: editions, requirements, transitions and patch commands, read once from `scenarios/contract/`.

mod causes;
mod cited;
mod commands;
mod edition;
mod expectation;
mod load;
mod member_type;
mod requirement;
mod requirements_file;
mod resources;
pub mod roles;
mod structure;
mod tables_file;
#[cfg(test)]
mod tests;
mod transitions;

pub use cited::cited;
pub use commands::{
    Accompaniment, CommandName, Companion, Condition, Flag, Held, Offer, PatchCommand, PatchOp, Separation, ValueShape,
};
pub use edition::Edition;
pub use expectation::{CodePattern, Expectation, Grade};
pub(crate) use load::digest;
pub use load::{Tables, contract, load, tables};
pub use member_type::{CodeSet, MemberType, Shape};
pub use requirement::{
    Area, Breach, CodeBasis, Level, Requirement, RequirementId, RuleBasis, ServerError, Source, Standing,
};
pub use resources::{Astray, Resources};
pub use structure::{StructureFault, StructureKind};
pub use transitions::{Cell, Transitions};

use std::collections::BTreeMap;

/// The whole contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Every requirement, in the order of the files (by area, then number).
    pub requirements: Vec<Requirement>,
    /// One sentence about each edition.
    pub editions: BTreeMap<Edition, String>,
    /// What a server needs to act: status machines, patch commands and the members of resources.
    pub tables: Tables,
    /// The documents requirements cite, by key.
    pub sources: BTreeMap<String, Document>,
    /// SHA-256 over the shipped contract files, in hexadecimal.
    pub digest: String,
}

/// A document that a requirement cites.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub title: String,
    pub location: String,
    pub evidence: String,
}

impl Contract {
    /// The requirement of this id.
    pub fn requirement(&self, id: &RequirementId) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| &requirement.id == id)
    }

    /// Every requirement that a run of `edition` reports, native or inherited, in table order.
    pub fn of_edition(&self, edition: Edition) -> impl Iterator<Item = (&Requirement, Standing)> {
        self.requirements.iter().filter_map(move |requirement| Some((requirement, requirement.standing(edition)?)))
    }
}
