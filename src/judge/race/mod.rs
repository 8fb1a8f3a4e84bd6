//! Judges a race: from its exchanges to a history, from the history to findings.

mod history;
mod rules;
#[cfg(test)]
mod tests;
mod view;

pub use history::{RaceHistory, RaceWitness};

use std::collections::BTreeMap;

use super::index::Index;
use super::rollup::CaseResult;
use super::verdict::{Finding, Verdict};
use crate::execute::evidence::{ExchangeId, NotRunKind, RaceRound, Trial};
use crate::plan::{Head, Plan, Race};
use crate::suite::contract::{Breach, Contract, Level, RequirementId};
use crate::suite::scenario::RaceRule;
use view::View;

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
    let views: Vec<View<'_>> = complete.map(|round| View::new(&head.id, race, round, index.evidence)).collect();
    let not_run = index.not_run(&head.id);
    for id in &head.requirements {
        let Some(rule) = RaceRule::of(id) else { continue };
        let judge = Judge { contract, plan, head, race, id, rule, views: &views };
        let failed = not_run.filter(|not_run| not_run.kind == NotRunKind::HarnessFailed);
        if let Some(failed) = failed {
            result.findings.push(judge.finding(failed.kind.into(), "", failed.reason.clone(), None));
        }
        match (views.is_empty(), halted.or(not_run.map(|not_run| not_run.reason.as_str()))) {
            (false, _) => judge.rounds(&mut result.findings),
            (true, Some(_)) if failed.is_some() => {}
            (true, Some(why)) => result.findings.push(judge.finding(Verdict::NotTested, "", why.to_owned(), None)),
            (true, None) => {
                let why = "it was planned, and nothing says what became of it".to_owned();
                result.findings.push(judge.finding(Verdict::Error, "", why, None));
            }
        }
    }
    histories.extend(views.into_iter().flat_map(|view| view.histories));
    result.conclude();
    result
}

/// One requirement against all rounds of a race.
struct Judge<'a> {
    contract: &'a Contract,
    plan: &'a Plan,
    head: &'a Head,
    race: &'a Race,
    id: &'a RequirementId,
    rule: RaceRule,
    views: &'a [View<'a>],
}

/// What one round says about one requirement.
enum Said {
    Kept,
    Broken(Broken),
    Open(String),
    Noted(String),
    Nothing,
}

/// What is wrong in one round.
struct Broken {
    verdict: Verdict,
    expected: String,
    found: String,
    exchange: Option<ExchangeId>,
    /// The witness, a line for each request.
    notes: Vec<String>,
}

impl Judge<'_> {
    fn rounds(&self, findings: &mut Vec<Finding>) {
        let (mut kept, mut broken, mut open, mut noted) = (0usize, Vec::new(), None, Vec::new());
        for view in self.views {
            match self.round(view) {
                // Whatever was seen to be broken is broken; but nothing is kept by requests that did not meet.
                Said::Kept | Said::Noted(_) if !view.round.overlapped => {
                    open = Some("the requests of the clients did not overlap in time".to_owned());
                }
                Said::Kept => kept += 1,
                Said::Noted(text) => noted.push(text),
                Said::Open(why) => open = Some(why),
                Said::Nothing => {}
                Said::Broken(breach) => broken.push(breach),
            }
        }
        let rounds = broken.len();
        // Of several rounds the worst is told, the earliest of those that are alike.
        if let Some(Broken { verdict, expected, found, exchange, notes }) =
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
        for (word, count) in self.views.iter().flat_map(View::split) {
            *split.entry(word).or_default() += count;
        }
        let codes: Vec<String> = split.iter().map(|(word, count)| format!("{word} x{count}")).collect();
        let rounds = if kept == 1 { "round" } else { "rounds" };
        format!("held in {kept} {rounds} of {} clients: {}", self.race.clients.len(), codes.join(", "))
    }

    fn round(&self, view: &View<'_>) -> Said {
        let said = self.rule_of(view);
        // What a body would have shown that met a limit of ours is not known.
        let reads_bodies = matches!(self.rule, RaceRule::FinalState | RaceRule::WholePatches);
        match (said, view.limit()) {
            (Said::Kept | Said::Nothing, Some(limit)) if reads_bodies => Said::Open(limit.to_owned()),
            (said, _) => said,
        }
    }

    fn rule_of(&self, view: &View<'_>) -> Said {
        match self.rule {
            RaceRule::OneWinner => self.one_winner(view),
            RaceRule::LoserCodes => self.loser_codes(view),
            RaceRule::SomeWinner => self.some_winner(view),
            RaceRule::FinalState => self.final_state(view),
            RaceRule::WholePatches => self.whole_patches(view),
            RaceRule::PatchedAgain => self.patched_again(view),
            RaceRule::RetryAfterLock => rules::retried(view),
            RaceRule::Independent => self.independent(view),
            RaceRule::LockHasReason => self.lock_has_reason(view),
        }
    }

    fn breach(&self) -> Breach {
        let requirement = self.contract.requirement(self.id);
        match requirement {
            Some(requirement) if requirement.level == Level::Unspecified && self.rule == RaceRule::RetryAfterLock => {
                Breach::Observe
            }
            Some(requirement) => requirement.breach(self.plan.edition),
            None => Breach::Fail,
        }
    }

    fn finding(&self, verdict: Verdict, expected: &str, found: String, exchange: Option<ExchangeId>) -> Finding {
        Finding {
            case: self.head.id.clone(),
            requirement: self.id.clone(),
            verdict,
            expected: expected.to_owned(),
            found,
            exchange,
        }
    }
}
