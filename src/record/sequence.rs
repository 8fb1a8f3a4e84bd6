//! Generated sequences in the record: how much was drawn and sent, and each counterexample with the trial that shows it.

use serde::{Deserialize, Serialize};

use super::counterexample::{CounterexampleSource, case_id, scenario};
use crate::execute::evidence::{Evidence, Trial};
use crate::judge::{self, ListsResult};
use crate::plan::{CaseId, Plan};
use crate::suite::contract::{Contract, RequirementId};
use crate::suite::scenario::Fixture;

/// What one generated sequence came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequenceRecord {
    /// The id of the case.
    pub id: CaseId,
    /// What the lists were drawn from.
    pub seed: u64,
    /// Lists that were sent.
    pub lists: u32,
    /// Steps that were sent.
    pub steps: usize,
    /// Steps that could not be made, such as a stale tag where there is no earlier version.
    pub skipped: usize,
    /// Lists that could not be judged to their end.
    pub undecided: u32,
    /// Requests that were sent.
    pub requests: usize,
    /// Why not all lists were sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trouble: Option<String>,
    /// The smallest lists found that break a requirement.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub counterexamples: Vec<Counterexample>,
    /// Lists beyond the most that are kept, which showed nothing new; the seed gives them again.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub not_kept: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The smallest list found that breaks a requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counterexample {
    /// Where it is written, below the folder of `--out`.
    pub file: String,
    /// The id of its case in that file.
    pub case: String,
    /// The requirement that is broken.
    pub requirement: RequirementId,
    /// What would have been right.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The number of the list that showed it first.
    pub number: u32,
    /// How many lists showed it.
    pub lists: usize,
    /// Steps of the list as it was drawn.
    pub steps_drawn: usize,
    /// Steps of the smallest list.
    pub steps: usize,
    /// How often lists were sent again to find the smallest.
    pub reruns: u32,
    /// Appointments that the re-runs used up.
    pub appointments: u32,
    /// How often the smallest list failed again, of how many times.
    pub again: (u32, u32),
    /// Why the list was not made smaller still; absent where it is minimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<String>,
    /// The scenario file.
    pub scenario: String,
    /// The place of the trial that shows it.
    pub trial: u32,
}

/// What the generated sequences of a run came to, from what was seen and judged of them.
pub(super) fn records(
    contract: &Contract,
    plan: &Plan,
    evidence: &Evidence,
    results: &[ListsResult],
) -> Vec<SequenceRecord> {
    let of_result = |result: &ListsResult| SequenceRecord {
        id: result.case.clone(),
        seed: result.seed,
        lists: result.lists,
        steps: result.steps,
        skipped: result.skipped,
        undecided: result.undecided,
        requests: result.requests,
        trouble: result.trouble.clone(),
        counterexamples: counterexamples(contract, plan, evidence, result),
        not_kept: result.not_kept,
    };
    results.iter().map(of_result).collect()
}

fn counterexamples(contract: &Contract, plan: &Plan, evidence: &Evidence, result: &ListsResult) -> Vec<Counterexample> {
    let lists = plan.lists().find(|(head, _)| head.id == result.case);
    let fixture = lists.map_or(Fixture::Booked, |(_, lists)| lists.fixture);
    let shrunk = evidence.lists.iter().find(|run| run.case == result.case).map_or(&[][..], |run| &run.shrunk);
    let written = |found: &judge::ShrunkFailure| {
        let same = |shrunk: &&crate::execute::evidence::Shrunk| {
            (shrunk.trial, shrunk.number, &shrunk.requirement) == (found.trial, found.number, &found.requirement)
        };
        let shrunk = shrunk.iter().find(same)?;
        let list = evidence.trials.get(found.trial as usize).and_then(Trial::list)?;
        let scenario = scenario(CounterexampleSource {
            contract,
            edition: plan.edition,
            exchanges: &evidence.exchanges,
            case: &result.case,
            fixture,
            seed: result.seed,
            shrunk,
            found,
            list,
        });
        let said = |side: fn(&judge::Deviation) -> &String| found.deviation.as_ref().map(side).cloned();
        Some(Counterexample {
            file: found.file(),
            case: case_id(&found.name),
            requirement: found.requirement.clone(),
            expected: said(|deviation| &deviation.expected).unwrap_or_default(),
            found: said(|deviation| &deviation.found).unwrap_or_default(),
            number: found.number,
            lists: found.lists,
            steps_drawn: shrunk.drawn as usize,
            steps: found.steps.len(),
            reruns: shrunk.reruns,
            appointments: shrunk.appointments,
            again: (shrunk.failed, shrunk.tried),
            end: shrunk.end.clone(),
            scenario,
            trial: found.trial,
        })
    };
    result.counterexamples.iter().filter_map(written).collect()
}
