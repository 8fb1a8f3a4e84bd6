//! The steps of an exchange case, each with the reads around it.

use serde::{Deserialize, Serialize};

use super::exchange::ExchangeId;
use crate::plan::Bindings;
use crate::suite::scenario::Fixture;

/// One execution of the steps of an exchange case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepsTrial {
    /// The appointment that the steps address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub appointment: Option<String>,
    /// The state in which the case found its appointment.
    pub state: Fixture,
    /// Repeated on an appointment of its own after the control of its batch failed.
    pub alone: bool,
    /// Sent once more at the end of the run, because what was sent before said nothing of the contract.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub again: bool,
    /// The steps that were sent.
    pub steps: Vec<StepSeen>,
    /// The control of the refusals.
    pub control: ControlSeen,
    /// An appointment that no step addresses, where the case watches one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bystander: Option<Bystander>,
    /// Why the steps after these were not sent, where they could not be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub halted: Option<String>,
}

impl StepsTrial {
    /// Moves all ids, when the exchanges move.
    pub(super) fn shift(&mut self, by: ExchangeId) {
        for step in &mut self.steps {
            step.shift(by);
        }
        match &mut self.control {
            ControlSeen::Exchange(id) | ControlSeen::Twin(id) => *id += by,
            ControlSeen::NotNeeded | ControlSeen::Missing(_) => {}
        }
        self.bystander.iter_mut().for_each(|bystander| bystander.shift(by));
    }
}

/// An appointment that no step addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bystander {
    /// The id of the appointment.
    pub id: String,
    /// The read before the first step.
    pub before: ExchangeId,
    /// The read after the last step; absent where the steps ended before it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<ExchangeId>,
}

impl Bystander {
    /// Moves all ids, when the exchanges move.
    pub(super) fn shift(&mut self, by: ExchangeId) {
        self.before += by;
        self.after.iter_mut().for_each(|id| *id += by);
    }
}

/// The requests of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSeen {
    /// The request of the step.
    pub exchange: ExchangeId,
    /// The last read before it.
    pub before: Option<ExchangeId>,
    /// The first read after it.
    pub first_after: Option<ExchangeId>,
    /// The last read after it that belongs to it.
    pub after: Option<ExchangeId>,
    /// What `$names` stood for.
    pub bindings: Bindings,
    /// Where the tag in If-Match came from.
    pub tag: TagOrigin,
}

impl StepSeen {
    /// Moves all ids, when the exchanges move.
    pub(super) fn shift(&mut self, by: ExchangeId) {
        self.exchange += by;
        for id in [&mut self.before, &mut self.first_after, &mut self.after].into_iter().flatten() {
            *id += by;
        }
    }
}

/// Where the tag in an If-Match came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TagOrigin {
    /// The response of the patch before.
    PreviousPatch,
    /// The ETag of a read.
    Read,
    /// The version id of the resource.
    VersionId,
    /// Not the current version as a server names it.
    Other,
}

/// The control of a refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlSeen {
    /// The case needs none.
    NotNeeded,
    /// This exchange, with the tag from before the refusals.
    Exchange(ExchangeId),
    /// An accepted request elsewhere in the run; the tag was still current at this read.
    Twin(ExchangeId),
    /// There was none, and why.
    Missing(String),
}
