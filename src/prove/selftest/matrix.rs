//! The kill matrix: for each fault and edition, the requirements whose verdict it makes worse.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bench::{Job, Seen, Subject};
use crate::record::Verdict;
use crate::reference::Fault;
use crate::suite::contract::{Contract, Edition, RequirementId};

/// The version of the form of `matrix.json`.
const SCHEMA: &str = "patchproof/kill-matrix/1";

/// All of it. Chance and time have no part in it: the same build gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    pub schema: String,
    /// SHA-256 of the contract files.
    pub contract: String,
    /// Editions in which the clean server and each variant were without failure.
    pub sound: BTreeMap<Edition, Vec<String>>,
    pub faults: Vec<Row>,
    pub cells: Vec<CellRow>,
    /// Requirements that no fault need break, with the reason.
    pub exempt: BTreeMap<RequirementId, String>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub fault: String,
    pub sentence: String,
    /// Which of the requirements it names catches it depends on which requests meet; at least one did in each edition
    /// listed under `killed`, where these requirements stand in place of those of one run.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub chance: bool,
    pub killed: BTreeMap<Edition, Killed>,
}

/// The requirements whose verdict is worse than the clean server's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Killed {
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub fail: BTreeSet<RequirementId>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub warn: BTreeSet<RequirementId>,
}

/// The transition table of one edition: a line for each status held, a letter for each value sent. `x` is a forbidden cell
/// whose opening was found, `.` one that is not forbidden, `!` one that was not found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellRow {
    pub edition: Edition,
    pub found: usize,
    pub rows: BTreeMap<String, String>,
}

impl Killed {
    /// What is worse in `seen` than in `clean`.
    pub fn of(clean: &Seen, seen: &Seen) -> Killed {
        let mut killed = Killed::default();
        for (id, (verdict, _)) in &seen.requirements {
            let before = clean.requirements.get(id).map(|(before, _)| *before);
            match verdict {
                Verdict::Fail if before != Some(Verdict::Fail) => killed.fail.insert(id.clone()),
                Verdict::Warn if before.is_none_or(|before| before > Verdict::Warn) => killed.warn.insert(id.clone()),
                Verdict::Error
                | Verdict::Fail
                | Verdict::Inconclusive
                | Verdict::NotTested
                | Verdict::Warn
                | Verdict::Pass
                | Verdict::Observed
                | Verdict::NotApplicable => false,
            };
        }
        killed
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &RequirementId> {
        self.fail.iter().chain(&self.warn)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fail.is_empty() && self.warn.is_empty()
    }
}

impl Matrix {
    /// Puts runs together; `list` and `all` go in step.
    pub fn of(contract: &Contract, list: &[Job], all: &[Seen], exempt: BTreeMap<RequirementId, String>) -> Matrix {
        let runs = || list.iter().zip(all);
        let clean = |edition: Edition| {
            runs().find(|(job, _)| job.edition == edition && job.subject == Subject::Clean).map(|(_, seen)| seen)
        };
        let mut sound: BTreeMap<Edition, Vec<String>> = BTreeMap::new();
        let mut faults: BTreeMap<Fault, BTreeMap<Edition, Killed>> = BTreeMap::new();
        let mut found: BTreeMap<Edition, BTreeSet<Fault>> = BTreeMap::new();
        for (job, seen) in runs() {
            match job.subject {
                Subject::Clean | Subject::Variant(_) => {
                    let failed = seen.requirements.values().any(|(verdict, _)| *verdict == Verdict::Fail);
                    let subjects = sound.entry(job.edition).or_default();
                    if !failed {
                        subjects.push(job.subject.name());
                    }
                }
                Subject::Fault(fault @ Fault::OpenCell(..)) => {
                    let opened = found.entry(job.edition).or_default();
                    let case = job.focus.as_ref().and_then(|focus| seen.cases.get(&focus.failing).copied());
                    if case == Some(Verdict::Fail) {
                        opened.insert(fault);
                    }
                }
                Subject::Fault(fault) => {
                    let Some(clean) = clean(job.edition) else { continue };
                    let killed = Killed::of(clean, seen);
                    let kills = faults.entry(fault).or_default();
                    if !killed.is_empty() {
                        kills.insert(job.edition, if fault.is_chance() { named(fault, seen) } else { killed });
                    }
                }
            }
        }
        Matrix {
            schema: SCHEMA.to_owned(),
            contract: contract.digest.clone(),
            sound,
            faults: faults.into_iter().map(|(fault, killed)| row(fault, killed)).collect(),
            cells: found.into_iter().filter_map(|(edition, opened)| cells(contract, edition, &opened)).collect(),
            exempt,
        }
    }
}

fn row(fault: Fault, killed: BTreeMap<Edition, Killed>) -> Row {
    Row { fault: fault.name().to_owned(), sentence: fault.sentence().to_owned(), chance: fault.is_chance(), killed }
}

/// The requirements that a fault names and the edition has.
fn named(fault: Fault, seen: &Seen) -> Killed {
    let ids = fault.breaks().iter().filter_map(|id| id.parse::<RequirementId>().ok());
    Killed { fail: ids.filter(|id| seen.requirements.contains_key(id)).collect(), warn: BTreeSet::new() }
}

fn cells(contract: &Contract, edition: Edition, found: &BTreeSet<Fault>) -> Option<CellRow> {
    let transitions = contract.tables.transitions.get(&edition)?;
    let forbidden: BTreeSet<Fault> = Fault::cells(transitions).into_iter().collect();
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    for (from, to, _) in transitions.cells() {
        let fault = Fault::OpenCell(from, to);
        let letter = match (forbidden.contains(&fault), found.contains(&fault)) {
            (true, true) => 'x',
            (true, false) => '!',
            (false, _) => '.',
        };
        rows.entry(from.code().to_owned()).or_default().push(letter);
    }
    Some(CellRow { edition, found: found.len(), rows })
}
