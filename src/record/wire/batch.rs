//! Rejections that share their reads and their control, as a record keeps them.

use serde::{Deserialize, Serialize};

use crate::execute::evidence::{Batch, ExchangeId};

/// Rejections on one appointment that share their reads and their control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRecord {
    /// The lane.
    pub lane: u32,
    /// The appointment.
    pub appointment: String,
    /// The requests that had to be rejected.
    pub tries: Vec<ExchangeId>,
    /// The read before them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<ExchangeId>,
    /// The read after them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<ExchangeId>,
    /// The request after them that had to succeed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub control: Option<ExchangeId>,
}

impl From<Batch> for BatchRecord {
    fn from(batch: Batch) -> BatchRecord {
        let Batch { lane, appointment, tries, before, after, control } = batch;
        BatchRecord { lane, appointment, tries, before, after, control }
    }
}

impl From<BatchRecord> for Batch {
    fn from(record: BatchRecord) -> Batch {
        let BatchRecord { lane, appointment, tries, before, after, control } = record;
        Batch { lane, appointment, tries, before, after, control }
    }
}
