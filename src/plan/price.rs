//! What a plan costs, before anything is sent.

use std::collections::BTreeMap;

use super::{Advance, Plan};
use crate::suite::scenario::Fixture;

/// The cost of a plan against a server that keeps the contract; a broken one costs more, within the limits of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Price {
    /// Appointments by the state they begin in.
    pub appointments: BTreeMap<Fixture, usize>,
    /// Appointments that the transitions and refusals alone need.
    pub walks: BTreeMap<Fixture, usize>,
    /// Free slots that are used up.
    pub slots: usize,
    pub requests: usize,
    /// Requests that change an appointment.
    pub writes: usize,
    /// What the generated sequences come to, beside all that.
    pub drawn: DrawnPrice,
    /// Requests of the longest lane: what the run takes when all lanes run side by side.
    pub longest: usize,
}

/// The cost of generated sequences while nothing is found: lists have half their greatest length on average.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DrawnPrice {
    pub lists: usize,
    pub steps: usize,
    pub requests: usize,
    /// Appointments by the state they begin in, one a list.
    pub appointments: BTreeMap<Fixture, usize>,
}

fn drawn(plan: &Plan) -> DrawnPrice {
    let mut drawn = DrawnPrice::default();
    for (_, case) in plan.lists() {
        let lists = usize::try_from(case.cases).unwrap_or(usize::MAX);
        let steps = lists.saturating_mul(case.length + 1) / 2;
        drawn.lists = drawn.lists.saturating_add(lists);
        drawn.steps = drawn.steps.saturating_add(steps);
        // Each write is read back; a list begins with an appointment made and read, and ends with a look at another one.
        drawn.requests = drawn.requests.saturating_add(steps.saturating_mul(2)).saturating_add(lists.saturating_mul(3));
        let appointments = drawn.appointments.entry(case.fixture).or_default();
        *appointments = appointments.saturating_add(lists);
    }
    drawn
}

/// Prices a plan.
pub fn price(plan: &Plan) -> Price {
    // The first request of a run asks the server who it is.
    let mut price = Price { requests: plan.loose.len() + 1, drawn: drawn(plan), ..Price::default() };
    for lane in &plan.lanes {
        *price.appointments.entry(lane.start).or_default() += 1;
        if lane.acts.iter().any(|act| {
            !act.tries.is_empty()
                || match act.advance {
                    Advance::Case { case, certain, .. } => {
                        certain
                            && plan
                                .stepwise(case)
                                .is_some_and(|case| matches!(case.role, super::Role::Change { plain: true, .. }))
                    }
                    Advance::Plain { .. } | Advance::End => false,
                }
        }) {
            *price.walks.entry(lane.start).or_default() += 1;
        }
        // The first read of the appointment, and its creation where it is not listed.
        let mut requests = 2;
        for act in &lane.acts {
            requests += act.tries.len() + usize::from(!act.tries.is_empty());
            let steps = match act.advance {
                Advance::End => 0,
                Advance::Plain { .. } => 1,
                Advance::Case { case, .. } => plan.stepwise(case).map_or(0, |case| case.steps.len()),
            };
            // A probe that is refused leaves the next state to a plain step.
            let uncertain = matches!(act.advance, Advance::Case { certain: false, to, .. } if to != act.state);
            requests += steps * 2 + usize::from(uncertain) * 2;
            price.writes += steps;
            price.slots += usize::from(uses_slot(plan, &act.advance));
        }
        price.requests += requests;
        price.longest = price.longest.max(requests);
    }
    for (_, race) in plan.races() {
        let rounds = usize::from(race.rounds);
        *price.appointments.entry(race.fixture).or_default() += rounds * race.appointments();
        price.requests += rounds * race.requests();
        price.writes += rounds * (race.writers() + usize::from(race.then.is_some()));
        let one_slot = race.contest == crate::suite::scenario::Contest::Slot;
        price.slots += if one_slot { rounds } else { 0 };
    }
    price
}

fn uses_slot(plan: &Plan, advance: &Advance) -> bool {
    match advance {
        Advance::End => false,
        Advance::Plain { request, .. } => request.slots() > 0,
        Advance::Case { case, .. } => {
            let steps = plan.stepwise(*case).into_iter().flat_map(|case| &case.body.steps);
            steps
                .map(|step| &step.request)
                .find(|request| request.body.document().is_some())
                .is_some_and(|request| request.slots() > 0)
        }
    }
}
