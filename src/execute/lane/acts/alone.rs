//! The repetition of refusals one by one, each on another appointment with reads and a control around it.

use crate::execute::evidence::{Batch, ExchangeId, Purpose, StepSeen};
use crate::plan::{Act, Advance, CaseIndex, Stepwise};

use super::super::{Driver, Halt};
use super::control::control_alone;
use crate::execute::courier::MOST_SENT;

impl Driver {
    /// Repeats refusals one by one. Where no appointment is left for that, what is known already stands.
    pub(super) async fn alone(&mut self, act: &Act, doubtful: &[CaseIndex], unchanged: bool) -> Result<(), Halt> {
        match self.repeat_all(act, doubtful, unchanged).await {
            Ok(()) => Ok(()),
            Err(halt) => self.stop_or_leave(halt),
        }
    }

    pub(super) fn stop_or_leave(&mut self, halt: Halt) -> Result<(), Halt> {
        match halt {
            Halt::Stopped => Err(Halt::Stopped),
            Halt::Cannot(_) => {
                self.leave();
                Ok(())
            }
        }
    }

    async fn repeat_all(&mut self, act: &Act, doubtful: &[CaseIndex], unchanged: bool) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        if unchanged {
            // Nothing changed, and yet the control failed: does it succeed without any refusal before it?
            self.fresh_for(act).await?;
            let control = self.control(act).await?;
            if !control.is_some_and(|id| self.exchange(id).succeeded()) {
                return Ok(());
            }
        }
        for index in doubtful {
            let Some(case) = plan.stepwise(*index) else { continue };
            self.holder.courier.present = Some(*index);
            let mut times = 0;
            loop {
                self.fresh_for(act).await?;
                let unchanged = self.repeat(act, case).await?;
                times += 1;
                // A rejection after which the appointment is another one: its doing, or someone else's (design section 4.6).
                if unchanged || self.session.is_known_to_change() {
                    break;
                }
                if times == MOST_SENT {
                    self.session.note_change();
                    break;
                }
            }
        }
        Ok(())
    }

    /// Repeats one refusal; whether the appointment was the same after it. What was sent of it is kept, whatever ends the
    /// repetition.
    async fn repeat(&mut self, act: &Act, case: Stepwise<'_>) -> Result<bool, Halt> {
        let mut steps = Vec::new();
        let repeated = self.repeat_step(act, case, &mut steps).await;
        if let Err(halt) = &repeated
            && (self.cut_off.is_some() || !steps.is_empty())
        {
            self.keep(case, None, act.state, true, steps, halt);
        }
        repeated
    }

    async fn repeat_step(&mut self, act: &Act, case: Stepwise<'_>, steps: &mut Vec<StepSeen>) -> Result<bool, Halt> {
        let step = self.try_watched(case).await?.step;
        let (exchange, before) = (step.exchange, step.before);
        steps.push(step);
        let after = self.read_keeping_tag().await?;
        for step in steps.iter_mut() {
            (step.first_after, step.after) = (Some(after), Some(after));
        }
        let unchanged = self.same(before, Some(after));
        let appointment = self.living()?.id.clone();
        let control = self.control(act).await?;
        let seen = control.map(|id| (id, self.exchange(id).status()));
        self.batches.push(Batch {
            lane: self.lane,
            appointment: appointment.clone(),
            tries: vec![exchange],
            before,
            after: Some(after),
            control,
        });
        let control = control_alone(seen, after, unchanged);
        self.record(case, Some(appointment), act.state, true, std::mem::take(steps), control);
        // One that was carried out has changed the appointment as it asks.
        Ok(unchanged || self.exchange(exchange).succeeded())
    }

    /// The control of an act by itself.
    async fn control(&mut self, act: &Act) -> Result<Option<ExchangeId>, Halt> {
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
}
