//! The appointment that a runner works on, one at a time: read, written to, left.

mod obtain;
mod slots;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use slots::next_page;

use super::appointment::{Appointment, opaque, version};
use super::client::Outgoing;
use super::courier::{Courier, MOST_SENT, MOST_THROTTLED, pause};
use super::evidence::{Exchange, ExchangeId, FixtureUse, Purpose, StepSeen};
use super::halt::Halt;
use super::request;
use super::session::Session;
use crate::plan::{Bindings, KnownTag, Precondition, RequestTemplate};
use crate::suite::scenario::Fixture;
use crate::words::fhir::{AppointmentStatus, FhirId, StatusCode};

/// A courier and the appointment that its requests are about.
pub(super) struct Holder {
    pub session: Arc<Session>,
    pub courier: Courier,
    /// The appointment held now.
    pub appointment: Option<Appointment>,
    /// Slots for the documents that are sent next.
    pub slots: Vec<FhirId>,
    /// The next appointment is read twice, once a lane, so long after each other: what differs moves by itself.
    pub looks_twice: Option<Duration>,
    /// Every appointment that was held.
    pub fixtures: Vec<FixtureUse>,
}

/// How long to wait before each further read that is behind a write: two seconds in all.
const BACK_OFF: [Duration; 5] = [
    Duration::from_millis(20),
    Duration::from_millis(60),
    Duration::from_millis(180),
    Duration::from_millis(540),
    Duration::from_millis(1200),
];

/// What a read shows when it is no longer behind a write.
struct Goal {
    /// The ETag of the response to the write.
    tag: Option<String>,
    status: Option<AppointmentStatus>,
}

impl std::ops::Deref for Holder {
    type Target = Courier;

    fn deref(&self) -> &Courier {
        &self.courier
    }
}

impl std::ops::DerefMut for Holder {
    fn deref_mut(&mut self) -> &mut Courier {
        &mut self.courier
    }
}

impl Holder {
    /// One that holds nothing yet.
    pub fn new(session: Arc<Session>, lane: u32) -> Holder {
        let courier = Courier::new(session.clone(), lane);
        Holder { session, courier, appointment: None, slots: Vec::new(), looks_twice: None, fixtures: Vec::new() }
    }

    /// What the names in a request for an appointment stand for.
    pub(in crate::execute) fn bindings(&self, known: &Appointment) -> Bindings {
        let mut bindings = Bindings::new();
        let mut bind = |name: &str, value: String| {
            bindings.insert(name.to_owned(), Value::String(value));
        };
        bind("id", known.id.clone());
        if let Some((tag, _)) = &known.tag {
            bind("version", opaque(tag).to_owned());
            bind("weak", if tag.starts_with('"') { "" } else { "W/" }.to_owned());
        }
        if let Some(tag) = &known.stale {
            bind("stale", opaque(tag).to_owned());
        }
        if let Some(status) = self.status() {
            bind("status", status.code().to_owned());
        }
        for (slot, name) in self.slots.iter().zip(["slot", "slot-2"]) {
            bind(name, format!("Slot/{slot}"));
        }
        bindings
    }

    pub fn living(&self) -> Result<&Appointment, Halt> {
        self.appointment.as_ref().ok_or_else(|| Halt::Cannot("the lane has no appointment".to_owned()))
    }

    /// What is known of the appointment now.
    ///
    /// # Errors
    /// There is none.
    pub fn known(&self) -> Result<Appointment, Halt> {
        self.living().cloned()
    }

    /// Takes up again an appointment that was left, so that it can be read.
    pub fn resume(&mut self, known: &Appointment, state: Fixture, read: ExchangeId) {
        self.appointment = Some(Appointment { state, status: None, read, ..known.clone() });
    }

    pub fn live_read(&self) -> Option<ExchangeId> {
        self.appointment.as_ref().map(|live| live.read)
    }

    pub fn status(&self) -> Option<AppointmentStatus> {
        self.appointment.as_ref().and_then(|live| live.status)
    }

    /// Reads the appointment and takes over its version.
    pub async fn read(&mut self) -> Result<ExchangeId, Halt> {
        let id = self.read_keeping_tag().await?;
        if let Some(live) = &mut self.appointment {
            live.see_version(self.courier.exchange(id));
        }
        Ok(id)
    }

    /// Reads the appointment; the tag in use stays, so that a control uses the one from before the rejections.
    pub async fn read_keeping_tag(&mut self) -> Result<ExchangeId, Halt> {
        let appointment = self.living()?.id.clone();
        let outgoing = self.courier.read_of(&appointment);
        let id = self.courier.send(outgoing, Purpose::Read, Some(appointment)).await?;
        if let Some(live) = &mut self.appointment {
            live.see(self.courier.exchange(id));
        }
        Ok(id)
    }

    /// Whether two reads show the same content in the same version.
    pub fn same(&self, before: Option<ExchangeId>, after: Option<ExchangeId>) -> bool {
        let (Some(before), Some(after)) = (before, after) else { return false };
        if before == after {
            return true;
        }
        let (before, after) = match (self.exchange(before).received(), self.exchange(after).received()) {
            (Some(before), Some(after)) => (before, after),
            (before, after) => return before.is_none() && after.is_none(),
        };
        let alike = match (before.body.json(), after.body.json()) {
            (Some(before), Some(after)) => self.session.same(&before, &after),
            (before, after) => before == after,
        };
        alike && (before.status, before.header("etag")) == (after.status, after.header("etag"))
    }

    /// A plain documented PATCH that no case asks for, read back. Where the server shows no version it names none.
    pub async fn write(&mut self, request: &RequestTemplate, purpose: Purpose) -> Result<ExchangeId, Halt> {
        self.write_with(request, Precondition::Tag(KnownTag::CurrentWhereShown), purpose).await
    }

    /// As [`Holder::write`], with another precondition.
    pub async fn write_with(
        &mut self,
        request: &RequestTemplate,
        precondition: Precondition,
        purpose: Purpose,
    ) -> Result<ExchangeId, Halt> {
        let known = self.known()?;
        let to = request.status_set();
        let bindings = self.bindings(&known);
        let request = request.clone().with_if_match(precondition);
        let (outgoing, tag) = request::fill(&request, &known, &bindings, self.session.door()).map_err(Halt::Cannot)?;
        let exchange = self.send_write(outgoing, purpose, known.id).await?;
        let accepted = self.exchange(exchange).succeeded();
        let step = StepSeen { exchange, before: None, first_after: None, after: None, bindings, tag };
        self.after_write(&step, accepted, to.map(Fixture::of)).await?;
        Ok(exchange)
    }

    /// Sends a write. A target that is overloaded is given the time it asks for; then, and where it failed over the request
    /// (C-45), the appointment is read, and only if it is as before is the request sent again (design section 4.6).
    pub async fn send_write(
        &mut self,
        outgoing: Outgoing,
        purpose: Purpose,
        appointment: String,
    ) -> Result<ExchangeId, Halt> {
        // A read may be sent again without another read before it.
        if outgoing.method == "GET" {
            return self.courier.send(outgoing, purpose, Some(appointment)).await;
        }
        let before = self.live_read();
        let mut attempt = 0;
        loop {
            let id = self.courier.send_once(&outgoing, purpose, Some(appointment.clone()), &mut attempt).await?;
            let most = match self.exchange(id).status().map(StatusCode::get) {
                Some(429) => MOST_THROTTLED,
                Some(500 | 502..=504) | None => MOST_SENT,
                Some(_) => 1,
            };
            let pause = if attempt < most { pause(&self.exchange(id).reply) } else { None };
            let Some(pause) = pause else { return Ok(id) };
            self.session.pause(pause).await?;
            let after = self.read_keeping_tag().await?;
            if !self.same(before, Some(after)) {
                return Ok(id);
            }
        }
    }

    /// Takes over the new version after a write that was meant to succeed, and reads the appointment back.
    pub async fn after_write(
        &mut self,
        step: &StepSeen,
        accepted: bool,
        to: Option<Fixture>,
    ) -> Result<StepSeen, Halt> {
        if accepted {
            self.take_tag(step.exchange);
        }
        let before = self.live_read();
        let first = self.read().await?;
        if self.exchange(step.exchange).failed_over() && !self.same(before, Some(first)) {
            // It may have been carried out, and then what it names is taken.
            self.use_up_slots(step.exchange);
        }
        let mut last = first;
        if accepted {
            let received = self.exchange(step.exchange).received();
            let tag = received.and_then(|received| received.header("etag")).map(str::to_owned);
            last = self.read_until(&Goal { tag, status: to.and_then(Fixture::status) }, first).await?;
            if let (Some(to), Some(live)) = (to, &mut self.appointment) {
                live.settle(to);
            }
        }
        Ok(StepSeen { first_after: Some(first), after: Some(last), ..step.clone() })
    }

    /// Reads may lag behind a write (APPT-RSP-13): looks again, a bounded number of times.
    async fn read_until(&mut self, goal: &Goal, first: ExchangeId) -> Result<ExchangeId, Halt> {
        let mut last = first;
        for (number, wait) in BACK_OFF.into_iter().enumerate() {
            if !self.is_behind(goal, last) || !self.session.is_patient() {
                break;
            }
            self.session.pause(wait).await?;
            last = self.read().await?;
            let behind = self.is_behind(goal, last);
            if !behind || number + 1 == BACK_OFF.len() {
                self.session.has_waited(behind);
            }
        }
        Ok(last)
    }

    /// Reads what was contended for until it shows a version that one of the winners made, as long as reads may lag behind;
    /// gives the reads. `old` is the version before, and `made` those that winners say they made.
    pub async fn read_winner(&mut self, old: Option<&str>, made: &[String]) -> Result<Vec<ExchangeId>, Halt> {
        let is_behind = |read: &Exchange| {
            let shown = version(read);
            let shows = |tag: &str| shown.as_ref().is_some_and(|(shown, _)| opaque(shown) == opaque(tag));
            old.is_some_and(shows) && !made.is_empty() && !made.iter().any(|made| shows(made))
        };
        let mut reads = vec![self.read().await?];
        for (number, wait) in BACK_OFF.into_iter().enumerate() {
            let behind = reads.last().is_some_and(|read| is_behind(self.exchange(*read)));
            if !behind || !self.session.is_patient() {
                break;
            }
            self.session.pause(wait).await?;
            let read = self.read().await?;
            let behind = is_behind(self.exchange(read));
            if !behind || number + 1 == BACK_OFF.len() {
                self.session.has_waited(behind);
            }
            reads.push(read);
        }
        Ok(reads)
    }

    fn is_behind(&self, goal: &Goal, read: ExchangeId) -> bool {
        let other = |tag: &str| version(self.exchange(read)).is_some_and(|(read, _)| opaque(&read) != opaque(tag));
        goal.status.is_some_and(|status| self.status() != Some(status)) || goal.tag.as_deref().is_some_and(other)
    }

    /// Takes over what an accepted PATCH says; a slot in it is used up.
    fn take_tag(&mut self, id: ExchangeId) {
        let patch = self.courier.exchange(id);
        if let Some(live) = &mut self.appointment {
            live.accept(patch);
        }
        self.use_up_slots(id);
    }

    /// What a PATCH names is no longer held.
    fn use_up_slots(&mut self, id: ExchangeId) {
        let sent = self.courier.exchange(id).request.body.text().unwrap_or_default();
        self.slots.retain(|slot| !sent.contains(&format!("\"Slot/{slot}\"")));
    }

    pub fn leave(&mut self) {
        let Some(live) = self.appointment.take() else { return };
        let status = live.status.map(|status| status.code().to_owned());
        if let Some(fixture) = self.fixtures.iter_mut().rev().find(|fixture| fixture.id == live.id) {
            fixture.left = status;
        }
        for slot in self.slots.drain(..) {
            self.session.pool.return_slot(slot);
        }
    }
}
