//! Races made concrete for one edition.

use super::substitute::substitute;
use super::template::{KnownTag, Precondition, RequestTemplate};
use crate::suite::contract::Edition;
use crate::suite::scenario::{Contest, Fixture, RaceCase, Release};
use serde::{Deserialize, Serialize};

/// A race of one edition.
#[derive(Debug, Clone)]
pub struct Race {
    pub fixture: Fixture,
    pub contest: Contest,
    pub clients: Vec<Racer>,
    pub release: Release,
    pub rounds: u16,
    pub shows: Vec<String>,
    /// What is sent when the others are done.
    pub then: Option<RequestTemplate>,
    pub version_may_stay: bool,
    edition: Edition,
    written: RaceCase,
}

/// What one client of a race sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Racer {
    Writer { request: RequestTemplate },
    Reader { times: u16 },
}

/// Other sizes than those written, for a target that is on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Clients of a race.
    pub clients: Option<u16>,
    /// Rounds of a race.
    pub rounds: Option<u16>,
}

impl Race {
    /// The race of an edition.
    pub(super) fn new(race: &RaceCase, edition: Edition) -> Race {
        let current = Precondition::CURRENT.in_edition(edition);
        let then = race.then.clone().map(RequestTemplate::document);
        Race {
            fixture: race.fixture,
            contest: race.contest,
            clients: cast(race, edition, None),
            release: race.release,
            rounds: race.rounds,
            shows: if race.shows.is_empty() { vec!["/status".to_owned()] } else { race.shows.clone() },
            then: then.map(|request| request.with_if_match(current)),
            version_may_stay: race.version_may_stay,
            edition,
            written: race.clone(),
        }
    }

    /// Takes over other sizes. The first group of clients grows or shrinks; races of a fixed cast keep theirs.
    pub fn resize(&mut self, sizes: Sizes) {
        self.rounds = sizes.rounds.unwrap_or(self.rounds);
        if let Some(clients) = sizes.clients.filter(|_| self.contest != Contest::Slot) {
            self.clients = cast(&self.written, self.edition, Some(clients));
        }
    }

    /// How many requests one round takes at most, reads around it included.
    pub fn requests(&self) -> usize {
        let clients: usize = self
            .clients
            .iter()
            .map(|racer| match racer {
                Racer::Writer { .. } => 2,
                Racer::Reader { times } => 1 + usize::from(*times),
            })
            .sum();
        clients + 3 * self.appointments() + 2 * usize::from(self.then.is_some())
    }

    /// How many appointments one round uses up.
    pub fn appointments(&self) -> usize {
        match self.contest {
            Contest::Version => 1,
            Contest::Nothing | Contest::Slot => self.clients.len(),
        }
    }

    /// How many clients write.
    pub fn writers(&self) -> usize {
        self.clients.iter().filter(|racer| matches!(racer, Racer::Writer { .. })).count()
    }

    /// Whether some client sends a version that is no longer current, which takes an appointment with a past.
    pub fn needs_earlier_version(&self) -> bool {
        self.clients.iter().any(|racer| match racer {
            Racer::Writer { request } => request.if_match == Precondition::Tag(KnownTag::Stale),
            Racer::Reader { .. } => false,
        })
    }
}

impl Racer {
    /// What it writes, where it writes.
    pub fn request(&self) -> Option<&RequestTemplate> {
        match self {
            Racer::Writer { request } => Some(request),
            Racer::Reader { .. } => None,
        }
    }

    /// How many requests it sends, besides the one that opens its connection.
    pub fn requests(&self) -> usize {
        match self {
            Racer::Writer { .. } => 1,
            Racer::Reader { times } => usize::from(*times),
        }
    }
}

/// Who takes part, with `total` clients in all where that is asked for; the first group has at least two.
fn cast(race: &RaceCase, edition: Edition, total: Option<u16>) -> Vec<Racer> {
    let others: u16 = race.clients.iter().skip(1).map(|group| group.value.count).sum();
    let mut cast = Vec::new();
    for (number, group) in race.clients.iter().enumerate() {
        let group = &group.value;
        let count = match total {
            Some(total) if number == 0 => total.saturating_sub(others).max(2),
            Some(_) | None => group.count,
        };
        for client in 0..count {
            cast.push(match (&group.patch, group.reads) {
                (Some(document), _) => {
                    let value = group.each.get(usize::from(client) % group.each.len().max(1));
                    let bindings = value.map(|value| ("each".to_owned(), value.clone())).into_iter().collect();
                    let request = RequestTemplate::document(substitute(document, &bindings));
                    let if_match = Precondition::of(&group.if_match).in_edition(edition);
                    Racer::Writer { request: request.with_if_match(if_match) }
                }
                (None, reads) => Racer::Reader { times: reads.unwrap_or(1) },
            });
        }
    }
    cast
}
