//! What one list came to: where it was not as the contract has it, what was kept, and what could not be judged.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::execute::evidence::{ExchangeId, Side};
use crate::judge::verdict::Verdict;
use crate::suite::contract::RequirementId;
use crate::suite::scenario::ResourceRule;

/// Something that was not as the contract has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    /// The step that shows it, counted from 0.
    pub step: usize,
    pub requirement: RequirementId,
    /// What was broken, for whoever writes it down as a scenario.
    pub kind: DeviationKind,
    pub verdict: Verdict,
    pub expected: String,
    pub found: String,
    pub exchange: ExchangeId,
}

/// What a deviation is about, with what a check of it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum DeviationKind {
    /// A request that must be rejected was carried out, or was rejected with a wrong code.
    Rejection,
    /// A request that must be accepted was rejected.
    Success,
    /// A rejected request had an effect.
    Effect,
    /// A request over which the server failed was carried out by half.
    Half,
    /// A success does not show this member and value in the next read.
    Result(String, Option<Value>),
    /// After a success an appointment is served that breaks this rule.
    Served(ResourceRule),
    /// A success changed more than these members.
    Beyond(Vec<String>),
    /// A change has no version of its own.
    Version,
    /// A malformed OperationOutcome.
    Outcome,
    /// A server error for a client's mistake.
    ServerError,
    /// Another appointment changed.
    Bystander,
}

/// A way to fail: the side of an exchange on which a requirement is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aim {
    pub side: Side,
    pub requirement: RequirementId,
}

/// What became of one list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListJudgement {
    pub deviations: Vec<Deviation>,
    /// How often each requirement was seen to be kept.
    pub kept: BTreeMap<RequirementId, usize>,
    /// Steps that were sent and could be judged.
    pub judged: usize,
    /// Why the rest could not be, where it could not.
    pub undecided: Option<Undecided>,
    /// The exchange that shows why.
    pub open_at: Option<ExchangeId>,
}

/// Why the rest of a list could not be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// A body met this limit of patchproof.
    Limit(String),
    /// The target or the run did not come to it.
    Trouble(String),
}

impl Deviation {
    /// The way in which the list fails here.
    pub fn aim(&self) -> Aim {
        Aim { side: self.kind.side(), requirement: self.requirement.clone() }
    }
}

impl DeviationKind {
    /// The side of an exchange that it is about.
    pub fn side(&self) -> Side {
        match self {
            DeviationKind::Rejection => Side::Rejection,
            DeviationKind::Success => Side::Success,
            DeviationKind::Effect | DeviationKind::Half => Side::Effect,
            DeviationKind::Result(..) | DeviationKind::Served(_) => Side::Result,
            DeviationKind::Beyond(_) => Side::Beyond,
            DeviationKind::Version => Side::Version,
            DeviationKind::Outcome => Side::Outcome,
            DeviationKind::ServerError => Side::ServerError,
            DeviationKind::Bystander => Side::Bystander,
        }
    }
}

impl Aim {
    /// Whether a deviation is this failure.
    pub fn meets(&self, deviation: &Deviation) -> bool {
        deviation.verdict == Verdict::Fail && deviation.aim() == *self
    }
}

impl ListJudgement {
    /// The verdict on each requirement that it says something of, in order, and how many steps were judged.
    pub fn verdicts(&self) -> (Vec<(&RequirementId, Verdict)>, usize) {
        let deviations = self.deviations.iter().map(|deviation| (&deviation.requirement, deviation.verdict));
        let kept = self.kept.keys().map(|requirement| (requirement, Verdict::Pass));
        (deviations.chain(kept).collect(), self.judged)
    }

    /// The first deviation that fails in one way.
    pub fn failure(&self, aim: &Aim) -> Option<&Deviation> {
        self.deviations.iter().find(|deviation| aim.meets(deviation))
    }
}

impl Undecided {
    /// A message.
    pub fn trouble(why: impl Into<String>) -> Undecided {
        Undecided::Trouble(why.into())
    }
}

impl std::fmt::Display for Undecided {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Undecided::Limit(why) | Undecided::Trouble(why) => formatter.write_str(why),
        }
    }
}
