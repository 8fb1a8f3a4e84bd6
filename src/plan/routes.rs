//! The documented ways from one status to another.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::status::plain_change;
use super::template::RequestTemplate;
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

/// The status that a plain step leads to where no other is known: from a special fixture, and for a rejection that no step
/// follows.
pub(super) const LEAD_STATUS: AppointmentStatus = AppointmentStatus::Arrived;

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
        let mut queue = VecDeque::from([from]);
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

    /// The request of the plain step from one state to another. A special fixture is an ordinary booked appointment to
    /// whoever sends a PATCH.
    pub fn plain_step(&self, from: Fixture, to: Fixture) -> RequestTemplate {
        let document = match (from.status(), to.status()) {
            (Some(from), Some(to)) => self.document(from, to).unwrap_or_else(|| plain_change(to)),
            (None, _) | (_, None) => plain_change(LEAD_STATUS),
        };
        RequestTemplate::document(document)
    }

    /// The request of a plain step that leads on from a state: to `to` where one request does, else to the first state that
    /// the contract has, rather without a slot. Nothing where none leads on.
    pub fn plain_way_on(&self, from: Fixture, to: Fixture) -> Option<RequestTemplate> {
        let Some(held) = from.status() else { return Some(self.plain_step(from, to)) };
        let direct = to.status().filter(|to| *to != held).and_then(|to| self.document(held, to));
        let others = || self.documents.iter().filter(|((start, end), _)| *start == held && *end != held);
        let requests = || others().map(|(_, document)| RequestTemplate::document(document.clone()));
        let any = || {
            let least = requests().min_by_key(RequestTemplate::slots);
            let open = [LEAD_STATUS, AppointmentStatus::Booked].into_iter().find(|to| self.open && *to != held);
            least.or_else(|| open.map(plain_change).map(RequestTemplate::document))
        };
        direct.map(RequestTemplate::document).or_else(any)
    }
}
