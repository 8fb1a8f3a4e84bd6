//! The only HTTP client: sends one request, reads a bounded answer, and never follows, retries or opines.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use futures_util::StreamExt as _;

use super::evidence::{Answer, Lost, LostKind, Payload, Received};
use crate::words::fhir::StatusCode;

/// Limits of one request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub timeout: Duration,
    /// Bytes of a body that are kept.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { timeout: Duration::from_secs(30), body: 1024 * 1024 }
    }
}

/// A client for one target.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    limits: Limits,
    kept: Kept,
}

/// Bytes of bodies kept by all clients of a run, so that a target that fills every answer cannot fill the memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<AtomicUsize>);

impl Kept {
    /// So much is kept of the bodies of a run before each is cut short.
    const MOST: usize = 32 * 1024 * 1024;
    /// What is kept of a body from then on.
    const SHORT: usize = 16 * 1024;

    /// How much of the next body may be kept.
    pub(super) fn limit(&self, limit: usize) -> usize {
        if self.0.load(Ordering::Relaxed) < Kept::MOST { limit } else { limit.min(Kept::SHORT) }
    }

    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A request ready to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// Sent as it stands: without Accept where there is none, header names as they are written.
    pub bare: bool,
}

impl Client {
    /// A client for a base URL.
    ///
    /// # Errors
    /// The TLS roots of the machine cannot be loaded (only asked for https).
    pub fn new(base_url: &str, limits: Limits) -> Result<Client, String> {
        Client::with_connections(base_url, limits, usize::MAX, Kept::default())
    }

    /// Another client for the same run, with at most so many connections open.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn beside(&self, base_url: &str, connections: usize) -> Result<Client, String> {
        Client::with_connections(base_url, self.limits, connections, self.kept.clone())
    }

    fn with_connections(base_url: &str, limits: Limits, connections: usize, kept: Kept) -> Result<Client, String> {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(limits.timeout)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(connections);
        // Loopback is this machine only where nobody is in between.
        let builder = if crate::sut::is_loopback(base_url) { builder.no_proxy() } else { builder };
        #[cfg(feature = "tls")]
        let builder = if base_url.starts_with("https://") { builder } else { builder.tls_certs_only([]) };
        #[cfg(not(feature = "tls"))]
        if base_url.starts_with("https://") {
            return Err("this build has no TLS; accepted: an http URL, or a build with the feature `tls`".to_owned());
        }
        let inner = builder.build().map_err(|error| format!("cannot set up the HTTP client: {}", chain(&error)))?;
        Ok(Client { inner, limits, kept })
    }

    /// Why a request cannot be sent the way it is meant, if it cannot: over TLS there is only the client, which always
    /// sends Accept and writes header names in lower case.
    pub fn cannot(&self, outgoing: &Outgoing) -> Option<&'static str> {
        (outgoing.bare && outgoing.url.starts_with("https://"))
            .then_some("a request without Accept, or with header names in capitals, can only be sent over plain http")
    }

    /// Sends a request once.
    pub async fn send(&self, outgoing: &Outgoing) -> Answer {
        if outgoing.bare {
            let limits = Limits { body: self.kept.limit(self.limits.body), ..self.limits };
            let answer = super::bare::send(outgoing, limits).await;
            if let Answer::Received(received) = &answer {
                self.kept.add(received.body.text().map_or(limits.body, str::len));
            }
            return answer;
        }
        match self.try_send(outgoing).await {
            Ok(received) => Answer::Received(received),
            Err(lost) => Answer::Lost(lost),
        }
    }

    async fn try_send(&self, outgoing: &Outgoing) -> Result<Received, Lost> {
        let broken = |message: String| Lost { kind: LostKind::NotConnected, message };
        let method = reqwest::Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|_| broken(format!("`{}` is no method", outgoing.method)))?;
        let mut headers = reqwest::header::HeaderMap::new();
        for (name, value) in &outgoing.headers {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| broken(format!("`{name}` is no header name")))?;
            let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| broken(format!("the value of `{name}` cannot be sent")))?;
            headers.append(name, value);
        }
        let mut request = self.inner.request(method, &outgoing.url).headers(headers);
        if let Some(body) = &outgoing.body {
            request = request.body(body.clone());
        }
        let deadline = Instant::now() + self.limits.timeout;
        let response = request.send().await.map_err(|error| lost(&error))?;
        let status = StatusCode::new(response.status().as_u16()).ok_or_else(|| Lost {
            kind: LostKind::Broken,
            message: format!("status {}", response.status().as_u16()),
        })?;
        let version = format!("{:?}", response.version());
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut body: Vec<u8> = Vec::new();
        let limit = self.kept.limit(self.limits.body);
        let mut cut = false;
        let mut stream = response.bytes_stream();
        loop {
            let next = tokio::time::timeout_at(deadline.into(), stream.next()).await;
            match next {
                Ok(Some(Ok(chunk))) => {
                    let room = limit.saturating_sub(body.len());
                    body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                    if chunk.len() > room {
                        cut = true;
                        break;
                    }
                }
                Ok(Some(Err(error))) => return Err(lost(&error)),
                Ok(None) => break,
                Err(_) => {
                    return Err(Lost {
                        kind: LostKind::TimedOut,
                        message: format!("the body did not end within {:?}", self.limits.timeout),
                    });
                }
            }
        }
        let (body, swollen) = super::coding::plain(&headers, body, limit);
        self.kept.add(body.len());
        Ok(Received { status, version, headers, body: payload(body), cut: cut || swollen })
    }
}

/// Bytes as they are recorded.
pub(super) fn payload(bytes: Vec<u8>) -> Payload {
    if bytes.is_empty() {
        return Payload::Empty;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Payload::Text(text),
        Err(error) => Payload::Base64(base64::engine::general_purpose::STANDARD.encode(error.as_bytes())),
    }
}

fn lost(error: &reqwest::Error) -> Lost {
    let kind = if error.is_timeout() {
        LostKind::TimedOut
    } else if error.is_connect() || error.is_builder() {
        LostKind::NotConnected
    } else {
        LostKind::Broken
    };
    Lost { kind, message: chain(error) }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
