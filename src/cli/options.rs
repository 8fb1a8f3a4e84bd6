//! Options that several commands share, and the parsers of their values.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::suite::contract::{Edition, RequirementId};

/// What to run: shared by `run`, `plan` and `list`.
#[derive(Debug, Args)]
pub(super) struct SelectArgs {
    /// Only cases whose id contains one of these texts
    #[arg(value_name = "FILTER")]
    pub(super) filters: Vec<String>,
    /// Only cases that verify this requirement (repeatable)
    #[arg(long = "requirement", value_name = "ID")]
    pub(super) requirements: Vec<RequirementId>,
    /// The edition of the contract: 2019-05, 2024-03 or fhir-r4
    #[arg(long, env = "PATCHPROOF_EDITION", value_name = "EDITION")]
    pub(super) edition: Option<Edition>,
    /// A folder (or file) of scenarios to add; a file with the name of a shipped one replaces it
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

/// Where to run.
#[derive(Debug, Args)]
pub(super) struct TargetArgs {
    /// The base URL of the server under test, or a target file, with #NAME where it has several [default: the embedded
    /// reference server]
    #[arg(long, env = "PATCHPROOF_TARGET", value_name = "URL|FILE", value_parser = NonEmptyStringValueParser::new())]
    pub(super) target: Option<String>,
    /// A header for every request, such as 'Authorization: Bearer …' (repeatable; never recorded)
    #[arg(long = "header", value_name = "'NAME: VALUE'")]
    pub(super) headers: Vec<String>,
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    if text == "random" {
        // A smaller number is easier to type again.
        return Ok(u64::from(uuid::Uuid::new_v4().as_fields().0));
    }
    text.parse().map_err(|_| "expected a whole number up to 18446744073709551615, or `random`".to_owned())
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("invalid number of seconds `{text}`"))?;
    if seconds > 0.0 && seconds <= 1e6 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("`{text}` is out of range: expected more than 0 and at most 1000000"))
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("invalid time `{text}`: expected 2260ms, 2.26s or a number of seconds");
    let (number, scale) = if let Some(number) = text.strip_suffix("ms") {
        (number, 1e-3)
    } else {
        (text.strip_suffix('s').unwrap_or(text), 1.0)
    };
    let value: f64 = number.trim().parse().map_err(|_| wrong())?;
    if (0.0..=3600.0).contains(&(value * scale)) { Ok(Duration::from_secs_f64(value * scale)) } else { Err(wrong()) }
}
