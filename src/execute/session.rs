//! What all lanes of a run share: the client, the clocks, the budget and the fixtures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use super::client::Client;
use super::pool::Pool;
use super::secrets::Secrets;
use super::{Options, Progress, RunError};
use crate::plan::Plan;
use crate::sut::Profile;

/// The run goes on.
pub(super) const RUNNING: u8 = 0;
/// The user stopped it.
pub(super) const INTERRUPTED: u8 = 1;
/// No request is left in the budget.
pub(super) const SPENT: u8 = 2;
/// The deadline passed.
pub(super) const LATE: u8 = 3;

/// What the lanes share.
pub(super) struct Session {
    pub plan: Arc<Plan>,
    pub client: Client,
    pub base_url: String,
    pub headers: Vec<(String, String)>,
    pub secrets: Secrets,
    pub pool: Pool,
    pub progress: Arc<dyn Progress>,
    pub begin: Instant,
    pub stopped: AtomicU8,
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
        progress: Arc<dyn Progress>,
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
            stopped: AtomicU8::new(RUNNING),
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
        let why = if *self.interrupted.borrow() {
            INTERRUPTED
        } else if Instant::now() >= self.deadline {
            LATE
        } else if self.requests.fetch_add(1, Ordering::Relaxed) >= self.max_requests {
            SPENT
        } else {
            return true;
        };
        let _ = self.stopped.compare_exchange(RUNNING, why, Ordering::Relaxed, Ordering::Relaxed);
        false
    }

    /// Why the run has to stop, where it has to.
    pub fn why_stopped(&self) -> &'static str {
        match self.stopped.load(Ordering::Relaxed) {
            SPENT => "the request budget (--max-requests) was spent",
            LATE => "the deadline of the run passed",
            _ if *self.interrupted.borrow() => "the run was interrupted",
            INTERRUPTED => "the run was interrupted",
            _ => "the run ended",
        }
    }

    /// Whether the run has to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) != RUNNING || *self.interrupted.borrow()
    }
}
