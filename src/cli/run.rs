//! `patchproof run`: plan, execute, judge, record, report.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;

use super::draw::{DrawArgs, inputs};
use super::exit::Exit;
use super::ledger::RunLedger;
use super::options::{SelectArgs, TargetArgs, seconds, seed};
use super::out_folder::{OutFolder, Staged, is_in_set};
use super::progress::Bar;
use super::{common, lease, ledger, report, signals, snapshots};
use crate::campaign::{self, Campaign};
use crate::execute::{Limits, Options, PaceLimits, StopReceiver};
use crate::plan::{Plan, decide};
use crate::record::{Ending, RunRecord, Tool};
use crate::reference::{self, Fault, Variant};
use crate::report::{TextView, Verbosity, events, terminal};
use crate::suite::contract::{Contract, Edition};
use crate::suite::scenario::{Catalogue, Texts};
use crate::sut::{Ledger, Profile, Redact, RequestRate, TargetLimits, file_of, guard};
use crate::words::file;

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
    /// Number of appointments to work on concurrently [default: as the target file says, else 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Seconds to wait for a response [default: as the target file says, else 30]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Maximum duration of the run in seconds [default: as the target file says, else 3600]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    deadline: Option<Duration>,
    /// Maximum number of requests; what remains when they are spent is not tested [default: as the target file says]
    #[arg(long, value_name = "N")]
    max_requests: Option<u64>,
    /// The file in which is noted, before it is done, what the run makes and writes to; `patchproof cleanup` reads it
    /// [default: one per target in the state folder of the user]
    #[arg(long, value_name = "FILE", value_parser = ledger::path_of)]
    ledger: Option<PathBuf>,
    /// Maximum rate of requests; a target that throttles lowers it for a time [default: as the target file says]
    #[arg(long, value_name = "N/s|N/min")]
    rate: Option<RequestRate>,
    /// Maximum number of requests under way at the same time; a race with more clients is not run [default: as the target
    /// file says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    in_flight: Option<u16>,
    #[command(flatten)]
    draw: DrawArgs,
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
    snapshots: snapshots::SnapshotArgs,
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

impl RunArgs {
    /// Whether what the run reads is in the set of an earlier run, such as its counterexamples.
    fn reads_its_out_folder(&self) -> bool {
        let target = self.target.target.as_deref().map(|target| Path::new(file_of(target)));
        let inputs = [self.select.scenarios.as_deref(), target].into_iter().flatten();
        self.out.as_deref().is_some_and(|folder| inputs.into_iter().any(|input| is_in_set(folder, input)))
    }
}

/// Runs, prints the report, and writes `run.json` if asked to.
pub(super) fn run(args: RunArgs) -> Exit {
    match try_run(&args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(args: &RunArgs) -> Result<Exit, Exit> {
    let runtime = common::runtime()?;
    // A signal is heard from here on, whatever the run is at.
    let stop = runtime.block_on(async { signals::listen() });
    let stop = stop.map_err(|cause| common::fail(Exit::Harness, &format!("cannot listen for signals: {cause}")))?;
    // Whatever becomes of this run, what lies in the folder is not its result. Only what the run reads is read before.
    let begin = || args.out.as_deref().map(OutFolder::begin).transpose();
    let (prepared, folder) = if args.reads_its_out_folder() {
        let prepared = prepare(args);
        let folder = begin()?;
        (prepared?, folder)
    } else {
        let folder = begin()?;
        (prepare(args)?, folder)
    };
    let target = prepared.profile.as_ref();
    let lease = |target: &Profile| lease::take(&target.base_url, options(args, target.limits).deadline, &stop);
    let _lease = target.map(lease).transpose()?;
    let open = |target: &Profile| ledger::open(args.ledger.as_deref(), target, prepared.edition);
    let ledger = target.map(open).transpose()?.unwrap_or(RunLedger::none());
    let snapshots =
        snapshots::load(&args.snapshots, args.target.target.as_deref(), prepared.profile.as_ref(), prepared.edition)?;
    let place = RunPlace(Mutex::new(folder.map(Ok)));
    let keep = |record: &RunRecord| place.put(record);
    let mut record = runtime.block_on(send(args, prepared, ledger.ledger.clone(), (stop, &keep)))?;
    // It is kept until the end: a second signal ends the program while the report is printed, too.
    let _listening = Listening(Some(runtime));
    if let Some(snapshots) = &snapshots {
        let whole = args.select.filters.is_empty() && args.select.requirements.is_empty();
        snapshots.compare(&mut record, whole);
    }
    place.put(&record);
    place.ended()?;
    show(args, &record);
    ledger.close();
    let ending = record.ending();
    // Responses to wrong credentials say nothing about the target: they are not accepted.
    if let Some(snapshots) = snapshots.as_ref().filter(|_| ending != Ending::CredentialsRejected) {
        snapshots.write(&record)?;
    }
    if ending == Ending::CredentialsRejected {
        let message = match record.headline().filter(|_| record.is_denied()) {
            Some((_, sentence)) => format!("authentication failed: {sentence}"),
            None => format!(
                "authentication failed: {} rejects every request with 401 or 403; expected credentials with --header \
                 'Authorization: …'",
                record.target.base_url
            ),
        };
        return Err(common::fail(Exit::from(ending), &message));
    }
    Ok(Exit::from(ending))
}

/// The folder of a run, or why it could not be written.
struct RunPlace(Mutex<Option<Result<OutFolder, Exit>>>);

impl RunPlace {
    /// Lets the set of a record take its place; a later one of the same run takes the place of that.
    fn put(&self, record: &RunRecord) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let put = |folder: OutFolder| {
            let staged = folder.stage()?;
            fill(&staged, record)?;
            staged.commit()
        };
        *place = place.take().map(|folder| folder.and_then(put));
    }

    /// # Errors
    /// The folder could not be written.
    fn ended(self) -> Result<(), Exit> {
        let place = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        place.transpose().map(|_| ())
    }
}

/// How a run ends early, and who gets its partial record.
type RunEnd<'a> = (StopReceiver, &'a (dyn Fn(&RunRecord) + Send + Sync));

/// Listens for signals as long as it is there, and then waits for nothing.
struct Listening(Option<Runtime>);

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// What is known before anything is sent.
struct Prepared {
    contract: &'static Contract,
    scenarios: Texts,
    catalogue: Catalogue,
    /// The target; none where the embedded server is to be started.
    profile: Option<Profile>,
    edition: Edition,
}

/// Reads everything that the run needs, and asks the guard.
fn prepare(args: &RunArgs) -> Result<Prepared, Exit> {
    let contract = common::the_contract()?;
    let scenarios = common::scenario_texts(args.select.scenarios.as_deref())?;
    let catalogue = common::catalogue_of(contract, &scenarios)?;
    let profile = common::profile(&args.target)?;
    let edition = common::edition(args.select.edition, profile.as_ref());
    if let Some(profile) = &profile {
        guard(profile).map_err(|error| common::fail(Exit::Guard, &error.to_string()))?;
    }
    Ok(Prepared { contract, scenarios, catalogue, profile, edition })
}

/// Starts the embedded server where there is no target, makes the plan, and carries it out.
async fn send(
    args: &RunArgs,
    prepared: Prepared,
    ledger: Option<Arc<Ledger>>,
    end: RunEnd<'_>,
) -> Result<RunRecord, Exit> {
    let Prepared { contract, scenarios, catalogue, profile, edition } = prepared;
    let embedded = profile.is_none();
    let (mut profile, _server) = match profile {
        Some(profile) => (profile, None),
        None => {
            let config = reference::Config {
                edition,
                faults: args.faults.clone(),
                variants: args.variants.clone(),
                ..reference::Config::default()
            };
            common::embedded(config, &args.target).await.map(|(profile, server)| (profile, Some(server)))?
        }
    };
    profile.redact = args.redact.or(profile.redact);
    let inputs = inputs(&args.select, &args.draw, &profile, edition, scenarios)?;
    let plan = decide(contract, &catalogue, edition, &inputs)
        .map_err(|error| common::fail(Exit::Usage, &error.to_string()))?;
    let options = Options { ledger, clean_up: !embedded, ..options(args, profile.limits) };
    check_open_files(&plan, options.jobs, embedded)?;
    let campaign = Campaign {
        contract,
        edition,
        inputs,
        profile,
        embedded,
        strict_base: args.strict_base,
        options,
        seed: args.seed,
    };
    execute(campaign, plan, args, end).await
}

/// Refuses to begin where the system lets the program have too few files and connections open for the plan.
fn check_open_files(plan: &Plan, jobs: usize, embedded: bool) -> Result<(), Exit> {
    /// Standard streams, the runtime, signals, the lease, the out folder and what it writes.
    const FILES: usize = 20;
    let most = plan.races().map(|(_, race)| race.clients.len()).max().unwrap_or_default();
    let connections = jobs + most + 2;
    // The embedded server has the other end of each.
    let needed = FILES + if embedded { 2 * connections } else { connections };
    file::ensure_open(needed as u64).map_err(|allowed| {
        let message = format!(
            "too few open files: this run needs {needed}, and the system allows {allowed}; expected `ulimit -n {needed}`, \
             or fewer --jobs or --clients"
        );
        common::fail(Exit::Usage, &message)
    })
}

/// Prints the report, and beside it what differs from the snapshots: drift is no part of the verdict.
fn show(args: &RunArgs, record: &RunRecord) {
    let verbosity = match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    };
    let color = args.events && common::colours();
    let view = if args.events { TextView { color, verbosity, width: 100 } } else { common::view(verbosity) };
    let texts = [terminal(record, &view), crate::report::drift(record, &view)];
    if args.events {
        common::out(&events::finished(record));
        texts.iter().for_each(|text| common::beside(text));
    } else {
        texts.iter().for_each(|text| _ = common::out(text));
    }
}

/// Limits: options over the target file over what is usual.
fn options(args: &RunArgs, target: TargetLimits) -> Options {
    let usual = Options::default();
    let timeout = args.timeout.or(target.timeout).unwrap_or(usual.limits.timeout);
    Options {
        jobs: args.jobs.or(target.jobs).map_or(usual.jobs, usize::from),
        limits: Limits { timeout, ..usual.limits },
        deadline: args.deadline.or(target.deadline).unwrap_or(usual.deadline),
        max_requests: args.max_requests.or(target.max_requests),
        pace: PaceLimits {
            rate: args.rate.or(target.rate).map(RequestRate::per_second),
            in_flight: args.in_flight.or(target.in_flight),
        },
        ..usual
    }
}

async fn execute(
    campaign: Campaign<'_>,
    plan: Plan,
    args: &RunArgs,
    (stop, keep): RunEnd<'_>,
) -> Result<RunRecord, Exit> {
    let expected = crate::plan::price(&plan, campaign.options.jobs).requests;
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
    let result = campaign::run_keeping(campaign, plan, bar.clone(), stop, keep).await;
    bar.finish();
    result.map_err(|error| common::not_begun(&error))
}

/// Adds the reports, each counterexample as a scenario file with its requests as lines for a shell beside it, and the record.
fn fill(staged: &Staged, record: &RunRecord) -> Result<(), Exit> {
    for (name, bytes) in report::usual(record)? {
        staged.add(name, &bytes)?;
    }
    let found = record.sequences.iter().flat_map(|sequence| &sequence.counterexamples);
    for counterexample in found.filter(|counterexample| !counterexample.scenario.is_empty()) {
        let lines: Vec<String> = record.requests_of(counterexample).iter().map(crate::report::curl).collect();
        let shell = format!("#!/bin/sh\n# {}\n{}\n", counterexample.case, lines.join("\n\n"));
        staged.add(&counterexample.file, counterexample.scenario.as_bytes())?;
        let shell_file = Path::new(&counterexample.file).with_extension("sh");
        staged.add(&shell_file.to_string_lossy(), shell.as_bytes())?;
    }
    staged.add_record(|file| Ok(crate::record::write_to(record, file)?))
}
