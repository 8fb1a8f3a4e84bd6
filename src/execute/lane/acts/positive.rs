//! A positive case or a probe: its steps in order, each read back, and the appointment that nobody addresses.

use crate::execute::evidence::{ControlSeen, ExchangeId, Purpose, StepSeen, TrialKind};
use crate::plan::{Act, CaseIndex, Step, Stepwise};
use crate::suite::scenario::{Fixture, Outcome};

use super::super::{Driver, Halt};

impl Driver {
    /// Sends a positive case or a probe, with reads around every step; `certain` where it must be accepted. Gives the
    /// exchange that may serve as a control.
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
        self.holder.courier.present = Some(index);
        let appointment = self.holder.appointment.as_ref().map(|live| live.id.clone());
        let watched = case.steps.iter().any(Step::names_bystander);
        if watched {
            self.watch().await?;
        }
        let mut steps = Vec::new();
        let sent = self.send_steps(case, to, certain, &mut steps).await;
        let seen = match sent {
            Ok(()) if watched => self.look_aside().await,
            Ok(()) => Ok(None),
            Err(halt) => Err(halt),
        };
        let first = steps.first().or(self.cut_off.as_ref()).map(|step| step.exchange);
        match seen {
            Ok(bystander) => {
                self.record(case, appointment, act.state, alone, steps, ControlSeen::NotNeeded);
                if let Some(TrialKind::Steps(trial)) = self.trials.last_mut().map(|trial| &mut trial.kind) {
                    trial.bystander = bystander.or(trial.bystander.take());
                }
                Ok(first)
            }
            Err(halt) => {
                self.keep(case, appointment, act.state, alone, steps, &halt);
                match halt {
                    Halt::Stopped => Err(halt),
                    Halt::Cannot(_) => Ok(first),
                }
            }
        }
    }

    /// Sends the steps of a case until one that must be accepted is not. What was sent is in `steps` whatever happens.
    async fn send_steps(
        &mut self,
        case: Stepwise<'_>,
        to: Fixture,
        certain: bool,
        steps: &mut Vec<StepSeen>,
    ) -> Result<(), Halt> {
        for step in &case.body.steps {
            let purpose = if certain && step.outcome == Outcome::Accepted { Purpose::Advance } else { Purpose::Try };
            let effect = self.step(step, purpose).await?;
            steps.push(effect.step.clone());
            let seen = self.after_write(&effect.step, effect.accepted, step.to.or(Some(to))).await?;
            if let Some(last) = steps.last_mut() {
                *last = seen;
            }
            if step.outcome == Outcome::Accepted && !effect.accepted {
                break;
            }
        }
        Ok(())
    }
}
