//! How an appointment in a state is had: taken from those listed, made, or led there by documented requests.

use super::Holder;
use crate::execute::appointment::Appointment;
use crate::execute::creation::made_id;
use crate::execute::evidence::{FixtureUse, Purpose, Response, TagOrigin};
use crate::execute::fit::{is_free, misfit};
use crate::execute::halt::Halt;
use crate::execute::pool::FixtureSource;
use crate::execute::rejection::rejection;
use crate::plan::RequestTemplate;
use crate::suite::scenario::Fixture;
use crate::words::fhir::{AppointmentStatus, FHIR_JSON, FhirId, StatusCode};

/// What reading an appointment that is to be used comes to.
enum Fitness {
    /// It can be used.
    Fit,
    /// It is not what it was listed as, and why.
    Unfit(String),
}

impl Holder {
    /// Makes sure that the lane's appointment is in a state: as it is, by documented steps, or another one; with `history`,
    /// another one has an earlier version.
    pub async fn ensure(&mut self, state: Fixture, history: bool) -> Result<(), Halt> {
        if self.appointment.as_ref().is_some_and(|live| live.state == state) {
            return Ok(());
        }
        let plan = self.session.plan.clone();
        let from = self.appointment.as_ref().and_then(|live| live.status.filter(|_| live.state.status().is_some()));
        let reachable = match (from, state.status()) {
            (Some(from), Some(to)) => plan.routes.way(from, to).is_some(),
            _ => false,
        };
        if reachable && self.walk(state).await? {
            return Ok(());
        }
        self.fresh(state, history).await
    }

    /// Another appointment in a state; with `history`, one that was led there, so that it has an earlier version.
    pub async fn fresh(&mut self, state: Fixture, history: bool) -> Result<(), Halt> {
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
                    // One that is in the state already was led nowhere.
                    .filter(|from| walks(*from) && !(history && Fixture::of(*from) == state))
                    .find_map(|from| Some((pool.take(Fixture::of(from))?, Fixture::of(from))));
                let source = source.or_else(|| Some((pool.take(state).filter(|_| history)?, state)));
                source.ok_or_else(|| Halt::Cannot(format!("no further appointment in state `{state}` is left")))?
            }
        };
        self.begin(origin, start).await?;
        if self.appointment.as_ref().is_some_and(|live| live.state == state) || self.walk(state).await? {
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
            let request = RequestTemplate::document(document);
            if request.slots() > 0 {
                self.need_slot().await?;
            }
            let exchange = self.write(&request, Purpose::Walk).await?;
            // One that was carried out and whose response was lost leads on as well: nothing is judged by it.
            let sent = self.exchange(exchange);
            if !(sent.succeeded() || sent.failed_over()) || self.status() != Some(next) {
                return Ok(false);
            }
            here = next;
        }
        if let Some(live) = &mut self.appointment {
            live.state = state;
        }
        Ok(true)
    }

    /// Takes a listed appointment, or makes one, and reads it. One that is listed and not, or no longer, in the state is
    /// passed over for the next.
    pub async fn begin(&mut self, mut origin: FixtureSource, state: Fixture) -> Result<(), Halt> {
        loop {
            let listed = matches!(origin, FixtureSource::Listed(_));
            let reason = match self.begin_with(origin, state).await? {
                Fitness::Fit => return Ok(()),
                Fitness::Unfit(reason) => reason,
            };
            match self.session.pool.take(state).filter(|_| listed) {
                Some(next) => origin = next,
                None => return Err(Halt::Cannot(reason)),
            }
        }
    }

    async fn begin_with(&mut self, origin: FixtureSource, state: Fixture) -> Result<Fitness, Halt> {
        let (id, made) = match origin {
            FixtureSource::Listed(id) => (id, false),
            FixtureSource::Make(Fixture::Deleted) => (self.make_deleted().await?, true),
            FixtureSource::Make(state) => (self.make(state).await?, true),
        };
        self.fixtures.push(FixtureUse { id: id.to_string(), start: state, made, left: None, end: None });
        self.appointment = Some(Appointment::new(id.as_str(), state));
        let read = self.read().await?;
        let exchange = self.exchange(read);
        // A deleted appointment cannot be read; that is what makes it one.
        if state == Fixture::Deleted {
            if let Some(live) = &mut self.appointment {
                live.tag = Some(("W/\"1\"".to_owned(), TagOrigin::Other));
            }
            return Ok(Fitness::Fit);
        }
        if !exchange.succeeded() || self.status().is_none() {
            let reason = self.no_appointment(id.as_str(), exchange.received());
            let gone = matches!(exchange.status().map(StatusCode::get), Some(404 | 410));
            self.appointment = None;
            return if gone { Ok(Fitness::Unfit(reason)) } else { Err(Halt::Cannot(reason)) };
        }
        let shown = exchange.received().and_then(|received| received.body.json());
        if let Some(why) = shown.and_then(|shown| misfit(state, &shown)) {
            self.appointment = None;
            return Ok(Fitness::Unfit(format!("appointment {id} should be `{state}` but {why}")));
        }
        if let Some(pause) = self.looks_twice.take() {
            tokio::time::sleep(pause).await;
            let again = self.read().await?;
            self.session.notice(self.exchange(read), self.exchange(again));
        }
        Ok(Fitness::Fit)
    }

    /// Makes an appointment, and gives its id.
    pub async fn make(&mut self, state: Fixture) -> Result<FhirId, Halt> {
        if let Some(why) = self.session.pool.given_up(state) {
            return Err(Halt::Cannot(why));
        }
        let slot = if self.session.pool.booking_needs_slot(state) {
            self.search_slots().await?;
            match self.free_slot().await? {
                Some(slot) => Some(slot),
                None => {
                    let why = self.session.pool.slot_trouble().map(|why| format!(": {why}")).unwrap_or_default();
                    return Err(Halt::Cannot(format!("no free slot to book an appointment on{why}")));
                }
            }
        } else {
            None
        };
        let body = self.session.pool.new_appointment(state, slot.as_ref());
        let lines = [("content-type", FHIR_JSON)];
        let outgoing = self.courier.outgoing("POST", "/Appointment", &lines, Some(body.clone().into_bytes()));
        let mut exchange = self.courier.send(outgoing, Purpose::Create, None).await?;
        // A server need not take all that R4 allows in an appointment: then the least will do.
        if matches!(self.exchange(exchange).status().map(StatusCode::get), Some(400 | 409 | 412 | 413 | 422)) {
            self.session.pool.make_plain();
            let least = self.session.pool.new_appointment(state, slot.as_ref());
            if least != body {
                let outgoing = self.courier.outgoing("POST", "/Appointment", &lines, Some(least.into_bytes()));
                exchange = self.courier.send(outgoing, Purpose::Create, None).await?;
            }
        }
        let exchange = self.exchange(exchange);
        let Some(received) = exchange.received().filter(|received| received.status.is_success()) else {
            let what = self.session.status_and_reason(exchange.received());
            let why = format!("POST /Appointment to make a `{state}` appointment gave {what}");
            if rejection(exchange).is_some() {
                self.session.pool.note_creation(state, Some(&why));
            }
            return Err(Halt::Cannot(why));
        };
        self.session.pool.note_creation(state, None);
        made_id(received).ok_or_else(|| {
            let form = FhirId::FORM;
            Halt::Cannot(format!(
                "POST /Appointment succeeded but named no FHIR id ({form}), neither in Location nor in a body"
            ))
        })
    }

    /// Makes an appointment and deletes it, where the target says that it can be.
    async fn make_deleted(&mut self) -> Result<FhirId, Halt> {
        if !self.session.pool.deletes() {
            return Err(Halt::Cannot(
                "no deleted appointment is listed, and the CapabilityStatement does not list `delete` of appointments"
                    .to_owned(),
            ));
        }
        let id = self.make(Fixture::Booked).await?;
        let outgoing = self.courier.outgoing("DELETE", &format!("/Appointment/{id}"), &[], None);
        let sent = self.courier.send(outgoing, Purpose::Walk, Some(id.to_string())).await?;
        let deletion = self.exchange(sent);
        if deletion.succeeded() {
            return Ok(id);
        }
        let what = self.session.status_and_reason(deletion.received());
        Err(Halt::Cannot(format!("DELETE /Appointment/{id}, which the CapabilityStatement lists, gave {what}")))
    }

    /// A slot that can still be booked; one that is listed may have been taken since. One that cannot be read is taken on
    /// trust.
    async fn free_slot(&mut self) -> Result<Option<FhirId>, Halt> {
        while let Some((slot, seen)) = self.session.pool.take_slot() {
            if seen {
                return Ok(Some(slot));
            }
            let outgoing = self.courier.outgoing("GET", &format!("/Slot/{slot}"), &[], None);
            let read = self.courier.send(outgoing, Purpose::Search, None).await?;
            let shown = self.exchange(read).received().filter(|received| received.status.is_success());
            if shown.and_then(|shown| shown.body.json()).as_ref().is_none_or(is_free) {
                self.session.pool.note_free(&slot);
                return Ok(Some(slot));
            }
        }
        Ok(None)
    }

    /// Holds as many slots as are wanted and can be had; what was held before and not used goes back.
    pub async fn hold_slots(&mut self, wanted: usize) -> Result<(), Halt> {
        while self.slots.len() > wanted {
            if let Some(slot) = self.slots.pop() {
                self.session.pool.return_slot(slot);
            }
        }
        while self.slots.len() < wanted {
            self.search_slots().await?;
            match self.free_slot().await? {
                Some(slot) => self.slots.push(slot),
                None => break,
            }
        }
        Ok(())
    }

    /// Makes sure that a slot is held, where one can be had.
    pub async fn need_slot(&mut self) -> Result<(), Halt> {
        if self.slots.is_empty() {
            self.search_slots().await?;
            let slot = self.free_slot().await?;
            self.slots.extend(slot);
        }
        Ok(())
    }

    /// Why a read gave nothing to work on.
    fn no_appointment(&self, id: &str, received: Option<&Response>) -> String {
        if let Some(limit) = received.and_then(Response::limit) {
            let status = received.map(|received| received.status.to_string()).unwrap_or_default();
            return format!("GET /Appointment/{id} gave {status}, and {limit}");
        }
        let unread = received.and_then(Response::unread);
        let unread = unread.map(|unread| format!(": a body {}", unread.in_words())).unwrap_or_default();
        let what = self.session.status_and_reason(received);
        format!("GET /Appointment/{id} gave {what} and no Appointment, so nothing can be tried on it{unread}")
    }
}
