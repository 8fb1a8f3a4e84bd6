//! The plain steps that lead to states that are reached too seldom.

use std::collections::BTreeSet;

use super::arranger::{Arranger, PendingStep};
use crate::plan::routes::Routes;
use crate::plan::states::{START, ahead, is_root, rank};
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

impl Arranger<'_> {
    /// Adds plain steps until every state is reached often enough: a minimum flow with lower bounds on a small graph.
    pub fn lead_on(&mut self) {
        let mut states: BTreeSet<Fixture> = self.items.keys().copied().collect();
        states.extend(self.wanted.iter().copied());
        states.extend(self.stays.iter().map(|(state, _, _)| *state));
        let mut order: Vec<Fixture> = states.into_iter().collect();
        order.extend(
            AppointmentStatus::ALL.map(Fixture::of).into_iter().filter(|state| ahead_of(*state, &self.plan.routes)),
        );
        order.sort_by_key(|state| std::cmp::Reverse(rank(*state)));
        order.dedup();
        for state in order {
            if is_root(state, &self.plan.routes) {
                continue;
            }
            let visits = self.wanted.contains(&state) || self.stays.iter().any(|(stay, _, _)| *stay == state);
            let leaving = self.items.get(&state).map_or(0, Vec::len);
            let arriving = self
                .items
                .iter()
                .filter(|(from, _)| rank(**from) < rank(state))
                .flat_map(|(_, items)| items)
                .filter(|item| item.to == state)
                .count();
            let missing = leaving.max(usize::from(visits)).saturating_sub(arriving);
            if missing > 0
                && let Some(from) = self.way_into(state)
            {
                let item = PendingStep { case: None, to: state, certain: true };
                self.items.entry(from).or_default().extend(std::iter::repeat_n(item, missing));
            }
        }
    }

    /// The state before `state` on the shortest plain way from the start state.
    fn way_into(&self, state: Fixture) -> Option<Fixture> {
        let way = self.plan.routes.way(START.status()?, state.status()?)?;
        match way.len() {
            0 => None,
            1 => Some(START),
            steps => Some(Fixture::of(way[steps - 2])),
        }
    }
}

fn ahead_of(state: Fixture, routes: &Routes) -> bool {
    state.status().is_some_and(|status| ahead(status, routes) > 0)
}
