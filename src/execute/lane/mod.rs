//! Leads one appointment after another through the acts of a lane, and records what happens.

mod acts;
mod life;
mod sequence;
mod wire;

use sequence::Watched;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::execute::appointment::Appointment;
use crate::execute::courier::Courier;
use crate::execute::evidence::{
    Batch, ControlSeen, Evidence, ExchangeId, FixtureUse, Misplaced, NotRun, NotRunKind, Purpose, RaceRound, StepSeen,
    StepsTrial, TagOrigin, Trial, TrialKind, owners,
};
pub(super) use crate::execute::halt::Halt;
use crate::execute::pool::Origin;
use crate::execute::request::{self, Known};
use crate::execute::session::Session;
use crate::plan::{Act, Bindings, CaseId, CaseIndex, Lane, Stepwise};
use crate::suite::scenario::Fixture;

/// Requests of one lane, in order, with ids of its own until [`Driver::finish`].
pub(super) struct Driver {
    pub(super) session: Arc<Session>,
    lane: u32,
    pub(super) courier: Courier,
    pub(super) trials: Vec<Trial>,
    batches: Vec<Batch>,
    pub(super) not_run: Vec<NotRun>,
    fixtures: Vec<FixtureUse>,
    live: Option<Appointment>,
    /// A slot for the documents of the present act.
    slots: Vec<String>,
    /// Another appointment, which no request addresses.
    bystander: Option<Watched>,
    /// A request that was sent, and after which the lane could not go on.
    cut_off: Option<StepSeen>,
}

/// What happened to the appointment by one request.
struct Effect {
    step: StepSeen,
    accepted: bool,
    /// The request may have changed the appointment: its answer says so, or does not say.
    suspicious: bool,
}

impl std::ops::Deref for Driver {
    type Target = Courier;

    fn deref(&self) -> &Courier {
        &self.courier
    }
}

impl std::ops::DerefMut for Driver {
    fn deref_mut(&mut self) -> &mut Courier {
        &mut self.courier
    }
}

impl Driver {
    pub fn new(session: Arc<Session>, lane: u32) -> Driver {
        Driver {
            courier: Courier::new(session.clone(), lane),
            session,
            lane,
            trials: Vec::new(),
            batches: Vec::new(),
            not_run: Vec::new(),
            fixtures: Vec::new(),
            live: None,
            slots: Vec::new(),
            bystander: None,
            cut_off: None,
        }
    }

    /// What all lanes share.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The appointments left.
    pub fn pool(&self) -> &crate::execute::pool::Pool {
        &self.session.pool
    }

    /// Adds what the lane saw to the evidence of the run, with ids that continue it.
    pub fn finish(mut self, evidence: &mut Evidence) {
        self.leave();
        evidence.append(Evidence {
            exchanges: self.courier.exchanges,
            trials: self.trials,
            lists: Vec::new(),
            batches: self.batches,
            not_run: self.not_run,
            fixtures: self.fixtures,
        });
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

    /// Runs the cases that need no appointment.
    pub async fn loose(&mut self, cases: &[CaseIndex]) {
        let plan = self.session.plan.clone();
        'cases: for index in cases {
            let Some(case) = plan.stepwise(*index) else { continue };
            self.courier.present = Some(*index);
            let mut steps = Vec::new();
            let unknown = format!("patchproof-{}", uuid::Uuid::new_v4().simple());
            let known = Known { id: unknown, tag: Some(("W/\"1\"".to_owned(), TagOrigin::Other)), ..Known::default() };
            let bindings = self.bindings(&known);
            for step in &case.steps {
                let built = request::fill(&step.request, &known, &bindings, self.session.door());
                let sent = match built {
                    Ok((outgoing, _)) => {
                        let appointment = (case.fixture == Fixture::Unknown).then(|| known.id.clone());
                        self.courier.send(outgoing, Purpose::Try, appointment).await
                    }
                    Err(reason) => Err(Halt::Cannot(reason)),
                };
                match sent {
                    Ok(exchange) => steps.push(StepSeen {
                        exchange,
                        before: None,
                        first_after: None,
                        after: None,
                        bindings: bindings.clone(),
                        tag: TagOrigin::Other,
                    }),
                    Err(halt) => {
                        self.keep(case, None, case.fixture, false, steps, &halt);
                        match halt {
                            Halt::Stopped => return,
                            Halt::Cannot(_) => continue 'cases,
                        }
                    }
                }
            }
            self.record(case, None, case.fixture, false, steps, ControlSeen::NotNeeded);
        }
    }

    /// Leads an appointment through a lane.
    pub async fn live(&mut self, lane: &Lane, start: Option<Origin>) {
        let begun = match start {
            Some(origin) => self.begin(origin, lane.start).await,
            None => Err(Halt::Cannot(format!("no appointment in state `{}` is left", lane.start))),
        };
        if let Err(Halt::Stopped) = begun {
            return;
        }
        let mut trouble = begun.err();
        for act in &lane.acts {
            self.courier.present = act.cases().next();
            let ready = match trouble.take() {
                Some(halt) => Err(halt),
                None => self.ensure(act.state).await,
            };
            let done = match ready {
                Ok(()) => self.act(act).await,
                Err(halt) => Err(halt),
            };
            match done {
                Ok(()) => {}
                Err(Halt::Stopped) => return,
                Err(Halt::Cannot(reason)) => {
                    self.skip(act, &reason);
                    self.leave();
                }
            }
        }
    }

    fn skip(&mut self, act: &Act, reason: &str) {
        for index in act.cases() {
            let case = self.session.plan.cases[index].head.id.clone();
            let tried = self.trials.iter().any(|trial| trial.case == case);
            if !tried && !self.not_run.iter().any(|not_run| not_run.case == case) {
                self.not_run.push(NotRun { case, kind: NotRunKind::Unavailable, reason: reason.to_owned() });
            }
        }
    }
}
