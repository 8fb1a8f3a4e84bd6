//! One request of a lane: what is bound into it, what is read around it, and the trial it becomes.

use serde_json::Value;

use crate::execute::appointment::{Appointment, version};
use crate::execute::client::Outgoing;
use crate::execute::courier::pause;
use crate::execute::evidence::{
    ControlSeen, ExchangeId, NotRun, NotRunKind, Purpose, StepSeen, StepsTrial, TagOrigin, Trial, TrialKind,
};
use crate::execute::request::Known;
use crate::plan::{Bindings, Stepwise};
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

pub(super) use crate::execute::appointment::opaque;

use super::{Driver, Halt};

impl Driver {
    pub(in crate::execute) fn bindings(&self, known: &Known) -> Bindings {
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
        if let Some(bystander) = &self.bystander {
            bind("bystander", bystander.id.clone());
        }
        for (slot, name) in self.slots.iter().zip(["slot", "slot-2"]) {
            bind(name, format!("Slot/{slot}"));
        }
        bindings
    }

    /// Reads the appointment and takes over its version.
    pub(in crate::execute) async fn read(&mut self) -> Result<ExchangeId, Halt> {
        let id = self.read_keeping_tag().await?;
        if let Some(live) = &mut self.live {
            live.see_version(self.courier.exchange(id));
        }
        Ok(id)
    }

    /// Reads the appointment; the tag in use stays, so that a control uses the one from before the rejections.
    pub(super) async fn read_keeping_tag(&mut self) -> Result<ExchangeId, Halt> {
        let appointment = self.living()?.id.clone();
        let outgoing = self.courier.read_of(&appointment);
        let id = self.courier.send(outgoing, Purpose::Read, Some(appointment)).await?;
        if let Some(live) = &mut self.live {
            live.see(self.courier.exchange(id));
        }
        Ok(id)
    }

    /// The version that a read shows.
    pub(super) fn tag_of_read(&self, id: ExchangeId) -> Option<(String, TagOrigin)> {
        version(self.exchange(id))
    }

    /// Takes over what an accepted PATCH says; a slot in it is used up.
    pub(super) fn take_tag(&mut self, id: ExchangeId) {
        let patch = self.courier.exchange(id);
        if let Some(live) = &mut self.live {
            live.accept(patch);
        }
        let sent = patch.request.body.text().unwrap_or_default();
        self.slots.retain(|slot| !sent.contains(&format!("\"Slot/{slot}\"")));
    }

    /// Whether two reads show the same content in the same version.
    pub(super) fn same(&self, before: Option<ExchangeId>, after: Option<ExchangeId>) -> bool {
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

    pub(super) fn record(
        &mut self,
        case: Stepwise<'_>,
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
        let seen = StepsTrial { appointment, state, alone, steps, control, bystander: None, halted: None };
        self.trials.push(Trial { case: case.head.id.clone(), lane: self.lane, kind: TrialKind::Steps(seen) });
    }

    /// Keeps what was sent for a case before the lane had to end it, that of a step which could not be read back included.
    /// Where nothing was sent, only the reason is left.
    pub(super) fn keep(
        &mut self,
        case: Stepwise<'_>,
        appointment: Option<String>,
        state: Fixture,
        alone: bool,
        mut steps: Vec<StepSeen>,
        halt: &Halt,
    ) {
        steps.extend(self.cut_off.take());
        let reason = match halt {
            Halt::Stopped => self.session.why_stopped().to_owned(),
            Halt::Cannot(reason) => reason.clone(),
        };
        if steps.is_empty() {
            if let Halt::Cannot(_) = halt {
                self.not_run.push(NotRun { case: case.head.id.clone(), kind: NotRunKind::Unavailable, reason });
            }
            return;
        }
        self.record(case, appointment, state, alone, steps, ControlSeen::Missing(reason.clone()));
        if let Some(TrialKind::Steps(seen)) = self.trials.last_mut().map(|trial| &mut trial.kind) {
            seen.halted = Some(reason);
        }
    }

    pub(super) fn living(&self) -> Result<&Appointment, Halt> {
        self.live.as_ref().ok_or_else(|| Halt::Cannot("the lane has no appointment".to_owned()))
    }

    /// What is known of the appointment the lane works on.
    pub(in crate::execute) fn known(&self) -> Result<Known, Halt> {
        let live = self.living()?;
        Ok(Known {
            id: live.id.clone(),
            tag: live.tag.clone(),
            stale: live.stale.clone(),
            last_etag: live.last_etag.clone(),
            previous: live.previous.clone(),
        })
    }

    /// Takes up again an appointment that was left, so that it can be read.
    pub(in crate::execute) fn resume(&mut self, known: &Known, state: Fixture, read: ExchangeId) {
        self.live = Some(Appointment {
            id: known.id.clone(),
            state,
            status: None,
            read,
            tag: known.tag.clone(),
            stale: known.stale.clone(),
            last_etag: known.last_etag.clone(),
            previous: known.previous.clone(),
        });
    }

    pub(in crate::execute) fn live_read(&self) -> Option<ExchangeId> {
        self.live.as_ref().map(|live| live.read)
    }

    pub(super) fn status(&self) -> Option<AppointmentStatus> {
        self.live.as_ref().and_then(|live| live.status)
    }

    /// Sends a write. A target that is overloaded is given the time it asks for; then the appointment is read, and only if
    /// it is as before is the request sent once more (design section 4.4).
    pub(super) async fn send_write(
        &mut self,
        outgoing: Outgoing,
        purpose: Purpose,
        appointment: String,
    ) -> Result<ExchangeId, Halt> {
        let before = self.live_read();
        let id = self.courier.send(outgoing.clone(), purpose, Some(appointment.clone())).await?;
        let overloaded = self.exchange(id).status().is_some_and(|status| matches!(status.get(), 429 | 503));
        let pause = overloaded.then(|| pause(&self.exchange(id).answer)).flatten();
        let Some(pause) = pause else { return Ok(id) };
        tokio::time::sleep(pause).await;
        let after = self.read_keeping_tag().await?;
        if !self.same(before, Some(after)) {
            return Ok(id);
        }
        self.courier.send_once(&outgoing, purpose, Some(appointment), 2).await
    }
}
