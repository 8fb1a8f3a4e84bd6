//! `patchproof cleanup`: cancels what a run that was killed or cut off left behind.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::draw::{DrawArgs, inputs};
use super::exit::Exit;
use super::options::{SelectArgs, TargetArgs, seconds};
use super::progress::Bar;
use super::{common, lease, ledger, signals};
use crate::execute::{CleanedUp, Limits, Options, clean_up};
use crate::plan::{Plan, decide};
use crate::report::clean;
use crate::suite::contract::Edition;
use crate::suite::scenario::Texts;
use crate::sut::{FixtureEnd, LedgerContents, LostAsk, Profile, guard, open_ledger};

/// Options of `cleanup`.
#[derive(Debug, Args)]
pub(super) struct CleanupArgs {
    /// The ledger of the run
    #[arg(value_name = "LEDGER", value_parser = ledger::path_of)]
    ledger: PathBuf,
    #[command(flatten)]
    target: TargetArgs,
    /// Number of appointments to work on concurrently
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Seconds to wait for a response
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,
}

pub(super) const ABOUT: &str = "\
Cancel what a run left behind that was killed or cut off.

A run notes in its ledger what it makes and what it writes to, before it does. Each appointment in it that the run made and \
did not cancel is read and, where the contract allows it, cancelled. Listed appointments are not touched.

Exit codes: 0 nothing is left · 2 usage or configuration · 3 target unreachable or authentication failed · 4 something \
could not be cancelled, or nobody knows whether it was made";

/// Cleans up, and prints one line an appointment.
pub(super) fn run(args: &CleanupArgs) -> Exit {
    match try_run(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(args: &CleanupArgs) -> Result<Exit, Exit> {
    let usage = |message: &str| common::fail(Exit::Usage, message);
    let path = clean(&args.ledger.display().to_string());
    let contents =
        ledger::read(&args.ledger).map_err(|cause| usage(&format!("cannot read the ledger `{path}`: {cause}")))?;
    let named = args.target.target.clone().unwrap_or_else(|| contents.base_url.clone());
    let target = TargetArgs { target: Some(named), headers: args.target.headers.clone() };
    let Some(profile) = common::profile(&target)? else { return Err(Exit::Usage) };
    guard(&profile).map_err(|error| common::fail(Exit::Guard, &error.to_string()))?;
    if profile.base_url != contents.base_url {
        return Err(usage(&format!(
            "the ledger `{path}` is of another target: expected {}, found {}",
            contents.base_url, profile.base_url
        )));
    }
    let runtime = common::runtime()?;
    let stop = runtime.block_on(async { signals::listen() });
    let stop = stop.map_err(|cause| common::fail(Exit::Harness, &format!("cannot listen for signals: {cause}")))?;
    let _lease = lease::take(&profile.base_url, Duration::from_secs(600), &stop)?;
    // It is opened when no run writes to it any longer, and read again.
    let (opened, contents) = open_ledger(&args.ledger, &profile.base_url).map_err(|error| usage(&error.to_string()))?;
    let Some(contents) = contents else { return Err(usage(&format!("the ledger `{path}` is empty"))) };
    let due = contents.due();
    let cleaned = if due.is_empty() {
        Vec::new()
    } else {
        let options = Options {
            jobs: usize::from(args.jobs),
            limits: Limits { timeout: args.timeout, ..Limits::default() },
            ledger: Some(Arc::new(opened)),
            ..Options::default()
        };
        let plan = Arc::new(plan(&profile, contents.edition)?);
        let sent = clean_up(plan, &profile, &options, due, Arc::new(Bar::silent()), stop.clone());
        runtime.block_on(sent).map_err(|error| common::not_begun(&error))?
    };
    common::out(&shown(&contents, &cleaned));
    if let Some(signal) = *stop.borrow() {
        return Ok(Exit::from(signal));
    }
    let is_settled = contents.lost.is_empty() && cleaned.iter().all(|one| one.end.is_done());
    Ok(if is_settled { Exit::Conformant } else { Exit::Incomplete })
}

/// The plan of an edition, for its documented requests.
fn plan(profile: &Profile, edition: Edition) -> Result<Plan, Exit> {
    let contract = common::the_contract()?;
    let catalogue = common::catalogue_of(contract, &Texts::new())?;
    let select = SelectArgs { filters: Vec::new(), requirements: Vec::new(), edition: Some(edition), scenarios: None };
    let draw = DrawArgs { cases: Some(0), clients: None, rounds: None };
    let inputs = inputs(&select, &draw, profile, edition, Texts::new())?;
    decide(contract, &catalogue, edition, &inputs).map_err(|error| common::fail(Exit::Usage, &error.to_string()))
}

fn shown(contents: &LedgerContents, cleaned: &[CleanedUp]) -> String {
    let mut lines: Vec<String> = cleaned.iter().map(line).collect();
    lines.extend(contents.lost.iter().map(lost));
    if !contents.written.is_empty() {
        let ids: Vec<&str> = contents.written.iter().map(String::as_str).collect();
        lines.push(format!("listed appointments that were written to, and are left as they are: {}", ids.join(", ")));
    }
    let count = |end: FixtureEnd| cleaned.iter().filter(|one| one.end == end).count();
    let before = contents.made.len() - contents.due().len();
    lines.push(format!(
        "{} made: {before} done before, {} cancelled now, {} final, {} gone, {} left as they are, {} not cancelled; {} POSTs \
         with no certain result",
        contents.made.len(),
        count(FixtureEnd::Cancelled),
        count(FixtureEnd::Final),
        count(FixtureEnd::Gone),
        count(FixtureEnd::Kept),
        count(FixtureEnd::Failed),
        contents.lost.len()
    ));
    lines.iter().map(|line| clean(line) + "\n").collect()
}

fn line(one: &CleanedUp) -> String {
    let status = one.status.as_deref().unwrap_or("not read");
    let what = match one.end {
        FixtureEnd::Cancelled => "cancelled".to_owned(),
        FixtureEnd::Final => format!("nothing to do: it is `{status}`"),
        FixtureEnd::Gone => "nothing to do: it is no longer there".to_owned(),
        FixtureEnd::Kept => format!("left as `{status}`: the contract has no request that cancels it"),
        FixtureEnd::Failed => {
            format!("NOT cancelled, last seen as `{status}`: {}", one.why.as_deref().unwrap_or("no reason is known"))
        }
    };
    format!("{}  {what}", one.id)
}

fn lost(lost: &LostAsk) -> String {
    let slot = lost.slot.as_deref().map(|slot| format!(" on {slot}")).unwrap_or_default();
    let status = lost.status.as_deref().unwrap_or("new");
    format!(
        "POST of {} for a `{status}` appointment{slot}: nobody knows whether it was made; look for it by hand",
        lost.at
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_cancelled_is_named_with_the_reason() {
        let one = |end, why: Option<&str>| CleanedUp {
            id: "7".into(),
            end,
            status: Some("booked".into()),
            why: why.map(str::to_owned),
        };
        assert_eq!(line(&one(FixtureEnd::Cancelled, None)), "7  cancelled");
        assert_eq!(
            line(&one(FixtureEnd::Failed, Some("PATCH /Appointment/7 gave 403"))),
            "7  NOT cancelled, last seen as `booked`: PATCH /Appointment/7 gave 403"
        );
        let ask =
            LostAsk { status: Some("booked".into()), slot: Some("Slot/3".into()), at: "2026-11-27T01:02:03Z".into() };
        assert!(lost(&ask).contains("2026-11-27T01:02:03Z for a `booked` appointment on Slot/3"));
    }
}
