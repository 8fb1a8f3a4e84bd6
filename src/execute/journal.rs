//! What a run makes and writes to, noted before a request leaves and right after its response.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::client::Outgoing;
use super::creation::made_id;
use super::evidence::{LostKind, Purpose, Reply};
use super::options::Options;
use crate::sut::Ledger;

/// The notes of a run, in memory and, where there is one, in a ledger.
pub(super) struct Journal {
    ledger: Option<Arc<Ledger>>,
    /// What was made is cancelled at the end.
    pub cleans_up: bool,
    /// Ids of what was made, in order.
    made: Mutex<Vec<String>>,
    asks: AtomicU64,
    /// Requests that make appointments and were under way when the run had to end.
    under_way: Mutex<Vec<JoinHandle<Reply>>>,
}

impl Journal {
    pub fn new(options: &Options) -> Journal {
        Journal {
            ledger: options.ledger.clone(),
            cleans_up: options.clean_up,
            made: Mutex::default(),
            asks: AtomicU64::new(0),
            under_way: Mutex::default(),
        }
    }

    /// Notes what a request is about to make or to change; gives the number of a request that makes an appointment.
    ///
    /// # Errors
    /// It cannot be noted, and the request must not leave.
    pub fn before(
        &self,
        outgoing: &Outgoing,
        purpose: Purpose,
        appointment: Option<&str>,
    ) -> Result<Option<u64>, String> {
        let failed = |cause| format!("the request was not sent: the ledger cannot be written: {cause}");
        let writes = !matches!(outgoing.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        match (&self.ledger, appointment) {
            (ledger, _) if purpose == Purpose::Create => {
                let ask = self.asks.fetch_add(1, Ordering::Relaxed);
                if let Some(ledger) = ledger {
                    let body: Option<serde_json::Value> =
                        outgoing.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
                    let text = |place: &str| Some(body.as_ref()?.pointer(place)?.as_str()?.to_owned());
                    ledger.asked(ask, text("/status"), text("/slot/0/reference")).map_err(failed)?;
                }
                Ok(Some(ask))
            }
            (Some(ledger), Some(id)) if writes => ledger.before_write(id).map(|()| None).map_err(failed),
            _ => Ok(None),
        }
    }

    /// Notes what came of a request that makes an appointment. Where nobody knows, nothing is noted.
    pub fn after(&self, ask: u64, reply: &Reply) {
        match reply {
            Reply::Received(received) if received.status.is_success() => {
                let Some(id) = made_id(received) else { return };
                if let Some(ledger) = &self.ledger {
                    // The request itself stands in the ledger already.
                    let _ = ledger.made(ask, id.as_str());
                }
                self.lock().push(id.to_string());
            }
            Reply::Received(received) if received.status.is_client_error() => self.rejected(ask),
            Reply::Lost(lost) if lost.kind == LostKind::NotConnected => self.rejected(ask),
            Reply::Received(_) | Reply::Lost(_) => {}
        }
    }

    fn rejected(&self, ask: u64) {
        if let Some(ledger) = &self.ledger {
            let _ = ledger.rejected(ask);
        }
    }

    /// Takes over a request that makes an appointment, for whose response the run cannot wait.
    pub fn wait_for(&self, sending: JoinHandle<Reply>) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).push(sending);
    }

    /// Whether something was made, or may have been.
    pub fn has_made(&self) -> bool {
        !self.lock().is_empty() || !self.under_way.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Waits, for `longest` at most, for the responses that the run did not wait for.
    pub async fn settle(&self, longest: Duration) {
        let under_way = std::mem::take(&mut *self.under_way.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async {
            for sending in under_way {
                let _ = sending.await;
            }
        };
        let _ = tokio::time::timeout(longest, all).await;
    }

    /// What was made, in order.
    pub fn made(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// Where what becomes of appointments is noted.
    pub fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_deref()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
