//! What a run is told, what it reports while it goes on, and why it cannot begin.

use std::time::Duration;

use super::client::Limits;

/// Limits of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Lanes at the same time.
    pub jobs: usize,
    pub limits: Limits,
    /// The whole run.
    pub deadline: Duration,
    /// Requests of the whole run, those of repetitions included.
    pub max_requests: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Options { jobs: 8, limits: Limits::default(), deadline: Duration::from_secs(3600), max_requests: None }
    }
}

/// Why a run could not begin. Nothing but the first request was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    #[error("cannot reach {url}: {cause}")]
    Unreachable { url: String, cause: String },
    #[error(
        "{url} is not a FHIR server: expected the base URL of a FHIR R4 server, under which /metadata is JSON, found {what}{hint}"
    )]
    NotFhir { url: String, what: String, hint: String },
    #[error("{url} rejects the first request: {what}")]
    Rejected { url: String, what: String },
    #[error("{0}")]
    Client(String),
}

/// What happens while a run goes on, for a progress display.
pub trait ProgressListener: Send + Sync {
    /// One request got its response, or lost it.
    fn request_done(&self);
    /// One case was finished.
    fn case_done(&self);
}
