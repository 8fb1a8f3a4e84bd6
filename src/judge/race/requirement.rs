//! One requirement held against the rounds of a race: what a breach of it weighs, and the findings about it.

use super::view::RoundView;
use crate::execute::evidence::ExchangeId;
use crate::judge::history::Anomaly;
use crate::judge::lines::tell;
use crate::judge::verdict::{Finding, Verdict};
use crate::plan::{Head, Plan, Race};
use crate::suite::contract::{Breach, Contract, Level, RequirementId};
use crate::suite::scenario::RaceRule;

/// One requirement against all rounds of a race.
pub(super) struct RaceRequirement<'a> {
    pub(super) contract: &'a Contract,
    pub(super) plan: &'a Plan,
    pub(super) head: &'a Head,
    pub(super) race: &'a Race,
    pub(super) id: &'a RequirementId,
    /// What the requirement demands of a race.
    pub(super) rule: RaceRule,
    pub(super) views: &'a [RoundView<'a>],
}

/// What one round says about one requirement.
pub(super) enum RoundResult {
    Kept,
    Broken(BrokenRound),
    Open(String),
    Noted(String),
    Nothing,
}

/// What is wrong in one round.
pub(super) struct BrokenRound {
    pub(super) verdict: Verdict,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) exchange: Option<ExchangeId>,
    /// The witness, a line for each request.
    pub(super) notes: Vec<String>,
}

impl RaceRequirement<'_> {
    pub(super) fn breach(&self) -> Breach {
        let requirement = self.contract.requirement(self.id);
        match requirement {
            Some(requirement) if requirement.level == Level::Unspecified && self.rule == RaceRule::RetryAfterLock => {
                Breach::Observe
            }
            Some(requirement) => requirement.breach(self.plan.edition),
            None => Breach::Fail,
        }
    }

    pub(super) fn finding(
        &self,
        verdict: Verdict,
        expected: &str,
        found: String,
        exchange: Option<ExchangeId>,
    ) -> Finding {
        Finding {
            case: self.head.id.clone(),
            requirement: self.id.clone(),
            verdict,
            expected: expected.to_owned(),
            found,
            exchange,
            also: Vec::new(),
            cause: None,
        }
    }

    /// The witness as a breach, where it is of one of these kinds.
    pub(super) fn anomaly(&self, view: &RoundView<'_>, kinds: &[Anomaly]) -> Option<RoundResult> {
        let notes = self.witness(view, kinds)?;
        let (witness, history) = view.violations().find(|(witness, _)| kinds.contains(&witness.anomaly))?;
        let last = witness.operations.last().and_then(|place| history.lines.get(*place));
        Some(RoundResult::Broken(BrokenRound {
            verdict: self.breach().into(),
            expected: "an order of the requests that explains every answer".to_owned(),
            found: format!("{}: {}", witness.anomaly.name(), witness.anomaly.why()),
            exchange: last.and_then(|line| line.exchange),
            notes,
        }))
    }

    /// The lines of a witness of one of these kinds.
    pub(super) fn witness(&self, view: &RoundView<'_>, kinds: &[Anomaly]) -> Option<Vec<String>> {
        let (witness, history) = view.violations().find(|(witness, _)| kinds.contains(&witness.anomaly))?;
        Some(witness.operations.iter().filter_map(|place| history.lines.get(*place)).map(tell).collect())
    }
}
