//! One generated list of steps, as a record keeps it, and the figures of making a failing one smaller.

use serde::{Deserialize, Serialize};

use super::step::{BystanderRecord, StepRecord};
use crate::execute::evidence::{Block, ExchangeId, ListStep, ListTrial, ListsRun, NotKept, Shrunk, Side, StepResult};
use crate::plan::{CaseId, DrawnStep};
use crate::suite::contract::RequirementId;

/// One list of steps, sent to one appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRecord {
    /// Counted from 0 within its case.
    pub number: u32,
    /// Sent to see whether a smaller form of the list of this number still fails. Such a list shows one failure, and no
    /// result rests on it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub rerun: bool,
    /// Everything that was sent for the list: the appointment it needed, its steps, and the reads around them.
    pub block: BlockRecord,
    /// The appointment that the steps address; absent where none could be had.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub appointment: Option<String>,
    /// The read before the first step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub start: Option<ExchangeId>,
    /// One entry for each step drawn.
    pub steps: Vec<ListStepRecord>,
    /// The plain documented PATCH after the last step, where that was rejected: without it, a rejection says nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub control: Option<ExchangeId>,
    /// An appointment that no step addresses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bystander: Option<BystanderRecord>,
    /// Why the list was not sent to its end, where it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub halted: Option<String>,
}

/// Exchanges whose ids follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockRecord {
    /// The first id.
    pub first: ExchangeId,
    /// How many there are.
    pub count: u32,
}

/// One step of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListStepRecord {
    /// What was drawn.
    pub drawn: DrawnStep,
    /// What came of it.
    pub seen: StepResultRecord,
}

/// What came of a drawn step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepResultRecord {
    /// It was sent.
    Sent(StepRecord),
    /// It could not be made, and why; the list went on.
    Skipped(String),
    /// The list ended before it.
    NotReached,
}

/// How a failing list was made smaller: the smallest list that shows the failure, and the way there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShrunkRecord {
    /// The number of the list that shows the failure first.
    pub number: u32,
    /// The place of the smallest list among the trials: a list that was sent again, or the first one where none failed again.
    pub trial: u32,
    /// The requirement that the list breaks.
    pub requirement: RequirementId,
    /// The side of an exchange on which it does.
    pub side: SideRecord,
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
pub enum SideRecord {
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
pub struct ListsRunRecord {
    /// The case.
    pub case: CaseId,
    /// What the lists were drawn from.
    pub seed: u64,
    /// Lists that showed nothing new and are only counted.
    #[serde(skip_serializing_if = "NotKeptRecord::is_nothing", default)]
    pub not_kept: NotKeptRecord,
    /// The failures that were made smaller.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shrunk: Vec<ShrunkRecord>,
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
pub struct NotKeptRecord {
    /// How many.
    pub lists: u32,
    /// Their steps that were sent.
    pub steps: u32,
    /// Their steps that could not be made.
    pub skipped: u32,
    /// Their requests.
    pub requests: u32,
}

impl BlockRecord {
    /// The places of the exchanges among so many.
    pub fn range(self, count: usize) -> std::ops::Range<usize> {
        let end = self.first.saturating_add(self.count) as usize;
        (self.first as usize).min(count)..end.min(count)
    }
}

impl NotKeptRecord {
    /// Whether every list is kept.
    pub fn is_nothing(&self) -> bool {
        *self == NotKeptRecord::default()
    }
}

impl From<ListTrial> for ListRecord {
    fn from(seen: ListTrial) -> ListRecord {
        let ListTrial { number, rerun, block, appointment, start, steps, control, bystander, halted } = seen;
        ListRecord {
            number,
            rerun,
            block: block.into(),
            appointment,
            start,
            steps: steps.into_iter().map(Into::into).collect(),
            control,
            bystander: bystander.map(Into::into),
            halted,
        }
    }
}

impl From<ListRecord> for ListTrial {
    fn from(record: ListRecord) -> ListTrial {
        let ListRecord { number, rerun, block, appointment, start, steps, control, bystander, halted } = record;
        ListTrial {
            number,
            rerun,
            block: block.into(),
            appointment,
            start,
            steps: steps.into_iter().map(Into::into).collect(),
            control,
            bystander: bystander.map(Into::into),
            halted,
        }
    }
}

impl From<Block> for BlockRecord {
    fn from(seen: Block) -> BlockRecord {
        let Block { first, count } = seen;
        BlockRecord { first, count }
    }
}

impl From<BlockRecord> for Block {
    fn from(record: BlockRecord) -> Block {
        let BlockRecord { first, count } = record;
        Block { first, count }
    }
}

impl From<ListStep> for ListStepRecord {
    fn from(step: ListStep) -> ListStepRecord {
        let ListStep { drawn, seen } = step;
        ListStepRecord { drawn, seen: seen.into() }
    }
}

impl From<ListStepRecord> for ListStep {
    fn from(record: ListStepRecord) -> ListStep {
        let ListStepRecord { drawn, seen } = record;
        ListStep { drawn, seen: seen.into() }
    }
}

impl From<Shrunk> for ShrunkRecord {
    fn from(seen: Shrunk) -> ShrunkRecord {
        let Shrunk { number, trial, requirement, side, drawn, reruns, requests, appointments, failed, tried, end } =
            seen;
        ShrunkRecord {
            number,
            trial,
            requirement,
            side: side.into(),
            drawn,
            reruns,
            requests,
            appointments,
            failed,
            tried,
            end,
        }
    }
}

impl From<ShrunkRecord> for Shrunk {
    fn from(record: ShrunkRecord) -> Shrunk {
        let ShrunkRecord {
            number,
            trial,
            requirement,
            side,
            drawn,
            reruns,
            requests,
            appointments,
            failed,
            tried,
            end,
        } = record;
        Shrunk {
            number,
            trial,
            requirement,
            side: side.into(),
            drawn,
            reruns,
            requests,
            appointments,
            failed,
            tried,
            end,
        }
    }
}

impl From<ListsRun> for ListsRunRecord {
    fn from(seen: ListsRun) -> ListsRunRecord {
        let ListsRun { case, seed, not_kept, shrunk, planned, trouble } = seen;
        ListsRunRecord {
            case,
            seed,
            not_kept: not_kept.into(),
            shrunk: shrunk.into_iter().map(Into::into).collect(),
            planned,
            trouble,
        }
    }
}

impl From<ListsRunRecord> for ListsRun {
    fn from(record: ListsRunRecord) -> ListsRun {
        let ListsRunRecord { case, seed, not_kept, shrunk, planned, trouble } = record;
        ListsRun {
            case,
            seed,
            not_kept: not_kept.into(),
            shrunk: shrunk.into_iter().map(Into::into).collect(),
            planned,
            trouble,
        }
    }
}

impl From<NotKept> for NotKeptRecord {
    fn from(seen: NotKept) -> NotKeptRecord {
        let NotKept { lists, steps, skipped, requests } = seen;
        NotKeptRecord { lists, steps, skipped, requests }
    }
}

impl From<NotKeptRecord> for NotKept {
    fn from(record: NotKeptRecord) -> NotKept {
        let NotKeptRecord { lists, steps, skipped, requests } = record;
        NotKept { lists, steps, skipped, requests }
    }
}

impl From<StepResult> for StepResultRecord {
    fn from(result: StepResult) -> StepResultRecord {
        match result {
            StepResult::Sent(seen) => StepResultRecord::Sent(seen.into()),
            StepResult::Skipped(why) => StepResultRecord::Skipped(why),
            StepResult::NotReached => StepResultRecord::NotReached,
        }
    }
}

impl From<StepResultRecord> for StepResult {
    fn from(record: StepResultRecord) -> StepResult {
        match record {
            StepResultRecord::Sent(seen) => StepResult::Sent(seen.into()),
            StepResultRecord::Skipped(why) => StepResult::Skipped(why),
            StepResultRecord::NotReached => StepResult::NotReached,
        }
    }
}

impl From<Side> for SideRecord {
    fn from(seen: Side) -> SideRecord {
        match seen {
            Side::Bystander => SideRecord::Bystander,
            Side::Effect => SideRecord::Effect,
            Side::Rejection => SideRecord::Rejection,
            Side::Success => SideRecord::Success,
            Side::Result => SideRecord::Result,
            Side::Beyond => SideRecord::Beyond,
            Side::Version => SideRecord::Version,
            Side::Outcome => SideRecord::Outcome,
            Side::ServerError => SideRecord::ServerError,
        }
    }
}

impl From<SideRecord> for Side {
    fn from(record: SideRecord) -> Side {
        match record {
            SideRecord::Bystander => Side::Bystander,
            SideRecord::Effect => Side::Effect,
            SideRecord::Rejection => Side::Rejection,
            SideRecord::Success => Side::Success,
            SideRecord::Result => Side::Result,
            SideRecord::Beyond => Side::Beyond,
            SideRecord::Version => Side::Version,
            SideRecord::Outcome => Side::Outcome,
            SideRecord::ServerError => Side::ServerError,
        }
    }
}
