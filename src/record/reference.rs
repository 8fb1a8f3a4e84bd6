//! Takes from the contract what a record keeps of it, so that a report can cite it without the contract at hand.

use std::collections::BTreeMap;

use super::wire::{DocumentRecord, TransitionRecord};
use crate::suite::contract::{Contract, Edition};

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
    let Some(table) = contract.tables.transitions.get(&edition) else { return Vec::new() };
    let cells = table.cells().map(|(from, to, cell)| TransitionRecord {
        from: from.code().to_owned(),
        to: to.code().to_owned(),
        cell,
        requirement: table.requirement(from, to).cloned(),
    });
    cells.collect()
}
