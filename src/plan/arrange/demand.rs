//! The plain steps that rejections need as their control, where no case provides them.

use super::arranger::{Arranger, PendingStep, needs_earlier_version};
use crate::plan::case::{CaseKind, Control, Role, StepCase};
use crate::plan::lanes::CaseIndex;
use crate::plan::states::{START, is_root, next};
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

impl Arranger<'_> {
    /// Adds the plain steps that refusals need as controls and that no case provides.
    pub fn demand_controls(&mut self) {
        for index in self.active.clone() {
            let Some(case) = self.plan.stepwise(index) else { continue };
            if case.role != Role::Refusal {
                continue;
            }
            if matches!(case.fixture, Fixture::None | Fixture::Unknown) {
                // No request can follow on nothing: some documented PATCH has to be accepted elsewhere in the run.
                self.demand_anywhere(false);
                continue;
            }
            let stale = needs_earlier_version(case.body);
            match (&case.body.control, case.fixture) {
                (Control::Advance, Fixture::Any) => self.demand_anywhere(stale),
                (Control::Advance, state) => match next(state, &self.plan.routes) {
                    Some(to) => self.demand(state, to),
                    None => {
                        self.demand_twin(index);
                        if let Some(CaseKind::Exchange(body)) =
                            self.plan.cases.get_mut(index).map(|case| &mut case.kind)
                        {
                            body.control = Control::Twin;
                        }
                    }
                },
                (Control::Twin, _) => self.demand_twin(index),
                (Control::Case(_) | Control::Within, _) => {}
            }
        }
    }

    fn demand(&mut self, from: Fixture, to: Fixture) {
        let present = self.items.get(&from).is_some_and(|items| items.iter().any(|item| self.is_plain(item)));
        if !present {
            self.items.entry(from).or_default().push(PendingStep { case: None, to, certain: true });
        }
    }

    fn demand_anywhere(&mut self, stale: bool) {
        let first = START;
        let Some(second) = next(first, &self.plan.routes) else { return };
        let plain_at =
            |state: &Fixture| self.items.get(state).is_some_and(|items| items.iter().any(|item| self.is_plain(item)));
        if stale {
            let later = self.items.keys().any(|state| !is_root(*state, &self.plan.routes) && plain_at(state));
            if !later && let Some(third) = next(second, &self.plan.routes) {
                self.demand(second, third);
            }
        } else if !self.items.keys().any(plain_at) {
            self.demand(first, second);
        }
    }

    /// The same value must be accepted somewhere else in the run, if the contract lets it be accepted at all.
    fn demand_twin(&mut self, index: CaseIndex) {
        let to = self.plan.stepwise(index).and_then(|case| status_sent(case.body));
        let accepted = |status: AppointmentStatus| self.plan.routes.documents.keys().any(|(_, end)| *end == status);
        let to =
            match to.filter(|status| accepted(*status)).or(next(START, &self.plan.routes).and_then(Fixture::status)) {
                Some(to) => Fixture::of(to),
                None => return,
            };
        let present = self.items.values().flatten().any(|item| item.certain && item.to == to && self.is_plain(item));
        if !present {
            let from = self.source_of(to);
            self.items.entry(from).or_default().push(PendingStep { case: None, to, certain: true });
        }
    }
}

/// The status a refusal sends, where it sends one.
fn status_sent(case: &StepCase) -> Option<AppointmentStatus> {
    case.steps.last()?.request.status_set()
}
