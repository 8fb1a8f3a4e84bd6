//! One attempt at a case: what its steps are judged by, and the findings about them.

use crate::execute::evidence::{Attempt, Exchange, ExchangeId, StepSeen};
use crate::judge::check::{Beside, CheckView};
use crate::judge::index::Index;
use crate::judge::suspects::nearest;
use crate::judge::verdict::{CheckResult, Finding, Verdict};
use crate::plan::{Plan, Step, Stepwise};
use crate::suite::contract::{Breach, Contract, RequirementId};

/// One attempt at a case. `'e` is the lifetime of the evidence.
pub(super) struct AttemptJudge<'a, 'e> {
    pub contract: &'a Contract,
    pub plan: &'a Plan,
    pub index: &'a Index<'e>,
    pub case: Stepwise<'a>,
    pub attempt: Attempt<'e>,
}

/// One step of an attempt as it was run.
#[derive(Clone, Copy)]
pub(super) struct StepRun<'s, 'e> {
    pub step: &'s Step,
    pub seen: &'s StepSeen,
    /// The place of the step in its case, counted from 0.
    pub number: usize,
    pub exchange: &'e Exchange,
}

impl<'e> AttemptJudge<'_, 'e> {
    /// The step as a check looks at it; `None` where no response was received.
    pub fn view<'v>(&'v self, run: StepRun<'v, 'e>) -> Option<CheckView<'v, 'e>> {
        let StepRun { seen, exchange, .. } = run;
        Some(CheckView {
            exchange,
            received: exchange.received()?,
            before: seen
                .before
                .filter(|read| self.index.is_fresh(*read, exchange.id))
                .and_then(|id| self.index.exchange(id)),
            first_after: seen.first_after.and_then(|id| self.index.exchange(id)),
            after: seen.after.and_then(|id| self.index.exchange(id)),
            bindings: Some(&seen.bindings),
            bystander: self
                .attempt
                .seen
                .bystander
                .as_ref()
                .and_then(|seen| Beside::of(seen, &self.index.evidence.exchanges))
                .map(|window| nearest(&self.index.evidence.exchanges, window, exchange)),
            bodies: &self.index.bodies,
            moving: &self.index.moving,
        })
    }

    /// The same verdict for every requirement of a step.
    pub fn all(
        &self,
        step: &Step,
        verdict: Verdict,
        found: &str,
        exchange: Option<ExchangeId>,
        findings: &mut Vec<Finding>,
    ) {
        let checks = step.checks.iter().flat_map(|rule| rule.requirements.iter().map(|(id, _)| id));
        for requirement in step.status.iter().map(|rule| &rule.requirement).chain(checks) {
            findings.push(self.finding(requirement, verdict, String::new(), found.to_owned(), exchange));
        }
    }

    /// A step that was not sent.
    pub fn unreached(&self, step: &Step, findings: &mut Vec<Finding>) {
        match &self.attempt.seen.halted {
            Some(why) => self.all(step, Verdict::NotTested, why, None, findings),
            None => {
                self.all(step, Verdict::Inconclusive, "an earlier step of the case did not succeed", None, findings)
            }
        }
    }

    /// What the result of a check comes to for one requirement.
    pub fn weighed(
        &self,
        requirement: &RequirementId,
        breach: Breach,
        result: &CheckResult,
        exchange: ExchangeId,
    ) -> Option<Finding> {
        let (verdict, expected, found) = match result {
            CheckResult::Void => return None,
            CheckResult::Holds if breach == Breach::Observe => {
                (Verdict::Observed, String::new(), "as described".to_owned())
            }
            CheckResult::Holds => (Verdict::Pass, String::new(), String::new()),
            CheckResult::Broken { expected, found } => (breach.into(), expected.clone(), found.clone()),
            CheckResult::Tolerated { expected, found } => {
                (Verdict::from(breach).max(Verdict::Warn), expected.clone(), found.clone())
            }
            CheckResult::Undecided(why) => (Verdict::Inconclusive, String::new(), why.clone()),
        };
        Some(self.finding(requirement, verdict, expected, found, Some(exchange)))
    }

    pub fn finding(
        &self,
        requirement: &RequirementId,
        verdict: Verdict,
        expected: String,
        found: String,
        exchange: Option<ExchangeId>,
    ) -> Finding {
        Finding {
            case: self.case.head.id.clone(),
            requirement: requirement.clone(),
            verdict,
            expected,
            found,
            exchange,
            also: Vec::new(),
            cause: None,
        }
    }
}
