//! The types that a record is written with and read by, member by member; the rest of the crate converts from and to them.

mod batch;
mod case;
mod error;
mod exchange;
mod fixture;
mod head;
mod history;
mod not_run;
mod race;
mod requirement;
mod run;
mod summary;
mod trail;
mod trial;

pub use batch::BatchRecord;
pub use case::{CaseRecord, CaseTransition, FindingRecord};
pub use error::Misfit;
pub use exchange::{
    BodyRecord, ExchangeRecord, LossRecord, LostRecord, PurposeRecord, ReceivedRecord, RequestRecord, ResponseRecord,
};
pub use fixture::FixtureRecord;
pub use head::{ContractRecord, Digests, DocumentRecord, Suite, TargetRecord, Tool, TransitionRecord};
pub use history::{HistoryRecord, LineRecord, OpRecord, WitnessRecord};
pub use not_run::{NotRunKindRecord, NotRunRecord};
pub use race::RoundRecord;
pub use requirement::RequirementRecord;
pub use run::{RunRecord, SCHEMA};
pub use summary::{PlanRecord, Summary};
pub use trail::{BystanderRecord, TrailRecord, TrodRecord};
pub use trial::{AttemptRecord, ControlRecord, StepRecord, StepsRecord, TagRecord, TrialKindRecord, TrialRecord};

pub(in crate::record) use error::each;
