//! Small runs against the clean reference server: few requests that still show every kind of check on a response.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::execute::evidence::{ControlSeen, Evidence, ExchangeId, Purpose, Trial};
use crate::execute::{Options, ProgressListener};
use crate::judge::{Judgement, Verdict, judge};
use crate::plan::{Case, CaseId, Inputs, Plan, Role, Selection, Sizes, Stepwise, decide};
use crate::reference;
use crate::suite::check::shipped;
use crate::suite::contract::{Contract, Edition, Level, RequirementId, Standing, contract};
use crate::suite::scenario::{Catalogue, Outcome};

/// What the scenes are made of: cases of these names, every property, and of races and sequences one each.
const KEPT: [&str; 13] = [
    "if-match/missing",
    "if-match/etag-of-the-last-patch",
    "lost-update/second-writer",
    "all-or-nothing/failing-last",
    "unknown/appointment",
    "response/documented-request",
    "capabilities/patch",
    "request-id/echoed",
    "booking-reason/text-and-coding",
    "booking-reason/empty-list",
    "video/add-links",
    "race/patched-again",
    "sequences/walk",
];
/// Of the status machine these cells are tried; properties bring the changes that the edition accepts.
const CELLS: [&str; 2] = ["transitions/booked-to-arrived", "transitions/fulfilled-to-booked"];

type Kept = BTreeSet<RequirementId>;

/// A run that the clean server was given.
pub(super) struct Scene {
    pub contract: &'static Contract,
    pub plan: Plan,
    pub inputs: Inputs,
    pub evidence: Evidence,
    /// The MUST requirements of the edition that the run shows to be kept.
    kept: Kept,
    /// Requests that have to succeed, or one of these requirements is not shown.
    pub required: BTreeSet<ExchangeId>,
    /// Requests that one of them forbids to succeed.
    pub forbidden: BTreeSet<ExchangeId>,
}

impl Scene {
    /// Whether all that the clean server was seen to keep is still kept.
    pub fn is_kept(&self, judgement: &Judgement) -> bool {
        kept(judgement).is_superset(&self.kept)
    }

    /// How many requirements the clean server was seen to keep.
    #[cfg(test)]
    pub fn keeps(&self) -> usize {
        self.kept.len()
    }
}

/// A few of the shipped scenarios, of every kind.
pub(super) fn catalogue() -> Option<&'static Catalogue> {
    static CATALOGUE: OnceLock<Option<Catalogue>> = OnceLock::new();
    let make = || {
        let mut all = shipped(contract().ok()?).ok()?;
        all.exchanges.retain(|(_, case)| KEPT.contains(&case.id.value.as_str()));
        all.races.retain(|(_, race)| KEPT.contains(&race.id.value.as_str()));
        all.sequences.retain(|(_, sequence)| KEPT.contains(&sequence.id.value.as_str()));
        Some(all)
    };
    CATALOGUE.get_or_init(make).as_ref()
}

/// Run once a process, in both editions of the vendor; none where there is no port to be had.
pub(super) fn scenes() -> &'static [Scene] {
    static SCENES: OnceLock<Vec<Scene>> = OnceLock::new();
    let run = || [Edition::May2019, Edition::March2024].into_iter().filter_map(run).collect();
    SCENES.get_or_init(run)
}

struct Quiet;

impl ProgressListener for Quiet {
    fn request_done(&self) {}
    fn case_done(&self) {}
}

fn run(edition: Edition) -> Option<Scene> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().ok()?;
    let contract = contract().ok()?;
    let catalogue = catalogue()?;
    let (plan, inputs, evidence) = runtime.block_on(async {
        let handle = reference::start(reference::Config { edition, ..reference::Config::default() }).await.ok()?;
        let profile = crate::cli::reference_profile(&handle.base_url(), edition, handle.fixtures());
        let inputs = Inputs {
            selection: selection(contract, catalogue, edition),
            supply: profile.supply(edition),
            sizes: Sizes { clients: Some(2), rounds: Some(1) },
            without_sequences: true,
            ..Inputs::default()
        };
        let plan = decide(contract, catalogue, edition, &inputs).ok()?;
        let (_stop, interrupted) = tokio::sync::watch::channel(None);
        let shared = Arc::new(plan.clone());
        let run = crate::execute::run(shared, &profile, &Options::default(), Arc::new(Quiet), interrupted).await;
        Some((plan, inputs, run.ok()?.0))
    })?;
    let judgement = judge(contract, &plan, &evidence, false);
    let kept = kept(&judgement);
    let required = required(&plan, &evidence, &judgement, &kept);
    let forbidden = forbidden(&plan, &evidence, &kept);
    Some(Scene { contract, plan, inputs, evidence, kept, required, forbidden })
}

/// Everything in the catalogue that the edition has, but of the status machine only some cells.
pub(super) fn selection(contract: &Contract, catalogue: &Catalogue, edition: Edition) -> Selection {
    let filters = KEPT.into_iter().chain(CELLS).chain(["every/"]).map(str::to_owned);
    let has = |filter: &String| {
        let filters = vec![filter.clone()];
        let inputs = Inputs { selection: Selection { filters, ..Selection::default() }, ..Inputs::default() };
        decide(contract, catalogue, edition, &inputs).is_ok()
    };
    Selection { filters: filters.filter(has).collect(), ..Selection::default() }
}

fn kept(judgement: &Judgement) -> Kept {
    let holds = judgement.requirements.iter().filter(|requirement| {
        requirement.level == Level::Must
            && requirement.standing == Standing::Native
            && matches!(requirement.verdict, Verdict::Pass | Verdict::Warn)
    });
    holds.map(|requirement| requirement.id.clone()).collect()
}

/// The cases that were asked for, of one kind.
fn asked<'p>(plan: &'p Plan, wanted: impl Fn(Role) -> bool) -> impl Fn(&CaseId) -> Option<Stepwise<'p>> {
    move |id| plan.selected().filter_map(Case::stepwise).find(|case| case.head.id == *id && wanted(case.role))
}

/// A case rests on each accepted step, and a refusal on its control.
fn required(plan: &Plan, evidence: &Evidence, judgement: &Judgement, kept: &Kept) -> BTreeSet<ExchangeId> {
    let change = asked(plan, |role| matches!(role, Role::Change { .. }));
    let refusal = asked(plan, |role| role == Role::Refusal);
    let findings = judgement.cases.iter().filter(|case| change(&case.id).is_some()).flat_map(|case| &case.findings);
    let passed = findings.filter(|finding| finding.verdict == Verdict::Pass && kept.contains(&finding.requirement));
    let controls = evidence.trials.iter().filter_map(Trial::attempt).filter_map(|attempt| match attempt.control {
        ControlSeen::Exchange(id)
            if refusal(attempt.case)?.verifies.iter().any(|requirement| kept.contains(requirement)) =>
        {
            Some(id)
        }
        ControlSeen::Exchange(_) | ControlSeen::NotNeeded | ControlSeen::Twin(_) | ControlSeen::Missing(_) => None,
    });
    let ids = passed.filter_map(|finding| finding.exchange).chain(controls);
    let advances = |id: &ExchangeId| {
        let exchange = evidence.exchanges.get(*id as usize);
        exchange.is_some_and(|exchange| {
            matches!(exchange.purpose, Purpose::Advance | Purpose::Control) && exchange.succeeded()
        })
    };
    ids.filter(advances).collect()
}

fn forbidden(plan: &Plan, evidence: &Evidence, kept: &Kept) -> BTreeSet<ExchangeId> {
    let refusal = asked(plan, |role| role == Role::Refusal);
    let ids = evidence.trials.iter().filter_map(Trial::attempt).filter_map(|attempt| {
        let (step, seen) = (refusal(attempt.case)?.body.steps.last()?, attempt.seen.steps.last()?);
        let must = step.outcome == Outcome::Refused && step.status.iter().any(|rule| kept.contains(&rule.requirement));
        must.then_some(seen.exchange)
    });
    ids.collect()
}
