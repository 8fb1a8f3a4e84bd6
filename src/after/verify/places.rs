//! Where each case of a plan belongs: the lane it is sent in, the state it meets, and what it is to its act.

use std::collections::BTreeMap;

use crate::plan::{Act, Advance, CaseId, CaseIndex, Plan};
use crate::suite::scenario::Fixture;

/// The places of all cases of a plan.
pub(super) struct Places<'p> {
    pub plan: &'p Plan,
    of: BTreeMap<&'p CaseId, Vec<CasePlace<'p>>>,
}

/// One place of a case.
#[derive(Debug, Clone, Copy)]
pub(super) struct CasePlace<'p> {
    pub lane: Lanes,
    /// The act that it belongs to, where it is in one.
    pub act: Option<&'p Act>,
    /// It leads on from the act; `true` in it where it must be accepted.
    pub leads: Option<bool>,
    pub index: CaseIndex,
}

/// The lanes in which a case may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lanes {
    One(u32),
    /// Cases that need no appointment: behind all lanes, or behind the first where the run ended after it.
    Either(u32, u32),
    /// Generated lists have a lane for each worker.
    From(u32),
}

impl Lanes {
    /// Whether a lane is one of them.
    pub fn have(self, lane: u32) -> bool {
        match self {
            Lanes::One(one) => lane == one,
            Lanes::Either(one, other) => lane == one || lane == other,
            Lanes::From(first) => lane >= first,
        }
    }
}

impl std::fmt::Display for Lanes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Lanes::One(one) => write!(formatter, "lane {one}"),
            Lanes::Either(one, other) => write!(formatter, "lane {one} or lane {other}"),
            Lanes::From(first) => write!(formatter, "lane {first} or a later one"),
        }
    }
}

impl<'p> Places<'p> {
    /// Those of a plan.
    pub fn of(plan: &'p Plan) -> Places<'p> {
        let mut of: BTreeMap<&CaseId, Vec<CasePlace<'_>>> = BTreeMap::new();
        let mut put = |index: CaseIndex, lane: Lanes, act: Option<&'p Act>, leads: Option<bool>| {
            if let Some(case) = plan.cases.get(index) {
                of.entry(&case.head.id).or_default().push(CasePlace { lane, act, leads, index });
            }
        };
        for (lane, number) in plan.lanes.iter().zip(1..) {
            for act in &lane.acts {
                act.tries.iter().for_each(|index| put(*index, Lanes::One(number), Some(act), None));
                match act.advance {
                    Advance::Case { case, certain, .. } => put(case, Lanes::One(number), Some(act), Some(certain)),
                    Advance::Plain { .. } | Advance::End => {}
                }
            }
        }
        let behind = count(plan.lanes.len()).saturating_add(1);
        plan.loose.iter().for_each(|index| put(*index, Lanes::Either(behind, 2), None, None));
        let (mut race, lists) = (behind.saturating_add(1), behind.saturating_add(1));
        for (index, case) in plan.cases.iter().enumerate().filter(|(_, case)| case.head.selected) {
            if case.race().is_some() {
                put(index, Lanes::One(race), None, None);
                race = race.saturating_add(1);
            } else if case.lists().is_some() {
                put(index, Lanes::From(lists), None, None);
            }
        }
        Places { plan, of }
    }

    /// The places of a case.
    pub fn places(&self, case: &CaseId) -> &[CasePlace<'p>] {
        self.of.get(case).map(Vec::as_slice).unwrap_or_default()
    }

    /// The acts that are sent in a lane.
    pub fn acts(&self, lane: u32) -> &'p [Act] {
        let place = lane.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.plan.lanes.get(place)).map(|lane| lane.acts.as_slice()).unwrap_or_default()
    }
}

impl CasePlace<'_> {
    /// The state in which a trial at this place finds its appointment; `fixture` is that of the case.
    pub fn state(&self, fixture: Fixture) -> Fixture {
        self.act.map_or(fixture, |act| act.state)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
