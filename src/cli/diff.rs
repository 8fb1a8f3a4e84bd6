//! `patchproof diff`: what changed from one run to another.

use std::path::{Path, PathBuf};

use clap::Args;

use super::common;
use super::exit::Exit;
use crate::after::compare::{Run, compare};
use crate::after::drift;
use crate::record::RunRecord;
use crate::report::{Verbosity, comparison_markdown, comparison_text};

/// Options of `diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The earlier run: run.json, or the folder it was written to
    before: PathBuf,
    /// The later run, or the run of another target
    after: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    format: DiffFormat,
    /// Print only what got worse, and the summary
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Name every changed case
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum DiffFormat {
    Text,
    Json,
    Markdown,
}

/// Reads both runs and prints the comparison; exit 0 if nothing got worse, 1 if something did, 2 for bad input.
pub(super) fn run(args: &DiffArgs) -> Exit {
    match compared(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn compared(args: &DiffArgs) -> Result<Exit, Exit> {
    let (before, after) = (without_lists(&args.before)?, without_lists(&args.after)?);
    if !before.cases.iter().any(|case| after.cases.iter().any(|other| other.id == case.id)) {
        let message = "the runs have no case in common: expected two runs that share \
                       at least one case";
        return Err(common::fail(Exit::Usage, message));
    }
    let (old, new) = (args.before.display().to_string(), args.after.display().to_string());
    let (snapshots_before, snapshots_after) = (drift::of(&before), drift::of(&after));
    let comparison = compare(
        Run { name: &old, record: &before, snapshots: &snapshots_before },
        Run { name: &new, record: &after, snapshots: &snapshots_after },
    );
    let text = match args.format {
        DiffFormat::Text => {
            let verbosity = match (args.quiet, args.verbose) {
                (true, _) => Verbosity::Quiet,
                (_, true) => Verbosity::Verbose,
                (false, false) => Verbosity::Normal,
            };
            comparison_text(&comparison, &common::view(verbosity))
        }
        DiffFormat::Json => common::json(&comparison)?,
        DiffFormat::Markdown => comparison_markdown(&comparison),
    };
    common::out(&text);
    Ok(if comparison.regressed() { Exit::NotConformant } else { Exit::Conformant })
}

/// A record without the requests of generated lists: they are most of a large record, and no comparison looks at them.
fn without_lists(path: &Path) -> Result<RunRecord, Exit> {
    let mut record = common::read_record(path)?;
    record.forget_lists();
    Ok(record)
}
