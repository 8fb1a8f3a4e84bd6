//! Holds the reads around each step and batch against the order of the lane: none is left out, none is another one.

use std::collections::BTreeMap;

use super::difference::{Difference, evidence_difference};
use crate::execute::evidence::{
    Evidence, Exchange, ExchangeId, Owner, Purpose, StepSeen, Trial, TrialKind, owners, sendings,
};

/// Adds reads that are not those before and after a request.
pub(super) fn check(evidence: &Evidence, differences: &mut Vec<Difference>) {
    let mut look = ReadsLook::of(evidence);
    for (number, trial) in evidence.trials.iter().enumerate() {
        let name = format!("trials[{number}] ({})", trial.case);
        match &trial.kind {
            TrialKind::Steps(seen) => {
                for (turn, step) in seen.steps.iter().enumerate() {
                    look.step(&format!("{name}.steps[{turn}]"), step);
                }
            }
            TrialKind::List(list) => {
                for (turn, step) in list.sent() {
                    look.step(&format!("{name}.steps[{turn}]"), step);
                }
            }
            TrialKind::Round(_) => {}
        }
    }
    look.batches();
    differences.append(&mut look.differences);
}

struct ReadsLook<'a> {
    evidence: &'a Evidence,
    /// The reads of each appointment in each lane, in order; those that a case asks for are not among them.
    reads: BTreeMap<(u32, &'a str), Vec<ExchangeId>>,
    /// All else that was sent to it.
    others: BTreeMap<(u32, &'a str), Vec<ExchangeId>>,
    /// The first sending of each request that was sent more than once, by its last.
    first: BTreeMap<ExchangeId, ExchangeId>,
    differences: Vec<Difference>,
}

impl<'a> ReadsLook<'a> {
    fn of(evidence: &'a Evidence) -> ReadsLook<'a> {
        let (owners, _) = owners(&evidence.exchanges, &evidence.trials);
        let mut look = ReadsLook {
            evidence,
            reads: BTreeMap::new(),
            others: BTreeMap::new(),
            first: BTreeMap::new(),
            differences: Vec::new(),
        };
        for (exchange, owner) in evidence.exchanges.iter().zip(owners) {
            let Some(appointment) = exchange.appointment.as_deref() else { continue };
            let is_read = exchange.purpose == Purpose::Read && !matches!(owner, Some(Owner::Trial(_)));
            let of = if is_read { &mut look.reads } else { &mut look.others };
            of.entry((exchange.lane, appointment)).or_default().push(exchange.id);
        }
        for sent in sendings(&evidence.exchanges).into_iter().filter(|sent| sent.len() > 1) {
            look.first.extend(sent.last().copied().zip(sent.first().copied()));
        }
        look
    }

    fn differ(&mut self, place: impl Into<String>, recorded: impl std::fmt::Display, computed: impl std::fmt::Display) {
        self.differences.push(evidence_difference(place, recorded, computed));
    }

    fn key(&self, id: ExchangeId) -> Option<(u32, &'a str)> {
        let exchange: &'a Exchange = self.evidence.exchanges.get(id as usize)?;
        Some((exchange.lane, exchange.appointment.as_deref()?))
    }

    fn last_read_before(&self, key: (u32, &'a str), id: ExchangeId) -> Option<ExchangeId> {
        self.reads.get(&key)?.iter().rev().find(|read| **read < id).copied()
    }

    fn step(&mut self, place: &str, step: &StepSeen) {
        let Some(key) = self.key(step.exchange) else { return };
        let began = self.first.get(&step.exchange).copied().unwrap_or(step.exchange);
        let last = self.last_read_before(key, began);
        if step.before.is_some() && step.before != last {
            self.differ(
                format!("{place}.before"),
                shown(step.before),
                format!("{}, the last read before it", shown(last)),
            );
        }
        // A read is what it shows itself.
        if step.after == Some(step.exchange) {
            return;
        }
        let is_of = |id: &ExchangeId| self.reads.get(&key).is_some_and(|reads| reads.contains(id));
        let wrong = [step.first_after, step.after].into_iter().flatten().find(|id| !is_of(id));
        if let Some(id) = wrong {
            self.differ(
                format!("{place}.after"),
                format!("exchange {id}"),
                "a read of the same appointment in the same lane",
            );
        }
    }

    fn batches(&mut self) {
        for (number, batch) in self.evidence.batches.iter().enumerate() {
            let place = format!("batches[{number}]");
            let Some(first) = batch.tries.first().copied() else {
                self.differ(format!("{place}.tries"), "none", "the requests that share their reads");
                continue;
            };
            let Some(key) = self.key(first) else { continue };
            if key != (batch.lane, batch.appointment.as_str()) {
                let found = format!("lane {}, appointment {}", batch.lane, batch.appointment);
                self.differ(&place, found, format!("lane {}, appointment {}", key.0, key.1));
            }
            let other = batch.tries.iter().chain(&batch.control).find(|id| self.key(**id) != Some(key));
            if let Some(id) = other {
                self.differ(&place, format!("exchange {id}"), format!("a request to appointment {}", key.1));
            }
            let last = batch.tries.last().copied().unwrap_or(first);
            let control = batch.control.map(|id| self.first.get(&id).copied().unwrap_or(id));
            let next = self.others.get(&key).into_iter().flatten().find(|id| **id > last).copied();
            let end = control.or(next).unwrap_or(ExchangeId::MAX);
            let after = self.last_read_before(key, end);
            if batch.after != after {
                self.differ(
                    format!("{place}.after"),
                    shown(batch.after),
                    format!("{}, the last read before what follows", shown(after)),
                );
            }
            self.shared(&place, batch.after, &batch.tries);
        }
    }

    /// What was tried together is read back together.
    fn shared(&mut self, place: &str, after: Option<ExchangeId>, tries: &[ExchangeId]) {
        let attempts = self.evidence.trials.iter().filter_map(Trial::attempt);
        let steps = attempts.filter(|attempt| attempt.halted.is_none()).flat_map(|attempt| &attempt.seen.steps);
        let other = steps.filter(|step| tries.contains(&step.exchange)).find(|step| step.after != after);
        if let Some(step) = other {
            let found = format!("exchange {} is read back by {}", step.exchange, shown(step.after));
            self.differ(format!("{place}.after"), found, shown(after));
        }
    }
}

fn shown(id: Option<ExchangeId>) -> String {
    id.map_or_else(|| "nothing".to_owned(), |id| format!("exchange {id}"))
}
