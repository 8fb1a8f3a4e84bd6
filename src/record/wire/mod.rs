//! The types that a record is written with and read by, member by member; the rest of the crate converts from and to them.

mod batch;
mod error;
mod exchange;
mod fixture;
mod not_run;
mod race;
mod trail;
mod trial;

pub use batch::BatchRecord;
pub use error::Misfit;
pub use exchange::{
    BodyRecord, ExchangeRecord, LossRecord, LostRecord, PurposeRecord, ReceivedRecord, RequestRecord, ResponseRecord,
};
pub use fixture::FixtureRecord;
pub use not_run::{NotRunKindRecord, NotRunRecord};
pub use race::RoundRecord;
pub use trail::{BystanderRecord, TrailRecord, TrodRecord};
pub use trial::{AttemptRecord, ControlRecord, StepRecord, StepsRecord, TagRecord, TrialKindRecord, TrialRecord};

pub(in crate::record) use error::each;
