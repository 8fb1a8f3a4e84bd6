//! What sending and judging a list needs, whichever list it is.

use super::record_gate::RecordGate;
use crate::execute::evidence::Moving;
use crate::suite::contract::{Contract, Edition};

/// The contract in one edition, and what takes out of what was seen what is not recorded.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub contract: &'a Contract,
    pub edition: Edition,
    pub gate: &'a RecordGate<'a>,
    /// What was seen to move by itself in the run before.
    pub moving: &'a Moving,
}
