//! What sending and judging a list needs, whichever list it is.

use crate::execute::evidence::Moving;
use crate::redact::Redactor;
use crate::suite::contract::{Contract, Edition};

/// The contract in one edition, and what takes protected values out of what was seen.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub contract: &'a Contract,
    pub edition: Edition,
    pub redactor: &'a Redactor,
    /// What was seen to move by itself in the run before.
    pub moving: &'a Moving,
}
