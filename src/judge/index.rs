//! Finds one's way through the evidence: which attempt an exchange belongs to, and the reads before and after it.

use std::collections::BTreeMap;

use super::bodies::Bodies;
use super::strangers::Strangers;
use crate::execute::evidence::{
    Attempt, Batch, Evidence, Exchange, ExchangeId, Moving, NotRun, Purpose, StepSeen, Trial, in_lists,
};
use crate::plan::{CaseId, Plan, Step, Stepwise};
use crate::suite::contract::Edition;

/// Lookups over one run's evidence.
pub(super) struct Index<'a> {
    pub evidence: &'a Evidence,
    pub edition: Edition,
    pub bodies: Bodies<'a>,
    /// What moves by itself.
    pub moving: Moving,
    /// Who else writes.
    pub strangers: Strangers<'a>,
    attempts: BTreeMap<&'a CaseId, Vec<Attempt<'a>>>,
    not_run: BTreeMap<&'a CaseId, &'a NotRun>,
    steps: BTreeMap<ExchangeId, StepPlace<'a>>,
    before: BTreeMap<ExchangeId, ExchangeId>,
    after: BTreeMap<ExchangeId, ExchangeId>,
    settled: BTreeMap<ExchangeId, ExchangeId>,
    /// When the first PATCH of each appointment began.
    first_patch_us: BTreeMap<&'a str, u64>,
    /// For each exchange, whether it was sent for a generated list; those have a judge of their own.
    in_lists: Vec<bool>,
}

/// The step that an exchange belongs to.
#[derive(Clone, Copy)]
pub(super) struct StepPlace<'a> {
    pub step: &'a Step,
    pub seen: &'a StepSeen,
}

impl<'a> Index<'a> {
    pub fn new(plan: &'a Plan, evidence: &'a Evidence) -> Index<'a> {
        let mut index = Index {
            evidence,
            edition: plan.edition,
            bodies: Bodies::default(),
            moving: Moving::default(),
            strangers: Strangers::default(),
            attempts: BTreeMap::new(),
            not_run: evidence.not_run.iter().map(|not_run| (&not_run.case, not_run)).collect(),
            steps: BTreeMap::new(),
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            settled: BTreeMap::new(),
            first_patch_us: first_patches(evidence),
            in_lists: in_lists(&evidence.exchanges, &evidence.trials),
        };
        let cases: BTreeMap<&CaseId, Stepwise<'_>> =
            plan.cases.iter().filter_map(|case| Some((&case.head.id, case.stepwise()?))).collect();
        for attempt in evidence.trials.iter().filter_map(Trial::attempt) {
            index.attempts.entry(attempt.case).or_default().push(attempt);
            let Some(case) = cases.get(attempt.case) else { continue };
            for (step, seen) in case.body.steps.iter().zip(&attempt.seen.steps) {
                index.steps.insert(seen.exchange, StepPlace { step, seen });
            }
        }
        index.find_reads();
        index.moving = Moving::of(exchanges(evidence, &index.in_lists));
        index
    }

    /// For every PATCH, the last read before it and the first read after it with no other success between.
    fn find_reads(&mut self) {
        let mut last_read: BTreeMap<(u32, &str), ExchangeId> = BTreeMap::new();
        let mut waiting: BTreeMap<(u32, &str), Vec<ExchangeId>> = BTreeMap::new();
        let mut last_patch: BTreeMap<(u32, &str), ExchangeId> = BTreeMap::new();
        for exchange in exchanges(self.evidence, &self.in_lists) {
            let Some(appointment) = exchange.appointment.as_deref() else { continue };
            // In a race nothing is before or after anything else; its own judge puts it in order.
            if exchange.purpose == Purpose::Race {
                last_patch.retain(|(_, contended), _| *contended != appointment);
                continue;
            }
            let key = (exchange.lane, appointment);
            if exchange.purpose == Purpose::Read && exchange.request.method == "GET" {
                if !exchange.succeeded() {
                    continue;
                }
                for patch in waiting.remove(&key).unwrap_or_default() {
                    self.after.insert(patch, exchange.id);
                }
                if let Some(patch) = last_patch.get(&key) {
                    self.settled.insert(*patch, exchange.id);
                }
                last_read.insert(key, exchange.id);
            } else if exchange.is_patch() {
                if let Some(read) = last_read.get(&key) {
                    self.before.insert(exchange.id, *read);
                }
                let queue = waiting.entry(key).or_default();
                if exchange.succeeded() {
                    // What was sent before a success cannot be seen by a read after it.
                    queue.clear();
                }
                if may_have_changed(exchange) {
                    // What comes next is not charged with its change, even where no read followed it.
                    last_read.remove(&key);
                }
                queue.push(exchange.id);
                last_patch.insert(key, exchange.id);
            } else {
                // Whatever else was sent may have done something, too.
                last_patch.remove(&key);
            }
        }
    }

    /// Whether a read still shows the appointment as a later request found it: no other request between them may have
    /// changed it.
    pub fn is_fresh(&self, read: ExchangeId, request: ExchangeId) -> bool {
        let appointment = self.exchange(request).and_then(|exchange| exchange.appointment.as_deref());
        let same = |other: &&Exchange| other.appointment.as_deref() == appointment && other.purpose != Purpose::Race;
        let mut fresh = true;
        for other in (read.saturating_add(1)..request).filter_map(|id| self.exchange(id)).filter(same) {
            match (other.is_patch(), other.succeeded()) {
                (true, true) => return false,
                (true, false) => fresh &= !may_have_changed(other),
                // What got no response is sent again only after a read that shows the appointment as it was.
                (false, succeeded) => fresh |= succeeded,
            }
        }
        fresh
    }

    /// The batch of several refusals that an exchange belongs to, as a refusal or as its control.
    pub fn shared_batch(&self, exchange: ExchangeId) -> Option<&'a Batch> {
        self.evidence
            .batches
            .iter()
            .find(|batch| (batch.tries.len() > 1 && batch.tries.contains(&exchange)) || batch.control == Some(exchange))
    }

    /// Whether a refusal of the batch changed the appointment, so that what came after it in the batch says little.
    pub fn is_disturbed(&self, batch: &Batch) -> bool {
        let received = |id: Option<ExchangeId>| self.exchange(id?)?.received();
        if batch.before == batch.after {
            return false;
        }
        let (Some(before), Some(after)) = (received(batch.before), received(batch.after)) else {
            return received(batch.before).is_some() != received(batch.after).is_some();
        };
        let moved = match (self.bodies.json(&before.body), self.bodies.json(&after.body)) {
            (Some(before), Some(after)) => !self.moving.differences(&before, &after).is_empty(),
            (before, after) => before.is_some() != after.is_some(),
        };
        moved || before.header("etag") != after.header("etag")
    }

    /// The executions of a case, in order.
    pub fn attempts(&self, case: &CaseId) -> &[Attempt<'a>] {
        self.attempts.get(case).map_or(&[], Vec::as_slice)
    }

    /// Why a planned case was not run, or not to its end.
    pub fn not_run(&self, case: &CaseId) -> Option<&'a NotRun> {
        self.not_run.get(case).copied()
    }

    /// The step an exchange belongs to.
    pub fn place(&self, exchange: ExchangeId) -> Option<StepPlace<'a>> {
        self.steps.get(&exchange).copied()
    }

    /// The exchanges that rules about the whole run look at, in order.
    pub fn exchanges(&self) -> impl Iterator<Item = &'a Exchange> {
        exchanges(self.evidence, &self.in_lists)
    }

    /// An exchange of the evidence.
    pub fn exchange(&self, id: ExchangeId) -> Option<&'a Exchange> {
        self.evidence.exchanges.get(id as usize)
    }

    /// Whether a PATCH was sent to the appointment of an exchange before it, or is the exchange.
    pub fn was_patched(&self, exchange: &Exchange) -> bool {
        let first = exchange.appointment.as_deref().and_then(|appointment| self.first_patch_us.get(appointment));
        first.is_some_and(|begin_us| *begin_us <= exchange.begin_us)
    }

    /// The last successful read of the appointment before a PATCH.
    pub fn read_before(&self, patch: ExchangeId) -> Option<&'a Exchange> {
        self.before.get(&patch).and_then(|id| self.exchange(*id))
    }

    /// The last successful read of the appointment after a PATCH and before the next one: reads may lag behind a write.
    pub fn settled_after(&self, patch: ExchangeId) -> Option<&'a Exchange> {
        self.settled.get(&patch).and_then(|id| self.exchange(*id))
    }

    /// The first successful read of the appointment after a PATCH, if nothing succeeded between.
    pub fn read_after(&self, patch: ExchangeId) -> Option<&'a Exchange> {
        self.after.get(&patch).and_then(|id| self.exchange(*id))
    }
}

fn first_patches(evidence: &Evidence) -> BTreeMap<&str, u64> {
    let mut first = BTreeMap::new();
    for patch in evidence.exchanges.iter().filter(|exchange| exchange.is_patch()) {
        if let Some(appointment) = patch.appointment.as_deref() {
            let begin_us = first.entry(appointment).or_insert(patch.begin_us);
            *begin_us = patch.begin_us.min(*begin_us);
        }
    }
    first
}

/// Whether a PATCH may have changed the appointment: it was accepted, or its response says nothing about that.
fn may_have_changed(patch: &Exchange) -> bool {
    patch.status().is_none_or(|status| !status.is_client_error())
}

fn exchanges<'a>(evidence: &'a Evidence, in_lists: &[bool]) -> impl Iterator<Item = &'a Exchange> + Clone {
    evidence.exchanges.iter().zip(in_lists).filter(|(_, in_list)| !**in_list).map(|(exchange, _)| exchange)
}
