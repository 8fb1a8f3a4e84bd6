//! What all lanes of a run share: the client, the clocks, the budget and the fixtures.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::clean_up_time::CleanUpTime;
use super::client::{Certificates, Client};
use super::clock::Clock;
use super::evidence::{Exchange, Moving, NotRunKind, Response};
use super::gate::ExitGate;
use super::halt::Halt;
use super::journal::Journal;
use super::last_sent::LastSent;
use super::options::{Options, ProgressListener, RunError, StopReceiver};
use super::pace::Pacer;
use super::pool::Pool;
use super::secrets::Secrets;
use super::tokens::Tokens;
use super::words::reason;
use crate::plan::Plan;
use crate::sut::{Profile, Redact};
use crate::words::trace;

/// Why a run stops before its plan is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopReason {
    /// The user stopped it.
    Interrupted,
    /// No request is left in the budget.
    RequestsSpent,
    /// The deadline passed.
    DeadlinePassed,
    /// As many bytes are kept as a run keeps.
    Full,
    /// The plain documented PATCH, sent before anything else, was not accepted.
    NotAccepted,
    /// Not one appointment could be had.
    ShutOut,
    /// The target stopped responding.
    Gone,
    /// The target no longer accepts the credentials of the run.
    Denied,
}

impl StopReason {
    /// What happened, as a clause that names the limit.
    pub const fn text(self) -> &'static str {
        match self {
            StopReason::Interrupted => "the run was interrupted",
            StopReason::RequestsSpent => "the request budget (--max-requests) was spent",
            StopReason::DeadlinePassed => "the deadline of the run passed",
            StopReason::Full => "the requests and responses reached the most that patchproof keeps of a run (128 MiB)",
            StopReason::NotAccepted => "no PATCH was accepted",
            StopReason::ShutOut => "no appointment could be had",
            StopReason::Gone => "the target stopped responding",
            StopReason::Denied => "the target no longer accepts the credentials of the run",
        }
    }

    /// What it says of a case that was not run.
    pub const fn kind(self) -> NotRunKind {
        match self {
            StopReason::Interrupted => NotRunKind::Interrupted,
            StopReason::RequestsSpent | StopReason::DeadlinePassed | StopReason::Full => NotRunKind::Limit,
            StopReason::NotAccepted => NotRunKind::NotAccepted,
            StopReason::ShutOut => NotRunKind::ShutOut,
            StopReason::Gone => NotRunKind::Gone,
            StopReason::Denied => NotRunKind::Denied,
        }
    }

    /// Whether it is a state of the target, which another sentence describes.
    pub const fn is_of_target(self) -> bool {
        match self {
            StopReason::NotAccepted | StopReason::ShutOut | StopReason::Gone | StopReason::Denied => true,
            StopReason::Interrupted | StopReason::RequestsSpent | StopReason::DeadlinePassed | StopReason::Full => {
                false
            }
        }
    }
}

/// What the lanes share.
pub(super) struct Session {
    pub plan: Arc<Plan>,
    pub client: Client,
    pub base_url: String,
    /// Another endpoint, which takes no writes.
    open_endpoint: Option<String>,
    pub headers: Vec<(String, String)>,
    secrets: Mutex<Arc<Secrets>>,
    pub tokens: Tokens,
    pub gate: ExitGate,
    pub pool: Pool,
    pub progress: Arc<dyn ProgressListener>,
    pub clock: Clock,
    pub journal: Journal,
    /// When the clean-up has to be done, once it has begun.
    clean_up: CleanUpTime,
    pub pace: Pacer,
    /// The first half of the trace ids of the run.
    trace_prefix: String,
    /// Requests that got a trace id.
    traced: AtomicU64,
    /// Set once, by whoever first sees that the run has to stop.
    stopped: OnceLock<StopReason>,
    /// What became of the first PATCH, where it was not accepted: the headline of the run.
    headline: OnceLock<String>,
    /// Why the target leads no further, where that stopped the run.
    dead_end: OnceLock<String>,
    /// What was sent last to the base URL.
    pub last_sent: LastSent,
    /// Held by whoever looks whether the target still responds.
    pub look_out: tokio::sync::Mutex<()>,
    /// An appointment to which nothing is sent, where one could be made for that.
    pub bystander: tokio::sync::OnceCell<Option<String>>,
    /// What was seen to move by itself.
    moving: Mutex<Moving>,
    /// Waits in a row that were in vain.
    vain: AtomicU32,
    /// One request changed one appointment after another beyond what it may.
    changes: AtomicBool,
    /// What the target says may be repeated: nothing of it is protected.
    quotes: bool,
    deadline: Instant,
    requests: AtomicU64,
    max_requests: u64,
    /// What whoever started the run sends to end it.
    stop: StopReceiver,
}

impl Session {
    pub fn new(
        plan: Arc<Plan>,
        profile: &Profile,
        options: &Options,
        progress: Arc<dyn ProgressListener>,
        stop: StopReceiver,
    ) -> Result<Session, RunError> {
        let (clock, begin) = (Clock::start(), Instant::now());
        // What is sent and judged has names that stand in no file: those of the cases that a family makes.
        let names = plan.cases.iter().map(|case| case.head.id.to_string()).collect::<Vec<_>>().join("\n");
        let mut written = options.written.clone();
        written.insert("plan".to_owned(), names);
        let certificates = Certificates::read(&profile.tls).map_err(RunError::Client)?;
        Ok(Session {
            client: Client::new(&profile.base_url, options.limits, certificates).map_err(RunError::Client)?,
            base_url: profile.base_url.clone(),
            open_endpoint: profile.open_endpoint.clone(),
            headers: profile.lines(),
            secrets: Mutex::new(Arc::new(Secrets::of(&profile.headers, &profile.from_environment, &written))),
            tokens: Tokens::of(profile),
            gate: ExitGate::new(profile),
            pool: Pool::new(profile, plan.edition),
            plan,
            progress,
            trace_prefix: trace::prefix(&clock.began(), &profile.base_url),
            traced: AtomicU64::new(0),
            clock,
            journal: Journal::new(options),
            clean_up: CleanUpTime::default(),
            pace: Pacer::new(options.pace),
            stopped: OnceLock::new(),
            headline: OnceLock::new(),
            dead_end: OnceLock::new(),
            last_sent: LastSent::default(),
            look_out: tokio::sync::Mutex::default(),
            bystander: tokio::sync::OnceCell::new(),
            moving: Mutex::default(),
            vain: AtomicU32::new(0),
            changes: AtomicBool::new(false),
            quotes: profile.redaction() == Redact::None,
            deadline: begin + options.deadline,
            requests: AtomicU64::new(0),
            max_requests: options.max_requests.unwrap_or(u64::MAX),
            stop,
        })
    }

    /// What is masked.
    pub fn secrets(&self) -> Arc<Secrets> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes in secrets that came during the run: from now on they are masked.
    pub fn learn(&self, secrets: impl IntoIterator<Item = String>) {
        let mut known = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(more) = known.with(secrets) {
            *known = Arc::new(more);
        }
    }

    /// The trace id of the request that is sent next.
    pub fn next_trace(&self) -> String {
        trace::id(&self.trace_prefix, self.traced.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether it is worth while to wait for a read to catch up with a write. A target whose reads never did is not slow
    /// but wrong, and waiting for each of them would make a run of a second take a minute.
    pub fn is_patient(&self) -> bool {
        const MOST_IN_VAIN: u32 = 3;
        self.vain.load(Ordering::Relaxed) < MOST_IN_VAIN
    }

    /// Takes in what differs between two reads with no write in between.
    pub fn notice(&self, before: &Exchange, after: &Exchange) {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner).add(before, after);
    }

    /// Whether two resources are the same, apart from what moves by itself.
    pub fn same(&self, before: &Value, after: &Value) -> bool {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner).differences(before, after).is_empty()
    }

    /// A read was waited for; `in_vain` where it did not catch up.
    pub fn has_waited(&self, in_vain: bool) {
        if in_vain {
            self.vain.fetch_add(1, Ordering::Relaxed);
        } else {
            self.vain.store(0, Ordering::Relaxed);
        }
    }

    /// One request was followed, on one appointment after another, by a version that it must not make. A target that does
    /// this does it often, and one such request is enough to know it: others are not sent again for it.
    pub fn note_change(&self) {
        self.changes.store(true, Ordering::Relaxed);
    }

    /// Whether the target is known to change appointments beyond what requests may.
    pub fn is_known_to_change(&self) -> bool {
        self.changes.load(Ordering::Relaxed)
    }

    /// Takes one request from the budget; `false` where the run has to stop.
    pub fn may_send(&self) -> bool {
        if let Some(end) = self.clean_up.end(&self.stop) {
            self.requests.fetch_add(1, Ordering::Relaxed);
            return Instant::now() < end && self.stop_reason() != Some(StopReason::Denied);
        }
        let reason = if self.stop.borrow().is_some() {
            StopReason::Interrupted
        } else if self.stopped.get().is_some_and(|reason| reason.is_of_target()) {
            return false;
        } else if Instant::now() >= self.deadline {
            StopReason::DeadlinePassed
        } else if self.client.is_full() {
            StopReason::Full
        } else if self.requests.fetch_add(1, Ordering::Relaxed) >= self.max_requests {
            StopReason::RequestsSpent
        } else {
            return true;
        };
        let _ = self.stopped.set(reason);
        false
    }

    /// Comes back when the run has to end at once: whoever started it says so, or the deadline has passed.
    pub async fn ended(&self) {
        if self.clean_up.end(&self.stop).is_some() {
            return self.clean_up.ended(self.stop.clone()).await;
        }
        let mut stop = self.stop.clone();
        let told = async {
            if stop.wait_for(Option::is_some).await.is_err() {
                // Nobody is left who could say so.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = told => {}
            () = tokio::time::sleep_until(self.deadline.into()) => {
                let _ = self.stopped.set(StopReason::DeadlinePassed);
            }
        }
    }

    /// From now on, only what was made is cleaned up: the limits of the run no longer count, but `longest` does, and 30
    /// seconds from a signal on.
    pub fn begin_clean_up(&self, longest: Duration) {
        self.clean_up.begin(longest);
    }

    /// Waits.
    ///
    /// # Errors
    /// The run had to end meanwhile.
    pub async fn pause(&self, time: Duration) -> Result<(), Halt> {
        tokio::select! {
            () = self.ended() => Err(Halt::Stopped),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }

    /// Waits until so many requests may go together.
    ///
    /// # Errors
    /// The run had to end meanwhile.
    pub async fn take_turn(&self, requests: u32) -> Result<(), Halt> {
        while let Some(wait) = self.pace.ask(requests) {
            self.pause(wait).await?;
        }
        Ok(())
    }

    /// Waits until there is room for one more request under way; what is given is held as long as it is.
    ///
    /// # Errors
    /// The run had to end meanwhile.
    pub async fn take_room(&self) -> Result<Option<OwnedSemaphorePermit>, Halt> {
        let Some(room) = self.pace.room() else { return Ok(None) };
        tokio::select! {
            // It is never closed.
            room = room.acquire_owned() => Ok(room.ok()),
            () = self.ended() => Err(Halt::Stopped),
        }
    }

    /// Whether what the target says may be repeated: nothing of it is protected.
    pub fn quotes(&self) -> bool {
        self.quotes
    }

    /// A status code, with what the target says about it where that may be repeated.
    pub fn status_and_reason(&self, received: Option<&Response>) -> String {
        let Some(received) = received else { return "no response".to_owned() };
        let status = received.status;
        match reason(received).filter(|_| !status.is_success()) {
            None => status.to_string(),
            Some(said) if self.quotes => format!("{status} ({said})"),
            Some(_) => format!("{status} (--redact none shows what the target says)"),
        }
    }

    /// Where requests go, and what each of them carries.
    pub(super) fn door(&self) -> super::request::Door<'_> {
        super::request::Door {
            base_url: &self.base_url,
            open_endpoint: self.open_endpoint.as_deref(),
            slot_trouble: self.pool.slot_trouble(),
            headers: &self.headers,
            gate: &self.gate,
        }
    }

    /// Why the run has to stop, where it has to.
    pub fn stop_reason(&self) -> Option<StopReason> {
        let interrupted = self.stop.borrow().map(|_| StopReason::Interrupted);
        self.stopped.get().copied().or(interrupted)
    }

    /// Notes that the plain PATCH was not accepted, and what came instead; what was said first stands.
    pub fn set_headline(&self, headline: String) {
        let _ = self.headline.set(headline);
    }

    /// What became of the first PATCH, where it was not accepted.
    pub fn headline(&self) -> Option<&str> {
        self.headline.get().map(String::as_str)
    }

    /// Ends a run whose first PATCH was not accepted: whatever else could be sent presupposes it.
    pub fn stop_not_accepted(&self) {
        let _ = self.stopped.set(StopReason::NotAccepted);
    }

    /// Ends a run that leads no further; the sentence says why. What stopped it first stands.
    pub fn stop_at_dead_end(&self, reason: StopReason, sentence: String) {
        if self.stopped.get().is_none() && self.dead_end.set(sentence).is_ok() {
            let _ = self.stopped.set(reason);
        }
    }

    /// [`Session::stop_reason`] in words.
    pub fn why_stopped(&self) -> &str {
        let sentence = match self.stop_reason() {
            Some(StopReason::NotAccepted) => self.headline(),
            Some(StopReason::ShutOut | StopReason::Gone | StopReason::Denied) => {
                self.dead_end.get().map(String::as_str)
            }
            Some(
                StopReason::Interrupted | StopReason::RequestsSpent | StopReason::DeadlinePassed | StopReason::Full,
            )
            | None => None,
        };
        sentence.unwrap_or_else(|| self.stop_reason().map_or("the run ended", StopReason::text))
    }

    /// As [`Session::why_stopped`], for what was sent before: a word is enough where the sentence heads the report.
    pub fn why_halted(&self) -> &str {
        match self.stop_reason() {
            Some(reason @ (StopReason::Gone | StopReason::Denied)) => reason.text(),
            Some(_) | None => self.why_stopped(),
        }
    }

    /// Whether header lines carry the credentials of the run, all of them and no others.
    pub fn are_credentials_of_the_run(&self, lines: &[(String, String)]) -> bool {
        let credentials = |lines: &[(String, String)]| -> Vec<(String, String)> {
            let of = |(name, value): &(String, String)| Some((name.to_ascii_lowercase(), value.clone()));
            lines.iter().filter_map(of).filter(|(name, _)| names_credentials(name)).collect()
        };
        let configured = credentials(&self.headers);
        !configured.is_empty() && credentials(lines) == configured
    }

    /// Whether the run has to stop.
    pub fn is_stopped(&self) -> bool {
        match self.clean_up.end(&self.stop) {
            Some(end) => Instant::now() >= end || self.stop_reason() == Some(StopReason::Denied),
            None => self.stop_reason().is_some(),
        }
    }
}

/// Whether a header, in lower case, says who asks.
fn names_credentials(name: &str) -> bool {
    matches!(name, "authorization" | "cookie")
        || ["key", "token", "auth", "secret"].iter().any(|part| name.contains(part))
}
