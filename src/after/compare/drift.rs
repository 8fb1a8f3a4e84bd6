//! Responses that changed from one run to the other, whatever their verdicts.

use serde::{Deserialize, Serialize};

use super::side::Run;
use crate::record::CaseId;

/// A case whose normalised response is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotDiff {
    pub case: CaseId,
    pub kind: SnapshotDiffKind,
    /// Lines with `-` and `+` and one line of context.
    pub diff: String,
}

/// How a response differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotDiffKind {
    Changed,
    /// There was none before.
    New,
    /// There is none any more.
    Vanished,
}

/// The drift of the cases that both runs have. A run without any snapshot is not compared.
pub(super) fn drift(before: Run<'_>, after: Run<'_>) -> Vec<SnapshotDiff> {
    if before.snapshots.is_empty() || after.snapshots.is_empty() {
        return Vec::new();
    }
    let both: std::collections::BTreeSet<&CaseId> = before.record.cases.iter().map(|case| &case.id).collect();
    let cases = after.record.cases.iter().map(|case| &case.id).filter(|id| both.contains(id));
    let drift = cases.filter_map(|case| {
        let (kind, old, new) = match (before.snapshots.get(case), after.snapshots.get(case)) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) => (SnapshotDiffKind::Changed, old.as_str(), new.as_str()),
            (None, Some(new)) => (SnapshotDiffKind::New, "", new.as_str()),
            (Some(old), None) => (SnapshotDiffKind::Vanished, old.as_str(), ""),
            (None, None) => return None,
        };
        let diff = similar::TextDiff::from_lines(old, new).unified_diff().context_radius(1).to_string();
        Some(SnapshotDiff { case: case.clone(), kind, diff })
    });
    drift.collect()
}
