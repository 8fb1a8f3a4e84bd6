//! What will be sent: cases made concrete for one edition and arranged on as few appointments as they need.

mod arrange;
mod expand;
pub mod generate;
mod inputs;
mod lanes;
mod price;
mod race;
mod sequence;
mod substitute;
#[cfg(test)]
mod tests;

pub use arrange::{arrange, needs_earlier_version};
pub use expand::{Expanded, Selection, SelectionError, expand};
pub use inputs::{Inputs, decide};
pub use lanes::Supply;
pub use price::{Price, price};
pub use race::{Race, Racer, Sizes};
pub use sequence::SequenceCase;
pub use substitute::{Bindings, in_check, substitute, substitute_text};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::suite::contract::{Breach, CodeBasis, Edition, Expectation, Level, RequirementId};
use crate::suite::scenario::{
    Body, Check, Credentials, Endpoint, Feature, Fixture, Headers, IfMatch, On, Origin, Outcome, Patch, Request, When,
};
use crate::words::fhir::AppointmentStatus;

/// The stable id of a case; the test name everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseId(pub String);

impl std::fmt::Display for CaseId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Everything decided before the first request.
#[derive(Debug, Clone)]
pub struct Plan {
    pub edition: Edition,
    /// Every case of the edition that was selected, and the controls they need, in catalogue order.
    pub cases: Vec<Case>,
    /// Checks over every exchange.
    pub properties: Vec<PropertyCase>,
    /// Races, run one at a time after everything else.
    pub races: Vec<Race>,
    /// Lists of steps that are drawn at random; they run after the lanes.
    pub sequences: Vec<SequenceCase>,
    /// The lives of the appointments of this run.
    pub lanes: Vec<Lane>,
    /// Cases that need no appointment.
    pub loose: Vec<CaseIndex>,
    /// Cases that cannot be run against this target, and why.
    pub unplanned: BTreeMap<CaseIndex, Unplanned>,
    /// The document that leads from one status to another by the contract.
    pub routes: Routes,
}

/// The place of a case in [`Plan::cases`].
pub type CaseIndex = usize;

/// A scenario made concrete for one edition.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub id: CaseId,
    pub title: String,
    /// Those of its requirements that stand in the edition.
    pub requirements: Vec<RequirementId>,
    pub fixture: Fixture,
    pub role: Role,
    pub control: Control,
    pub needs: Vec<Feature>,
    pub steps: Vec<Step>,
    pub origin: Origin,
    /// Whether the user asked for it; the others serve as controls.
    pub selected: bool,
    /// Not asked for, but it runs because a selected property looks at its exchanges.
    pub carries: bool,
}

/// What a case does to its appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Must be refused without effect.
    Refusal,
    /// Must be accepted and leads to a state; `plain` where it is the documented status change and nothing else.
    Change { to: Target, plain: bool },
    /// May be accepted, and then leads to a state.
    Probe { to: Target },
    /// Reads, or asks the server about itself.
    Look,
}

/// The state an accepted case leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Whatever status the plan needs next.
    Next,
    State(Fixture),
}

/// What shows that a refusal had no other cause than its defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// The plain status change that leads on from the same state, on the same appointment, with the tag from before.
    Advance,
    /// Another accepted case on the same appointment.
    Case(CaseId),
    /// No request can follow on this appointment: the same value was accepted elsewhere in the run from a state that
    /// allows it, and the tag sent is still current.
    Twin,
    /// A later step of the same case.
    Within,
}

/// One request and what its answer is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub patch: Option<Patch>,
    pub body: Option<Body>,
    pub request: Option<Request>,
    pub headers: Headers,
    pub if_match: IfMatch,
    pub credentials: Credentials,
    pub endpoint: Endpoint,
    pub outcome: Outcome,
    pub status: Vec<StatusRule>,
    pub checks: Vec<CheckRule>,
    /// The state after success.
    pub to: Option<Fixture>,
}

/// The status codes that one requirement expects of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusRule {
    pub requirement: RequirementId,
    pub expect: Expectation,
    pub code: CodeBasis,
    pub breach: Breach,
    pub level: Level,
}

/// A further check of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRule {
    pub requirements: Vec<(RequirementId, Breach)>,
    pub check: Check,
}

/// A check over every exchange of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyCase {
    pub id: CaseId,
    pub title: String,
    pub on: On,
    pub when: When,
    pub rule: CheckRule,
    pub origin: Origin,
    pub selected: bool,
}

/// The life of one appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The state the appointment begins in, as a target provides it or the API makes it.
    pub start: Fixture,
    pub acts: Vec<Act>,
}

/// One stay of an appointment in one state: what is tried there, and what leads on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub state: Fixture,
    /// Refusals and looks, closed by `advance`.
    pub tries: Vec<CaseIndex>,
    pub advance: Advance,
}

/// What leads on from an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// Nothing: the life ends here.
    End,
    /// The plain documented status change; it belongs to no case.
    Plain { to: Fixture },
    /// A case.
    Case { case: CaseIndex, to: Fixture, certain: bool },
}

impl Advance {
    /// The state it leads to.
    pub fn to(&self) -> Option<Fixture> {
        match self {
            Advance::End => None,
            Advance::Plain { to } | Advance::Case { to, .. } => Some(*to),
        }
    }
}

/// Why a case is not run, and what that makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unplanned {
    /// The target declares that this does not concern it.
    NotApplicable(String),
    /// It cannot be tried here.
    NotTested(String),
}

/// The documents that lead from one status to another, by the contract.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Routes {
    /// (from, to) → patch document; `$slot` stands for a free slot.
    pub documents: BTreeMap<(AppointmentStatus, AppointmentStatus), Value>,
    /// Whether any status may be set from any other (the base specification has no status machine).
    pub open: bool,
}

impl Routes {
    /// The document that leads from one status to another in one request, if the contract has one.
    pub fn document(&self, from: AppointmentStatus, to: AppointmentStatus) -> Option<Value> {
        self.documents.get(&(from, to)).cloned().or_else(|| {
            self.open.then(|| serde_json::json!([{ "op": "replace", "path": "/status", "value": to.code() }]))
        })
    }

    /// The statuses after `from` on the shortest way to `to`; empty where they are equal, `None` where there is no way.
    pub fn way(&self, from: AppointmentStatus, to: AppointmentStatus) -> Option<Vec<AppointmentStatus>> {
        if from == to {
            return Some(Vec::new());
        }
        if self.open {
            return Some(vec![to]);
        }
        let mut before: BTreeMap<AppointmentStatus, AppointmentStatus> = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(here) = queue.pop_front() {
            for (_, next) in self.documents.keys().filter(|(start, _)| *start == here) {
                if *next != from && !before.contains_key(next) {
                    before.insert(*next, here);
                    queue.push_back(*next);
                }
            }
        }
        let mut way = vec![to];
        while let Some(earlier) = before.get(way.last()?) {
            if *earlier == from {
                way.reverse();
                return Some(way);
            }
            way.push(*earlier);
        }
        None
    }
}
