//! The eight verdicts, how they add up, and the finding that carries one.

use serde::{Deserialize, Serialize};

use crate::execute::evidence::{ExchangeId, NotRunKind};
use crate::plan::CaseId;
use crate::suite::contract::{Breach, RequirementId};

/// What was found out. The order is that of the roll-up: of several, the first stands (design section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The harness's own trouble.
    Error,
    /// The rule is broken.
    Fail,
    /// Tried, and it could not be decided.
    Inconclusive,
    /// Not tried.
    NotTested,
    /// Kept, in a way that documents do not quite give; or broken where no document binds.
    Warn,
    /// Kept.
    Pass,
    /// Recorded, because no document decides.
    Observed,
    /// Does not concern this target, by its own declaration.
    NotApplicable,
}

impl Verdict {
    /// All verdicts in roll-up order.
    pub const ALL: [Verdict; 8] = [
        Verdict::Error,
        Verdict::Fail,
        Verdict::Inconclusive,
        Verdict::NotTested,
        Verdict::Warn,
        Verdict::Pass,
        Verdict::Observed,
        Verdict::NotApplicable,
    ];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Error => "error",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotTested => "not-tested",
            Verdict::Warn => "warn",
            Verdict::Pass => "pass",
            Verdict::Observed => "observed",
            Verdict::NotApplicable => "not-applicable",
        }
    }
}

impl From<Breach> for Verdict {
    fn from(breach: Breach) -> Verdict {
        match breach {
            Breach::Fail => Verdict::Fail,
            Breach::Warn => Verdict::Warn,
            Breach::Observe => Verdict::Observed,
        }
    }
}

impl From<NotRunKind> for Verdict {
    fn from(kind: NotRunKind) -> Verdict {
        match kind {
            NotRunKind::HarnessFailed => Verdict::Error,
            NotRunKind::NotAccepted => Verdict::Inconclusive,
            NotRunKind::Limit
            | NotRunKind::Interrupted
            | NotRunKind::Unavailable
            | NotRunKind::ShutOut
            | NotRunKind::Gone
            | NotRunKind::Denied => Verdict::NotTested,
        }
    }
}

/// Found of a case that was to be run and of which the evidence says nothing.
pub(super) const NO_RESULT: &str = "planned, but no result was recorded (internal error)";

/// One judgement of one requirement in one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The case.
    pub case: CaseId,
    /// The requirement.
    pub requirement: RequirementId,
    /// The verdict of this finding.
    pub verdict: Verdict,
    /// What would have been right.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// Where it was found.
    pub exchange: Option<ExchangeId>,
    /// Further exchanges that it counts without naming them.
    pub also: Vec<ExchangeId>,
    /// What it follows from, where it decides nothing because of something else.
    pub cause: Option<Cause>,
}

/// What a finding follows from, so that reports show it there and not beside it (design section 4.5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// What explains the run as a whole; `summary.reason` begins with it.
    Headline,
    /// A rule that the same run shows broken.
    Rule(RequirementId),
}

/// What came out of one check, before it is weighed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum CheckResult {
    Holds,
    Broken {
        expected: String,
        found: String,
    },
    /// Not as it should be, in a way that a reading of the contract lets pass with a warning.
    Tolerated {
        expected: String,
        found: String,
    },
    /// It applies and cannot be decided, and why.
    Undecided(String),
    /// It does not apply here.
    Void,
}

impl CheckResult {
    /// Holds, or is broken with these words.
    pub(super) fn of(holds: bool, expected: impl Into<String>, found: impl Into<String>) -> CheckResult {
        if holds { CheckResult::Holds } else { CheckResult::Broken { expected: expected.into(), found: found.into() } }
    }
}
