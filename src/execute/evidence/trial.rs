//! What was done once for one case, of whatever kind.

use serde::{Deserialize, Serialize};

use super::exchange::ExchangeId;
use super::list::ListTrial;
use super::round::RaceRound;
use super::steps::StepsTrial;
use crate::plan::CaseId;

/// What was done once for one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The case.
    pub case: CaseId,
    /// The lane it was sent in.
    pub lane: u32,
    /// What was done.
    pub kind: TrialKind,
}

/// The kinds of trial: one for each kind of case that sends something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrialKind {
    /// The steps of an exchange case.
    Steps(StepsTrial),
    /// One round of a race.
    Round(RaceRound),
    /// A generated list of steps.
    List(ListTrial),
}

/// The steps of an exchange case together with the trial they are.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'e> {
    pub case: &'e CaseId,
    pub lane: u32,
    pub seen: &'e StepsTrial,
}

impl std::ops::Deref for Attempt<'_> {
    type Target = StepsTrial;

    fn deref(&self) -> &StepsTrial {
        self.seen
    }
}

impl Trial {
    /// The requests that were sent for the case itself, without the reads around them and the controls after them.
    pub fn sent(&self) -> Box<dyn Iterator<Item = ExchangeId> + '_> {
        match &self.kind {
            TrialKind::Steps(seen) => Box::new(seen.steps.iter().map(|step| step.exchange)),
            TrialKind::Round(round) => Box::new(
                round.warm.iter().chain(round.clients.iter().flatten()).copied().chain(round.retried).chain(round.then),
            ),
            TrialKind::List(list) => Box::new(list.sent().map(|(_, seen)| seen.exchange)),
        }
    }

    /// The trial as one of steps, where it is one.
    pub fn attempt(&self) -> Option<Attempt<'_>> {
        match &self.kind {
            TrialKind::Steps(seen) => Some(Attempt { case: &self.case, lane: self.lane, seen }),
            TrialKind::Round(_) | TrialKind::List(_) => None,
        }
    }

    /// The trial as the round of a race, where it is one.
    pub fn round(&self) -> Option<&RaceRound> {
        match &self.kind {
            TrialKind::Round(round) => Some(round),
            TrialKind::Steps(_) | TrialKind::List(_) => None,
        }
    }

    /// The trial as a generated list, where it is one.
    pub fn list(&self) -> Option<&ListTrial> {
        match &self.kind {
            TrialKind::List(list) => Some(list),
            TrialKind::Steps(_) | TrialKind::Round(_) => None,
        }
    }

    /// Moves all ids, when the exchanges move.
    pub(in crate::execute) fn shift(&mut self, by: ExchangeId) {
        match &mut self.kind {
            TrialKind::Steps(seen) => seen.shift(by),
            TrialKind::Round(round) => round.shift(by),
            TrialKind::List(list) => list.shift(by),
        }
    }
}
