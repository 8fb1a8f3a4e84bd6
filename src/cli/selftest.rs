//! `patchproof selftest`: checks that the suite finds what it is meant to find, and nothing else.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::progress::Bar;
use clap::Args;

use super::exit::Exit;
use super::options::seed;
use super::{common, output};
use crate::execute::ProgressListener as _;
use crate::prove::selftest::{self, Bench, Job, Matrix, Repeated, assess, exemptions};
use crate::reference::Fault;
use crate::suite::contract::{Edition, RequirementId};

/// Options of `selftest`.
#[derive(Debug, Args)]
pub(super) struct SelftestArgs {
    /// Only faults and variants whose name contains one of these texts
    #[arg(value_name = "NAME")]
    named: Vec<String>,
    /// Only this edition of the contract [default: all]
    #[arg(long, value_name = "EDITION")]
    edition: Option<Edition>,
    /// Number of concurrent runs [default: four per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Write the kill matrix as matrix.json and matrix.txt into this folder; of a part of the selftest, that part only
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Fail if the kill matrix differs from the shipped one
    #[arg(long)]
    check: bool,
    /// Instead, run the clean server this many times with random latency, order and jobs, and expect one verdict
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    repeat: Option<u32>,
    /// The seed of the repetitions: a number, or `random`
    #[arg(long, value_name = "N|random", default_value = "0", value_parser = seed)]
    seed: u64,
    /// Print only what is wrong, and the verdict
    #[arg(long, short)]
    quiet: bool,
    /// Leave a fault out of the servers: the selftest must notice
    #[arg(long = "disable-fault", value_name = "NAME", hide = true)]
    disabled: Vec<Fault>,
    /// Throw the verdicts on a requirement away: the selftest must notice
    #[arg(long = "mute", value_name = "ID", hide = true)]
    muted: Vec<RequirementId>,
}

/// Runs, prints the result, and writes the matrix if asked to.
pub(super) fn run(args: &SelftestArgs) -> Exit {
    match try_run(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_run(args: &SelftestArgs) -> Result<Exit, Exit> {
    let contract = common::the_contract()?;
    let catalogue = common::catalogue(contract, None)?;
    let bench = Bench { contract, catalogue: &catalogue, disabled: args.disabled.clone(), muted: args.muted.clone() };
    let editions: Vec<Edition> = args.edition.map_or(Edition::ALL.to_vec(), |edition| vec![edition]);
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    // A run against a server that is late or forgets spends most of its time waiting: with others at hand, no core does.
    let workers = args.jobs.map_or(cores * 4, usize::from);
    let harness = |cause: String| common::fail(Exit::Harness, &cause);
    if let Some(times) = args.repeat {
        let bar = bar(args, editions.len() * times as usize);
        let begun = Instant::now();
        let done = |_: &Job| bar.request_done();
        let repeated = selftest::repeat(&bench, &editions, times, args.seed, workers, &done).map_err(harness)?;
        bar.finish();
        return Ok(tell_repeated(&repeated, args.seed, begun));
    }
    let list = selftest::runs(contract, &catalogue, &editions, &args.named);
    if list.len() == editions.len() && !args.named.is_empty() {
        let message = "no fault or variant has such a name: expected one of `patchproof serve --list-faults` or \
                       `--list-variants`, or a part of one";
        return Err(common::fail(Exit::Usage, message));
    }
    let exempt = exemptions(contract).map_err(harness)?;
    let bar = bar(args, list.len());
    let begun = Instant::now();
    let all = bench.all(&list, workers, &|_| bar.request_done()).map_err(harness)?;
    bar.finish();
    let whole = args.edition.is_none() && args.named.is_empty();
    let violations = assess(contract, &list, &all, &exempt, whole);
    let (given, automatic) = exempt;
    let matrix = Matrix::of(contract, &list, &all, automatic.into_iter().chain(given).collect());
    if let Some(folder) = &args.out {
        write(folder, &matrix)?;
    }
    let mut out = if args.quiet { String::new() } else { selftest::text(&matrix, false) + "\n" };
    for violation in &violations {
        let _ = writeln!(out, "violated: {violation}");
    }
    // Of a part, only the shipped matrix says what should have been killed in it.
    let changed = if args.check || !whole { changed(&matrix, whole) } else { Vec::new() };
    for line in &changed {
        let _ = writeln!(out, "changed: {line}");
    }
    if !changed.is_empty() {
        out.push_str("to accept what changed: `patchproof selftest --out snapshots/selftest`, a run of everything\n");
    }
    let requests = list.len();
    let took = begun.elapsed();
    let bad = violations.len() + changed.len();
    let _ = match bad {
        0 => writeln!(out, "selftest passed: {requests} runs, {:.1} s", took.as_secs_f64()),
        _ => {
            let noun = if bad == 1 { "expectation" } else { "expectations" };
            writeln!(out, "selftest failed: {bad} {noun} not met, {requests} runs, {:.1} s", took.as_secs_f64())
        }
    };
    common::out(&out);
    Ok(if bad == 0 { Exit::Conformant } else { Exit::NotConformant })
}

fn bar(args: &SelftestArgs, length: usize) -> Bar {
    use std::io::IsTerminal as _;
    if args.quiet || !std::io::stderr().is_terminal() { Bar::silent() } else { Bar::drawn(length) }
}

fn tell_repeated(repeated: &[Repeated], seed: u64, begun: Instant) -> Exit {
    let mut out = String::new();
    for repeat in repeated {
        let _ = writeln!(
            out,
            "{}: {} runs with random latency, order and jobs from seed {seed}, {} different from the first ({})",
            repeat.edition,
            repeat.runs,
            repeat.different.len(),
            repeat.first
        );
        for (seed, why) in &repeat.different {
            let _ = writeln!(out, "  --seed {seed}: {why}");
        }
    }
    let stable = repeated.iter().all(|repeat| repeat.different.is_empty() && repeat.first == "conformant");
    let verdict = if stable { "one verdict" } else { "more than one verdict, or not the right one" };
    let _ = writeln!(out, "{verdict}, {:.1} s", begun.elapsed().as_secs_f64());
    common::out(&out);
    if stable { Exit::Conformant } else { Exit::NotConformant }
}

/// What kills a fault in every run. Where requests meet, chance decides who is hurt; and what only follows from a fault may
/// fail to follow.
fn steady(fault: &str, killed: Option<&selftest::Killed>) -> BTreeSet<RequirementId> {
    let named = fault.parse::<Fault>().map(Fault::breaks).unwrap_or_default();
    let all = killed.into_iter().flat_map(selftest::Killed::all);
    all.filter(|id| !id.as_str().starts_with("APPT-CONC-") && named.contains(&id.as_str())).cloned().collect()
}

/// Where the matrix differs from the one this build was shipped with; of a part of it, only that part is compared.
fn changed(matrix: &Matrix, whole: bool) -> Vec<String> {
    let shipped: Matrix = match serde_json::from_str(selftest::KILL_MATRIX) {
        Ok(shipped) => shipped,
        Err(cause) => return vec![format!("snapshots/selftest/matrix.json cannot be read: {cause}")],
    };
    let mut found = Vec::new();
    for row in &matrix.faults {
        let Some(before) = shipped.faults.iter().find(|other| other.fault == row.fault) else {
            found.push(format!("{} is new", row.fault));
            continue;
        };
        for edition in matrix.sound.keys() {
            let (old, new) = (before.killed.get(edition), row.killed.get(edition));
            if steady(&row.fault, old) != steady(&row.fault, new) {
                let list = |killed: Option<&selftest::Killed>| {
                    let ids: Vec<&str> = killed.iter().flat_map(|killed| killed.all()).map(|id| id.as_str()).collect();
                    if ids.is_empty() { "nothing".to_owned() } else { ids.join(" ") }
                };
                found.push(format!("{} in {edition} was killed by {}, now by {}", row.fault, list(old), list(new)));
            }
        }
    }
    for row in &matrix.cells {
        // Of a part of the table, the runs themselves say which cells were not found.
        if whole && !shipped.cells.iter().any(|before| before == row) {
            found.push(format!("the opened transitions of {} differ", row.edition));
        }
    }
    for (edition, servers) in &matrix.sound {
        let before = shipped.sound.get(edition).cloned().unwrap_or_default();
        found.extend(
            servers.iter().filter(|name| !before.contains(name)).map(|name| format!("{name} in {edition} is new")),
        );
    }
    found
}

/// Writes both forms, each whole or not at all.
fn write(folder: &Path, matrix: &Matrix) -> Result<(), Exit> {
    let json = serde_json::to_string_pretty(matrix).map(|text| text + "\n");
    let json = json.map_err(|cause| common::fail(Exit::Harness, &format!("cannot write the matrix: {cause}")))?;
    for (name, text) in [("matrix.json", json), ("matrix.txt", selftest::text(matrix, true))] {
        output::folder(folder)?;
        common::write_whole(&folder.join(name), text.as_bytes())?;
    }
    Ok(())
}
