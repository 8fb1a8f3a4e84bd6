//! `patchproof run`: plan, execute, judge, record, report.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::progress::{self, Bar};
use clap::Args;

use super::exit::Exit;
use super::options::{SelectArgs, TargetArgs, seconds, seed};
use super::{common, snapshots};
use crate::campaign::{self, Campaign};
use crate::execute::{Limits, Options, RunError};
use crate::plan::{Inputs, Plan, Selection, Sizes, decide};
use crate::record::{Ending, RunRecord, Tool};
use crate::reference::{self, Fault, Variant};
use crate::report::{TextView, Verbosity, events, terminal};
use crate::suite::contract::Edition;
use crate::sut::{Profile, Redact, guard};

/// Options of `run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// Write run.json, the usual reports, and the counterexamples of generated sequences into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Number of appointments to work on concurrently
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Seconds to wait for a response
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,
    /// Maximum duration of the run in seconds
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    deadline: Duration,
    /// Maximum number of requests; what remains when they are spent is not tested
    #[arg(long, value_name = "N")]
    max_requests: Option<u64>,
    /// Clients per race, 2 to 256; on other machines only if the target file allows writes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=256))]
    clients: Option<u16>,
    /// Rounds per race, 1 to 1000; on other machines only if the target file allows writes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: Option<u16>,
    /// Step lists per generated sequence [default: as the scenario says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    cases: Option<u32>,
    /// The seed of generated sequences: a number, or `random`; the same seed sends the same requests
    #[arg(long, value_name = "N|random", default_value = "0", value_parser = seed)]
    seed: u64,
    /// What to mask in the evidence: protected health information (phi) or nothing (none) [default: phi unless the
    /// target is loopback]. Secrets are always masked
    #[arg(long, value_name = "none|phi")]
    redact: Option<Redact>,
    /// Let inherited requirements of the base specification decide the verdict too
    #[arg(long)]
    strict_base: bool,
    /// A fault of the embedded reference server (repeatable; only without --target)
    #[arg(long = "fault", value_name = "NAME", conflicts_with = "target")]
    faults: Vec<Fault>,
    /// A conforming variant of the embedded reference server (repeatable; only without --target)
    #[arg(long = "variant", value_name = "NAME", conflicts_with = "target")]
    variants: Vec<Variant>,
    #[command(flatten)]
    kept: snapshots::SnapshotArgs,
    /// Print the run as JSON Lines on standard output; the report for people goes to standard error
    #[arg(long)]
    events: bool,
    /// Print only failures and the verdict
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Print everything, including observed responses and whole bodies
    #[arg(long, short)]
    verbose: bool,
}

/// Runs, prints the report, and writes `run.json` if asked to.
pub(super) fn run(args: RunArgs) -> Exit {
    match try_run(&args) {
        Ok(exit) | Err(exit) => exit,
    }
}

#[expect(clippy::too_many_lines, reason = "the whole course of a run, in the order a user sees it")]
fn try_run(args: &RunArgs) -> Result<Exit, Exit> {
    let contract = common::the_contract()?;
    let scenarios = common::scenario_texts(args.select.scenarios.as_deref())?;
    let catalogue = common::catalogue_of(contract, &scenarios)?;
    let given = common::profile(&args.target)?;
    let edition = common::edition(args.select.edition, given.as_ref());
    if let Some(profile) = &given {
        guard(profile).map_err(|error| common::fail(Exit::Guard, &error.to_string()))?;
    }
    if let Some(folder) = &args.out {
        common::folder(folder)?;
    }
    let kept = snapshots::load(&args.kept, args.target.target.as_deref(), given.as_ref(), edition)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(crate::words::json::STACK)
        .enable_all()
        .build()
        .map_err(|cause| common::fail(Exit::Harness, &format!("cannot start the runtime: {cause}")))?;
    let mut record = runtime.block_on(async {
        let embedded = given.is_none();
        let (profile, _server) = match given {
            Some(profile) => (profile, None),
            None => start_server(args, edition).await.map(|(profile, server)| (profile, Some(server)))?,
        };
        let mut profile = profile;
        profile.redact = args.redact.or(profile.redact);
        // Each list uses up an appointment: a sandbox gives them only where they were asked for.
        let asked = args.cases.is_some() || !args.select.filters.is_empty() || !args.select.requirements.is_empty();
        let without_sequences = !profile.is_loopback() && !asked;
        if without_sequences {
            progress::note("skipping generated sequences: the target is not loopback (use --cases N to run them)");
        }
        let inputs = Inputs {
            selection: Selection {
                filters: args.select.filters.clone(),
                exact: false,
                requirements: args.select.requirements.clone(),
            },
            supply: profile.supply(edition),
            sizes: Sizes { clients: args.clients, rounds: args.rounds },
            without_sequences,
            cases: args.cases,
            scenarios,
        };
        let plan = decide(contract, &catalogue, edition, &inputs)
            .map_err(|error| common::fail(Exit::Usage, &error.to_string()))?;
        let campaign = Campaign {
            contract,
            edition,
            inputs,
            profile,
            embedded,
            strict_base: args.strict_base,
            options: options(args),
            seed: args.seed,
        };
        execute(campaign, plan, args).await
    })?;
    runtime.shutdown_background();
    if let Some(kept) = &kept {
        let whole = args.select.filters.is_empty() && args.select.requirements.is_empty();
        kept.compare(&mut record, whole);
    }
    if let Some(folder) = &args.out {
        write_record(folder, &record)?;
        write_counterexamples(folder, &record)?;
        super::report::write_usual(folder, &record)?;
    }
    let color = match args.events {
        true => common::colours(),
        false => anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never,
    };
    let view = TextView {
        color,
        verbosity: match (args.quiet, args.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        },
        width: 100,
    };
    let text = terminal(&record, &view);
    if args.events {
        common::out(&events::finished(&record));
        common::told(&text);
    } else {
        common::out(&text);
    }
    // Beside the report, not in it: drift is no part of the verdict.
    let drift = crate::report::drift(&record, &view);
    if args.events {
        common::told(&drift);
    } else {
        common::out(&drift);
    }
    let ending = record.ending();
    // Responses to wrong credentials say nothing about the target: they are not accepted.
    if let Some(kept) = kept.as_ref().filter(|_| ending != Ending::CredentialsRejected) {
        kept.write(&record)?;
    }
    if ending == Ending::CredentialsRejected {
        let message = format!(
            "authentication failed: {} rejects every request with 401 or 403; expected credentials with --header \
             'Authorization: …'",
            record.target.base_url
        );
        return Err(common::fail(Exit::from(ending), &message));
    }
    Ok(Exit::from(ending))
}

async fn start_server(args: &RunArgs, edition: Edition) -> Result<(Profile, reference::Handle), Exit> {
    let config = reference::Config {
        edition,
        faults: args.faults.clone(),
        variants: args.variants.clone(),
        ..reference::Config::default()
    };
    let config = config.with_token_where_needed();
    let authorization = config.authorization();
    let handle = reference::start(config)
        .await
        .map_err(|cause| common::fail(Exit::Harness, &format!("cannot start the reference server: {cause}")))?;
    let mut profile = common::reference_profile(&handle.base_url(), edition, handle.fixtures());
    profile.headers.extend(authorization);
    profile.headers.extend(common::headers(&args.target)?);
    Ok((profile, handle))
}

fn options(args: &RunArgs) -> Options {
    Options {
        jobs: usize::from(args.jobs),
        limits: Limits { timeout: args.timeout, ..Limits::default() },
        deadline: args.deadline,
        max_requests: args.max_requests,
    }
}

async fn execute(campaign: Campaign<'_>, plan: Plan, args: &RunArgs) -> Result<RunRecord, Exit> {
    let (stop, interrupted) = tokio::sync::watch::channel(false);
    let listener = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let _ = stop.send(true);
        }
        // The sender lives as long as the run may ask.
        std::future::pending::<()>().await;
    });
    let expected = crate::plan::price(&plan).requests;
    let target = &campaign.profile.base_url;
    let bar = Arc::new(match (args.events, args.quiet, std::io::stderr().is_terminal()) {
        (true, _, _) => {
            let cases = plan.selected().count();
            common::out(&events::started(&Tool::this(), campaign.edition, target, campaign.seed, cases, expected));
            Bar::events(expected)
        }
        (false, true, _) => Bar::silent(),
        (false, false, true) => Bar::drawn(expected),
        (false, false, false) => Bar::lines(expected, target),
    });
    let result = campaign::run(campaign, plan, bar.clone(), interrupted).await;
    bar.finish();
    listener.abort();
    result.map_err(|error| {
        let exit = match error {
            RunError::Unreachable { .. } | RunError::NotFhir { .. } => Exit::Unreachable,
            RunError::Client(_) => Exit::Harness,
        };
        common::fail(exit, &error.to_string())
    })
}

/// Writes each counterexample as a scenario file, and beside it the requests as lines for a shell.
fn write_counterexamples(folder: &Path, record: &RunRecord) -> Result<(), Exit> {
    let found = record.sequences.iter().flat_map(|sequence| &sequence.counterexamples);
    for counterexample in found.filter(|counterexample| !counterexample.scenario.is_empty()) {
        let path = folder.join(&counterexample.file);
        let lines: Vec<String> = record.requests_of(counterexample).iter().map(crate::report::curl).collect();
        let shell = format!("#!/bin/sh\n# {}\n{}\n", counterexample.case, lines.join("\n\n"));
        let written = std::fs::create_dir_all(folder.join("counterexamples"))
            .and_then(|()| std::fs::write(&path, &counterexample.scenario))
            .and_then(|()| std::fs::write(path.with_extension("sh"), shell));
        written.map_err(|cause| common::fail(Exit::Harness, &format!("cannot write `{}`: {cause}", path.display())))?;
    }
    Ok(())
}

/// Writes the record whole or not at all.
fn write_record(folder: &Path, record: &RunRecord) -> Result<(), Exit> {
    let bytes = crate::record::write(record)
        .map_err(|cause| common::fail(Exit::Harness, &format!("cannot write the record: {cause}")))?;
    common::write_whole(&folder.join("run.json"), &bytes)
}
