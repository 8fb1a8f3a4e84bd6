//! Reads a record strictly: one form, every member known, nothing too large, and errors that name the place.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::wire::{PlanRecord, RunRecord, SCHEMA, Summary};
use crate::words::file;
use crate::words::json::path_at;

/// A record beyond this is not read.
pub const MOST_BYTES: u64 = 1 << 30;

/// More of anything than this is in no record.
const MOST_COUNTED: u32 = u32::MAX;

/// Why a file is not a record.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read `{path}`: {cause}; {EXPECTED}")]
    Unreadable { path: String, cause: std::io::Error },
    #[error("`{path}` is larger than 1 GiB: expected a record of at most that size")]
    TooLarge { path: String },
    #[error("`{path}` is empty: {EXPECTED}")]
    Empty { path: String },
    #[error("`{path}` is cut short: {cause}; {EXPECTED}")]
    CutShort { path: String, cause: String },
    #[error("`{path}` is not JSON: {cause}; {EXPECTED}")]
    NotJson { path: String, cause: String },
    #[error(
        "`{path}` is not a record of a run: it has no member `schema` that begins with `patchproof/run/`; {EXPECTED}"
    )]
    Foreign { path: String },
    #[error(
        "`{path}` is a record in the form `{found}`{maker}, and patchproof {version} reads the form `{SCHEMA}`; {advice}"
    )]
    Schema { path: String, found: String, maker: String, version: &'static str, advice: &'static str },
    #[error("`{path}` is not a valid record: at {place}: {cause}")]
    Malformed { path: String, place: String, cause: String },
}

const EXPECTED: &str = "expected a run.json as `patchproof run --out DIR` writes it";

/// The members that every form of a record has.
#[derive(Deserialize)]
struct Stamp {
    schema: Option<serde_json::Value>,
    tool: Option<serde_json::Value>,
}

/// The bytes of a file that may hold a record.
///
/// # Errors
/// The file cannot be read, or is too large for a record.
pub fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    bytes_up_to(path, MOST_BYTES)
}

fn bytes_up_to(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let name = path.display().to_string();
    file::bytes(path, most).map_err(|cause| {
        if cause.kind() == std::io::ErrorKind::FileTooLarge {
            ReadError::TooLarge { path: name }
        } else {
            ReadError::Unreadable { path: name, cause }
        }
    })
}

/// Reads a record from its bytes; `path` is what messages call it.
///
/// # Errors
/// The bytes are not a record of this form.
pub fn parse(path: &str, bytes: &[u8]) -> Result<RunRecord, ReadError> {
    match serde_json::from_slice::<RunRecord>(bytes) {
        Ok(record) if record.schema == SCHEMA => match uncountable(&record) {
            None => Ok(record),
            Some((place, number)) => {
                let cause = format!("there cannot be {number} of them; expected at most {MOST_COUNTED}");
                Err(ReadError::Malformed { path: path.to_owned(), place: place.to_owned(), cause })
            }
        },
        Ok(_) => Err(mistake(path.to_owned(), bytes, None)),
        Err(error) => Err(mistake(path.to_owned(), bytes, Some(&error))),
    }
}

/// A count that no run comes to, and where it stands. Without such counts no sum of them is too large for its type.
fn uncountable(record: &RunRecord) -> Option<(&'static str, usize)> {
    let Summary { counts, inherited, cases, .. } = &record.summary;
    let PlanRecord { appointments, requests, appointments_used, requests_sent, decided: _ } = &record.plan;
    let all = |totals: &BTreeMap<_, BTreeMap<_, usize>>| totals.values().flat_map(BTreeMap::values).copied().max();
    let sequences =
        record.sequences.iter().flat_map(|sequence| [sequence.steps, sequence.skipped, sequence.requests]).max();
    let greatest = [
        ("summary.counts", all(counts)),
        ("summary.inherited", all(inherited)),
        ("summary.cases", cases.values().copied().max()),
        ("plan.appointments", appointments.values().copied().max()),
        ("plan", [*requests, *appointments_used, *requests_sent].into_iter().max()),
        ("sequences", sequences),
    ];
    let mut found = greatest.into_iter().filter_map(|(place, number)| Some((place, number?)));
    found.find(|(_, number)| u32::try_from(*number).is_err())
}

/// Why bytes are not a record; `error` is what was found where they are not of this form.
fn mistake(path: String, bytes: &[u8], error: Option<&serde_json::Error>) -> ReadError {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return ReadError::Empty { path };
    }
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        let cause = error.to_string();
        return if error.is_eof() { ReadError::CutShort { path, cause } } else { ReadError::NotJson { path, cause } };
    }
    let stamp = serde_json::from_slice::<Stamp>(bytes).ok();
    let found = match stamp.as_ref().and_then(|stamp| stamp.schema.as_ref()?.as_str()) {
        Some(schema) if schema.starts_with("patchproof/run/") => schema,
        Some(_) | None => return ReadError::Foreign { path },
    };
    if found != SCHEMA {
        return other_form(path, found, stamp.as_ref().and_then(|stamp| stamp.tool.as_ref()?.get("version")?.as_str()));
    }
    match error {
        // A record of this form is none of another.
        None => ReadError::Foreign { path },
        Some(error) => {
            let place = path_at(bytes, error.line(), error.column());
            ReadError::Malformed { path, place, cause: error.to_string() }
        }
    }
}

/// A record in a form of another version of the program: which form, who made it, and what helps.
fn other_form(path: String, found: &str, maker: Option<&str>) -> ReadError {
    let short = |text: &str| text.chars().take(80).collect::<String>();
    let number = |text: &str| text.rsplit('/').next().and_then(|number| number.parse::<u64>().ok());
    let advice = match number(found) > number(SCHEMA) {
        true => "use the version of patchproof that made it, or a newer one",
        false => "use the version of patchproof that made it, or run again",
    };
    let maker = maker.map(|version| format!(" of patchproof {}", short(version))).unwrap_or_default();
    ReadError::Schema { path, found: short(found), maker, version: env!("CARGO_PKG_VERSION"), advice }
}

#[cfg(test)]
mod tests;
