//! Judges one step of a case: whether its response says anything, then its status code, its effect and its checks.

use super::attempt::{AttemptJudge, StepRun};
use super::precedence::orders;
use crate::execute::evidence::{LostKind, Reply, Response, StepSeen};
use crate::judge::check::{CheckView, evaluate};
use crate::judge::status::{says_nothing, shuts_out, weigh};
use crate::judge::verdict::{CheckResult, Finding, Verdict};
use crate::plan::{CheckRule, StatusRule, Step};
use crate::suite::scenario::{Check, Credentials, Endpoint, Outcome};

/// A response by which the rules of a step cannot be judged one by one.
pub(super) struct Unjudged {
    /// What it comes to for all of them.
    pub verdict: Verdict,
    pub why: String,
    /// Whether the request may have taken effect all the same.
    pub effect: bool,
}

impl<'e> AttemptJudge<'_, 'e> {
    /// What its steps come to.
    pub fn steps(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (number, step) in self.case.steps.iter().enumerate() {
            match self.attempt.steps.get(number) {
                Some(seen) => self.step(step, seen, number, &mut findings),
                None => self.unreached(step, &mut findings),
            }
        }
        findings
    }

    /// Adds the findings about one step.
    pub fn step(&self, step: &Step, seen: &StepSeen, number: usize, findings: &mut Vec<Finding>) {
        let Some(exchange) = self.index.exchange(seen.exchange) else {
            self.all(step, Verdict::Error, "the evidence lacks the exchange", None, findings);
            return;
        };
        let run = StepRun { step, seen, number, exchange };
        let received = match self.judged_by(run) {
            Ok(received) => received,
            Err(unjudged) if unjudged.verdict == Verdict::Pass && self.took_effect(seen) => {
                let why = format!("{}, and the request was carried out", unjudged.why);
                self.all(step, Verdict::Fail, &why, Some(exchange.id), findings);
                return;
            }
            Err(unjudged) => {
                if unjudged.verdict == Verdict::Fail {
                    self.unanswered(run, &unjudged.why, findings);
                } else {
                    self.all(step, unjudged.verdict, &unjudged.why, Some(exchange.id), findings);
                }
                if unjudged.effect {
                    findings.extend(self.effect(run));
                }
                return;
            }
        };
        let idle = self.without_effect(run);
        self.codes(run, received, idle.as_ref(), findings);
        findings.extend(idle);
        findings.extend(self.unruled(step, seen, received.status));
        findings.extend(self.effect(run));
        self.checks(run, received, findings);
    }

    /// The response, where it says something about the contract.
    fn judged_by(&self, run: StepRun<'_, 'e>) -> Result<&'e Response, Unjudged> {
        let StepRun { step, exchange, .. } = run;
        let unjudged = |why: String, effect| Unjudged { verdict: Verdict::Inconclusive, why, effect };
        let received = match &exchange.reply {
            Reply::Received(received) => received,
            // A host that does not even speak without TLS keeps the rule (APPT-AUTH-10), unless the request had its effect.
            Reply::Lost(lost)
                if step.request.endpoint == Endpoint::PlainHttp
                    && !matches!(lost.kind, LostKind::TimedOut | LostKind::Dropped) =>
            {
                let why = match lost.kind {
                    LostKind::NotConnected => "the connection was refused",
                    LostKind::Broken | LostKind::TimedOut | LostKind::Dropped => {
                        "the connection was closed without a response"
                    }
                };
                return Err(Unjudged { verdict: Verdict::Pass, why: why.to_owned(), effect: true });
            }
            Reply::Lost(lost) => return Err(self.lost(run, lost)),
        };
        let status = received.status;
        if let Some(why) = self.not_repeated(run) {
            return Err(unjudged(why, true));
        }
        if says_nothing(status) {
            return Err(unjudged(format!("{status} says nothing about the contract"), false));
        }
        if shuts_out(status) && step.request.credentials == Credentials::Own {
            let why = format!("{status}: the target did not accept the credentials of the run");
            return Err(unjudged(why, true));
        }
        // Someone else holds the appointment, or something it depends on failed: not this request's fault.
        let hindered = step.outcome == Outcome::Accepted
            && matches!(status.get(), 423 | 424)
            && self.case.fixture.status().is_some();
        if hindered {
            return Err(unjudged(format!("{status}: the target could not carry it out at this moment"), false));
        }
        Ok(received)
    }

    /// The status code against each rule about it.
    fn codes(&self, run: StepRun<'_, 'e>, received: &Response, idle: Option<&Finding>, findings: &mut Vec<Finding>) {
        let StepRun { step, seen, number, exchange } = run;
        let status = received.status;
        let control = match step.outcome {
            _ if status.is_success() => None,
            Outcome::Refused | Outcome::RejectedOrValid => self.control(number),
            Outcome::Accepted | Outcome::Either => self.control_of_success(),
        };
        let disturbed = self.index.shared_batch(exchange.id).is_some_and(|batch| self.index.is_disturbed(batch));
        for rule in &step.status {
            let special = self.supported(rule, exchange).or_else(|| match orders(rule) {
                true => Some(self.order(rule, run, status)),
                false => self.server_error(rule, run, status),
            });
            let ordinary = special.is_none();
            let (mut verdict, mut found) = special.unwrap_or_else(|| {
                let done = || format!("{status}: {}", self.carried_out(step, seen));
                (weigh(rule, step.outcome, status), if status.is_success() { done() } else { status.to_string() })
            });
            // After a server error the lane goes on elsewhere: no control follows it, and it needs none to be wrong.
            let controlled = matches!(verdict, Verdict::Pass | Verdict::Warn)
                || (verdict == Verdict::Fail && !status.is_server_error());
            if let Some(why) = &control
                && ordinary
                && controlled
            {
                verdict = Verdict::Inconclusive;
                found = format!("{status}, but {why}");
            }
            if disturbed && status.is_client_error() && verdict == Verdict::Fail {
                verdict = Verdict::Inconclusive;
                found = format!("{status}, but a refusal before it changed the appointment");
            }
            if let Some(idle) = idle
                && matches!(verdict, Verdict::Pass | Verdict::Warn)
            {
                verdict = Verdict::Inconclusive;
                found = format!("{}, so that the code says nothing", idle.found);
            }
            let StatusRule { requirement, expect, .. } = rule;
            findings.push(self.finding(requirement, verdict, expect.to_string(), found, Some(exchange.id)));
        }
    }

    /// The checks that the step has besides its code.
    fn checks(&self, run: StepRun<'_, 'e>, received: &Response, findings: &mut Vec<Finding>) {
        let Some(view) = self.view(run) else { return };
        for rule in &run.step.checks {
            let result = if rule.check == Check::WorksAsDeclared {
                self.works_as_declared(run, received)
            } else {
                checked(run.step.outcome, rule, received, &view)
            };
            let result = match view.bystander.filter(|_| rule.check == Check::BystanderUnchanged) {
                Some(window) => self.charged(run, window, result),
                None => result,
            };
            for (requirement, breach) in &rule.requirements {
                findings.extend(self.weighed(requirement, *breach, &result, run.exchange.id));
            }
        }
    }
}

/// What one check comes to. Where documents leave the outcome open, what an accepted request must show cannot be asked of
/// a rejected one.
fn checked(outcome: Outcome, rule: &CheckRule, received: &Response, view: &CheckView<'_, '_>) -> CheckResult {
    let status = received.status;
    let another = || CheckResult::Undecided(format!("the request was answered {status}"));
    // What became of another appointment, and what is served afterwards, says the same of every response.
    if rule.check == Check::BystanderUnchanged || matches!(rule.check, Check::Served(_)) {
        return evaluate(&rule.check, view);
    }
    match (outcome, status.is_success()) {
        (Outcome::Accepted, false) | (Outcome::Refused, true) => another(),
        // What must be nowhere is not there after a rejection either; what was there before is another rule's matter.
        (Outcome::Either, false) if matches!(rule.check, Check::AfterLacks(_)) => match evaluate(&rule.check, view) {
            CheckResult::Holds => CheckResult::Holds,
            CheckResult::Broken { .. }
            | CheckResult::Tolerated { .. }
            | CheckResult::Undecided(_)
            | CheckResult::Void => CheckResult::Void,
        },
        (Outcome::Either, false) if needs_success(&rule.check) => CheckResult::Void,
        (Outcome::Accepted | Outcome::Either, true)
        | (Outcome::Refused | Outcome::Either, false)
        | (Outcome::RejectedOrValid, _) => evaluate(&rule.check, view),
    }
}

/// Whether a check is about what a success shows.
fn needs_success(check: &Check) -> bool {
    match check {
        Check::After(_)
        | Check::AfterAbsent(_)
        | Check::AfterContains(_)
        | Check::AfterLacks(_)
        | Check::OnlyChanged(_)
        | Check::OnlyNamed(_)
        | Check::HasEffect
        | Check::Changed(_)
        | Check::NewVersion
        | Check::TagIsNextRead
        | Check::LastModifiedIsLastUpdated
        | Check::NarrativeNamesStatus
        | Check::Body(_) => true,
        Check::Header(_)
        | Check::NotLater { .. }
        | Check::Outcome(_)
        | Check::Json(_)
        | Check::SameContent
        | Check::IdOfUrl
        | Check::LastUpdatedMoves
        | Check::LastUpdatedForwards
        | Check::GetsResponse(_)
        | Check::NoServerFailure
        | Check::ReadsAreFresh
        | Check::TagAccepted(_)
        | Check::TagsUnique
        | Check::Resource(_)
        | Check::Served(_)
        | Check::EchoesRequestId
        | Check::DeclaresPatch
        | Check::DeclaresPatchFormat
        | Check::WorksAsDeclared
        | Check::BodyHas(_)
        | Check::Status { .. }
        | Check::Unchanged
        | Check::ControlAccepted
        | Check::BystanderUnchanged
        | Check::EntirelyOldOrNew => false,
    }
}
