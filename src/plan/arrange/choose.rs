//! Which cases take part, and what each asks of a lane.

use std::collections::{BTreeMap, VecDeque};

use super::arranger::{Arranger, PendingStep};
use crate::plan::case::{Control, Destination, Role};
use crate::plan::lanes::{CaseIndex, Unplanned};
use crate::plan::states::{START, next};
use crate::suite::scenario::Fixture;

impl Arranger<'_> {
    /// Sorts the cases: which take part, and what each asks of a lane.
    pub fn choose(&mut self) {
        let by_id: BTreeMap<_, _> =
            self.plan.cases.iter().enumerate().map(|(index, case)| (case.head.id.clone(), index)).collect();
        let takes_part =
            |index: &CaseIndex| self.plan.stepwise(*index).is_some_and(|case| case.head.selected || case.carries);
        let mut queue: VecDeque<CaseIndex> = (0..self.plan.cases.len()).filter(takes_part).collect();
        while let Some(index) = queue.pop_front() {
            if let Some(why) = self.obstacle(index) {
                self.plan.unplanned.insert(index, why);
                continue;
            }
            if self.active.insert(index)
                && let Some(Control::Case(id)) = self.plan.stepwise(index).map(|case| &case.body.control)
                && let Some(control) = by_id.get(id)
            {
                queue.push_back(*control);
            }
        }
        for index in self.active.clone() {
            self.place(index);
        }
    }

    fn obstacle(&self, index: CaseIndex) -> Option<Unplanned> {
        let case = self.plan.stepwise(index)?;
        for need in &case.needs {
            if let Some(declared) = self.supply.lacks.get(need) {
                return Some(Unplanned::NotApplicable(declared.clone()));
            }
            if !self.supply.features.contains(need) {
                return Some(Unplanned::NotTested(format!("the target does not provide `{}`", need.name())));
            }
        }
        self.supply.without.get(&case.fixture).map(|declared| Unplanned::NotApplicable(declared.clone()))
    }

    fn place(&mut self, index: CaseIndex) {
        let Some(case) = self.plan.stepwise(index) else { return };
        if matches!(case.fixture, Fixture::None | Fixture::Unknown) {
            self.plan.loose.push(index);
            return;
        }
        let (to, certain) = match case.role {
            Role::Change { to, .. } => (to, true),
            Role::Probe { to } => (to, false),
            Role::Refusal | Role::Look => {
                if case.fixture != Fixture::Any {
                    self.wanted.insert(case.fixture);
                }
                return;
            }
        };
        match (case.fixture, to) {
            (Fixture::Any, Destination::Next) => self.wildcards.push((index, certain)),
            (Fixture::Any, Destination::State(Fixture::Any)) => self.stays.push((START, index, certain)),
            (Fixture::Any, Destination::State(to)) => {
                let from = self.source_of(to);
                self.add(from, to, index, certain);
            }
            (from, Destination::Next) => {
                let to = next(from, &self.plan.routes).unwrap_or(from);
                self.add(from, to, index, certain);
            }
            (from, Destination::State(Fixture::Any)) => self.stays.push((from, index, certain)),
            (from, Destination::State(to)) => self.add(from, to, index, certain),
        }
    }

    fn add(&mut self, from: Fixture, to: Fixture, index: CaseIndex, certain: bool) {
        if from == to {
            self.stays.push((from, index, certain));
        } else if self.plan.routes.open && !certain && from.status().is_some() && to.status().is_some() {
            self.open.push((from, to, index));
        } else {
            self.items.entry(from).or_default().push(PendingStep { case: Some(index), to, certain });
        }
    }
}
