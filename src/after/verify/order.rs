//! The order of what one lane sent: one request after another, and what the clients of a race send together.

use crate::execute::evidence::{Exchange, ExchangeId, Purpose};

/// What was under way last in a lane.
pub(super) struct Turn {
    /// Whether a request of a race may have been sent beside it.
    shared: bool,
    /// The request that began last.
    last: (ExchangeId, u64),
    /// The request that ended last.
    end: (ExchangeId, u64),
}

impl Turn {
    /// Takes the next exchange of a lane, and gives the one after which it had to begin, with that instant in
    /// microseconds, where it began before. Clients of a race send together, and each fetches a token when it needs one.
    pub(super) fn next(turn: &mut Option<Turn>, exchange: &Exchange) -> Option<(ExchangeId, u64)> {
        let alone = Turn {
            shared: matches!(exchange.purpose, Purpose::Race | Purpose::Token),
            last: (exchange.id, exchange.begin_us),
            end: (exchange.id, exchange.end_us),
        };
        let Some(before) = turn.take() else {
            *turn = Some(alone);
            return None;
        };
        let together = before.shared && alone.shared;
        let earliest = if together { before.last } else { before.end };
        let end = if together && before.end.1 > alone.end.1 { before.end } else { alone.end };
        *turn = Some(Turn { end, ..alone });
        (exchange.begin_us < earliest.1).then_some(earliest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::execute::evidence::{Payload, Reply, SentRequest};

    /// The exchanges that began too early, of these with their begin and end.
    fn early(sent: &[(Purpose, u64, u64)]) -> Vec<u32> {
        let mut turn = None;
        let exchange = |id: usize, (purpose, begin_us, end_us): (Purpose, u64, u64)| Exchange {
            id: u32::try_from(id).unwrap(),
            lane: 0,
            purpose,
            appointment: None,
            at: String::new(),
            begin_us,
            end_us,
            attempt: 1,
            request: SentRequest {
                method: "GET".into(),
                url: String::new(),
                headers: Vec::new(),
                body: Payload::Empty,
            },
            bound: None,
            trace: None,
            reply: Reply::Lost(crate::execute::evidence::Lost {
                kind: crate::execute::evidence::LostKind::Dropped,
                message: String::new(),
            }),
        };
        let all = sent.iter().enumerate().map(|(id, sent)| exchange(id, *sent));
        all.filter(|exchange| Turn::next(&mut turn, exchange).is_some()).map(|exchange| exchange.id).collect()
    }

    #[test]
    fn one_request_follows_another() {
        assert_eq!(early(&[(Purpose::Walk, 0, 5), (Purpose::Walk, 5, 9), (Purpose::Walk, 8, 12)]), [2]);
        assert_eq!(early(&[(Purpose::Walk, 0, 5), (Purpose::Token, 4, 9)]), [1]);
        assert_eq!(early(&[(Purpose::Token, 0, 5), (Purpose::Walk, 4, 9)]), [1]);
        assert_eq!(early(&[(Purpose::Walk, 0, 5), (Purpose::Race, 4, 9)]), [1]);
    }

    #[test]
    fn clients_of_a_race_send_together_and_fetch_tokens_on_the_way() {
        use Purpose::{Race, Token, Walk};
        assert!(early(&[(Race, 0, 9), (Race, 1, 5), (Token, 4, 7), (Race, 6, 12)]).is_empty());
        assert!(early(&[(Token, 0, 9), (Race, 1, 5)]).is_empty());
        // What follows a race waits for all of it, and not for the request that was sent last.
        assert_eq!(early(&[(Race, 0, 9), (Race, 1, 5), (Walk, 6, 12)]), [2]);
        assert!(early(&[(Race, 0, 9), (Race, 1, 5), (Walk, 9, 12)]).is_empty());
        // They are sorted by their begin.
        assert_eq!(early(&[(Race, 3, 9), (Race, 1, 5)]), [1]);
    }
}
