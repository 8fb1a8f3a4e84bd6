//! One step on the appointment of the lane: the request filled in and sent, and the appointment read back after a write.

use std::time::Duration;

use crate::execute::evidence::{ExchangeId, Purpose, StepSeen};
use crate::execute::request;
use crate::plan::{Role, Step, Stepwise};
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

use super::super::wire::opaque;
use super::super::{Driver, Effect, Halt};

/// What a read shows when it is no longer behind a write.
struct Goal {
    /// The ETag of the response to the write.
    tag: Option<String>,
    status: Option<AppointmentStatus>,
}

impl Driver {
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

    /// Fills in the request of a step and sends it.
    pub(in crate::execute::lane) async fn step(&mut self, step: &Step, purpose: Purpose) -> Result<Effect, Halt> {
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
    pub(in crate::execute::lane) async fn after_write(
        &mut self,
        step: &StepSeen,
        accepted: bool,
        to: Option<Fixture>,
    ) -> Result<StepSeen, Halt> {
        if accepted {
            self.take_tag(step.exchange);
        }
        let first = self.read().await?;
        let mut last = first;
        if accepted {
            let received = self.exchange(step.exchange).received();
            let tag = received.and_then(|received| received.header("etag")).map(str::to_owned);
            last = self.read_until(&Goal { tag, status: to.and_then(Fixture::status) }, first).await?;
            if let (Some(to), Some(live)) = (to, &mut self.live) {
                live.settle(to);
            }
        }
        Ok(StepSeen { first_after: Some(first), after: Some(last), ..step.clone() })
    }

    /// Reads may lag behind a write (APPT-RSP-13): looks again, a bounded number of times.
    async fn read_until(&mut self, goal: &Goal, first: ExchangeId) -> Result<ExchangeId, Halt> {
        /// How often the appointment is read again at most.
        const MOST: u32 = 4;
        let (mut last, mut wait, mut reads) = (first, Duration::from_millis(20), 0);
        while self.is_behind(goal, last) && reads < MOST && self.session.is_patient() {
            reads += 1;
            tokio::time::sleep(wait).await;
            wait *= 3;
            last = self.read().await?;
        }
        if reads > 0 {
            let behind = self.is_behind(goal, last);
            self.session.has_waited(behind);
        }
        Ok(last)
    }

    fn is_behind(&self, goal: &Goal, read: ExchangeId) -> bool {
        let other = |tag: &str| self.tag_of_read(read).is_some_and(|(read, _)| opaque(&read) != opaque(tag));
        goal.status.is_some_and(|status| self.status() != Some(status)) || goal.tag.as_deref().is_some_and(other)
    }
}
