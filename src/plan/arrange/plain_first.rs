//! The lane that a run begins with: its first step is the plain documented PATCH.

use super::arranger::Arranger;
use crate::plan::lanes::{Advance, Lane};
use crate::plan::states::START;
use crate::suite::contract::roles;

impl Arranger<'_> {
    /// Puts a lane in front whose first step is the plain documented PATCH, so that what presupposes it is sent after it.
    pub fn plain_first(&mut self) {
        let best =
            (0..self.plan.lanes.len()).min_by_key(|index| (self.rank_as_first(&self.plan.lanes[*index]), *index));
        if let Some(index) = best {
            self.plan.lanes[..=index].rotate_right(1);
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
