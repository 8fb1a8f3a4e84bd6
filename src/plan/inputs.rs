//! What a plan is made from, in a form that a record keeps, so that the same plan can be made again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Act, Advance, BodyTemplate, Case, CaseIndex, CaseKind, Expanded, Head, Plan, RequestTemplate, Role, Selection,
    SelectionError, Sizes, Step, StepCase, Supply, Unplanned, arrange, expand, untagged,
};
use crate::suite::contract::{Contract, Edition};
use crate::suite::scenario::{Catalogue, Fixture};
use crate::words::digest::canonical;

/// Everything but the contract and the shipped scenarios that decides a plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// What the user asked for.
    pub selection: Selection,
    /// What the target can supply.
    pub supply: Supply,
    /// Other sizes of races than those written.
    pub sizes: Sizes,
    /// Generated sequences are left out.
    pub without_sequences: bool,
    /// How many lists each generated sequence draws, where not as many as it says itself; with 0 sequences are left out,
    /// and the run is one of selected cases.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cases: Option<u32>,
    /// The text of scenario files that are not shipped, by the path they were read from.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub scenarios: BTreeMap<String, String>,
}

/// Decides what would be sent.
///
/// # Errors
/// A selection that selects nothing, or nothing but sequences that are left out.
pub fn decide(
    contract: &Contract,
    catalogue: &Catalogue,
    edition: Edition,
    inputs: &Inputs,
) -> Result<Plan, SelectionError> {
    let Expanded { mut cases, routes } = expand(catalogue, contract, edition, &inputs.selection)?;
    carry(&mut cases, &inputs.selection);
    untagged::carry(&mut cases);
    cases.retain_mut(|case| match &mut case.kind {
        CaseKind::Race(race) => {
            race.resize(inputs.sizes);
            true
        }
        CaseKind::Lists(lists) => {
            lists.cases = inputs.cases.unwrap_or(lists.cases);
            !inputs.without_sequences && lists.cases > 0
        }
        CaseKind::Exchange(_) | CaseKind::Property(_) => true,
    });
    if !cases.iter().any(|case| case.head.selected) {
        return Err(SelectionError::NothingLeft);
    }
    let mut plan = arrange(edition, cases, routes, &inputs.supply);
    if let Some(why) = &inputs.supply.without_json_patch {
        plan.leave_out(why);
    }
    Ok(Plan { narrowed: !inputs.selection.is_everything() || inputs.cases == Some(0), ..plan })
}

/// A property looks at the exchanges of other cases. If only properties are selected, the cases that carry them run too,
/// without being reported: every plain change, and one refusal that differs from it by If-Match alone.
fn carry(cases: &mut [Case], selection: &Selection) {
    let needed = cases.iter().any(|case| case.head.selected && case.property().is_some());
    let needed = needed && !selection.is_everything();
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
    let if_match = step.request.if_match.clone();
    !if_match.is_current() && step.request == RequestTemplate::patch(BodyTemplate::Advance).with_if_match(if_match)
}

impl Plan {
    /// Leaves everything out: the target takes no JSON Patch, and what the edition says of PATCH is about JSON Patch.
    fn leave_out(&mut self, why: &str) {
        let because = if why.is_empty() { String::new() } else { format!(" ({why})") };
        let text = format!("the target declares that it takes no JSON Patch{because}");
        (self.lanes, self.loose) = (Vec::new(), Vec::new());
        let all = (0..self.cases.len()).filter(|case| self.stepwise(*case).is_some());
        self.unplanned = all.map(|case| (case, Unplanned::NotApplicable(text.clone()))).collect();
        self.not_applicable = Some(text);
    }

    /// The SHA-256 of the plan in its canonical form, in hexadecimal: which cases are sent, in which order, on which lanes. What
    /// each case sends follows from the tables and scenarios, each of which has a digest.
    pub fn digest(&self) -> String {
        let id = |index: &CaseIndex| self.cases.get(*index).map(|case| &case.head.id);
        let cases = self.cases.iter().map(|case| {
            let kind = match &case.kind {
                CaseKind::Exchange(_) => "exchange",
                CaseKind::Race(_) => "race",
                CaseKind::Lists(_) => "lists",
                CaseKind::Property(_) => "property",
            };
            let Head { id, title, requirements, origin: _, selected } = &case.head;
            json!({ "id": id, "kind": kind, "title": title, "requirements": requirements, "selected": selected })
        });
        let act = |act: &Act| {
            let advance = match &act.advance {
                Advance::End => Value::Null,
                Advance::Plain { to, .. } => json!({ "to": to }),
                Advance::Case { case, to, certain } => json!({ "case": id(case), "to": to, "certain": certain }),
            };
            json!({ "state": act.state, "tries": act.tries.iter().map(id).collect::<Vec<_>>(), "advance": advance })
        };
        let lanes = self
            .lanes
            .iter()
            .map(|lane| json!({ "start": lane.start, "acts": lane.acts.iter().map(act).collect::<Vec<_>>() }));
        let unplanned = self.unplanned.iter().map(|(index, unplanned)| match unplanned {
            Unplanned::NotApplicable(reason) => json!({ "case": id(index), "not-applicable": reason }),
            Unplanned::NotTested(reason) => json!({ "case": id(index), "not-tested": reason }),
        });
        let plan = json!({
            "edition": self.edition,
            "cases": cases.collect::<Vec<_>>(),
            "lanes": lanes.collect::<Vec<_>>(),
            "loose": self.loose.iter().map(id).collect::<Vec<_>>(),
            "unplanned": unplanned.collect::<Vec<_>>(),
        });
        canonical(&plan).unwrap_or_default()
    }
}
