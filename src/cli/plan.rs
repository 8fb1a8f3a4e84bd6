//! `patchproof plan`: what a run would cost, without sending anything.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;

use super::common;
use super::draw::{DrawArgs, inputs};
use super::exit::Exit;
use super::options::{SelectArgs, TargetArgs, duration};
use crate::plan::{Advance, Plan, Unplanned, decide, price};
use crate::suite::contract::Edition;
use crate::sut::Profile;

/// Options of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// Response time for the estimate (the documented example takes 2260ms)
    #[arg(long, value_name = "TIME", default_value = "2260ms", value_parser = duration)]
    latency: Duration,
    /// Number of appointments to work on concurrently
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    #[command(flatten)]
    draw: DrawArgs,
    /// Show every lane with its steps
    #[arg(long, short)]
    verbose: bool,
}

/// Prints the price of a plan.
pub(super) fn run(args: &PlanArgs) -> Exit {
    match priced(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn priced(args: &PlanArgs) -> Result<String, Exit> {
    let contract = common::the_contract()?;
    let scenarios = common::scenario_texts(args.select.scenarios.as_deref())?;
    let catalogue = common::catalogue_of(contract, &scenarios)?;
    let given = common::profile(&args.target)?;
    let edition = common::edition(args.select.edition, given.as_ref());
    let profile = given.unwrap_or_else(|| embedded(edition));
    let plan = decide(contract, &catalogue, edition, &inputs(&args.select, &args.draw, &profile, edition, scenarios)?)
        .map_err(|error| common::fail(Exit::Usage, &error.to_string()))?;
    if let Some(why) = &plan.not_applicable {
        return Ok(format!("edition {edition} is not applicable: {why}; a run sends nothing of it\n"));
    }
    let mut text = summary(&plan, args);
    if args.verbose {
        lanes(&plan, &mut text);
    }
    Ok(text)
}

/// The embedded server as a run starts it.
fn embedded(edition: Edition) -> Profile {
    let seed = crate::reference::SeedFixtures::of(edition);
    common::reference_profile("http://127.0.0.1/r4", edition, &seed)
}

fn summary(plan: &Plan, args: &PlanArgs) -> String {
    let price = price(plan, usize::from(args.jobs));
    let mut text = String::new();
    let cases = plan.selected().filter(|case| case.stepwise().is_some()).count();
    let properties = plan.selected().filter(|case| case.property().is_some()).count();
    let _ = writeln!(text, "edition {}: {cases} cases, {properties} properties over all exchanges\n", plan.edition);
    let _ = writeln!(text, "appointments, by the state they begin in");
    let _ = writeln!(text, "  {:<20} {:>6}  of these for transitions and refusals", "", "all");
    for (state, count) in &price.appointments {
        let walks = price.walks.get(state).copied().unwrap_or(0);
        let _ = writeln!(text, "  {:<20} {count:>6}  {walks:>6}", state.name());
    }
    let all: usize = price.appointments.values().sum();
    let walks: usize = price.walks.values().sum();
    let _ = writeln!(text, "  {:<20} {all:>6}  {walks:>6}\n", "together");
    let _ = writeln!(text, "free slots used up     {:>6}", price.slots);
    let _ = writeln!(text, "requests               {:>6}", price.requests);
    let _ = writeln!(text, "  of these writes      {:>6}", price.writes);
    let jobs = usize::from(args.jobs);
    let rounds = price.requests.div_ceil(jobs.max(1)).max(price.longest);
    let seconds = args.latency.as_secs_f64() * rounds as f64;
    let _ = writeln!(
        text,
        "time                   {:>6.0} s at {:.0} ms per response, {jobs} appointments concurrently",
        seconds,
        args.latency.as_secs_f64() * 1000.0
    );
    let drawn = &price.drawn;
    if drawn.lists > 0 {
        let states: Vec<String> = drawn.appointments.iter().map(|(state, count)| format!("{count} {state}")).collect();
        let _ = writeln!(
            text,
            "generated sequences    {:>6} lists of about {} steps in all: {} of these appointments, about {} requests",
            drawn.lists,
            drawn.steps,
            states.join(", "),
            drawn.requests
        );
    }
    if price.bystanders > 0 {
        let _ = writeln!(text, "bystanders             {:>6} of these appointments are only read", price.bystanders);
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (index, why) in &plan.unplanned {
        let (Unplanned::NotApplicable(why) | Unplanned::NotTested(why)) = why;
        if plan.cases[*index].head.selected {
            reasons.entry(why).or_default().push(&plan.cases[*index].head.id.0);
        }
    }
    if !reasons.is_empty() {
        let _ = writeln!(text, "\ncannot be run against this target");
    }
    for (why, ids) in reasons {
        let shown: Vec<&str> = ids.iter().take(3).copied().collect();
        let more = if ids.len() > 3 { format!(" and {} more", ids.len() - 3) } else { String::new() };
        let _ = writeln!(text, "  {} cases: {why}\n    {}{more}", ids.len(), shown.join(", "));
    }
    text
}

fn lanes(plan: &Plan, text: &mut String) {
    for (number, lane) in plan.lanes.iter().enumerate() {
        let _ = writeln!(text, "\nlane {} begins {}", number + 1, lane.start);
        for act in &lane.acts {
            for index in &act.tries {
                let _ = writeln!(text, "  {:<18} try  {}", act.state.name(), plan.cases[*index].head.id);
            }
            let step = match &act.advance {
                Advance::End => continue,
                Advance::Plain { to, .. } => format!("to   {to} (plain step)"),
                Advance::Case { case, to, certain } => {
                    let word = if *certain { "to  " } else { "to ?" };
                    format!("{word} {to} by {}", plan.cases[*case].head.id)
                }
            };
            let _ = writeln!(text, "  {:<18} {step}", act.state.name());
        }
    }
}
