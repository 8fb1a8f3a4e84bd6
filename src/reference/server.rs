//! All a request handler needs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::delay::Delay;
use super::front::Front;
use super::store::Store;
use super::terms::Terms;
use super::traffic::Traffic;

/// All a request handler needs.
#[derive(Debug)]
pub(super) struct ReferenceServer {
    pub(super) terms: Terms,
    pub(super) delay: Delay,
    /// The FHIR service base, without a slash at the end.
    pub(super) base_url: String,
    pub(super) store: Mutex<Store>,
    /// The PATCH requests under way.
    pub(super) traffic: Traffic,
    /// The bearer token that was issued; nobody has to show one where absent.
    pub(super) token: Option<String>,
    /// What stands in front.
    pub(super) front: Front,
}

impl ReferenceServer {
    /// The store. A handler that panicked while it held the lock must not take the server down with it.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
