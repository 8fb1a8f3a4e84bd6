//! The act that each rejection and look belongs to.

use super::arranger::{Arranger, needs_earlier_version, shortage, writes};
use crate::plan::case::{Control, Role, StepCase};
use crate::plan::lanes::{Act, Advance, Lane, Unplanned};
use crate::plan::states::{START, ahead};
use crate::suite::scenario::Fixture;

impl Arranger<'_> {
    /// Gives every refusal and look the act that fits it and has the least to do.
    pub fn attach(&mut self) {
        for index in self.active.clone() {
            let Some(case) = self.plan.stepwise(index) else { continue };
            if !matches!(case.role, Role::Refusal | Role::Look)
                || matches!(case.fixture, Fixture::None | Fixture::Unknown)
            {
                continue;
            }
            let mut best: Option<((bool, bool, usize), usize, usize)> = None;
            for (lane_index, lane) in self.plan.lanes.iter().enumerate() {
                // What changes nothing goes to the lanes that the transitions need anyway.
                let aside = !lane.acts.iter().any(|act| self.is_plain_act(act));
                for (act_index, act) in lane.acts.iter().enumerate() {
                    // Nothing is sent before the first step of the run where that can be helped.
                    let first = (lane_index, act_index) == (0, 0);
                    // Those that a server may lock an account for share the last lane, which runs last.
                    let fill =
                        if case.body.shows_wrong_credentials() { usize::MAX - lane_index } else { act.tries.len() };
                    let load = (first, aside, fill);
                    if best.is_none_or(|(least, _, _)| load < least) && self.fits(case.body, lane, act_index, act) {
                        best = Some((load, lane_index, act_index));
                    }
                }
            }
            match best {
                Some((_, lane, act)) => self.plan.lanes[lane].acts[act].tries.push(index),
                None => {
                    let state = case.fixture;
                    let why = if state == Fixture::Any {
                        shortage(START, self.supply)
                    } else if self.visited(state) {
                        Unplanned::NotTested(format!("no step from a {state} appointment can serve as its control"))
                    } else {
                        shortage(state, self.supply)
                    };
                    self.plan.unplanned.insert(index, why);
                }
            }
        }
    }

    fn is_plain_act(&self, act: &Act) -> bool {
        match act.advance {
            Advance::End => false,
            Advance::Plain { .. } => true,
            Advance::Case { case, .. } => self.is_plain_case(case),
        }
    }

    fn fits(&self, case: &StepCase, lane: &Lane, act_index: usize, act: &Act) -> bool {
        let state = case.fixture == act.state
            || (case.fixture == Fixture::Any
                && act.state.status().is_some_and(|status| ahead(status, &self.plan.routes) > 0));
        if !state || (needs_earlier_version(case) && !lane.acts[..act_index].iter().any(writes)) {
            return false;
        }
        if case.role == Role::Look {
            return true;
        }
        match (&case.control, &act.advance) {
            (Control::Advance, Advance::Plain { .. } | Advance::Case { .. }) => self.is_plain_act(act),
            (Control::Case(id), Advance::Case { case, .. }) => self.plan.cases[*case].head.id == *id,
            (Control::Twin, Advance::End) => true,
            (Control::Advance | Control::Case(_), Advance::End)
            | (Control::Case(_), Advance::Plain { .. })
            | (Control::Twin, Advance::Plain { .. } | Advance::Case { .. }) => false,
            (Control::Within, _) => false,
        }
    }
}
