//! Leads one appointment after another through the acts of a lane, and records what happens.

mod acts;
mod beside;
mod sequence;
mod trials;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::execute::appointment::Appointment;
use crate::execute::evidence::{
    Batch, Bystander, ControlSeen, ExchangeId, NotRun, NotRunKind, Purpose, StepSeen, TagOrigin, Trial,
};
pub(super) use crate::execute::halt::Halt;
use crate::execute::holder::Holder;
use crate::execute::pool::FixtureSource;
use crate::execute::request;
use crate::execute::session::Session;
use crate::plan::{Act, Advance, Bindings, CaseId, CaseIndex, Lane, RequestTemplate, needs_earlier_version};
use crate::suite::scenario::Fixture;

/// So that a clock that counts milliseconds has moved on.
const MOMENT: Duration = Duration::from_millis(2);
/// So that the clock of a server that shows fractions of a second has moved on between a read and the write after it,
/// however fast the machine is (APPT-BASE-24).
const LONGER: Duration = Duration::from_millis(25);

/// Requests of one lane, in order, with ids that count from 0 until [`Driver::finish`].
pub(super) struct Driver {
    pub(super) session: Arc<Session>,
    lane: u32,
    pub(super) holder: Holder,
    pub(super) trials: Vec<Trial>,
    batches: Vec<Batch>,
    pub(super) not_run: Vec<NotRun>,
    /// Another appointment, which no request addresses.
    bystander: Option<Watched>,
    /// What was seen of it around a request that had to be rejected and named it, by the case.
    aside: BTreeMap<CaseId, Bystander>,
    /// A request that was sent, and after which the lane could not go on.
    cut_off: Option<StepSeen>,
    /// The first act of the run is under way.
    opening: bool,
    /// What it sends was sent before and is asked once more.
    again: bool,
}

/// An appointment that is watched and never addressed.
#[derive(Debug, Clone)]
struct Watched {
    id: String,
    /// The last read of it.
    seen: ExchangeId,
}

/// What happened to the appointment by one request.
struct Effect {
    step: StepSeen,
    accepted: bool,
    /// The request may have changed the appointment: its response says so, or does not say.
    suspicious: bool,
}

impl std::ops::Deref for Driver {
    type Target = Holder;

    fn deref(&self) -> &Holder {
        &self.holder
    }
}

impl std::ops::DerefMut for Driver {
    fn deref_mut(&mut self) -> &mut Holder {
        &mut self.holder
    }
}

impl Driver {
    pub fn new(session: Arc<Session>, lane: u32) -> Driver {
        Driver {
            holder: Holder::new(session.clone(), lane),
            session,
            lane,
            trials: Vec::new(),
            batches: Vec::new(),
            not_run: Vec::new(),
            bystander: None,
            aside: BTreeMap::new(),
            cut_off: None,
            opening: false,
            again: false,
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

    /// What the names in a request for an appointment stand for, the bystander among them.
    pub(super) fn bindings(&self, known: &Appointment) -> Bindings {
        let mut bindings = self.holder.bindings(known);
        let bystander = self.bystander.as_ref().map(|bystander| Value::from(bystander.id.clone()));
        bindings.extend(bystander.map(|id| ("bystander".to_owned(), id)));
        bindings
    }

    /// Runs the cases that need no appointment.
    pub async fn loose(&mut self, cases: &[CaseIndex]) {
        let plan = self.session.plan.clone();
        'cases: for index in cases {
            let Some(case) = plan.stepwise(*index) else { continue };
            self.holder.courier.present = Some(*index);
            let mut steps = Vec::new();
            let unknown = format!("patchproof-{}", uuid::Uuid::new_v4().simple());
            let mut known = Appointment::new(unknown, Fixture::Unknown);
            known.tag = Some(("W/\"1\"".to_owned(), TagOrigin::Other));
            let bindings = self.bindings(&known);
            let seen = |exchange| StepSeen {
                exchange,
                before: None,
                first_after: None,
                after: None,
                bindings: bindings.clone(),
                tag: TagOrigin::Other,
            };
            for step in &case.steps {
                let mark = self.exchanges.len();
                let built = request::fill(&step.request, &known, &bindings, self.session.door());
                let sent = match built {
                    Ok((outgoing, _)) => {
                        let appointment = (case.fixture == Fixture::Unknown).then(|| known.id.clone());
                        self.holder.courier.send(outgoing, Purpose::Try, appointment).await
                    }
                    Err(reason) => Err(Halt::Cannot(reason)),
                };
                match sent {
                    Ok(exchange) => steps.push(seen(exchange)),
                    Err(halt) => {
                        // It was sent, and only what comes after it could not be.
                        let sent = self.exchanges.iter().skip(mark).rfind(|exchange| exchange.purpose == Purpose::Try);
                        steps.extend(sent.map(|exchange| seen(exchange.id)));
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

    /// Takes the appointment of the first lane and runs the first act of it, before anything else of the run is sent: it
    /// shows whether the plain documented PATCH is accepted. Gives what kept it from that.
    pub async fn open(&mut self, lane: &Lane, start: Option<FixtureSource>) -> Result<(), Halt> {
        self.holder.looks_twice = Some(MOMENT);
        match start {
            Some(origin) => self.begin(origin, lane.start).await?,
            None => return Err(Halt::Cannot(format!("no appointment in state `{}` is left", lane.start))),
        }
        self.opening = true;
        let done = match lane.acts.first() {
            Some(act) => self.one_act(act, None).await,
            None => Ok(()),
        };
        self.opening = false;
        done
    }

    /// Goes on with a lane that was opened.
    pub async fn go_on(&mut self, lane: &Lane, opened: Result<(), Halt>) {
        let (acts, mut trouble) = match opened {
            Ok(()) => (lane.acts.get(1..).unwrap_or_default(), None),
            Err(Halt::Stopped) => return,
            Err(halt) => (lane.acts.as_slice(), Some(halt)),
        };
        if self.look_beside().await.is_err() {
            return;
        }
        for act in acts {
            if self.one_act(act, trouble.take()).await.is_err() {
                return;
            }
        }
        drop(self.look_beside().await);
    }

    /// Leads an appointment through a lane.
    pub async fn live(&mut self, lane: &Lane, start: Option<FixtureSource>) {
        self.holder.looks_twice = Some(if self.is_patient(lane) { LONGER } else { MOMENT });
        let begun = match start {
            Some(origin) => self.begin(origin, lane.start).await,
            None => Err(Halt::Cannot(format!("no appointment in state `{}` is left", lane.start))),
        };
        if let Err(Halt::Stopped) = begun {
            return;
        }
        let mut trouble = begun.err();
        if self.look_beside().await.is_err() {
            return;
        }
        for act in &lane.acts {
            if self.one_act(act, trouble.take()).await.is_err() {
                return;
            }
        }
        drop(self.look_beside().await);
    }

    /// Sends an act once more, on a fresh appointment. What cannot be had for it leaves what was seen before as it is.
    pub async fn look_again(&mut self, act: &Act) {
        self.again = true;
        drop(self.one_act(act, None).await);
        self.not_run.retain(|not_run| not_run.kind == NotRunKind::HarnessFailed);
    }

    /// Whether this lane is the one that waits, while others do not: the first after the opened one that leads on to another
    /// state.
    fn is_patient(&self, lane: &Lane) -> bool {
        let leads_on = |act: &Act| match act.advance {
            Advance::Plain { .. } | Advance::Case { certain: true, .. } => true,
            Advance::Case { certain: false, .. } | Advance::End => false,
        };
        let mut later = self.session.plan.lanes.iter().skip(1);
        later.find(|lane| lane.acts.first().is_some_and(leads_on)).is_some_and(|first| first == lane)
    }

    /// One act; `trouble` is what kept the lane from its appointment.
    ///
    /// # Errors
    /// The run has to stop.
    async fn one_act(&mut self, act: &Act, trouble: Option<Halt>) -> Result<(), Halt> {
        self.holder.courier.present = act.cases().next();
        let history = self.needs_history(act);
        let ready = match trouble {
            Some(halt) => Err(halt),
            None => self.ensure(act.state, history).await,
        };
        let done = match ready {
            Ok(()) => self.act(act).await,
            Err(halt) => Err(halt),
        };
        match done {
            Ok(()) => Ok(()),
            Err(Halt::Stopped) => Err(Halt::Stopped),
            Err(Halt::Cannot(reason)) => {
                self.skip(act, &reason);
                self.leave();
                Ok(())
            }
        }
    }

    /// Another appointment for an act, with the slots its documents name.
    pub(super) async fn fresh_for(&mut self, act: &Act) -> Result<(), Halt> {
        let history = self.needs_history(act);
        self.fresh(act.state, history).await?;
        self.hold_slots_for(act).await
    }

    /// Whether a request of an act names an earlier version.
    fn needs_history(&self, act: &Act) -> bool {
        let plan = &self.session.plan;
        act.tries.iter().any(|index| plan.stepwise(*index).is_some_and(|case| needs_earlier_version(&case)))
    }

    /// Holds slots for the documents of an act; what was held for the act before and not used goes back.
    pub(super) async fn hold_slots_for(&mut self, act: &Act) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        let plain = match &act.advance {
            Advance::Plain { request, .. } => Some(request.as_ref()),
            Advance::Case { .. } | Advance::End => None,
        };
        let cases = act.cases().filter_map(|index| plan.stepwise(index));
        let requests = cases.flat_map(|case| case.body.steps.iter().map(|step| &step.request)).chain(plain);
        let wanted = requests.map(RequestTemplate::slots).max().unwrap_or(0);
        self.holder.hold_slots(wanted).await
    }
}
