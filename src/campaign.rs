//! The loop of a run: select, plan, execute, judge; the only file that knows every stage up to the record.

mod counterexample;
mod sequences;
mod shrink;

pub use sequences::Drawing;

use std::sync::Arc;

use sequences::Rules;

use crate::contract::{self, Contract, Edition};
use crate::execute::{self, Options, Progress, RunError};
use crate::judge::judge;
use crate::plan::{Expanded, Plan, Selection, SelectionError, Supply, arrange, expand};
use crate::record::{Circumstances, RunRecord};
use crate::scenario::{Catalogue, Fixture};
use crate::target::Profile;

/// What a run is to do.
pub struct Campaign<'a> {
    pub contract: &'a Contract,
    pub catalogue: &'a Catalogue,
    pub edition: Edition,
    pub selection: Selection,
    pub profile: Profile,
    /// The target is the embedded reference server.
    pub embedded: bool,
    pub strict_base: bool,
    pub options: Options,
    /// The seed of generated sequences.
    pub seed: u64,
    /// How many lists each generated sequence draws, where not as many as it says itself.
    pub cases: Option<u32>,
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
    let Expanded { mut cases, properties, races, sequences, routes } = expand(catalogue, contract, edition, selection)?;
    carry(&mut cases, &properties, selection);
    let races = races.into_iter().filter(|race| race.selected).collect();
    Ok(Plan { races, sequences, ..arrange(edition, cases, properties, routes, supply) })
}

/// A property looks at the exchanges of other cases. If only properties are selected, the cases that carry them run too,
/// without being reported.
fn carry(cases: &mut [crate::plan::Case], properties: &[crate::plan::PropertyCase], selection: &Selection) {
    let everything = selection.filters.is_empty() && selection.requirements.is_empty();
    let needed = properties.iter().any(|property| property.selected) && !everything;
    if !needed {
        return;
    }
    for case in cases.iter_mut().filter(|case| !case.selected) {
        let carrier = match case.role {
            crate::plan::Role::Change { plain, .. } => plain,
            crate::plan::Role::Refusal => case.fixture == Fixture::Any && case.id.0.starts_with("if-match/"),
            crate::plan::Role::Probe { .. } | crate::plan::Role::Look => false,
        };
        case.carries = carrier;
    }
}

/// Runs a campaign to its record.
///
/// # Errors
/// The target cannot be reached or is no FHIR server.
pub async fn run(
    campaign: Campaign<'_>,
    plan: Plan,
    progress: Arc<dyn Progress>,
    interrupted: tokio::sync::watch::Receiver<bool>,
) -> Result<RunRecord, RunError> {
    let started = jiff::Timestamp::now();
    let plan = Arc::new(plan);
    let (mut evidence, open) =
        execute::run(plan.clone(), &campaign.profile, &campaign.options, progress, interrupted.clone()).await?;
    let drawing = Drawing { seed: campaign.seed, cases: campaign.cases, jobs: campaign.options.jobs };
    let drawn = match contract::tables() {
        Ok(tables) => {
            let rules = Rules { contract: campaign.contract, tables, edition: campaign.edition };
            sequences::run(rules, &plan, &open, drawing).await
        }
        // The contract was loaded from the same files, so they are whole.
        Err(_) => sequences::Drawn::default(),
    };
    let finished = jiff::Timestamp::now();
    let judgement = judge(campaign.contract, &plan, &evidence, drawn.results, campaign.strict_base);
    evidence.fixtures.extend(drawn.fixtures);
    let cut_short = interrupted.borrow().then(|| "the run was interrupted".to_owned());
    let circumstances = Circumstances {
        base_url: campaign.profile.base_url.clone(),
        embedded: campaign.embedded,
        started: format!("{started:.3}"),
        finished: format!("{finished:.3}"),
        seed: campaign.seed,
        strict_base: campaign.strict_base,
        cut_short,
        sequences: drawn.records,
    };
    Ok(RunRecord::new(campaign.contract, &plan, evidence, judgement, circumstances))
}

#[cfg(test)]
mod tests;
