//! The one door for requests: each is sent, stamped and kept here as it was received; masks come when all is judged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::{Client, Outgoing, payload};
use super::evidence::{Exchange, ExchangeId, Lost, LostKind, Payload, Purpose, Reply, SentRequest};
use super::halt::Halt;
use super::request;
use super::retry_after::asked;
use super::session::{Session, StopReason};
use crate::plan::CaseIndex;
use crate::words::fhir::StatusCode;

/// Sends the requests of one lane, or of one client in a race, in order, and keeps the record of them.
pub(super) struct Courier {
    pub(super) session: Arc<Session>,
    client: Client,
    lane: u32,
    /// The id of each is its place, until the lane joins the evidence of the run.
    pub exchanges: Vec<Exchange>,
    /// The case whose requests are being sent.
    pub present: Option<CaseIndex>,
    /// The case for which each request was sent, where it was for one.
    sent_for: BTreeMap<ExchangeId, CaseIndex>,
    /// The Authorization line of the last request that carried a token of the run.
    pub(super) shown: Option<String>,
    /// What it sends next was admitted together with what others send, and waits for nothing.
    pub(super) is_admitted: bool,
}

impl Courier {
    /// A courier for a lane, on the connections that all lanes share.
    pub fn new(session: Arc<Session>, lane: u32) -> Courier {
        let client = session.client.clone();
        Courier {
            session,
            client,
            lane,
            exchanges: Vec::new(),
            present: None,
            sent_for: BTreeMap::new(),
            shown: None,
            is_admitted: false,
        }
    }

    /// Another one for the same lane and case, on other connections; [`Courier::join`] takes over what it sent.
    pub fn beside(&self, client: Client) -> Courier {
        Courier { client, present: self.present, ..Courier::new(self.session.clone(), self.lane) }
    }

    /// Waits.
    ///
    /// # Errors
    /// The run had to end meanwhile.
    pub async fn pause(&self, time: Duration) -> Result<(), Halt> {
        self.session.pause(time).await
    }

    /// Whether what the target says may be repeated.
    pub fn quotes(&self) -> bool {
        self.session.quotes()
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
        let url = format!("{}{path}", self.session.base_url);
        request::documented((method, url), lines, &self.session.headers, body)
    }

    /// A GET of a URL that the target gave; the gate decides whether it is sent.
    pub fn outgoing_to(&self, url: String) -> Outgoing {
        request::documented(("GET", url), &[], &self.session.headers, None)
    }

    /// A read of an appointment.
    pub fn read_of(&self, id: &str) -> Outgoing {
        self.outgoing("GET", &format!("/Appointment/{id}"), &[], None)
    }

    /// Sends a request and records it. What meets a passing outage, a 500 or a connection that closes (C-45) is sent again,
    /// after the time that the target asks for, and what is throttled more often; but not in a race, whose requests are
    /// sent together or not at all.
    ///
    /// # Errors
    /// The run has to stop.
    pub async fn send(
        &mut self,
        outgoing: Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
    ) -> Result<ExchangeId, Halt> {
        let reads = matches!(outgoing.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let mut attempt = 0;
        loop {
            let id = self.send_once(&outgoing, purpose, appointment.clone(), &mut attempt).await?;
            let most = match (purpose, self.exchange(id).status().map(StatusCode::get)) {
                (Purpose::Race, _) => 1,
                (_, Some(429)) => MOST_THROTTLED,
                _ => MOST_SENT,
            };
            let pause = if attempt < most { pause(&self.exchange(id).reply) } else { None };
            match pause {
                Some(pause) => self.session.pause(pause).await?,
                None => {
                    if reads && may_look_out(purpose) && is_silence(&self.exchange(id).reply) {
                        self.look_out(&outgoing).await?;
                    }
                    return Ok(id);
                }
            }
        }
    }

    /// Sends a request once and records it; `attempt` counts how often it was sent. A target that was reached before and
    /// cannot be connected to is given the time of a restart, and nothing was sent until then.
    ///
    /// # Errors
    /// The run has to stop; where the request itself was sent, it is recorded.
    pub async fn send_once(
        &mut self,
        outgoing: &Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
        attempt: &mut u32,
    ) -> Result<ExchangeId, Halt> {
        let again = appointment.clone();
        let mut exchange = self.exchanged(outgoing, purpose, appointment.clone()).await?;
        if may_look_out(purpose) && is_unconnected(&exchange.reply) && self.look_out(outgoing).await? {
            *attempt += 1;
            exchange.attempt = *attempt;
            self.sent(exchange);
            exchange = self.exchanged(outgoing, purpose, appointment).await?;
        }
        if may_ask_again(purpose) && self.is_denied(outgoing, &exchange) {
            *attempt += 1;
            exchange.attempt = *attempt;
            self.sent(exchange);
            self.session.tokens.drop_rejected(self.shown.as_deref().unwrap_or_default());
            exchange = self.exchanged(outgoing, purpose, again).await?;
            if self.is_denied(outgoing, &exchange) {
                let url = exchange.request.url.strip_prefix(&self.session.base_url).unwrap_or(&exchange.request.url);
                let sentence = format!(
                    "the target no longer accepts the credentials of the run: {} {url} got 401 twice in a row{}",
                    exchange.request.method,
                    if self.session.tokens.can_renew() { ", the second time with a token fetched for it" } else { "" }
                );
                self.session.stop_at_dead_end(StopReason::Denied, sentence);
            }
        }
        *attempt += 1;
        exchange.attempt = *attempt;
        let is_dropped = exchange.is_dropped();
        let id = self.sent(exchange);
        if is_dropped || (self.session.is_stopped() && *attempt > 1) {
            return Err(Halt::Stopped);
        }
        Ok(id)
    }

    /// Sends a request and gives what is to be recorded of it.
    async fn exchanged(
        &mut self,
        outgoing: &Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
    ) -> Result<Exchange, Halt> {
        let session = self.session.clone();
        session.gate.check(outgoing).map_err(Halt::Cannot)?;
        if !self.is_admitted {
            session.take_turn(1).await?;
        }
        let mut real = self.authorized(outgoing).await?.into_owned();
        real.trace = Some(session.next_trace());
        let _room = if self.is_admitted { None } else { session.take_room().await? };
        if !session.may_send() {
            return Err(Halt::Stopped);
        }
        let ask = session.journal.before(outgoing, purpose, appointment.as_deref()).map_err(Halt::Cannot)?;
        let begin = Instant::now();
        let reply = match ask {
            Some(ask) if session.journal.cleans_up => self.sent_to_its_end(real.clone(), ask).await,
            Some(_) | None => tokio::select! {
                reply = self.client.send(&real) => reply,
                () = session.ended() => dropped(),
            },
        };
        session.pace.note(begin, &reply, self.is_admitted);
        let mut exchange = self.taken_down(outgoing, purpose, appointment, (begin, Instant::now()), reply);
        exchange.trace = real.trace;
        if self.is_at_base(outgoing) {
            session.last_sent.note(&exchange);
        }
        Ok(exchange)
    }

    /// Sends a request that makes an appointment. Where the run has to end, nobody here waits for the response, but the
    /// clean-up does, for a while: it says what there is to clean up.
    async fn sent_to_its_end(&self, real: Outgoing, ask: u64) -> Reply {
        let (session, client) = (self.session.clone(), self.client.clone());
        let mut sending = tokio::spawn(async move {
            let reply = client.send(&real).await;
            session.journal.after(ask, &reply);
            reply
        });
        tokio::select! {
            reply = &mut sending => reply.unwrap_or_else(|_| dropped()),
            () = self.session.ended() => {
                self.session.journal.wait_for(sending);
                dropped()
            }
        }
    }

    /// What is kept of a request and its response.
    pub(super) fn taken_down(
        &self,
        outgoing: &Outgoing,
        purpose: Purpose,
        appointment: Option<String>,
        (begin, end): (Instant, Instant),
        reply: Reply,
    ) -> Exchange {
        let session = &self.session;
        let micros = |instant| session.clock.micros(instant);
        Exchange {
            id: 0,
            lane: self.lane,
            purpose,
            appointment,
            at: session.clock.wall(begin),
            begin_us: micros(begin),
            end_us: micros(end),
            attempt: 1,
            request: SentRequest {
                method: outgoing.method.clone(),
                url: outgoing.url.clone(),
                headers: outgoing.headers.clone(),
                body: outgoing.body.clone().map_or(Payload::Empty, payload),
            },
            bound: outgoing.bound.as_deref().cloned(),
            trace: None,
            reply,
        }
    }

    /// Whether a request was rejected for the credentials of the run itself.
    fn is_denied(&self, outgoing: &Outgoing, exchange: &Exchange) -> bool {
        exchange.status().is_some_and(|status| status.get() == 401)
            && self.is_at_base(outgoing)
            && self.session.are_credentials_of_the_run(&outgoing.headers)
    }

    /// Whether a request goes to the base URL, and not to another endpoint beside it.
    fn is_at_base(&self, outgoing: &Outgoing) -> bool {
        outgoing.url.starts_with(&self.session.base_url)
    }

    /// Looks whether a target that was reached before still responds, and ends the run where it does not. `false` where
    /// that is no question: it was not reached yet, or the request went elsewhere.
    ///
    /// # Errors
    /// The run has to stop.
    async fn look_out(&mut self, outgoing: &Outgoing) -> Result<bool, Halt> {
        /// A server that is started again listens after one of these.
        const PAUSES: [u64; 3] = [0, 300, 1200];
        let session = self.session.clone();
        if !self.is_at_base(outgoing) || session.last_sent.is_none() {
            return Ok(false);
        }
        // One looks, and the others wait for what it sees.
        let _turn = session.look_out.lock().await;
        let probe = self.outgoing("GET", "/metadata", &[], None);
        let mut found = String::new();
        for (pause, attempt) in PAUSES.into_iter().zip(1..) {
            session.pause(Duration::from_millis(pause)).await?;
            let exchange = self.exchanged(&probe, Purpose::Preflight, None).await?;
            let (silent, is_dropped) = (is_silence(&exchange.reply), exchange.is_dropped());
            found = silence(&exchange.reply);
            self.sent(Exchange { attempt, ..exchange });
            if is_dropped {
                return Err(Halt::Stopped);
            }
            if !silent {
                return Ok(true);
            }
        }
        let since = session.last_sent.in_words(&session.base_url);
        let sentence = format!("the target stopped responding: {found}; the last request it was sent is {since}");
        session.stop_at_dead_end(StopReason::Gone, sentence);
        Err(Halt::Stopped)
    }

    /// Takes over what other couriers of the lane sent, in the order in which it was sent; gives the ids of what each of them
    /// sent to the API.
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
            // A token that was fetched on the way is no request of the client.
            let is_token = exchange.purpose == Purpose::Token;
            let id = self.record(exchange);
            if !is_token {
                ids[client].push(id);
            }
        }
        ids
    }

    /// Records a request that this courier sent itself.
    pub(super) fn sent(&mut self, exchange: Exchange) -> ExchangeId {
        let id = self.record(exchange);
        self.session.progress.request_done();
        id
    }

    fn record(&mut self, mut exchange: Exchange) -> ExchangeId {
        let id = ExchangeId::try_from(self.exchanges.len()).unwrap_or(ExchangeId::MAX);
        exchange.id = id;
        self.exchanges.push(exchange);
        self.sent_for.extend(self.present.map(|case| (id, case)));
        id
    }
}

fn dropped() -> Reply {
    Reply::Lost(Lost { kind: LostKind::Dropped, message: DROPPED.to_owned() })
}

/// Why there is no response to a request that was under way when the run had to end.
const DROPPED: &str = "the run had to end before the response came";

/// How often a request is sent at most that meets an outage, a 500 or a connection that closes (reading C-45).
pub(super) const MOST_SENT: u32 = 3;

/// Whether a request that meets silence asks whether the target is still there: not before it has responded to one, and
/// not between the requests of a race.
fn may_look_out(purpose: Purpose) -> bool {
    !matches!(purpose, Purpose::Preflight | Purpose::Race | Purpose::CleanUp)
}

/// Whether a request that is rejected for the credentials of the run is sent again at once: not in a race, and not where
/// the target only says who it is.
fn may_ask_again(purpose: Purpose) -> bool {
    !matches!(purpose, Purpose::Preflight | Purpose::Race)
}

/// How often a request is sent at most that the target throttles.
pub(super) const MOST_THROTTLED: u32 = 4;

fn is_unconnected(reply: &Reply) -> bool {
    matches!(reply, Reply::Lost(lost) if lost.kind == LostKind::NotConnected)
}

/// Whether nobody is there to respond: no connection, no response, or a gateway that says so.
fn is_silence(reply: &Reply) -> bool {
    match reply {
        Reply::Lost(_) => true,
        Reply::Received(received) => matches!(received.status.get(), 502..=504),
    }
}

/// What comes instead of a response, in words.
fn silence(reply: &Reply) -> String {
    match reply {
        Reply::Lost(lost) => lost.message.clone(),
        Reply::Received(received) => format!("GET /metadata gave {}", received.status),
    }
}

/// How long to wait before a request is sent again; `None` where its response stands.
pub(super) fn pause(reply: &Reply) -> Option<Duration> {
    /// A target may ask for longer, but a run does not stand still for it.
    const LONGEST: Duration = Duration::from_secs(10);
    match reply {
        Reply::Lost(lost) if lost.kind == LostKind::Broken => Some(Duration::ZERO),
        Reply::Lost(_) => None,
        Reply::Received(received) if received.status.get() == 500 => Some(Duration::ZERO),
        Reply::Received(received) if matches!(received.status.get(), 429 | 502 | 503 | 504) => {
            Some(asked(received).unwrap_or(Duration::from_millis(200)).min(LONGEST))
        }
        Reply::Received(_) => None,
    }
}
