//! What the steps of the arrangement share: the plan so far, and what is left to place.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::case::{Role, StepCase};
use crate::plan::lanes::{Act, Advance, CaseIndex, Plan, Unplanned};
use crate::plan::states::{START, rank};
use crate::plan::supply::Supply;
use crate::suite::scenario::Fixture;

/// A step of a lane that has to happen somewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct PendingStep {
    pub case: Option<CaseIndex>,
    pub to: Fixture,
    pub certain: bool,
}

pub(super) struct Arranger<'a> {
    pub plan: &'a mut Plan,
    pub supply: &'a Supply,
    /// Cases that take part: selected ones and controls.
    pub active: BTreeSet<CaseIndex>,
    /// Steps that leave a state, by state.
    pub items: BTreeMap<Fixture, Vec<PendingStep>>,
    /// Accepted cases and probes that stay in a state.
    pub stays: Vec<(Fixture, CaseIndex, bool)>,
    /// Accepted cases and probes that fit any plain step.
    pub wildcards: Vec<(CaseIndex, bool)>,
    /// Probes from one status to another where no document limits the transitions.
    pub open: Vec<(Fixture, Fixture, CaseIndex)>,
    /// States that some refusal or look needs.
    pub wanted: BTreeSet<Fixture>,
}

impl<'a> Arranger<'a> {
    pub fn new(plan: &'a mut Plan, supply: &'a Supply) -> Self {
        Arranger {
            plan,
            supply,
            active: BTreeSet::new(),
            items: BTreeMap::new(),
            stays: Vec::new(),
            wildcards: Vec::new(),
            open: Vec::new(),
            wanted: BTreeSet::new(),
        }
    }

    /// Whether a step is the plain documented request, so that a refusal before it differs by its defect alone.
    pub fn is_plain(&self, item: &PendingStep) -> bool {
        item.case.is_none_or(|case| self.is_plain_case(case))
    }

    pub fn is_plain_case(&self, case: CaseIndex) -> bool {
        self.plan.stepwise(case).is_some_and(|case| matches!(case.role, Role::Change { plain: true, .. }))
    }

    pub fn visited(&self, state: Fixture) -> bool {
        self.plan.lanes.iter().any(|lane| lane.acts.iter().any(|act| act.state == state))
    }

    pub fn give_up(&mut self, case: Option<CaseIndex>, state: Fixture) {
        let Some(case) = case else { return };
        let why = shortage(state, self.supply);
        self.plan.unplanned.insert(case, why);
    }

    /// The state nearest to the start state from which one plain step leads to `to`.
    pub fn source_of(&self, to: Fixture) -> Fixture {
        let Some(status) = to.status() else { return START };
        let mut sources: Vec<Fixture> = self
            .plan
            .routes
            .documents
            .keys()
            .filter(|(_, end)| *end == status)
            .map(|(from, _)| Fixture::of(*from))
            .collect();
        sources.sort_by_key(|from| (*from != START, rank(*from)));
        sources.first().copied().unwrap_or(START)
    }

    /// Drops ends with nothing to do and lanes in which nothing happens.
    pub fn finish(&mut self) {
        for lane in &mut self.plan.lanes {
            while lane.acts.last().is_some_and(|act| act.tries.is_empty() && act.advance == Advance::End) {
                lane.acts.pop();
            }
        }
        self.plan.lanes.retain(|lane| !lane.acts.is_empty());
        self.plan.loose.sort_unstable();
    }
}

/// Whether an act makes a version for sure.
pub(super) fn writes(act: &Act) -> bool {
    match act.advance {
        Advance::End => false,
        Advance::Plain { .. } => true,
        Advance::Case { certain, .. } => certain,
    }
}

/// Whether a step of the case names the version before the current one, or repeats the last write.
pub fn needs_earlier_version(case: &StepCase) -> bool {
    matches!(case.steps.as_slice(), [step] if step.request.needs_earlier_version())
}

/// Why no appointment is left in a state.
pub(super) fn shortage(state: Fixture, supply: &Supply) -> Unplanned {
    Unplanned::NotTested(match supply.of(state) {
        Some(0) => format!(
            "needs an appointment in state `{state}`: the target lists none, and no request of this edition leads to it"
        ),
        Some(listed) => format!("needs one more appointment in state `{state}` than the {listed} the target lists"),
        None => format!("no plain step leads to or from `{state}` in this edition"),
    })
}
