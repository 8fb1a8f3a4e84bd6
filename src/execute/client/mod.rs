//! The only HTTP client: sends one request, reads a bounded response, and never follows, retries or opines.

mod body;
mod connect;
mod outgoing;
mod probe;
mod response;
#[cfg(test)]
mod tests;
mod tls;
mod trouble;
mod verbatim;
#[cfg(any(test, feature = "fuzz"))]
mod wire;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

#[cfg(any(test, feature = "fuzz"))]
pub use wire::read_response;

pub(super) use body::payload;
use connect::Route;
pub(super) use outgoing::Outgoing;
use outgoing::headers;
pub(super) use probe::probe;
use response::received;
pub(super) use tls::Certificates;
use trouble::{chain, lost};

use super::evidence::{Lost, LostKind, Reply, Response, size_of_lines};

/// Limits of one request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub timeout: Duration,
    /// Bytes of a body that are kept.
    pub body: usize,
    /// Bytes of all requests and responses of a run that are kept, heads and bodies; no request is sent once they are
    /// reached.
    pub run: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { timeout: Duration::from_secs(30), body: 8 * 1024 * 1024, run: 128 * 1024 * 1024 }
    }
}

/// A client for one target.
#[derive(Debug, Clone)]
pub struct Client {
    /// Keeps its connections and uses them again.
    keeping: reqwest::Client,
    /// Opens a connection for each request; made when it is needed.
    opening: Arc<OnceLock<Option<reqwest::Client>>>,
    base_url: String,
    route: Route,
    limits: Limits,
    certificates: Certificates,
    run: OfRun,
}

/// What all clients of a run share.
#[derive(Debug, Clone, Default)]
struct OfRun {
    /// Bytes kept of what was sent and received, so that a target that fills every response cannot fill the memory.
    kept: Arc<AtomicUsize>,
    /// How connections have fared.
    connections: Arc<Connections>,
}

/// How the connections of a run have fared: a server may close one after each response without saying so, and what is sent
/// over it next is lost.
#[derive(Debug, Default)]
struct Connections {
    /// A response came in over one.
    respond: AtomicBool,
    /// One that had been kept broke; none is kept any more.
    break_when_kept: AtomicBool,
}

impl Connections {
    fn are_kept(&self) -> bool {
        !self.break_when_kept.load(Ordering::Relaxed)
    }

    /// Takes down what came of a request over a connection that may have been kept.
    fn note(&self, reply: &Result<Response, Lost>) {
        match reply {
            Ok(_) => self.respond.store(true, Ordering::Relaxed),
            Err(lost) if lost.kind == LostKind::Broken && self.respond.load(Ordering::Relaxed) => {
                self.break_when_kept.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }
}

impl Client {
    /// A client for a base URL.
    ///
    /// # Errors
    /// The TLS roots of the machine cannot be loaded (only asked for https).
    pub fn new(base_url: &str, limits: Limits, certificates: Certificates) -> Result<Client, String> {
        Client::with_connections(base_url, limits, usize::MAX, (certificates, OfRun::default()))
    }

    /// Another client for the same run, with at most so many connections open.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn beside(&self, base_url: &str, connections: usize) -> Result<Client, String> {
        Client::with_connections(base_url, self.limits, connections, (self.certificates.clone(), self.run.clone()))
    }

    fn with_connections(
        base_url: &str,
        limits: Limits,
        connections: usize,
        (certificates, run): (Certificates, OfRun),
    ) -> Result<Client, String> {
        let keeping = inner(base_url, limits, connections, &certificates)?;
        let (opening, base_url, route) = (Arc::default(), base_url.to_owned(), Route::new(base_url, &certificates)?);
        Ok(Client { keeping, opening, base_url, route, limits, certificates, run })
    }

    /// Whether as many bytes are kept as a run keeps.
    pub fn is_full(&self) -> bool {
        self.run.kept.load(Ordering::Relaxed) >= self.limits.run
    }

    /// Bytes that are no longer kept.
    pub fn release(&self, bytes: usize) {
        // The sum never goes below zero, whatever was masked meanwhile; the function always gives a value.
        let _ =
            self.run.kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |kept| Some(kept.saturating_sub(bytes)));
    }

    /// Sends a request once.
    pub async fn send(&self, outgoing: &Outgoing) -> Reply {
        let reply = match self.try_send(outgoing).await {
            Ok(received) => Reply::Received(received),
            Err(lost) => Reply::Lost(lost),
        };
        let sent = outgoing.url.len() + size_of_lines(&outgoing.headers) + outgoing.body.as_ref().map_or(0, Vec::len);
        self.run.kept.fetch_add(sent + reply.size(), Ordering::Relaxed);
        reply
    }

    async fn try_send(&self, outgoing: &Outgoing) -> Result<Response, Lost> {
        let deadline = Instant::now() + self.limits.timeout;
        if !outgoing.verbatim {
            let reply = self.plain(outgoing, deadline).await;
            self.run.connections.note(&reply);
            return reply;
        }
        let late = |_| self.late("no response within");
        let response = tokio::time::timeout_at(deadline.into(), verbatim::send(&self.route, outgoing)).await;
        self.read(response.map_err(late)??, deadline).await
    }

    async fn read(&self, response: reqwest::Response, deadline: Instant) -> Result<Response, Lost> {
        let room = || self.limits.run.saturating_sub(self.run.kept.load(Ordering::Relaxed));
        let received = tokio::time::timeout_at(deadline.into(), received(response, self.limits.body, room)).await;
        received.map_err(|_| self.late("the body did not end within"))?
    }

    async fn plain(&self, outgoing: &Outgoing, deadline: Instant) -> Result<Response, Lost> {
        let unsent = |message: String| Lost { kind: LostKind::NotConnected, message };
        let method = reqwest::Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|_| unsent(format!("invalid method `{}`", outgoing.method)))?;
        let mut request = self.inner().request(method, &outgoing.url).headers(headers(outgoing).map_err(unsent)?);
        if let Some(body) = &outgoing.body {
            request = request.body(body.clone());
        }
        self.read(request.send().await.map_err(|error| lost(&error))?, deadline).await
    }

    fn inner(&self) -> &reqwest::Client {
        if self.run.connections.are_kept() {
            return &self.keeping;
        }
        let opening = || inner(&self.base_url, self.limits, 0, &self.certificates).ok();
        self.opening.get_or_init(opening).as_ref().unwrap_or(&self.keeping)
    }

    fn late(&self, what: &str) -> Lost {
        Lost { kind: LostKind::TimedOut, message: format!("{what} {:?}", self.limits.timeout) }
    }
}

/// What sends the requests that are not written byte by byte; it keeps at most so many connections.
fn inner(
    base_url: &str,
    limits: Limits,
    connections: usize,
    certificates: &Certificates,
) -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .timeout(limits.timeout)
        .tcp_nodelay(true)
        .pool_max_idle_per_host(connections);
    // Loopback is this machine only where nobody is in between.
    let builder = match crate::sut::is_loopback(base_url) {
        true => builder.no_proxy().dns_resolver(Arc::new(connect::OnlyHere)),
        false => builder,
    };
    #[cfg(feature = "tls")]
    let builder =
        if base_url.starts_with("https://") { certificates.add_to(builder)? } else { builder.tls_certs_only([]) };
    #[cfg(not(feature = "tls"))]
    let _ = certificates;
    #[cfg(not(feature = "tls"))]
    if base_url.starts_with("https://") {
        return Err(trouble::NO_TLS.to_owned());
    }
    builder.build().map_err(|error| format!("cannot set up the HTTP client: {}", chain(&error)))
}
