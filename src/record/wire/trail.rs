//! What was seen of one generated list, as a record keeps it.

use serde::{Deserialize, Serialize};

use super::error::{Misfit, at, each};
use super::exchange::ExchangeRecord;
use super::trial::StepRecord;
use crate::execute::evidence::{Exchange, ExchangeId};
use crate::execute::trail::{Bystander, Trail, Trod};

/// One list of steps, sent to one appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrailRecord {
    /// The appointment that the steps address.
    pub appointment: String,
    /// In the order sent; ids count from 0 within the list.
    pub exchanges: Vec<ExchangeRecord>,
    /// The read before the first step.
    pub start: ExchangeId,
    /// One entry a step.
    pub steps: Vec<TrodRecord>,
    /// Another appointment, read before and after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bystander: Option<BystanderRecord>,
}

/// One step of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrodRecord {
    /// It was sent.
    Sent(StepRecord),
    /// It could not be made, and why.
    Skipped(String),
}

/// An appointment that no step addresses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BystanderRecord {
    /// The id of the appointment.
    pub id: String,
    /// The read before the first step.
    pub before: Box<ExchangeRecord>,
    /// The read after the last step.
    pub after: Box<ExchangeRecord>,
}

impl From<Trail> for TrailRecord {
    fn from(trail: Trail) -> TrailRecord {
        let Trail { appointment, exchanges, start, steps, bystander } = trail;
        TrailRecord {
            appointment,
            exchanges: exchanges.into_iter().map(ExchangeRecord::from).collect(),
            start,
            steps: steps.into_iter().map(TrodRecord::from).collect(),
            bystander: bystander.map(BystanderRecord::from),
        }
    }
}

impl TryFrom<TrailRecord> for Trail {
    type Error = Misfit;

    fn try_from(record: TrailRecord) -> Result<Trail, Misfit> {
        let TrailRecord { appointment, exchanges, start, steps, bystander } = record;
        Ok(Trail {
            appointment,
            exchanges: each("exchanges", exchanges)?,
            start,
            steps: steps.into_iter().map(Trod::from).collect(),
            bystander: at("bystander", bystander.map(BystanderRecord::try_into).transpose())?,
        })
    }
}

impl From<Trod> for TrodRecord {
    fn from(step: Trod) -> TrodRecord {
        match step {
            Trod::Sent(seen) => TrodRecord::Sent(seen.into()),
            Trod::Skipped(why) => TrodRecord::Skipped(why),
        }
    }
}

impl From<TrodRecord> for Trod {
    fn from(record: TrodRecord) -> Trod {
        match record {
            TrodRecord::Sent(seen) => Trod::Sent(seen.into()),
            TrodRecord::Skipped(why) => Trod::Skipped(why),
        }
    }
}

impl From<Bystander> for BystanderRecord {
    fn from(bystander: Bystander) -> BystanderRecord {
        let Bystander { id, before, after } = bystander;
        BystanderRecord { id, before: Box::new((*before).into()), after: Box::new((*after).into()) }
    }
}

impl TryFrom<BystanderRecord> for Bystander {
    type Error = Misfit;

    fn try_from(record: BystanderRecord) -> Result<Bystander, Misfit> {
        let BystanderRecord { id, before, after } = record;
        let read = |member, read: ExchangeRecord| at(member, Exchange::try_from(read)).map(Box::new);
        Ok(Bystander { id, before: read("before", *before)?, after: read("after", *after)? })
    }
}
