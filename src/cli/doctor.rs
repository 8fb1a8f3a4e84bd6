//! `patchproof doctor`: looks at a target step by step, and says what is wrong and what to write.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::common;
use super::draw::{DrawArgs, inputs};
use super::exit::Exit;
use super::options::{SelectArgs, TargetArgs, seconds};
use crate::execute::{Diagnosis, StepState, examine};
use crate::plan::{Plan, Unplanned, decide};
use crate::report::clean;
use crate::suite::contract::Edition;
use crate::suite::scenario::Texts;
use crate::sut::{Profile, guard};

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// The base URL of the server, or a target file, with #NAME where it has several
    #[arg(value_name = "URL|FILE", env = "PATCHPROOF_TARGET", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    target: String,
    /// A header for every request, such as 'Authorization: Bearer …' (repeatable; never printed)
    #[arg(long = "header", value_name = "'NAME: VALUE'")]
    headers: Vec<String>,
    /// The edition of the contract [default: as the target file says, else 2019-05]
    #[arg(long, env = "PATCHPROOF_EDITION", value_name = "EDITION")]
    edition: Option<Edition>,
    /// Seconds to wait for a response
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
}

/// Looks, and prints one line a step. The exit code is 0 where nothing is wrong, else 3.
pub(super) fn run(args: &DoctorArgs) -> Exit {
    match try_run(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(args: &DoctorArgs) -> Result<Exit, Exit> {
    let target = TargetArgs { target: Some(args.target.clone()), headers: args.headers.clone() };
    let contract = common::the_contract()?;
    let catalogue = common::catalogue_of(contract, &Texts::new())?;
    let Some(profile) = common::profile(&target)? else { return Err(Exit::Usage) };
    let edition = common::edition(args.edition, Some(&profile));
    let select = SelectArgs { filters: Vec::new(), requirements: Vec::new(), edition: Some(edition), scenarios: None };
    let draw = DrawArgs { cases: Some(0), clients: None, rounds: None };
    let inputs = inputs(&select, &draw, &profile, edition, Texts::new())?;
    let plan = decide(contract, &catalogue, edition, &inputs);
    let plan = Arc::new(plan.map_err(|error| common::fail(Exit::Usage, &error.to_string()))?);
    let runtime = common::runtime()?;
    let diagnoses = runtime.block_on(examine(plan.clone(), &profile, args.timeout, guard(&profile).is_ok()));
    let diagnoses = diagnoses.map_err(|error| common::not_begun(&error))?;
    let mut text = shown(&diagnoses, &profile, edition);
    let wrong = diagnoses.iter().filter(|diagnosis| diagnosis.state == StepState::Wrong).count();
    if wrong == 0 {
        text.push_str(&cannot_be_tried(&plan));
    }
    let end = match wrong {
        0 => "\nnothing is wrong: run it with --target\n".to_owned(),
        1 => "\n1 step is wrong: mend it, and look again\n".to_owned(),
        count => format!("\n{count} steps are wrong: mend the first, and look again\n"),
    };
    text.push_str(&end);
    let _ = common::out(&text);
    Ok(if wrong == 0 { Exit::Conformant } else { Exit::Unreachable })
}

fn shown(diagnoses: &[Diagnosis], profile: &Profile, edition: Edition) -> String {
    let mut text = format!("{} held against {edition}\n\n", profile.base_url);
    for diagnosis in diagnoses {
        let mark = match diagnosis.state {
            StepState::Good => "ok",
            StepState::Limited => "note",
            StepState::Wrong => "WRONG",
            StepState::Skipped => "-",
        };
        let _ = writeln!(text, "{mark:<6} {:<10} {}", diagnosis.step, clean(&diagnosis.found));
        if let Some(advice) = &diagnosis.advice {
            let _ = writeln!(text, "{:<6} {:<10} {}", "", "", clean(advice));
        }
    }
    text
}

/// What a run will not try, and why.
fn cannot_be_tried(plan: &Plan) -> String {
    let mut reasons: Vec<(&'static str, &str, usize)> = Vec::new();
    for unplanned in plan.unplanned.values() {
        let (kind, why) = match unplanned {
            Unplanned::NotApplicable(why) => ("not applicable", why),
            Unplanned::NotTested(why) => ("not tested", why),
        };
        match reasons.iter_mut().find(|(other, reason, _)| *other == kind && *reason == why) {
            Some((_, _, count)) => *count += 1,
            None => reasons.push((kind, why, 1)),
        }
    }
    let mut text = String::new();
    for (kind, why, count) in reasons {
        let cases = if count == 1 { "case" } else { "cases" };
        let _ = writeln!(text, "note   {kind:<10} {count} {cases}: {}", clean(why));
    }
    text
}
