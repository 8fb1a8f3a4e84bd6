//! The command line: clap types, one file a subcommand that wires stages together, and the exit codes.

mod attest;
mod check;
mod check_history;
mod common;
mod diff;
mod exit;
mod explain;
mod list;
mod matrix;
mod plan;
mod progress;
mod replay;
mod report;
mod run;
mod schema;
mod selftest;
mod serve;
mod snapshots;
mod verify;

#[cfg(any(test, feature = "fuzz"))]
pub(crate) use check_history::read as read_history;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use common::reference_profile;
pub use exit::Exit;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::reference::{Fault, Variant};
use crate::report::Format;
use crate::suite::contract::{Edition, RequirementId};
use crate::sut::Redact;

/// Tells, with evidence that anyone can re-check, whether a server keeps the contract of PATCH /Appointment/:id.
#[derive(Debug, Parser)]
#[command(name = "patchproof", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 conformant · 1 not conformant · 2 usage or configuration · 3 target unreachable \
or authentication failed · 4 incomplete · 5 harness error · 6 refused by the guard · 130 interrupted";

const VERIFY: &str = "Judge a recorded run again, offline, and tell what differs from what the record says

The plan is made again from what the record says it was made from, and every verdict is computed from the recorded
exchanges by the same rules: cases, properties, races, generated sequences, requirements, totals and the exit code. The
evidence is held against itself (places, times, references), and every digest is computed anew.

It needs the tables and scenarios that the run used: where those of this program are others, it names the version to use.

Exit codes: 0 the record agrees with its evidence · 1 it differs · 2 it cannot be read, or other tables judged it";

const CHECK_HISTORY: &str = r#"Check what several clients saw of one appointment: is there an order of their requests, within real
time, that explains every answer?

The file has one JSON object a line, one line a request, in any order:

  {"client":1,"op":"patch","call":120,"ret":480,"if-match":"W/\"3\"","etag":"W/\"4\"","status":200,"value":"cancelled"}
  {"client":2,"op":"get","call":130,"ret":300,"etag":"W/\"3\"","status":200,"value":"booked"}
  {"client":3,"op":"patch","call":125,"if-match":"W/\"3\"","value":"arrived"}

  client    a number, for you
  op        get, patch or put
  call      when the request was sent, in any unit of one monotonic clock, stamped before the first byte
  ret       when the answer had been read, stamped after the last byte; absent where no answer came
  if-match  the If-Match sent; absent where there was none
  etag      the ETag of the answer; weak and strong tags are compared by their opaque part
  status    the status of the answer; absent where no answer came
  value     what was written or read, in any words; optional
  exchange  the exchange of a run that it stands for; optional

A 2xx to patch or put is a write that replaced the version in if-match; 409 and 412 say that this version was not the
current one; 423 says that another write was under way; other 4xx, 422 among them, say nothing about the order; a 5xx
or no answer may have taken effect or not. A read counts where it is answered 200.

The histories in run.json can be taken out with: jq -c '.histories[0].lines[]' run.json

Exit codes: 0 holds · 1 violated · 2 the file cannot be read · 4 undecided"#;

const REPLAY_TARGET: &str =
    "The base URL of the server under test, or a target file; where the record was made, if absent";

const REPLAY_CODES: &str = "Exit codes: 0 fixed, or still passing · 1 still failing in the same way · 2 usage, or no such case · \
3 target unreachable · 4 unable to tell · 5 harness error · 6 refused by the guard · 8 judged otherwise than in the record";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the cases against a target, or against the embedded reference server
    Run(Box<RunArgs>),
    /// Send a recorded case again: fixed, still failing, or different?
    #[command(after_help = REPLAY_CODES, mut_arg("target", |own| own.help(REPLAY_TARGET)))]
    Replay(Box<replay::ReplayArgs>),
    /// Show what a run would send and use up, and send nothing
    Plan(PlanArgs),
    /// List the cases of an edition with their requirements
    List(ListArgs),
    /// Explain a requirement, or what a case sends and expects
    Explain(ExplainArgs),
    /// Load scenario files and report every problem in them
    Check(CheckArgs),
    /// Judge a recorded run again, offline, and tell what differs from what the record says; check its signature
    #[command(long_about = VERIFY)]
    Verify(VerifyArgs),
    /// Check what several clients saw of one appointment: is there an order that explains it?
    #[command(long_about = CHECK_HISTORY)]
    CheckHistory(CheckHistoryArgs),
    /// Compare two runs, of one target or of two: what got worse, what got better
    Diff(DiffArgs),
    /// Put runs beside each other: implementations by requirements
    Matrix(MatrixArgs),
    /// Sign a run: an in-toto test-result statement in a DSSE envelope
    Sign(SignArgs),
    /// Make a pair of keys for signing
    Keygen(KeygenArgs),
    /// Render the record of a run: a page, JUnit XML, Markdown, a FHIR TestReport, CSV, a badge, …
    Report(ReportArgs),
    /// Serve the reference server
    Serve(ServeArgs),
    /// Show that the suite finds every fault of a broken server and fails no sound one
    Selftest(SelftestArgs),
    /// Print the JSON Schema of a file format
    Schema {
        /// The file format
        #[arg(value_enum, default_value = "scenario")]
        format: schema::SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What to run: shared by `run`, `plan` and `list`.
#[derive(Debug, Args)]
struct SelectArgs {
    /// Only cases whose id contains one of these texts
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Only cases that verify this requirement (repeatable)
    #[arg(long = "requirement", value_name = "ID")]
    requirements: Vec<RequirementId>,
    /// The edition of the contract: 2019-05, 2024-03 or fhir-r4
    #[arg(long, env = "PATCHPROOF_EDITION", value_name = "EDITION")]
    edition: Option<Edition>,
    /// A folder (or file) of scenarios to add; a file named like a shipped one takes its place
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

/// Where to run.
#[derive(Debug, Args)]
struct TargetArgs {
    /// The base URL of the server under test, or a target file; the embedded reference server where absent
    #[arg(long, env = "PATCHPROOF_TARGET", value_name = "URL|FILE")]
    target: Option<String>,
    /// A header line for every request, as in 'Authorization: Bearer …' (repeatable; never recorded)
    #[arg(long = "header", value_name = "'NAME: VALUE'")]
    headers: Vec<String>,
}

#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// Write run.json, the usual reports, and the counterexamples of generated sequences into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Appointments worked on at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Seconds to wait for one answer
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,
    /// Seconds for the whole run
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    deadline: Duration,
    /// Requests of the whole run; what is left over when they are spent is not tested
    #[arg(long, value_name = "N")]
    max_requests: Option<u64>,
    /// Clients of each race, 2 to 256; for other machines only where the target file allows writes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=256))]
    clients: Option<u16>,
    /// Rounds of each race, 1 to 1000; for other machines only where the target file allows writes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: Option<u16>,
    /// Lists of steps that each generated sequence draws, where not as many as it says itself
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    cases: Option<u32>,
    /// The seed of generated sequences: a number, or `random`; the same seed sends the same requests
    #[arg(long, value_name = "N|random", default_value = "0", value_parser = seed)]
    seed: u64,
    /// What to take out of the evidence: protected health information (phi) or nothing (none); phi where the target is
    /// another machine. Secrets never enter it
    #[arg(long, value_name = "none|phi")]
    redact: Option<Redact>,
    /// Let inherited requirements of the base specification decide too
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
    /// Print the run as JSON Lines for tools; text for people goes to standard error
    #[arg(long)]
    events: bool,
    /// Only failures and the verdict
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Everything, observed answers and whole bodies included
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Args)]
struct PlanArgs {
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// Time of one answer, for the estimate (the documented example takes 2260ms)
    #[arg(long, value_name = "TIME", default_value = "2260ms", value_parser = duration)]
    latency: Duration,
    /// Appointments worked on at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Lists of steps that each generated sequence draws, where not as many as it says itself
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    cases: Option<u32>,
    /// Show every lane with its steps
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    select: SelectArgs,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// The id of a requirement (APPT-VER-04) or of a case (if-match/missing)
    what: String,
    /// The edition of the contract; all of them where absent
    #[arg(long, value_name = "EDITION")]
    edition: Option<Edition>,
    /// A folder (or file) of scenarios to add
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// A folder or file of scenarios; the shipped ones where absent
    path: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct CheckHistoryArgs {
    /// The history, one JSON object a line
    file: PathBuf,
    /// The entity tag before the first request, where it is known
    #[arg(long, value_name = "TAG")]
    initial: Option<String>,
    /// The value before the first request, where it is known
    #[arg(long, value_name = "TEXT")]
    initial_value: Option<String>,
    /// Let an entity tag stand for more than one state
    #[arg(long)]
    versions_may_repeat: bool,
    /// Steps of the general search before it gives up; it is needed only where tags repeat or are missing
    #[arg(long, value_name = "N", default_value_t = 2_000_000)]
    steps: u64,
}

#[derive(Debug, Args)]
struct DiffArgs {
    /// The earlier run: run.json, or the folder it was written to
    before: PathBuf,
    /// The later run, or the run of another target
    after: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    format: DiffFormat,
    /// Only what got worse, and the sum
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Every changed case by name
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum DiffFormat {
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
struct MatrixArgs {
    /// The runs: run.json or the folder it was written to, with a name for its column where given
    #[arg(value_name = "[NAME=]RUN", required = true, num_args = 1..)]
    runs: Vec<String>,
    /// Only requirements on which the runs differ
    #[arg(long)]
    differences: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = MatrixFormat::Text)]
    format: MatrixFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MatrixFormat {
    Text,
    Json,
    Markdown,
    Csv,
}

#[derive(Debug, Args)]
struct SignArgs {
    /// The run: run.json, or the folder it was written to
    run: PathBuf,
    /// The private key: ECDSA P-256 or Ed25519 in PEM, not encrypted
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the run can be looked at, as the page of a CI job; it goes into the statement
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where to write the envelope; the name of the run with `.dsse` behind it where absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The record: run.json, or the folder `patchproof run --out` wrote it to
    run: PathBuf,
    /// How to tell it
    #[arg(long, value_enum, default_value = "text")]
    format: VerifyFormat,
    #[command(flatten)]
    signature: SignatureArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum VerifyFormat {
    Text,
    Json,
}

/// A signature to check.
#[derive(Debug, Args)]
struct SignatureArgs {
    /// The public key of the signer, in PEM
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The envelope; the name of the run with `.dsse` behind it where absent
    #[arg(long, value_name = "FILE", requires = "key")]
    signature: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct KeygenArgs {
    /// Where to write the keys: PREFIX.key is the private one, PREFIX.pub the public one; in a folder they are named
    /// patchproof.key and patchproof.pub
    #[arg(long, value_name = "PREFIX|DIR")]
    out: PathBuf,
    /// The kind of key
    #[arg(long = "type", value_enum, default_value_t = KeyKind::Ed25519)]
    kind: KeyKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KeyKind {
    Ed25519,
    P256,
}

#[derive(Debug, Args)]
struct ReportArgs {
    /// The record: the run.json of `run --out`
    #[arg(value_name = "RUN.JSON")]
    record: PathBuf,
    /// The format
    #[arg(long, short, value_name = "FORMAT", default_value = "text", value_parser = formats())]
    format: Format,
    /// Write to this file; standard output where absent
    #[arg(long, short, value_name = "FILE", conflicts_with = "out")]
    output: Option<PathBuf>,
    /// Write the usual set of reports into this folder, as `run --out` does
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// The port on 127.0.0.1; a free one where absent
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The edition to keep
    #[arg(long, default_value = "2019-05")]
    edition: Edition,
    /// A fault to switch on (repeatable)
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<Fault>,
    /// How long every answer is held back
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = duration)]
    latency: Duration,
    /// Write a target file that lists the seeded fixtures
    #[arg(long, value_name = "FILE")]
    target_file: Option<PathBuf>,
    /// A conforming variant: another way to keep the contract (repeatable)
    #[arg(long = "variant", value_name = "NAME")]
    variants: Vec<Variant>,
    /// Ask for this bearer token; where absent, nobody has to authenticate
    #[arg(long, value_name = "TOKEN", env = "PATCHPROOF_SERVE_TOKEN", hide_env_values = true,
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    token: Option<String>,
    /// List the faults and stop
    #[arg(long)]
    list_faults: bool,
    /// List the conforming variants and stop
    #[arg(long)]
    list_variants: bool,
}

#[derive(Debug, Args)]
struct SelftestArgs {
    /// Only faults and variants whose name contains one of these texts
    #[arg(value_name = "NAME")]
    named: Vec<String>,
    /// Only this edition of the contract; all of them where absent
    #[arg(long, value_name = "EDITION")]
    edition: Option<Edition>,
    /// Runs made at the same time; four times as many as there are cores where absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Write the kill matrix as matrix.json and matrix.txt into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Fail where the kill matrix is not the one this build was shipped with
    #[arg(long)]
    check: bool,
    /// Instead of all that, run the clean server so often with random latency, order and jobs: one verdict is expected
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    repeat: Option<u32>,
    /// What the repetitions are drawn from: a number, or `random`
    #[arg(long, value_name = "N|random", default_value = "0", value_parser = seed)]
    seed: u64,
    /// Only what is wrong, and the verdict
    #[arg(long, short)]
    quiet: bool,
    /// Leave a fault out of the servers: the selftest must notice
    #[arg(long = "disable-fault", value_name = "NAME", hide = true)]
    disabled: Vec<Fault>,
    /// Throw the verdicts on a requirement away: the selftest must notice
    #[arg(long = "mute", value_name = "ID", hide = true)]
    muted: Vec<RequirementId>,
}

/// Parses the command line, does what it says, and gives the exit code.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Conformant };
        }
    };
    match cli.command {
        Command::Run(args) => run::run(*args),
        Command::Replay(args) => replay::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::List(args) => list::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::CheckHistory(args) => check_history::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Matrix(args) => matrix::run(&args),
        Command::Sign(args) => attest::sign(&args),
        Command::Keygen(args) => attest::keygen(&args),
        Command::Report(args) => report::run(&args),
        Command::Serve(args) => serve::run(args),
        Command::Selftest(args) => selftest::run(&args),
        Command::Schema { format } => schema::run(format),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "patchproof", &mut script);
            common::out(&String::from_utf8_lossy(&script))
        }
    }
}

/// Format names, each with its purpose in `--help`.
fn formats() -> impl TypedValueParser<Value = Format> {
    let named = |own: Format| PossibleValue::new(own.name()).help(own.purpose());
    // The parser before lets only these names through.
    PossibleValuesParser::new(Format::ALL.map(named))
        .map(|name| Format::ALL.into_iter().find(|own| own.name() == name).unwrap_or(Format::Text))
}

fn seed(text: &str) -> Result<u64, String> {
    if text == "random" {
        // A smaller number is easier to type again.
        return Ok(u64::from(uuid::Uuid::new_v4().as_fields().0));
    }
    text.parse().map_err(|_| "accepted: a whole number up to 18446744073709551615, or `random`".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
    if seconds > 0.0 && seconds <= 1e6 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("`{text}` is out of range; accepted: more than 0, at most 1000000"))
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time; accepted: 2260ms, 2.26s or a number of seconds");
    let (number, scale) = if let Some(number) = text.strip_suffix("ms") {
        (number, 1e-3)
    } else {
        (text.strip_suffix('s').unwrap_or(text), 1.0)
    };
    let value: f64 = number.trim().parse().map_err(|_| wrong())?;
    if (0.0..=3600.0).contains(&(value * scale)) { Ok(Duration::from_secs_f64(value * scale)) } else { Err(wrong()) }
}
