//! Whether a rejection can count: a request without the defect must have been accepted on the same fixture.

use super::attempt::AttemptJudge;
use crate::execute::evidence::{ControlSeen, Exchange, ExchangeId, Purpose};
use crate::plan::{Role, status_set};
use crate::suite::scenario::{Fixture, Outcome};
use crate::words::fhir::AppointmentStatus;

impl AttemptJudge<'_, '_> {
    /// Why a refusal cannot count, if it cannot.
    pub fn control(&self, number: usize) -> Option<String> {
        let accepted = |id: ExchangeId| self.index.exchange(id).is_some_and(Exchange::succeeded);
        if self.case.steps.len() > 1 {
            let later = self
                .attempt
                .steps
                .iter()
                .zip(&self.case.steps)
                .skip(number + 1)
                .any(|(seen, step)| step.outcome == Outcome::Accepted && accepted(seen.exchange));
            return (!later)
                .then(|| "no later request of the case was accepted, so the refusal proves nothing".to_owned());
        }
        match &self.attempt.control {
            ControlSeen::Exchange(id) => {
                (!accepted(*id)).then(|| "its control was refused too, so the refusal proves nothing".to_owned())
            }
            ControlSeen::Twin(_) | ControlSeen::NotNeeded => self.twin(number),
            ControlSeen::Missing(why) if why.is_empty() => Some("it has no control".to_owned()),
            ControlSeen::Missing(why) => Some(format!("{why}, so the refusal proves nothing")),
        }
    }

    /// Why a success that did not come cannot count against the target, if it cannot: the plain documented PATCH, without
    /// what is peculiar to the case, has to be accepted in its place.
    pub fn control_of_success(&self) -> Option<String> {
        if self.case.is_plain() {
            return None;
        }
        match &self.attempt.control {
            ControlSeen::NotNeeded | ControlSeen::Twin(_) => None,
            ControlSeen::Exchange(id) => {
                let control = self.index.exchange(*id)?;
                let rejected = || {
                    let found = control.status().map_or_else(|| "no response".to_owned(), |status| status.to_string());
                    format!("the plain documented PATCH in its place got {found}, so it says nothing about the case")
                };
                (!control.succeeded()).then(rejected)
            }
            ControlSeen::Missing(why) => Some(format!("{why}, so that it has no control")),
        }
    }

    /// Where no step can follow, the same value must have been accepted elsewhere; for a value that no contract accepts,
    /// and for requests on no appointment, some documented PATCH must have been.
    fn twin(&self, number: usize) -> Option<String> {
        let exchange = self.attempt.steps.get(number).and_then(|seen| self.index.exchange(seen.exchange));
        let document = exchange.and_then(|exchange| self.index.bodies.json(&exchange.request.body));
        let sent = document.and_then(|document| status_set(&document));
        let possible = |status| self.plan.routes.documents.keys().any(|(_, to)| *to == status);
        let wanted = sent.filter(|status| possible(*status) && self.case.role == Role::Refusal);
        let wanted = wanted.filter(|_| self.case.fixture != Fixture::Unknown && self.case.fixture != Fixture::None);
        let text = wanted.map(|status: AppointmentStatus| format!("\"{}\"", status.code()));
        let found = self.index.exchanges().any(|exchange| {
            exchange.is_patch()
                && exchange.succeeded()
                && exchange.purpose != Purpose::Try
                && text
                    .as_ref()
                    .is_none_or(|text| exchange.request.body.text().is_some_and(|body| body.contains(text.as_str())))
        });
        (!found).then(|| match wanted {
            Some(status) => {
                format!("no PATCH to {status} was accepted anywhere in the run, so the refusal proves nothing")
            }
            None => "no PATCH was accepted anywhere in the run, so the refusal proves nothing".to_owned(),
        })
    }
}
