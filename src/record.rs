//! The whole run as one versioned JSON value, with secrets already gone; every report is rendered from it and nothing else.
//!
//! `wire` has the types it is written with, each member documented; the JSON Schema is derived from them, and the rest of
//! the crate's types are converted from and to them. Names of members are in snake case, words in kebab case.

mod assemble;
mod counterexample;
mod digest;
mod drift;
mod ending;
mod read;
mod reference;
mod schema;
mod sequence;
mod wire;
mod write;

// A report is made from the record alone; these are the words of the record.
pub use crate::execute::evidence::ExchangeId;
pub use crate::judge::{Cause, RunVerdict, Verdict};
pub use crate::plan::{CaseId, Inputs};
pub use crate::suite::contract::{Area, Cell, Edition, Level, RequirementId, Source, Standing};
pub use crate::sut::{FixtureEnd, Redact};
pub use crate::words::fhir::AppointmentStatus;
pub use assemble::Circumstances;
pub use drift::{DriftChange, DriftKind, DriftRecord};
pub use ending::Ending;
pub use read::{MOST_BYTES, ReadError, bytes, parse};
pub use schema::schema;
pub use sequence::{Counterexample, SequenceRecord};
pub use wire::{
    ActRecord, AdvanceRecord, AttemptRecord, BatchRecord, BlockRecord, BodyRecord, BoundRecord, BystanderRecord,
    CaseRecord, CaseTransition, ContractRecord, ControlRecord, Digests, DocumentRecord, ExchangeRecord, ExpectedRecord,
    FindingRecord, FixtureRecord, HistoryRecord, LaneRecord, LineRecord, ListRecord, ListStepRecord, ListsRunRecord,
    LossRecord, LostRecord, Misfit, NotKeptRecord, NotRunKindRecord, NotRunRecord, OpRecord, PaceRecord, PlanRecord,
    PlannedBodyRecord, PlannedCaseRecord, PlannedControlRecord, PlannedKindRecord, PlannedListsRecord,
    PlannedRaceRecord, PlannedRecord, PlannedRequestRecord, PlannedStepRecord, PlannedStepsRecord, PreconditionRecord,
    PurposeRecord, ReceivedRecord, RequestRecord, RequirementRecord, ResponseRecord, RoleRecord, RoundRecord,
    RunRecord, SCHEMA, ShrunkRecord, SideRecord, StepRecord, StepResultRecord, StepsRecord, Suite, Summary, TagRecord,
    TargetRecord, Tool, TransitionRecord, TrialKindRecord, TrialRecord, UnplannedRecord, WitnessRecord,
};
pub use write::{write, write_to};
