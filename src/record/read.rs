//! Reads a record strictly: one schema, every member known, nothing too large, and errors that name the place.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

use super::{PlanRecord, RunRecord, SCHEMA, Summary};

/// A record beyond this is not read.
pub const MOST_BYTES: u64 = 1 << 30;

/// More of anything than this is in no record.
const MOST_COUNTED: u32 = u32::MAX;

/// Why a file is no record.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read `{path}`: {cause}; accepted: a run.json as `patchproof run --out DIR` writes it")]
    Unreadable { path: String, cause: std::io::Error },
    #[error("`{path}` is larger than 1 GiB; accepted: a record of at most that size")]
    TooLarge { path: String },
    #[error("`{path}` is empty; accepted: a run.json as `patchproof run --out DIR` writes it")]
    Empty { path: String },
    #[error("`{path}` is cut short: {cause}; accepted: a run.json as `patchproof run --out DIR` writes it")]
    CutShort { path: String, cause: String },
    #[error("`{path}` is no JSON: {cause}; accepted: a run.json as `patchproof run --out DIR` writes it")]
    NotJson { path: String, cause: String },
    #[error(
        "`{path}` is no record of a run: it has no member `schema` that begins with `patchproof/run/`; accepted: a \
         run.json as `patchproof run --out DIR` writes it"
    )]
    Foreign { path: String },
    #[error("`{path}` has the schema `{found}`, and this is patchproof {version}, which reads `{SCHEMA}`; {advice}")]
    Schema { path: String, found: String, version: &'static str, advice: &'static str },
    #[error("`{path}` is no sound record: at {place}: {cause}")]
    Malformed { path: String, place: String, cause: String },
}

/// The one member that every version of the schema has.
#[derive(Deserialize)]
struct Stamp {
    schema: Option<serde_json::Value>,
}

/// The bytes of a file that may hold a record.
///
/// # Errors
/// The file cannot be read, or is too large for a record.
pub fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    let name = path.display().to_string();
    let unreadable = |cause| ReadError::Unreadable { path: name.clone(), cause };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(ReadError::TooLarge { path: name });
    }
    Ok(bytes)
}

/// Reads a record from its bytes; `path` is what messages call it.
///
/// # Errors
/// The bytes are no record of this schema.
pub fn parse(path: &str, bytes: &[u8]) -> Result<RunRecord, ReadError> {
    // Most of a record is read without keeping track of the place; that is done only to tell of a mistake.
    match serde_json::from_slice::<RunRecord>(bytes) {
        Ok(record) if record.schema == SCHEMA => match uncountable(&record) {
            None => Ok(record),
            Some((place, number)) => {
                let cause = format!("there cannot be {number} of them; accepted: at most {MOST_COUNTED}");
                Err(ReadError::Malformed { path: path.to_owned(), place: place.to_owned(), cause })
            }
        },
        Ok(_) | Err(_) => Err(mistake(path.to_owned(), bytes)),
    }
}

/// A count that no run comes to, and where it stands. Without such counts no sum of them is too large for its type.
fn uncountable(record: &RunRecord) -> Option<(&'static str, usize)> {
    let Summary { counts, inherited, cases, .. } = &record.summary;
    let PlanRecord { appointments, requests, appointments_used, requests_sent } = &record.plan;
    let all = |totals: &BTreeMap<_, BTreeMap<_, usize>>| totals.values().flat_map(BTreeMap::values).copied().max();
    let sequences = record.sequences.iter().flat_map(|own| [own.steps, own.skipped, own.requests]).max();
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

fn mistake(path: String, bytes: &[u8]) -> ReadError {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return ReadError::Empty { path };
    }
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        let cause = error.to_string();
        return if error.is_eof() { ReadError::CutShort { path, cause } } else { ReadError::NotJson { path, cause } };
    }
    let found = match serde_json::from_slice::<Stamp>(bytes).ok().and_then(|stamp| stamp.schema) {
        Some(serde_json::Value::String(schema)) if schema.starts_with("patchproof/run/") => schema,
        Some(_) | None => return ReadError::Foreign { path },
    };
    if found != SCHEMA {
        let number = |text: &str| text.rsplit('/').next().and_then(|number| number.parse::<u64>().ok());
        let advice = match number(&found) > number(SCHEMA) {
            true => "use the version of patchproof that made it, or a newer one",
            false => "use the version of patchproof that made it, or run again",
        };
        return ReadError::Schema { path, found: found.chars().take(80).collect(), version: VERSION, advice };
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, RunRecord>(&mut reader) {
        Ok(_) => {
            // What is left is something behind the end of the value.
            let cause = reader.end().err().map_or_else(|| "unknown".to_owned(), |error| error.to_string());
            ReadError::NotJson { path, cause }
        }
        Err(error) => {
            let place = error.path().to_string();
            ReadError::Malformed { path, place, cause: error.into_inner().to_string() }
        }
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
