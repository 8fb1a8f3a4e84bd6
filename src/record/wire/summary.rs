//! What a run asked for and used, and its verdict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::PlannedRecord;
use crate::judge::{RunVerdict, Verdict};
use crate::suite::contract::Level;

/// What the plan asked for, and what the run used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRecord {
    /// Appointments planned, by the state they begin in.
    pub appointments: BTreeMap<String, usize>,
    /// Requests planned.
    pub requests: usize,
    /// Appointments that the run touched.
    pub appointments_used: usize,
    /// Requests that were sent.
    pub requests_sent: usize,
    /// What was decided before the first request.
    pub decided: PlannedRecord,
}

/// The verdict of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The verdict.
    pub verdict: RunVerdict,
    /// One sentence that says what the verdict rests on.
    pub reason: String,
    /// The code that `patchproof run` exits with.
    pub exit_code: u8,
    /// Requirements of the edition itself, by level and verdict.
    pub counts: BTreeMap<Level, BTreeMap<Verdict, usize>>,
    /// Inherited requirements, by level and verdict.
    pub inherited: BTreeMap<Level, BTreeMap<Verdict, usize>>,
    /// Cases, by verdict.
    pub cases: BTreeMap<Verdict, usize>,
}
