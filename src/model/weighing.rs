//! What was found for and against a request, and what follows from it.

use super::allowed::{Allowed, PermittedChange, Reason};
use crate::suite::contract::RequirementId;

/// What was found for and against a request so far.
#[derive(Debug, Default)]
pub(super) struct Weighing {
    pub against: Vec<Reason>,
    pub doubts: Vec<Reason>,
    pub by: Vec<RequirementId>,
    pub change: PermittedChange,
}

impl Weighing {
    /// A rule forbids it. A requirement that does not stand in an edition is left out by whoever judges.
    pub fn against(&mut self, requirement: &str) {
        self.against.extend(Reason::of(requirement));
    }

    /// Another rule forbids it for the same defect.
    pub fn also_against(&mut self, requirement: &str) {
        self.against.extend(Reason::of(requirement).map(|reason| Reason { also: true, ..reason }));
    }

    /// No document decides about this part of it.
    pub fn doubt(&mut self, requirement: &str) {
        self.doubts.extend(Reason::of(requirement));
    }

    /// No requirement speaks of it.
    pub fn open(&mut self) {
        self.doubts.push(Reason { requirement: None, case: None, also: false });
    }

    /// What is allowed in the end.
    pub fn conclude(self) -> Allowed {
        let Weighing { against, doubts, by, change } = self;
        if !against.is_empty() {
            Allowed::Refuse { reasons: against, doubts }
        } else if doubts.is_empty() {
            Allowed::Accept { by, change }
        } else {
            Allowed::Either { doubts, change }
        }
    }
}
