//! Remembers which requests reached the target last, so that one that stops responding can be named by them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::evidence::{Exchange, LostKind, Reply};
use super::words::brief;

/// The last requests of a run that reached the target: one that got a response, or those that lost theirs together.
#[derive(Debug, Default)]
pub(super) struct LastSent(Mutex<Vec<Noted>>);

#[derive(Debug)]
struct Noted {
    method: String,
    url: String,
    body: String,
    /// What came back, as a clause.
    came: String,
    is_lost: bool,
    end_us: u64,
}

impl LastSent {
    /// Notes a request. Those that lost their responses stand until one that began after them gets one.
    pub fn note(&self, exchange: &Exchange) {
        let (came, is_lost) = match &exchange.reply {
            Reply::Lost(lost) if lost.kind == LostKind::NotConnected => return,
            Reply::Lost(lost) => (format!("got no response ({})", lost.message), true),
            Reply::Received(received) => (format!("got {}", received.status), false),
        };
        let mut last = self.last();
        let lost = last.first().is_some_and(|noted| noted.is_lost);
        let before = last.iter().all(|noted| noted.end_us < exchange.begin_us);
        // A read that finds nobody after them shows no more than they do.
        let echo = is_lost && lost && exchange.request.method == "GET";
        if echo || (lost && !is_lost && !before) {
            return;
        }
        if !(lost && is_lost) || (before && !is_write(&last)) {
            last.clear();
        }
        last.push(Noted {
            method: exchange.request.method.clone(),
            url: exchange.request.url.clone(),
            body: exchange.request.body.text().map(brief).unwrap_or_default(),
            came,
            is_lost,
            end_us: exchange.end_us,
        });
    }

    /// Whether nothing reached the target yet.
    pub fn is_none(&self) -> bool {
        self.last().is_empty()
    }

    /// The requests and what came of them, in the order in which they ended.
    pub fn in_words(&self, base_url: &str) -> String {
        /// Of those under way together, as many are named; the first to lose its response is most likely the cause.
        const MOST: usize = 2;
        let mut last = self.last();
        last.sort_by_key(|noted| noted.end_us);
        let name = |noted: &Noted| {
            let path = noted.url.strip_prefix(base_url).unwrap_or(&noted.url);
            let body = if noted.body.is_empty() { String::new() } else { format!(" with {}", noted.body) };
            format!("{} {path}{body}, which {}", noted.method, noted.came)
        };
        let mut named: Vec<String> = last.iter().take(MOST).map(name).collect();
        if last.len() > MOST {
            named.push(format!("{} more beside them", last.len() - MOST));
        }
        if named.is_empty() { "none".to_owned() } else { named.join("; and ") }
    }

    fn last(&self) -> MutexGuard<'_, Vec<Noted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_write(noted: &[Noted]) -> bool {
    noted.iter().any(|noted| noted.method != "GET")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::execute::evidence::{Lost, Payload, Purpose, Response, SentRequest};
    use crate::words::fhir::StatusCode;

    const BASE: &str = "http://a.example/r4";

    fn exchange(method: &str, path: &str, times: (u64, u64), reply: Option<LostKind>) -> Exchange {
        let body = if method == "GET" { Payload::Empty } else { Payload::Text("{}".to_owned()) };
        let received = Response {
            status: StatusCode::new(200).unwrap(),
            version: String::new(),
            headers: Vec::new(),
            body: Payload::Empty,
            cut: false,
            too_deep: false,
        };
        Exchange {
            id: 0,
            lane: 1,
            purpose: Purpose::Try,
            appointment: None,
            at: String::new(),
            begin_us: times.0,
            end_us: times.1,
            attempt: 1,
            bound: None,
            trace: None,
            request: SentRequest { method: method.to_owned(), url: format!("{BASE}{path}"), headers: Vec::new(), body },
            reply: match reply {
                Some(kind) => Reply::Lost(Lost { kind, message: "closed".to_owned() }),
                None => Reply::Received(received),
            },
        }
    }

    fn in_words(exchanges: &[Exchange]) -> String {
        let last = LastSent::default();
        exchanges.iter().for_each(|exchange| last.note(exchange));
        last.in_words(BASE)
    }

    #[test]
    fn what_lost_its_response_last_is_named() {
        let lost = Some(LostKind::Broken);
        assert_eq!(in_words(&[]), "none");
        assert_eq!(in_words(&[exchange("GET", "/x", (0, 1), Some(LostKind::NotConnected))]), "none");
        assert_eq!(in_words(&[exchange("GET", "/x", (0, 1), None)]), "GET /x, which got 200");
        let killer = exchange("PATCH", "/k", (10, 20), lost);
        let killed = "PATCH /k with {}, which got no response (closed)";
        assert_eq!(in_words(&[killer.clone(), exchange("GET", "/k", (21, 22), lost)]), killed);
        assert_eq!(in_words(&[killer.clone(), exchange("GET", "/x", (5, 25), None)]), killed);
        assert_eq!(in_words(&[killer.clone(), exchange("GET", "/x", (21, 25), None)]), "GET /x, which got 200");
        let other = exchange("PATCH", "/o", (15, 21), lost);
        assert_eq!(
            in_words(&[other, killer]),
            format!("{killed}; and PATCH /o with {{}}, which got no response (closed)")
        );
    }
}
