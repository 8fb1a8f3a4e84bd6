//! The types that a record is written with and read by, member by member; the rest of the crate converts from and to them.

mod batch;
mod bound;
mod case;
mod error;
mod exchange;
mod fixture;
mod head;
mod history;
mod list;
mod not_run;
mod plan;
mod race;
mod requirement;
mod run;
mod step;
mod summary;
mod trial;

pub use batch::BatchRecord;
pub use bound::BoundRecord;
pub use case::{CaseRecord, CaseTransition, FindingRecord};
pub use error::Misfit;
pub use exchange::{
    BodyRecord, ExchangeRecord, LossRecord, LostRecord, PurposeRecord, ReceivedRecord, RequestRecord, ResponseRecord,
};
pub use fixture::FixtureRecord;
pub use head::{ContractRecord, Digests, DocumentRecord, PaceRecord, Suite, TargetRecord, Tool, TransitionRecord};
pub use history::{HistoryRecord, LineRecord, OpRecord, WitnessRecord};
pub use list::{
    BlockRecord, ListRecord, ListStepRecord, ListsRunRecord, NotKeptRecord, ShrunkRecord, SideRecord, StepResultRecord,
};
pub use not_run::{NotRunKindRecord, NotRunRecord};
pub use plan::{
    ActRecord, AdvanceRecord, ExpectedRecord, LaneRecord, PlannedBodyRecord, PlannedCaseRecord, PlannedControlRecord,
    PlannedKindRecord, PlannedListsRecord, PlannedRaceRecord, PlannedRecord, PlannedRequestRecord, PlannedStepRecord,
    PlannedStepsRecord, PreconditionRecord, RoleRecord, UnplannedRecord,
};
pub use race::RoundRecord;
pub use requirement::RequirementRecord;
pub use run::{RunRecord, SCHEMA};
pub use step::{BystanderRecord, StepRecord, TagRecord};
pub use summary::{PlanRecord, Summary};
pub use trial::{AttemptRecord, ControlRecord, StepsRecord, TrialKindRecord, TrialRecord};

pub(in crate::record) use error::each;
