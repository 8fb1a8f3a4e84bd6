//! Runs races: each client on a separate connection, opened before the barrier, on one monotonic clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;

use super::appointment::{Appointment, opaque, version};
use super::client::{Client, Outgoing};
use super::courier::Courier;
use super::evidence::{
    Evidence, Exchange, ExchangeId, NO_VERSION, NotRun, NotRunKind, Purpose, RaceRound, Trial, TrialKind,
};
use super::lane::{Driver, Halt};
use super::panics::caught;
use super::request;
use super::session::Session;
use crate::plan::{Head, Plan, Precondition, Race, Racer, RequestTemplate};
use crate::suite::scenario::{Contest, Release};

/// Rounds added where requests did not overlap.
const REPEATED: u32 = 3;
/// Rounds added where nobody won (CONC-04).
const RERUN: u32 = 1;
/// Rounds added where the server failed over a request (reading C-45), or where someone else may have written.
const FAILED_OVER: u32 = 5;

/// Runs all races of a plan, one at a time, after everything else is quiet.
pub(super) async fn all(plan: &Plan, session: &Arc<Session>, evidence: &mut Evidence) {
    let mut crew = Vec::new();
    for (number, (head, race)) in plan.races().enumerate() {
        let lane = u32::try_from(plan.lanes.len() + 2 + number).unwrap_or(u32::MAX);
        let mut driver = Driver::new(session.clone(), lane);
        let place = plan.cases.iter().position(|case| case.head.id == head.id);
        driver.holder.courier.present = place;
        let ended = caught(driver.race(head, race, &mut crew)).await.unwrap_or_else(|reason| {
            driver.fail(&reason, place.into_iter());
            Ok(())
        });
        if let (Err(Halt::Cannot(reason)), true) = (&ended, driver.trials.is_empty()) {
            driver.not_run.push(NotRun {
                case: head.id.clone(),
                kind: NotRunKind::Unavailable,
                reason: reason.clone(),
            });
        }
        session.progress.case_done();
        driver.finish(evidence);
        if matches!(ended, Err(Halt::Stopped)) {
            return;
        }
    }
}

/// What the clients sent, and whether each of them sent all it had to.
struct Together {
    warm: Vec<ExchangeId>,
    clients: Vec<Vec<ExchangeId>>,
    complete: Result<(), Halt>,
    /// The harness failed in a client, and how.
    failed: Option<String>,
}

/// One request of a client, before the race.
struct Task {
    appointment: String,
    requests: Vec<Outgoing>,
}

impl Driver {
    /// Runs the rounds of one race, and more where they tell nothing.
    async fn race(&mut self, head: &Head, race: &Race, crew: &mut Vec<Client>) -> Result<(), Halt> {
        self.session.pace.check_room(race.clients.len()).map_err(Halt::Cannot)?;
        while crew.len() < race.clients.len() {
            let client = self.session.client.beside(&self.session.base_url, 1);
            crew.push(client.map_err(Halt::Cannot)?);
        }
        let (mut wanted, mut repeated, mut rerun, mut failed_over) = (u32::from(race.rounds), 0, 0, 0);
        let mut round = 0;
        while round < wanted {
            round += 1;
            self.round(head, race, round, crew).await?;
            let Some(seen) = self.trials.last().and_then(Trial::round) else { continue };
            let won = seen.clients.iter().flatten().any(|id| self.is_win(*id));
            let told = seen.is_whole(&self.holder.courier.exchanges) && !self.is_disturbed(seen);
            if !told && failed_over < FAILED_OVER {
                failed_over += 1;
                wanted += 1;
            } else if !seen.overlapped && repeated < REPEATED {
                repeated += 1;
                wanted += 1;
            } else if !won && race.contest == Contest::Version && rerun < RERUN {
                rerun += 1;
                wanted += 1;
            }
        }
        Ok(())
    }

    fn is_win(&self, id: ExchangeId) -> bool {
        let exchange = self.exchange(id);
        exchange.is_patch() && exchange.succeeded()
    }

    /// Whether what was contended for shows in the end a version that none of the contenders made.
    fn is_disturbed(&self, round: &RaceRound) -> bool {
        let shown = |id: &ExchangeId| version(self.exchange(*id)).map(|(tag, _)| opaque(&tag).to_owned());
        let sent = round.clients.iter().flatten().copied().chain([round.retried, round.then].into_iter().flatten());
        let sent: Vec<ExchangeId> = sent.filter(|id| self.exchange(*id).is_patch()).collect();
        let won = |id: &ExchangeId| self.exchange(*id).succeeded();
        let etag = |id: &ExchangeId| self.exchange(*id).received()?.header("etag").map(|tag| opaque(tag).to_owned());
        if sent.iter().any(|id| won(id) && etag(id).is_none()) {
            return false;
        }
        let made: Vec<String> = sent.iter().filter(|id| won(id)).filter_map(etag).collect();
        let known: Vec<String> = round.before.iter().filter_map(shown).chain(made).collect();
        let last = round.after.iter().chain(&round.last).filter_map(shown);
        last.into_iter().any(|version| !known.contains(&version))
    }

    async fn round(&mut self, head: &Head, race: &Race, round: u32, crew: &[Client]) -> Result<(), Halt> {
        let mut known = Vec::new();
        let mut before = Vec::new();
        for _ in 0..race.appointments() {
            self.fresh(race.fixture, race.needs_earlier_version()).await?;
            known.push(self.known()?);
            before.extend(self.live_read());
        }
        if race.contest == Contest::Slot {
            self.need_slot().await?;
        }
        let tasks = self.tasks(race, &known)?;
        let appointments: Vec<String> = known.iter().map(|known| known.id.clone()).collect();
        // The first request of each client goes together with those of the others, and is saved up for before connections are
        // opened, which would be idle meanwhile. What a reader sends after its first waits for its turn like any request.
        self.session.take_turn(u32::try_from(tasks.len()).unwrap_or(u32::MAX)).await?;
        let Together { warm, clients, complete, failed } = self.send_together(race, tasks, crew).await;
        let mut seen = RaceRound {
            round,
            appointments,
            before,
            warm,
            clients,
            after: Vec::new(),
            retried: None,
            then: None,
            last: None,
            overlapped: false,
            halted: None,
        };
        seen.overlapped = seen.overlap(&self.holder.courier.exchanges);
        let settled = match complete {
            Ok(()) => self.settle_round(race, &known, &mut seen).await,
            Err(halt) => {
                seen.halted = Some(match &halt {
                    Halt::Stopped => self.session.why_stopped().to_owned(),
                    Halt::Cannot(reason) => reason.clone(),
                });
                Err(halt)
            }
        };
        self.trials.push(Trial {
            case: head.id.clone(),
            lane: self.holder.courier.lane(),
            kind: TrialKind::Round(seen),
        });
        if let Some(reason) = failed {
            self.not_run.push(NotRun { case: head.id.clone(), kind: NotRunKind::HarnessFailed, reason });
        }
        settled
    }

    /// What every client sends, its first entry the request that opens its connection.
    fn tasks(&self, race: &Race, known: &[Appointment]) -> Result<Vec<Task>, Halt> {
        let appointment = |client: usize| known.get(client).or(known.first());
        let mut tasks = Vec::new();
        for (client, racer) in race.clients.iter().enumerate() {
            let Some(known) = appointment(client) else {
                return Err(Halt::Cannot("the race has no appointment".to_owned()));
            };
            let mut requests = vec![self.holder.courier.read_of(&known.id)];
            match racer {
                // Who names no version cannot lose against one.
                Racer::Writer { request }
                    if request.if_match.is_current() && known.tag.is_none() && race.contest == Contest::Version =>
                {
                    return Err(Halt::Cannot(NO_VERSION.to_owned()));
                }
                Racer::Writer { request } => requests.push(self.filled(request, known)?),
                Racer::Reader { times } => requests.extend((0..*times).map(|_| self.holder.courier.read_of(&known.id))),
            }
            tasks.push(Task { appointment: known.id.clone(), requests });
        }
        Ok(tasks)
    }

    fn filled(&self, request: &RequestTemplate, known: &Appointment) -> Result<Outgoing, Halt> {
        let built = request::fill(request, known, &self.bindings(known), self.session.door());
        built.map(|(outgoing, _)| outgoing).map_err(Halt::Cannot)
    }

    /// Sends what the clients have to send, together, and records it in the order in which it was sent.
    async fn send_together(&mut self, race: &Race, tasks: Vec<Task>, crew: &[Client]) -> Together {
        let barrier = Arc::new(Barrier::new(tasks.len()));
        let mut running = Vec::new();
        for (number, (task, client)) in tasks.into_iter().zip(crew).enumerate() {
            let (barrier, courier) = (barrier.clone(), self.holder.courier.beside(client.clone()));
            let delay = match race.release {
                Release::Barrier => Duration::ZERO,
                Release::Staggered(step) => Duration::from_micros(u64::from(step)) * u32::try_from(number).unwrap_or(0),
            };
            running.push(tokio::spawn(async move { take_part(courier, task, &barrier, delay).await }));
        }
        let mut failed = None;
        let mut sent = Vec::new();
        for running in running {
            let (exchanges, ended) =
                running.await.unwrap_or_else(|error| (Vec::new(), Err(format!("the harness failed: {error}"))));
            failed = failed.or(ended.err());
            sent.push(exchanges);
        }
        let mut clients = self.holder.courier.join(sent);
        // Of a round that is not complete, what each client sent stands as it is.
        if failed.is_some() || clients.iter().any(|ids| ids.len() < 2) {
            let complete = Err(failed.clone().map_or(Halt::Stopped, Halt::Cannot));
            return Together { warm: Vec::new(), clients, complete, failed };
        }
        let warm = clients.iter_mut().map(|ids| ids.remove(0)).collect();
        Together { warm, clients, complete: Ok(()), failed }
    }

    /// Reads back what the race left, and sends what comes after it.
    async fn settle_round(&mut self, race: &Race, known: &[Appointment], seen: &mut RaceRound) -> Result<(), Halt> {
        for (known, before) in known.iter().zip(seen.before.clone()) {
            self.resume(known, race.fixture, before);
            let made = self.made_of(known, seen);
            let old = version(self.exchange(before)).map(|(tag, _)| tag);
            seen.after.extend(self.read_winner(old.as_deref(), &made).await?);
            if race.contest != Contest::Version {
                self.leave();
            }
        }
        if race.contest != Contest::Version {
            return Ok(());
        }
        let locked = |id: &&ExchangeId| {
            let exchange = self.exchange(**id);
            exchange.is_patch() && exchange.status().is_some_and(|status| status.get() == 423)
        };
        if let Some(id) = seen.clients.iter().flatten().find(locked).copied() {
            let sent = self.exchange(id).request.clone();
            if let Some(document) = sent.body.json() {
                let tag = self.exchange(id).sent_header("if-match").map(str::to_owned);
                let form = tag.map_or(Precondition::Absent, |tag| Precondition::Lines(vec![tag]));
                let known = self.known()?;
                let again = RequestTemplate::document(document).with_if_match(form);
                let outgoing = self.filled(&again, &known)?;
                seen.retried = Some(self.send_as_racer(outgoing, &known.id).await?);
                seen.after.push(self.read().await?);
            }
        }
        if let Some(then) = &race.then {
            let known = self.known()?;
            let outgoing = self.filled(then, &known)?;
            seen.then = Some(self.send_as_racer(outgoing, &known.id).await?);
            seen.last = Some(self.read().await?);
        }
        Ok(())
    }

    /// The entity tags that winners on an appointment say they made.
    fn made_of(&self, known: &Appointment, seen: &RaceRound) -> Vec<String> {
        let sent = seen.clients.iter().flatten().map(|id| self.exchange(*id));
        let won = sent.filter(|sent| sent.appointment.as_deref() == Some(known.id.as_str()) && self.is_win(sent.id));
        won.filter_map(|sent| sent.received()?.header("etag").map(str::to_owned)).collect()
    }

    async fn send_as_racer(&mut self, outgoing: Outgoing, appointment: &str) -> Result<ExchangeId, Halt> {
        self.holder.courier.send(outgoing, Purpose::Race, Some(appointment.to_owned())).await
    }
}

/// Opens the connection, waits for the others, and sends; gives what was sent, and how the harness failed if it did.
async fn take_part(
    mut courier: Courier,
    task: Task,
    barrier: &Barrier,
    delay: Duration,
) -> (Vec<Exchange>, Result<(), String>) {
    let Task { appointment, requests } = task;
    let mut requests = requests.into_iter();
    let first = requests.next();
    let opened = caught(async {
        match first {
            Some(first) => courier.send(first, Purpose::Race, Some(appointment.clone())).await.map(drop),
            None => Err(Halt::Stopped),
        }
    })
    .await;
    // Whatever became of this client, the others wait for it.
    barrier.wait().await;
    courier.is_admitted = true;
    let ended = match opened {
        Ok(Err(_)) => Ok(()),
        Err(reason) => Err(reason),
        Ok(Ok(())) => caught(send_rest(&mut courier, requests, &appointment, delay)).await,
    };
    (courier.exchanges, ended)
}

/// Sends what comes after the release, as far as the run goes.
async fn send_rest(
    courier: &mut Courier,
    requests: impl Iterator<Item = Outgoing>,
    appointment: &str,
    delay: Duration,
) {
    if !delay.is_zero() && courier.pause(delay).await.is_err() {
        return;
    }
    for request in requests {
        let sent = courier.send(request, Purpose::Race, Some(appointment.to_owned())).await;
        courier.is_admitted = false;
        if sent.is_err() {
            return;
        }
    }
}
