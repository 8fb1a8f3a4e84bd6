//! Implementations beside each other: a row for each requirement, a column for each run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::{Edition, Level, RequirementId, RunRecord, RunVerdict, Standing, Verdict};

/// The version of the form of a matrix.
pub const MATRIX_SCHEMA: &str = "patchproof/matrix/1";

/// Implementations × requirements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunMatrix {
    pub schema: String,
    pub columns: Vec<MatrixColumn>,
    /// The union of all requirements, by id.
    pub rows: Vec<MatrixRow>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatrixColumn {
    pub name: String,
    pub target: String,
    pub edition: Edition,
    pub started: String,
    /// The digest of the requirement table.
    pub contract: String,
    pub verdict: RunVerdict,
    pub reason: String,
    /// How many requirements of the rows have each verdict.
    pub totals: BTreeMap<Verdict, usize>,
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatrixRow {
    pub requirement: RequirementId,
    pub title: String,
    pub level: Level,
    /// One for each column; none where the requirement does not stand in the edition of the run.
    pub cells: Vec<Option<ComparedCell>>,
}

/// What a run says of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedCell {
    pub verdict: Verdict,
    pub standing: Standing,
}

impl MatrixRow {
    /// Whether the runs in whose edition it stands say different things.
    pub fn differs(&self) -> bool {
        let mut verdicts = self.cells.iter().flatten().map(|cell| cell.verdict);
        verdicts.next().is_some_and(|first| verdicts.any(|verdict| verdict != first))
    }
}

/// Puts named runs beside each other. `differences_only` leaves out rows in which all runs agree.
pub fn matrix(runs: &[(String, RunRecord)], differences_only: bool) -> RunMatrix {
    let mut rows: BTreeMap<(usize, RequirementId), MatrixRow> = BTreeMap::new();
    for (place, (_, record)) in runs.iter().enumerate() {
        for requirement in &record.requirements {
            let row = rows.entry((order(&requirement.id), requirement.id.clone())).or_insert_with(|| MatrixRow {
                requirement: requirement.id.clone(),
                title: requirement.title.clone(),
                level: requirement.level,
                cells: vec![None; runs.len()],
            });
            if let Some(cell) = row.cells.get_mut(place) {
                *cell = Some(ComparedCell { verdict: requirement.verdict, standing: requirement.standing });
            }
        }
    }
    let rows: Vec<MatrixRow> = rows.into_values().filter(|row| !differences_only || row.differs()).collect();
    let columns = runs.iter().enumerate().map(|(place, (name, record))| {
        let mut totals = BTreeMap::new();
        for cell in rows.iter().filter_map(|row| row.cells.get(place).copied().flatten()) {
            *totals.entry(cell.verdict).or_insert(0) += 1;
        }
        MatrixColumn {
            name: name.clone(),
            target: record.target.base_url.clone(),
            edition: record.edition,
            started: record.started.clone(),
            contract: record.contract.digest.clone(),
            verdict: record.summary.verdict,
            reason: record.summary.reason.clone(),
            totals,
        }
    });
    RunMatrix { schema: MATRIX_SCHEMA.to_owned(), columns: columns.collect(), rows }
}

/// The place of a requirement's area in the contract.
fn order(id: &RequirementId) -> usize {
    use crate::record::Area;
    let area = id.as_str().split('-').nth(1).and_then(|name| name.parse::<Area>().ok());
    Area::ALL.iter().position(|known| Some(*known) == area).unwrap_or(Area::ALL.len())
}
