//! Judges generated lists: each step by step, and all of a case together.

mod account;
mod counterexample;
mod deviation;
mod listed;
mod rejection;
mod result;
mod served;
mod step;
mod success;
mod tally;

pub use counterexample::{ShrunkFailure, Told, essence};
pub use deviation::{Aim, Deviation, DeviationKind, ListJudgement, Undecided};
pub use result::ListsResult;
pub use step::judge_list;
pub use tally::{Failure, Tally};

use super::index::Index;
use super::rollup::CaseResult;
use super::verdict::Finding;
use crate::execute::evidence::{ListTrial, ListsRun, NO_VERSION, NotKept, NotRun, StepResult, Trial, is_out_of_place};
use crate::plan::{Head, Plan};
use crate::suite::contract::Contract;

/// Judges all lists of a case.
pub(super) fn judge(contract: &Contract, plan: &Plan, index: &Index<'_>, head: &Head) -> (CaseResult, ListsResult) {
    let evidence = index.evidence;
    let run = evidence.lists.iter().find(|run| run.case == head.id);
    let trials = || evidence.trials.iter().filter(|trial| trial.case == head.id).filter_map(Trial::list);
    let judged = |list: &ListTrial| judge_list(contract, plan.edition, (&evidence.exchanges, &index.moving), list);
    let disturbed = |number| trials().any(|list| list.number == number && excuse(index, list).is_some());
    let (mut excused, mut disturbance): (Option<(u32, String)>, Option<String>) = (None, None);
    let mut tally = Tally::default();
    let mut result = nothing(head, run);
    let mut unfinished: u32 = 0;
    for list in trials() {
        result.requests = result.requests.saturating_add(list.block.count as usize);
        // A list without an appointment has no step, and one that was sent again shows what another list showed.
        if list.rerun || list.start.is_none() {
            continue;
        }
        result.lists = result.lists.saturating_add(1);
        unfinished += u32::from(list.steps.iter().any(|step| matches!(step.seen, StepResult::NotReached)));
        for step in &list.steps {
            match &step.seen {
                StepResult::Sent(_) => result.steps += 1,
                StepResult::Skipped(why) => {
                    result.skipped += 1;
                    tally.without_version |= why == NO_VERSION;
                    tally.out_of_place |= is_out_of_place(why);
                }
                StepResult::NotReached => {}
            }
        }
        match excuse(index, list) {
            Some(why) => excused = excused.or(Some((list.number, why))),
            None => drop(tally.add(list.number, judged(list))),
        }
    }
    if let Some((number, why)) = excused {
        tally.undecided += 1;
        disturbance = Some(format!("list {number}: {why}"));
    }
    result.undecided = tally.undecided;
    for shrunk in run.iter().flat_map(|run| &run.shrunk) {
        let trial = evidence.trials.get(shrunk.trial as usize).filter(|trial| trial.case == head.id);
        let Some(list) = trial.and_then(Trial::list).filter(|list| !disturbed(list.number)) else { continue };
        let aim = counterexample::aim(shrunk);
        let deviation = judged(list).failure(&aim).cloned();
        let lists = tally.failed.get(&aim).map_or(0, |failure| failure.lists);
        result.counterexamples.push(counterexample::of(&head.id, result.seed, shrunk, list, deviation, lists));
    }
    let presupposed = evidence.not_run.iter().find(|not_run| not_run.case == head.id);
    if let Some(not_run) = presupposed.filter(|_| result.lists == 0) {
        return (untried(head, not_run), result);
    }
    let told: Vec<Told> = result.counterexamples.iter().map(ShrunkFailure::told).collect();
    let cut = cut_short(run, result.lists.saturating_sub(unfinished));
    let trouble = result.trouble.as_deref().or(disturbance.as_deref());
    (tally.result(head, &told, (trouble, cut.as_deref())), result)
}

/// Where lists were not sent, or not to their end: what those that were sent show of a rule says nothing of them.
fn cut_short(run: Option<&ListsRun>, whole: u32) -> Option<String> {
    let run = run.filter(|run| whole < run.planned)?;
    let why = run.trouble.as_deref()?;
    Some(format!("only {whole} of {} lists were sent to their end: {why}", run.planned))
}

/// Nothing follows from a list to whose appointment, or bystander, someone else writes.
fn excuse(index: &Index<'_>, list: &ListTrial) -> Option<String> {
    let bystander = list.bystander.as_ref().map(|bystander| bystander.id.as_str());
    let mut concerned = list.appointment.as_deref().into_iter().chain(bystander);
    concerned.find_map(|appointment| index.strangers.excuse_for(appointment))
}

/// The result of lists of which none was sent.
fn untried(head: &Head, not_run: &NotRun) -> CaseResult {
    let mut untried = CaseResult::new(head);
    untried.findings.extend(head.requirements.iter().map(|requirement| Finding {
        case: head.id.clone(),
        requirement: requirement.clone(),
        verdict: not_run.kind.into(),
        expected: String::new(),
        found: not_run.reason.clone(),
        exchange: None,
        also: Vec::new(),
        cause: None,
    }));
    untried.conclude();
    untried
}

/// What is told of the lists that are not kept.
fn nothing(head: &Head, run: Option<&ListsRun>) -> ListsResult {
    let NotKept { lists, steps, skipped, requests } = run.map(|run| run.not_kept).unwrap_or_default();
    let shrinking = run.iter().flat_map(|run| &run.shrunk).map(|shrunk| shrunk.requests as usize);
    ListsResult {
        case: head.id.clone(),
        seed: run.map_or(0, |run| run.seed),
        lists,
        steps: steps as usize,
        skipped: skipped as usize,
        undecided: 0,
        requests: shrinking.fold(requests as usize, usize::saturating_add),
        not_kept: lists,
        trouble: run.and_then(|run| run.trouble.clone()),
        counterexamples: Vec::new(),
    }
}
