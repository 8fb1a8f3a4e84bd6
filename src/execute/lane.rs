//! Leads one appointment after another through the acts of a lane, and records what happens.

mod sequence;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::RunError;
use super::client::Outgoing;
use super::evidence::{
    Answer, Attempt, Batch, ControlSeen, Evidence, Exchange, ExchangeId, FixtureUse, LostKind, NotRun, Payload,
    Purpose, Sent, StepSeen, TagOrigin,
};
use super::pool::Origin;
use super::request::{self, Known};
use super::session::Session;
use crate::fhir::{AppointmentStatus, EntityTag, FHIR_JSON, JSON_PATCH};
use crate::plan::{Act, Advance, Bindings, Case, CaseIndex, Control, Lane, Role, needs_earlier_version};
use crate::scenario::{Fixture, Outcome};
use sequence::{Watched, names_bystander};

/// Requests of one lane, in order, with ids of its own until [`Driver::finish`].
pub(super) struct Driver {
    session: Arc<Session>,
    lane: u32,
    exchanges: Vec<Exchange>,
    attempts: Vec<Attempt>,
    batches: Vec<Batch>,
    not_run: Vec<NotRun>,
    fixtures: Vec<FixtureUse>,
    live: Option<Live>,
    /// A slot for the documents of the present act.
    slots: Vec<String>,
    /// Another appointment, which no request addresses.
    bystander: Option<Watched>,
}

/// The appointment a lane works on.
#[derive(Debug, Clone)]
struct Live {
    id: String,
    state: Fixture,
    status: Option<AppointmentStatus>,
    /// The last read.
    read: ExchangeId,
    tag: Option<(String, TagOrigin)>,
    stale: Option<String>,
    /// The ETag of the last PATCH answer, as it came.
    last_etag: Option<String>,
    previous: Option<Value>,
}

impl Live {
    /// The tag in use becomes the stale one, unless the new one names the same version.
    fn retire(&mut self, new: &str) {
        if let Some((old, _)) = self.tag.take()
            && opaque(&old) != opaque(new)
        {
            self.stale = Some(old);
        }
    }
}

/// Why the lane cannot go on.
#[derive(Debug, Clone)]
pub(super) enum Halt {
    /// The run has to stop; cases left over are reported together.
    Stopped,
    /// This cannot be done, and why.
    Cannot(String),
}

/// What happened to the appointment by one request.
struct Effect {
    step: StepSeen,
    accepted: bool,
    /// The request may have changed the appointment: its answer says so, or does not say.
    suspicious: bool,
}

impl Driver {
    pub fn new(session: Arc<Session>, lane: u32) -> Driver {
        Driver {
            session,
            lane,
            exchanges: Vec::new(),
            attempts: Vec::new(),
            batches: Vec::new(),
            not_run: Vec::new(),
            fixtures: Vec::new(),
            live: None,
            slots: Vec::new(),
            bystander: None,
        }
    }

    /// What all lanes share.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The appointments left.
    pub fn pool(&self) -> &super::pool::Pool {
        &self.session.pool
    }

    /// Adds what the lane saw to the evidence of the run, with ids that continue it.
    pub fn finish(mut self, evidence: &mut Evidence) {
        let base = u32::try_from(evidence.exchanges.len()).unwrap_or(u32::MAX);
        let shift = |id: &mut ExchangeId| *id += base;
        for exchange in &mut self.exchanges {
            shift(&mut exchange.id);
        }
        for attempt in &mut self.attempts {
            for step in &mut attempt.steps {
                shift(&mut step.exchange);
                for id in [&mut step.before, &mut step.first_after, &mut step.after].into_iter().flatten() {
                    shift(id);
                }
            }
            match &mut attempt.control {
                ControlSeen::Exchange(id) | ControlSeen::Twin(id) => shift(id),
                ControlSeen::NotNeeded | ControlSeen::Missing(_) => {}
            }
        }
        for batch in &mut self.batches {
            batch.tries.iter_mut().for_each(shift);
            for id in [&mut batch.before, &mut batch.after, &mut batch.control].into_iter().flatten() {
                shift(id);
            }
        }
        self.leave();
        evidence.exchanges.append(&mut self.exchanges);
        evidence.attempts.append(&mut self.attempts);
        evidence.batches.append(&mut self.batches);
        evidence.not_run.append(&mut self.not_run);
        evidence.fixtures.append(&mut self.fixtures);
    }

    /// Asks the server who it is.
    pub async fn preflight(&mut self) -> Result<(), RunError> {
        let url = format!("{}/metadata", self.session.base_url);
        let mut headers = vec![("accept".to_owned(), FHIR_JSON.to_owned())];
        headers.extend(self.session.headers.iter().cloned());
        let outgoing = Outgoing { method: "GET".to_owned(), url: url.clone(), headers, body: None };
        let Ok(id) = self.send(outgoing, Purpose::Preflight, None).await else { return Ok(()) };
        match &self.exchange(id).answer {
            Answer::Lost(lost) if lost.kind == LostKind::NotConnected => {
                Err(RunError::Unreachable { url: self.session.base_url.clone(), cause: lost.message.clone() })
            }
            Answer::Lost(lost) => Err(RunError::NotFhir {
                url: self.session.base_url.clone(),
                what: format!("GET /metadata got no HTTP answer ({})", lost.message),
            }),
            Answer::Received(received) => {
                let html = received.header("content-type").is_some_and(|kind| kind.contains("text/html"))
                    && !received.body.is_empty();
                let markup = received.body.text().is_some_and(|text| text.trim_start().starts_with('<'));
                if html || markup {
                    let what = format!("GET /metadata answers {} with a page of markup", received.status);
                    return Err(RunError::NotFhir { url: self.session.base_url.clone(), what });
                }
                Ok(())
            }
        }
    }

    /// Runs the cases that need no appointment.
    pub async fn loose(&mut self, cases: &[CaseIndex]) {
        let plan = self.session.plan.clone();
        for index in cases {
            let case = &plan.cases[*index];
            let mut steps = Vec::new();
            let unknown = format!("patchproof-{}", uuid::Uuid::new_v4().simple());
            let known = Known {
                id: unknown,
                tag: Some(("W/\"1\"".to_owned(), TagOrigin::Other)),
                advance: Some(json!([{ "op": "replace", "path": "/status", "value": "cancelled" }])),
                ..Known::default()
            };
            let mut bindings = self.bindings(&known, None);
            bindings.insert("to".to_owned(), Value::from("cancelled"));
            for step in &case.steps {
                let built = request::build(step, &known, &bindings, &self.session.base_url, &self.session.headers);
                let sent = match built {
                    Ok((outgoing, _)) => {
                        let appointment = (case.fixture == Fixture::Unknown).then(|| known.id.clone());
                        self.send(outgoing, Purpose::Try, appointment).await
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
                    Err(Halt::Stopped) => return,
                    Err(Halt::Cannot(reason)) => {
                        self.not_run.push(NotRun { case: case.id.clone(), reason });
                        break;
                    }
                }
            }
            if steps.len() == case.steps.len() {
                let control = ControlSeen::NotNeeded;
                self.record(case, None, case.fixture, false, steps, control);
            }
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
        let own = match act.advance {
            Advance::Case { case, .. } => Some(case),
            Advance::Plain { .. } | Advance::End => None,
        };
        for index in act.tries.iter().copied().chain(own) {
            let case = self.session.plan.cases[index].id.clone();
            let tried = self.attempts.iter().any(|attempt| attempt.case == case);
            if !tried && !self.not_run.iter().any(|not_run| not_run.case == case) {
                self.not_run.push(NotRun { case, reason: reason.to_owned() });
            }
        }
    }

    async fn act(&mut self, act: &Act) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        self.hold_slots(act).await?;
        let advance = self.advance_document(act);
        let mut queue: std::collections::VecDeque<CaseIndex> = act.tries.iter().copied().collect();
        let mut rounds = 0usize;
        let mut tried: Vec<(CaseIndex, StepSeen)> = Vec::new();
        while let Some(index) = queue.pop_front() {
            let case = &plan.cases[index];
            let effect = match self.try_once(case, &advance).await {
                Ok(effect) => effect,
                Err(Halt::Cannot(reason)) => {
                    self.not_run.push(NotRun { case: case.id.clone(), reason });
                    continue;
                }
                Err(halt) => return Err(halt),
            };
            if !effect.suspicious {
                tried.push((index, effect.step));
                continue;
            }
            // The appointment may not be what it was: look, and go on with another one if it is not.
            let before = effect.step.before;
            let after = self.read().await?;
            let mut step = effect.step;
            step.after = Some(after);
            step.first_after = Some(after);
            let changed = effect.accepted || !self.same(before, Some(after));
            self.record(
                case,
                None,
                act.state,
                false,
                vec![step],
                ControlSeen::Missing("the request was not refused".to_owned()),
            );
            if changed {
                rounds += 1;
                // What was refused before it has lost its reads and its control: it is tried again, after the rest.
                queue.extend(tried.drain(..).map(|(index, _)| index));
                if rounds > act.tries.len() + 1 {
                    return Err(Halt::Cannot("the appointment changes with every request".to_owned()));
                }
                if !queue.is_empty() || act.advance != Advance::End {
                    self.fresh_for(act).await?;
                }
            }
        }
        self.close(act, &advance, tried).await
    }

    /// Reads back once for all refusals of an act, sends the step that controls them, and repeats them one by one where
    /// that fails.
    async fn close(
        &mut self,
        act: &Act,
        advance: &Option<Value>,
        tried: Vec<(CaseIndex, StepSeen)>,
    ) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        let before = self.live_read();
        let refused = tried.iter().any(|(index, _)| plan.cases[*index].role == Role::Refusal);
        let after = if tried.is_empty() { before } else { Some(self.read_keeping_tag().await?) };
        let unchanged = self.same(before, after);
        let appointment = self.live.as_ref().map(|live| live.id.clone()).unwrap_or_default();
        let control = match &act.advance {
            Advance::End => None,
            Advance::Plain { to } => Some(self.plain(*to, advance).await?),
            Advance::Case { case, to, certain } => self.positive(*case, *to, *certain, advance, act, false).await?,
        };
        let accepted = control.is_some_and(|id| self.exchange(id).succeeded());
        if !tried.is_empty() {
            self.batches.push(Batch {
                lane: self.lane,
                appointment: appointment.clone(),
                tries: tried.iter().map(|(_, step)| step.exchange).collect(),
                before,
                after,
                control,
            });
        }
        let mut doubtful = Vec::new();
        for (index, mut step) in tried {
            step.first_after = after;
            step.after = after;
            let case = &plan.cases[index];
            let seen = match (case.role, &act.advance, control, after) {
                (Role::Look, ..) => ControlSeen::NotNeeded,
                (_, Advance::End, _, Some(after)) if unchanged => ControlSeen::Twin(after),
                (_, _, Some(control), _) if accepted && unchanged => ControlSeen::Exchange(control),
                _ => {
                    doubtful.push(index);
                    ControlSeen::Missing("the control of the batch was not accepted".to_owned())
                }
            };
            self.record(case, Some(appointment.clone()), act.state, false, vec![step], seen);
        }
        if refused && !accepted {
            // The refusals before it may be to blame: the positive case gets an appointment to itself.
            if let Advance::Case { case, to, certain: true } = act.advance {
                match self.fresh_for(act).await {
                    Ok(()) => {
                        self.positive(case, to, true, advance, act, true).await?;
                    }
                    Err(halt) => self.stop_or_leave(halt)?,
                }
            }
        }
        if refused && !doubtful.is_empty() {
            self.alone(act, advance, &doubtful, unchanged).await?;
        }
        Ok(())
    }

    /// Repeats refusals one by one, each on an appointment of its own with its own reads and control.
    async fn alone(
        &mut self,
        act: &Act,
        advance: &Option<Value>,
        doubtful: &[CaseIndex],
        unchanged: bool,
    ) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        if unchanged {
            // Nothing changed, and yet the control failed: does it succeed without any refusal before it?
            if let Err(halt) = self.fresh_for(act).await {
                return self.stop_or_leave(halt);
            }
            let control = match self.control(act, advance).await {
                Ok(control) => control,
                Err(halt) => return self.stop_or_leave(halt),
            };
            if !control.is_some_and(|id| self.exchange(id).succeeded()) {
                return Ok(());
            }
        }
        for index in doubtful {
            let case = &plan.cases[*index];
            if let Err(halt) = self.fresh_for(act).await {
                return self.stop_or_leave(halt);
            }
            let effect = match self.try_once(case, advance).await {
                Ok(effect) => effect,
                Err(halt) => return self.stop_or_leave(halt),
            };
            let mut step = effect.step;
            let before = step.before;
            let after = self.read_keeping_tag().await?;
            step.first_after = Some(after);
            step.after = Some(after);
            let unchanged = self.same(before, Some(after));
            let appointment = self.live.as_ref().map(|live| live.id.clone()).unwrap_or_default();
            let control = match self.control(act, advance).await {
                Ok(control) => control,
                Err(halt) => return self.stop_or_leave(halt),
            };
            let seen = match control {
                Some(id) if self.exchange(id).succeeded() => ControlSeen::Exchange(id),
                Some(id) => ControlSeen::Missing(format!(
                    "the control after it was answered {}",
                    self.exchange(id).status().map_or("nothing".to_owned(), |status| status.to_string())
                )),
                None if unchanged => ControlSeen::Twin(after),
                None => ControlSeen::Missing("the appointment changed, and no step can follow".to_owned()),
            };
            self.batches.push(Batch {
                lane: self.lane,
                appointment: appointment.clone(),
                tries: vec![step.exchange],
                before,
                after: Some(after),
                control,
            });
            self.record(case, Some(appointment), act.state, true, vec![step], seen);
        }
        Ok(())
    }

    fn stop_or_leave(&mut self, halt: Halt) -> Result<(), Halt> {
        match halt {
            Halt::Stopped => Err(Halt::Stopped),
            // No appointment is left for repetitions: what is known already stands.
            Halt::Cannot(_) => {
                self.leave();
                Ok(())
            }
        }
    }

    /// The control of an act by itself.
    async fn control(&mut self, act: &Act, advance: &Option<Value>) -> Result<Option<ExchangeId>, Halt> {
        let plan = self.session.plan.clone();
        match &act.advance {
            Advance::End => Ok(None),
            Advance::Plain { to } => Ok(Some(self.plain(*to, advance).await?)),
            Advance::Case { case, .. } => {
                let case = &plan.cases[*case];
                let Some(step) = case.steps.first() else { return Ok(None) };
                let effect = self.step(step, Purpose::Advance, advance).await?;
                self.after_write(&effect.step, effect.accepted, step.to).await?;
                Ok(Some(effect.step.exchange))
            }
        }
    }

    /// The plain documented step, as a control or to lead on.
    async fn plain(&mut self, to: Fixture, advance: &Option<Value>) -> Result<ExchangeId, Halt> {
        let Some(document) = advance.clone() else {
            return Err(Halt::Cannot(format!("no documented step leads to `{to}`")));
        };
        let exchange = self.write(document, Purpose::Advance).await?;
        Ok(exchange)
    }

    /// A positive case or a probe, with reads around every step. Gives the exchange that may serve as a control.
    async fn positive(
        &mut self,
        index: CaseIndex,
        to: Fixture,
        certain: bool,
        advance: &Option<Value>,
        act: &Act,
        alone: bool,
    ) -> Result<Option<ExchangeId>, Halt> {
        let plan = self.session.plan.clone();
        let case = &plan.cases[index];
        let appointment = self.live.as_ref().map(|live| live.id.clone());
        let watched = case.steps.iter().any(names_bystander);
        if watched {
            self.watch().await?;
        }
        let mut steps = Vec::new();
        let mut first = None;
        for step in &case.steps {
            let purpose = if certain && step.outcome == Outcome::Accepted { Purpose::Advance } else { Purpose::Try };
            let effect = match self.step(step, purpose, advance).await {
                Ok(effect) => effect,
                Err(Halt::Cannot(reason)) => {
                    self.not_run.push(NotRun { case: case.id.clone(), reason });
                    return Ok(None);
                }
                Err(halt) => return Err(halt),
            };
            let goal = step.to.or(Some(to));
            let seen = self.after_write(&effect.step, effect.accepted, goal).await?;
            first.get_or_insert(seen.exchange);
            let went_wrong = step.outcome == Outcome::Accepted && !effect.accepted;
            steps.push(seen);
            if went_wrong {
                break;
            }
        }
        let bystander = if watched { self.look_aside().await? } else { None };
        self.record(case, appointment, act.state, alone, steps, ControlSeen::NotNeeded);
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.bystander = bystander;
        }
        Ok(first)
    }

    /// Sends the request of a refusal.
    async fn try_once(&mut self, case: &Case, advance: &Option<Value>) -> Result<Effect, Halt> {
        let purpose = if case.role == Role::Look { Purpose::Read } else { Purpose::Try };
        let Some(step) = case.steps.first() else { return Err(Halt::Cannot("the case has no step".to_owned())) };
        let document = self.control_document(case, advance);
        let mut effect = self.step(step, purpose, &document).await?;
        if case.role == Role::Look {
            effect.suspicious = false;
        }
        Ok(effect)
    }

    /// What `advance` means in a refusal: its control's document, where that is another case.
    fn control_document(&self, case: &Case, advance: &Option<Value>) -> Option<Value> {
        let Control::Case(id) = &case.control else { return advance.clone() };
        let control = self.session.plan.cases.iter().find(|own| own.id == *id)?;
        match &control.steps.first()?.patch {
            Some(crate::scenario::Patch::Document(document)) => Some(document.clone()),
            Some(crate::scenario::Patch::Advance | crate::scenario::Patch::Previous) | None => advance.clone(),
        }
    }

    async fn step(
        &mut self,
        step: &crate::plan::Step,
        purpose: Purpose,
        advance: &Option<Value>,
    ) -> Result<Effect, Halt> {
        let live = self.living()?;
        let known = Known {
            id: live.id.clone(),
            tag: live.tag.clone(),
            stale: live.stale.clone(),
            last_etag: live.last_etag.clone(),
            advance: advance.clone(),
            previous: live.previous.clone(),
        };
        let before = live.read;
        let bindings = self.bindings(&known, advance.as_ref());
        let (outgoing, tag) = request::build(step, &known, &bindings, &self.session.base_url, &self.session.headers)
            .map_err(Halt::Cannot)?;
        let exchange = self.send(outgoing, purpose, Some(known.id)).await?;
        let seen = self.exchange(exchange);
        let accepted = seen.succeeded() && seen.request.method != "GET";
        // A refusal by the client's fault has no effect on a sound server; anything else is looked at.
        let suspicious = !seen.status().is_some_and(|status| status.is_client_error());
        let step = StepSeen { exchange, before: Some(before), first_after: None, after: None, bindings, tag };
        Ok(Effect { step, accepted, suspicious })
    }

    /// Takes over the new version after a write that was meant to succeed, and reads the appointment back.
    async fn after_write(&mut self, step: &StepSeen, accepted: bool, to: Option<Fixture>) -> Result<StepSeen, Halt> {
        let mut step = step.clone();
        if accepted {
            self.take_tag(step.exchange);
        }
        let answer = self.exchange(step.exchange).received();
        let written = answer.filter(|_| accepted).and_then(|received| received.header("etag")).map(str::to_owned);
        let first = self.read().await?;
        let mut last = first;
        let expected = to.and_then(Fixture::status);
        // Reads may lag behind a write (APPT-RSP-13): look again, a bounded number of times.
        let mut wait = Duration::from_millis(20);
        for _ in 0..4 {
            let lags = |tag: &str| self.tag_of_read(last).is_some_and(|(read, _)| opaque(&read) != opaque(tag));
            let behind = accepted
                && (expected.is_some_and(|status| self.status() != Some(status))
                    || written.as_deref().is_some_and(lags));
            if !behind {
                break;
            }
            tokio::time::sleep(wait).await;
            wait *= 3;
            last = self.read().await?;
        }
        step.first_after = Some(first);
        step.after = Some(last);
        if accepted && let Some(to) = to {
            self.settle(to);
        }
        Ok(step)
    }

    /// The state after success: what was read, or the special fixture the case leads to.
    fn settle(&mut self, to: Fixture) {
        if let Some(live) = &mut self.live {
            live.state = match (to.status(), live.status) {
                (Some(_), Some(status)) => Fixture::of(status),
                _ if to == Fixture::Any => live.state,
                _ => to,
            };
        }
    }

    /// A write of the harness's own: a plain documented PATCH, read back.
    async fn write(&mut self, document: Value, purpose: Purpose) -> Result<ExchangeId, Halt> {
        let live = self.living()?;
        let known = Known { id: live.id.clone(), tag: live.tag.clone(), ..Known::default() };
        let to = status_set(&document);
        let bindings = self.bindings(&known, Some(&document));
        let document = crate::plan::substitute(&document, &bindings);
        if document.to_string().contains("\"$slot") {
            return Err(Halt::Cannot("no free slot is left".to_owned()));
        }
        let mut headers =
            vec![("accept".to_owned(), FHIR_JSON.to_owned()), ("content-type".to_owned(), JSON_PATCH.to_owned())];
        headers.extend(known.tag.iter().map(|(tag, _)| ("if-match".to_owned(), tag.clone())));
        headers.extend(self.session.headers.iter().cloned());
        let outgoing = Outgoing {
            method: "PATCH".to_owned(),
            url: format!("{}/Appointment/{}", self.session.base_url, known.id),
            headers,
            body: Some(document.to_string().into_bytes()),
        };
        let exchange = self.send(outgoing, purpose, Some(known.id)).await?;
        let accepted = self.exchange(exchange).succeeded();
        let step = StepSeen {
            exchange,
            before: None,
            first_after: None,
            after: None,
            bindings,
            tag: known.tag.map_or(TagOrigin::Other, |(_, origin)| origin),
        };
        self.after_write(&step, accepted, to.map(Fixture::of)).await?;
        Ok(exchange)
    }

    /// Makes sure that the lane's appointment is in a state: as it is, by documented steps, or another one.
    async fn ensure(&mut self, state: Fixture) -> Result<(), Halt> {
        if self.live.as_ref().is_some_and(|live| live.state == state) {
            return Ok(());
        }
        let plan = self.session.plan.clone();
        let from = self.live.as_ref().and_then(|live| live.status.filter(|_| live.state.status().is_some()));
        let reachable = match (from, state.status()) {
            (Some(from), Some(to)) => plan.routes.way(from, to).is_some(),
            _ => false,
        };
        if reachable && self.walk(state).await? {
            return Ok(());
        }
        self.fresh(state, false).await
    }

    /// Another appointment for an act, with the slots its documents name.
    async fn fresh_for(&mut self, act: &Act) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        let history = act.tries.iter().any(|index| needs_earlier_version(&plan.cases[*index]));
        self.fresh(act.state, history).await?;
        self.hold_slots(act).await
    }

    /// Another appointment in a state; with `history`, one that was led there, so that it has an earlier version.
    async fn fresh(&mut self, state: Fixture, history: bool) -> Result<(), Halt> {
        self.leave();
        let plan = self.session.plan.clone();
        let pool = &self.session.pool;
        let at_once = if history { None } else { pool.take(state) };
        let (origin, start) = match at_once {
            Some(origin) => (origin, state),
            None => {
                let walks =
                    |from: AppointmentStatus| state.status().is_some_and(|to| plan.routes.way(from, to).is_some());
                let source = [AppointmentStatus::Booked, AppointmentStatus::Proposed]
                    .into_iter()
                    .filter(|from| walks(*from))
                    .find_map(|from| Some((pool.take(Fixture::of(from))?, Fixture::of(from))));
                source.ok_or_else(|| Halt::Cannot(format!("no further appointment in state `{state}` is left")))?
            }
        };
        self.begin(origin, start).await?;
        if self.live.as_ref().is_some_and(|live| live.state == state) || self.walk(state).await? {
            return Ok(());
        }
        Err(Halt::Cannot(format!("no appointment could be led to state `{state}` by documented requests")))
    }

    /// Leads the appointment to a state by plain documented steps; `false` where the server does not go along.
    async fn walk(&mut self, state: Fixture) -> Result<bool, Halt> {
        let plan = self.session.plan.clone();
        let (Some(from), Some(to)) = (self.status(), state.status()) else { return Ok(false) };
        let Some(way) = plan.routes.way(from, to) else { return Ok(false) };
        let mut here = from;
        for next in way {
            let Some(document) = plan.routes.document(here, next) else { return Ok(false) };
            if document.to_string().contains("\"$slot") {
                self.need_slot().await?;
            }
            let exchange = self.write(document, Purpose::Walk).await?;
            if !self.exchange(exchange).succeeded() || self.status() != Some(next) {
                return Ok(false);
            }
            here = next;
        }
        if let Some(live) = &mut self.live {
            live.state = state;
        }
        Ok(true)
    }

    /// Takes a listed appointment, or makes one, and reads it.
    async fn begin(&mut self, origin: Origin, state: Fixture) -> Result<(), Halt> {
        let (id, made) = match origin {
            Origin::Listed(id) => (id, false),
            Origin::Make(state) => (self.make(state).await?, true),
        };
        self.fixtures.push(FixtureUse { id: id.clone(), start: state, made, left: None });
        self.live = Some(Live {
            id: id.clone(),
            state,
            status: None,
            read: 0,
            tag: None,
            stale: None,
            last_etag: None,
            previous: None,
        });
        let read = self.read().await?;
        let exchange = self.exchange(read);
        // A deleted appointment cannot be read; that is what makes it one.
        if state == Fixture::Deleted {
            if let Some(live) = &mut self.live {
                live.tag = Some(("W/\"1\"".to_owned(), TagOrigin::Other));
            }
            return Ok(());
        }
        if !exchange.succeeded() || self.status().is_none() {
            let what = exchange.status().map_or("no answer".to_owned(), |status| status.to_string());
            let reason = format!("GET /Appointment/{id} gave {what} and no Appointment, so nothing can be tried on it");
            self.live = None;
            return Err(Halt::Cannot(reason));
        }
        let status = self.status();
        if state.status().is_some() && state.status() != status {
            let found = status.map_or("none", AppointmentStatus::code);
            self.live = None;
            return Err(Halt::Cannot(format!("appointment {id} should be `{state}` but reads `{found}`")));
        }
        Ok(())
    }

    async fn make(&mut self, state: Fixture) -> Result<String, Halt> {
        let slot = if self.session.pool.booking_needs_slot(state) {
            self.search_slots().await?;
            match self.session.pool.take_slot() {
                Some(slot) => Some(slot),
                None => return Err(Halt::Cannot("no free slot to book an appointment on".to_owned())),
            }
        } else {
            None
        };
        let body = self.session.pool.new_appointment(state, slot.as_deref());
        let mut headers =
            vec![("accept".to_owned(), FHIR_JSON.to_owned()), ("content-type".to_owned(), FHIR_JSON.to_owned())];
        headers.extend(self.session.headers.iter().cloned());
        let outgoing = Outgoing {
            method: "POST".to_owned(),
            url: format!("{}/Appointment", self.session.base_url),
            headers,
            body: Some(body.to_string().into_bytes()),
        };
        let exchange = self.send(outgoing, Purpose::Create, None).await?;
        let exchange = self.exchange(exchange);
        let Some(received) = exchange.received().filter(|received| received.status.is_success()) else {
            let what = exchange.status().map_or("no answer".to_owned(), |status| status.to_string());
            return Err(Halt::Cannot(format!("POST /Appointment to make a `{state}` appointment gave {what}")));
        };
        let from_location = received.header("location").and_then(|location| {
            let mut parts = location.split('/').skip_while(|part| *part != "Appointment");
            parts.nth(1).map(|id| id.split(['?', '#']).next().unwrap_or(id).to_owned())
        });
        let from_body = || received.body.json()?.get("id")?.as_str().map(str::to_owned);
        from_location.filter(|id| !id.is_empty()).or_else(from_body).ok_or_else(|| {
            Halt::Cannot("POST /Appointment succeeded but named no id, neither in Location nor in a body".to_owned())
        })
    }

    /// Finds free slots by search, once a run.
    async fn search_slots(&mut self) -> Result<(), Halt> {
        let session = self.session.clone();
        if !session.pool.needs_slot_search() || session.pool.search_slots.initialized() {
            return Ok(());
        }
        let cell = &session.pool.search_slots;
        let mut outcome = Ok(());
        let driver = self;
        cell.get_or_init(|| async {
            let mut headers = vec![("accept".to_owned(), FHIR_JSON.to_owned())];
            headers.extend(driver.session.headers.iter().cloned());
            let url = format!("{}/Slot?start=ge{}&_count=200", driver.session.base_url, jiff::Timestamp::now());
            let outgoing = Outgoing { method: "GET".to_owned(), url, headers, body: None };
            match driver.send(outgoing, Purpose::Search, None).await {
                Ok(id) => {
                    let bundle = driver.exchange(id).received().and_then(|received| received.body.json());
                    let free = bundle.iter().flat_map(|bundle| {
                        bundle.get("entry").and_then(Value::as_array).into_iter().flatten().filter_map(|entry| {
                            let slot = entry.get("resource")?;
                            let is_free = slot.get("status")?.as_str()? == "free";
                            is_free.then(|| slot.get("id")?.as_str().map(str::to_owned))?
                        })
                    });
                    driver.session.pool.add_slots(free.collect::<Vec<_>>().into_iter());
                }
                Err(halt) => outcome = Err(halt),
            }
        })
        .await;
        outcome
    }

    /// Holds slots for the documents of an act; what was held for the act before and not used goes back.
    async fn hold_slots(&mut self, act: &Act) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        let own = match act.advance {
            Advance::Case { case, .. } => Some(case),
            Advance::Plain { .. } | Advance::End => None,
        };
        let documents = act.tries.iter().copied().chain(own).flat_map(|index| plan.cases[index].steps.iter());
        let mut wanted = documents
            .filter_map(|step| match &step.patch {
                Some(crate::scenario::Patch::Document(document)) => Some(slots_named(&document.to_string())),
                Some(crate::scenario::Patch::Advance | crate::scenario::Patch::Previous) | None => None,
            })
            .max()
            .unwrap_or(0);
        if self.advance_document(act).is_some_and(|document| document.to_string().contains("\"$slot\"")) {
            wanted = wanted.max(1);
        }
        while self.slots.len() > wanted {
            if let Some(slot) = self.slots.pop() {
                self.session.pool.return_slot(slot);
            }
        }
        while self.slots.len() < wanted {
            self.search_slots().await?;
            match self.session.pool.take_slot() {
                Some(slot) => self.slots.push(slot),
                None => break,
            }
        }
        Ok(())
    }

    async fn need_slot(&mut self) -> Result<(), Halt> {
        if self.slots.is_empty() {
            self.search_slots().await?;
            self.slots.extend(self.session.pool.take_slot());
        }
        Ok(())
    }

    fn advance_document(&self, act: &Act) -> Option<Value> {
        let plan = &self.session.plan;
        let to = act.advance.to().or_else(|| {
            // At the end of a life there is no step; a refusal that says `advance` then sends what others accept.
            act.state.status().map(|_| Fixture::Arrived)
        })?;
        match (act.state.status(), to.status()) {
            (Some(from), Some(to)) => plan
                .routes
                .document(from, to)
                .or_else(|| Some(json!([{ "op": "replace", "path": "/status", "value": to.code() }]))),
            _ => match act.advance {
                Advance::Case { case, .. } => match &plan.cases[case].steps.first()?.patch {
                    Some(crate::scenario::Patch::Document(document)) => Some(document.clone()),
                    Some(crate::scenario::Patch::Advance | crate::scenario::Patch::Previous) | None => None,
                },
                // A special fixture such as a locked appointment is an ordinary booked one to whoever sends a PATCH.
                Advance::Plain { .. } | Advance::End => {
                    Some(json!([{ "op": "replace", "path": "/status", "value": "arrived" }]))
                }
            },
        }
    }

    fn bindings(&self, known: &Known, advance: Option<&Value>) -> Bindings {
        let mut bindings = Bindings::new();
        let mut bind = |name: &str, value: String| {
            bindings.insert(name.to_owned(), Value::String(value));
        };
        bind("id", known.id.clone());
        if let Some((tag, _)) = &known.tag {
            bind("version", opaque(tag).to_owned());
        }
        if let Some(tag) = &known.stale {
            bind("stale", opaque(tag).to_owned());
        }
        if let Some(status) = self.status() {
            bind("status", status.code().to_owned());
        }
        if let Some(status) = advance.and_then(status_set) {
            bind("to", status.code().to_owned());
        }
        if let Some(bystander) = &self.bystander {
            bind("bystander", bystander.id.clone());
        }
        for (slot, name) in self.slots.iter().zip(["slot", "slot-2"]) {
            bind(name, format!("Slot/{slot}"));
        }
        bindings
    }

    /// Reads the appointment and takes over its version.
    async fn read(&mut self) -> Result<ExchangeId, Halt> {
        let id = self.read_keeping_tag().await?;
        let tag = self.tag_of_read(id);
        if let Some(live) = &mut self.live {
            let current = live.tag.as_ref().map(|(tag, _)| opaque(tag).to_owned());
            match &tag {
                // The tag of the PATCH stays in use as long as the read does not contradict it.
                Some((read, _)) if current.as_deref() == Some(opaque(read)) => {}
                Some((new, _)) => {
                    live.retire(new);
                    live.tag = tag;
                }
                None => {}
            }
        }
        Ok(id)
    }

    /// Reads the appointment; the tag in use stays, so that a control uses the one from before the refusals.
    async fn read_keeping_tag(&mut self) -> Result<ExchangeId, Halt> {
        let live = self.living()?;
        let mut headers = vec![("accept".to_owned(), FHIR_JSON.to_owned())];
        let appointment = live.id.clone();
        headers.extend(self.session.headers.iter().cloned());
        let url = format!("{}/Appointment/{appointment}", self.session.base_url);
        let outgoing = Outgoing { method: "GET".to_owned(), url, headers, body: None };
        let id = self.send(outgoing, Purpose::Read, Some(appointment)).await?;
        let status = self
            .exchange(id)
            .received()
            .filter(|received| received.status.is_success())
            .and_then(|received| received.body.json())
            .and_then(|body| body.get("status")?.as_str()?.parse::<AppointmentStatus>().ok());
        let readable = self.exchange(id).succeeded();
        if let Some(live) = &mut self.live {
            live.read = id;
            if readable {
                live.status = status;
            }
            if live.state.status().is_some()
                && let Some(status) = status
            {
                live.state = Fixture::of(status);
            }
        }
        Ok(id)
    }

    /// The version a read shows: ETag, else W/"meta.versionId" (APPT-VER-20).
    fn tag_of_read(&self, id: ExchangeId) -> Option<(String, TagOrigin)> {
        let received = self.exchange(id).received().filter(|received| received.status.is_success())?;
        let version = || received.body.json()?.get("meta")?.get("versionId")?.as_str().map(str::to_owned);
        match version() {
            Some(version) if received.header("etag").is_none_or(|tag| opaque(tag) == version) => {
                Some((format!("W/\"{version}\""), TagOrigin::VersionId))
            }
            _ => received.header("etag").map(|tag| (tag.to_owned(), TagOrigin::Read)),
        }
    }

    fn take_tag(&mut self, id: ExchangeId) {
        let seen = self.exchange(id);
        let last_etag = seen.received().and_then(|received| received.header("etag")).map(str::to_owned);
        // The documented If-Match is weak: a tag of another form is left, and the next read names the version.
        let tag = seen
            .received()
            .and_then(|received| received.header("etag"))
            .filter(|tag| tag.parse::<EntityTag>().is_ok_and(|tag| tag.is_weak()))
            .map(str::to_owned);
        let body = seen.request.body.json();
        if let Some(live) = &mut self.live {
            if let Some(tag) = tag {
                live.retire(&tag);
                live.tag = Some((tag, TagOrigin::PreviousPatch));
            }
            live.last_etag = last_etag;
            live.previous = body;
        }
        // A slot in an accepted document is used up.
        let sent = self.exchange(id).request.body.text().unwrap_or_default().to_owned();
        self.slots.retain(|slot| !sent.contains(&format!("\"Slot/{slot}\"")));
    }

    /// Whether two reads show the same content in the same version.
    fn same(&self, before: Option<ExchangeId>, after: Option<ExchangeId>) -> bool {
        let (Some(before), Some(after)) = (before, after) else { return false };
        if before == after {
            return true;
        }
        let view = |id: ExchangeId| {
            self.exchange(id)
                .received()
                .map(|received| (received.status, received.header("etag"), received.body.json()))
        };
        view(before) == view(after)
    }

    fn record(
        &mut self,
        case: &Case,
        appointment: Option<String>,
        state: Fixture,
        alone: bool,
        steps: Vec<StepSeen>,
        control: ControlSeen,
    ) {
        let own = || {
            let exchange = steps.first().map(|step| self.exchange(step.exchange));
            exchange.and_then(|exchange| exchange.appointment.clone())
        };
        let appointment = appointment.or_else(own);
        if !alone {
            self.session.progress.case_done();
        }
        self.attempts.push(Attempt {
            case: case.id.clone(),
            lane: self.lane,
            appointment,
            state,
            alone,
            steps,
            control,
            bystander: None,
        });
    }

    fn leave(&mut self) {
        let Some(live) = self.live.take() else { return };
        let status = live.status.map(|status| status.code().to_owned());
        if let Some(fixture) = self.fixtures.iter_mut().rev().find(|fixture| fixture.id == live.id) {
            fixture.left = status;
        }
        for slot in self.slots.drain(..) {
            self.session.pool.return_slot(slot);
        }
    }

    fn living(&self) -> Result<&Live, Halt> {
        self.live.as_ref().ok_or_else(|| Halt::Cannot("the lane has no appointment".to_owned()))
    }

    fn live_read(&self) -> Option<ExchangeId> {
        self.live.as_ref().map(|live| live.read)
    }

    fn status(&self) -> Option<AppointmentStatus> {
        self.live.as_ref().and_then(|live| live.status)
    }

    fn exchange(&self, id: ExchangeId) -> &Exchange {
        &self.exchanges[id as usize]
    }

    /// Sends a request and records it. Reads that meet a passing outage are repeated, writes never are.
    async fn send(
        &mut self,
        outgoing: Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
    ) -> Result<ExchangeId, Halt> {
        /// How often a read is sent at most.
        const MOST: u32 = 3;
        let mut attempt = 1;
        loop {
            let id = self.send_once(&outgoing, purpose, appointment.clone(), attempt).await?;
            let again = outgoing.method == "GET" && purpose == Purpose::Read && attempt < MOST;
            let pause = again.then(|| pause(&self.exchange(id).answer)).flatten();
            let Some(pause) = pause else { return Ok(id) };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn send_once(
        &mut self,
        outgoing: &Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
        attempt: u32,
    ) -> Result<ExchangeId, Halt> {
        if !self.session.may_send() {
            return Err(Halt::Stopped);
        }
        let at = jiff::Timestamp::now();
        let begin = Instant::now();
        let answer = self.session.client.send(outgoing).await;
        let end = Instant::now();
        let micros = |instant: Instant| {
            u64::try_from(instant.duration_since(self.session.begin).as_micros()).unwrap_or(u64::MAX)
        };
        let id = u32::try_from(self.exchanges.len()).unwrap_or(u32::MAX);
        self.exchanges.push(Exchange {
            id,
            lane: self.lane,
            purpose,
            appointment,
            at: format!("{at:.3}"),
            begin_us: micros(begin),
            end_us: micros(end),
            attempt,
            request: Sent {
                method: outgoing.method.clone(),
                url: outgoing.url.clone(),
                headers: public(&outgoing.headers, &self.session.headers),
                body: outgoing.body.clone().map_or(Payload::Empty, super::client::payload),
            },
            answer,
        });
        self.session.progress.request_done();
        if self.session.is_stopped() && attempt > 1 {
            return Err(Halt::Stopped);
        }
        Ok(id)
    }
}

/// How long to wait before a read is sent again; `None` where its answer stands.
fn pause(answer: &Answer) -> Option<Duration> {
    /// A target may ask for longer, but a run does not stand still for it.
    const LONGEST: Duration = Duration::from_secs(10);
    match answer {
        Answer::Lost(lost) if lost.kind == LostKind::Broken => Some(Duration::ZERO),
        Answer::Lost(_) => None,
        Answer::Received(received) if matches!(received.status.get(), 429 | 502 | 503 | 504) => {
            let asked = received.header("retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
            Some(asked.unwrap_or(Duration::from_millis(200)).min(LONGEST))
        }
        Answer::Received(_) => None,
    }
}

/// Header lines with the values of secrets replaced: those the target file or the command line gave, and credentials.
fn public(headers: &[(String, String)], own: &[(String, String)]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let secret =
                ["authorization", "proxy-authorization", "cookie"].iter().any(|own| name.eq_ignore_ascii_case(own))
                    || own.iter().any(|(own, secret)| own.eq_ignore_ascii_case(name) && secret == value);
            (name.clone(), if secret { "[secret]".to_owned() } else { value.clone() })
        })
        .collect()
}

/// The opaque part of a tag, or the whole text where it is not a tag.
fn opaque(tag: &str) -> &str {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(tag)
}

/// The last status that a document sets.
fn status_set(document: &Value) -> Option<AppointmentStatus> {
    let operations = document.as_array()?;
    let value = operations
        .iter()
        .rev()
        .find(|operation| operation.get("path").and_then(Value::as_str) == Some("/status"))?
        .get("value")?;
    value.as_str()?.parse().ok()
}

/// How many slots a document names.
fn slots_named(document: &str) -> usize {
    if document.contains("$slot-2") { 2 } else { usize::from(document.contains("$slot")) }
}
