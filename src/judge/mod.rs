//! What it means: verdicts computed from a plan and its evidence, with no clock, no file and no network.

mod bodies;
mod case;
mod check;
mod dates;
pub mod history;
mod index;
pub mod lines;
mod outcome;
mod property;
mod race;
mod resource;
mod rollup;
mod sequence;
mod status;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

pub use race::{RaceHistory, RaceWitness, histories};
pub use rollup::{CaseResult, Judgement, RequirementResult, RunVerdict, Totals};
pub use sequence::{Deviation, Kind, SequenceJudgement, judge_sequence};
pub use tally::{Aim, Failure, Tally, Told};
pub use verdict::{Finding, Verdict};

use index::Index;

use crate::execute::evidence::Evidence;
use crate::plan::Plan;
use crate::suite::contract::Contract;

/// Judges the evidence of a plan, beside what its generated sequences came to. `strict_base` lets inherited requirements
/// decide the run (design section 4.6).
pub fn judge(
    contract: &Contract,
    plan: &Plan,
    evidence: &Evidence,
    sequences: Vec<CaseResult>,
    strict_base: bool,
) -> Judgement {
    let index = Index::new(plan, evidence);
    let mut results: Vec<CaseResult> =
        plan.cases.iter().enumerate().map(|(number, case)| case::judge(contract, plan, &index, number, case)).collect();
    results.extend(plan.properties.iter().map(|property| property::judge(plan, &index, property)));
    results.extend(plan.races.iter().map(|own| race::judge(contract, plan, &index, own)));
    results.extend(sequences);
    rollup::roll_up(contract, plan, results, strict_base)
}
