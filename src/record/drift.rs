//! Drift in the record: which answers are not those of the accepted snapshots. It stands beside the verdict.

use serde::{Deserialize, Serialize};

use super::CaseId;

/// How the answers of a run compare with the accepted snapshots of its target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DriftRecord {
    /// The folder of the target below the folder of snapshots.
    pub target: String,
    /// Whether every case of the edition was asked for; only then can a case be missing.
    pub whole: bool,
    /// Whether a run whose responses differ exits with 1 (`--fail-on-drift`).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub decides: bool,
    /// Answers that were compared and are the same.
    pub same: usize,
    /// The others, by case.
    pub changes: Vec<DriftChange>,
}

/// One case whose answer is not that of its snapshot, or could not be compared with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DriftChange {
    /// The case.
    pub case: CaseId,
    /// What became of it.
    pub kind: DriftKind,
    /// What differs, line by line: `- ` was, `+ ` is, two blanks say where.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub diff: Vec<String>,
    /// Why there is nothing to compare.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// What became of a case since its snapshot was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// The same request has another answer.
    Changed,
    /// There is no snapshot of it.
    New,
    /// It has a snapshot, and the edition has no such case any more or the target declares that it does not apply.
    Vanished,
    /// Another request was sent, or one to an appointment in another state: the answers cannot be compared.
    AskedDifferently,
    /// It was not run, or the answer was lost or is one of an overloaded server.
    Unanswered,
}

impl DriftKind {
    /// All kinds, in the order of reports.
    pub const ALL: [DriftKind; 5] =
        [DriftKind::Changed, DriftKind::New, DriftKind::Vanished, DriftKind::AskedDifferently, DriftKind::Unanswered];

    /// The words in reports.
    pub const fn name(self) -> &'static str {
        match self {
            DriftKind::Changed => "changed",
            DriftKind::New => "new",
            DriftKind::Vanished => "vanished",
            DriftKind::AskedDifferently => "asked differently",
            DriftKind::Unanswered => "unanswered",
        }
    }
}

impl DriftRecord {
    /// The changes of one kind.
    pub fn of(&self, kind: DriftKind) -> impl Iterator<Item = &DriftChange> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }

    /// Whether the run differs from its snapshots. In a run of everything a case that was asked differently counts too:
    /// its snapshot is out of date. A run in which nothing could be compared is not the same either.
    pub fn drifted(&self) -> bool {
        let counts = |kind: DriftKind| match kind {
            DriftKind::Changed | DriftKind::New | DriftKind::Vanished => true,
            DriftKind::AskedDifferently => self.whole,
            DriftKind::Unanswered => false,
        };
        self.same == 0 || self.changes.iter().any(|change| counts(change.kind))
    }
}
