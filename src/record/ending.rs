//! How a run ends: the one place that decides the code `patchproof run` exits with (design section 4).

use crate::execute::StopSignal;
use crate::execute::evidence::NotRunKind;

use super::{ExchangeRecord, LossRecord, NotRunKindRecord, PurposeRecord, ResponseRecord, RunRecord, RunVerdict};

/// What decides the exit code of a run, the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The run was stopped by a signal before its plan was done.
    Stopped(StopSignal),
    /// The target rejected the credentials of every request that needs them, or came to reject them.
    CredentialsRejected,
    /// Responses differ from accepted snapshots, and the run was to fail then.
    Drifted,
    /// The verdict of the run.
    Verdict(RunVerdict),
}

impl Ending {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Ending::Stopped(signal) => signal.exit_code(),
            Ending::CredentialsRejected => 3,
            Ending::Drifted => 1,
            Ending::Verdict(verdict) => verdict.exit_code(),
        }
    }
}

impl RunRecord {
    /// What explains the run as a whole, and of what kind it is: that the first PATCH was not accepted, or that the target
    /// let nothing in or stopped responding.
    pub fn headline(&self) -> Option<(NotRunKindRecord, &str)> {
        let not_run = self.not_run.iter().find(|not_run| NotRunKind::from(not_run.kind).is_headline());
        not_run.map(|not_run| (not_run.kind, not_run.reason.as_str()))
    }

    /// Whether the run ended because the target no longer accepted its credentials.
    pub fn is_denied(&self) -> bool {
        self.headline().is_some_and(|(kind, _)| kind == NotRunKindRecord::Denied)
    }

    /// How the run that the record is of ended; `summary.exit_code` is its code.
    pub fn ending(&self) -> Ending {
        let drift_decides = self.drift.as_ref().is_some_and(|drift| drift.decides && drift.drifted());
        if let Some(signal) = self.signal {
            Ending::Stopped(signal)
        } else if self.is_denied() || credentials_rejected(&self.exchanges) {
            Ending::CredentialsRejected
        } else {
            match self.summary.verdict {
                RunVerdict::Conformant | RunVerdict::Incomplete | RunVerdict::SelectionPassed if drift_decides => {
                    Ending::Drifted
                }
                verdict @ (RunVerdict::Conformant
                | RunVerdict::Incomplete
                | RunVerdict::NotConformant
                | RunVerdict::SelectionFailed
                | RunVerdict::SelectionPassed
                | RunVerdict::Error) => Ending::Verdict(verdict),
            }
        }
    }
}

/// Whether every request that needs credentials and reached the target was rejected for them; not where there is none.
fn credentials_rejected(exchanges: &[ExchangeRecord]) -> bool {
    let mut tried = exchanges
        .iter()
        .filter(|exchange| !matches!(exchange.purpose, PurposeRecord::Preflight | PurposeRecord::Token))
        // What a server offers is often open to everyone.
        .filter(|exchange| exchange.request.method != "OPTIONS" && !exchange.request.url.ends_with("/metadata"))
        .filter(|exchange| !matches!(&exchange.response, ResponseRecord::Lost(lost) if lost.kind == LossRecord::NotConnected))
        .peekable();
    tried.peek().is_some()
        && tried.all(|exchange| exchange.status().is_some_and(|status| matches!(status.get(), 401 | 403)))
}
