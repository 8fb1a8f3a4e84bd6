//! What a runner keeps for the evidence: trials, those that end half-way, and cases that were not run.

use std::collections::{BTreeMap, BTreeSet};

use crate::execute::evidence::{
    ControlSeen, Evidence, ExchangeId, Misplaced, NotRun, NotRunKind, RaceRound, StepSeen, StepsTrial, TagOrigin,
    Trial, TrialKind, owners,
};
use crate::plan::{Act, Bindings, CaseId, CaseIndex, Stepwise};
use crate::suite::scenario::Fixture;

use super::{Driver, Halt};

impl Driver {
    pub(super) fn record(
        &mut self,
        case: Stepwise<'_>,
        appointment: Option<String>,
        state: Fixture,
        alone: bool,
        steps: Vec<StepSeen>,
        control: ControlSeen,
    ) {
        let of_first = || {
            let exchange = steps.first().map(|step| self.exchange(step.exchange));
            exchange.and_then(|exchange| exchange.appointment.clone())
        };
        let appointment = appointment.or_else(of_first);
        if !alone && !self.again {
            self.session.progress.case_done();
        }
        let bystander = self.aside.remove(&case.head.id);
        let seen = StepsTrial { appointment, state, alone, again: self.again, steps, control, bystander, halted: None };
        self.trials.push(Trial { case: case.head.id.clone(), lane: self.lane, kind: TrialKind::Steps(seen) });
    }

    /// Keeps what was sent for a case before the lane had to end it, that of a step which could not be read back included.
    /// Where nothing was sent, only the reason is left.
    pub(super) fn keep(
        &mut self,
        case: Stepwise<'_>,
        appointment: Option<String>,
        state: Fixture,
        alone: bool,
        mut steps: Vec<StepSeen>,
        halt: &Halt,
    ) {
        steps.extend(self.cut_off.take());
        let reason = match halt {
            Halt::Stopped => self.session.why_halted().to_owned(),
            Halt::Cannot(reason) => reason.clone(),
        };
        if steps.is_empty() {
            if let Halt::Cannot(_) = halt {
                self.not_run.push(NotRun { case: case.head.id.clone(), kind: NotRunKind::Unavailable, reason });
            }
            return;
        }
        self.record(case, appointment, state, alone, steps, ControlSeen::Missing(reason.clone()));
        if let Some(TrialKind::Steps(seen)) = self.trials.last_mut().map(|trial| &mut trial.kind) {
            seen.halted = Some(reason);
        }
    }

    pub(super) fn skip(&mut self, act: &Act, reason: &str) {
        for index in act.cases() {
            let case = self.session.plan.cases[index].head.id.clone();
            let tried = self.trials.iter().any(|trial| trial.case == case);
            if !tried && !self.not_run.iter().any(|not_run| not_run.case == case) {
                self.not_run.push(NotRun { case, kind: NotRunKind::Unavailable, reason: reason.to_owned() });
            }
        }
    }

    /// Files what was seen until the harness failed. What was sent and is in no trial yet becomes one that has no end;
    /// `cases` are those the driver was to send.
    pub fn fail(&mut self, reason: &str, cases: impl Iterator<Item = CaseIndex>) {
        let plan = self.session.plan.clone();
        let mut unfinished: BTreeMap<CaseIndex, Vec<ExchangeId>> = BTreeMap::new();
        for misplaced in owners(&self.exchanges, &self.trials).1 {
            if let Misplaced::Orphan(id) = misplaced
                && let Some(case) = self.courier.case_of(id)
            {
                unfinished.entry(case).or_default().push(id);
            }
        }
        let without_trial =
            |index: &CaseIndex| self.trials.iter().all(|trial| trial.case != plan.cases[*index].head.id);
        let failed: BTreeSet<CaseIndex> = cases.filter(without_trial).chain(unfinished.keys().copied()).collect();
        for (index, exchanges) in unfinished {
            let Some(case) = plan.cases.get(index) else { continue };
            let kind = match case.stepwise() {
                Some(case) => TrialKind::Steps(self.steps_cut_off(case, exchanges, reason)),
                None => TrialKind::Round(self.round_cut_off(&case.head.id, exchanges, reason)),
            };
            self.trials.push(Trial { case: case.head.id.clone(), lane: self.lane, kind });
        }
        for index in failed {
            let case = plan.cases[index].head.id.clone();
            if !self.not_run.iter().any(|not_run| not_run.case == case) {
                self.not_run.push(NotRun { case, kind: NotRunKind::HarnessFailed, reason: reason.to_owned() });
            }
        }
    }

    fn steps_cut_off(&self, case: Stepwise<'_>, exchanges: Vec<ExchangeId>, reason: &str) -> StepsTrial {
        let appointment = exchanges.first().and_then(|id| self.exchange(*id).appointment.clone());
        let step = |exchange| StepSeen {
            exchange,
            before: None,
            first_after: None,
            after: None,
            bindings: Bindings::default(),
            tag: TagOrigin::Other,
        };
        StepsTrial {
            appointment,
            state: case.fixture,
            alone: false,
            again: self.again,
            steps: exchanges.into_iter().map(step).collect(),
            control: ControlSeen::Missing(reason.to_owned()),
            bystander: None,
            halted: Some(reason.to_owned()),
        }
    }

    fn round_cut_off(&self, case: &CaseId, exchanges: Vec<ExchangeId>, reason: &str) -> RaceRound {
        let before = self.trials.iter().filter(|trial| trial.case == *case && trial.round().is_some()).count();
        RaceRound {
            round: u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1),
            appointments: Vec::new(),
            before: Vec::new(),
            warm: Vec::new(),
            clients: vec![exchanges],
            after: Vec::new(),
            retried: None,
            then: None,
            last: None,
            overlapped: false,
            halted: Some(reason.to_owned()),
        }
    }

    /// Adds what the lane saw to the evidence of the run, with ids that continue it.
    pub fn finish(mut self, evidence: &mut Evidence) {
        self.leave();
        evidence.append(Evidence {
            exchanges: self.holder.courier.exchanges,
            trials: self.trials,
            lists: Vec::new(),
            batches: self.batches,
            not_run: self.not_run,
            fixtures: self.holder.fixtures,
        });
    }
}
