//! What the model says: the set of outcomes that the contract allows, and why.

use serde_json::Value;

use crate::suite::contract::{RequirementId, roles};
use crate::words::fhir::AppointmentStatus;

/// What the contract lets a server answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Allowed {
    /// Documented and possible here: a refusal breaks these requirements.
    Accept { by: Vec<RequirementId>, change: PermittedChange },
    /// Must be refused without effect. The first reasons forbid a success, the doubts only explain another code.
    Refuse { reasons: Vec<Reason>, doubts: Vec<Reason> },
    /// No document decides: a success with this change, or a refusal without effect.
    Either { doubts: Vec<Reason>, change: PermittedChange },
}

/// Why a request may or must be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// `None` where no requirement speaks of it; then any refusal will do.
    pub requirement: Option<RequirementId>,
    /// The named situation of the requirement.
    pub case: Option<&'static str>,
    /// It speaks of the same defect as the reason before it.
    pub also: bool,
}

/// What holds after a success.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PermittedChange {
    /// The status held afterwards, where the request decides it.
    pub status: Option<AppointmentStatus>,
    /// The JSON pointers under which something may differ; `None` where anything may.
    pub touches: Option<Vec<String>>,
    /// The whole resource, apart from what the server writes itself; only in the base specification.
    pub resource: Option<Value>,
}

/// One member of the set of allowed outcomes.
#[derive(Debug, Clone, PartialEq)]
pub enum AllowedOutcome {
    /// 2xx, and the next state is in this change.
    Success(PermittedChange),
    /// 4xx, and the next state is the state before.
    Refusal,
}

impl Allowed {
    /// The set of outcomes with their next states.
    pub fn outcomes(&self) -> Vec<AllowedOutcome> {
        match self {
            Allowed::Accept { change, .. } => vec![AllowedOutcome::Success(change.clone())],
            Allowed::Refuse { .. } => vec![AllowedOutcome::Refusal],
            Allowed::Either { change, .. } => vec![AllowedOutcome::Success(change.clone()), AllowedOutcome::Refusal],
        }
    }
}

impl Reason {
    /// The reason that a requirement gives; `None` where the text is not an id.
    pub(super) fn of(requirement: &str) -> Option<Reason> {
        // A requirement that speaks of both sides of a limit has a named situation for the far one.
        let case = (requirement == roles::LENGTH_LIMIT).then_some(roles::TOO_LONG);
        Some(Reason { requirement: Some(requirement.parse().ok()?), case, also: false })
    }
}
