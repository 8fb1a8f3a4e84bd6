//! What will be sent: cases made concrete for one edition and arranged on as few appointments as they need.

mod arrange;
mod case;
mod expand;
pub mod generate;
mod inputs;
mod lanes;
mod price;
mod race;
mod sequence;
mod settle;
mod substitute;
mod template;
#[cfg(test)]
mod tests;

pub use arrange::{arrange, needs_earlier_version};
pub use case::{
    Case, CaseId, CaseKind, CheckRule, Control, Head, PropertyRule, Role, StatusRule, Step, StepCase, Stepwise, Target,
};
pub use expand::{Expanded, Selection, SelectionError, expand};
pub use inputs::{Inputs, decide};
pub use lanes::Supply;
pub use price::{Price, price};
pub use race::{Race, Racer, Sizes};
pub use sequence::GeneratedLists;
pub use substitute::{Bindings, in_check, substitute, substitute_text};
pub use template::{ANY_VERSION, BodyTemplate, KnownTag, NEVER_EXISTED, Precondition, RequestTemplate, plain_change};

use std::collections::BTreeMap;

use serde_json::Value;

use crate::suite::contract::Edition;
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

/// Everything decided before the first request.
#[derive(Debug, Clone)]
pub struct Plan {
    pub edition: Edition,
    /// Every case of the edition, of every kind, in catalogue order; those that are not selected serve as controls.
    pub cases: Vec<Case>,
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

impl Plan {
    /// The case of ordered steps at a place; lanes and loose cases are of this kind alone.
    pub fn stepwise(&self, index: CaseIndex) -> Option<Stepwise<'_>> {
        self.cases.get(index)?.stepwise()
    }

    /// The selected races with their heads, in order.
    pub fn races(&self) -> impl Iterator<Item = (&Head, &Race)> {
        self.selected().filter_map(|case| Some((&case.head, case.race()?)))
    }

    /// The selected cases of generated lists with their heads, in order.
    pub fn lists(&self) -> impl Iterator<Item = (&Head, &GeneratedLists)> {
        self.selected().filter_map(|case| Some((&case.head, case.lists()?)))
    }

    /// The cases that were asked for.
    pub fn selected(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.head.selected)
    }
}

/// The life of one appointment.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// The state the appointment begins in, as a target provides it or the API makes it.
    pub start: Fixture,
    pub acts: Vec<Act>,
}

/// One stay of an appointment in one state: what is tried there, and what leads on.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    pub state: Fixture,
    /// Refusals and looks, closed by `advance`.
    pub tries: Vec<CaseIndex>,
    pub advance: Advance,
}

impl Act {
    /// The cases of the act, the one that leads on included.
    pub fn cases(&self) -> impl Iterator<Item = CaseIndex> + '_ {
        let leading = match self.advance {
            Advance::Case { case, .. } => Some(case),
            Advance::Plain { .. } | Advance::End => None,
        };
        self.tries.iter().copied().chain(leading)
    }
}

/// What leads on from an act.
#[derive(Debug, Clone, PartialEq)]
pub enum Advance {
    /// Nothing: the life ends here.
    End,
    /// The plain documented status change; it belongs to no case.
    Plain { to: Fixture, request: Box<RequestTemplate> },
    /// A case.
    Case { case: CaseIndex, to: Fixture, certain: bool },
}

impl Advance {
    /// The plain documented step from one state to another.
    pub fn plain(from: Fixture, to: Fixture, routes: &Routes) -> Advance {
        Advance::Plain { to, request: Box::new(settle::plain_step(from, to, routes)) }
    }

    /// The state it leads to.
    pub fn to(&self) -> Option<Fixture> {
        match self {
            Advance::End => None,
            Advance::Plain { to, .. } | Advance::Case { to, .. } => Some(*to),
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
        self.documents.get(&(from, to)).cloned().or_else(|| self.open.then(|| plain_change(to)))
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

/// The status a patch document sets: the value of its last operation on `/status`, where that is one of the ten codes.
pub fn status_set(document: &Value) -> Option<AppointmentStatus> {
    let operations = document.as_array()?.iter();
    last_status(operations.map(|operation| (operation.get("path").and_then(Value::as_str), operation.get("value"))))
}

/// The same of operations that are given as path and value.
pub fn last_status<'v>(
    operations: impl DoubleEndedIterator<Item = (Option<&'v str>, Option<&'v Value>)>,
) -> Option<AppointmentStatus> {
    let (_, value) = operations.rev().find(|(path, _)| *path == Some("/status"))?;
    value?.as_str()?.parse().ok()
}
