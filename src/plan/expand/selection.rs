//! Which cases were asked for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::plan::case::{Case, Head};
use crate::suite::contract::{Contract, Edition, RequirementId};
use crate::words::yaml::nearest;

/// What the user asked for. Empty means everything.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// A case is selected if its id contains one of these, or equals it where `exact` is set.
    pub filters: Vec<String>,
    /// Whether a filter must equal the whole id.
    pub exact: bool,
    /// A case is selected if it verifies one of these.
    pub requirements: Vec<RequirementId>,
}

impl Selection {
    /// Nothing was asked for in particular.
    pub fn is_everything(&self) -> bool {
        self.filters.is_empty() && self.requirements.is_empty()
    }
}

/// A selection that selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    #[error(
        "the filter `{filter}` selects no case of edition {edition}{}; `patchproof list --edition {edition}` shows them all",
        .near.as_ref().map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
    )]
    NoCase {
        filter: String,
        edition: Edition,
        /// The case that was most likely meant, or the first part of the ids of several.
        near: Option<String>,
    },
    #[error("no case of edition {edition} verifies `{requirement}`; {why}")]
    NoRequirement { requirement: RequirementId, edition: Edition, why: String },
    #[error("only generated sequences are selected, and their number is 0; expected --cases 1 or more, or other cases")]
    NothingLeft,
}

/// Marks the cases that were asked for.
///
/// # Errors
/// A filter or a requirement that selects nothing.
pub(super) fn select(
    cases: &mut [Case],
    contract: &Contract,
    edition: Edition,
    selection: &Selection,
) -> Result<(), SelectionError> {
    let everything = selection.is_everything();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let ids: Vec<String> = cases.iter().map(|case| case.head.id.0.clone()).collect();
    for Head { id, requirements, selected, .. } in cases.iter_mut().map(|case| &mut case.head) {
        let matches =
            |filter: &&String| if selection.exact { id.0 == **filter } else { id.0.contains(filter.as_str()) };
        let filters = selection.filters.iter().filter(matches).map(String::as_str);
        let wanted = selection.requirements.iter().filter(|wanted| requirements.contains(wanted));
        let hits: Vec<&str> = filters.chain(wanted.map(RequirementId::as_str)).collect();
        *selected = everything || !hits.is_empty();
        found.extend(hits);
    }
    for filter in &selection.filters {
        if !found.contains(filter.as_str()) {
            // A case, or all that share the first part of their ids.
            let groups: BTreeSet<String> = ids
                .iter()
                .filter(|_| !selection.exact)
                .filter_map(|id| id.split_once('/'))
                .map(|(group, _)| format!("{group}/"))
                .collect();
            let near = nearest(filter, ids.iter().chain(&groups).map(String::as_str)).map(str::to_owned);
            return Err(SelectionError::NoCase { filter: filter.clone(), edition, near });
        }
    }
    for requirement in &selection.requirements {
        if !found.contains(requirement.as_str()) {
            let why = match contract.requirement(requirement) {
                None => "the contract has no such requirement".to_owned(),
                Some(requirement) if requirement.standing(edition).is_none() => {
                    "it does not stand in this edition".to_owned()
                }
                Some(requirement) => {
                    requirement.not_tested.clone().unwrap_or_else(|| "no scenario names it".to_owned())
                }
            };
            return Err(SelectionError::NoRequirement { requirement: requirement.clone(), edition, why });
        }
    }
    Ok(())
}
