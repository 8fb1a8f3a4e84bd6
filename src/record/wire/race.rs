//! One round of a race, as a record keeps it.

use serde::{Deserialize, Serialize};

use crate::execute::evidence::{ExchangeId, RaceRound};

/// One round of a race.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundRecord {
    /// Counted from 1.
    pub round: u32,
    /// The appointments contended for; several where each client has one to itself.
    pub appointments: Vec<String>,
    /// The read of each appointment before the race.
    pub before: Vec<ExchangeId>,
    /// The request of each client that opened its connection.
    pub warm: Vec<ExchangeId>,
    /// What each client sent, in its order.
    pub clients: Vec<Vec<ExchangeId>>,
    /// The read of each appointment after the race.
    pub after: Vec<ExchangeId>,
    /// The request of a client that was rejected as locked, sent again after the race.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retried: Option<ExchangeId>,
    /// The patch sent after the race.
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

impl RoundRecord {
    /// All exchanges of the round.
    pub fn exchanges(&self) -> impl Iterator<Item = ExchangeId> + '_ {
        let clients = self.clients.iter().flatten();
        let around = self.before.iter().chain(&self.warm).chain(clients).chain(&self.after);
        around.copied().chain([self.retried, self.then, self.last].into_iter().flatten())
    }
}

impl From<RaceRound> for RoundRecord {
    fn from(seen: RaceRound) -> RoundRecord {
        let RaceRound { round, appointments, before, warm, clients, after, retried, then, last, overlapped, halted } =
            seen;
        RoundRecord { round, appointments, before, warm, clients, after, retried, then, last, overlapped, halted }
    }
}

impl From<RoundRecord> for RaceRound {
    fn from(record: RoundRecord) -> RaceRound {
        let RoundRecord { round, appointments, before, warm, clients, after, retried, then, last, overlapped, halted } =
            record;
        RaceRound { round, appointments, before, warm, clients, after, retried, then, last, overlapped, halted }
    }
}
