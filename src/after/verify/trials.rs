//! Holds each trial against the place of its case in the plan: lane, state, steps, purposes, order, and repetitions.

use std::collections::BTreeMap;

use super::difference::{Difference, evidence_difference};
use super::places::{CasePlace, Places};
use crate::execute::evidence::{
    Attempt, Batch, ControlSeen, Evidence, Exchange, ExchangeId, NotRunKind, Purpose, Trial, TrialKind,
};
use crate::plan::{CaseId, Control, Role, Stepwise};
use crate::suite::scenario::Outcome;

/// Adds what no run of the plan could have done.
pub(super) fn check(evidence: &Evidence, places: &Places<'_>, differences: &mut Vec<Difference>) {
    let mut look = TrialsLook { evidence, places, differences: Vec::new() };
    for (number, trial) in evidence.trials.iter().enumerate() {
        look.trial(number, trial);
    }
    look.order();
    differences.append(&mut look.differences);
}

struct TrialsLook<'a> {
    evidence: &'a Evidence,
    places: &'a Places<'a>,
    differences: Vec<Difference>,
}

impl<'a> TrialsLook<'a> {
    fn differ(&mut self, place: impl Into<String>, recorded: impl std::fmt::Display, computed: impl std::fmt::Display) {
        self.differences.push(evidence_difference(place, recorded, computed));
    }

    fn exchange(&self, id: ExchangeId) -> Option<&'a Exchange> {
        self.evidence.exchanges.get(id as usize)
    }

    fn has_succeeded(&self, id: ExchangeId) -> bool {
        self.exchange(id).is_some_and(Exchange::succeeded)
    }

    fn trial(&mut self, number: usize, trial: &Trial) {
        let name = format!("trials[{number}] ({})", trial.case);
        let places = self.places.places(&trial.case);
        let Some(first) = places.first() else {
            return self.differ(name, "a trial", "no place in the plan");
        };
        let Some(place) = places.iter().find(|place| place.lane.have(trial.lane)) else {
            return self.differ(format!("{name}.lane"), trial.lane, first.lane);
        };
        match &trial.kind {
            TrialKind::Steps(_) => {
                let case = self.places.plan.stepwise(place.index);
                if let (Some(attempt), Some(case)) = (trial.attempt(), case) {
                    self.steps(&name, attempt, case, place);
                }
            }
            TrialKind::Round(round) => {
                for id in round.exchanges() {
                    let known = [Purpose::Race, Purpose::Read];
                    self.sent(&name, id, trial.lane, &known);
                }
            }
            TrialKind::List(list) => {
                for (_, step) in list.sent() {
                    self.sent(&name, step.exchange, trial.lane, &[Purpose::Try]);
                }
            }
        }
    }

    /// A request of a trial is of the lane of the trial, and was sent for what it is.
    fn sent(&mut self, name: &str, id: ExchangeId, lane: u32, purposes: &[Purpose]) {
        let Some(exchange) = self.exchange(id) else { return };
        if exchange.lane != lane {
            self.differ(format!("{name}, exchange {id}"), format!("lane {}", exchange.lane), format!("lane {lane}"));
        }
        if !purposes.contains(&exchange.purpose) {
            let wanted: Vec<String> = purposes.iter().map(|purpose| word(*purpose)).collect();
            self.differ(format!("exchanges[{id}].purpose"), word(exchange.purpose), wanted.join(" or "));
        }
    }

    fn steps(&mut self, name: &str, attempt: Attempt<'_>, case: Stepwise<'_>, place: &CasePlace<'_>) {
        let broken_off = attempt.halted.is_some() && self.has_failed(attempt.case);
        let state = place.state(case.fixture);
        if attempt.state != state && !broken_off {
            self.differ(format!("{name}.state"), attempt.state, state);
        }
        for (turn, seen) in attempt.steps.iter().enumerate() {
            let accepted = case.steps.get(turn).is_some_and(|step| step.outcome == Outcome::Accepted);
            let purpose = match (case.role, place.leads) {
                (Role::Look, None) if place.act.is_some() => Purpose::Read,
                (_, Some(true)) if accepted => Purpose::Advance,
                (Role::Look | Role::Refusal | Role::Change { .. } | Role::Probe { .. }, _) => Purpose::Try,
            };
            match broken_off {
                true => self.sent(name, seen.exchange, attempt.lane, &[Purpose::Try, Purpose::Advance, Purpose::Read]),
                false => self.sent(name, seen.exchange, attempt.lane, &[purpose]),
            }
            self.appointment(name, attempt, seen.exchange);
        }
        let (sent, all) = (attempt.steps.len(), case.steps.len());
        let last = attempt.steps.last().zip(case.steps.get(sent.saturating_sub(1)));
        let ended =
            last.is_some_and(|(seen, step)| step.outcome == Outcome::Accepted && !self.has_succeeded(seen.exchange));
        if !broken_off && (sent > all || (sent < all && !ended && attempt.halted.is_none())) {
            self.differ(format!("{name}.steps"), format!("{sent} steps"), format!("{all} steps, or a reason"));
        }
        if !broken_off {
            self.control(name, attempt, case, place);
        }
        if attempt.alone {
            self.alone(name, attempt, place);
        }
        if attempt.again {
            self.again(name, attempt);
        }
    }

    fn has_failed(&self, case: &CaseId) -> bool {
        let failed = |kind: NotRunKind| kind == NotRunKind::HarnessFailed;
        self.evidence.not_run.iter().any(|not_run| not_run.case == *case && failed(not_run.kind))
    }

    fn appointment(&mut self, name: &str, attempt: Attempt<'_>, id: ExchangeId) {
        let Some(exchange) = self.exchange(id) else { return };
        if exchange.appointment.is_some() && exchange.appointment != attempt.appointment {
            let shown = |id: &Option<String>| id.clone().unwrap_or_else(|| "none".to_owned());
            let (found, wanted) = (shown(&attempt.appointment), shown(&exchange.appointment));
            self.differ(format!("{name}.appointment"), found, format!("{wanted}, that of exchange {id}"));
        }
    }

    /// Where a case that leads on had to be accepted and was not, its control is a plain PATCH in its place.
    fn in_its_place(&mut self, name: &str, attempt: Attempt<'_>, case: Stepwise<'_>) {
        let last = attempt.steps.last().zip(case.steps.get(attempt.steps.len().saturating_sub(1)));
        let rejected =
            |id: ExchangeId| self.exchange(id).is_some_and(|one| one.request.method != "GET" && !one.succeeded());
        let open = last.filter(|(seen, _)| !case.is_plain() && rejected(seen.exchange));
        let place = format!("{name}.control");
        match (&attempt.control, open) {
            (ControlSeen::Exchange(id), Some((seen, step))) if !step.outcome.is_of_mistake() => {
                let is_control = self.exchange(*id).is_some_and(|one| {
                    one.purpose == Purpose::Control
                        && one.lane == attempt.lane
                        && one.appointment == attempt.appointment
                });
                if !is_control || *id <= seen.exchange {
                    self.differ(place, format!("exchange {id}"), "a plain PATCH after the last step");
                }
            }
            (ControlSeen::Exchange(_) | ControlSeen::Twin(_), _) => {
                self.differ(place, "a control", "none: the case needs none");
            }
            (ControlSeen::NotNeeded, Some((_, step)))
                if step.outcome == Outcome::Accepted && attempt.halted.is_none() =>
            {
                self.differ(place, "not needed", "the plain PATCH in its place, or why there is none");
            }
            (ControlSeen::Missing(_) | ControlSeen::NotNeeded, _) => {}
        }
    }

    /// The accepted plain PATCH in the place of the case that leads on from a batch, where that case was not accepted.
    fn plain_of(&self, batch: &Batch) -> Option<ExchangeId> {
        let mut attempts = self.evidence.trials.iter().filter_map(Trial::attempt);
        let first = |attempt: &Attempt<'_>| attempt.steps.first().map(|step| step.exchange);
        match attempts.find(|attempt| batch.control.is_some() && first(attempt) == batch.control)?.control {
            ControlSeen::Exchange(id) => Some(id).filter(|id| self.has_succeeded(*id) && self.is_still(batch)),
            ControlSeen::Twin(_) | ControlSeen::NotNeeded | ControlSeen::Missing(_) => None,
        }
    }

    /// The control of a trial is that of its batch, and nothing is a control that is none.
    fn control(&mut self, name: &str, attempt: Attempt<'_>, case: Stepwise<'_>, place: &CasePlace<'_>) {
        if place.leads.is_some() {
            return self.in_its_place(name, attempt, case);
        }
        let is_tried = place.act.is_some() && place.leads.is_none() && case.role != Role::Look;
        let batch = attempt.steps.last().and_then(|step| self.batch_of(step.exchange));
        let place = format!("{name}.control");
        // What may have been carried out is looked at by itself, at once.
        if is_tried && !attempt.alone && batch.is_some() && !self.is_harmless(attempt) {
            return self.differ(place, "that of a batch", "none: the request may have been carried out");
        }
        match (&attempt.control, batch) {
            (ControlSeen::NotNeeded, _) if is_tried => {
                self.differ(place, "not needed", "that of its batch, or why there is none")
            }
            (ControlSeen::Exchange(_) | ControlSeen::Twin(_), _) if !is_tried => {
                self.differ(place, "a control", "none: the case needs none");
            }
            (ControlSeen::Exchange(id), batch) => {
                let plain =
                    || batch.and_then(|batch| self.plain_of(batch)).filter(|_| case.body.control == Control::Advance);
                let of_batch = batch.is_some_and(|batch| batch.control == Some(*id)) && self.has_succeeded(*id);
                let known = of_batch || plain() == Some(*id);
                if !known {
                    self.differ(place, format!("exchange {id}"), "the accepted control of its batch");
                }
            }
            (ControlSeen::Twin(id), batch) => {
                if !batch.is_some_and(|batch| batch.control.is_none() && batch.after == Some(*id)) {
                    self.differ(place, format!("exchange {id}"), "the read after its batch, which no request controls");
                }
            }
            (ControlSeen::Missing(_), Some(batch)) if is_tried && attempt.halted.is_none() && self.is_closed(batch) => {
                self.differ(place, "none", "the accepted control of its batch");
            }
            // What was rejected is read back with its batch, or alone; only what may have been carried out has neither.
            (ControlSeen::Missing(_), None) if is_tried && attempt.halted.is_none() && self.is_harmless(attempt) => {
                self.differ(place, "none, and no batch", "the batch of a request that was rejected");
            }
            (ControlSeen::Missing(_) | ControlSeen::NotNeeded, _) => {}
        }
    }

    /// Whether the last request of an attempt was rejected by the client's fault, or redirected.
    fn is_harmless(&self, attempt: Attempt<'_>) -> bool {
        let status = attempt.steps.last().and_then(|step| self.exchange(step.exchange)?.status());
        status.is_some_and(|status| status.is_client_error() || status.get() / 100 == 3)
    }

    fn batch_of(&self, id: ExchangeId) -> Option<&'a Batch> {
        self.evidence.batches.iter().find(|batch| batch.tries.contains(&id))
    }

    /// Whether a batch has an accepted control, and reads around it that show the same, byte by byte.
    fn is_closed(&self, batch: &Batch) -> bool {
        batch.control.is_some_and(|id| self.has_succeeded(id)) && self.is_still(batch)
    }

    fn is_still(&self, batch: &Batch) -> bool {
        let read = |id: Option<ExchangeId>| {
            let received = self.exchange(id?)?.received()?;
            Some((received.status, received.header("etag"), &received.body))
        };
        batch.before.is_some() && (batch.before == batch.after || read(batch.before) == read(batch.after))
    }

    /// A repetition counts only where what it repeats was left without its control.
    fn alone(&mut self, name: &str, attempt: Attempt<'_>, place: &CasePlace<'_>) {
        let first = attempt.steps.first().map(|step| step.exchange);
        let earlier = self.evidence.trials.iter().filter_map(Trial::attempt).filter(|other| {
            other.case == attempt.case && !other.alone && other.steps.last().map(|step| step.exchange) < first
        });
        let has_failed = |other: &Attempt<'_>| match place.leads {
            Some(_) => other.steps.first().is_some_and(|step| !self.has_succeeded(step.exchange)),
            None => matches!(other.control, ControlSeen::Missing(_)),
        };
        let control_failed = |other: &Attempt<'_>| {
            let batch = other.steps.last().and_then(|step| self.batch_of(step.exchange));
            place.leads.is_some() || batch.is_some_and(|batch| !self.is_closed(batch))
        };
        if !earlier.into_iter().any(|other| has_failed(&other) && control_failed(&other)) {
            self.differ(format!("{name}.alone"), true, "false: no control failed before it");
        }
    }

    /// The second look sends a case once more that was sent before.
    fn again(&mut self, name: &str, attempt: Attempt<'_>) {
        let first = attempt.steps.first().map(|step| step.exchange);
        let mut before = self.evidence.trials.iter().filter_map(Trial::attempt).filter(|other| {
            other.case == attempt.case && !other.again && other.steps.last().map(|step| step.exchange) < first
        });
        if before.next().is_none() {
            self.differ(format!("{name}.again"), true, "false: it was not sent before");
        }
    }

    /// The trials of a case are in the order in which they were sent, and so are the steps of each.
    fn order(&mut self) {
        let mut last: BTreeMap<&CaseId, ExchangeId> = BTreeMap::new();
        for (number, trial) in self.evidence.trials.iter().enumerate() {
            let ids: Vec<ExchangeId> = match &trial.kind {
                TrialKind::Steps(seen) => seen.steps.iter().map(|step| step.exchange).collect(),
                // What the clients of a round send is sent together.
                TrialKind::Round(round) => {
                    let (first, last) = (round.exchanges().min(), round.exchanges().max());
                    first.into_iter().chain(last.filter(|last| first != Some(*last))).collect()
                }
                // Lists of one case are sent together.
                TrialKind::List(_) => continue,
            };
            let place = format!("trials[{number}] ({})", trial.case);
            for id in ids {
                let before = last.insert(&trial.case, id);
                if let Some(before) = before.filter(|before| id <= *before) {
                    let wanted = format!("one after exchange {before} of the same case");
                    self.differ(&place, format!("exchange {id}"), wanted);
                }
            }
        }
    }
}

fn word(purpose: Purpose) -> String {
    serde_json::to_value(purpose).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
