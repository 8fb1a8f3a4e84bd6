//! What was done once for one case, as a record keeps it; it points into the exchanges.

use serde::{Deserialize, Serialize};

use super::error::{Misfit, at};
use super::race::RoundRecord;
use super::trail::BystanderRecord;
use crate::execute::evidence::{ControlSeen, ExchangeId, StepSeen, StepsTrial, TagOrigin, Trial, TrialKind};
use crate::plan::{Bindings, CaseId};
use crate::suite::scenario::Fixture;

/// What was done once for one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialRecord {
    /// The case.
    pub case: CaseId,
    /// The lane it was sent in.
    pub lane: u32,
    /// What was done.
    pub kind: TrialKindRecord,
}

/// The kinds of trial: one for each kind of case that sends something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrialKindRecord {
    /// The steps of an exchange case.
    Steps(StepsRecord),
    /// One round of a race.
    Round(RoundRecord),
}

/// One execution of the steps of an exchange case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepsRecord {
    /// The appointment that the steps address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub appointment: Option<String>,
    /// The state in which the case found its appointment.
    pub state: Fixture,
    /// Repeated on an appointment that no other case uses, after the control of its batch failed.
    pub alone: bool,
    /// The steps that were sent.
    pub steps: Vec<StepRecord>,
    /// The control of the rejections.
    pub control: ControlRecord,
    /// An appointment that no step addresses, where the case watches one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bystander: Option<BystanderRecord>,
    /// Why the steps after these were not sent, where they could not be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub halted: Option<String>,
}

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

/// The control of a rejection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlRecord {
    /// The case needs none.
    NotNeeded,
    /// This exchange, with the tag from before the rejections.
    Exchange(ExchangeId),
    /// An accepted request elsewhere in the run; the tag was still current at this read.
    Twin(ExchangeId),
    /// There was none, and why.
    Missing(String),
}

/// The steps of an exchange case together with the trial they are.
#[derive(Debug, Clone, Copy)]
pub struct AttemptRecord<'r> {
    pub case: &'r CaseId,
    pub lane: u32,
    pub seen: &'r StepsRecord,
}

impl std::ops::Deref for AttemptRecord<'_> {
    type Target = StepsRecord;

    fn deref(&self) -> &StepsRecord {
        self.seen
    }
}

impl TrialRecord {
    /// The trial as one of steps, where it is one.
    pub fn attempt(&self) -> Option<AttemptRecord<'_>> {
        match &self.kind {
            TrialKindRecord::Steps(seen) => Some(AttemptRecord { case: &self.case, lane: self.lane, seen }),
            TrialKindRecord::Round(_) => None,
        }
    }

    /// The trial as the round of a race, where it is one.
    pub fn round(&self) -> Option<&RoundRecord> {
        match &self.kind {
            TrialKindRecord::Round(round) => Some(round),
            TrialKindRecord::Steps(_) => None,
        }
    }
}

impl From<Trial> for TrialRecord {
    fn from(trial: Trial) -> TrialRecord {
        let kind = match trial.kind {
            TrialKind::Steps(steps) => TrialKindRecord::Steps(steps.into()),
            TrialKind::Round(round) => TrialKindRecord::Round(round.into()),
        };
        TrialRecord { case: trial.case, lane: trial.lane, kind }
    }
}

impl TryFrom<TrialRecord> for Trial {
    type Error = Misfit;

    fn try_from(record: TrialRecord) -> Result<Trial, Misfit> {
        let kind = match record.kind {
            TrialKindRecord::Steps(steps) => TrialKind::Steps(at("kind.steps", steps.try_into())?),
            TrialKindRecord::Round(round) => TrialKind::Round(round.into()),
        };
        Ok(Trial { case: record.case, lane: record.lane, kind })
    }
}

impl From<StepsTrial> for StepsRecord {
    fn from(trial: StepsTrial) -> StepsRecord {
        let StepsTrial { appointment, state, alone, steps, control, bystander, halted } = trial;
        StepsRecord {
            appointment,
            state,
            alone,
            steps: steps.into_iter().map(StepRecord::from).collect(),
            control: control.into(),
            bystander: bystander.map(BystanderRecord::from),
            halted,
        }
    }
}

impl TryFrom<StepsRecord> for StepsTrial {
    type Error = Misfit;

    fn try_from(record: StepsRecord) -> Result<StepsTrial, Misfit> {
        let StepsRecord { appointment, state, alone, steps, control, bystander, halted } = record;
        Ok(StepsTrial {
            appointment,
            state,
            alone,
            steps: steps.into_iter().map(StepSeen::from).collect(),
            control: control.into(),
            bystander: at("bystander", bystander.map(BystanderRecord::try_into).transpose())?,
            halted,
        })
    }
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

impl From<ControlSeen> for ControlRecord {
    fn from(control: ControlSeen) -> ControlRecord {
        match control {
            ControlSeen::NotNeeded => ControlRecord::NotNeeded,
            ControlSeen::Exchange(id) => ControlRecord::Exchange(id),
            ControlSeen::Twin(id) => ControlRecord::Twin(id),
            ControlSeen::Missing(why) => ControlRecord::Missing(why),
        }
    }
}

impl From<ControlRecord> for ControlSeen {
    fn from(record: ControlRecord) -> ControlSeen {
        match record {
            ControlRecord::NotNeeded => ControlSeen::NotNeeded,
            ControlRecord::Exchange(id) => ControlSeen::Exchange(id),
            ControlRecord::Twin(id) => ControlSeen::Twin(id),
            ControlRecord::Missing(why) => ControlSeen::Missing(why),
        }
    }
}
