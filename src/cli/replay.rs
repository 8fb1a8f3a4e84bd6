//! `patchproof replay`: sends one recorded case again and compares the result.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::common;
use super::exit::Exit;
use super::options::{TargetArgs, seconds};
use super::progress::Bar;
use crate::after::drift::{Again, again, changed_answers, near};
use crate::campaign::{self, Campaign};
use crate::execute::{Limits, Options};
use crate::plan::{Inputs, Selection, decide};
use crate::record::{CaseId, CaseRecord, Counterexample, FindingRecord, PurposeRecord, RunRecord, Verdict};
use crate::reference::{self, Fault};
use crate::report::{Replayed, TextView, Verbosity, curl};
use crate::suite::contract::Contract;
use crate::suite::scenario::Texts;
use crate::sut::{Profile, guard};

/// Cases that are sent again for a property, which sends nothing itself.
const MOST_CASES: usize = 20;
/// Findings that are printed.
const MOST_LINES: usize = 6;

pub(super) const TARGET: &str =
    "The base URL of the server under test, or a target file [default: the recorded target]";

pub(super) const EXIT_CODES: &str = "Exit codes: 0 fixed, or still passing · 1 still failing in the same way · 2 usage, or unknown case · \
3 target unreachable · 4 undecided · 5 harness error · 6 refused by the guard · 8 judged differently than in the record";

/// Options of `replay`.
#[derive(Debug, clap::Args)]
pub(super) struct ReplayArgs {
    /// The id of a case, race, sequence or counterexample in the record
    case: String,
    /// The record of the earlier run
    #[arg(long, value_name = "RUN.JSON")]
    from: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// The folder (or file) of scenarios of the earlier run
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
    /// A fault of the embedded reference server (repeatable; only without --target)
    #[arg(long = "fault", value_name = "NAME", conflicts_with = "target")]
    faults: Vec<Fault>,
    /// Seconds to wait for a response
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,
}

/// Sends a case again and reports what became of it.
pub(super) fn run(args: &ReplayArgs) -> Exit {
    match try_run(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(args: &ReplayArgs) -> Result<Exit, Exit> {
    let before = common::read_record(&args.from)?;
    let contract = common::the_contract()?;
    let replayed = find(&before, &args.case)?;
    let scenarios = replayed.scenarios(&before, args)?;
    let given = target(args, &before)?;
    let runtime = common::runtime()?;
    let after = runtime.block_on(send(args, &before, &replayed, contract, scenarios, given))?;
    runtime.shutdown_background();
    Ok(report(&before, &after, &replayed, contract))
}

/// What is sent again, and how it was judged.
struct ReplayedCase<'r> {
    was: CaseRecord,
    /// The cases that are sent: the case itself, and for a property those whose exchanges broke it.
    ids: Vec<String>,
    counterexample: Option<&'r Counterexample>,
    /// It is a written case that sends requests itself, so that its words can be compared.
    written: bool,
    /// Lists that a generated sequence drew.
    lists: Option<u32>,
}

fn find<'r>(record: &'r RunRecord, id: &str) -> Result<ReplayedCase<'r>, Exit> {
    let drawn = || record.sequences.iter().flat_map(|sequence| &sequence.counterexamples);
    if let Some(found) = drawn().find(|counterexample| counterexample.case == id) {
        let (was, ids) = (judged(found), vec![id.to_owned()]);
        return Ok(ReplayedCase { was, ids, counterexample: Some(found), written: false, lists: None });
    }
    let Some(was) = record.cases.iter().find(|case| case.id.0 == id) else {
        let names: Vec<&str> = record
            .cases
            .iter()
            .map(|case| case.id.0.as_str())
            .chain(drawn().map(|counterexample| counterexample.case.as_str()))
            .collect();
        let near = near(id, &names);
        let hint = match near.as_slice() {
            [] => String::new(),
            near => {
                format!(
                    "; did you mean {}?",
                    near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                )
            }
        };
        let message = format!("the record has no case `{id}` among its {}{hint}", names.len());
        return Err(common::fail(Exit::Usage, &message));
    };
    let written = record.attempts().any(|attempt| *attempt.case == was.id);
    let lists = record.sequences.iter().find(|sequence| sequence.id == was.id).map(|sequence| sequence.lists);
    let race = record.rounds().any(|(case, _)| *case == was.id);
    let mut ids = vec![id.to_owned()];
    if !written && !race && lists.is_none() {
        ids.extend(carriers(record, was));
    }
    Ok(ReplayedCase { was: was.clone(), ids, counterexample: None, written, lists })
}

/// How a counterexample was judged.
fn judged(found: &Counterexample) -> CaseRecord {
    let case = CaseId(found.case.clone());
    let finding = FindingRecord {
        case: case.clone(),
        requirement: found.requirement.clone(),
        verdict: Verdict::Fail,
        expected: found.expected.clone(),
        found: found.found.clone(),
        exchange: None,
        cause: None,
    };
    CaseRecord {
        id: case,
        title: String::new(),
        requirements: vec![found.requirement.clone()],
        verdict: Verdict::Fail,
        reason: found.found.clone(),
        origin: found.file.clone(),
        findings: vec![finding],
        exchanges: Vec::new(),
        transition: None,
    }
}

/// The cases whose requests a property was judged by: those that broke it, else any.
fn carriers(record: &RunRecord, property: &CaseRecord) -> Vec<String> {
    let worst = property.findings.iter().map(|finding| finding.verdict).min();
    let exchanges: BTreeSet<u32> = property
        .findings
        .iter()
        .filter(|finding| Some(finding.verdict) == worst)
        .filter_map(|finding| finding.exchange)
        .collect();
    let tried = record.attempts().filter(|attempt| {
        attempt.steps.iter().any(|step| {
            [Some(step.exchange), step.before, step.first_after, step.after]
                .iter()
                .flatten()
                .any(|id| exchanges.contains(id))
        })
    });
    let raced = record.rounds().filter(|(_, round)| round.exchanges().any(|id| exchanges.contains(&id)));
    // Only what the earlier run reported has a verdict to compare with.
    let reported: BTreeSet<&CaseId> = record.cases.iter().map(|case| &case.id).collect();
    let ids: BTreeSet<&CaseId> = tried
        .map(|attempt| attempt.case)
        .chain(raced.map(|(case, _)| case))
        .filter(|id| reported.contains(id))
        .collect();
    ids.into_iter().take(MOST_CASES).map(|id| id.0.clone()).collect()
}

impl ReplayedCase<'_> {
    fn scenarios(&self, before: &RunRecord, args: &ReplayArgs) -> Result<Texts, Exit> {
        if args.scenarios.is_some() {
            return common::scenario_texts(args.scenarios.as_deref());
        }
        match self.counterexample {
            Some(found) if found.scenario.is_empty() => Err(common::fail(
                Exit::Usage,
                "the record has no scenario for this counterexample, so it cannot be sent",
            )),
            Some(found) => Ok(Texts::from([(found.file.clone(), found.scenario.clone())])),
            None => Ok(before.inputs.scenarios.clone()),
        }
    }
}

/// Where it is sent: `--target`, else where the record was made; `None` for the embedded server.
fn target(args: &ReplayArgs, before: &RunRecord) -> Result<Option<Profile>, Exit> {
    let recorded = (!before.target.embedded).then(|| before.target.base_url.clone());
    let target = TargetArgs { target: args.target.target.clone().or(recorded), headers: args.target.headers.clone() };
    let profile = common::profile(&target)?;
    match &profile {
        Some(_) if !args.faults.is_empty() => {
            let message = format!("--fault needs the embedded server, but the record is of {}", before.target.base_url);
            return Err(common::fail(Exit::Usage, &message));
        }
        Some(profile) => guard(profile).map_err(|error| common::fail(Exit::Guard, &error.to_string()))?,
        None => {}
    }
    Ok(profile)
}

async fn send(
    args: &ReplayArgs,
    before: &RunRecord,
    replayed: &ReplayedCase<'_>,
    contract: &Contract,
    scenarios: Texts,
    given: Option<Profile>,
) -> Result<RunRecord, Exit> {
    let edition = before.edition;
    let embedded = given.is_none();
    let (profile, _server) = match given {
        Some(profile) => (profile, None),
        None => {
            let config = reference::Config { edition, faults: args.faults.clone(), ..reference::Config::default() };
            common::embedded(config, &args.target).await.map(|(profile, server)| (profile, Some(server)))?
        }
    };
    let catalogue = common::catalogue_of(contract, &scenarios)?;
    let inputs = Inputs {
        selection: Selection { filters: replayed.ids.clone(), exact: true, requirements: Vec::new() },
        supply: profile.supply(edition),
        cases: replayed.lists.filter(|lists| *lists > 0),
        scenarios,
        ..Inputs::default()
    };
    let plan = decide(contract, &catalogue, edition, &inputs)
        .map_err(|error| common::fail(Exit::Usage, &error.to_string()))?;
    let limits = Limits { timeout: args.timeout, ..Limits::default() };
    let options = Options { limits, clean_up: !embedded, ..Options::default() };
    let campaign = Campaign {
        contract,
        edition,
        inputs,
        profile,
        embedded,
        strict_base: before.strict_base,
        options,
        seed: before.seed,
    };
    let (_stop, interrupted) = tokio::sync::watch::channel(None);
    campaign::run(campaign, plan, Arc::new(Bar::silent()), interrupted).await.map_err(|error| common::not_begun(&error))
}

fn report(before: &RunRecord, after: &RunRecord, replayed: &ReplayedCase<'_>, contract: &Contract) -> Exit {
    let Some(now) = after.cases.iter().find(|case| case.id == replayed.was.id) else {
        return common::fail(Exit::Harness, &format!("the run has no result for `{}`", replayed.was.id));
    };
    let mut outcome = again(&replayed.was, now, replayed.written);
    // A property that was broken by a request of no case is not mended because other requests keep it.
    if replayed.ids.len() == 1
        && !replayed.written
        && replayed.counterexample.is_none()
        && is_property(before, &replayed.was)
    {
        let reason = "it sends nothing itself, and no recorded case sent what it was judged by: run the whole edition";
        outcome = Again::Unable(reason.to_owned());
    }
    let broken = |finding: &&FindingRecord| matches!(finding.verdict, Verdict::Fail | Verdict::Warn);
    let words = |finding: &FindingRecord| {
        let expected =
            if finding.expected.is_empty() { String::new() } else { format!("expected {}, ", finding.expected) };
        format!("{} {}: {expected}found {}", finding.requirement, finding.verdict.name(), finding.found)
    };
    let (word, exit, lines) = match &outcome {
        Again::Fixed => ("fixed", Exit::Conformant, Vec::new()),
        Again::StillPassing => ("still passing", Exit::Conformant, Vec::new()),
        Again::StillFailing => {
            let mut lines: Vec<String> = Vec::new();
            for line in now.findings.iter().filter(broken).map(words) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
            if let Some(more) = lines.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
                lines.truncate(MOST_LINES);
                lines.push(format!("and {more} more"));
            }
            ("still failing", Exit::NotConformant, lines)
        }
        Again::Different(lines) => ("different", Exit::Different, lines.clone()),
        Again::Unable(reason) => {
            let mut lines = vec![reason.clone()];
            let fails = |case: &CaseRecord| case.findings.iter().any(|finding| finding.verdict == Verdict::Fail);
            if fails(&replayed.was) && !fails(now) {
                lines.push("the recorded failure was not seen again".to_owned());
            }
            ("undecided", Exit::Incomplete, lines)
        }
    };
    // The embedded server is gone when the reader sees the line, and one request is no race.
    let alone = !after.target.embedded && matches!(outcome, Again::StillFailing | Again::Different(_));
    let exchange = now.findings.iter().filter(broken).find_map(|finding| after.exchange(finding.exchange?));
    let curl = exchange.filter(|exchange| alone && exchange.purpose != PurposeRecord::Race).map(curl);
    let result = Replayed {
        outcome: word.to_owned(),
        good: exit == Exit::Conformant,
        case: replayed.was.id.0.clone(),
        lines,
        diff: changed_answers(before, after, &replayed.was.id),
        curl,
        notes: notes(before, replayed, contract),
    };
    let color = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    common::out(&crate::report::replayed(&result, &TextView { color, verbosity: Verbosity::Normal, width: 100 }));
    exit
}

/// What else the reader should know of a replay.
fn notes(before: &RunRecord, replayed: &ReplayedCase<'_>, contract: &Contract) -> Vec<String> {
    let mut notes = Vec::new();
    if before.contract.digest != contract.digest {
        notes.push("the contract has changed since the record was made".to_owned());
    }
    if replayed.ids.len() > 1 {
        notes.push(format!("also sent: {}", replayed.ids.iter().skip(1).cloned().collect::<Vec<_>>().join(", ")));
    }
    if replayed.lists.is_some() && replayed.was.verdict == Verdict::Fail {
        let counterexamples = before
            .sequences
            .iter()
            .filter(|sequence| sequence.id == replayed.was.id)
            .flat_map(|sequence| &sequence.counterexamples);
        notes.extend(counterexamples.take(1).map(|counterexample| {
            format!("to send only its smallest list: patchproof replay {} --from …", counterexample.case)
        }));
    }
    notes
}

fn is_property(record: &RunRecord, case: &CaseRecord) -> bool {
    let sends =
        record.rounds().any(|(id, _)| *id == case.id) || record.sequences.iter().any(|sequence| sequence.id == case.id);
    let planned = record.not_run.iter().any(|entry| entry.case == case.id) || case.verdict == Verdict::NotTested;
    !sends && !planned
}
