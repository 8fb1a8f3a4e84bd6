//! A run: the root of a record.

use serde::{Deserialize, Serialize};

use super::{
    AttemptRecord, BatchRecord, CaseRecord, ContractRecord, Digests, ExchangeRecord, FixtureRecord, HistoryRecord,
    NotRunRecord, PaceRecord, PlanRecord, RequirementRecord, RoundRecord, Suite, Summary, TargetRecord, Tool,
    TrialRecord,
};
use crate::execute::StopSignal;
use crate::execute::evidence::ExchangeId;
use crate::plan::{CaseId, Inputs};
use crate::record::{Counterexample, DriftRecord, SequenceRecord};
use crate::suite::contract::{Edition, RequirementId};

/// The version of this form. A reader rejects every other one.
pub const SCHEMA: &str = "patchproof/run/4";

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// The version of this form, as in `patchproof/run/4`.
    pub schema: String,
    /// What made the record.
    pub tool: Tool,
    /// What the suite that judged the run was shown to find.
    pub suite: Suite,
    /// The edition of the contract that was applied.
    pub edition: Edition,
    /// Whether inherited requirements decide too.
    pub strict_base: bool,
    /// The server under test.
    pub target: TargetRecord,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339.
    pub finished: String,
    /// What everything random was drawn from.
    pub seed: u64,
    /// Whether the run ended before its plan did, and why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cut_short: Option<String>,
    /// The signal that ended it, where one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signal: Option<StopSignal>,
    /// The pace of the run, where it was bound or the target throttled it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pace: Option<PaceRecord>,
    /// The contract that was applied.
    pub contract: ContractRecord,
    /// What the plan was made from.
    pub inputs: Inputs,
    /// Digests by which a changed record is noticed.
    pub digests: Digests,
    /// What the plan asked for, and what the run used.
    pub plan: PlanRecord,
    /// The verdict of the run.
    pub summary: Summary,
    /// Every requirement of the edition, with its verdict.
    pub requirements: Vec<RequirementRecord>,
    /// Every selected case, with its verdict.
    pub cases: Vec<CaseRecord>,
    /// The appointments that the run touched.
    pub fixtures: Vec<FixtureRecord>,
    /// What was done for each case; they point into the exchanges.
    pub trials: Vec<TrialRecord>,
    /// How the generated lists of each case were sent.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lists: Vec<super::ListsRunRecord>,
    /// Refusals that share their reads and their control.
    pub batches: Vec<BatchRecord>,
    /// Cases that were planned and not run.
    pub not_run: Vec<NotRunRecord>,
    /// What the clients of each race saw, as `patchproof check-history` reads it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub histories: Vec<HistoryRecord>,
    /// Every request and its response; the id of an exchange is its place here.
    pub exchanges: Vec<ExchangeRecord>,
    /// What generated sequences came to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sequences: Vec<SequenceRecord>,
    /// How the answers compare with accepted snapshots, where that was asked for. No verdict rests on it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drift: Option<DriftRecord>,
}

impl RunRecord {
    /// The executions of cases of steps, in order.
    pub fn attempts(&self) -> impl Iterator<Item = AttemptRecord<'_>> {
        self.trials.iter().filter_map(TrialRecord::attempt)
    }

    /// The rounds of races with their cases, in order.
    pub fn rounds(&self) -> impl Iterator<Item = (&CaseId, &RoundRecord)> {
        self.trials.iter().filter_map(|trial| Some((&trial.case, trial.round()?)))
    }

    /// The exchanges that belong to no generated list, in order.
    pub fn exchanges_without_lists(&self) -> impl Iterator<Item = &ExchangeRecord> {
        let mut in_lists = vec![false; self.exchanges.len()];
        for list in self.trials.iter().filter_map(TrialRecord::list) {
            in_lists.get_mut(list.block.range(self.exchanges.len())).into_iter().for_each(|block| block.fill(true));
        }
        self.exchanges.iter().zip(in_lists).filter(|(_, in_list)| !in_list).map(|(exchange, _)| exchange)
    }

    /// Drops what was sent for generated lists; lists are the last of a run.
    pub fn forget_lists(&mut self) {
        let first = self.trials.iter().filter_map(TrialRecord::list).map(|list| list.block.first).min();
        self.exchanges.truncate(first.map_or(usize::MAX, |first| first as usize));
        self.trials.retain(|trial| trial.list().is_none());
    }

    /// The requests of the list that shows a counterexample, in order.
    pub fn requests_of(&self, found: &Counterexample) -> &[ExchangeRecord] {
        let list = self.trials.get(found.trial as usize).and_then(TrialRecord::list);
        let block = list.map(|list| list.block.range(self.exchanges.len())).unwrap_or_default();
        self.exchanges.get(block).unwrap_or_default()
    }

    /// An exchange of the run.
    pub fn exchange(&self, id: ExchangeId) -> Option<&ExchangeRecord> {
        self.exchanges.get(id as usize)
    }

    /// A requirement of the run.
    pub fn requirement(&self, id: &RequirementId) -> Option<&RequirementRecord> {
        self.requirements.iter().find(|requirement| requirement.id == *id)
    }
}
