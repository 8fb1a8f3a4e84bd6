//! The reference server: `PATCH /Appointment/:id` as one edition documents it, in memory, with faults on request.
//!
//! It reads as a description of the contract. [`patch`] has the order of the checks; `command` judges a vendor's patch
//! document by the table in `scenarios/contract/commands.yaml`, and `rfc6902` applies one as the base specification has
//! it. It imports only the contract's tables and the words of FHIR, so that it and the harness can disagree.

mod appointment;
mod capability;
mod command;
mod create;
mod document;
mod effect;
mod fault;
mod json;
mod load;
mod negotiate;
mod patch;
mod precondition;
mod respond;
mod rfc6902;
mod routes;
mod search;
mod seed;
mod store;
#[cfg(test)]
mod tests;
mod validate;
mod value;

pub use fault::Fault;
pub use seed::{Seed, SeedAppointment, SeedKind};

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::contract::{self, Edition, PatchCommand, Transitions};

/// What to serve, and where.
#[derive(Debug, Clone)]
pub struct Config {
    pub edition: Edition,
    pub faults: Vec<Fault>,
    /// How long every answer is held back; a vendor's PATCH takes seconds (2.26 s in the documented example).
    pub latency: Duration,
    /// Port 0 takes a free one.
    pub address: SocketAddr,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            edition: Edition::May2019,
            faults: Vec::new(),
            latency: Duration::ZERO,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        }
    }
}

/// Starts a server with fresh fixtures on the current runtime.
///
/// # Errors
/// The address cannot be bound, or the shipped tables are broken.
pub async fn start(config: Config) -> io::Result<Handle> {
    let rules = Rules::of(&config)?;
    let listener = TcpListener::bind(config.address).await?;
    let base_url = format!("http://{}{}", listener.local_addr()?, routes::BASE_PATH);
    let (store, fixtures) = seed::plant(config.edition);
    let server = Arc::new(Server {
        rules,
        latency: config.latency,
        base_url,
        store: Mutex::new(store),
        load: load::Load::default(),
    });
    let base_url = server.base_url.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = axum::serve(listener, routes::router(server)).with_graceful_shutdown(async {
        // A sender that was dropped stops the server as well as one that was used.
        let _ = stopped.await;
    });
    let task = tokio::spawn(async {
        // Serving ends only by the signal above: accept errors are retried inside.
        let _ = service.await;
    });
    Ok(Handle { base_url, fixtures, stop: Some(stop), task })
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Handle {
    base_url: String,
    fixtures: Seed,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Handle {
    /// The FHIR service base, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// The appointments and slots the server started with.
    pub fn fixtures(&self) -> &Seed {
        &self.fixtures
    }

    /// Stops the server and lets the answers under way finish, for two seconds at most.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let _ = tokio::time::timeout(Duration::from_secs(2), &mut self.task).await;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What one edition allows, and which faults are on.
#[derive(Debug)]
struct Rules {
    edition: Edition,
    faults: Vec<Fault>,
    commands: &'static [PatchCommand],
    transitions: &'static Transitions,
}

impl Rules {
    fn of(config: &Config) -> io::Result<Rules> {
        let tables = contract::tables().map_err(io::Error::other)?;
        let transitions = tables.transitions.get(&config.edition);
        Ok(Rules {
            edition: config.edition,
            faults: config.faults.clone(),
            commands: tables.commands.get(&config.edition).map(Vec::as_slice).unwrap_or_default(),
            transitions: transitions.ok_or_else(|| io::Error::other("the edition has no transition table"))?,
        })
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }
}

/// All a request handler needs.
#[derive(Debug)]
struct Server {
    rules: Rules,
    latency: Duration,
    base_url: String,
    store: Mutex<store::Store>,
    load: load::Load,
}

impl Server {
    /// The store. A handler that panicked while it held the lock must not take the server down with it.
    fn store(&self) -> MutexGuard<'_, store::Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
