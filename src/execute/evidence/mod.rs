//! What was seen: requests as sent, responses as received, and which of them belong to which case. No opinions.

mod bound;
mod exchange;
mod list;
mod moving;
mod owners;
mod round;
mod steps;
mod trial;

pub use bound::Bound;
pub use exchange::{
    Exchange, ExchangeId, Lost, LostKind, Payload, Purpose, Reply, Response, SentRequest, size_of_lines,
};
pub use list::{
    Block, ListStep, ListTrial, ListsRun, NO_EARLIER_VERSION, NO_ETAG_YET, NO_VERSION, NOTHING_ACCEPTED, NotKept,
    Shrunk, Side, StepResult, is_out_of_place,
};
pub use moving::Moving;
pub use owners::{Misplaced, Owner, in_lists, owners, sendings};
pub use round::RaceRound;
pub use steps::{Bystander, ControlSeen, StepSeen, StepsTrial, TagOrigin};
pub use trial::{Attempt, Trial, TrialKind};

use serde::{Deserialize, Serialize};

use crate::plan::CaseId;
use crate::suite::scenario::Fixture;
use crate::sut::FixtureEnd;

/// Everything a run saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// In one id space: the id of an exchange is its place here.
    pub exchanges: Vec<Exchange>,
    /// What was done for each case; they point into the exchanges.
    pub trials: Vec<Trial>,
    /// How the generated lists of each case were sent.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lists: Vec<ListsRun>,
    pub batches: Vec<Batch>,
    pub not_run: Vec<NotRun>,
    pub fixtures: Vec<FixtureUse>,
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

/// What keeps a planned case from being run; it decides between `error`, `inconclusive` and `not-tested` (design section 4.6).
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
    /// It presupposes that the plain documented PATCH is accepted, and that was not so.
    NotAccepted,
    /// Not one appointment could be had, so that nothing can be said of the target.
    ShutOut,
    /// The target stopped responding before its turn came.
    Gone,
    /// The target no longer accepted the credentials of the run when its turn came.
    Denied,
}

impl NotRunKind {
    /// Whether it says something of the target that explains the whole run.
    pub const fn is_headline(self) -> bool {
        match self {
            NotRunKind::NotAccepted | NotRunKind::ShutOut | NotRunKind::Gone | NotRunKind::Denied => true,
            NotRunKind::HarnessFailed | NotRunKind::Limit | NotRunKind::Interrupted | NotRunKind::Unavailable => false,
        }
    }
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
    /// What became of it at the end of the run, where the run made it and cleaned up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<FixtureEnd>,
}

impl Evidence {
    /// Adds what was seen later, with ids that continue these.
    pub fn append(&mut self, mut later: Evidence) {
        let by = ExchangeId::try_from(self.exchanges.len()).unwrap_or(ExchangeId::MAX);
        later.exchanges.iter_mut().for_each(|exchange| exchange.id += by);
        later.trials.iter_mut().for_each(|trial| trial.shift(by));
        let trials = u32::try_from(self.trials.len()).unwrap_or(u32::MAX);
        later.lists.iter_mut().flat_map(|run| &mut run.shrunk).for_each(|shrunk| shrunk.trial += trials);
        later.batches.iter_mut().for_each(|batch| batch.shift(by));
        self.exchanges.append(&mut later.exchanges);
        self.trials.append(&mut later.trials);
        self.lists.append(&mut later.lists);
        self.batches.append(&mut later.batches);
        self.not_run.append(&mut later.not_run);
        self.fixtures.append(&mut later.fixtures);
    }

    /// Takes away what was sent to clean up, at the end of the run: nothing is judged by it.
    pub fn split_off_clean_up(&mut self) -> Vec<Exchange> {
        let begin = clean_up_begin(&self.exchanges);
        self.exchanges.split_off(begin)
    }

    /// What explains the run as a whole: that the first PATCH was not accepted, or that the target let nothing in or
    /// stopped responding.
    pub fn headline(&self) -> Option<&str> {
        let not_run = self.not_run.iter().find(|not_run| not_run.kind.is_headline());
        not_run.map(|not_run| not_run.reason.as_str())
    }

    /// Whether an attempt at a case says nothing of the contract, because of an overload or an outage: a response to it or to
    /// a read around it is 429, 502, 503 or 504, or none came in time.
    pub fn is_hindered(&self, attempt: &StepsTrial) -> bool {
        let ids =
            attempt.steps.iter().flat_map(|step| [Some(step.exchange), step.before, step.first_after, step.after]);
        let says_nothing = |exchange: &Exchange| match &exchange.reply {
            Reply::Received(received) => matches!(received.status.get(), 429 | 502..=504),
            Reply::Lost(lost) => lost.kind == LostKind::TimedOut,
        };
        ids.flatten().filter_map(|id| self.exchanges.get(id as usize)).any(says_nothing)
    }

    /// Requests that were sent, those of lists that are only counted included.
    pub fn requests(&self) -> usize {
        let shrinking = self.lists.iter().flat_map(|run| &run.shrunk).map(|shrunk| shrunk.requests);
        let counted = shrinking.chain(self.lists.iter().map(|run| run.not_kept.requests));
        counted
            .fold(self.exchanges.len(), |sum, count| sum.saturating_add(usize::try_from(count).unwrap_or(usize::MAX)))
    }
}

/// The place of the first exchange of the clean-up, tokens for it included; the number of exchanges where there was none.
pub fn clean_up_begin(exchanges: &[Exchange]) -> usize {
    let of_clean_up = exchanges.iter().filter(|exchange| exchange.purpose == Purpose::CleanUp);
    let lanes: std::collections::BTreeSet<u32> = of_clean_up.map(|exchange| exchange.lane).collect();
    exchanges.iter().position(|exchange| lanes.contains(&exchange.lane)).unwrap_or(exchanges.len())
}

impl Batch {
    fn shift(&mut self, by: ExchangeId) {
        self.tries.iter_mut().for_each(|id| *id += by);
        let around = [&mut self.before, &mut self.after, &mut self.control];
        around.into_iter().flatten().for_each(|id| *id += by);
    }
}
