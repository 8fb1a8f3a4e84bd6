//! Holds the evidence against itself: places, times, references, and what belongs to what.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{Difference, evidence_difference};
use super::order::Turn;
use crate::execute::evidence::{
    Bystander, ControlSeen, Evidence, ExchangeId, ListTrial, Misplaced, StepSeen, Trial, TrialKind, owners,
};
use crate::execute::instant;
use crate::plan::{CaseId, CaseKind, Plan};
use crate::record::RunRecord;

/// More than this many complaints of one kind tell nothing new.
const MOST: usize = 200;

/// Adds what contradicts itself.
pub(super) fn check(record: &RunRecord, evidence: &Evidence, plan: &Plan, differences: &mut Vec<Difference>) {
    let mut looked = Look { record, evidence, differences: Vec::new() };
    looked.frame();
    looked.exchanges();
    looked.attempts();
    looked.rounds();
    looked.belonging(plan);
    looked.ownership();
    looked.lists();
    looked.differences.truncate(MOST);
    differences.append(&mut looked.differences);
}

struct Look<'a> {
    record: &'a RunRecord,
    evidence: &'a Evidence,
    differences: Vec<Difference>,
}

impl Look<'_> {
    fn differ(&mut self, place: impl Into<String>, recorded: impl std::fmt::Display, computed: impl std::fmt::Display) {
        self.differences.push(evidence_difference(place, recorded, computed));
    }

    /// Start and end of the run.
    fn frame(&mut self) {
        let record = self.record;
        match (instant_of(&record.started), instant_of(&record.finished)) {
            (Some(started), Some(finished)) if started > finished => {
                self.differ("finished", &record.finished, format!("an instant after {}", record.started));
            }
            (None, _) => self.differ("started", &record.started, "an instant as in RFC 3339"),
            (_, None) => self.differ("finished", &record.finished, "an instant as in RFC 3339"),
            (Some(_), Some(_)) => {}
        }
    }

    /// Each exchange is at its place, in the order of its lane, within the run, and with the target. The order is that of
    /// the monotonic clock; what is shown of the wall clock follows from it.
    fn exchanges(&mut self) {
        let (record, evidence) = (self.record, self.evidence);
        let started = instant_of(&record.started);
        let host = authority(&record.target.base_url);
        let mut turns: BTreeMap<u32, Option<Turn>> = BTreeMap::new();
        for (number, exchange) in evidence.exchanges.iter().enumerate() {
            let place = |member: &str| format!("exchanges[{number}].{member}");
            if exchange.id as usize != number {
                self.differ(place("id"), exchange.id, format!("{number}, its place in the list"));
            }
            if exchange.begin_us > exchange.end_us {
                self.differ(place("end_us"), exchange.end_us, format!("not before begin_us, {}", exchange.begin_us));
            }
            if let Some(started) = started {
                let at = instant(started, exchange.begin_us);
                if exchange.at != at {
                    self.differ(place("at"), &exchange.at, format!("{at}, by begin_us"));
                }
                if instant_of(&instant(started, exchange.end_us)) > instant_of(&record.finished) {
                    self.differ(place("end_us"), exchange.end_us, "within the run");
                }
            }
            if let Some((before, earliest)) = Turn::next(turns.entry(exchange.lane).or_default(), exchange) {
                let asked = format!("not before exchange {before} of the same lane, {earliest}");
                self.differ(place("begin_us"), exchange.begin_us, asked);
            }
            if authority(&exchange.request.url) != host {
                self.differ(place("request.url"), &exchange.request.url, format!("a URL at {host}"));
            }
        }
    }

    fn attempts(&mut self) {
        let evidence = self.evidence;
        let known: BTreeSet<&str> = evidence.fixtures.iter().map(|fixture| fixture.id.as_str()).collect();
        for (number, attempt) in evidence.trials.iter().filter_map(Trial::attempt).enumerate() {
            let place = format!("trials[{number}] ({})", attempt.case);
            for (turn, step) in attempt.steps.iter().enumerate() {
                self.step(&format!("{place}.steps[{turn}]"), step, Some(attempt.lane));
            }
            if let Some(id) = control(&attempt.seen.control) {
                self.reference(&format!("{place}.control"), id, Some(attempt.lane));
            }
            if let (ControlSeen::Exchange(id), Some(last)) = (&attempt.control, attempt.steps.last())
                && *id < last.exchange
            {
                self.differ(format!("{place}.control"), id, "an exchange after the refusals");
            }
            if let Some(id) = attempt.appointment.as_deref()
                && attempt.state.status().is_some()
                && !known.contains(id)
            {
                self.differ(format!("{place}.appointment"), id, "one of the appointments under `fixtures`");
            }
        }
        for (number, batch) in evidence.batches.iter().enumerate() {
            let place = format!("batches[{number}]");
            let around = [batch.before, batch.after, batch.control];
            for id in batch.tries.iter().copied().chain(around.into_iter().flatten()) {
                self.reference(&place, id, Some(batch.lane));
            }
            if let (Some(control), Some(last)) = (batch.control, batch.tries.last())
                && control <= *last
            {
                self.differ(format!("{place}.control"), control, "an exchange after the refusals");
            }
        }
    }

    fn rounds(&mut self) {
        let evidence = self.evidence;
        let mut last: BTreeMap<&str, u32> = BTreeMap::new();
        for (case, round) in evidence.trials.iter().filter_map(|trial| Some((&trial.case, trial.round()?))) {
            let place = format!("round {} ({case})", round.round);
            for id in round.exchanges() {
                self.reference(&place, id, None);
            }
            let expected = last.get(case.0.as_str()).map_or(1, |last| last.saturating_add(1));
            if round.round != expected {
                self.differ(format!("{place}.round"), round.round, format!("{expected}: rounds follow each other"));
            }
            last.insert(&case.0, round.round);
            let overlapped = round.overlap(&evidence.exchanges);
            if round.overlapped != overlapped {
                self.differ(format!("{place}.overlapped"), round.overlapped, format!("{overlapped} by its times"));
            }
        }
    }

    /// What was tried is in the plan.
    fn belonging(&mut self, plan: &Plan) {
        let evidence = self.evidence;
        let cases: BTreeMap<&CaseId, &CaseKind> = plan.cases.iter().map(|case| (&case.head.id, &case.kind)).collect();
        for (number, trial) in evidence.trials.iter().enumerate() {
            let fits = match (cases.get(&trial.case), &trial.kind) {
                (Some(CaseKind::Exchange(_)), TrialKind::Steps(_))
                | (Some(CaseKind::Race(_)), TrialKind::Round(_))
                | (Some(CaseKind::Lists(_)), TrialKind::List(_)) => true,
                (Some(CaseKind::Exchange(_) | CaseKind::Lists(_) | CaseKind::Property(_)), TrialKind::Round(_))
                | (Some(CaseKind::Race(_) | CaseKind::Lists(_) | CaseKind::Property(_)), TrialKind::Steps(_))
                | (Some(CaseKind::Exchange(_) | CaseKind::Race(_) | CaseKind::Property(_)), TrialKind::List(_))
                | (None, TrialKind::Steps(_) | TrialKind::Round(_) | TrialKind::List(_)) => false,
            };
            if !fits {
                self.differ(format!("trials[{number}] ({})", trial.case), "a trial", "no such case in the plan");
            }
        }
    }

    /// Each exchange belongs to one trial, to an appointment or to the run.
    fn ownership(&mut self) {
        let (_, misplaced) = owners(&self.evidence.exchanges, &self.evidence.trials);
        for exchange in misplaced {
            let (Misplaced::Orphan(id) | Misplaced::Shared(id, ..)) = exchange;
            self.differ(format!("exchanges[{id}]"), exchange, "one trial, appointment or run that it belongs to");
        }
    }

    /// A list has its exchanges to itself, in the order of its steps.
    fn lists(&mut self) {
        let evidence = self.evidence;
        let mut end = 0;
        for (number, trial) in evidence.trials.iter().enumerate() {
            let Some(list) = trial.list() else { continue };
            let (place, ids) = (format!("trials[{number}] ({})", trial.case), list.block.ids());
            if ids.start < end || ids.end as usize > evidence.exchanges.len() {
                let asked = format!("exchanges from {end} on, of {}", evidence.exchanges.len());
                self.differ(format!("{place}.block"), format!("{} to {}", ids.start, ids.end), asked);
            }
            end = ids.end;
            for id in ids.clone().take(evidence.exchanges.len()) {
                self.reference(&format!("{place}.block"), id, Some(trial.lane));
            }
            self.list(&place, list, trial.lane);
        }
    }

    fn list(&mut self, place: &str, list: &ListTrial, lane: u32) {
        let ids = list.block.ids();
        let mut last = None;
        for (number, step) in list.sent() {
            let place = format!("{place}.steps[{number}]");
            self.step(&place, step, Some(lane));
            if last.is_some_and(|last| step.exchange <= last) {
                self.differ(&place, step.exchange, "an exchange after that of the step before");
            }
            last = Some(step.exchange);
            let reads = [Some(step.exchange), step.before, step.first_after, step.after];
            if let Some(id) = reads.into_iter().flatten().find(|id| !ids.contains(id)) {
                self.differ(place, format!("exchange {id}"), "an exchange of the list");
            }
        }
        if let Some(id) = list.start.filter(|id| !ids.contains(id)) {
            self.differ(format!("{place}.start"), format!("exchange {id}"), "an exchange of the list");
        }
        if let Some(id) = list.control {
            let exchange = self.evidence.exchanges.get(id as usize);
            let plain = exchange.is_some_and(|one| one.is_patch() && one.appointment == list.appointment);
            if !plain || !ids.contains(&id) || last.is_some_and(|last| id <= last) {
                let asked = "a PATCH of the appointment of the list, after its steps";
                self.differ(format!("{place}.control"), format!("exchange {id}"), asked);
            }
        }
        self.bystander(place, list.bystander.as_ref(), lane);
    }

    fn bystander(&mut self, place: &str, bystander: Option<&Bystander>, lane: u32) {
        let Some(Bystander { id, before, after }) = bystander else { return };
        let place = format!("{place}.bystander");
        for read in [Some(*before), *after].into_iter().flatten() {
            self.reference(&place, read, Some(lane));
            let exchange = self.evidence.exchanges.get(read as usize);
            if exchange.is_some_and(|exchange| exchange.appointment.as_ref() != Some(id)) {
                self.differ(&place, format!("exchange {read}"), format!("a read of appointment {id}"));
            }
        }
    }

    /// A step's reads are of its appointment, before and after it.
    fn step(&mut self, place: &str, step: &StepSeen, lane: Option<u32>) {
        let all = [Some(step.exchange), step.before, step.first_after, step.after];
        for id in all.into_iter().flatten() {
            self.reference(place, id, lane);
        }
        let read = self.evidence.exchanges.get(step.exchange as usize).is_some_and(|sent| !sent.is_patch());
        let wrong = step.before.is_some_and(|id| id >= step.exchange)
            || [step.first_after, step.after]
                .into_iter()
                .flatten()
                .any(|id| id < step.exchange || (id == step.exchange && !read));
        if wrong {
            self.differ(place, "reads in another order", "the read before it before it, those after it after it");
        }
    }

    fn reference(&mut self, place: &str, id: ExchangeId, lane: Option<u32>) {
        let exchanges = &self.evidence.exchanges;
        match exchanges.get(id as usize) {
            None => self.differ(place, format!("exchange {id}"), format!("one of {} exchanges", exchanges.len())),
            Some(sent) if lane.is_some_and(|lane| lane != sent.lane) => {
                self.differ(place, format!("exchange {id} of lane {}", sent.lane), "an exchange of the same lane");
            }
            Some(_) => {}
        }
    }
}

fn control(seen: &ControlSeen) -> Option<ExchangeId> {
    match seen {
        ControlSeen::Exchange(id) | ControlSeen::Twin(id) => Some(*id),
        ControlSeen::NotNeeded | ControlSeen::Missing(_) => None,
    }
}

fn instant_of(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}
