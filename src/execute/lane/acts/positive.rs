//! A positive case or a probe: its steps in order, each read back, and the appointment that nobody addresses.

use crate::execute::evidence::{ControlSeen, ExchangeId, Purpose, StepSeen, TrialKind};
use crate::plan::{Act, CaseIndex, Step, Stepwise};
use crate::suite::contract::Grade;
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
        let control = match &sent {
            Ok(()) => self.plain_control(case, to, &steps).await?,
            Err(_) => ControlSeen::NotNeeded,
        };
        let seen = match sent {
            Ok(()) if watched => self.look_aside().await,
            Ok(()) => Ok(None),
            Err(halt) => Err(halt),
        };
        let first = steps.first().or(self.cut_off.as_ref()).map(|step| step.exchange);
        match seen {
            Ok(bystander) => {
                self.record(case, appointment, act.state, alone, steps, control);
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
        for (number, step) in case.body.steps.iter().enumerate() {
            if number > 0 && step.names_bystander() {
                self.look_between().await?;
            }
            let purpose = if certain && step.outcome == Outcome::Accepted { Purpose::Advance } else { Purpose::Try };
            let effect = self.step(step, purpose).await?;
            steps.push(effect.step.clone());
            // Only the last step has to leave the state that the case ends in.
            let end = (number + 1 == case.body.steps.len()).then_some(to);
            let seen = self.after_write(&effect.step, effect.accepted, step.to.or(end)).await?;
            if let Some(last) = steps.last_mut() {
                *last = seen;
            }
            if step.outcome == Outcome::Accepted && !effect.accepted {
                break;
            }
        }
        Ok(())
    }

    /// The control of a success that did not come: the plain documented PATCH, without what is peculiar to the case, on the
    /// same appointment as the case left it (design section 4.3). The plain request itself needs none.
    async fn plain_control(
        &mut self,
        case: Stepwise<'_>,
        to: Fixture,
        steps: &[StepSeen],
    ) -> Result<ControlSeen, Halt> {
        let last = steps.last().zip(case.body.steps.get(steps.len().saturating_sub(1)));
        let missed = |(seen, step): &(&StepSeen, &Step)| {
            let sent = self.exchange(seen.exchange);
            let unwanted = |code| {
                step.status.iter().any(|rule| !matches!(rule.expect.grade(code), Grade::Expected | Grade::Tolerated))
            };
            let wanted = match step.outcome {
                Outcome::Accepted => true,
                // Documents leave open whether it is accepted, and not with which code it is rejected.
                Outcome::Either => sent.status().is_some_and(unwanted),
                Outcome::Refused | Outcome::RejectedOrValid => false,
            };
            wanted && sent.request.method != "GET" && !sent.succeeded()
        };
        if case.is_plain() || !last.as_ref().is_some_and(missed) {
            return Ok(ControlSeen::NotNeeded);
        }
        let now = self.status().map_or(case.fixture, Fixture::of);
        let Some(request) = self.session.plan.routes.plain_way_on(now, to) else {
            return Ok(ControlSeen::Missing(format!("no documented PATCH leads on from {now}")));
        };
        match self.write(&request, Purpose::Control).await {
            Ok(id) => Ok(ControlSeen::Exchange(id)),
            Err(Halt::Cannot(why)) => Ok(ControlSeen::Missing(why)),
            Err(Halt::Stopped) => Err(Halt::Stopped),
        }
    }

    /// The plain documented PATCH that was sent in the place of the positive case before it.
    pub(super) fn in_its_place(&self) -> Option<ExchangeId> {
        match self.trials.last()?.attempt()?.seen.control {
            ControlSeen::Exchange(id) => Some(id),
            ControlSeen::Twin(_) | ControlSeen::NotNeeded | ControlSeen::Missing(_) => None,
        }
    }
}
