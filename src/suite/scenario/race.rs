//! The scenario kind `race`: several clients released together on one version of an appointment.

use crate::suite::contract::roles;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fixture, IfMatch};
use crate::suite::contract::{Edition, RequirementId};
use crate::words::yaml::Located;

/// A file of races.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RaceFile {
    /// Always `race`.
    #[schemars(with = "RaceKind")]
    pub kind: String,
    /// What the races of this file have in common, in one sentence.
    pub title: String,
    pub races: Vec<Located<RaceCase>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for a constant in the JSON Schema")]
enum RaceKind {
    Race,
}

/// One race, run a number of rounds, each on an appointment of its own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RaceCase {
    /// Stable name, `race/short-name`.
    pub id: Located<String>,
    /// One sentence that says what a conforming server does.
    pub title: String,
    /// The requirements that the race is judged for.
    pub verifies: Vec<Located<RequirementId>>,
    /// Only in these editions.
    pub editions: Option<Vec<Edition>>,
    /// The appointment each round needs.
    pub fixture: Fixture,
    /// What the clients contend for.
    #[serde(default)]
    pub contest: Contest,
    /// Who takes part. `--clients` changes the size of the first group.
    pub clients: Vec<Located<RaceClients>>,
    /// How the clients are let go.
    #[serde(default)]
    pub release: Release,
    /// How often the race is run; `--rounds` changes it.
    #[serde(default = "two")]
    pub rounds: u16,
    /// The members (JSON pointers) by which a writer's change is told from another's; `/status` where absent.
    #[serde(default)]
    pub shows: Vec<String>,
    /// A patch document that is sent after the race with the version last read, and has to be accepted.
    pub then: Option<Value>,
    /// The change may leave the version as it was (reading C-24): then two winners only warn.
    #[serde(default)]
    pub version_may_stay: bool,
}

impl RaceCase {
    /// The most clients of one race.
    pub const MOST_CLIENTS: u16 = 256;
}

fn two() -> u16 {
    2
}

/// Clients that send the same.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RaceClients {
    pub count: u16,
    /// The document that each of them sends once; `$each` stands for the client's value.
    pub patch: Option<Value>,
    /// The values for `$each`, dealt out in turn.
    #[serde(default)]
    pub each: Vec<Value>,
    #[serde(default)]
    pub if_match: IfMatch,
    /// How often each of them reads, where they send no patch.
    pub reads: Option<u16>,
}

/// What the clients of a race contend for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Contest {
    /// One version of one appointment: at most one may win.
    #[default]
    Version,
    /// Nothing: each has an appointment to itself, and all should succeed.
    Nothing,
    /// One slot, which each wants for an appointment of its own.
    Slot,
}

/// How the clients of a race are let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    /// All at once.
    #[default]
    Barrier,
    /// One after another, so many microseconds apart.
    Staggered(u32),
}

/// What a race can tell about a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RaceRule {
    /// Of the writers that name one version, at most one succeeds (CONC-02).
    OneWinner,
    /// Those that do not are refused with the documented codes (CONC-03).
    LoserCodes,
    /// Some writer succeeds (CONC-04).
    SomeWinner,
    /// What is read is what the winner wrote, in its version (CONC-05).
    FinalState,
    /// No read shows a part of a change (CONC-06).
    WholePatches,
    /// The version read after the race is accepted (CONC-07).
    PatchedAgain,
    /// What becomes of a writer that was refused as locked and tries again (CONC-08).
    RetryAfterLock,
    /// Appointments do not disturb each other (CONC-10).
    Independent,
    /// A lock is reported only where another request was under way (ERR-10).
    LockHasReason,
}

impl RaceRule {
    /// The requirements that a race can tell something about.
    pub const ALL: [(&'static str, RaceRule); 9] = [
        (roles::ONE_WINNER, RaceRule::OneWinner),
        (roles::LOSER_CODES, RaceRule::LoserCodes),
        (roles::SOME_WINNER, RaceRule::SomeWinner),
        (roles::FINAL_STATE, RaceRule::FinalState),
        (roles::WHOLE_PATCHES, RaceRule::WholePatches),
        (roles::PATCHED_AGAIN, RaceRule::PatchedAgain),
        (roles::RETRY_AFTER_LOCK, RaceRule::RetryAfterLock),
        (roles::INDEPENDENT, RaceRule::Independent),
        (roles::LOCK_HAS_REASON, RaceRule::LockHasReason),
    ];

    /// What a race can tell about this requirement, if anything.
    pub fn of(id: &RequirementId) -> Option<RaceRule> {
        RaceRule::ALL.iter().find(|(name, _)| *name == id.as_str()).map(|(_, rule)| *rule)
    }
}
