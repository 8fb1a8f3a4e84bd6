//! What a run is told, what it reports while it goes on, and why it cannot begin.

use std::sync::Arc;
use std::time::Duration;

use super::client::Limits;
use super::pace::PaceLimits;
use crate::suite::scenario::Texts;
use crate::sut::Ledger;

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
    pub pace: PaceLimits,
    /// The texts of scenarios that are not shipped: nothing in them is taken for a secret.
    pub written: Texts,
    /// Where what the run makes and writes to is noted before it does.
    pub ledger: Option<Arc<Ledger>>,
    /// Whether what was made is cancelled at the end.
    pub clean_up: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            jobs: 8,
            limits: Limits::default(),
            deadline: Duration::from_secs(3600),
            max_requests: None,
            pace: PaceLimits::default(),
            written: Texts::new(),
            ledger: None,
            clean_up: false,
        }
    }
}

/// A signal that ends a run before its plan is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StopSignal {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP.
    HangUp,
}

impl StopSignal {
    /// What happened to the run, as a clause.
    pub const fn text(self) -> &'static str {
        match self {
            StopSignal::Interrupt => "the run was interrupted",
            StopSignal::Terminate => "the run was terminated (SIGTERM)",
            StopSignal::HangUp => "the run was hung up (SIGHUP)",
        }
    }

    /// The exit code: 128 and the number of the signal.
    pub const fn exit_code(self) -> u8 {
        match self {
            StopSignal::Interrupt => 130,
            StopSignal::Terminate => 143,
            StopSignal::HangUp => 129,
        }
    }
}

/// How whoever starts a run ends it early.
pub type StopReceiver = tokio::sync::watch::Receiver<Option<StopSignal>>;

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

impl RunError {
    /// The same with other texts, whatever the target sent in them.
    #[must_use]
    pub(super) fn map_texts(self, map: impl Fn(&str) -> String) -> RunError {
        match self {
            RunError::Unreachable { url, cause } => RunError::Unreachable { url: map(&url), cause: map(&cause) },
            RunError::NotFhir { url, what, hint } => {
                RunError::NotFhir { url: map(&url), what: map(&what), hint: map(&hint) }
            }
            RunError::Rejected { url, what } => RunError::Rejected { url: map(&url), what: map(&what) },
            RunError::Client(cause) => RunError::Client(map(&cause)),
        }
    }
}

/// What happens while a run goes on, for a progress display.
pub trait ProgressListener: Send + Sync {
    /// One request got its response, or lost it.
    fn request_done(&self);
    /// One case was finished.
    fn case_done(&self);
}
