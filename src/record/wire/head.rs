//! What stands at the head of a record: what made it, the suite, the target, the contract, digests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::execute::{PaceLimits, PaceTaken, RateHistory};
use crate::suite::contract::{Cell, RequirementId};
use crate::sut::{Redact, TargetAbout};

/// What made the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The name of the program.
    pub name: String,
    /// The version of the program.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Tool {
        Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The proof of the suite by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// The version of the suite: of its requirements, cases and rules of judgement together.
    pub version: u32,
    /// SHA-256 of the kill matrix the build was shipped with, in hexadecimal: which fault is caught by which requirement.
    pub kill_matrix: String,
}

impl Suite {
    /// That of this build.
    pub fn shipped() -> Suite {
        let kill_matrix = crate::words::digest::of_bytes(crate::words::shipped::KILL_MATRIX.as_bytes());
        Suite { version: crate::suite::VERSION, kill_matrix }
    }
}

/// The server under test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetRecord {
    /// The base URL, without a slash at the end.
    pub base_url: String,
    /// The embedded reference server.
    pub embedded: bool,
    /// What was taken out of the evidence, besides secrets.
    pub redaction: Redact,
    /// The header lines that every request carries besides those of the contract; values of secrets are replaced.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub headers: Vec<(String, String)>,
    /// What the target is, in the words of whoever tests it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub about: Option<TargetAbout>,
}

/// The pace of the run, where it was bound or the target throttled it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaceRecord {
    /// The most requests per second that were configured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rate: Option<f64>,
    /// The most requests under way that were configured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub in_flight: Option<u16>,
    /// Responses with 429.
    pub throttled: u64,
    /// How often the rate was lowered: by 429, or by 503 with Retry-After several times in a row.
    pub lowered: u32,
    /// The lowest rate, in requests per second, where it was lowered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lowest: Option<f64>,
    /// The rate at the end of the run, in requests per second, where one was in force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<f64>,
}

impl PaceRecord {
    /// The pace of a run; `None` where nothing bound it.
    pub fn of(taken: PaceTaken) -> Option<PaceRecord> {
        let PaceTaken { limits: PaceLimits { rate, in_flight }, history, last } = taken;
        let RateHistory { throttled, lowered, lowest } = history;
        let is_bound = rate.is_some() || in_flight.is_some() || throttled > 0 || lowered > 0;
        // What is not exact is not shown as if it were.
        let round = |rate: f64| (rate * 100.0).round() / 100.0;
        let (lowest, last) = (lowest.map(round), last.map(round));
        is_bound.then_some(PaceRecord { rate, in_flight, throttled, lowered, lowest, last })
    }
}

/// The contract that was applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractRecord {
    /// The title of the edition.
    pub title: String,
    /// SHA-256 of the contract, in hexadecimal.
    pub digest: String,
    /// The documents that its requirements cite, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub documents: BTreeMap<String, DocumentRecord>,
    /// Its status machine, row by row.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub transitions: Vec<TransitionRecord>,
}

/// A document that requirements of the run cite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentRecord {
    /// The title of the document.
    pub title: String,
    /// Where it can be read, in words that begin with an address where there is one.
    pub location: String,
}

/// What the contract says of sending one status while another is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionRecord {
    /// The status held.
    pub from: String,
    /// The status sent.
    pub to: String,
    /// What the contract says of the pair.
    pub cell: Cell,
    /// The requirement that says it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requirement: Option<RequirementId>,
}

/// SHA-256 in hexadecimal. What is hashed is canonical JSON: compact, with sorted members.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// Over the shipped scenario files.
    pub scenarios: String,
    /// Over the plan.
    pub plan: String,
    /// Over an object with the digests of `exchanges`, `trials`, `batches`, `histories`, `lists`, `fixtures` and `not_run`: all
    /// that was seen.
    pub evidence: String,
    /// Over the whole record: the digest of the evidence and everything else but this.
    pub record: String,
}
