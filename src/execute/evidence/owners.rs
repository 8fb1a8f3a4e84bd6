//! What each exchange belongs to: one trial, an appointment, or the run.

use std::collections::BTreeMap;

use super::exchange::{Exchange, ExchangeId, Purpose};
use super::trial::Trial;

/// What an exchange belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The trial at this place of [`Evidence::trials`].
    Trial(usize),
    /// An appointment: it was made, led to a state, read, or shown to be sound.
    Fixture,
    /// The run itself: it looked for the server, for slots or for appointments.
    Run,
}

/// An exchange that does not have exactly one owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misplaced {
    /// It belongs to nothing.
    Orphan(ExchangeId),
    /// Two trials claim it, by their places.
    Shared(ExchangeId, usize, usize),
}

impl std::fmt::Display for Misplaced {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Misplaced::Orphan(id) => {
                write!(formatter, "exchange {id} belongs to no trial, no appointment and not to the run")
            }
            Misplaced::Shared(id, one, other) => {
                write!(formatter, "exchange {id} belongs to two trials, trials[{one}] and trials[{other}]")
            }
        }
    }
}

/// What each exchange belongs to, and those that do not belong to exactly one thing.
///
/// A trial owns the requests it sent, every time each was sent. What is left belongs to an appointment or to the run, by its
/// purpose; a request that was sent for a case and is in no trial belongs to nothing, unless the run dropped it at its end.
pub fn owners(exchanges: &[Exchange], trials: &[Trial]) -> (Vec<Option<Owner>>, Vec<Misplaced>) {
    let mut owners: Vec<Option<Owner>> = vec![None; exchanges.len()];
    let mut misplaced = Vec::new();
    for (place, trial) in trials.iter().enumerate() {
        for id in trial.sent() {
            match owners.get_mut(id as usize) {
                Some(Some(Owner::Trial(other))) if *other != place => {
                    misplaced.push(Misplaced::Shared(id, *other, place));
                }
                Some(owner) => *owner = Some(Owner::Trial(place)),
                // A reference to nothing is found where references are checked.
                None => {}
            }
        }
    }
    for (first, again) in resent(exchanges).into_iter().rev() {
        if let Some(owner) = owners.get(again).copied().flatten()
            && let Some(place) = owners.get_mut(first)
        {
            place.get_or_insert(owner);
        }
    }
    for (exchange, owner) in exchanges.iter().zip(&mut owners) {
        *owner = owner.or(match exchange.purpose {
            Purpose::Preflight | Purpose::Token | Purpose::Search => Some(Owner::Run),
            Purpose::Create | Purpose::Walk | Purpose::Read | Purpose::Control | Purpose::CleanUp => {
                Some(Owner::Fixture)
            }
            // It was under way when the run had to end, and its trial never came to be.
            Purpose::Try | Purpose::Advance | Purpose::Race if exchange.is_dropped() => Some(Owner::Run),
            Purpose::Try | Purpose::Advance | Purpose::Race => None,
        });
        if owner.is_none() {
            misplaced.push(Misplaced::Orphan(exchange.id));
        }
    }
    (owners, misplaced)
}

/// For each exchange, whether it was sent for a generated list. Rules about a run as a whole leave these out: how many of
/// them there are depends on what was asked for.
pub fn in_lists(exchanges: &[Exchange], trials: &[Trial]) -> Vec<bool> {
    let mut within = vec![false; exchanges.len()];
    for list in trials.iter().filter_map(Trial::list) {
        let ids = list.block.ids();
        let (first, end) = (ids.start as usize, (ids.end as usize).min(exchanges.len()));
        if let Some(block) = within.get_mut(first..end) {
            block.fill(true);
        }
    }
    within
}

/// The requests of a run, each as often as it was sent: the ids of its sendings, in order.
pub fn sendings(exchanges: &[Exchange]) -> Vec<Vec<ExchangeId>> {
    let again: BTreeMap<usize, usize> = resent(exchanges).into_iter().collect();
    let later: std::collections::BTreeSet<usize> = again.values().copied().collect();
    let first = (0..exchanges.len()).filter(|place| !later.contains(place));
    let chain = |place: usize| std::iter::successors(Some(place), |place| again.get(place).copied());
    first.map(|place| chain(place).filter_map(|place| ExchangeId::try_from(place).ok()).collect()).collect()
}

/// Pairs of places: a request, and the same request sent once more.
fn resent(exchanges: &[Exchange]) -> Vec<(usize, usize)> {
    let mut last: BTreeMap<(u32, u32, &str, &str), usize> = BTreeMap::new();
    let mut pairs = Vec::new();
    for (place, exchange) in exchanges.iter().enumerate() {
        // A read between two sendings of one write has the same URL, but another method.
        let key = |attempt| (exchange.lane, attempt, exchange.request.method.as_str(), exchange.request.url.as_str());
        let before = exchange.attempt.checked_sub(1).and_then(|attempt| last.get(&key(attempt)).copied());
        pairs.extend(before.filter(|first| exchanges[*first].request == exchange.request).map(|first| (first, place)));
        last.insert(key(exchange.attempt), place);
    }
    pairs
}
