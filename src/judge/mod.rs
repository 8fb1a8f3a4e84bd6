//! What it means: verdicts computed from a plan and its evidence, with no clock, no file and no network.

mod bodies;
mod check;
mod dates;
mod exchange;
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

pub use race::{RaceHistory, RaceWitness};
pub use rollup::{CaseResult, Judgement, RequirementResult, RunVerdict, Totals};
pub use sequence::{Deviation, Kind, SequenceJudgement, judge_sequence};
pub use tally::{Aim, Failure, Tally, Told};
pub use verdict::{Finding, Verdict};

use index::Index;

use crate::execute::evidence::{Evidence, owners};
use crate::plan::{CaseKind, Plan, Stepwise};
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
    let mut sequences: Vec<Option<CaseResult>> = sequences.into_iter().map(Some).collect();
    let mut results = Vec::new();
    let mut histories = Vec::new();
    for (number, case) in plan.cases.iter().enumerate() {
        let head = &case.head;
        results.extend(match &case.kind {
            CaseKind::Exchange(body) => Some(exchange::judge(contract, plan, &index, number, Stepwise { head, body })),
            CaseKind::Race(race) if head.selected => {
                Some(race::judge(contract, plan, &index, (head, race), &mut histories))
            }
            CaseKind::Property(rule) if head.selected => Some(property::judge(&index, head, rule)),
            CaseKind::Lists(_) => sequences
                .iter_mut()
                .find(|result| result.as_ref().is_some_and(|result| result.id == head.id))
                .and_then(Option::take),
            CaseKind::Race(_) | CaseKind::Property(_) => None,
        });
    }
    let (_, misplaced) = owners(&evidence.exchanges, &evidence.trials);
    let judgement = rollup::roll_up(contract, plan, results, misplaced.first(), strict_base);
    Judgement { histories, ..judgement }
}
