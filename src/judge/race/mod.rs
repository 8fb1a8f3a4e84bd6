//! Judges a race: from its exchanges to a history, from the history to findings.

mod history;
mod losers;
mod requirement;
mod rules;
#[cfg(test)]
mod tests;
mod view;

pub use history::{RaceHistory, RaceWitness};

use std::collections::BTreeMap;

use super::index::Index;
use super::rollup::CaseResult;
use super::verdict::{Finding, NO_RESULT, Verdict};
use crate::execute::evidence::{NotRunKind, RaceRound, Trial};
use crate::plan::{Head, Plan, Race};
use crate::suite::contract::{Breach, Contract};
use crate::suite::scenario::RaceRule;
use requirement::{BrokenRound, RaceRequirement, RoundResult};
use view::RoundView;

/// The result of a race. The histories of its rounds are added to `histories`, each checked once.
pub(super) fn judge(
    contract: &Contract,
    plan: &Plan,
    index: &Index<'_>,
    (head, race): (&Head, &Race),
    histories: &mut Vec<RaceHistory>,
) -> CaseResult {
    let trials = index.evidence.trials.iter().filter(|trial| trial.case == head.id);
    let rounds: Vec<&RaceRound> = trials.filter_map(Trial::round).collect();
    let exchanges = rounds.iter().flat_map(|round| round.exchanges()).collect();
    let mut result = CaseResult { exchanges, ..CaseResult::new(head) };
    let complete = rounds.iter().filter(|round| round.halted.is_none());
    let halted = rounds.iter().find_map(|round| round.halted.as_deref());
    let mut views: Vec<RoundView<'_>> =
        complete.map(|round| RoundView::new(&head.id, race, round, index.evidence)).collect();
    let is_whole = |view: &RoundView<'_>| view.round.is_whole(&index.evidence.exchanges);
    let any_whole = views.iter().any(is_whole);
    for view in &mut views {
        view.repeated = any_whole && !is_whole(view);
        view.excused = view.round.appointments.iter().find_map(|contended| index.strangers.excuse_for(contended));
    }
    let not_run = index.not_run(&head.id);
    for id in &head.requirements {
        let Some(rule) = RaceRule::of(id) else { continue };
        let requirement = RaceRequirement { contract, plan, head, race, id, rule, views: &views };
        let failed = not_run.filter(|not_run| not_run.kind == NotRunKind::HarnessFailed);
        if let Some(failed) = failed {
            result.findings.push(requirement.finding(failed.kind.into(), "", failed.reason.clone(), None));
        }
        match (views.is_empty(), halted.or(not_run.map(|not_run| not_run.reason.as_str()))) {
            (false, _) => requirement.rounds(&mut result.findings),
            (true, Some(_)) if failed.is_some() => {}
            (true, Some(why)) => {
                let verdict = not_run.map_or(Verdict::NotTested, |not_run| not_run.kind.into());
                result.findings.push(requirement.finding(verdict, "", why.to_owned(), None));
            }
            (true, None) => {
                result.findings.push(requirement.finding(Verdict::Error, "", NO_RESULT.to_owned(), None));
            }
        }
    }
    histories.extend(views.into_iter().flat_map(|view| view.histories));
    result.conclude();
    result
}

impl RaceRequirement<'_> {
    fn rounds(&self, findings: &mut Vec<Finding>) {
        let (mut kept, mut broken, mut open, mut noted) = (0usize, Vec::new(), None, Vec::new());
        for view in self.views {
            let result = self.round(view);
            // What seems broken may be someone else's doing; what is kept in spite of that is kept.
            if let (RoundResult::Broken(_), Some(why)) = (&result, &view.excused) {
                open = Some(why.clone());
                continue;
            }
            match result {
                // It was run again. What it shows to be forbidden stands, and all else is for the whole rounds to say.
                RoundResult::Kept | RoundResult::Noted(_) | RoundResult::Open(_) if view.repeated => {}
                RoundResult::Broken(ref broken) if view.repeated && view.failed_over(broken.exchange) => {}
                // Whatever was seen to be broken is broken; but nothing is kept by requests that did not meet.
                RoundResult::Kept | RoundResult::Noted(_) if !view.round.overlapped => {
                    open = Some("the requests of the clients did not overlap in time".to_owned());
                }
                RoundResult::Kept => kept += 1,
                RoundResult::Noted(text) => noted.push(text),
                RoundResult::Open(why) => open = Some(why),
                RoundResult::Nothing => {}
                RoundResult::Broken(breach) => broken.push(breach),
            }
        }
        let rounds = broken.len();
        // Of several rounds the worst is told, the earliest of those that are alike.
        if let Some(BrokenRound { verdict, expected, found, exchange, notes }) =
            broken.into_iter().min_by_key(|broken| broken.verdict)
        {
            findings.push(self.finding(verdict, &expected, found, exchange));
            findings.extend(notes.into_iter().map(|note| self.finding(verdict, "", note, None)));
            if rounds > 1 {
                let text = format!("in {rounds} of {} rounds", self.views.len());
                findings.push(self.finding(verdict, "", text, None));
            }
        }
        if kept > 0 {
            let verdict = if self.breach() == Breach::Observe { Verdict::Observed } else { Verdict::Pass };
            findings.push(self.finding(verdict, "", self.told(kept), None));
        } else if let (0, Some(text)) = (rounds, noted.first()) {
            findings.push(self.finding(Verdict::Observed, "", text.clone(), None));
        } else if let (0, Some(why)) = (rounds, open) {
            findings.push(self.finding(Verdict::Inconclusive, "", why, None));
        }
    }

    /// The number of rounds and the split of codes.
    fn told(&self, kept: usize) -> String {
        let mut split: BTreeMap<String, usize> = BTreeMap::new();
        for (word, count) in self.views.iter().flat_map(RoundView::split) {
            *split.entry(word).or_default() += count;
        }
        let codes: Vec<String> = split.iter().map(|(word, count)| format!("{word} x{count}")).collect();
        let rounds = if kept == 1 { "round" } else { "rounds" };
        format!("held in {kept} {rounds} of {} clients: {}", self.race.clients.len(), codes.join(", "))
    }
}
