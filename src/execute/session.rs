//! What all lanes of a run share: the client, the clocks, the budget and the fixtures.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::client::Client;
use super::evidence::NotRunKind;
use super::options::{Options, ProgressListener, RunError};
use super::pool::Pool;
use super::secrets::Secrets;
use crate::plan::Plan;
use crate::sut::Profile;

/// Why a run stops before its plan is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopReason {
    /// The user stopped it.
    Interrupted,
    /// No request is left in the budget.
    RequestsSpent,
    /// The deadline passed.
    DeadlinePassed,
    /// As many bytes of bodies are kept as a run keeps.
    BodiesFull,
    /// The plain documented PATCH, sent before anything else, was not accepted.
    NotAccepted,
}

impl StopReason {
    /// What happened, as a clause that names the limit.
    pub const fn text(self) -> &'static str {
        match self {
            StopReason::Interrupted => "the run was interrupted",
            StopReason::RequestsSpent => "the request budget (--max-requests) was spent",
            StopReason::DeadlinePassed => "the deadline of the run passed",
            StopReason::BodiesFull => "the response bodies reached the most that patchproof keeps of a run (512 MiB)",
            StopReason::NotAccepted => "no PATCH was accepted",
        }
    }

    /// What it says of a case that was not run.
    pub const fn kind(self) -> NotRunKind {
        match self {
            StopReason::Interrupted => NotRunKind::Interrupted,
            StopReason::RequestsSpent | StopReason::DeadlinePassed | StopReason::BodiesFull => NotRunKind::Limit,
            StopReason::NotAccepted => NotRunKind::NotAccepted,
        }
    }
}

/// What the lanes share.
pub(super) struct Session {
    pub plan: Arc<Plan>,
    pub client: Client,
    pub base_url: String,
    pub headers: Vec<(String, String)>,
    pub secrets: Secrets,
    pub pool: Pool,
    pub progress: Arc<dyn ProgressListener>,
    pub begin: Instant,
    /// Set once, by whoever first sees that the run has to stop.
    stopped: OnceLock<StopReason>,
    /// What became of the first PATCH, where it was not accepted: the headline of the run.
    headline: OnceLock<String>,
    /// Waits in a row that were in vain.
    vain: AtomicU32,
    deadline: Instant,
    requests: AtomicU64,
    max_requests: u64,
    interrupted: tokio::sync::watch::Receiver<bool>,
}

impl Session {
    pub fn new(
        plan: Arc<Plan>,
        profile: &Profile,
        options: &Options,
        progress: Arc<dyn ProgressListener>,
        interrupted: tokio::sync::watch::Receiver<bool>,
    ) -> Result<Session, RunError> {
        let begin = Instant::now();
        Ok(Session {
            client: Client::new(&profile.base_url, options.limits).map_err(RunError::Client)?,
            base_url: profile.base_url.clone(),
            headers: profile.headers.clone(),
            secrets: Secrets::of(&profile.headers),
            pool: Pool::new(profile, plan.edition),
            plan,
            progress,
            begin,
            stopped: OnceLock::new(),
            headline: OnceLock::new(),
            vain: AtomicU32::new(0),
            deadline: begin + options.deadline,
            requests: AtomicU64::new(0),
            max_requests: options.max_requests.unwrap_or(u64::MAX),
            interrupted,
        })
    }

    /// Whether it is worth while to wait for a read to catch up with a write. A target whose reads never did is not slow
    /// but wrong, and waiting for each of them would make a run of a second take a minute.
    pub fn is_patient(&self) -> bool {
        const MOST_IN_VAIN: u32 = 3;
        self.vain.load(Ordering::Relaxed) < MOST_IN_VAIN
    }

    /// A read was waited for; `in_vain` where it did not catch up.
    pub fn has_waited(&self, in_vain: bool) {
        if in_vain {
            self.vain.fetch_add(1, Ordering::Relaxed);
        } else {
            self.vain.store(0, Ordering::Relaxed);
        }
    }

    /// Takes one request from the budget; `false` where the run has to stop.
    pub fn may_send(&self) -> bool {
        let reason = if *self.interrupted.borrow() {
            StopReason::Interrupted
        } else if self.stopped.get() == Some(&StopReason::NotAccepted) {
            return false;
        } else if Instant::now() >= self.deadline {
            StopReason::DeadlinePassed
        } else if self.client.is_full() {
            StopReason::BodiesFull
        } else if self.requests.fetch_add(1, Ordering::Relaxed) >= self.max_requests {
            StopReason::RequestsSpent
        } else {
            return true;
        };
        let _ = self.stopped.set(reason);
        false
    }

    /// Where requests go, and what each of them carries.
    pub(super) fn door(&self) -> super::request::Door<'_> {
        super::request::Door { base_url: &self.base_url, headers: &self.headers }
    }

    /// Why the run has to stop, where it has to.
    pub fn stop_reason(&self) -> Option<StopReason> {
        let interrupted = self.interrupted.borrow().then_some(StopReason::Interrupted);
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

    /// [`Session::stop_reason`] in words.
    pub fn why_stopped(&self) -> &str {
        match (self.stop_reason(), self.headline()) {
            (Some(StopReason::NotAccepted), Some(headline)) => headline,
            (Some(reason), _) => reason.text(),
            (None, _) => "the run ended",
        }
    }

    /// Whether the run has to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop_reason().is_some()
    }
}
