//! One step with the reads around it, and the appointment that no step addresses, as a record keeps them.

use serde::{Deserialize, Serialize};

use crate::execute::evidence::{Bystander, ExchangeId, StepSeen, TagOrigin};
use crate::plan::Bindings;

/// The requests of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// The request of the step.
    pub exchange: ExchangeId,
    /// The last read before it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<ExchangeId>,
    /// The first read after it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_after: Option<ExchangeId>,
    /// The last read after it that belongs to it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<ExchangeId>,
    /// What `$names` stood for.
    #[serde(skip_serializing_if = "Bindings::is_empty", default)]
    pub bindings: Bindings,
    /// Where the tag in If-Match came from.
    pub tag: TagRecord,
}

/// Where the tag in an If-Match came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TagRecord {
    /// The response of the patch before.
    PreviousPatch,
    /// The ETag of a read.
    Read,
    /// The version id of the resource.
    VersionId,
    /// Not the current version as a server names it.
    Other,
}

/// An appointment that no step addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BystanderRecord {
    /// The id of the appointment.
    pub id: String,
    /// The read before the first step.
    pub before: ExchangeId,
    /// The read after the last step; absent where the steps ended before it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<ExchangeId>,
}

impl From<StepSeen> for StepRecord {
    fn from(step: StepSeen) -> StepRecord {
        let StepSeen { exchange, before, first_after, after, bindings, tag } = step;
        StepRecord { exchange, before, first_after, after, bindings, tag: tag.into() }
    }
}

impl From<StepRecord> for StepSeen {
    fn from(record: StepRecord) -> StepSeen {
        let StepRecord { exchange, before, first_after, after, bindings, tag } = record;
        StepSeen { exchange, before, first_after, after, bindings, tag: tag.into() }
    }
}

impl From<TagOrigin> for TagRecord {
    fn from(origin: TagOrigin) -> TagRecord {
        match origin {
            TagOrigin::PreviousPatch => TagRecord::PreviousPatch,
            TagOrigin::Read => TagRecord::Read,
            TagOrigin::VersionId => TagRecord::VersionId,
            TagOrigin::Other => TagRecord::Other,
        }
    }
}

impl From<TagRecord> for TagOrigin {
    fn from(record: TagRecord) -> TagOrigin {
        match record {
            TagRecord::PreviousPatch => TagOrigin::PreviousPatch,
            TagRecord::Read => TagOrigin::Read,
            TagRecord::VersionId => TagOrigin::VersionId,
            TagRecord::Other => TagOrigin::Other,
        }
    }
}

impl From<Bystander> for BystanderRecord {
    fn from(bystander: Bystander) -> BystanderRecord {
        let Bystander { id, before, after } = bystander;
        BystanderRecord { id, before, after }
    }
}

impl From<BystanderRecord> for Bystander {
    fn from(record: BystanderRecord) -> Bystander {
        let BystanderRecord { id, before, after } = record;
        Bystander { id, before, after }
    }
}
