//! Puts a run together: the plan, what was seen and what it means become one record; and takes back what was seen.

use std::collections::BTreeMap;

use super::wire::{self, CaseTransition, Misfit, TargetRecord};
use super::{
    BatchRecord, CaseRecord, ContractRecord, Digests, ExchangeRecord, FixtureRecord, HistoryRecord, ListsRunRecord,
    NotRunRecord, PaceRecord, PlanRecord, PlannedRecord, RequirementRecord, RunRecord, SCHEMA, Suite, Summary, Tool,
    TrialRecord, reference, sequence,
};
use crate::execute::StopSignal;
use crate::execute::evidence::{Batch, Evidence, FixtureUse, ListsRun, NotRun};
use crate::judge::{CaseResult, Judgement, RequirementResult, RunVerdict, Totals, Verdict};
use crate::plan::{CaseId, Inputs, Plan, USUAL_JOBS, price};
use crate::suite::contract::{Contract, Edition, Standing};
use crate::sut::{Redact, TargetAbout};

/// Facts of a run that are neither plan nor evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Circumstances {
    pub base_url: String,
    pub embedded: bool,
    /// The header lines that every request carries, without secrets.
    pub headers: Vec<(String, String)>,
    pub about: Option<TargetAbout>,
    pub started: String,
    pub finished: String,
    pub seed: u64,
    pub strict_base: bool,
    pub cut_short: Option<String>,
    pub signal: Option<StopSignal>,
    pub pace: Option<PaceRecord>,
    pub redaction: Redact,
    pub inputs: Inputs,
    /// What the plan decides, without secrets.
    pub decided: PlannedRecord,
}

impl RunRecord {
    /// Puts a run together, with its digests.
    pub fn new(
        contract: &Contract,
        plan: &Plan,
        evidence: Evidence,
        judgement: Judgement,
        circumstances: Circumstances,
    ) -> RunRecord {
        let mut record = RunRecord::assemble(contract, plan, evidence, judgement, circumstances);
        record.summary.exit_code = record.ending().code();
        record.seal();
        record
    }

    /// Puts a run together; the digests of the evidence and of the record, and how it ends, are still to come.
    pub(crate) fn assemble(
        contract: &Contract,
        plan: &Plan,
        evidence: Evidence,
        judgement: Judgement,
        circumstances: Circumstances,
    ) -> RunRecord {
        let judgement = certifying(judgement, circumstances.cut_short.as_deref());
        let summary = summary(&judgement);
        let planned = planned(plan, &evidence, &circumstances);
        let sequences = sequence::records(contract, plan, &evidence, &judgement.lists);
        let Judgement { requirements, cases, histories, .. } = judgement;
        let Evidence { exchanges, trials, lists, batches, not_run, fixtures } = evidence;
        let Circumstances {
            base_url,
            embedded,
            headers,
            about,
            started,
            finished,
            seed,
            strict_base,
            cut_short,
            signal,
            pace,
            redaction,
            inputs,
            decided: _,
        } = circumstances;
        RunRecord {
            schema: SCHEMA.to_owned(),
            tool: Tool::this(),
            suite: Suite::shipped(),
            edition: plan.edition,
            strict_base,
            target: TargetRecord { base_url, embedded, redaction, headers, about },
            started,
            finished,
            seed,
            cut_short,
            signal,
            pace,
            contract: of_contract(contract, plan),
            inputs,
            digests: digests(plan),
            plan: planned,
            summary,
            requirements: requirements
                .into_iter()
                .filter_map(|result| requirement(contract, plan.edition, result))
                .collect(),
            cases: cases_of(plan, cases),
            fixtures: fixtures.into_iter().map(FixtureRecord::from).collect(),
            trials: trials.into_iter().map(TrialRecord::from).collect(),
            lists: lists.into_iter().map(ListsRunRecord::from).collect(),
            batches: batches.into_iter().map(BatchRecord::from).collect(),
            not_run: not_run.into_iter().map(NotRunRecord::from).collect(),
            histories: histories.into_iter().map(HistoryRecord::from).collect(),
            exchanges: exchanges.into_iter().map(ExchangeRecord::from).collect(),
            sequences,
            drift: None,
        }
    }

    /// Takes what was seen out of the record, as the judge reads it.
    ///
    /// # Errors
    /// A value that stands for nothing, with its place. The record is then without evidence.
    pub fn take_evidence(&mut self) -> Result<Evidence, Misfit> {
        Ok(Evidence {
            exchanges: wire::each("exchanges", std::mem::take(&mut self.exchanges))?,
            trials: wire::each("trials", std::mem::take(&mut self.trials))?,
            lists: std::mem::take(&mut self.lists).into_iter().map(ListsRun::from).collect(),
            batches: std::mem::take(&mut self.batches).into_iter().map(Batch::from).collect(),
            not_run: std::mem::take(&mut self.not_run).into_iter().map(NotRun::from).collect(),
            fixtures: std::mem::take(&mut self.fixtures).into_iter().map(FixtureUse::from).collect(),
        })
    }
}

/// A run that was cut certifies nothing, whatever what it sent shows.
fn certifying(judgement: Judgement, cut_short: Option<&str>) -> Judgement {
    match (judgement.verdict, cut_short) {
        (RunVerdict::Conformant | RunVerdict::SelectionPassed, Some(why)) => {
            let reason = format!("{}, but the run was cut short and certifies nothing: {why}", judgement.reason);
            Judgement { verdict: RunVerdict::Incomplete, reason, ..judgement }
        }
        (
            RunVerdict::Conformant
            | RunVerdict::NotConformant
            | RunVerdict::Incomplete
            | RunVerdict::SelectionFailed
            | RunVerdict::SelectionPassed
            | RunVerdict::Error,
            _,
        ) => judgement,
    }
}

fn of_contract(contract: &Contract, plan: &Plan) -> ContractRecord {
    ContractRecord {
        title: contract.editions.get(&plan.edition).cloned().unwrap_or_default(),
        digest: contract.digest.clone(),
        documents: reference::documents(contract, plan.edition),
        transitions: reference::transitions(contract, plan.edition),
    }
}

fn digests(plan: &Plan) -> Digests {
    Digests { scenarios: crate::suite::scenario::shipped_digest(), plan: plan.digest(), ..Digests::default() }
}

fn planned(plan: &Plan, evidence: &Evidence, circumstances: &Circumstances) -> PlanRecord {
    let price = price(plan, USUAL_JOBS);
    PlanRecord {
        appointments: price.appointments.iter().map(|(state, count)| (state.name().to_owned(), *count)).collect(),
        requests: price.requests,
        appointments_used: evidence.fixtures.len(),
        requests_sent: evidence.requests(),
        decided: circumstances.decided.clone(),
    }
}

/// A requirement with what the contract says of it; `None` where the contract has none of this id.
fn requirement(contract: &Contract, edition: Edition, result: RequirementResult) -> Option<RequirementRecord> {
    let requirement = contract.requirement(&result.id)?;
    let source = requirement.source(edition);
    let document = contract.sources.get(&source.doc);
    Some(RequirementRecord {
        id: result.id,
        title: requirement.title(edition).to_owned(),
        statement: requirement.statement(edition).to_owned(),
        level: result.level,
        standing: result.standing,
        verdict: result.verdict,
        reason: result.reason,
        cause: result.cause,
        source: source.clone(),
        document: document.map(|document| document.title.clone()).unwrap_or_default(),
        reading: requirement.reading.clone(),
        beyond: result.beyond,
        cases: result.cases,
    })
}

fn cases_of(plan: &Plan, results: Vec<CaseResult>) -> Vec<CaseRecord> {
    let cells: BTreeMap<&CaseId, CaseTransition> = plan
        .cases
        .iter()
        .filter_map(|case| Some((&case.head.id, case.stepwise()?.body.cell?)))
        .map(|(id, (from, to))| (id, CaseTransition { from, to }))
        .collect();
    let transition = |result: &CaseResult| cells.get(&result.id).copied();
    results
        .into_iter()
        .map(|result| {
            let transition = transition(&result);
            CaseRecord::new(result, transition)
        })
        .collect()
}

fn summary(judgement: &Judgement) -> Summary {
    let mut counts = Totals::new();
    let mut inherited = Totals::new();
    for result in &judgement.requirements {
        let totals = match result.standing {
            Standing::Native => &mut counts,
            Standing::Inherited => &mut inherited,
        };
        *totals.entry(result.level).or_default().entry(result.verdict).or_default() += 1;
    }
    let mut cases: BTreeMap<Verdict, usize> = BTreeMap::new();
    for case in &judgement.cases {
        *cases.entry(case.verdict).or_default() += 1;
    }
    Summary {
        verdict: judgement.verdict,
        reason: judgement.reason.clone(),
        exit_code: judgement.verdict.exit_code(),
        counts,
        inherited,
        cases,
    }
}
