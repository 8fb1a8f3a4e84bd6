//! A request over which the server failed: what it comes to depends on what came of it when it was sent again (C-45).

use super::attempt::{AttemptJudge, StepRun};
use super::step::Unjudged;
use crate::execute::evidence::{Lost, LostKind};
use crate::judge::verdict::{Finding, Verdict};
use crate::suite::contract::roles;

/// How often the server has to fail over a request before that is what it does with it (readings C-37, C-45).
pub(in crate::judge) const TRIES: u32 = 3;

impl<'e> AttemptJudge<'_, 'e> {
    /// How often the request of a step was sent in vain, over all attempts at the case.
    fn tries(&self, run: StepRun<'_, 'e>) -> u32 {
        let attempts = self.index.attempts(&self.case.head.id).iter();
        let sent = attempts.filter_map(|attempt| self.index.exchange(attempt.seen.steps.get(run.number)?.exchange));
        sent.filter(|exchange| exchange.failed_over()).map(|exchange| exchange.attempt).sum()
    }

    /// What the loss of a response comes to for the rules of its step.
    pub(super) fn lost(&self, run: StepRun<'_, 'e>, lost: &Lost) -> Unjudged {
        let message = &lost.message;
        let tries = self.tries(run);
        let inconclusive = |why: String| Unjudged { verdict: Verdict::Inconclusive, why, effect: true };
        match lost.kind {
            LostKind::Broken if tries >= TRIES && self.plan.edition.is_vendor() => {
                let why = format!("no response, and the request was sent {tries} times: {message}");
                Unjudged { verdict: Verdict::Fail, why, effect: true }
            }
            LostKind::Broken if tries >= TRIES => {
                inconclusive(format!("no response in {tries} tries ({message}): see {}", roles::GETS_RESPONSE))
            }
            LostKind::Broken | LostKind::NotConnected | LostKind::TimedOut | LostKind::Dropped => {
                inconclusive(format!("no response: {message}"))
            }
        }
    }

    /// Why nothing follows from a 500 to a request that has to be accepted: it was not sent again in the same circumstances
    /// as often as it takes.
    pub(super) fn not_repeated(&self, run: StepRun<'_, 'e>) -> Option<String> {
        let open = run.exchange.failed_over() && !run.step.outcome.is_of_mistake() && self.tries(run) < TRIES;
        open.then(|| "500, and the request could not be sent again in the same circumstances".to_owned())
    }

    /// The rules about the response that a step never got are broken; what a response would have shown is not known.
    pub(super) fn unanswered(&self, run: StepRun<'_, 'e>, why: &str, findings: &mut Vec<Finding>) {
        let StepRun { step, exchange, .. } = run;
        for rule in &step.status {
            let (expected, found) = (rule.expect.to_string(), why.to_owned());
            findings.push(self.finding(&rule.requirement, rule.breach.into(), expected, found, Some(exchange.id)));
        }
        for (requirement, _) in step.checks.iter().flat_map(|rule| &rule.requirements) {
            let found = why.to_owned();
            findings.push(self.finding(requirement, Verdict::Inconclusive, String::new(), found, Some(exchange.id)));
        }
    }

    /// What a request did over which the server failed: a trial that is repeated shows at least that.
    pub(super) fn failed_over_with_effect(&self, run: StepRun<'_, 'e>) -> Option<Finding> {
        if run.exchange.failed_over() { self.effect(run) } else { None }
    }
}
