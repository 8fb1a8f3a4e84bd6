//! What a plan costs, before anything is sent.

use std::collections::BTreeMap;

use super::{Act, Advance, Lane, Plan};
use crate::suite::scenario::Fixture;

/// Appointments that a run works on at once where nothing else is said.
pub const USUAL_JOBS: usize = 8;

/// The cost of a plan against a server that keeps the contract; a broken one costs more, within the limits of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Price {
    /// Every appointment that the run touches, by the state it begins in: those of lanes, races and generated sequences, and
    /// the bystanders.
    pub appointments: BTreeMap<Fixture, usize>,
    /// Appointments that the transitions and refusals alone need.
    pub walks: BTreeMap<Fixture, usize>,
    /// Appointments that are only read, to see that nothing happens to them.
    pub bystanders: usize,
    /// Free slots that are used up.
    pub slots: usize,
    pub requests: usize,
    /// Requests that change an appointment.
    pub writes: usize,
    /// What of all that the generated sequences come to.
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
    /// One a worker and sequence.
    pub bystanders: usize,
}

fn drawn(plan: &Plan, jobs: usize) -> DrawnPrice {
    let mut drawn = DrawnPrice::default();
    for (_, case) in plan.lists() {
        let lists = usize::try_from(case.cases).unwrap_or(usize::MAX);
        let steps = lists.saturating_mul(case.length + 1) / 2;
        drawn.lists = drawn.lists.saturating_add(lists);
        drawn.steps = drawn.steps.saturating_add(steps);
        drawn.bystanders += lists.min(jobs);
        // Each write is read back; a list begins with an appointment made and read, and ends with a look at another one.
        // Half of them end with a rejection, which has a control, read back.
        drawn.requests = drawn.requests.saturating_add(steps.saturating_mul(2)).saturating_add(lists.saturating_mul(4));
        let appointments = drawn.appointments.entry(case.fixture).or_default();
        *appointments = appointments.saturating_add(lists);
    }
    drawn
}

/// Prices a plan of which so many appointments are worked on at once.
pub fn price(plan: &Plan, jobs: usize) -> Price {
    let drawn = drawn(plan, jobs);
    // The first request of a run asks the server who it is.
    let mut price = Price {
        requests: (plan.loose.len() + 1).saturating_add(drawn.requests),
        writes: drawn.steps,
        appointments: drawn.appointments.clone(),
        bystanders: drawn.bystanders,
        ..Price::default()
    };
    // A run that makes appointments has one to which nothing is sent; vendor editions leave it out.
    price.bystanders += usize::from(!plan.edition.is_vendor() && !plan.lanes.is_empty());
    for lane in &plan.lanes {
        let requests = add_lane(plan, lane, &mut price);
        price.requests = price.requests.saturating_add(requests);
        price.longest = price.longest.max(requests);
    }
    for (_, race) in plan.races() {
        let rounds = usize::from(race.rounds);
        *price.appointments.entry(race.fixture).or_default() += rounds * race.appointments();
        price.requests = price.requests.saturating_add(rounds * race.requests());
        price.writes = price.writes.saturating_add(rounds * (race.writers() + usize::from(race.then.is_some())));
        let one_slot = race.contest == crate::suite::scenario::Contest::Slot;
        price.slots += if one_slot { rounds } else { 0 };
    }
    if price.bystanders > 0 {
        *price.appointments.entry(Fixture::Booked).or_default() += price.bystanders;
    }
    Price { drawn, ..price }
}

/// Adds what a lane uses up, and gives the requests that it takes.
fn add_lane(plan: &Plan, lane: &Lane, price: &mut Price) -> usize {
    *price.appointments.entry(lane.start).or_default() += 1;
    let walks = |act: &Act| match act.advance {
        _ if !act.tries.is_empty() => true,
        Advance::Case { case, certain, .. } => {
            certain
                && plan.stepwise(case).is_some_and(|case| matches!(case.role, super::Role::Change { plain: true, .. }))
        }
        Advance::Plain { .. } | Advance::End => false,
    };
    if lane.acts.iter().any(walks) {
        *price.walks.entry(lane.start).or_default() += 1;
    }
    let steps = |case: usize| plan.stepwise(case).into_iter().flat_map(|case| &case.body.steps);
    // An appointment that a request names beside its own is one more.
    price.bystanders +=
        usize::from(lane.acts.iter().flat_map(Act::cases).flat_map(steps).any(super::Step::names_bystander));
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
        price.writes = price.writes.saturating_add(steps);
        price.slots += usize::from(uses_slot(plan, &act.advance));
    }
    requests
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
