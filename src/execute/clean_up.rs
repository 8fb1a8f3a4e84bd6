//! Cancels what a run made, where the contract allows it.

use std::sync::Arc;
use std::time::Duration;

use super::appointment::Appointment;
use super::evidence::{Evidence, ExchangeId, FixtureUse, Purpose};
use super::halt::Halt;
use super::lane::Driver;
use super::options::{Options, ProgressListener, RunError, StopReceiver};
use super::panics::caught;
use super::session::{Session, StopReason};
use super::{StartedRun, preflight, request};
use crate::plan::{KnownTag, Plan, Precondition, RequestTemplate};
use crate::suite::scenario::Fixture;
use crate::sut::{FixtureEnd, Profile};
use crate::words::fhir::{AppointmentStatus, StatusCode};

/// The longest clean-up at the end of a run that nobody interrupts.
const LONGEST: Duration = Duration::from_secs(300);

/// How long the clean-up waits for responses that say what was made.
const UNDER_WAY: Duration = Duration::from_secs(5);

/// What became of an appointment that a run made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanedUp {
    pub id: String,
    pub end: FixtureEnd,
    /// The status last read.
    pub status: Option<String>,
    /// What was in the way, in words.
    pub why: Option<String>,
}

impl StartedRun {
    /// Whether something was made that is to be cancelled. A target that is gone or lets nobody in is not asked.
    pub fn leaves_something(&self) -> bool {
        let journal = &self.session.journal;
        let is_shut = matches!(self.session.stop_reason(), Some(StopReason::Gone | StopReason::Denied));
        journal.cleans_up && !is_shut && journal.has_made()
    }

    /// Cancels what was made, and adds what was sent for it, and what became of it, to the evidence.
    pub async fn clean_up(&self, evidence: &mut Evidence, jobs: usize) {
        let session = &self.session;
        session.begin_clean_up(LONGEST);
        let lane = evidence.exchanges.iter().map(|exchange| exchange.lane).max().unwrap_or_default();
        session.journal.settle(UNDER_WAY).await;
        let made = session.journal.made();
        let (seen, cleaned) = all(session, made, lane.saturating_add(1), jobs).await;
        evidence.append(seen);
        for CleanedUp { id, end, status, .. } in cleaned {
            match evidence.fixtures.iter_mut().rev().find(|fixture| fixture.id == id) {
                Some(fixture) => {
                    fixture.end = Some(end);
                    fixture.left = status.or(fixture.left.take());
                }
                None => {
                    let start = Fixture::Booked;
                    evidence.fixtures.push(FixtureUse { id, start, made: true, left: status, end: Some(end) });
                }
            }
        }
    }
}

/// Cancels appointments that an earlier run made, whatever edition's plan this is.
///
/// # Errors
/// The target cannot be reached, is no FHIR server, or does not accept the credentials.
pub async fn clean_up(
    plan: Arc<Plan>,
    profile: &Profile,
    options: &Options,
    ids: Vec<String>,
    progress: Arc<dyn ProgressListener>,
    stop: StopReceiver,
) -> Result<Vec<CleanedUp>, RunError> {
    let session = Arc::new(Session::new(plan, profile, options, progress, stop)?);
    let mut first = Driver::new(session.clone(), 0);
    let looked = preflight::preflight(&mut first.holder.courier, &session.base_url, None).await;
    let masked = |error: RunError| error.map_texts(|text| session.secrets().mask(text));
    let rejected = |what: String| masked(RunError::Rejected { url: session.base_url.clone(), what });
    if let Some(sentence) = looked.map_err(masked)? {
        return Err(rejected(sentence));
    }
    session.begin_clean_up(options.deadline);
    let (_, cleaned) = all(&session, ids, 1, options.jobs).await;
    if session.stop_reason() == Some(StopReason::Denied) {
        return Err(rejected(session.why_stopped().to_owned()));
    }
    let cleaned =
        cleaned.into_iter().map(|one| CleanedUp { why: one.why.map(|why| session.secrets().mask(&why)), ..one });
    Ok(cleaned.collect())
}

/// Cancels appointments, several at a time, each worker in a lane of its own.
async fn all(session: &Arc<Session>, ids: Vec<String>, lane: u32, jobs: usize) -> (Evidence, Vec<CleanedUp>) {
    let workers = jobs.clamp(1, 16).min(ids.len().max(1));
    let mut shares: Vec<Vec<String>> = vec![Vec::new(); workers];
    for (number, id) in ids.into_iter().enumerate() {
        shares[number % workers].push(id);
    }
    let mut running = Vec::new();
    for (share, lane) in shares.into_iter().zip(lane..) {
        let session = session.clone();
        running.push(tokio::spawn(async move {
            let mut driver = Driver::new(session, lane);
            let mut cleaned = Vec::new();
            for id in share {
                let one = match caught(driver.cancel(&id)).await {
                    Ok(one) => one,
                    Err(reason) => CleanedUp { id, end: FixtureEnd::Failed, status: None, why: Some(reason) },
                };
                if let Some(ledger) = driver.session.journal.ledger() {
                    let _ = ledger.done(&one.id, one.end, one.status.as_deref());
                }
                cleaned.push(one);
            }
            (driver, cleaned)
        }));
    }
    let (mut evidence, mut cleaned) = (Evidence::default(), Vec::new());
    for worker in running {
        // A runtime that gives a worker up leaves what it had in the ledger.
        if let Ok((driver, more)) = worker.await {
            driver.finish(&mut evidence);
            cleaned.extend(more);
        }
    }
    (evidence, cleaned)
}

impl Driver {
    /// Cancels one appointment by documented requests.
    async fn cancel(&mut self, id: &str) -> CleanedUp {
        let mut appointment = Appointment::new(id, Fixture::Any);
        let ended = self.try_cancel(&mut appointment).await;
        let (end, why) = match ended {
            Ok(end) => (end, None),
            Err(Halt::Cannot(why)) => (FixtureEnd::Failed, Some(why)),
            Err(Halt::Stopped) if self.session.stop_reason() == Some(StopReason::Denied) => {
                (FixtureEnd::Failed, Some(self.session.why_stopped().to_owned()))
            }
            Err(Halt::Stopped) => (FixtureEnd::Failed, Some("there was no time left".to_owned())),
        };
        CleanedUp { id: id.to_owned(), end, status: appointment.status.map(|status| status.code().to_owned()), why }
    }

    async fn try_cancel(&mut self, appointment: &mut Appointment) -> Result<FixtureEnd, Halt> {
        /// Somebody else may write between a read and the write after it.
        const TURNS: usize = 3;
        let plan = self.session.plan.clone();
        let mut last = String::new();
        for turn in 0..TURNS {
            let read = self.look_up(appointment).await?;
            let Some(status) = appointment.status else {
                return match self.exchange(read).status().map(StatusCode::get) {
                    Some(404 | 410) => Ok(FixtureEnd::Gone),
                    Some(_) | None => {
                        let what = self.session.status_and_reason(self.exchange(read).received());
                        Err(Halt::Cannot(format!("GET /Appointment/{} gave {what}", appointment.id)))
                    }
                };
            };
            match status {
                AppointmentStatus::Cancelled if turn > 0 => return Ok(FixtureEnd::Cancelled),
                AppointmentStatus::Cancelled
                | AppointmentStatus::Fulfilled
                | AppointmentStatus::Noshow
                | AppointmentStatus::EnteredInError => return Ok(FixtureEnd::Final),
                AppointmentStatus::Proposed
                | AppointmentStatus::Pending
                | AppointmentStatus::Booked
                | AppointmentStatus::Arrived
                | AppointmentStatus::CheckedIn
                | AppointmentStatus::Waitlist => {}
            }
            let document = plan.routes.document(status, AppointmentStatus::Cancelled);
            let request = document.map(RequestTemplate::document).filter(|request| request.slots() == 0);
            let Some(request) = request else { return Ok(FixtureEnd::Kept) };
            if turn + 1 == TURNS {
                break;
            }
            last = self.send_cancellation(&request, appointment).await?;
        }
        Err(Halt::Cannot(last))
    }

    /// Reads an appointment.
    async fn look_up(&mut self, appointment: &mut Appointment) -> Result<ExchangeId, Halt> {
        let outgoing = self.read_of(&appointment.id);
        let read = self.send(outgoing, Purpose::CleanUp, Some(appointment.id.clone())).await?;
        appointment.status = None;
        appointment.see(self.exchange(read));
        appointment.see_version(self.exchange(read));
        Ok(read)
    }

    /// Sends the request that cancels an appointment; says what came of it, in words.
    async fn send_cancellation(
        &mut self,
        request: &RequestTemplate,
        appointment: &Appointment,
    ) -> Result<String, Halt> {
        let bindings = self.holder.bindings(appointment);
        let request = request.clone().with_if_match(Precondition::Tag(KnownTag::CurrentWhereShown));
        let filled = request::fill(&request, appointment, &bindings, self.session.door());
        let (outgoing, _) = filled.map_err(Halt::Cannot)?;
        let sent = self.send(outgoing, Purpose::CleanUp, Some(appointment.id.clone())).await?;
        let what = self.session.status_and_reason(self.exchange(sent).received());
        Ok(format!("PATCH /Appointment/{} gave {what}", appointment.id))
    }
}
