//! A case that a run did not get to, as a record keeps it.

use serde::{Deserialize, Serialize};

use crate::execute::evidence::{NotRun, NotRunKind};
use crate::plan::CaseId;

/// A case that was planned and not run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotRunRecord {
    /// The case.
    pub case: CaseId,
    /// What kept it from being run.
    pub kind: NotRunKindRecord,
    /// Why it was not run.
    pub reason: String,
}

/// What kept a case from being run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotRunKindRecord {
    /// The harness failed.
    HarnessFailed,
    /// A limit of patchproof was met: requests, time or bytes.
    Limit,
    /// The run was interrupted before its turn came.
    Interrupted,
    /// Something that it needs could not be had: an appointment in its state, a slot, a token, or a request that can be built.
    Unavailable,
    /// It presupposes that the plain documented PATCH is accepted, and that was not so.
    NotAccepted,
    /// Not one appointment could be had, so that nothing can be said of the target.
    ShutOut,
    /// The target stopped responding before its turn came.
    Gone,
    /// The target no longer accepted the credentials of the run when its turn came.
    Denied,
}

impl From<NotRun> for NotRunRecord {
    fn from(case: NotRun) -> NotRunRecord {
        let NotRun { case, kind, reason } = case;
        NotRunRecord { case, kind: kind.into(), reason }
    }
}

impl From<NotRunRecord> for NotRun {
    fn from(record: NotRunRecord) -> NotRun {
        let NotRunRecord { case, kind, reason } = record;
        NotRun { case, kind: kind.into(), reason }
    }
}

impl From<NotRunKind> for NotRunKindRecord {
    fn from(kind: NotRunKind) -> NotRunKindRecord {
        match kind {
            NotRunKind::HarnessFailed => NotRunKindRecord::HarnessFailed,
            NotRunKind::Limit => NotRunKindRecord::Limit,
            NotRunKind::Interrupted => NotRunKindRecord::Interrupted,
            NotRunKind::Unavailable => NotRunKindRecord::Unavailable,
            NotRunKind::NotAccepted => NotRunKindRecord::NotAccepted,
            NotRunKind::ShutOut => NotRunKindRecord::ShutOut,
            NotRunKind::Gone => NotRunKindRecord::Gone,
            NotRunKind::Denied => NotRunKindRecord::Denied,
        }
    }
}

impl From<NotRunKindRecord> for NotRunKind {
    fn from(record: NotRunKindRecord) -> NotRunKind {
        match record {
            NotRunKindRecord::HarnessFailed => NotRunKind::HarnessFailed,
            NotRunKindRecord::Limit => NotRunKind::Limit,
            NotRunKindRecord::Interrupted => NotRunKind::Interrupted,
            NotRunKindRecord::Unavailable => NotRunKind::Unavailable,
            NotRunKindRecord::NotAccepted => NotRunKind::NotAccepted,
            NotRunKindRecord::ShutOut => NotRunKind::ShutOut,
            NotRunKindRecord::Gone => NotRunKind::Gone,
            NotRunKindRecord::Denied => NotRunKind::Denied,
        }
    }
}
