//! `patchproof report`: renders a run record to any format.

use std::path::Path;

use super::{Exit, ReportArgs, common};
use crate::record::RunRecord;
use crate::report::Format;

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
        (None, Some(folder)) => write_usual(folder, &record)?,
        (None, None) => return Ok(common::out(&render(&record, args.format)?)),
    }
    Ok(Exit::Conformant)
}

/// Writes the usual set of reports into a folder, each whole or not at all.
pub(super) fn write_usual(folder: &Path, record: &RunRecord) -> Result<(), Exit> {
    common::folder(folder)?;
    for format in Format::USUAL {
        common::write_whole(&folder.join(format.file()), render(record, format)?.as_bytes())?;
    }
    Ok(())
}

fn render(record: &RunRecord, format: Format) -> Result<String, Exit> {
    format.render(record).map_err(|error| common::fail(Exit::Harness, &error.to_string()))
}
