//! What was done once for one case, as a record keeps it; it points into the exchanges.

use serde::{Deserialize, Serialize};

use super::error::Misfit;
use super::list::ListRecord;
use super::race::RoundRecord;
use super::step::{BystanderRecord, StepRecord};
use crate::execute::evidence::{Bystander, ControlSeen, ExchangeId, StepSeen, StepsTrial, Trial, TrialKind};
use crate::plan::CaseId;
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
    /// A generated list of steps.
    List(ListRecord),
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
    /// Sent once more at the end of the run, because what was sent before said nothing of the contract: it was throttled, or
    /// met an outage. It decides only where that one does not.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub again: bool,
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
            TrialKindRecord::Round(_) | TrialKindRecord::List(_) => None,
        }
    }

    /// The trial as the round of a race, where it is one.
    pub fn round(&self) -> Option<&RoundRecord> {
        match &self.kind {
            TrialKindRecord::Round(round) => Some(round),
            TrialKindRecord::Steps(_) | TrialKindRecord::List(_) => None,
        }
    }

    /// The trial as a generated list, where it is one.
    pub fn list(&self) -> Option<&ListRecord> {
        match &self.kind {
            TrialKindRecord::List(list) => Some(list),
            TrialKindRecord::Steps(_) | TrialKindRecord::Round(_) => None,
        }
    }
}

impl From<Trial> for TrialRecord {
    fn from(trial: Trial) -> TrialRecord {
        let kind = match trial.kind {
            TrialKind::Steps(steps) => TrialKindRecord::Steps(steps.into()),
            TrialKind::Round(round) => TrialKindRecord::Round(round.into()),
            TrialKind::List(list) => TrialKindRecord::List(list.into()),
        };
        TrialRecord { case: trial.case, lane: trial.lane, kind }
    }
}

impl TryFrom<TrialRecord> for Trial {
    type Error = Misfit;

    fn try_from(record: TrialRecord) -> Result<Trial, Misfit> {
        let kind = match record.kind {
            TrialKindRecord::Steps(steps) => TrialKind::Steps(steps.into()),
            TrialKindRecord::Round(round) => TrialKind::Round(round.into()),
            TrialKindRecord::List(list) => TrialKind::List(list.into()),
        };
        Ok(Trial { case: record.case, lane: record.lane, kind })
    }
}

impl From<StepsTrial> for StepsRecord {
    fn from(trial: StepsTrial) -> StepsRecord {
        let StepsTrial { appointment, state, alone, again, steps, control, bystander, halted } = trial;
        StepsRecord {
            appointment,
            state,
            alone,
            again,
            steps: steps.into_iter().map(StepRecord::from).collect(),
            control: control.into(),
            bystander: bystander.map(BystanderRecord::from),
            halted,
        }
    }
}

impl From<StepsRecord> for StepsTrial {
    fn from(record: StepsRecord) -> StepsTrial {
        let StepsRecord { appointment, state, alone, again, steps, control, bystander, halted } = record;
        StepsTrial {
            appointment,
            state,
            alone,
            again,
            steps: steps.into_iter().map(StepSeen::from).collect(),
            control: control.into(),
            bystander: bystander.map(Bystander::from),
            halted,
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
