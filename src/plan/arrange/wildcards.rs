//! Cases that fit any plain step: they take the steps that belong to no case, or get further lanes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::arranger::{Arranger, PendingStep, needs_earlier_version, writes};
use crate::plan::case::{Control, Role, StepCase};
use crate::plan::lanes::{Act, Advance, CaseIndex, Lane};
use crate::plan::states::{START, next};
use crate::suite::scenario::Fixture;

impl Arranger<'_> {
    /// Cases that control a refusal which needs an earlier version: they may not be the first step of a lane.
    fn late(&self) -> BTreeSet<CaseIndex> {
        let stale = self.active.iter().filter_map(|index| self.plan.stepwise(*index));
        let controls: BTreeSet<_> = stale
            .filter(|case| needs_earlier_version(case))
            .filter_map(|case| match &case.body.control {
                Control::Case(id) => Some(id),
                Control::Advance | Control::Twin | Control::Within => None,
            })
            .collect();
        let itself = |case: &StepCase| {
            matches!(case.role, Role::Change { .. } | Role::Probe { .. }) && needs_earlier_version(case)
        };
        let late = |index: &CaseIndex| {
            self.plan.stepwise(*index).is_some_and(|case| controls.contains(&case.head.id) || itself(case.body))
        };
        (0..self.plan.cases.len()).filter(late).collect()
    }

    /// Wildcard cases that found no step get whole lanes, each as long as the usual one.
    pub fn build_wildcards(&mut self) {
        let mut wildcards: VecDeque<(CaseIndex, bool)> = std::mem::take(&mut self.wildcards).into();
        // What the first step of a run may be begins a lane.
        let rules = |case: CaseIndex| self.plan.cases.get(case).map_or(0, |case| case.head.requirements.len());
        wildcards
            .make_contiguous()
            .sort_by_key(|(case, _)| if self.promises(*case) { (false, rules(*case)) } else { (true, 0) });
        let late = self.late();
        let listed = self.supply.of(START).unwrap_or(usize::MAX);
        let begun = self.plan.lanes.iter().filter(|lane| lane.start == START).count();
        for _ in begun..listed {
            let mut lane = Lane { start: START, acts: Vec::new() };
            let mut state = START;
            while let Some(to) = next(state, &self.plan.routes) {
                let written = lane.acts.iter().any(writes);
                let suits = |(case, _): &(CaseIndex, bool)| written || !late.contains(case);
                let chosen = wildcards.iter().position(suits).and_then(|index| wildcards.remove(index));
                // A lane that begins with a case that must not be first has a plain step in front.
                let Some((case, certain)) = chosen else {
                    if state == START && !wildcards.is_empty() {
                        lane.acts.push(Act {
                            state,
                            tries: Vec::new(),
                            advance: Advance::plain(state, to, &self.plan.routes),
                        });
                        state = to;
                        continue;
                    }
                    break;
                };
                lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::Case { case, to, certain } });
                state = to;
            }
            if lane.acts.is_empty() {
                break;
            }
            lane.acts.push(Act { state, tries: Vec::new(), advance: Advance::End });
            self.plan.lanes.push(lane);
        }
        for (case, _) in wildcards {
            self.give_up(Some(case), START);
        }
    }

    /// Wildcard cases take the steps that belong to no case.
    pub fn hand_out_wildcards(&mut self, rest: &mut BTreeMap<Fixture, VecDeque<PendingStep>>) {
        let mut wildcards: VecDeque<(CaseIndex, bool)> = self.wildcards.iter().copied().collect();
        let mut spoken_for = self.plain_steps_needed();
        let late = self.late();
        for (state, items) in rest.iter_mut() {
            if state.status().is_none() || wildcards.is_empty() {
                continue;
            }
            for item in items.iter_mut().filter(|item| item.case.is_none()) {
                let needed = spoken_for.entry((*state, item.to)).or_default();
                if *needed > 0 {
                    *needed -= 1;
                    continue;
                }
                let suits = |(case, _): &(CaseIndex, bool)| !late.contains(case) && !self.promises(*case);
                let chosen = wildcards.iter().position(suits).and_then(|index| wildcards.remove(index));
                if let Some((case, certain)) = chosen {
                    *item = PendingStep { case: Some(case), to: item.to, certain };
                }
            }
        }
        self.wildcards = wildcards.into_iter().collect();
    }

    /// Plain steps without a case that are some refusal's only control: no wildcard case may take them.
    fn plain_steps_needed(&self) -> BTreeMap<(Fixture, Fixture), usize> {
        let mut needed = BTreeMap::new();
        for (state, items) in &self.items {
            let has_case = items.iter().any(|item| item.case.is_some() && self.is_plain(item));
            if !has_case && let Some(item) = items.iter().find(|item| item.case.is_none()) {
                needed.insert((*state, item.to), 1);
            }
        }
        needed
    }
}
