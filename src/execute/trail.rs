//! What was seen of one generated sequence: its own exchanges, step by step, and the appointment that nobody touched.

use serde::{Deserialize, Serialize};

use super::evidence::{Exchange, ExchangeId, StepSeen};

/// One list of steps, sent to one appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// The appointment that the steps address.
    pub appointment: String,
    /// In the order sent; ids count from 0 within the trail.
    pub exchanges: Vec<Exchange>,
    /// The read before the first step.
    pub start: ExchangeId,
    /// One entry a step.
    pub steps: Vec<Trod>,
    /// Another appointment, read before and after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bystander: Option<Bystander>,
}

/// One step of a trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trod {
    /// It was sent.
    Sent(StepSeen),
    /// It could not be made, and why.
    Skipped(String),
}

/// An appointment that no step addresses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bystander {
    /// The id of the appointment.
    pub id: String,
    /// The read before the first step.
    pub before: Box<Exchange>,
    /// The read after the last step.
    pub after: Box<Exchange>,
}

impl Trail {
    /// An exchange of the trail.
    pub fn exchange(&self, id: ExchangeId) -> Option<&Exchange> {
        self.exchanges.get(id as usize)
    }
}
