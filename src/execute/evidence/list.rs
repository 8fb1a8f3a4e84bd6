//! One generated list of steps: what was drawn, what was sent, and the figures of making a failing one smaller.

use serde::{Deserialize, Serialize};

use super::exchange::ExchangeId;
use super::steps::{Bystander, StepSeen};
use crate::plan::{CaseId, DrawnStep};
use crate::suite::contract::RequirementId;

/// Why what names a version is not sent to a target that has none.
pub const NO_VERSION: &str = "the appointment shows no version (neither ETag nor meta.versionId)";

/// Why what names an earlier version is not sent before there is one.
pub const NO_EARLIER_VERSION: &str = "the appointment has no earlier version";

/// Why the last accepted document is not sent again before there is one.
pub const NOTHING_ACCEPTED: &str = "nothing was accepted on this appointment yet";

/// Why the tag of the last response is not sent before there is one.
pub const NO_ETAG_YET: &str = "no response to a PATCH of this appointment had an ETag yet";

/// Whether a step was left out for its place in the list alone: what it names comes of a step before it.
pub fn is_out_of_place(why: &str) -> bool {
    [NO_EARLIER_VERSION, NOTHING_ACCEPTED, NO_ETAG_YET].contains(&why)
}

/// One list of steps, sent to one appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTrial {
    /// Counted from 0 within its case.
    pub number: u32,
    /// Sent to see whether a smaller form of the list of this number still fails. Such a list shows one failure, and no
    /// result rests on it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub rerun: bool,
    /// Everything that was sent for the list: the appointment it needed, its steps, and the reads around them.
    pub block: Block,
    /// The appointment that the steps address; absent where none could be had.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub appointment: Option<String>,
    /// The read before the first step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub start: Option<ExchangeId>,
    /// One entry for each step drawn.
    pub steps: Vec<ListStep>,
    /// The plain documented PATCH after the last step, where that was rejected: without it, a rejection says nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub control: Option<ExchangeId>,
    /// An appointment that no step addresses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bystander: Option<Bystander>,
    /// Why the list was not sent to its end, where it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub halted: Option<String>,
}

/// Exchanges whose ids follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The first id.
    pub first: ExchangeId,
    /// How many there are.
    pub count: u32,
}

/// One step of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListStep {
    /// What was drawn.
    pub drawn: DrawnStep,
    /// What came of it.
    pub seen: StepResult,
}

/// What came of a drawn step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepResult {
    /// It was sent.
    Sent(StepSeen),
    /// It could not be made, and why; the list went on.
    Skipped(String),
    /// The list ended before it.
    NotReached,
}

/// How a failing list was made smaller: the smallest list that shows the failure, and the way there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shrunk {
    /// The number of the list that shows the failure first.
    pub number: u32,
    /// The place of the smallest list among the trials: a list that was sent again, or the first one where none failed again.
    pub trial: u32,
    /// The requirement that the list breaks.
    pub requirement: RequirementId,
    /// The side of an exchange on which it does.
    pub side: Side,
    /// Steps of the list as it was drawn.
    pub drawn: u32,
    /// How often lists were sent again to find the smallest.
    pub reruns: u32,
    /// Requests of these lists that are not kept.
    pub requests: u32,
    /// Appointments that they used up.
    pub appointments: u32,
    /// How often the smallest list failed again.
    pub failed: u32,
    /// Of how many times.
    pub tried: u32,
    /// Why the list was not made smaller still; absent where it is minimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<String>,
}

/// The side of an exchange on which a requirement is broken; a list is made smaller as long as it fails on the same side.
/// In the order in which failures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Another appointment changed.
    Bystander,
    /// A rejected request had an effect.
    Effect,
    /// A request that must be rejected was carried out, or was rejected with a wrong code.
    Rejection,
    /// A request that must be accepted was rejected.
    Success,
    /// A success does not show in the next read what it asked for.
    Result,
    /// A success changed more than it named.
    Beyond,
    /// A change has no version of its own.
    Version,
    /// A malformed OperationOutcome.
    Outcome,
    /// A server error for a client's mistake.
    ServerError,
}

/// How the lists of one case were sent, beside those that are kept as trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListsRun {
    /// The case.
    pub case: CaseId,
    /// What the lists were drawn from.
    pub seed: u64,
    /// Lists that showed nothing new and are only counted.
    #[serde(skip_serializing_if = "NotKept::is_nothing", default)]
    pub not_kept: NotKept,
    /// The failures that were made smaller.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shrunk: Vec<Shrunk>,
    /// Lists that were to be sent to the appointments that there are.
    #[serde(default)]
    pub planned: u32,
    /// Why not all lists were sent, where not all were.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trouble: Option<String>,
}

/// What lists come to that are only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotKept {
    /// How many.
    pub lists: u32,
    /// Their steps that were sent.
    pub steps: u32,
    /// Their steps that could not be made.
    pub skipped: u32,
    /// Their requests.
    pub requests: u32,
}

impl Block {
    /// The ids.
    pub fn ids(self) -> std::ops::Range<ExchangeId> {
        self.first..self.first.saturating_add(self.count)
    }
}

impl ListTrial {
    /// The steps that were sent, with their places in the list.
    pub fn sent(&self) -> impl Iterator<Item = (usize, &StepSeen)> {
        self.steps.iter().enumerate().filter_map(|(place, step)| Some((place, step.seen.sent()?)))
    }

    /// Moves all ids, when the exchanges move.
    pub(super) fn shift(&mut self, by: ExchangeId) {
        self.block.first += by;
        self.start.iter_mut().chain(&mut self.control).for_each(|id| *id += by);
        for step in &mut self.steps {
            match &mut step.seen {
                StepResult::Sent(seen) => seen.shift(by),
                StepResult::Skipped(_) | StepResult::NotReached => {}
            }
        }
        self.bystander.iter_mut().for_each(|bystander| bystander.shift(by));
    }
}

impl StepResult {
    /// The requests of the step, where it was sent.
    pub fn sent(&self) -> Option<&StepSeen> {
        match self {
            StepResult::Sent(seen) => Some(seen),
            StepResult::Skipped(_) | StepResult::NotReached => None,
        }
    }
}

impl NotKept {
    /// Whether every list is kept.
    pub fn is_nothing(&self) -> bool {
        *self == NotKept::default()
    }
}
