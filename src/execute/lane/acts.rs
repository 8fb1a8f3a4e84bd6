//! The acts of a lane: refusals on one appointment, the step that controls them, and what is repeated when it fails.

use std::time::Duration;

use crate::execute::evidence::{Batch, ControlSeen, ExchangeId, Purpose, StepSeen, TrialKind};
use crate::execute::request;
use crate::plan::{Act, Advance, CaseIndex, Role, Step, Stepwise};
use crate::suite::scenario::{Fixture, Outcome};

use super::wire::opaque;
use super::{Driver, Effect, Halt};

impl Driver {
    /// One act: everything that is tried, then the step that controls it.
    pub(super) async fn act(&mut self, act: &Act) -> Result<(), Halt> {
        self.hold_slots(act).await?;
        let mut tried = Vec::new();
        let done = match self.try_all(act, &mut tried).await {
            Ok(()) => self.close(act, &mut tried).await,
            Err(halt) => Err(halt),
        };
        if let Err(halt) = &done {
            // What was sent stays in the evidence, whatever kept the lane from its reads and its control.
            self.keep_tried(act, &mut tried, halt);
        }
        done
    }

    /// Sends the refusals and looks of an act. Those whose reads and control are still to come are added to `tried`.
    async fn try_all(&mut self, act: &Act, tried: &mut Vec<(CaseIndex, StepSeen)>) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        let mut queue: std::collections::VecDeque<CaseIndex> = act.tries.iter().copied().collect();
        let mut rounds = 0usize;
        while let Some(index) = queue.pop_front() {
            let Some(case) = plan.stepwise(index) else { continue };
            self.courier.present = Some(index);
            let effect = match self.try_once(case).await {
                Ok(effect) => effect,
                Err(halt) => {
                    self.keep(case, None, act.state, false, Vec::new(), &halt);
                    match halt {
                        Halt::Stopped => return Err(halt),
                        Halt::Cannot(_) => continue,
                    }
                }
            };
            if !effect.suspicious {
                tried.push((index, effect.step));
                continue;
            }
            if !self.look_at(case, act, effect).await? {
                continue;
            }
            rounds += 1;
            // What was refused before it has lost its reads and its control: it is tried again, after the rest.
            queue.extend(tried.iter().map(|(index, _)| *index));
            let changed = Halt::Cannot("a request after it changed the appointment, so it was tried again".to_owned());
            self.keep_tried(act, tried, &changed);
            if rounds > act.tries.len() + 1 {
                return Err(Halt::Cannot("the appointment changes with every request".to_owned()));
            }
            if !queue.is_empty() || act.advance != Advance::End {
                self.fresh_for(act).await?;
            }
        }
        Ok(())
    }

    /// Reads the appointment after a request that may have changed it, and records the case; whether it did change.
    async fn look_at(&mut self, case: Stepwise<'_>, act: &Act, effect: Effect) -> Result<bool, Halt> {
        let mut step = effect.step;
        let before = step.before;
        let read = self.read().await;
        if let Ok(after) = read {
            (step.first_after, step.after) = (Some(after), Some(after));
        }
        let control = ControlSeen::Missing("the request was not refused".to_owned());
        self.record(case, None, act.state, false, vec![step], control);
        let after = read?;
        Ok(effect.accepted || !self.same(before, Some(after)))
    }

    /// Records what was tried and has lost its reads and its control.
    fn keep_tried(&mut self, act: &Act, tried: &mut Vec<(CaseIndex, StepSeen)>, halt: &Halt) {
        let plan = self.session.plan.clone();
        for (index, step) in tried.drain(..) {
            if let Some(case) = plan.stepwise(index) {
                self.keep(case, None, act.state, false, vec![step], halt);
            }
        }
    }

    /// Reads back once for all refusals of an act, sends the step that controls them, and repeats them one by one where
    /// that fails.
    pub(super) async fn close(&mut self, act: &Act, tried: &mut Vec<(CaseIndex, StepSeen)>) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        let before = self.live_read();
        let refused =
            tried.iter().any(|(index, _)| plan.stepwise(*index).is_some_and(|case| case.role == Role::Refusal));
        let after = if tried.is_empty() { before } else { Some(self.read_keeping_tag().await?) };
        let unchanged = self.same(before, after);
        let appointment = self.live.as_ref().map(|live| live.id.clone()).unwrap_or_default();
        let control = match &act.advance {
            Advance::End => None,
            Advance::Plain { request, .. } => Some(self.write(request, Purpose::Control).await?),
            Advance::Case { case, to, certain } => self.positive(*case, *to, *certain, act, false).await?,
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
        for (index, mut step) in tried.drain(..) {
            step.first_after = after;
            step.after = after;
            let Some(case) = plan.stepwise(index) else { continue };
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
                        self.positive(case, to, true, act, true).await?;
                    }
                    Err(halt) => self.stop_or_leave(halt)?,
                }
            }
        }
        if refused && !doubtful.is_empty() {
            self.alone(act, &doubtful, unchanged).await?;
        }
        Ok(())
    }

    /// Repeats refusals one by one, each on an appointment of its own with its own reads and control.
    #[expect(
        clippy::too_many_lines,
        reason = "each act of the repetition may halt, and keeps what was seen until then"
    )]
    pub(super) async fn alone(&mut self, act: &Act, doubtful: &[CaseIndex], unchanged: bool) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        if unchanged {
            // Nothing changed, and yet the control failed: does it succeed without any refusal before it?
            if let Err(halt) = self.fresh_for(act).await {
                return self.stop_or_leave(halt);
            }
            let control = match self.control(act).await {
                Ok(control) => control,
                Err(halt) => return self.stop_or_leave(halt),
            };
            if !control.is_some_and(|id| self.exchange(id).succeeded()) {
                return Ok(());
            }
        }
        for index in doubtful {
            let Some(case) = plan.stepwise(*index) else { continue };
            self.courier.present = Some(*index);
            if let Err(halt) = self.fresh_for(act).await {
                return self.stop_or_leave(halt);
            }
            let effect = match self.try_once(case).await {
                Ok(effect) => effect,
                Err(halt) => {
                    if self.cut_off.is_some() {
                        self.keep(case, None, act.state, true, Vec::new(), &halt);
                    }
                    return self.stop_or_leave(halt);
                }
            };
            let mut step = effect.step;
            let before = step.before;
            let after = match self.read_keeping_tag().await {
                Ok(after) => after,
                Err(halt) => {
                    self.keep(case, None, act.state, true, vec![step], &halt);
                    return Err(halt);
                }
            };
            step.first_after = Some(after);
            step.after = Some(after);
            let unchanged = self.same(before, Some(after));
            let appointment = self.live.as_ref().map(|live| live.id.clone()).unwrap_or_default();
            let control = match self.control(act).await {
                Ok(control) => control,
                Err(halt) => {
                    self.keep(case, Some(appointment), act.state, true, vec![step], &halt);
                    return self.stop_or_leave(halt);
                }
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

    pub(super) fn stop_or_leave(&mut self, halt: Halt) -> Result<(), Halt> {
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
    pub(super) async fn control(&mut self, act: &Act) -> Result<Option<ExchangeId>, Halt> {
        let plan = self.session.plan.clone();
        match &act.advance {
            Advance::End => Ok(None),
            Advance::Plain { request, .. } => Ok(Some(self.write(request, Purpose::Control).await?)),
            Advance::Case { case, .. } => {
                let Some(step) = plan.stepwise(*case).and_then(|case| case.body.steps.first()) else { return Ok(None) };
                let effect = self.step(step, Purpose::Control).await?;
                self.after_write(&effect.step, effect.accepted, step.to).await?;
                Ok(Some(effect.step.exchange))
            }
        }
    }

    /// A positive case or a probe, with reads around every step. Gives the exchange that may serve as a control.
    pub(super) async fn positive(
        &mut self,
        index: CaseIndex,
        to: Fixture,
        certain: bool,
        act: &Act,
        alone: bool,
    ) -> Result<Option<ExchangeId>, Halt> {
        let plan = self.session.plan.clone();
        let Some(case) = plan.stepwise(index) else { return Ok(None) };
        self.courier.present = Some(index);
        let appointment = self.live.as_ref().map(|live| live.id.clone());
        let watched = case.steps.iter().any(Step::names_bystander);
        if watched {
            self.watch().await?;
        }
        let mut steps = Vec::new();
        let mut first = None;
        for step in &case.steps {
            let purpose = if certain && step.outcome == Outcome::Accepted { Purpose::Advance } else { Purpose::Try };
            let effect = match self.step(step, purpose).await {
                Ok(effect) => effect,
                Err(halt) => {
                    first = first.or(self.cut_off.as_ref().map(|seen| seen.exchange));
                    self.keep(case, appointment, act.state, alone, steps, &halt);
                    return match halt {
                        Halt::Stopped => Err(halt),
                        Halt::Cannot(_) => Ok(first),
                    };
                }
            };
            let goal = step.to.or(Some(to));
            let seen = match self.after_write(&effect.step, effect.accepted, goal).await {
                Ok(seen) => seen,
                Err(halt) => {
                    steps.push(effect.step);
                    self.keep(case, appointment, act.state, alone, steps, &halt);
                    return Err(halt);
                }
            };
            first.get_or_insert(seen.exchange);
            let went_wrong = step.outcome == Outcome::Accepted && !effect.accepted;
            steps.push(seen);
            if went_wrong {
                break;
            }
        }
        let bystander = match watched {
            true => self.look_aside().await,
            false => Ok(None),
        };
        let bystander = match bystander {
            Ok(bystander) => bystander,
            Err(halt) => {
                self.keep(case, appointment, act.state, alone, steps, &halt);
                return Err(halt);
            }
        };
        self.record(case, appointment, act.state, alone, steps, ControlSeen::NotNeeded);
        if let Some(TrialKind::Steps(seen)) = self.trials.last_mut().map(|trial| &mut trial.kind) {
            seen.bystander = bystander;
        }
        Ok(first)
    }

    /// Sends the request of a refusal.
    pub(super) async fn try_once(&mut self, case: Stepwise<'_>) -> Result<Effect, Halt> {
        let purpose = if case.role == Role::Look { Purpose::Read } else { Purpose::Try };
        let Some(step) = case.steps.first() else { return Err(Halt::Cannot("the case has no step".to_owned())) };
        let mut effect = self.step(step, purpose).await?;
        if case.role == Role::Look {
            effect.suspicious = false;
        }
        Ok(effect)
    }

    pub(super) async fn step(&mut self, step: &Step, purpose: Purpose) -> Result<Effect, Halt> {
        let known = self.known()?;
        let before = self.living()?.read;
        let bindings = self.bindings(&known);
        let (outgoing, tag) =
            request::fill(&step.request, &known, &bindings, self.session.door()).map_err(Halt::Cannot)?;
        let mark = self.exchanges.len();
        let step =
            |exchange| StepSeen { exchange, before: Some(before), first_after: None, after: None, bindings, tag };
        let exchange = match self.send_write(outgoing, purpose, known.id).await {
            Ok(exchange) => exchange,
            Err(halt) => {
                // It may have been sent, and only what comes after it could not be.
                let sent = self.exchanges.iter().skip(mark).rfind(|own| own.purpose == purpose);
                self.cut_off = sent.map(|own| step(own.id));
                return Err(halt);
            }
        };
        let seen = self.exchange(exchange);
        let accepted = seen.succeeded() && seen.request.method != "GET";
        // A refusal by the client's fault has no effect on a sound server; anything else is looked at.
        let suspicious = !seen.status().is_some_and(|status| status.is_client_error());
        Ok(Effect { step: step(exchange), accepted, suspicious })
    }

    /// Takes over the new version after a write that was meant to succeed, and reads the appointment back.
    pub(super) async fn after_write(
        &mut self,
        step: &StepSeen,
        accepted: bool,
        to: Option<Fixture>,
    ) -> Result<StepSeen, Halt> {
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
        let mut waited = false;
        let mut behind = false;
        for look in 0..=4 {
            let lags = |tag: &str| self.tag_of_read(last).is_some_and(|(read, _)| opaque(&read) != opaque(tag));
            behind = accepted
                && (expected.is_some_and(|status| self.status() != Some(status))
                    || written.as_deref().is_some_and(lags));
            if !behind || look == 4 || !self.session.is_patient() {
                break;
            }
            waited = true;
            tokio::time::sleep(wait).await;
            wait *= 3;
            last = self.read().await?;
        }
        if waited {
            self.session.has_waited(behind);
        }
        step.first_after = Some(first);
        step.after = Some(last);
        if accepted && let (Some(to), Some(live)) = (to, &mut self.live) {
            live.settle(to);
        }
        Ok(step)
    }
}
