//! `patchproof matrix`: implementations by requirements.

use std::path::{Path, PathBuf};

use clap::Args;

use super::common;
use super::exit::Exit;
use crate::after::compare::matrix;
use crate::record::RunRecord;
use crate::report::{Verbosity, matrix_csv, matrix_markdown, matrix_text};

/// Options of `matrix`.
#[derive(Debug, Args)]
pub(super) struct MatrixArgs {
    /// The runs: run.json or the folder it was written to, optionally with a name for the column
    #[arg(value_name = "[NAME=]RUN", required = true, num_args = 1..)]
    runs: Vec<String>,
    /// Only requirements on which the runs differ
    #[arg(long)]
    differences: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = MatrixFormat::Text)]
    format: MatrixFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum MatrixFormat {
    Text,
    Json,
    Markdown,
    Csv,
}

/// Reads the runs and prints the matrix; exit 0, or 2 for bad input.
pub(super) fn run(args: &MatrixArgs) -> Exit {
    match printed(args) {
        Ok(text) => common::out(&text),
        Err(exit) => exit,
    }
}

fn printed(args: &MatrixArgs) -> Result<String, Exit> {
    let mut runs: Vec<(String, RunRecord)> = Vec::new();
    for text in &args.runs {
        let (name, path) = named(text);
        let mut record = common::read_record(&path)?;
        // Only verdicts are shown: many runs would otherwise fill the memory with evidence.
        (record.exchanges, record.trials, record.histories) = (Vec::new(), Vec::new(), Vec::new());
        runs.push((unused(name.unwrap_or_else(|| usual(&record)), &runs), record));
    }
    let matrix = matrix(&runs, args.differences);
    Ok(match args.format {
        MatrixFormat::Text => matrix_text(&matrix, &common::view(Verbosity::Normal)),
        MatrixFormat::Json => common::json(&matrix)?,
        MatrixFormat::Markdown => matrix_markdown(&matrix),
        MatrixFormat::Csv => matrix_csv(&matrix),
    })
}

/// `NAME=FILE`, or a file alone, which may have `=` in its name.
fn named(text: &str) -> (Option<String>, PathBuf) {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !Path::new(text).exists() => {
            (Some(name.to_owned()), PathBuf::from(path))
        }
        _ => (None, PathBuf::from(text)),
    }
}

/// The target and the edition.
fn usual(record: &RunRecord) -> String {
    let url = record.target.base_url.as_str();
    let target =
        if record.target.embedded { "reference server" } else { url.split_once("://").map_or(url, |parts| parts.1) };
    format!("{target} {}", record.edition)
}

/// The name, with a number behind it where another run has it already.
fn unused(name: String, runs: &[(String, RunRecord)]) -> String {
    let taken = |name: &str| runs.iter().any(|(other, _)| other == name);
    if !taken(&name) {
        return name;
    }
    (2..).map(|number| format!("{name} #{number}")).find(|candidate| !taken(candidate)).unwrap_or(name)
}
