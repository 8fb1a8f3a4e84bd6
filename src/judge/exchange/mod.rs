//! Judges one case of steps from its attempts.

mod attempt;
mod control;
mod declared;
mod effect;
mod lost;
mod precedence;
mod server_error;
mod step;
mod supported;

use attempt::AttemptJudge;
pub(super) use lost::TRIES;

use super::index::Index;
use super::rollup::CaseResult;
use super::verdict::{Finding, NO_RESULT, Verdict};
use crate::execute::evidence::{Attempt, ControlSeen, ExchangeId, NotRunKind};
use crate::plan::{CaseIndex, Plan, Stepwise, Unplanned};
use crate::suite::contract::Contract;

/// The result of one case.
pub(super) fn judge(
    contract: &Contract,
    plan: &Plan,
    index: &Index<'_>,
    number: CaseIndex,
    case: Stepwise<'_>,
) -> CaseResult {
    let mut result = CaseResult::new(case.head);
    let attempts = index.attempts(&case.head.id);
    let Some(mut attempt) = decisive(index, attempts, false) else {
        let (verdict, reason) = untried(plan, index, number, case);
        about_all(case, verdict, &reason, &mut result.findings);
        result.conclude();
        return result;
    };
    result.exchanges = exchanges(attempts);
    let judge = |attempt| AttemptJudge { contract, plan, index, case, attempt };
    if let Some(not_run) = index.not_run(&case.head.id).filter(|not_run| not_run.kind == NotRunKind::HarnessFailed) {
        // The harness failed half-way: nothing follows for the case, but what is forbidden stays so.
        about_all(case, not_run.kind.into(), &not_run.reason, &mut result.findings);
        attempts.iter().for_each(|attempt| judge(*attempt).forbidden(&mut result.findings));
        result.conclude();
        return result;
    }
    let mut findings = judge(attempt).steps();
    let has_failed = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    if let Some(second) = second_look(index, attempts, &attempt).filter(|_| !has_failed) {
        (attempt, findings) = (second, judge(second).steps());
    }
    result.findings.extend(findings);
    let others = attempts.iter().filter(|other| !std::ptr::eq(other.seen, attempt.seen));
    others.for_each(|other| judge(*other).forbidden(&mut result.findings));
    result.conclude();
    result
}

/// The same finding for every requirement of a case.
fn about_all(case: Stepwise<'_>, verdict: Verdict, found: &str, findings: &mut Vec<Finding>) {
    findings.extend(case.head.requirements.iter().map(|requirement| Finding {
        case: case.head.id.clone(),
        requirement: requirement.clone(),
        verdict,
        expected: String::new(),
        found: found.to_owned(),
        exchange: None,
        also: Vec::new(),
        cause: None,
    }));
}

/// Why there is no attempt at a case, and what that comes to.
fn untried(plan: &Plan, index: &Index<'_>, number: CaseIndex, case: Stepwise<'_>) -> (Verdict, String) {
    match (plan.unplanned.get(&number), index.not_run(&case.head.id)) {
        (Some(Unplanned::NotApplicable(why)), _) => (Verdict::NotApplicable, why.clone()),
        (Some(Unplanned::NotTested(why)), _) => (Verdict::NotTested, why.clone()),
        (None, Some(not_run)) => (not_run.kind.into(), not_run.reason.clone()),
        (None, None) if case.head.selected => (Verdict::Error, NO_RESULT.to_owned()),
        (None, None) => (Verdict::NotTested, "not selected".to_owned()),
    }
}

/// What decides in the place of the first look, where that says nothing of the contract: the attempt of the second look,
/// where it does.
fn second_look<'a>(index: &Index<'a>, attempts: &[Attempt<'a>], first: &Attempt<'a>) -> Option<Attempt<'a>> {
    let says_nothing = |attempt: &Attempt<'_>| index.evidence.is_hindered(attempt.seen);
    decisive(index, attempts, true).filter(|second| says_nothing(first) && !says_nothing(second))
}

/// Of one look, the attempt that decides: the last one made alone, else the last one; of these, one that nobody else
/// disturbed.
fn decisive<'a>(index: &Index<'a>, attempts: &[Attempt<'a>], again: bool) -> Option<Attempt<'a>> {
    let of_look = || attempts.iter().filter(move |attempt| attempt.again == again);
    let any_alone = of_look().any(|attempt| attempt.alone);
    let mut likely = of_look().rev().filter(|attempt| attempt.alone || !any_alone);
    let undisturbed = likely.clone().find(|attempt| !index.strangers.is_disturbed(attempt));
    undisturbed.or_else(|| likely.next()).copied()
}

fn exchanges(attempts: &[Attempt<'_>]) -> Vec<ExchangeId> {
    let mut ids: Vec<ExchangeId> = attempts
        .iter()
        .flat_map(|attempt| {
            let control = match attempt.seen.control {
                ControlSeen::Exchange(id) | ControlSeen::Twin(id) => Some(id),
                ControlSeen::NotNeeded | ControlSeen::Missing(_) => None,
            };
            attempt
                .seen
                .steps
                .iter()
                .flat_map(|step| [step.before, Some(step.exchange), step.first_after, step.after])
                .chain([control])
                .flatten()
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
