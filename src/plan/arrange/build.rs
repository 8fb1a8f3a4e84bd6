//! Lanes from the steps that have to happen, always on towards the state with the most left to do.

use std::collections::{BTreeMap, VecDeque};

use super::arranger::{Arranger, PendingStep};
use crate::plan::lanes::{Act, Advance, Lane};
use crate::plan::routes::Routes;
use crate::plan::states::{is_root, rank};
use crate::suite::scenario::Fixture;

impl Arranger<'_> {
    /// Turns the steps into lanes: always on towards the state with the most left to do.
    pub fn build(&mut self) {
        let mut rest: BTreeMap<Fixture, VecDeque<PendingStep>> =
            self.items.iter().map(|(state, items)| (*state, items.iter().copied().collect())).collect();
        self.hand_out_wildcards(&mut rest);
        let mut roots: Vec<Fixture> = rest.keys().copied().collect();
        roots.extend(self.wanted.iter().copied());
        roots.extend(self.stays.iter().map(|(state, _, _)| *state));
        roots.retain(|state| is_root(*state, &self.plan.routes));
        roots.sort_by_key(|state| rank(*state));
        roots.dedup();
        for root in roots {
            let mut available = self.supply.of(root).unwrap_or(usize::MAX);
            let mut started = self.visited(root);
            while available > 0 && (!started || rest.get(&root).is_some_and(|items| !items.is_empty())) {
                let lane = lane_from(root, &mut rest, &self.plan.routes);
                self.plan.lanes.push(lane);
                started = true;
                available -= 1;
            }
            for item in rest.remove(&root).into_iter().flatten() {
                self.give_up(item.case, root);
            }
        }
        let left: Vec<(Fixture, PendingStep)> =
            rest.into_iter().flat_map(|(state, items)| items.into_iter().map(move |item| (state, item))).collect();
        for (state, item) in left {
            self.give_up(item.case, state);
        }
    }
}

/// One lane from a root to where nothing is left to do.
fn lane_from(root: Fixture, rest: &mut BTreeMap<Fixture, VecDeque<PendingStep>>, routes: &Routes) -> Lane {
    let mut lane = Lane { start: root, acts: Vec::new() };
    let mut state = root;
    loop {
        let left = |to: Fixture| rest.get(&to).map_or(0, VecDeque::len);
        let choice = rest.get(&state).and_then(|items| {
            (0..items.len()).max_by_key(|index| {
                let back = rank(items[*index].to) <= rank(state);
                (!back, left(items[*index].to), std::cmp::Reverse(*index))
            })
        });
        let item = choice.and_then(|index| rest.get_mut(&state).and_then(|items| items.remove(index)));
        let Some(item) = item else {
            lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::End });
            return lane;
        };
        let advance = match item.case {
            Some(case) => Advance::Case { case, to: item.to, certain: item.certain },
            None => Advance::plain(state, item.to, routes),
        };
        lane.acts.push(Act { state, tries: Vec::new(), advance });
        if rank(item.to) <= rank(state) {
            return lane;
        }
        state = item.to;
    }
}
