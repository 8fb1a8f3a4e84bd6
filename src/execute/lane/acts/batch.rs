//! The end of an act: one read for all that was tried, the step that controls it, and what each case gets from them.

use crate::execute::evidence::{Batch, ExchangeId, Purpose, StepSeen};
use crate::plan::{Act, Advance, CaseIndex, Role};

use super::super::{Driver, Halt};
use super::control::Closed;

impl Driver {
    /// Reads back once for all refusals of an act, sends the step that controls them, and repeats them one by one where
    /// that fails.
    pub(super) async fn close(&mut self, act: &Act, tried: &mut Vec<(CaseIndex, StepSeen)>) -> Result<(), Halt> {
        let plan = self.session.plan.clone();
        let before = self.live_read();
        let refusals =
            tried.iter().any(|(index, _)| plan.stepwise(*index).is_some_and(|case| case.role == Role::Refusal));
        let after = if tried.is_empty() { before } else { Some(self.read_keeping_tag().await?) };
        let unchanged = self.same(before, after);
        let appointment = self.holder.appointment.as_ref().map(|live| live.id.clone()).unwrap_or_default();
        let control = if self.opening { self.open_with(act).await? } else { self.lead_on(act).await? };
        let accepted = control.is_some_and(|id| self.exchange(id).succeeded());
        let closed = Closed { at_end: act.advance == Advance::End, after, unchanged, control, accepted };
        if !tried.is_empty() {
            let tries = tried.iter().map(|(_, step)| step.exchange).collect();
            let appointment = appointment.clone();
            self.batches.push(Batch { lane: self.lane, appointment, tries, before, after, control });
        }
        let mut doubtful = Vec::new();
        for (index, step) in tried.drain(..) {
            let Some(case) = plan.stepwise(index) else { continue };
            let step = StepSeen { first_after: after, after, ..step };
            let control = closed.of(case.role);
            if control.is_none() {
                doubtful.push(index);
            }
            let control = control.unwrap_or_else(Closed::doubtful);
            self.record(case, Some(appointment.clone()), act.state, false, vec![step], control);
        }
        if self.session.headline().is_some() {
            return Err(Halt::Stopped);
        }
        if refusals && !accepted {
            self.positive_alone(act).await?;
        }
        if refusals && !doubtful.is_empty() {
            self.alone(act, &doubtful, unchanged).await?;
        }
        Ok(())
    }

    /// Sends what leads on from an act; the exchange that may serve as a control.
    pub(super) async fn lead_on(&mut self, act: &Act) -> Result<Option<ExchangeId>, Halt> {
        match &act.advance {
            Advance::End => Ok(None),
            Advance::Plain { request, .. } => Ok(Some(self.write(request, Purpose::Control).await?)),
            Advance::Case { case, to, certain } => self.positive(*case, *to, *certain, act, false).await,
        }
    }

    /// The refusals before a positive case may be to blame for its failure: it gets an appointment to itself.
    async fn positive_alone(&mut self, act: &Act) -> Result<(), Halt> {
        let Advance::Case { case, to, certain: true } = act.advance else { return Ok(()) };
        match self.fresh_for(act).await {
            Ok(()) => self.positive(case, to, true, act, true).await.map(|_| ()),
            Err(halt) => self.stop_or_leave(halt),
        }
    }
}
