//! Two or more runs beside each other: what got worse, what got better, and who keeps what; pure functions over records.

mod case;
mod direction;
mod drift;
mod latency;
mod matrix;
mod requirement;
#[cfg(test)]
pub(crate) mod samples;
mod side;
#[cfg(test)]
mod tests;

pub use case::CaseChange;
pub use direction::Direction;
pub use drift::{SnapshotDiff, SnapshotDiffKind};
pub use latency::{Latency, LatencyGroup, Spread};
pub use matrix::{ComparedCell, MATRIX_SCHEMA, MatrixColumn, MatrixRow, RunMatrix, matrix};
pub use requirement::{ChangeWitness, Glance, RequirementChange};
pub use side::{ComparedRun, Only, Run, Snapshots};

use serde::{Deserialize, Serialize};

/// The version of the form of a comparison.
pub const SCHEMA: &str = "patchproof/diff/1";

/// What differs between two runs. Lists are ordered by what matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub schema: String,
    pub before: ComparedRun,
    pub after: ComparedRun,
    /// Two runs against one server, or one run each against two.
    pub same_target: bool,
    /// What makes the runs hard to compare, each a sentence.
    pub warnings: Vec<String>,
    /// Requirements that got worse.
    pub regressions: Vec<RequirementChange>,
    pub improvements: Vec<RequirementChange>,
    /// Requirements whose verdict changed and is neither better nor worse.
    pub shifts: Vec<RequirementChange>,
    /// Cases whose verdict changed, those that got worse first.
    pub cases: Vec<CaseChange>,
    /// Cases whose response changed, whatever their verdict.
    pub drift: Vec<SnapshotDiff>,
    /// Latencies are reported and never decide.
    pub latencies: Vec<Latency>,
    pub only_before: Only,
    pub only_after: Only,
}

impl Comparison {
    /// Whether a requirement or a case got worse.
    pub fn regressed(&self) -> bool {
        !self.regressions.is_empty() || self.cases.iter().any(|case| case.direction == Direction::Worse)
    }

    /// Whether nothing that decides or drifts changed.
    pub fn is_empty(&self) -> bool {
        let Comparison { regressions, improvements, shifts, cases, drift, .. } = self;
        regressions.is_empty() && improvements.is_empty() && shifts.is_empty() && cases.is_empty() && drift.is_empty()
    }
}

/// Compares two runs. Only what both have is compared; what one alone has is named.
pub fn compare(before: Run<'_>, after: Run<'_>) -> Comparison {
    let (only_before, only_after) = side::only(before.record, after.record);
    let changes = requirement::changes(before.record, after.record);
    let in_direction =
        |wanted: Direction| changes.iter().filter(move |change| change.direction == wanted).cloned().collect();
    let regressions: Vec<RequirementChange> = in_direction(Direction::Worse);
    Comparison {
        schema: SCHEMA.to_owned(),
        before: ComparedRun::of(before),
        after: ComparedRun::of(after),
        same_target: side::same_target(before.record, after.record),
        warnings: side::warnings(before, after, &only_before, &only_after),
        cases: case::changes(before.record, after.record, &regressions),
        regressions,
        improvements: in_direction(Direction::Better),
        shifts: in_direction(Direction::Aside),
        drift: drift::drift(before, after),
        latencies: latency::latencies(before.record, after.record),
        only_before,
        only_after,
    }
}
