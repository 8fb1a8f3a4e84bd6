//! The reference server: `PATCH /Appointment/:id` as one edition documents it, in memory, with faults on request.
//!
//! It reads as a description of the contract. [`patch`] has the order of the checks; `command` judges a vendor's patch
//! document by the table in `scenarios/contract/commands.yaml`, and `rfc6902` applies one as the base specification has
//! it. It imports only the contract's tables and the words of FHIR, so that it and the harness can disagree.

mod appointment;
mod capability;
mod command;
mod create;
mod credentials;
mod document;
mod dress;
mod effect;
mod fault;
mod json;
mod load;
mod negotiate;
mod outcome;
mod patch;
mod precondition;
mod respond;
mod rfc6902;
mod routes;
mod search;
mod seed;
mod store;
mod tag;
#[cfg(test)]
mod tests;
mod validate;
mod value;
mod variant;
mod wire;

pub use fault::Fault;
pub use seed::{Seed, SeedAppointment, SeedKind};
pub use variant::Variant;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::suite::contract::{self, Edition, PatchCommand, Transitions};

/// What to serve, and where.
#[derive(Debug, Clone)]
pub struct Config {
    pub edition: Edition,
    pub faults: Vec<Fault>,
    pub variants: Vec<Variant>,
    /// How long every answer is held back; a vendor's PATCH takes seconds (2.26 s in the documented example).
    pub latency: Duration,
    /// Up to so much more, never the same twice.
    pub jitter: Duration,
    /// What the jitter is drawn from.
    pub seed: u64,
    /// The bearer token without which nothing but the CapabilityStatement is served; nobody has to show one where absent.
    pub token: Option<String>,
    /// Port 0 takes a free one.
    pub address: SocketAddr,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            edition: Edition::May2019,
            faults: Vec::new(),
            variants: Vec::new(),
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            seed: 0,
            token: None,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        }
    }
}

impl Config {
    /// The same, asking for a token that nobody can guess.
    pub fn with_token(self) -> Config {
        Config { token: Some(uuid::Uuid::new_v4().simple().to_string()), ..self }
    }

    /// The same, asking for a token where one of the faults shows only then.
    pub fn with_token_where_needed(self) -> Config {
        if self.faults.iter().any(|fault| fault.needs_token()) { self.with_token() } else { self }
    }

    /// The header line that shows the token.
    pub fn authorization(&self) -> Option<(String, String)> {
        self.token.as_ref().map(|token| ("authorization".to_owned(), format!("Bearer {token}")))
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
    let (store, fixtures) = seed::plant(config.edition, rules.style());
    let server = Arc::new(Server {
        rules,
        pace: Pace::of(&config),
        base_url,
        store: Mutex::new(store),
        load: load::Load::default(),
        token: config.token,
    });
    let base_url = server.base_url.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let manner = wire::Manner::of(&server.rules);
    let task = tokio::spawn(wire::serve(listener, routes::router(server), manner, stopped));
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
    variants: Vec<Variant>,
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
            variants: config.variants.clone(),
            commands: tables.commands.get(&config.edition).map(Vec::as_slice).unwrap_or_default(),
            transitions: transitions.ok_or_else(|| io::Error::other("the edition has no transition table"))?,
        })
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn is(&self, variant: Variant) -> bool {
        self.variants.contains(&variant)
    }

    fn style(&self) -> store::Style {
        store::Style {
            tags: tag::TagShape::of(&self.variants),
            no_narrative: self.is(Variant::NoNarrative),
            extra_members: self.is(Variant::ExtraMembers),
        }
    }

    /// The same rules with other faults.
    fn with_faults(&self, faults: Vec<Fault>) -> Rules {
        Rules { faults, variants: self.variants.clone(), ..*self }
    }
}

/// How long answers are held back.
#[derive(Debug)]
struct Pace {
    latency: Duration,
    jitter: Duration,
    drawn: AtomicU64,
}

impl Pace {
    fn of(config: &Config) -> Pace {
        let slow = config.variants.contains(&Variant::Slow);
        let jitter = if slow { Duration::from_millis(5) } else { config.jitter };
        Pace { latency: config.latency, jitter, drawn: AtomicU64::new(config.seed) }
    }

    /// How long the next answer is held back.
    fn next(&self) -> Duration {
        // SplitMix64, so that the same seed gives the same times.
        let mut bits = self.drawn.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let part = (bits ^ (bits >> 31)) >> 32;
        let jitter = u64::try_from(self.jitter.as_nanos()).unwrap_or(u64::MAX);
        self.latency + Duration::from_nanos(((u128::from(jitter) * u128::from(part)) >> 32) as u64)
    }
}

/// All a request handler needs.
#[derive(Debug)]
struct Server {
    rules: Rules,
    pace: Pace,
    base_url: String,
    store: Mutex<store::Store>,
    load: load::Load,
    token: Option<String>,
}

impl Server {
    /// The store. A handler that panicked while it held the lock must not take the server down with it.
    fn store(&self) -> MutexGuard<'_, store::Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
