//! The loop of a run: select, plan, execute, judge; the only file that knows every stage up to the record.

mod lists;
mod record_gate;
mod rules;
mod shrink;

pub use lists::Drawing;

use std::sync::Arc;

use record_gate::RecordGate;
use rules::Rules;

use crate::execute::evidence::{Evidence, Moving};
use crate::execute::{self, Options, ProgressListener, RunError, StartedRun, StopReceiver, StopSignal};
use crate::judge::Judgement;
use crate::plan::{Inputs, Plan, Selection, SelectionError, Supply, decide};
use crate::record::{Circumstances, PaceRecord, PlannedRecord, RunRecord};
use crate::redact::Redactor;
use crate::suite::contract::{Contract, Edition};
use crate::suite::scenario::Catalogue;
use crate::sut::Profile;

/// What a run is to do.
pub struct Campaign<'a> {
    pub contract: &'a Contract,
    pub edition: Edition,
    /// What the plan was made from; it is recorded, so that the plan can be made again.
    pub inputs: Inputs,
    pub profile: Profile,
    /// The target is the embedded reference server.
    pub embedded: bool,
    pub strict_base: bool,
    pub options: Options,
    /// The seed of generated sequences.
    pub seed: u64,
}

/// Decides what would be sent, and sends nothing.
///
/// # Errors
/// A selection that selects nothing.
pub fn plan(
    contract: &Contract,
    catalogue: &Catalogue,
    edition: Edition,
    selection: &Selection,
    supply: &Supply,
) -> Result<Plan, SelectionError> {
    let inputs = Inputs { selection: selection.clone(), supply: supply.clone(), ..Inputs::default() };
    decide(contract, catalogue, edition, &inputs)
}

/// What a run saw, and what that means.
pub struct Judged {
    plan: Arc<Plan>,
    evidence: Evidence,
    pub judgement: Judgement,
    circumstances: Circumstances,
}

/// Runs a campaign to its record.
///
/// # Errors
/// The target cannot be reached or is no FHIR server.
pub async fn run(
    campaign: Campaign<'_>,
    plan: Plan,
    progress: Arc<dyn ProgressListener>,
    stop: StopReceiver,
) -> Result<RunRecord, RunError> {
    run_keeping(campaign, plan, progress, stop, &|_| {}).await
}

/// As [`run`]; where a signal ends the run and something is to be cleaned up, `keep` gets the partial record first.
///
/// # Errors
/// As [`run`].
pub async fn run_keeping(
    campaign: Campaign<'_>,
    plan: Plan,
    progress: Arc<dyn ProgressListener>,
    stop: StopReceiver,
    keep: &(dyn Fn(&RunRecord) + Send + Sync),
) -> Result<RunRecord, RunError> {
    let contract = campaign.contract;
    let Judged { plan, evidence, judgement, circumstances } =
        judged_keeping(campaign, plan, progress, stop, keep).await?;
    Ok(RunRecord::new(contract, &plan, evidence, judgement, circumstances))
}

/// Runs a campaign to its verdicts, for those who keep no record of it.
///
/// # Errors
/// The target cannot be reached or is no FHIR server.
pub async fn judged(
    campaign: Campaign<'_>,
    plan: Plan,
    progress: Arc<dyn ProgressListener>,
    stop: StopReceiver,
) -> Result<Judged, RunError> {
    judged_keeping(campaign, plan, progress, stop, &|_| {}).await
}

async fn judged_keeping(
    campaign: Campaign<'_>,
    plan: Plan,
    progress: Arc<dyn ProgressListener>,
    stop: StopReceiver,
    keep: &(dyn Fn(&RunRecord) + Send + Sync),
) -> Result<Judged, RunError> {
    let plan = Arc::new(plan);
    let options = Options { written: campaign.inputs.scenarios.clone(), ..campaign.options.clone() };
    let (mut evidence, run) = execute::run(plan.clone(), &campaign.profile, &options, progress, stop.clone()).await?;
    let redactor = Redactor::new(&campaign.profile, &plan);
    let gate = RecordGate { run: &run, redactor: &redactor };
    let drawing = Drawing { seed: campaign.seed, jobs: campaign.options.jobs };
    let moving = Moving::of(evidence.exchanges.iter());
    let rules = Rules { contract: campaign.contract, edition: campaign.edition, gate: &gate, moving: &moving };
    evidence.append(lists::run(rules, &plan, &run, drawing).await);
    let unreached = run.unreached(&evidence);
    evidence.not_run.extend(unreached);
    if run.leaves_something() {
        if stop.borrow().is_some() {
            let seen = gate.judged((campaign.contract, &plan), evidence.clone(), campaign.strict_base);
            let circumstances = circumstances(&campaign, &run, &plan, *stop.borrow());
            keep(&RunRecord::new(campaign.contract, &plan, seen.0, seen.1, circumstances));
        }
        run.clean_up(&mut evidence, campaign.options.jobs).await;
    }
    let circumstances = circumstances(&campaign, &run, &plan, *stop.borrow());
    // From here on there are no secrets and no protected values.
    let (evidence, judgement) = gate.judged((campaign.contract, &plan), evidence, campaign.strict_base);
    Ok(Judged { plan, evidence, judgement, circumstances })
}

/// What of a run is neither plan nor evidence, without secrets, as of now.
fn circumstances(campaign: &Campaign<'_>, run: &StartedRun, plan: &Plan, signal: Option<StopSignal>) -> Circumstances {
    Circumstances {
        base_url: campaign.profile.base_url.clone(),
        embedded: campaign.embedded,
        headers: run.configured(),
        about: run.without_secrets(campaign.profile.about.clone()),
        started: run.started(),
        finished: run.now(),
        seed: campaign.seed,
        strict_base: campaign.strict_base,
        cut_short: signal.map(StopSignal::text).or(run.cut()).map(str::to_owned),
        signal,
        pace: PaceRecord::of(run.pace()),
        redaction: campaign.profile.redaction(),
        inputs: run.without_secrets(campaign.inputs.clone()),
        decided: run.without_secrets(PlannedRecord::of(plan)),
    }
}

#[cfg(test)]
mod tests;
