//! The plan: every case of the edition, and the lanes that carry them.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Case, Head, Stepwise};
use super::race::Race;
use super::routes::Routes;
use super::sequence::GeneratedLists;
use super::template::RequestTemplate;
use crate::suite::contract::Edition;
use crate::suite::scenario::Fixture;

/// Everything decided before the first request.
#[derive(Debug, Clone)]
pub struct Plan {
    pub edition: Edition,
    /// Only a part of the edition was asked for, whatever that part covers: such a run never certifies.
    pub narrowed: bool,
    /// Why the edition as a whole does not concern the target; then nothing is sent.
    pub not_applicable: Option<String>,
    /// Every case of the edition, of every kind, in catalogue order; those that are not selected serve as controls.
    pub cases: Vec<Case>,
    /// The lanes of this run, one an appointment.
    pub lanes: Vec<Lane>,
    /// Cases that need no appointment.
    pub loose: Vec<CaseIndex>,
    /// The reasons of what the target declares that it cannot have.
    pub declared: BTreeSet<String>,
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

    /// Whether a lane tries credentials that a server has to reject.
    pub fn tries_other_callers(&self, lane: usize) -> bool {
        let acts = self.lanes.get(lane).into_iter().flat_map(|lane| &lane.acts);
        let mut cases = acts.flat_map(|act| &act.tries).filter_map(|index| self.stepwise(*index));
        cases.any(|case| case.body.shows_wrong_credentials())
    }

    /// The selected races with their heads, in order.
    pub fn races(&self) -> impl Iterator<Item = (&Head, &Race)> {
        self.sent().filter_map(|case| Some((&case.head, case.race()?)))
    }

    /// The selected cases of generated lists with their heads, in order.
    pub fn lists(&self) -> impl Iterator<Item = (&Head, &GeneratedLists)> {
        self.sent().filter_map(|case| Some((&case.head, case.lists()?)))
    }

    /// The cases that were asked for, where the edition concerns the target.
    fn sent(&self) -> impl Iterator<Item = &Case> {
        self.selected().filter(|_| self.not_applicable.is_none())
    }

    /// The cases that were asked for.
    pub fn selected(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.head.selected)
    }
}

/// The steps of one appointment, in order.
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
    /// Nothing: the lane ends here.
    End,
    /// The plain documented status change; it belongs to no case.
    Plain { to: Fixture, request: Box<RequestTemplate> },
    /// A case.
    Case { case: CaseIndex, to: Fixture, certain: bool },
}

impl Advance {
    /// The plain documented step from one state to another.
    pub fn plain(from: Fixture, to: Fixture, routes: &Routes) -> Advance {
        Advance::Plain { to, request: Box::new(routes.plain_step(from, to)) }
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
