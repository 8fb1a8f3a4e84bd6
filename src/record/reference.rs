//! What a record keeps of the contract itself, so that a report can cite it without the contract at hand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::suite::contract::{Cell, Contract, Edition, RequirementId};

/// A document that requirements of the run cite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DocumentRecord {
    /// The title of the document.
    pub title: String,
    /// Where it can be read, in words that begin with an address where there is one.
    pub location: String,
}

/// What the contract says of sending one status while another is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TransitionRecord {
    /// The status held.
    pub from: String,
    /// The status sent.
    pub to: String,
    /// What the contract says of the pair.
    pub cell: Cell,
    /// The requirement that says it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requirement: Option<RequirementId>,
}

/// The documents that the requirements of an edition cite, by key.
pub(super) fn documents(contract: &Contract, edition: Edition) -> BTreeMap<String, DocumentRecord> {
    let cited = contract.of_edition(edition).filter_map(|(requirement, _)| {
        let key = &requirement.source.doc;
        let document = contract.sources.get(key)?;
        let record = DocumentRecord { title: document.title.clone(), location: document.location.clone() };
        Some((key.clone(), record))
    });
    cited.collect()
}

/// The status machine of an edition, row by row.
pub(super) fn transitions(contract: &Contract, edition: Edition) -> Vec<TransitionRecord> {
    let Some(table) = contract.transitions.get(&edition) else { return Vec::new() };
    let cells = table.cells().map(|(from, to, cell)| TransitionRecord {
        from: from.code().to_owned(),
        to: to.code().to_owned(),
        cell,
        requirement: table.requirement(from, to).cloned(),
    });
    cells.collect()
}
