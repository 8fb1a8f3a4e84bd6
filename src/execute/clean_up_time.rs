//! When a clean-up has to be done: after its longest, and soon after a signal to end.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::options::StopReceiver;

/// What a clean-up has from a signal on.
const AFTER_SIGNAL: Duration = Duration::from_secs(30);

/// When the clean-up of a run has to be done.
#[derive(Default)]
pub(super) struct CleanUpTime {
    /// Without a signal; none before it begins.
    end: OnceLock<Instant>,
    /// When it first saw the signal.
    told: OnceLock<Instant>,
}

impl CleanUpTime {
    /// It begins, and may take so long.
    pub fn begin(&self, longest: Duration) {
        let _ = self.end.set(Instant::now() + longest);
    }

    /// When it has to be done; none before it begins.
    pub fn end(&self, stop: &StopReceiver) -> Option<Instant> {
        let end = *self.end.get()?;
        let is_told = stop.borrow().is_some();
        let told = is_told.then(|| *self.told.get_or_init(Instant::now) + AFTER_SIGNAL);
        Some(told.map_or(end, |told| told.min(end)))
    }

    /// Comes back when no time is left; at once before it begins.
    pub async fn ended(&self, mut stop: StopReceiver) {
        loop {
            let Some(end) = self.end(&stop) else { return };
            let is_told = stop.borrow().is_some();
            let told = async {
                if is_told || stop.wait_for(Option::is_some).await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = told => {}
                () = tokio::time::sleep_until(end.into()) => return,
            }
        }
    }
}
