//! The one door for requests: each is sent, stamped, masked and recorded here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::{Client, Outgoing, payload};
use super::evidence::{Exchange, ExchangeId, LostKind, Payload, Purpose, Reply, SentRequest};
use super::halt::Halt;
use super::session::Session;
use crate::plan::CaseIndex;
use crate::words::fhir::FHIR_JSON;

/// Sends the requests of one lane, or of one client in a race, in order, and keeps the record of them.
pub(super) struct Courier {
    session: Arc<Session>,
    client: Client,
    lane: u32,
    /// The id of each is its place, until the lane joins the evidence of the run.
    pub exchanges: Vec<Exchange>,
    /// The case whose requests are being sent.
    pub present: Option<CaseIndex>,
    /// The case for which each request was sent, where it was for one.
    sent_for: BTreeMap<ExchangeId, CaseIndex>,
}

impl Courier {
    /// A courier for a lane, on the connections that all lanes share.
    pub fn new(session: Arc<Session>, lane: u32) -> Courier {
        let client = session.client.clone();
        Courier { session, client, lane, exchanges: Vec::new(), present: None, sent_for: BTreeMap::new() }
    }

    /// Another one for the same lane and case, on other connections; [`Courier::join`] takes over what it sent.
    pub fn beside(&self, client: Client) -> Courier {
        Courier { client, present: self.present, ..Courier::new(self.session.clone(), self.lane) }
    }

    /// The number of the lane.
    pub fn lane(&self) -> u32 {
        self.lane
    }

    /// The exchange with an id of this courier.
    pub fn exchange(&self, id: ExchangeId) -> &Exchange {
        &self.exchanges[id as usize]
    }

    /// The case for which a request was sent, where it was for one.
    pub fn case_of(&self, id: ExchangeId) -> Option<CaseIndex> {
        self.sent_for.get(&id).copied()
    }

    /// A request as the documents give it: Accept, these header lines, and those configured for the target.
    pub fn outgoing(&self, method: &str, path: &str, lines: &[(&str, &str)], body: Option<Vec<u8>>) -> Outgoing {
        let accept = ("accept", FHIR_JSON);
        let documented = std::iter::once(&accept).chain(lines);
        let mut headers: Vec<(String, String)> =
            documented.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.extend(self.session.headers.iter().cloned());
        let url = format!("{}{path}", self.session.base_url);
        Outgoing { method: method.to_owned(), url, headers, body, verbatim: false }
    }

    /// A read of an appointment.
    pub fn read_of(&self, id: &str) -> Outgoing {
        self.outgoing("GET", &format!("/Appointment/{id}"), &[], None)
    }

    /// Sends a request and records it. Reads of an appointment that meet a passing outage are repeated, after the time that
    /// the target asks for. 429 says that nothing was done: whatever meets it is repeated, but in a race, whose requests
    /// are sent together or not at all.
    ///
    /// # Errors
    /// The run has to stop.
    pub async fn send(
        &mut self,
        outgoing: Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
    ) -> Result<ExchangeId, Halt> {
        /// How often a read is sent at most.
        const MOST: u32 = 3;
        let mut attempt = 1;
        loop {
            let id = self.send_once(&outgoing, purpose, appointment.clone(), attempt).await?;
            let is_throttled = self.exchange(id).status().is_some_and(|status| status.get() == 429);
            let most_sent = match purpose {
                Purpose::Race => 1,
                Purpose::Read if outgoing.method == "GET" && !is_throttled => MOST,
                Purpose::Read
                | Purpose::Preflight
                | Purpose::Search
                | Purpose::Create
                | Purpose::Walk
                | Purpose::Try
                | Purpose::Advance
                | Purpose::Control => {
                    if is_throttled {
                        MOST_THROTTLED
                    } else {
                        1
                    }
                }
            };
            let again = attempt < most_sent;
            let pause = again.then(|| pause(&self.exchange(id).reply)).flatten();
            let Some(pause) = pause else { return Ok(id) };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// Sends a request once and records it; `attempt` counts from 1 how often it was sent.
    ///
    /// # Errors
    /// The run has to stop; where the request itself was sent, it is recorded.
    pub async fn send_once(
        &mut self,
        outgoing: &Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
        attempt: u32,
    ) -> Result<ExchangeId, Halt> {
        let session = self.session.clone();
        if !session.may_send() {
            return Err(Halt::Stopped);
        }
        let at = jiff::Timestamp::now();
        let begin = Instant::now();
        let reply = self.client.send(outgoing).await;
        let end = Instant::now();
        let micros =
            |instant: Instant| u64::try_from(instant.duration_since(session.begin).as_micros()).unwrap_or(u64::MAX);
        let secrets = &session.secrets;
        let id = self.record(Exchange {
            id: 0,
            lane: self.lane,
            purpose,
            appointment,
            at: format!("{at:.3}"),
            begin_us: micros(begin),
            end_us: micros(end),
            attempt,
            request: SentRequest {
                method: outgoing.method.clone(),
                url: secrets.mask(&outgoing.url),
                headers: secrets.in_headers(&outgoing.headers, &session.headers),
                body: secrets.in_payload(outgoing.body.clone().map_or(Payload::Empty, payload)),
            },
            reply: secrets.in_reply(reply),
        });
        session.progress.request_done();
        if session.is_stopped() && attempt > 1 {
            return Err(Halt::Stopped);
        }
        Ok(id)
    }

    /// Takes over what other couriers of the lane sent, in the order in which it was sent; gives the ids of each of them.
    pub fn join(&mut self, others: Vec<Vec<Exchange>>) -> Vec<Vec<ExchangeId>> {
        let mut ids: Vec<Vec<ExchangeId>> = vec![Vec::new(); others.len()];
        let mut sent: Vec<(usize, Exchange)> = others
            .into_iter()
            .enumerate()
            .flat_map(|(client, exchanges)| exchanges.into_iter().map(move |exchange| (client, exchange)))
            .collect();
        // What one of them sent stays in its order: the sort is stable.
        sent.sort_by_key(|(client, exchange)| (exchange.begin_us, *client));
        for (client, exchange) in sent {
            let id = self.record(exchange);
            ids[client].push(id);
        }
        ids
    }

    fn record(&mut self, mut exchange: Exchange) -> ExchangeId {
        let id = ExchangeId::try_from(self.exchanges.len()).unwrap_or(ExchangeId::MAX);
        exchange.id = id;
        self.exchanges.push(exchange);
        self.sent_for.extend(self.present.map(|case| (id, case)));
        id
    }
}

/// How often a request is sent at most that the target throttles.
pub(super) const MOST_THROTTLED: u32 = 4;

/// The time that a Retry-After asks for, in seconds or as an HTTP-date (RFC 9110 section 10.2.3); `None` where it is
/// neither. A date in the past asks for none.
fn wanted(retry_after: &str, now: jiff::Timestamp) -> Option<Duration> {
    let text = retry_after.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// How long to wait before a read is sent again; `None` where its response stands.
pub(super) fn pause(reply: &Reply) -> Option<Duration> {
    /// A target may ask for longer, but a run does not stand still for it.
    const LONGEST: Duration = Duration::from_secs(10);
    match reply {
        Reply::Lost(lost) if lost.kind == LostKind::Broken => Some(Duration::ZERO),
        Reply::Lost(_) => None,
        Reply::Received(received) if matches!(received.status.get(), 429 | 502 | 503 | 504) => {
            let asked = received.header("retry-after").and_then(|value| wanted(value, jiff::Timestamp::now()));
            Some(asked.unwrap_or(Duration::from_millis(200)).min(LONGEST))
        }
        Reply::Received(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let seconds = |value| wanted(value, now).map(|time| time.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds(" 7 "), Some(7));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:30 GMT"), Some(30));
        assert_eq!(seconds("Wed, 31 Dec 1969 23:59:00 GMT"), Some(0));
        for garbage in ["", "-1", "1.5", "soon", "99999999999999999999999"] {
            assert_eq!(seconds(garbage), None, "{garbage}");
        }
    }
}
