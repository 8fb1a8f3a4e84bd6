//! What was seen: requests as sent, answers as received, and which of them belong to which case. No opinions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::{Bindings, CaseId};
use crate::suite::scenario::Fixture;
use crate::words::fhir::StatusCode;
use crate::words::json;

/// The place of an exchange in [`Evidence::exchanges`].
pub type ExchangeId = u32;

/// Everything a run saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// In one id space: the id of an exchange is its place here.
    pub exchanges: Vec<Exchange>,
    /// What was done for each case; they point into the exchanges.
    pub trials: Vec<Trial>,
    pub batches: Vec<Batch>,
    pub not_run: Vec<NotRun>,
    pub fixtures: Vec<FixtureUse>,
}

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Its place in the list of exchanges.
    pub id: ExchangeId,
    /// The lane it belongs to; 0 stands for requests outside any lane.
    pub lane: u32,
    /// Why the request was sent.
    pub purpose: Purpose,
    /// The appointment it concerns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub appointment: Option<String>,
    /// Wall clock at the start, RFC 3339 with milliseconds.
    pub at: String,
    /// Monotonic microseconds since the run began.
    pub begin_us: u64,
    /// Monotonic microseconds since the run began, when the response had been read or was lost.
    pub end_us: u64,
    /// 1 for the first time a request is sent.
    pub attempt: u32,
    /// The request as it went out.
    pub request: Sent,
    /// What came back.
    pub answer: Answer,
}

/// Why a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Is this a FHIR server at all?
    Preflight,
    /// Looks for slots or appointments.
    Search,
    /// Makes an appointment.
    Create,
    /// Leads an appointment to the state a case needs.
    Walk,
    /// Reads the appointment.
    Read,
    /// The request of a case that expects a refusal or leaves it open.
    Try,
    /// The request of a case that must succeed; it may control refusals before it, too.
    Advance,
    /// A documented request that belongs to no case and must succeed, so that what was refused before it counts.
    Control,
    /// A request of a client in a race, the one that opens its connection included.
    Race,
}

/// A request as it went out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The HTTP method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// In the order handed to the client; values of secrets are replaced.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip_serializing_if = "Payload::is_empty", default)]
    pub body: Payload,
}

/// Bytes of a body.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// No byte.
    #[default]
    Empty,
    /// The text of a body in UTF-8.
    Text(String),
    /// Not UTF-8.
    Base64(String),
}

impl Payload {
    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        matches!(self, Payload::Empty)
    }

    /// Bytes that it takes in memory.
    pub fn len(&self) -> usize {
        match self {
            Payload::Empty => 0,
            Payload::Text(text) | Payload::Base64(text) => text.len(),
        }
    }

    /// The text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        match self {
            Payload::Empty => Some(""),
            Payload::Text(text) => Some(text),
            Payload::Base64(_) => None,
        }
    }

    /// The JSON value, where it is one and not nested too deep.
    pub fn json(&self) -> Option<serde_json::Value> {
        json::read(self.text()?).ok()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A response came in.
    Received(Received),
    /// No response came in.
    Lost(Lost),
}

/// An answer as it came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The status code.
    pub status: StatusCode,
    /// The version of HTTP.
    pub version: String,
    /// Names in lower case (the client does not keep their case), one entry a line.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip_serializing_if = "Payload::is_empty", default)]
    pub body: Payload,
    /// The body was longer than the limit and is cut.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub cut: bool,
    /// The body is JSON nested deeper than [`json::MAX_DEPTH`] levels, and has no value for us.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub too_deep: bool,
}

/// No answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// How the response was lost.
    pub kind: LostKind,
    /// What went wrong, in words.
    pub message: String,
}

/// How an answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LostKind {
    /// Nothing was sent: the connection could not be made.
    NotConnected,
    /// No answer within the deadline; the request may have taken effect.
    TimedOut,
    /// The connection broke or the answer is not HTTP; the request may have taken effect.
    Broken,
}

impl Exchange {
    /// The answer, unless it was lost.
    pub fn received(&self) -> Option<&Received> {
        match &self.answer {
            Answer::Received(received) => Some(received),
            Answer::Lost(_) => None,
        }
    }

    /// The status code, unless the answer was lost.
    pub fn status(&self) -> Option<StatusCode> {
        self.received().map(|received| received.status)
    }

    /// Whether the answer is a success.
    pub fn succeeded(&self) -> bool {
        self.status().is_some_and(StatusCode::is_success)
    }

    /// The first value of a request header, by lower-case name.
    pub fn sent_header(&self, name: &str) -> Option<&str> {
        self.request.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the request acts as a PATCH: by its method, or as a POST that overrides it (APPT-HDR-11, APPT-HDR-12).
    pub fn is_patch(&self) -> bool {
        self.request.method.eq_ignore_ascii_case("PATCH")
            || (self.request.method == "POST"
                && (self.sent_header("x-http-method-override").is_some() || self.request.url.contains("_method=")))
    }
}

impl Received {
    /// The limit of patchproof that the body met, in words; what follows from the body is then not the target's doing.
    pub fn limit(&self) -> Option<&'static str> {
        match (self.cut, self.too_deep) {
            (true, _) => Some("the body is longer than patchproof keeps of one, and was cut"),
            (false, true) => Some("the body is JSON nested deeper than patchproof reads (10 000 levels)"),
            (false, false) => None,
        }
    }

    /// The first value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All values of a header.
    pub fn header_lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What was done once for one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The case.
    pub case: CaseId,
    /// The lane it was sent in.
    pub lane: u32,
    /// What was done.
    pub kind: TrialKind,
}

/// The kinds of trial: one for each kind of case that sends something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrialKind {
    /// The steps of an exchange case.
    Steps(StepsTrial),
    /// One round of a race.
    Round(RaceRound),
}

/// The steps of an exchange case together with the trial they are.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'e> {
    pub case: &'e CaseId,
    pub lane: u32,
    pub seen: &'e StepsTrial,
}

impl std::ops::Deref for Attempt<'_> {
    type Target = StepsTrial;

    fn deref(&self) -> &StepsTrial {
        self.seen
    }
}

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
/// purpose; a request that was sent for a case and is in no trial belongs to nothing.
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
            Purpose::Preflight | Purpose::Search => Some(Owner::Run),
            Purpose::Create | Purpose::Walk | Purpose::Read | Purpose::Control => Some(Owner::Fixture),
            Purpose::Try | Purpose::Advance | Purpose::Race => None,
        });
        if owner.is_none() {
            misplaced.push(Misplaced::Orphan(exchange.id));
        }
    }
    (owners, misplaced)
}

/// Pairs of places: a request, and the same request sent once more.
fn resent(exchanges: &[Exchange]) -> Vec<(usize, usize)> {
    let mut last: BTreeMap<(u32, u32, &str), usize> = BTreeMap::new();
    let mut pairs = Vec::new();
    for (place, exchange) in exchanges.iter().enumerate() {
        let key = |attempt| (exchange.lane, attempt, exchange.request.url.as_str());
        let before = exchange.attempt.checked_sub(1).and_then(|attempt| last.get(&key(attempt)).copied());
        pairs.extend(before.filter(|first| exchanges[*first].request == exchange.request).map(|first| (first, place)));
        // A read between two sendings of one write has the same URL.
        if exchange.request.method != "GET" || exchange.purpose == Purpose::Read {
            last.insert(key(exchange.attempt), place);
        }
    }
    pairs
}

impl Trial {
    /// The requests that were sent for the case itself, without the reads around them and the controls after them.
    fn sent(&self) -> Box<dyn Iterator<Item = ExchangeId> + '_> {
        match &self.kind {
            TrialKind::Steps(seen) => Box::new(seen.steps.iter().map(|step| step.exchange)),
            TrialKind::Round(round) => Box::new(
                round.warm.iter().chain(round.clients.iter().flatten()).copied().chain(round.retried).chain(round.then),
            ),
        }
    }

    /// The trial as one of steps, where it is one.
    pub fn attempt(&self) -> Option<Attempt<'_>> {
        match &self.kind {
            TrialKind::Steps(seen) => Some(Attempt { case: &self.case, lane: self.lane, seen }),
            TrialKind::Round(_) => None,
        }
    }

    /// The trial as the round of a race, where it is one.
    pub fn round(&self) -> Option<&RaceRound> {
        match &self.kind {
            TrialKind::Round(round) => Some(round),
            TrialKind::Steps(_) => None,
        }
    }

    /// Moves all ids, when the exchanges move.
    pub(super) fn shift(&mut self, by: ExchangeId) {
        match &mut self.kind {
            TrialKind::Steps(seen) => seen.shift(by),
            TrialKind::Round(round) => round.shift(by),
        }
    }
}

/// One execution of the steps of an exchange case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepsTrial {
    /// The appointment that the steps address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub appointment: Option<String>,
    /// The state in which the case found its appointment.
    pub state: Fixture,
    /// Repeated on an appointment of its own after the control of its batch failed.
    pub alone: bool,
    /// The steps that were sent.
    pub steps: Vec<StepSeen>,
    /// The control of the refusals.
    pub control: ControlSeen,
    /// An appointment that no step addresses, where the case watches one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bystander: Option<super::trail::Bystander>,
    /// Why the steps after these were not sent, where they could not be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub halted: Option<String>,
}

impl StepsTrial {
    fn shift(&mut self, by: ExchangeId) {
        for step in &mut self.steps {
            step.shift(by);
        }
        match &mut self.control {
            ControlSeen::Exchange(id) | ControlSeen::Twin(id) => *id += by,
            ControlSeen::NotNeeded | ControlSeen::Missing(_) => {}
        }
    }
}

/// The requests of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSeen {
    /// The request of the step.
    pub exchange: ExchangeId,
    /// The last read before it.
    pub before: Option<ExchangeId>,
    /// The first read after it.
    pub first_after: Option<ExchangeId>,
    /// The last read after it that belongs to it.
    pub after: Option<ExchangeId>,
    /// What `$names` stood for.
    pub bindings: Bindings,
    /// Where the tag in If-Match came from.
    pub tag: TagOrigin,
}

impl StepSeen {
    fn shift(&mut self, by: ExchangeId) {
        self.exchange += by;
        for id in [&mut self.before, &mut self.first_after, &mut self.after].into_iter().flatten() {
            *id += by;
        }
    }
}

/// Where the tag in an If-Match came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TagOrigin {
    /// The response of the patch before.
    PreviousPatch,
    /// The ETag of a read.
    Read,
    /// The version id of the resource.
    VersionId,
    /// Not the current version as a server names it.
    Other,
}

/// The control of a refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlSeen {
    /// The case needs none.
    NotNeeded,
    /// This exchange, with the tag from before the refusals.
    Exchange(ExchangeId),
    /// An accepted request elsewhere in the run; the tag was still current at this read.
    Twin(ExchangeId),
    /// There was none, and why.
    Missing(String),
}

/// Refusals on one appointment that share their reads and their control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The lane.
    pub lane: u32,
    /// The appointment.
    pub appointment: String,
    /// The requests that had to be rejected.
    pub tries: Vec<ExchangeId>,
    /// The read before them.
    pub before: Option<ExchangeId>,
    /// The read after them.
    pub after: Option<ExchangeId>,
    /// The request after them that had to succeed.
    pub control: Option<ExchangeId>,
}

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

    /// Whether a write was under way together with another client's: with another write, where several write.
    pub fn overlap(&self, exchanges: &[Exchange]) -> bool {
        let seen = |id: &ExchangeId| exchanges.get(*id as usize);
        let clients: Vec<Vec<&Exchange>> =
            self.clients.iter().map(|own| own.iter().filter_map(seen).collect()).collect();
        let writers = clients.iter().filter(|own| own.iter().any(|own| own.is_patch())).count();
        let overlap = |one: &Exchange, other: &Exchange| one.begin_us < other.end_us && other.begin_us < one.end_us;
        let all = || clients.iter().enumerate().flat_map(|(client, own)| own.iter().map(move |own| (client, *own)));
        all().filter(|(_, own)| own.is_patch()).any(|(client, own)| {
            all()
                .filter(|(other, second)| *other != client && (writers < 2 || second.is_patch()))
                .any(|(_, second)| overlap(own, second))
        })
    }

    /// Moves all ids, when the exchanges move.
    fn shift(&mut self, by: ExchangeId) {
        let clients = self.clients.iter_mut().flatten();
        let around = self.before.iter_mut().chain(&mut self.warm).chain(clients).chain(&mut self.after);
        let rest = [&mut self.retried, &mut self.then, &mut self.last].into_iter().flatten();
        around.chain(rest).for_each(|id| *id += by);
    }
}

/// A case that was planned and not run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotRun {
    /// The case.
    pub case: CaseId,
    /// What kept it from being run.
    pub kind: NotRunKind,
    /// Why it was not run.
    pub reason: String,
}

/// What keeps a planned case from being run; it decides between `error` and `not-tested` (design section 4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotRunKind {
    /// The harness failed.
    HarnessFailed,
    /// A limit of patchproof was met: requests, time or bytes.
    Limit,
    /// The run was interrupted before its turn came.
    Interrupted,
    /// Something that it needs could not be had: an appointment in its state, a slot, a token, or a request that can be built.
    Unavailable,
}

/// An appointment that a run touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixtureUse {
    /// The id of the appointment.
    pub id: String,
    /// The state in which it was handed out.
    pub start: Fixture,
    /// Whether the run made it.
    pub made: bool,
    /// The status last read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<String>,
}
