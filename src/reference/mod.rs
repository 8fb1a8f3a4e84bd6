//! The reference server: `PATCH /Appointment/:id` as one edition documents it, in memory, with faults on request.
//!
//! It reads as a description of the contract. [`patch`] has the order of the checks; `command` judges a vendor's patch
//! document by the table in `scenarios/contract/commands.yaml`, and `rfc6902` applies one as the base specification has
//! it. It imports only the contract's tables and the words of FHIR, so that it and the harness can disagree.

mod appointment;
mod call;
mod capability;
mod certificate;
mod choice;
mod clause;
mod command;
mod create;
mod credentials;
mod date;
mod delay;
mod document;
mod dress;
mod effect;
mod failure;
mod fault;
mod front;
mod gate;
mod given;
mod interlude;
mod json;
mod memory;
mod negotiate;
mod operation;
mod patch;
mod precondition;
mod promise;
mod rejection;
mod response;
mod rfc6902;
mod routes;
mod search;
mod seed;
mod server;
mod store;
mod structure;
mod tag;
mod terms;
#[cfg(test)]
mod tests;
mod traffic;
mod validate;
mod value;
mod variant;
mod wire;

pub use fault::Fault;
pub use front::{AuthConfig, CLIENT_ID, FrontConfig};
pub use seed::{SeedAppointment, SeedFixtures, SeedKind};
pub use variant::Variant;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use certificate::Encryption;
use delay::Delay;
use front::Front;
use server::ReferenceServer;
use terms::Terms;

use crate::suite::contract::{self, Edition};

/// What to serve, and where.
#[derive(Debug, Clone)]
pub struct Config {
    pub edition: Edition,
    pub faults: Vec<Fault>,
    pub variants: Vec<Variant>,
    /// How long every response is held back; a vendor's PATCH takes seconds (2.26 s in the documented example).
    pub latency: Duration,
    /// Up to so much more, never the same twice.
    pub jitter: Duration,
    /// What the jitter is drawn from.
    pub seed: u64,
    /// The bearer token without which nothing but the CapabilityStatement is served; nobody has to show one where absent.
    pub token: Option<String>,
    /// What stands in front of the API.
    pub front: FrontConfig,
    /// It speaks TLS, with a certificate made at its start.
    pub tls: bool,
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
            front: FrontConfig::default(),
            tls: false,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        }
    }
}

impl Config {
    /// The same, asking for a token that nobody can guess.
    pub fn with_token(self) -> Config {
        Config { token: Some(uuid::Uuid::new_v4().simple().to_string()), ..self }
    }

    /// The same, asking for a token where one of the faults or variants shows only then.
    pub fn with_token_where_needed(self) -> Config {
        let needed = self.faults.iter().any(|fault| fault.needs_token());
        let needed = needed || self.variants.iter().any(|variant| variant.needs_token());
        if needed { self.with_token() } else { self }
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
    let terms = terms_of(&config)?;
    let listener = TcpListener::bind(config.address).await?;
    let front = Front::new(config.front);
    let (encryption, authority) = match config.tls {
        true => Encryption::new().map(|(encryption, authority)| (Some(encryption), Some(authority)))?,
        false => (None, None),
    };
    let scheme = if encryption.is_some() { "https" } else { "http" };
    let base_url = format!("{scheme}://{}{}", listener.local_addr()?, front.base_path());
    let (store, fixtures) = seed::plant(config.edition, terms.choices.style);
    let jitter = terms.choices.jitter.unwrap_or(config.jitter);
    let wire_style = terms.choices.wire;
    let server = Arc::new(ReferenceServer {
        terms,
        delay: Delay::new(config.latency, jitter, config.seed),
        base_url: base_url.clone(),
        store: Mutex::new(store),
        traffic: traffic::Traffic::default(),
        token: config.token,
        front,
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(wire::serve((listener, encryption), routes::router(server), wire_style, stopped));
    Ok(Handle { base_url, fixtures, authority, stop: Some(stop), task })
}

/// What a configured server holds requests against.
fn terms_of(config: &Config) -> io::Result<Terms> {
    let tables = contract::tables().map_err(io::Error::other)?;
    let transitions = tables.transitions.get(&config.edition);
    let transitions = transitions.ok_or_else(|| io::Error::other("the edition has no transition table"))?;
    let commands = tables.commands.get(&config.edition).map(Vec::as_slice).unwrap_or_default();
    let faults = config.faults.iter().flat_map(|fault| fault.hooks());
    let hooks = faults.chain(config.variants.iter().flat_map(|variant| variant.hooks())).collect();
    Ok(Terms::new(config.edition, commands, transitions, hooks))
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Handle {
    base_url: String,
    fixtures: SeedFixtures,
    authority: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Handle {
    /// The FHIR service base, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// The appointments and slots the server started with.
    pub fn fixtures(&self) -> &SeedFixtures {
        &self.fixtures
    }

    /// The certificate authority of a server that speaks TLS, in PEM.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Stops the server and lets the responses under way finish, for two seconds at most.
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
