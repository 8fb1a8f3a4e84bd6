//! What a plan is made from, in a form that a record keeps, so that the same plan can be made again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Case, CaseKind, Expanded, Plan, Role, Selection, SelectionError, Sizes, Step, StepCase, Supply, arrange, expand,
};
use crate::suite::contract::{Contract, Edition};
use crate::suite::scenario::{Catalogue, Credentials, Endpoint, Fixture, IfMatch, Patch};

/// Everything but the contract and the shipped scenarios that decides a plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    pub selection: Selection,
    pub supply: Supply,
    pub sizes: Sizes,
    /// Generated sequences are left out.
    pub without_sequences: bool,
    /// How many lists each generated sequence draws, where not as many as it says itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cases: Option<u32>,
    /// The text of scenario files that are not shipped, by the path they were read from.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub scenarios: BTreeMap<String, String>,
}

/// Decides what would be sent.
///
/// # Errors
/// A selection that selects nothing.
pub fn decide(
    contract: &Contract,
    catalogue: &Catalogue,
    edition: Edition,
    inputs: &Inputs,
) -> Result<Plan, SelectionError> {
    let Expanded { mut cases, routes } = expand(catalogue, contract, edition, &inputs.selection)?;
    carry(&mut cases, &inputs.selection);
    cases.retain_mut(|case| match &mut case.kind {
        CaseKind::Race(race) => {
            race.resize(inputs.sizes);
            true
        }
        CaseKind::Lists(_) => !inputs.without_sequences,
        CaseKind::Exchange(_) | CaseKind::Property(_) => true,
    });
    Ok(arrange(edition, cases, routes, &inputs.supply))
}

/// A property looks at the exchanges of other cases. If only properties are selected, the cases that carry them run too,
/// without being reported: every plain change, and one refusal that differs from it by If-Match alone.
fn carry(cases: &mut [Case], selection: &Selection) {
    let everything = selection.filters.is_empty() && selection.requirements.is_empty();
    let needed = cases.iter().any(|case| case.head.selected && case.property().is_some()) && !everything;
    if !needed {
        return;
    }
    for case in cases.iter_mut().filter(|case| !case.head.selected) {
        match &mut case.kind {
            CaseKind::Exchange(body) => body.carries = carries(body),
            CaseKind::Race(_) | CaseKind::Lists(_) | CaseKind::Property(_) => {}
        }
    }
}

/// Whether the exchanges of a case show what properties look at.
fn carries(case: &StepCase) -> bool {
    match case.role {
        Role::Change { plain, .. } => plain,
        Role::Refusal => case.fixture == Fixture::Any && case.steps.iter().all(tag_alone),
        Role::Probe { .. } | Role::Look => false,
    }
}

/// Whether a step differs from the documented request by its If-Match and by nothing else.
fn tag_alone(step: &Step) -> bool {
    step.patch == Some(Patch::Advance)
        && step.body.is_none()
        && step.request.is_none()
        && step.headers.0.is_empty()
        && step.if_match != IfMatch::Current
        && step.credentials == Credentials::Own
        && step.endpoint == Endpoint::Base
}

impl Plan {
    /// The SHA-256 of the whole plan, in hexadecimal. The same program makes the same plan from the same inputs; another
    /// version may write the same plan in other words.
    pub fn digest(&self) -> String {
        struct Feed(Sha256);
        impl std::fmt::Write for Feed {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                self.0.update(text.as_bytes());
                Ok(())
            }
        }
        let mut feed = Feed(Sha256::new());
        // Every collection of a plan has an order of its own, so its debug form is the same each time.
        let _ = write!(feed, "{self:?}");
        feed.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
