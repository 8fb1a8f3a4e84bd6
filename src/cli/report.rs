//! `patchproof report`: renders a run record to any format.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::exit::Exit;
use super::{common, output};
use crate::record::RunRecord;
use crate::report::Format;

/// Options of `report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The record: the run.json of `run --out`
    #[arg(value_name = "RUN.JSON")]
    record: PathBuf,
    /// The format
    #[arg(long, short, value_name = "FORMAT", default_value = "text", value_parser = formats())]
    format: Format,
    /// Write to this file [default: standard output]
    #[arg(long, short, value_name = "FILE", conflicts_with = "out")]
    output: Option<PathBuf>,
    /// Write the usual reports into this folder, as `run --out` does
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    out: Option<PathBuf>,
}

/// Reads the record, renders it, and prints or writes it; exit 0, or 2 for a file that is no record.
pub(super) fn run(args: &ReportArgs) -> Exit {
    match rendered(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn rendered(args: &ReportArgs) -> Result<Exit, Exit> {
    let record = common::read_record(&args.record)?;
    match (&args.output, args.out.as_deref()) {
        (Some(path), _) => {
            let text = render(&record, args.format)?;
            common::write_whole(path, text.as_bytes())?;
        }
        (None, Some(folder)) => {
            output::folder(folder)?;
            for (name, bytes) in usual(&record)? {
                output::write_in(folder, name, &bytes)?;
            }
        }
        (None, None) => return Ok(common::out(&render(&record, args.format)?)),
    }
    Ok(Exit::Conformant)
}

/// The usual set of reports, each with the name of its file.
pub(super) fn usual(record: &RunRecord) -> Result<Vec<(&'static str, Vec<u8>)>, Exit> {
    Format::USUAL.into_iter().map(|format| Ok((format.file(), render(record, format)?.into_bytes()))).collect()
}

fn render(record: &RunRecord, format: Format) -> Result<String, Exit> {
    format.render(record).map_err(|error| common::fail(Exit::Harness, &error.to_string()))
}

/// Format names, each with its purpose in `--help`.
fn formats() -> impl TypedValueParser<Value = Format> {
    let named = |format: Format| PossibleValue::new(format.name()).help(format.purpose());
    // The parser before lets only these names through.
    PossibleValuesParser::new(Format::ALL.map(named))
        .map(|name| Format::ALL.into_iter().find(|format| format.name() == name).unwrap_or(Format::Text))
}
