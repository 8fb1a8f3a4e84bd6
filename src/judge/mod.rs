//! What it means: verdicts computed from a plan and its evidence, with no clock, no file and no network.

mod bodies;
mod causes;
mod check;
mod dates;
mod exchange;
pub mod history;
mod index;
pub mod lines;
mod list;
mod outcome;
mod property;
mod race;
mod resource;
mod rollup;
mod status;
mod strangers;
mod suspects;
#[cfg(test)]
mod tests;
mod verdict;
mod xml;

pub use list::{
    Aim, Deviation, DeviationKind, Failure, ListJudgement, ListsResult, ShrunkFailure, Tally, Told, Undecided, essence,
    judge_list,
};
pub use race::{RaceHistory, RaceWitness};
pub use rollup::{CaseResult, Judgement, RequirementResult, RunVerdict, Totals};
pub use verdict::{Cause, Finding, Verdict};

use index::Index;
use property::SETTLES_US;

use crate::execute::evidence::{Evidence, NotRunKind, owners};
use crate::plan::{CaseKind, Plan, Stepwise};
use crate::suite::contract::Contract;

/// As [`judge`], for evidence that may end with a clean-up, which no verdict rests on.
pub fn judge_beside_clean_up(
    contract: &Contract,
    plan: &Plan,
    evidence: &mut Evidence,
    strict_base: bool,
) -> Judgement {
    let clean_up = evidence.split_off_clean_up();
    let judgement = judge(contract, plan, evidence, strict_base);
    evidence.exchanges.extend(clean_up);
    judgement
}

/// Judges the evidence of a plan. `strict_base` lets inherited requirements decide the run (design section 4.6).
pub fn judge(contract: &Contract, plan: &Plan, evidence: &Evidence, strict_base: bool) -> Judgement {
    let mut index = Index::new(plan, evidence);
    index.strangers = strangers::Strangers::find(evidence, &index.bodies, |batch| index.is_disturbed(batch));
    let mut results = Vec::new();
    let mut histories = Vec::new();
    let mut lists = Vec::new();
    for (number, case) in plan.cases.iter().enumerate() {
        let head = &case.head;
        if let Some(why) = &plan.not_applicable {
            results.push(CaseResult::not_applicable(head, why));
            continue;
        }
        match &case.kind {
            CaseKind::Exchange(body) => {
                results.push(exchange::judge(contract, plan, &index, number, Stepwise { head, body }));
            }
            CaseKind::Race(race) if head.selected => {
                results.push(race::judge(contract, plan, &index, (head, race), &mut histories));
            }
            CaseKind::Property(rule) if head.selected => results.push(property::judge(&index, head, rule)),
            CaseKind::Lists(_) if head.selected => {
                let (result, of_case) = list::judge(contract, plan, &index, head);
                results.push(result);
                lists.push(of_case);
            }
            CaseKind::Race(_) | CaseKind::Property(_) | CaseKind::Lists(_) => {}
        }
    }
    index.strangers.excuse(evidence, &mut results);
    for result in &mut results {
        let failed = index.not_run(&result.id).filter(|not_run| not_run.kind == NotRunKind::HarnessFailed);
        if let Some(not_run) = failed.filter(|_| result.verdict != Verdict::Error) {
            result.fail(&not_run.reason);
        }
    }
    causes::find(contract, &index, &mut results);
    let (_, misplaced) = owners(&evidence.exchanges, &evidence.trials);
    let judgement = rollup::roll_up(contract, plan, results, misplaced.first(), evidence.headline(), strict_base);
    Judgement { histories, lists, ..judgement }
}
