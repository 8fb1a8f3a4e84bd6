//! The command line: clap types, one file a subcommand that wires stages together, and the exit codes.

mod check;
mod check_history;
mod cleanup;
mod common;
mod diff;
mod doctor;
mod draw;
mod exit;
mod explain;
mod help;
mod init;
mod keygen;
mod lease;
mod ledger;
mod list;
mod matrix;
mod new;
mod options;
mod out_folder;
mod output;
mod plan;
mod progress;
mod replay;
mod report;
mod run;
mod schema;
mod selftest;
mod serve;
mod sign;
mod signals;
mod signature;
mod snapshots;
mod verify;

#[cfg(any(test, feature = "fuzz"))]
pub(crate) use check_history::read as read_history;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use common::reference_profile;
pub use exit::Exit;

use clap::{CommandFactory as _, Parser, Subcommand};

/// Checks, with evidence that anyone can re-check, whether a server keeps the contract of PATCH /Appointment/:id.
#[derive(Debug, Parser)]
#[command(name = "patchproof", version, max_term_width = 100, disable_help_subcommand = true,
          after_help = format!("{}\n{EXIT_CODES}", help::list()))]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 conformant · 1 not conformant · 2 usage or configuration · 3 target unreachable \
or authentication failed · 4 incomplete · 5 harness error · 6 refused by the guard · \
8 judged otherwise (replay) · 129 hung up · 130 interrupted · 143 terminated";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the cases against a target, or against the embedded reference server
    Run(Box<run::RunArgs>),
    /// Send a recorded case again: fixed, still failing, or different?
    #[command(after_help = replay::EXIT_CODES, mut_arg("target", |arg| arg.help(replay::TARGET)))]
    Replay(Box<replay::ReplayArgs>),
    /// Show what a run would send and use up, without sending anything
    Plan(plan::PlanArgs),
    /// List the cases of an edition with their requirements
    List(list::ListArgs),
    /// Explain a requirement, or what a case sends and expects
    Explain(explain::ExplainArgs),
    /// Load scenario files and report every problem in them
    Check(check::CheckArgs),
    /// Judge a recorded run again, offline, and report what differs from the record; check its signature
    #[command(long_about = verify::ABOUT)]
    Verify(verify::VerifyArgs),
    /// Check what several clients saw of one appointment: does an order of the requests explain it?
    #[command(long_about = check_history::ABOUT)]
    CheckHistory(check_history::CheckHistoryArgs),
    /// Compare two runs, of one target or of two: what got worse, what got better
    Diff(diff::DiffArgs),
    /// Show several runs side by side: implementations by requirements
    Matrix(matrix::MatrixArgs),
    /// Sign a run: an in-toto test-result statement in a DSSE envelope
    Sign(sign::SignArgs),
    /// Generate a key pair for signing
    Keygen(keygen::KeygenArgs),
    /// Render the record of a run: a page, JUnit XML, Markdown, a FHIR TestReport, CSV, a badge, …
    Report(report::ReportArgs),
    /// Write the skeleton of a rule, a case or a fault into a checkout of patchproof
    New(new::NewArgs),
    /// Write a commented target file, from options or by asking
    Init(init::InitArgs),
    /// Look at a target step by step: what is wrong, and what to write
    Doctor(doctor::DoctorArgs),
    /// Cancel what a run left behind that was killed or cut off
    #[command(long_about = cleanup::ABOUT)]
    Cleanup(cleanup::CleanupArgs),
    /// Serve the reference server
    Serve(serve::ServeArgs),
    /// Check that the suite finds every fault of a broken server and fails no sound one
    Selftest(selftest::SelftestArgs),
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
    /// Show the help of a command, or a guide
    Help(help::HelpArgs),
}

/// The command line as clap knows it.
fn command() -> clap::Command {
    Cli::command()
}

/// Whether a command line, the name of the program first, would be taken.
///
/// # Errors
/// What is wrong with it, as the program would print it.
pub fn accepts(line: &[&str]) -> Result<(), String> {
    match Cli::try_parse_from(line) {
        Err(error) if error.use_stderr() => Err(error.to_string()),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Parses the command line, runs the command, and gives the exit code.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            output::note(error.print());
            if error.use_stderr() {
                empty_variables(&error.to_string()).iter().for_each(|hint| output::beside(hint));
            }
            return output::ending(if error.use_stderr() { Exit::Usage } else { Exit::Conformant });
        }
    };
    output::ending(run(cli))
}

/// Hints about variables of the environment that are set to nothing and whose options an error is about.
fn empty_variables(error: &str) -> Vec<String> {
    let command = Cli::command();
    let options = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let mut hints: Vec<String> = options
        .filter(|option| option.get_long().is_some_and(|name| error.contains(&format!("'--{name} "))))
        .filter_map(|option| option.get_env())
        .filter(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()))
        .map(|name| format!("{} is set to nothing: expected a value, or no such variable\n", name.to_string_lossy()))
        .collect();
    hints.sort();
    hints.dedup();
    hints
}

fn run(cli: Cli) -> Exit {
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
        Command::Sign(args) => sign::run(&args),
        Command::Keygen(args) => keygen::run(&args),
        Command::Report(args) => report::run(&args),
        Command::New(args) => new::run(&args),
        Command::Serve(args) => serve::run(args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Cleanup(args) => cleanup::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Selftest(args) => selftest::run(&args),
        Command::Schema { format } => schema::run(format),
        Command::Help(args) => help::run(&args, &command()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "patchproof", &mut script);
            common::out(&String::from_utf8_lossy(&script))
        }
    }
}
