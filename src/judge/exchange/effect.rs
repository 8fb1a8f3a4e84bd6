//! What a request did: a rejection that took effect, and a success that the contract forbids.

use super::attempt::{AttemptJudge, StepRun};
use super::precedence::orders;
use crate::execute::evidence::{ExchangeId, StepSeen};
use crate::judge::check::{Beside, CheckView, changed_nothing, evaluate};
use crate::judge::status::weigh;
use crate::judge::suspects::{between, likely, others};
use crate::judge::verdict::{CheckResult, Finding, Verdict};
use crate::plan::Step;
use crate::suite::contract::{RequirementId, roles};
use crate::suite::scenario::{Check, Outcome};
use crate::words::fhir::StatusCode;

impl<'e> AttemptJudge<'_, 'e> {
    /// What a success did: a server that says yes and does nothing fails in a way of its own (APPT-OPS-04).
    pub fn carried_out(&self, step: &Step, seen: &StepSeen) -> &'static str {
        let read = |id: Option<ExchangeId>| id.and_then(|id| self.index.exchange(id));
        let idle = step.outcome.is_of_mistake()
            && seen.before != seen.after
            && changed_nothing(&self.index.bodies, &self.index.moving, read(seen.before), read(seen.after));
        if idle { "accepted, and nothing changed" } else { "the request was carried out" }
    }

    /// Whether the reads around a request show that it did something.
    pub fn took_effect(&self, seen: &StepSeen) -> bool {
        let read = |id: Option<ExchangeId>| id.and_then(|id| self.index.exchange(id)).filter(|read| read.succeeded());
        let (before, after) = (read(seen.before), read(seen.after));
        before.is_some() && after.is_some() && !changed_nothing(&self.index.bodies, &self.index.moving, before, after)
    }

    /// A rejection that took effect all the same is a failure, whatever its code (APPT-ATOM-01).
    pub fn effect(&self, run: StepRun<'_, 'e>) -> Option<Finding> {
        let StepRun { step, number, exchange, .. } = run;
        let rejected = exchange.status().is_none_or(|status| !status.is_success());
        let shared =
            self.index.evidence.batches.iter().any(|batch| batch.tries.len() > 1 && batch.tries.contains(&exchange.id));
        if !step.outcome.is_of_mistake() || !rejected || shared || number > 0 {
            return None;
        }
        let atomicity = roles::REJECTED_WITHOUT_EFFECT.parse::<RequirementId>().ok()?;
        self.contract.requirement(&atomicity)?.standing(self.plan.edition)?;
        if exchange.received().is_none() {
            let (expected, found) = ("nothing to change", "no response, and the request was carried out");
            let changed = self.took_effect(run.seen);
            return changed.then(|| {
                self.finding(&atomicity, Verdict::Fail, expected.to_owned(), found.to_owned(), Some(exchange.id))
            });
        }
        let view = CheckView { bindings: None, bystander: None, ..self.view(run)? };
        match evaluate(&Check::Unchanged, &view) {
            CheckResult::Broken { expected, found } => {
                Some(self.finding(&atomicity, Verdict::Fail, expected, found, Some(exchange.id)))
            }
            CheckResult::Holds | CheckResult::Tolerated { .. } | CheckResult::Undecided(_) | CheckResult::Void => None,
        }
    }

    /// A success that did not do what its document says is a failure, whatever the case is about (APPT-BASE-32).
    pub fn without_effect(&self, run: StepRun<'_, 'e>) -> Option<Finding> {
        let StepRun { step, exchange, .. } = run;
        let accepted = exchange.succeeded() && exchange.request.method == "PATCH";
        if step.outcome.is_of_mistake() || !accepted {
            return None;
        }
        let id = roles::ACCEPTED_HAS_EFFECT.parse::<RequirementId>().ok()?;
        self.contract.requirement(&id)?.standing(self.plan.edition)?;
        match evaluate(&Check::HasEffect, &self.view(run)?) {
            CheckResult::Broken { expected, found } => {
                Some(self.finding(&id, Verdict::Fail, expected, found, Some(exchange.id)))
            }
            CheckResult::Holds | CheckResult::Tolerated { .. } | CheckResult::Undecided(_) | CheckResult::Void => None,
        }
    }

    /// Whether this step is the one that changed an appointment which no request addresses: not where another request that
    /// was under way beside it is more likely to have done it.
    pub fn charged(&self, run: StepRun<'_, 'e>, window: Beside<'e>, result: CheckResult) -> CheckResult {
        let CheckResult::Broken { expected, found } = result else { return result };
        let likely = likely(&between(&self.index.evidence.exchanges, window), window.id, |_| false);
        match likely.first() {
            Some(first) if likely.iter().all(|write| write.id != run.exchange.id) => {
                CheckResult::Undecided(format!("{found}, which another request may have done: {}", first.id))
            }
            Some(_) | None => {
                CheckResult::Broken { expected, found: format!("{found}{}", others(&likely, run.exchange.id)) }
            }
        }
    }

    /// A success where the case demands a rejection and none of its requirements has a rule about the code: what the case
    /// as a whole verifies is broken all the same.
    pub fn unruled(&self, step: &Step, seen: &StepSeen, status: StatusCode) -> Option<Finding> {
        if step.outcome != Outcome::Refused || !status.is_success() || !step.status.is_empty() {
            return None;
        }
        let requirement = self.contract.requirement(self.case.body.verifies.first()?)?;
        let found = format!("{status}: {}", self.carried_out(step, seen));
        Some(self.finding(&requirement.id, Verdict::Fail, "4xx, without effect".to_owned(), found, Some(seen.exchange)))
    }

    /// Of an attempt that does not decide, what the contract forbids is a failure all the same.
    pub fn forbidden(&self, findings: &mut Vec<Finding>) {
        for (number, (step, seen)) in self.case.body.steps.iter().zip(&self.attempt.seen.steps).enumerate() {
            let Some(exchange) = self.index.exchange(seen.exchange) else { continue };
            findings.extend(self.failed_over_with_effect(StepRun { step, seen, number, exchange }));
            let Some(status) = exchange.status() else { continue };
            if step.outcome != Outcome::Refused || !status.is_success() {
                continue;
            }
            findings.extend(self.unruled(step, seen, status));
            let judged = step.status.iter().filter(|rule| !orders(rule));
            for rule in judged.filter(|rule| weigh(rule, step.outcome, status) == Verdict::Fail) {
                let found = format!("{status}: {}", self.carried_out(step, seen));
                let (id, expected) = (&rule.requirement, rule.expect.to_string());
                findings.push(self.finding(id, Verdict::Fail, expected, found, Some(seen.exchange)));
            }
        }
    }
}
