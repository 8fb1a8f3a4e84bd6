//! The lane that a run begins with: its first step is the plain documented PATCH.

use super::arranger::Arranger;
use crate::plan::lanes::{Advance, Lane};
use crate::plan::states::START;
use crate::suite::contract::roles;

impl Arranger<'_> {
    /// Puts a lane in front whose first step is the plain documented PATCH, so that what presupposes it is sent after it.
    pub fn plain_first(&mut self) {
        if !self.plan.lanes.iter().any(|lane| lane.start == START && self.begins_with_promise(lane)) {
            self.bring_forward();
        }
        let best =
            (0..self.plan.lanes.len()).min_by_key(|index| (self.rank_as_first(&self.plan.lanes[*index]), *index));
        if let Some(index) = best {
            self.plan.lanes[..=index].rotate_right(1);
        }
    }

    fn begins_with_promise(&self, lane: &Lane) -> bool {
        lane.acts.first().is_some_and(|act| self.is_promise(&act.advance))
    }

    fn is_promise(&self, advance: &Advance) -> bool {
        match advance {
            Advance::Case { case, .. } => self.promises(*case),
            Advance::Plain { .. } | Advance::End => false,
        }
    }

    /// Where the step stands behind another one in its lane, it changes places with the first step of a lane that leads to
    /// the same state; where there is none, a lane of its own begins with it.
    fn bring_forward(&mut self) {
        let lanes = &self.plan.lanes;
        let acts = lanes.iter().enumerate().flat_map(|(lane, it)| it.acts.iter().enumerate().map(move |at| (lane, at)));
        let place = acts.into_iter().find(|(_, (_, act))| act.state == START && self.is_promise(&act.advance));
        let Some((from, (number, act))) = place else { return };
        let leads_alike = |lane: &Lane| {
            let first = lane.acts.first().filter(|first| first.state == START && lane.start == START);
            first.is_some_and(|first| match first.advance {
                Advance::Case { certain, .. } => certain && first.advance.to() == act.advance.to(),
                Advance::Plain { .. } => first.advance.to() == act.advance.to(),
                Advance::End => false,
            })
        };
        match lanes.iter().position(leads_alike) {
            Some(to) => {
                let advance = act.advance.clone();
                let displaced = std::mem::replace(&mut self.plan.lanes[to].acts[0].advance, advance);
                self.plan.lanes[from].acts[number].advance = displaced;
            }
            None => {
                let acts = self.plan.lanes[from].acts.split_off(number);
                self.plan.lanes.push(Lane { start: START, acts });
            }
        }
    }

    /// Whether a case is judged by the rule that promises that the plain request is accepted.
    pub(super) fn promises(&self, case: usize) -> bool {
        let vendor = self.plan.edition.is_vendor();
        let promise = if vendor { roles::STATUS_IS_REPLACED } else { roles::WORKS_AS_DECLARED };
        let mut rules = self.plan.cases.get(case).into_iter().flat_map(|case| &case.head.requirements);
        rules.any(|id| id.as_str() == promise) && self.is_documented(case)
    }

    fn is_documented(&self, case: usize) -> bool {
        self.is_plain_case(case) || self.plan.stepwise(case).is_some_and(|case| case.body.is_documented_request())
    }

    /// How well a lane serves as the first: the less the better. Of plain steps, one that the rule is judged by that
    /// promises its success, and then the one for which the fewest rules are judged.
    fn rank_as_first(&self, lane: &Lane) -> (bool, bool, bool, usize) {
        let advance = lane.acts.first().map(|act| &act.advance);
        let head = |case: usize| self.plan.cases.get(case).map(|case| &case.head);
        let promises = match advance {
            Some(Advance::Case { case, .. }) => self.promises(*case),
            Some(Advance::Plain { .. } | Advance::End) | None => false,
        };
        let (plain, rules) = match advance {
            Some(Advance::Case { case, .. }) if self.is_documented(*case) => {
                (true, head(*case).map_or(0, |head| head.requirements.len()))
            }
            // It is the plain step, and no rule is judged by it: only where nothing else is.
            Some(Advance::Plain { .. }) => (true, usize::MAX),
            Some(Advance::Case { certain: true, .. }) => (false, 0),
            Some(Advance::Case { certain: false, .. } | Advance::End) | None => (false, usize::MAX),
        };
        (lane.start != START, !plain, !promises, rules)
    }
}
