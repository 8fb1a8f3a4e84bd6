//! Makes concrete cases of one edition from what was written, and keeps those that were asked for.

mod expander;
mod matrix;
mod selection;
mod special;
mod steps;

pub use selection::{Selection, SelectionError};

use super::case::Case;
use super::routes::Routes;
use crate::suite::contract::{Contract, Edition};
use crate::suite::scenario::Catalogue;

use expander::Expander;
use selection::select;

/// Everything written that concerns one edition, made concrete.
#[derive(Debug, Clone)]
pub struct Expanded {
    /// Exchange cases first, then properties, races and generated lists.
    pub cases: Vec<Case>,
    pub routes: Routes,
}

/// The cases of one edition, with those of `selection` marked.
///
/// # Errors
/// A filter or a requirement that selects nothing.
pub fn expand(
    catalogue: &Catalogue,
    contract: &Contract,
    edition: Edition,
    selection: &Selection,
) -> Result<Expanded, SelectionError> {
    let expander = Expander { contract, edition };
    let mut cases = Vec::new();
    let mut routes = Routes { open: !edition.is_vendor(), ..Routes::default() };
    for (origin, matrix) in &catalogue.matrices {
        cases.extend(expander.matrix(origin, matrix, &mut routes));
    }
    for (origin, case) in &catalogue.exchanges {
        cases.extend(expander.exchange(origin, case));
    }
    cases.extend(catalogue.properties.iter().filter_map(|(origin, property)| expander.property(origin, property)));
    cases.extend(catalogue.races.iter().filter_map(|(origin, race)| expander.race(origin, race)));
    cases.extend(catalogue.sequences.iter().filter_map(|(origin, sequence)| expander.lists(origin, sequence)));
    select(&mut cases, contract, edition, selection)?;
    Ok(Expanded { cases, routes })
}
