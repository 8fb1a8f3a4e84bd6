//! A run record: what was read is written the same, and no text from a target steers the terminal that shows it.

use crate::record::RunRecord;
use crate::report::{Verbosity, View, terminal};

/// Any bytes are a record or an error that says of which file, and what would be one.
pub fn record(data: &[u8]) {
    match read(data) {
        Ok(record) => shown(&record),
        Err(message) => assert!(message.contains("`run.json`"), "no place: {message}"),
    }
}

/// The reader of records.
fn read(data: &[u8]) -> Result<RunRecord, String> {
    crate::record::parse("run.json", data).map_err(|error| error.to_string())
}

/// Writes a record, reads it again, and shows it in every way.
fn shown(record: &RunRecord) {
    let written = serde_json::to_vec(record).unwrap_or_default();
    let again = read(&written);
    assert!(again.as_ref() == Ok(record), "written and read again it is {again:?}");
    [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose].into_iter().for_each(|own| is_calm(record, own));
}

/// Nothing in the report but letters and line ends, whatever a target put into its answers.
pub(super) fn is_calm(record: &RunRecord, verbosity: Verbosity) {
    let page = terminal(record, &View { color: false, verbosity, width: 80 });
    let control = page.chars().find(|letter| letter.is_control() && *letter != '\n');
    assert!(control.is_none(), "{control:?} reaches the terminal in\n{page:?}");
}
