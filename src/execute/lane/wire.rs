//! One request of a lane: what is bound into it, how it is sent and recorded, and which version an answer shows.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::execute::client::Outgoing;
use crate::execute::evidence::{
    Answer, ControlSeen, Exchange, ExchangeId, LostKind, NotRun, NotRunKind, Payload, Purpose, Sent, StepSeen,
    StepsTrial, TagOrigin, Trial, TrialKind,
};
use crate::execute::request::Known;
use crate::plan::{Bindings, Stepwise};
use crate::suite::scenario::Fixture;
use crate::words::fhir::{AppointmentStatus, EntityTag, FHIR_JSON};

pub(super) use crate::plan::status_set;

use super::{Driver, Halt, Live};

impl Driver {
    pub(in crate::execute) fn bindings(&self, known: &Known, advance: Option<&Value>) -> Bindings {
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
        if let Some(status) = advance.and_then(status_set) {
            bind("to", status.code().to_owned());
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
        let tag = self.tag_of_read(id);
        if let Some(live) = &mut self.live {
            let current = live.tag.as_ref().map(|(tag, _)| opaque(tag).to_owned());
            match &tag {
                // The tag of the PATCH stays in use as long as the read does not contradict it.
                Some((read, _)) if current.as_deref() == Some(opaque(read)) => {}
                Some((new, _)) => {
                    live.retire(new);
                    live.tag = tag;
                }
                None => {}
            }
        }
        Ok(id)
    }

    /// Reads the appointment; the tag in use stays, so that a control uses the one from before the refusals.
    pub(super) async fn read_keeping_tag(&mut self) -> Result<ExchangeId, Halt> {
        let live = self.living()?;
        let mut headers = vec![("accept".to_owned(), FHIR_JSON.to_owned())];
        let appointment = live.id.clone();
        headers.extend(self.session.headers.iter().cloned());
        let url = format!("{}/Appointment/{appointment}", self.session.base_url);
        let outgoing = Outgoing { method: "GET".to_owned(), url, headers, body: None, verbatim: false };
        let id = self.send(outgoing, Purpose::Read, Some(appointment)).await?;
        let status = self
            .exchange(id)
            .received()
            .filter(|received| received.status.is_success())
            .and_then(|received| received.body.json())
            .and_then(|body| body.get("status")?.as_str()?.parse::<AppointmentStatus>().ok());
        let readable = self.exchange(id).succeeded();
        if let Some(live) = &mut self.live {
            live.read = id;
            if readable {
                live.status = status;
            }
            if live.state.status().is_some()
                && let Some(status) = status
            {
                live.state = Fixture::of(status);
            }
        }
        Ok(id)
    }

    /// The version a read shows: ETag, else W/"meta.versionId" (APPT-VER-20).
    pub(super) fn tag_of_read(&self, id: ExchangeId) -> Option<(String, TagOrigin)> {
        let received = self.exchange(id).received().filter(|received| received.status.is_success())?;
        let version = || received.body.json()?.get("meta")?.get("versionId")?.as_str().map(str::to_owned);
        match version() {
            Some(version) if received.header("etag").is_none_or(|tag| opaque(tag) == version) => {
                Some((format!("W/\"{version}\""), TagOrigin::VersionId))
            }
            _ => received.header("etag").map(|tag| (tag.to_owned(), TagOrigin::Read)),
        }
    }

    pub(super) fn take_tag(&mut self, id: ExchangeId) {
        let seen = self.exchange(id);
        let last_etag = seen.received().and_then(|received| received.header("etag")).map(str::to_owned);
        // The documented If-Match is weak: a tag of another form is left, and the next read names the version.
        let tag = seen
            .received()
            .and_then(|received| received.header("etag"))
            .filter(|tag| tag.parse::<EntityTag>().is_ok_and(|tag| tag.is_weak()))
            .map(str::to_owned);
        let body = seen.request.body.json();
        if let Some(live) = &mut self.live {
            if let Some(tag) = tag {
                live.retire(&tag);
                live.tag = Some((tag, TagOrigin::PreviousPatch));
            }
            live.last_etag = last_etag;
            live.previous = body;
        }
        // A slot in an accepted document is used up.
        let sent = self.exchange(id).request.body.text().unwrap_or_default().to_owned();
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

    pub(super) fn living(&self) -> Result<&Live, Halt> {
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
            may_omit: !self.session.plan.edition.is_vendor(),
            advance: None,
            previous: live.previous.clone(),
        })
    }

    /// Takes up again an appointment that was left, so that it can be read.
    pub(in crate::execute) fn resume(&mut self, known: &Known, state: Fixture, read: ExchangeId) {
        self.live = Some(Live {
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

    /// Records an exchange that a client of its own had, and gives its id in the lane.
    pub(in crate::execute) fn adopt(&mut self, mut exchange: Exchange) -> ExchangeId {
        let id = u32::try_from(self.exchanges.len()).unwrap_or(u32::MAX);
        exchange.id = id;
        exchange.lane = self.lane;
        self.exchanges.push(exchange);
        self.sent_for.extend(self.present.map(|case| (id, case)));
        self.session.progress.request_done();
        id
    }

    pub(in crate::execute) fn live_read(&self) -> Option<ExchangeId> {
        self.live.as_ref().map(|live| live.read)
    }

    pub(super) fn status(&self) -> Option<AppointmentStatus> {
        self.live.as_ref().and_then(|live| live.status)
    }

    pub(in crate::execute) fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    pub(in crate::execute) fn exchange(&self, id: ExchangeId) -> &Exchange {
        &self.exchanges[id as usize]
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
        let id = self.send(outgoing.clone(), purpose, Some(appointment.clone())).await?;
        let overloaded = self.exchange(id).status().is_some_and(|status| matches!(status.get(), 429 | 503));
        let pause = overloaded.then(|| pause(&self.exchange(id).answer)).flatten();
        let Some(pause) = pause else { return Ok(id) };
        tokio::time::sleep(pause).await;
        let after = self.read_keeping_tag().await?;
        if !self.same(before, Some(after)) {
            return Ok(id);
        }
        self.send_once(&outgoing, purpose, Some(appointment), 2).await
    }

    /// Sends a request and records it. Reads that meet a passing outage are repeated, writes never are.
    pub(super) async fn send(
        &mut self,
        outgoing: Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
    ) -> Result<ExchangeId, Halt> {
        /// How often a read is sent at most.
        const MOST: u32 = 3;
        let mut attempt = 1;
        loop {
            let id = self.send_once(&outgoing, purpose, appointment.clone(), attempt).await?;
            let again = outgoing.method == "GET" && purpose == Purpose::Read && attempt < MOST;
            let pause = again.then(|| pause(&self.exchange(id).answer)).flatten();
            let Some(pause) = pause else { return Ok(id) };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    pub(super) async fn send_once(
        &mut self,
        outgoing: &Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
        attempt: u32,
    ) -> Result<ExchangeId, Halt> {
        if !self.session.may_send() {
            return Err(Halt::Stopped);
        }
        let at = jiff::Timestamp::now();
        let begin = Instant::now();
        let answer = self.session.client.send(outgoing).await;
        let end = Instant::now();
        let answer = self.session.secrets.in_answer(answer);
        let micros = |instant: Instant| {
            u64::try_from(instant.duration_since(self.session.begin).as_micros()).unwrap_or(u64::MAX)
        };
        let id = u32::try_from(self.exchanges.len()).unwrap_or(u32::MAX);
        self.exchanges.push(Exchange {
            id,
            lane: self.lane,
            purpose,
            appointment,
            at: format!("{at:.3}"),
            begin_us: micros(begin),
            end_us: micros(end),
            attempt,
            request: Sent {
                method: outgoing.method.clone(),
                url: self.session.secrets.mask(&outgoing.url),
                headers: self.session.secrets.in_headers(&outgoing.headers, &self.session.headers),
                body: self
                    .session
                    .secrets
                    .in_payload(outgoing.body.clone().map_or(Payload::Empty, crate::execute::client::payload)),
            },
            answer,
        });
        self.sent_for.extend(self.present.map(|case| (id, case)));
        self.session.progress.request_done();
        if self.session.is_stopped() && attempt > 1 {
            return Err(Halt::Stopped);
        }
        Ok(id)
    }
}

/// How long to wait before a read is sent again; `None` where its answer stands.
pub(super) fn pause(answer: &Answer) -> Option<Duration> {
    /// A target may ask for longer, but a run does not stand still for it.
    const LONGEST: Duration = Duration::from_secs(10);
    match answer {
        Answer::Lost(lost) if lost.kind == LostKind::Broken => Some(Duration::ZERO),
        Answer::Lost(_) => None,
        Answer::Received(received) if matches!(received.status.get(), 429 | 502 | 503 | 504) => {
            let asked = received.header("retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
            Some(asked.unwrap_or(Duration::from_millis(200)).min(LONGEST))
        }
        Answer::Received(_) => None,
    }
}

/// The opaque part of a tag, or the whole text where it is not a tag.
pub(super) fn opaque(tag: &str) -> &str {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(tag)
}

/// How many slots a document names.
pub(super) fn slots_named(document: &str) -> usize {
    if document.contains("$slot-2") { 2 } else { usize::from(document.contains("$slot")) }
}
