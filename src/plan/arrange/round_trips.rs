//! Probes and cases that stay in their state: strung together, or put where an appointment passes.

use std::collections::{BTreeMap, VecDeque};

use super::arranger::Arranger;
use crate::plan::lanes::{Act, Advance, CaseIndex, Lane};
use crate::plan::states::START;
use crate::suite::scenario::Fixture;

impl Arranger<'_> {
    /// Where any status may follow any other, probes are strung together, each starting where the one before may end.
    pub fn round_trips(&mut self) {
        /// Long enough to save appointments, short enough to run side by side.
        const LONGEST: usize = 10;
        let mut rest: BTreeMap<Fixture, VecDeque<(Fixture, CaseIndex)>> = BTreeMap::new();
        for (from, to, case) in &self.open {
            rest.entry(*from).or_default().push_back((*to, *case));
        }
        if !rest.is_empty() && self.supply.of(START) == Some(0) {
            for (_, case) in rest.into_values().flatten() {
                self.give_up(Some(case), START);
            }
            return;
        }
        while let Some(mut state) = rest.iter().max_by_key(|(_, out)| out.len()).map(|(state, _)| *state) {
            let mut lane = Lane { start: START, acts: Vec::new() };
            while lane.acts.len() < LONGEST {
                let Some(out) = rest.get_mut(&state) else { break };
                let Some((to, case)) = out.pop_front() else { break };
                if out.is_empty() {
                    rest.remove(&state);
                }
                lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::Case { case, to, certain: false } });
                state = to;
            }
            lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::End });
            self.plan.lanes.push(lane);
        }
    }

    /// Puts cases that stay in their state where an appointment passes, evenly.
    pub fn stays(&mut self) {
        let mut load: BTreeMap<(usize, Fixture), usize> = BTreeMap::new();
        for (state, case, certain) in self.stays.clone() {
            let passing = self
                .plan
                .lanes
                .iter()
                .enumerate()
                .filter(|(_, lane)| lane.acts.iter().any(|act| act.state == state))
                .map(|(index, _)| index)
                .min_by_key(|index| load.get(&(*index, state)).copied().unwrap_or(0));
            let Some(index) = passing else {
                self.give_up(Some(case), state);
                continue;
            };
            *load.entry((index, state)).or_default() += 1;
            let lane = &mut self.plan.lanes[index];
            let at = lane.acts.iter().rposition(|act| act.state == state).unwrap_or(0);
            let act = Act { state, tries: Vec::new(), advance: Advance::Case { case, to: state, certain } };
            lane.acts.insert(at, act);
        }
    }
}
