//! What should be: the sequential model of an appointment, one pure step from a state and a request to the allowed outcomes.
//!
//! It is written from the contract's tables and readings. What no document decides stays open: then both a success and a
//! refusal are allowed. The reference server does not use it, and it does not use the reference server. A vendor's patch
//! is a list of commands and is never applied here (reading C-08); only in the base specification is the resource
//! predicted, by applying the document to a copy.

mod base;
mod document;
mod headers;
mod value;
mod vendor;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::suite::contract::{Edition, RequirementId, Tables, roles};
use crate::words::fhir::AppointmentStatus;

/// The appointment before a request, as the last read shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub resource: Value,
    /// The opaque part of the current tag; `None` where a read shows no version.
    pub version: Option<String>,
    /// Opaque parts of tags that were current before.
    pub earlier: BTreeSet<String>,
    /// References to slots that are known to be free.
    pub free_slots: BTreeSet<String>,
}

impl State {
    /// The status, where it is one of the ten codes.
    pub fn status(&self) -> Option<AppointmentStatus> {
        self.resource.get("status")?.as_str()?.parse().ok()
    }
}

/// A PATCH as it goes over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

/// What the contract lets a server answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Allowed {
    /// Documented and possible here: a refusal breaks these requirements.
    Accept { by: Vec<RequirementId>, change: Change },
    /// Must be refused without effect. The first reasons forbid a success, the doubts only explain another code.
    Refuse { reasons: Vec<Reason>, doubts: Vec<Reason> },
    /// No document decides: a success with this change, or a refusal without effect.
    Either { doubts: Vec<Reason>, change: Change },
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
pub struct Change {
    /// The status held afterwards, where the request decides it.
    pub status: Option<AppointmentStatus>,
    /// The JSON pointers under which something may differ; `None` where anything may.
    pub touches: Option<Vec<String>>,
    /// The whole resource, apart from what the server writes itself; only in the base specification.
    pub resource: Option<Value>,
}

/// One member of the set of allowed outcomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// 2xx, and the next state is in this change.
    Success(Change),
    /// 4xx, and the next state is the state before.
    Refusal,
}

impl Allowed {
    /// The set of outcomes with their next states.
    pub fn outcomes(&self) -> Vec<Outcome> {
        match self {
            Allowed::Accept { change, .. } => vec![Outcome::Success(change.clone())],
            Allowed::Refuse { .. } => vec![Outcome::Refusal],
            Allowed::Either { change, .. } => vec![Outcome::Success(change.clone()), Outcome::Refusal],
        }
    }
}

/// Decides what may come of a PATCH to an existing, readable appointment that nobody else is modifying.
pub fn step(edition: Edition, tables: &Tables, state: &State, request: &Request<'_>) -> Allowed {
    let mut weighing = Weighing::default();
    headers::media_types(request.headers, &mut weighing);
    headers::if_match(edition, state, request.headers, &mut weighing);
    if let Some(operations) = document::read(edition, request.body, &mut weighing) {
        match tables.commands.get(&edition) {
            Some(commands) => {
                let vendor = vendor::Vendor { edition, commands, transitions: tables.transitions.get(&edition), state };
                vendor.weigh(&operations, &mut weighing);
            }
            None => base::weigh(state, &operations, &mut weighing),
        }
    }
    weighing.conclude()
}

/// What was found for and against a request so far.
#[derive(Debug, Default)]
struct Weighing {
    against: Vec<Reason>,
    doubts: Vec<Reason>,
    by: Vec<RequirementId>,
    change: Change,
}

impl Weighing {
    /// A rule forbids it. A requirement that does not stand in an edition is left out by whoever judges.
    fn against(&mut self, requirement: &str) {
        self.against.extend(Reason::of(requirement));
    }

    /// Another rule forbids it for the same defect.
    fn also_against(&mut self, requirement: &str) {
        self.against.extend(Reason::of(requirement).map(|reason| Reason { also: true, ..reason }));
    }

    /// No document decides about this part of it.
    fn doubt(&mut self, requirement: &str) {
        self.doubts.extend(Reason::of(requirement));
    }

    /// No requirement speaks of it.
    fn open(&mut self) {
        self.doubts.push(Reason { requirement: None, case: None, also: false });
    }

    fn conclude(self) -> Allowed {
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

impl Reason {
    fn of(requirement: &str) -> Option<Reason> {
        // A requirement that speaks of both sides of a limit has a named situation for the far one.
        let case = (requirement == roles::LENGTH_LIMIT).then_some(roles::TOO_LONG);
        Some(Reason { requirement: Some(requirement.parse().ok()?), case, also: false })
    }
}

#[cfg(test)]
mod tests;
