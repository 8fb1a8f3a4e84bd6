//! The pace of a run: says of every request whether it may go.

mod limits;
mod rate;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

pub use limits::PaceLimits;
pub use rate::RateHistory;

use super::evidence::Reply;
use super::retry_after::asked;
use rate::{Rate, Reception};

/// The pace that a run took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaceTaken {
    pub limits: PaceLimits,
    pub history: RateHistory,
    /// The rate at the end, in requests per second.
    pub last: Option<f64>,
}

/// The pace of a run.
#[derive(Debug)]
pub(super) struct Pacer {
    limits: PaceLimits,
    begin: Instant,
    rate: Mutex<Rate>,
    /// No rate is in force, and nobody has to ask.
    is_free: AtomicBool,
    room: Option<Arc<Semaphore>>,
}

impl Pacer {
    pub fn new(limits: PaceLimits) -> Pacer {
        Pacer {
            limits,
            begin: Instant::now(),
            rate: Mutex::new(Rate::new(limits.rate)),
            is_free: AtomicBool::new(limits.rate.is_none()),
            room: limits.in_flight.map(|most| Arc::new(Semaphore::new(usize::from(most.max(1))))),
        }
    }

    /// The pace that was taken so far.
    pub fn taken(&self) -> PaceTaken {
        let rate = self.rate();
        PaceTaken { limits: self.limits, history: rate.history(), last: rate.per_second() }
    }

    /// Asks whether so many requests may go together now. `None`: they may, and are counted. Else the time after which to ask
    /// again.
    pub fn ask(&self, requests: u32) -> Option<Duration> {
        if self.is_free.load(Ordering::Acquire) {
            return None;
        }
        self.rate().ask(self.begin.elapsed(), requests)
    }

    /// Where there is room for requests under way, where that is bound.
    pub fn room(&self) -> Option<Arc<Semaphore>> {
        self.room.clone()
    }

    /// Whether so many clients can have their requests under way together.
    ///
    /// # Errors
    /// The limit of requests under way leaves no room for them.
    pub fn check_room(&self, clients: usize) -> Result<(), String> {
        match self.limits.in_flight {
            Some(most) if usize::from(most) < clients => Err(format!(
                "the race needs {clients} requests under way together: expected a limit (in-flight) of at least \
                 {clients}, found {most}"
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes in how a request fared that was sent at an instant, alone or together with others.
    pub fn note(&self, sent: Instant, reply: &Reply, together: bool) {
        let reception = reception(reply, together);
        let mut rate = self.rate();
        rate.hear(self.begin.elapsed(), sent.saturating_duration_since(self.begin), reception);
        self.is_free.store(rate.per_second().is_none(), Ordering::Release);
    }

    fn rate(&self) -> MutexGuard<'_, Rate> {
        self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reception(reply: &Reply, together: bool) -> Reception {
    let Reply::Received(received) = reply else { return Reception::Served };
    match (received.status.get(), asked(received)) {
        (429, time) if together => Reception::Crowded(time),
        (429, time) => Reception::Throttled(time),
        (503, Some(time)) => Reception::Unavailable(time),
        _ => Reception::Served,
    }
}
