//! The end of an act: one read for all that was tried, the step that controls it, and what each case gets from them.

use crate::execute::evidence::{Batch, ControlSeen, ExchangeId, Purpose, StepSeen, Trial};
use crate::plan::{Act, Advance, CaseIndex, Control, Role};
use crate::words::fhir::{EntityTag, StatusCode};

use super::super::{Driver, Halt};
use super::control::Closed;
use crate::execute::appointment::{opaque, version};
use crate::execute::courier::MOST_SENT;

/// What the end of an act comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Each case has what it gets.
    Whole,
    /// The server failed over the step that leads on and changed the appointment all the same: what was tried has lost its
    /// control (reading C-45).
    WithoutControl,
}

impl Driver {
    /// Reads back once for all refusals of an act, sends the step that controls them, and repeats them one by one where
    /// that fails; with `again`, the act may be sent once more on another appointment.
    pub(super) async fn close(
        &mut self,
        act: &Act,
        tried: &mut Vec<(CaseIndex, StepSeen)>,
        again: bool,
    ) -> Result<Ended, Halt> {
        let plan = self.session.plan.clone();
        let before = self.live_read();
        let refusals =
            tried.iter().any(|(index, _)| plan.stepwise(*index).is_some_and(|case| case.role == Role::Refusal));
        let after = if tried.is_empty() { before } else { Some(self.read_keeping_tag().await?) };
        let unchanged = self.same(before, after);
        let appointment = self.holder.appointment.as_ref().map(|live| live.id.clone()).unwrap_or_default();
        let control = if self.opening { self.open_with(act).await? } else { self.lead_on(act).await? };
        let leading: Vec<ExchangeId> = self.leading(act, control).collect();
        let last = self.last_write(act, control);
        let overtaken = !self.opening && !self.session.is_known_to_change() && self.is_overtaken(last);
        if again && (overtaken || leading.iter().any(|id| self.failed_over_changed(*id))) {
            // A control that was rejected says of the batch before it what it says; one that got no response says nothing.
            let rejected = control.and_then(|id| self.exchange(id).status()).is_some_and(StatusCode::is_client_error);
            if rejected && !tried.is_empty() {
                let tries = tried.iter().map(|(_, step)| step.exchange).collect();
                self.batches.push(Batch { lane: self.lane, appointment, tries, before, after, control });
            }
            return Ok(Ended::WithoutControl);
        }
        if overtaken {
            self.session.note_change();
        }
        let accepted = control.is_some_and(|id| self.exchange(id).succeeded());
        let plain = match act.advance {
            Advance::Case { .. } => self.in_its_place().filter(|id| self.exchange(*id).succeeded()),
            Advance::Plain { .. } | Advance::End => None,
        };
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
            // What asks for the plain step has its control where that was accepted in the place of the case.
            let control = closed.of(case.role).or_else(|| {
                let wanted = unchanged && case.body.control == Control::Advance;
                plain.filter(|_| wanted).map(ControlSeen::Exchange)
            });
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
        Ok(Ended::Whole)
    }

    /// The requests that led on from an act.
    fn leading(&self, act: &Act, control: Option<ExchangeId>) -> impl Iterator<Item = ExchangeId> {
        let last = match act.advance {
            Advance::Case { .. } => self.trials.last().and_then(Trial::attempt),
            Advance::Plain { .. } | Advance::End => None,
        };
        last.into_iter().flat_map(|attempt| attempt.seen.steps.iter().map(|step| step.exchange)).chain(control)
    }

    /// The write that an act ended with: the plain request in the place of a success that did not come, or the last step of
    /// the case that leads on.
    fn last_write(&self, act: &Act, control: Option<ExchangeId>) -> Option<ExchangeId> {
        let plain = match act.advance {
            Advance::Case { .. } => self.in_its_place(),
            Advance::Plain { .. } | Advance::End => None,
        };
        plain.or_else(|| self.leading(act, None).last()).or(control)
    }

    /// Whether the version shown now is neither the one that the last write named, where it was rejected, nor the one that it
    /// made: then someone else's write came between, or the target's doing looks like it.
    fn is_overtaken(&self, write: Option<ExchangeId>) -> bool {
        let Some(sent) = write.map(|id| self.exchange(id)) else { return false };
        let Some((shown, _)) = self.live_read().and_then(|read| version(self.exchange(read))) else { return false };
        let known = match sent.status() {
            Some(status) if status.is_success() => sent.received().and_then(|received| received.header("etag")),
            Some(status) if status.is_client_error() => sent.sent_header("if-match"),
            Some(_) | None => None,
        };
        known.is_some_and(|tag| tag.parse::<EntityTag>().is_ok() && opaque(tag) != opaque(&shown))
    }

    /// Whether the server failed over a request that it was sent less often than one that nothing came of: the appointment
    /// had changed, and so the request could not be sent to it again.
    pub(super) fn failed_over_changed(&self, id: ExchangeId) -> bool {
        let exchange = self.exchange(id);
        exchange.failed_over() && exchange.attempt < MOST_SENT
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
