//! The only HTTP client: sends one request, reads a bounded response, and never follows, retries or opines.

mod body;
mod connect;
mod outgoing;
mod response;
#[cfg(test)]
mod tests;
mod trouble;
mod verbatim;
#[cfg(any(test, feature = "fuzz"))]
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[cfg(any(test, feature = "fuzz"))]
pub use wire::read_response;

pub(super) use body::payload;
use connect::Route;
pub(super) use outgoing::Outgoing;
use outgoing::headers;
use response::received;
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
    inner: reqwest::Client,
    route: Route,
    limits: Limits,
    kept: KeptBytes,
}

/// Bytes kept of what all clients of a run sent and received, so that a target that fills every response cannot fill the
/// memory.
#[derive(Debug, Clone, Default)]
struct KeptBytes(Arc<AtomicUsize>);

impl Client {
    /// A client for a base URL.
    ///
    /// # Errors
    /// The TLS roots of the machine cannot be loaded (only asked for https).
    pub fn new(base_url: &str, limits: Limits) -> Result<Client, String> {
        Client::with_connections(base_url, limits, usize::MAX, KeptBytes::default())
    }

    /// Another client for the same run, with at most so many connections open.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn beside(&self, base_url: &str, connections: usize) -> Result<Client, String> {
        Client::with_connections(base_url, self.limits, connections, self.kept.clone())
    }

    fn with_connections(base_url: &str, limits: Limits, connections: usize, kept: KeptBytes) -> Result<Client, String> {
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
        let builder = if base_url.starts_with("https://") { builder } else { builder.tls_certs_only([]) };
        #[cfg(not(feature = "tls"))]
        if base_url.starts_with("https://") {
            return Err(trouble::NO_TLS.to_owned());
        }
        let inner = builder.build().map_err(|error| format!("cannot set up the HTTP client: {}", chain(&error)))?;
        Ok(Client { inner, route: Route::new(base_url)?, limits, kept })
    }

    /// Whether as many bytes are kept as a run keeps.
    pub fn is_full(&self) -> bool {
        self.kept.0.load(Ordering::Relaxed) >= self.limits.run
    }

    /// Bytes that are no longer kept.
    pub fn release(&self, bytes: usize) {
        // The sum never goes below zero, whatever was masked meanwhile; the function always gives a value.
        let _ = self.kept.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |kept| Some(kept.saturating_sub(bytes)));
    }

    /// Sends a request once.
    pub async fn send(&self, outgoing: &Outgoing) -> Reply {
        let reply = match self.try_send(outgoing).await {
            Ok(received) => Reply::Received(received),
            Err(lost) => Reply::Lost(lost),
        };
        let sent = outgoing.url.len() + size_of_lines(&outgoing.headers) + outgoing.body.as_ref().map_or(0, Vec::len);
        self.kept.0.fetch_add(sent + reply.size(), Ordering::Relaxed);
        reply
    }

    async fn try_send(&self, outgoing: &Outgoing) -> Result<Response, Lost> {
        let deadline = Instant::now() + self.limits.timeout;
        let response = if outgoing.verbatim {
            let late = |_| self.late("no response within");
            tokio::time::timeout_at(deadline.into(), verbatim::send(&self.route, outgoing)).await.map_err(late)??
        } else {
            self.plain(outgoing).await?
        };
        let room = || self.limits.run.saturating_sub(self.kept.0.load(Ordering::Relaxed));
        let received = tokio::time::timeout_at(deadline.into(), received(response, self.limits.body, room)).await;
        received.map_err(|_| self.late("the body did not end within"))?
    }

    async fn plain(&self, outgoing: &Outgoing) -> Result<reqwest::Response, Lost> {
        let unsent = |message: String| Lost { kind: LostKind::NotConnected, message };
        let method = reqwest::Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|_| unsent(format!("invalid method `{}`", outgoing.method)))?;
        let mut request = self.inner.request(method, &outgoing.url).headers(headers(outgoing).map_err(unsent)?);
        if let Some(body) = &outgoing.body {
            request = request.body(body.clone());
        }
        request.send().await.map_err(|error| lost(&error))
    }

    fn late(&self, what: &str) -> Lost {
        Lost { kind: LostKind::TimedOut, message: format!("{what} {:?}", self.limits.timeout) }
    }
}
