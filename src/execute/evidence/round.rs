//! One round of a race.

use serde::{Deserialize, Serialize};

use super::exchange::{Exchange, ExchangeId};

/// One round of a race.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RaceRound {
    /// Counted from 1.
    pub round: u32,
    /// The appointments contended for; several where each client has its own.
    pub appointments: Vec<String>,
    /// The read of each appointment before the race.
    pub before: Vec<ExchangeId>,
    /// The request of each client that opened its connection.
    pub warm: Vec<ExchangeId>,
    /// What each client sent, in its order.
    pub clients: Vec<Vec<ExchangeId>>,
    /// The read of each appointment after the race.
    pub after: Vec<ExchangeId>,
    /// The request of a client that was refused as locked, sent again after the race.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retried: Option<ExchangeId>,
    /// The patch sent after the race, and the read after it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub then: Option<ExchangeId>,
    /// The read after the patch that was sent after the race.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<ExchangeId>,
    /// Requests of different clients were under way at the same time.
    pub overlapped: bool,
    /// Why not every client sent what it had to, where that is so; then nothing follows from the round.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub halted: Option<String>,
}

impl RaceRound {
    /// All exchanges of the round.
    pub fn exchanges(&self) -> impl Iterator<Item = ExchangeId> + '_ {
        let clients = self.clients.iter().flatten();
        let around = self.before.iter().chain(&self.warm).chain(clients).chain(&self.after);
        around.copied().chain([self.retried, self.then, self.last].into_iter().flatten())
    }

    /// Whether the server failed over none of the requests (reading C-45).
    pub fn is_whole(&self, exchanges: &[Exchange]) -> bool {
        !self.exchanges().any(|id| exchanges.get(id as usize).is_some_and(Exchange::failed_over))
    }

    /// Whether a write was under way together with another client's: with another write, where several write.
    pub fn overlap(&self, exchanges: &[Exchange]) -> bool {
        let seen = |id: &ExchangeId| exchanges.get(*id as usize);
        let clients: Vec<Vec<&Exchange>> =
            self.clients.iter().map(|ids| ids.iter().filter_map(seen).collect()).collect();
        let writers = clients.iter().filter(|sent| sent.iter().any(|exchange| exchange.is_patch())).count();
        let overlap = |one: &Exchange, other: &Exchange| one.begin_us < other.end_us && other.begin_us < one.end_us;
        let all = || {
            clients.iter().enumerate().flat_map(|(client, sent)| sent.iter().map(move |exchange| (client, *exchange)))
        };
        all().filter(|(_, first)| first.is_patch()).any(|(client, first)| {
            all()
                .filter(|(other, second)| *other != client && (writers < 2 || second.is_patch()))
                .any(|(_, second)| overlap(first, second))
        })
    }

    /// Moves all ids, when the exchanges move.
    pub(super) fn shift(&mut self, by: ExchangeId) {
        let clients = self.clients.iter_mut().flatten();
        let around = self.before.iter_mut().chain(&mut self.warm).chain(clients).chain(&mut self.after);
        let rest = [&mut self.retried, &mut self.then, &mut self.last].into_iter().flatten();
        around.chain(rest).for_each(|id| *id += by);
    }
}
