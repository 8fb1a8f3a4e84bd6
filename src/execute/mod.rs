//! What is seen: the lanes of a plan sent to a target, every exchange recorded, nothing judged.

mod appointment;
mod clean_up;
mod clean_up_time;
mod client;
mod clock;
mod coding;
mod courier;
mod creation;
mod doctor;
mod entry;
pub mod evidence;
mod fit;
mod gate;
mod halt;
mod holder;
mod journal;
mod lane;
mod last_sent;
mod options;
mod pace;
mod panics;
mod pool;
mod preflight;
mod race;
mod rebuilt;
mod rejection;
mod request;
mod retry_after;
mod rich;
mod second_look;
mod secrets;
mod sequences;
mod session;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

pub use appointment::{opaque, version};
pub use clean_up::{CleanedUp, clean_up};
pub use client::Limits;
#[cfg(any(test, feature = "fuzz"))]
pub use client::read_response;
pub use clock::instant;
pub use creation::{creations, made_id};
pub use doctor::{Diagnosis, StepState, examine};
pub use holder::next_page;
pub use options::{Options, ProgressListener, RunError, StopReceiver, StopSignal};
pub use pace::{PaceLimits, PaceTaken, RateHistory};
pub use rebuilt::{rebuilt, rebuilt_as_documented};
pub use sequences::{Reserved, Walked, Walker};
pub use tokens::DISCOVERY;

use std::sync::Arc;

use evidence::{Evidence, Exchange, ListsRun, NotRun, NotRunKind, Trial};
use halt::Halt;
use lane::Driver;
use panics::caught;
use pool::FixtureSource;
use session::Session;

use crate::plan::{Act, CaseIndex, Plan};
use crate::sut::Profile;

/// A run that has begun; what is sent later shares its client, its budget and its fixtures.
pub struct StartedRun {
    session: Arc<Session>,
}

impl StartedRun {
    /// A worker for generated lists.
    pub fn walker(&self, number: u32) -> Walker {
        Walker::new(&self.session, number)
    }

    /// Lets go of exchanges that are not kept: they no longer count toward what a run keeps.
    pub fn release(&self, exchanges: &[Exchange]) {
        self.session.client.release(exchanges.iter().map(Exchange::size).sum());
    }

    /// Everything that was seen, without the secrets of the run and those that its target sent. It goes one exchange after
    /// another, so that little of it is held twice.
    pub fn evidence_without_secrets(&self, mut evidence: Evidence) -> Evidence {
        let secrets = self.session.secrets().with_cookies_of(&evidence);
        let exchanges = std::mem::take(&mut evidence.exchanges);
        let rest = secrets.nowhere(evidence);
        let without = |exchange| secrets.in_exchange(exchange, &self.session.headers);
        Evidence { exchanges: exchanges.into_iter().map(without).collect(), ..rest }
    }

    /// Whether nothing of what was seen is a secret or looks like one, so that it can be recorded as it is.
    pub fn has_nothing_to_hide(&self, evidence: &Evidence) -> bool {
        let secrets = self.session.secrets().with_cookies_of(evidence);
        let stays = |exchange: &Exchange| secrets.in_exchange(exchange.clone(), &self.session.headers) == *exchange;
        !secrets.has_some() && evidence.exchanges.iter().all(stays)
    }

    /// The lists that the target did not live to see, where it stopped responding while lists were sent.
    pub fn unreached(&self, seen: &Evidence) -> Vec<NotRun> {
        let Some(kind) = self.session.stop_reason().filter(|reason| reason.is_of_target()).map(|reason| reason.kind())
        else {
            return Vec::new();
        };
        let why = self.session.why_stopped();
        let is_new = |run: &&ListsRun| !seen.not_run.iter().any(|not_run| not_run.case == run.case);
        let stopped = seen.lists.iter().filter(|run| run.trouble.as_deref() == Some(why)).filter(is_new);
        stopped.map(|run| NotRun { case: run.case.clone(), kind, reason: why.to_owned() }).collect()
    }

    /// When the run began, RFC 3339 with milliseconds.
    pub fn started(&self) -> String {
        self.session.clock.began()
    }

    /// This instant on the clock of the run, RFC 3339 with milliseconds.
    pub fn now(&self) -> String {
        self.session.clock.wall(std::time::Instant::now())
    }

    /// The header lines that every request of the run carries, as they are recorded.
    pub fn configured(&self) -> Vec<(String, String)> {
        self.session.secrets().in_headers(&self.session.headers, &self.session.headers)
    }

    /// The pace that the run took.
    pub fn pace(&self) -> PaceTaken {
        self.session.pace.taken()
    }

    /// The limit that ended the run before its plan was done, in words.
    pub fn cut(&self) -> Option<&'static str> {
        let is_limit = |reason: &session::StopReason| reason.kind() == NotRunKind::Limit;
        self.session.stop_reason().filter(is_limit).map(session::StopReason::text)
    }

    /// Anything that is to be recorded, without the secrets of the run.
    pub fn without_secrets<T: serde::Serialize + serde::de::DeserializeOwned>(&self, value: T) -> T {
        self.session.secrets().nowhere(value)
    }
}

/// Sends the lanes and loose cases of a plan to a target.
///
/// # Errors
/// The target cannot be reached or is no FHIR server; then no case was tried.
pub async fn run(
    plan: Arc<Plan>,
    profile: &Profile,
    options: &Options,
    progress: Arc<dyn ProgressListener>,
    stop: StopReceiver,
) -> Result<(Evidence, StartedRun), RunError> {
    let session = Arc::new(Session::new(plan.clone(), profile, options, progress, stop)?);
    let mut evidence = Evidence::default();
    let mut first = Driver::new(session.clone(), 0);
    let listed = session.pool.any_listed().map(|id| id.to_string());
    let preflight = preflight::preflight(&mut first.holder.courier, &session.base_url, listed).await;
    first.finish(&mut evidence);
    session.pool.note_deletes(evidence.exchanges.first().is_some_and(preflight::lists_delete));
    // This is printed, and not recorded.
    let preflight = preflight.map_err(|error| error.map_texts(|text| session.secrets().mask(text)));
    if let Some(sentence) = preflight? {
        session.stop_at_dead_end(session::StopReason::ShutOut, sentence);
        report_missing(&plan, &session, &mut evidence);
        return Ok((evidence, StartedRun { session }));
    }

    let mut reserved = session.pool.reserve(plan.lanes.iter().map(|lane| lane.start));
    let mut opener = Driver::new(session.clone(), 1);
    let opened = match plan.lanes.first() {
        Some(lane) => caught(opener.open(lane, reserved.first_mut().and_then(Option::take))).await,
        None => Ok(Ok(())),
    };
    if matches!(opened, Ok(Err(Halt::Cannot(_)))) {
        let others = reserved.iter().flatten().cloned().collect();
        let _ = caught(opener.knock(others, &evidence)).await;
    }
    if session.is_stopped() || session.headline().is_some() {
        opener.finish(&mut evidence);
        end_early(&plan, &session, &mut evidence).await;
        return Ok((evidence, StartedRun { session }));
    }
    // What a server may lock an account for comes last.
    let lanes = 0..plan.lanes.len();
    let (last, first): (Vec<usize>, Vec<usize>) = lanes.partition(|lane| *lane > 0 && plan.tries_other_callers(*lane));
    let loose = Driver::new(session.clone(), u32::try_from(plan.lanes.len()).unwrap_or(u32::MAX).saturating_add(1));
    let begun = LanesBegun { opener: Some((opener, opened)), loose: Some(loose) };
    go_on(&plan, &session, options.jobs, (begun, &first), &mut reserved, &mut evidence).await;
    race::all(&plan, &session, &mut evidence).await;
    go_on(&plan, &session, options.jobs, (LanesBegun::default(), &last), &mut reserved, &mut evidence).await;
    second_look::all(&plan, &session, &mut evidence).await;
    report_missing(&plan, &session, &mut evidence);
    Ok((evidence, StartedRun { session }))
}

/// What is left of a run whose first PATCH was not accepted: a version that is not accepted leaves what needs none.
async fn end_early(plan: &Plan, session: &Arc<Session>, evidence: &mut Evidence) {
    if !session.is_stopped() {
        let mut loose = Driver::new(session.clone(), 2);
        if let Err(reason) = caught(loose.loose(&plan.loose)).await {
            loose.fail(&reason, plan.loose.iter().copied());
        }
        loose.finish(evidence);
        session.stop_not_accepted();
    }
    report_missing(plan, session, evidence);
}

/// How the first act of a run came out; the text says how the harness failed, where it did.
type OpenedLane = Result<Result<(), Halt>, String>;

/// What of a run has begun before its lanes.
#[derive(Default)]
struct LanesBegun {
    /// The first lane, and how it began.
    opener: Option<(Driver, OpenedLane)>,
    /// What is to send what belongs to no lane.
    loose: Option<Driver>,
}

/// These lanes, and what belongs to none.
async fn go_on(
    plan: &Plan,
    session: &Arc<Session>,
    jobs: usize,
    (begun, lanes): (LanesBegun, &[usize]),
    reserved: &mut [Option<FixtureSource>],
    evidence: &mut Evidence,
) {
    let LanesBegun { mut opener, loose } = begun;
    let permits = Arc::new(tokio::sync::Semaphore::new(jobs.max(1)));
    let mut running = Vec::new();
    for index in lanes.iter().copied() {
        let (session, permits, lane) = (session.clone(), permits.clone(), plan.lanes[index].clone());
        let start = reserved.get_mut(index).and_then(Option::take);
        let opened = opener.take();
        running.push(tokio::spawn(async move {
            let _permit = permits.acquire_owned().await;
            if let Some((mut driver, opened)) = opened {
                let gone_on = match opened {
                    Ok(opened) => caught(driver.go_on(&lane, opened)).await,
                    Err(reason) => Err(reason),
                };
                if let Err(reason) = gone_on {
                    driver.fail(&reason, lane.acts.iter().flat_map(Act::cases));
                }
                return driver;
            }
            let mut driver = Driver::new(session, u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1));
            if let Err(reason) = caught(driver.live(&lane, start)).await {
                driver.fail(&reason, lane.acts.iter().flat_map(Act::cases));
            }
            driver
        }));
    }
    let mut loose = loose;
    if let Some(loose) = &mut loose
        && let Err(reason) = caught(loose.loose(&plan.loose)).await
    {
        loose.fail(&reason, plan.loose.iter().copied());
    }
    for (index, running) in lanes.iter().zip(running) {
        match running.await {
            Ok(driver) => driver.finish(evidence),
            // The runtime itself gave the lane up, and what it saw is lost.
            Err(error) => {
                let reason = format!("the harness failed: {error}");
                let kind = NotRunKind::HarnessFailed;
                let cases = plan.lanes[*index].acts.iter().flat_map(Act::cases);
                let cases = cases.map(|index| plan.cases[index].head.id.clone());
                evidence.not_run.extend(cases.map(|case| NotRun { case, kind, reason: reason.clone() }));
            }
        }
    }
    if let Some(loose) = loose {
        loose.finish(evidence);
    }
}

/// Every planned case that has no attempt says why.
fn report_missing(plan: &Plan, session: &Session, evidence: &mut Evidence) {
    let mut seen: std::collections::BTreeSet<_> = evidence.trials.iter().map(|trial| trial.case.clone()).collect();
    seen.extend(evidence.not_run.iter().map(|not_run| not_run.case.clone()));
    let (kind, reason) = match session.stop_reason() {
        Some(reason) if reason.is_of_target() => (reason.kind(), session.why_stopped().to_owned()),
        Some(reason) => (reason.kind(), format!("{} before its turn came", reason.text())),
        None => (NotRunKind::HarnessFailed, "the run ended before its turn came".to_owned()),
    };
    // What was under way when the target stopped responding is in a trial that has no end.
    if kind == NotRunKind::Gone {
        let halted = |trial: &&Trial| {
            let halted = trial.attempt().and_then(|attempt| attempt.seen.halted.as_deref());
            halted == Some(session.why_halted())
        };
        let cases: std::collections::BTreeSet<_> =
            evidence.trials.iter().filter(halted).map(|trial| trial.case.clone()).collect();
        evidence.not_run.extend(cases.into_iter().map(|case| NotRun { case, kind, reason: reason.clone() }));
    }
    // Lists record themselves what kept them; what explains the whole run is beside it.
    let presupposed = kind.is_headline();
    let lists = plan.lists().filter(|_| presupposed).map(|(head, _)| &head.id);
    let planned = plan.lanes.iter().flat_map(|lane| lane.acts.iter()).flat_map(Act::cases);
    let planned: Vec<CaseIndex> = planned.chain(plan.loose.iter().copied()).collect();
    for id in planned
        .into_iter()
        .map(|index| &plan.cases[index].head.id)
        .chain(plan.races().map(|(head, _)| &head.id))
        .chain(lists)
    {
        if !seen.contains(id) {
            evidence.not_run.push(NotRun { case: id.clone(), kind, reason: reason.clone() });
        }
    }
}
