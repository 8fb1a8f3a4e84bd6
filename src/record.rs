//! The whole run as one versioned JSON value, with secrets already gone; every report is rendered from it and nothing else.

mod digest;
mod drift;
mod ending;
mod read;
mod reference;
mod schema;
mod sequence;
mod wire;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::execute::evidence::{Batch, Evidence, FixtureUse, NotRun};
use crate::judge::Judgement;
use crate::plan::{Plan, Price, price};
use crate::suite::contract::Contract;

// A report is made from the record alone; these are the words of the record.
pub use crate::execute::evidence::ExchangeId;
pub use crate::judge::lines::{Line, Op};
pub use crate::judge::{Finding, RaceHistory, RaceWitness, RunVerdict, Verdict};
pub use crate::plan::CaseId;
pub use crate::plan::Inputs;
pub use crate::suite::contract::{Area, Cell, Edition, Level, RequirementId, Source, Standing};
pub use crate::sut::Redact;
pub use crate::words::fhir::AppointmentStatus;
pub use digest::Digests;
pub use drift::{DriftChange, DriftKind, DriftRecord};
pub use ending::Ending;
pub use read::{MOST_BYTES, ReadError, bytes, parse};
pub use reference::{DocumentRecord, TransitionRecord};
pub use schema::schema;
pub use sequence::{Counterexample, ListRecord, SequenceRecord};
pub use wire::{
    AttemptRecord, BatchRecord, BodyRecord, BystanderRecord, ControlRecord, ExchangeRecord, FixtureRecord, LossRecord,
    LostRecord, Misfit, NotRunKindRecord, NotRunRecord, PurposeRecord, ReceivedRecord, RequestRecord, ResponseRecord,
    RoundRecord, StepRecord, StepsRecord, TagRecord, TrailRecord, TrialKindRecord, TrialRecord, TrodRecord,
};
pub use write::write;

/// The version of this form. A reader refuses a newer one.
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
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suite: Option<Suite>,
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
    /// Refusals that share their reads and their control.
    pub batches: Vec<BatchRecord>,
    /// Cases that were planned and not run.
    pub not_run: Vec<NotRunRecord>,
    /// What the clients of each race saw, as `patchproof check-history` reads it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub histories: Vec<RaceHistory>,
    /// Every request and its response; the id of an exchange is its place here.
    pub exchanges: Vec<ExchangeRecord>,
    /// What generated sequences came to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sequences: Vec<SequenceRecord>,
    /// How the answers compare with accepted snapshots, where that was asked for. No verdict rests on it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drift: Option<DriftRecord>,
}

/// What made the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The name of the program.
    pub name: String,
    /// The version of the program.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Tool {
        Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The proof of the suite by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// The version of the suite: of its requirements, cases and rules of judgement together.
    pub version: u32,
    /// SHA-256 of the kill matrix the build was shipped with, in hexadecimal: which fault is caught by which requirement.
    pub kill_matrix: String,
}

impl Suite {
    /// That of this build.
    pub fn shipped() -> Suite {
        let kill_matrix = crate::words::digest::of_bytes(crate::words::shipped::KILL_MATRIX.as_bytes());
        Suite { version: crate::suite::VERSION, kill_matrix }
    }
}

/// The server under test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetRecord {
    /// The base URL, without a slash at the end.
    pub base_url: String,
    /// The embedded reference server.
    pub embedded: bool,
    /// What was taken out of the evidence, besides secrets.
    pub redaction: Redact,
}

/// The contract that was applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractRecord {
    /// The title of the edition.
    pub title: String,
    /// SHA-256 of the contract, in hexadecimal.
    pub digest: String,
    /// The documents that its requirements cite, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub documents: BTreeMap<String, DocumentRecord>,
    /// Its status machine, row by row.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub transitions: Vec<TransitionRecord>,
}

/// What the plan asked for, and what the run used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRecord {
    /// Appointments planned, by the state they begin in.
    pub appointments: BTreeMap<String, usize>,
    /// Requests planned.
    pub requests: usize,
    /// Appointments that the run touched.
    pub appointments_used: usize,
    /// Requests that were sent.
    pub requests_sent: usize,
}

/// The verdict of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The verdict.
    pub verdict: RunVerdict,
    /// One sentence that says what the verdict rests on.
    pub reason: String,
    /// The code that `patchproof run` exits with.
    pub exit_code: u8,
    /// Requirements of the edition itself, by level and verdict.
    pub counts: BTreeMap<Level, BTreeMap<Verdict, usize>>,
    /// Inherited requirements, by level and verdict.
    pub inherited: BTreeMap<Level, BTreeMap<Verdict, usize>>,
    /// Cases, by verdict.
    pub cases: BTreeMap<Verdict, usize>,
}

/// One requirement of the edition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementRecord {
    /// The id of the requirement.
    pub id: RequirementId,
    /// A short phrase.
    pub title: String,
    /// The rule in one sentence.
    pub statement: String,
    /// How strongly a document asks for it.
    pub level: Level,
    /// Whether the edition itself says it.
    pub standing: Standing,
    /// What was found out.
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub reason: String,
    /// Where a document says it.
    pub source: Source,
    /// The title of the document it cites.
    pub document: String,
    /// How an unclear document is read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reading: Option<String>,
    /// No scenario can verify it, for the reason given.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub beyond: bool,
    /// The cases that say something of it.
    pub cases: Vec<CaseId>,
}

/// One case or property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseRecord {
    /// The stable id of the case.
    pub id: CaseId,
    /// What the case does, as a short phrase.
    pub title: String,
    /// The requirements that something in the case is judged for.
    pub requirements: Vec<RequirementId>,
    /// The worst verdict of its findings.
    pub verdict: Verdict,
    /// What the worst finding found.
    pub reason: String,
    /// Where it is written: file and line.
    pub origin: String,
    /// What was judged.
    pub findings: Vec<Finding>,
    /// The requests of the case.
    pub exchanges: Vec<ExchangeId>,
    /// The cell of the transition table that the case tries, where it tries one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transition: Option<CaseTransition>,
}

/// A change of status that a case asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseTransition {
    /// The status that the appointment holds.
    pub from: AppointmentStatus,
    /// The status that the request sends.
    pub to: AppointmentStatus,
}

/// Facts of a run that are neither plan nor evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Circumstances {
    pub base_url: String,
    pub embedded: bool,
    pub started: String,
    pub finished: String,
    pub seed: u64,
    pub strict_base: bool,
    pub cut_short: Option<String>,
    pub redaction: Redact,
    pub inputs: Inputs,
    pub sequences: Vec<SequenceRecord>,
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
    #[expect(clippy::too_many_lines, reason = "one literal of the public format, member by member")]
    pub(crate) fn assemble(
        contract: &Contract,
        plan: &Plan,
        evidence: Evidence,
        judgement: Judgement,
        circumstances: Circumstances,
    ) -> RunRecord {
        let Price { appointments, requests, .. } = price(plan);
        let summary = summary(&judgement);
        let histories = judgement.histories;
        let requirements = judgement
            .requirements
            .into_iter()
            .filter_map(|own| {
                let requirement = contract.requirement(&own.id)?;
                Some(RequirementRecord {
                    id: own.id,
                    title: requirement.title.clone(),
                    statement: requirement.statement.clone(),
                    level: own.level,
                    standing: own.standing,
                    verdict: own.verdict,
                    reason: own.reason,
                    source: requirement.source.clone(),
                    document: contract
                        .sources
                        .get(&requirement.source.doc)
                        .map(|document| document.title.clone())
                        .unwrap_or_default(),
                    reading: requirement.reading.clone(),
                    beyond: own.beyond,
                    cases: own.cases,
                })
            })
            .collect();
        let cells: BTreeMap<&CaseId, CaseTransition> = plan
            .cases
            .iter()
            .filter_map(|case| Some((&case.head.id, case.stepwise()?.body.cell?)))
            .map(|(id, (from, to))| (id, CaseTransition { from, to }))
            .collect();
        let cases = judgement
            .cases
            .into_iter()
            .map(|own| CaseRecord {
                transition: cells.get(&own.id).copied(),
                id: own.id,
                title: own.title,
                requirements: own.requirements,
                verdict: own.verdict,
                reason: own.reason,
                origin: format!("{}:{}", own.origin.file, own.origin.line),
                findings: own.findings,
                exchanges: own.exchanges,
            })
            .collect();
        RunRecord {
            schema: SCHEMA.to_owned(),
            tool: Tool::this(),
            suite: Some(Suite::shipped()),
            edition: plan.edition,
            strict_base: circumstances.strict_base,
            target: TargetRecord {
                base_url: circumstances.base_url,
                embedded: circumstances.embedded,
                redaction: circumstances.redaction,
            },
            started: circumstances.started,
            finished: circumstances.finished,
            seed: circumstances.seed,
            cut_short: circumstances.cut_short,
            contract: ContractRecord {
                title: contract.editions.get(&plan.edition).cloned().unwrap_or_default(),
                digest: contract.digest.clone(),
                documents: reference::documents(contract, plan.edition),
                transitions: reference::transitions(contract, plan.edition),
            },
            inputs: circumstances.inputs,
            digests: Digests {
                scenarios: crate::suite::scenario::shipped_digest(),
                plan: plan.digest(),
                ..Digests::default()
            },
            plan: PlanRecord {
                appointments: appointments.iter().map(|(state, count)| (state.name().to_owned(), *count)).collect(),
                requests,
                appointments_used: evidence.fixtures.len(),
                requests_sent: evidence.exchanges.len()
                    + circumstances.sequences.iter().map(|own| own.requests).sum::<usize>(),
            },
            summary,
            requirements,
            cases,
            fixtures: evidence.fixtures.into_iter().map(FixtureRecord::from).collect(),
            trials: evidence.trials.into_iter().map(TrialRecord::from).collect(),
            batches: evidence.batches.into_iter().map(BatchRecord::from).collect(),
            not_run: evidence.not_run.into_iter().map(NotRunRecord::from).collect(),
            histories,
            exchanges: evidence.exchanges.into_iter().map(ExchangeRecord::from).collect(),
            sequences: circumstances.sequences,
            drift: None,
        }
    }

    /// Takes what was seen out of the record, as the judge reads it; generated sequences stay.
    ///
    /// # Errors
    /// A value that stands for nothing, with its place. The record is then without evidence.
    pub fn take_evidence(&mut self) -> Result<Evidence, Misfit> {
        Ok(Evidence {
            exchanges: wire::each("exchanges", std::mem::take(&mut self.exchanges))?,
            trials: wire::each("trials", std::mem::take(&mut self.trials))?,
            batches: std::mem::take(&mut self.batches).into_iter().map(Batch::from).collect(),
            not_run: std::mem::take(&mut self.not_run).into_iter().map(NotRun::from).collect(),
            fixtures: std::mem::take(&mut self.fixtures).into_iter().map(FixtureUse::from).collect(),
        })
    }

    /// The executions of cases of steps, in order.
    pub fn attempts(&self) -> impl Iterator<Item = AttemptRecord<'_>> {
        self.trials.iter().filter_map(TrialRecord::attempt)
    }

    /// The rounds of races with their cases, in order.
    pub fn rounds(&self) -> impl Iterator<Item = (&CaseId, &RoundRecord)> {
        self.trials.iter().filter_map(|trial| Some((&trial.case, trial.round()?)))
    }

    /// An exchange of the run.
    pub fn exchange(&self, id: ExchangeId) -> Option<&ExchangeRecord> {
        self.exchanges.get(id as usize)
    }

    /// A requirement of the run.
    pub fn requirement(&self, id: &RequirementId) -> Option<&RequirementRecord> {
        self.requirements.iter().find(|own| own.id == *id)
    }
}

fn summary(judgement: &Judgement) -> Summary {
    let mut counts: BTreeMap<Level, BTreeMap<Verdict, usize>> = BTreeMap::new();
    let mut inherited = counts.clone();
    for own in &judgement.requirements {
        let totals = match own.standing {
            Standing::Native => &mut counts,
            Standing::Inherited => &mut inherited,
        };
        *totals.entry(own.level).or_default().entry(own.verdict).or_default() += 1;
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
