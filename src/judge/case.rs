//! Judges one case from its attempts.

use super::check::{View, evaluate};
use super::index::Index;
use super::rollup::CaseResult;
use super::status::{says_nothing, shuts_out, weigh};
use super::verdict::{Finding, Outcome, Verdict};
use crate::execute::evidence::{Answer, Attempt, ControlSeen, Exchange, ExchangeId, LostKind, NotRunKind, StepSeen};
use crate::plan::{CaseIndex, Plan, Role, Step, Stepwise, Unplanned};
use crate::suite::contract::roles;
use crate::suite::contract::{Breach, Contract, RequirementId};
use crate::suite::scenario::{self, Check, Credentials, Fixture};

/// The result of one case.
pub(super) fn judge(
    contract: &Contract,
    plan: &Plan,
    index: &Index<'_>,
    number: CaseIndex,
    case: Stepwise<'_>,
) -> CaseResult {
    let mut result = CaseResult::new(case.head);
    let attempts = index.attempts(&case.head.id);
    let Some(attempt) = decisive(attempts) else {
        let (verdict, reason) = match (plan.unplanned.get(&number), index.not_run(&case.head.id)) {
            (Some(Unplanned::NotApplicable(why)), _) => (Verdict::NotApplicable, why.clone()),
            (Some(Unplanned::NotTested(why)), _) => (Verdict::NotTested, why.clone()),
            (None, Some(not_run)) => (not_run.kind.into(), not_run.reason.clone()),
            (None, None) if case.head.selected => {
                (Verdict::Error, "it was planned, and nothing says what became of it".into())
            }
            (None, None) => (Verdict::NotTested, "not selected".to_owned()),
        };
        about_all(case, verdict, &reason, &mut result.findings);
        result.conclude();
        return result;
    };
    result.exchanges = exchanges(attempts);
    let judge = |attempt| Judge { contract, plan, index, case, attempt };
    if let Some(not_run) = index.not_run(&case.head.id).filter(|not_run| not_run.kind == NotRunKind::HarnessFailed) {
        // The harness failed half-way: nothing follows for the case, but what is forbidden stays so.
        about_all(case, not_run.kind.into(), &not_run.reason, &mut result.findings);
        attempts.iter().for_each(|attempt| judge(*attempt).forbidden(&mut result.findings));
        result.conclude();
        return result;
    }
    for (number, step) in case.steps.iter().enumerate() {
        match attempt.steps.get(number) {
            Some(seen) => judge(attempt).step(step, seen, number, &mut result.findings),
            None => judge(attempt).unreached(step, &mut result.findings),
        }
    }
    let others = attempts.iter().filter(|other| !std::ptr::eq(other.seen, attempt.seen));
    others.for_each(|other| judge(*other).forbidden(&mut result.findings));
    result.conclude();
    result
}

/// The same finding for every requirement of a case.
fn about_all(case: Stepwise<'_>, verdict: Verdict, found: &str, findings: &mut Vec<Finding>) {
    findings.extend(case.head.requirements.iter().map(|requirement| Finding {
        case: case.head.id.clone(),
        requirement: requirement.clone(),
        verdict,
        expected: String::new(),
        found: found.to_owned(),
        exchange: None,
    }));
}

/// The attempt that decides: the last one made alone, else the last one.
fn decisive<'a>(attempts: &[Attempt<'a>]) -> Option<Attempt<'a>> {
    attempts.iter().rev().find(|attempt| attempt.alone).or(attempts.last()).copied()
}

fn exchanges(attempts: &[Attempt<'_>]) -> Vec<ExchangeId> {
    let mut ids: Vec<ExchangeId> = attempts
        .iter()
        .flat_map(|attempt| {
            let control = match attempt.seen.control {
                ControlSeen::Exchange(id) | ControlSeen::Twin(id) => Some(id),
                ControlSeen::NotNeeded | ControlSeen::Missing(_) => None,
            };
            attempt
                .seen
                .steps
                .iter()
                .flat_map(|step| [step.before, Some(step.exchange), step.first_after, step.after])
                .chain([control])
                .flatten()
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// `'e` is that of the evidence.
struct Judge<'a, 'e> {
    contract: &'a Contract,
    plan: &'a Plan,
    index: &'a Index<'e>,
    case: Stepwise<'a>,
    attempt: Attempt<'e>,
}

impl<'e> Judge<'_, 'e> {
    #[expect(
        clippy::too_many_lines,
        reason = "the order in which a step is judged: each line presumes those before it"
    )]
    fn step(&self, step: &Step, seen: &StepSeen, number: usize, findings: &mut Vec<Finding>) {
        let Some(exchange) = self.index.exchange(seen.exchange) else {
            self.all(step, Verdict::Error, "the evidence lacks the exchange", None, findings);
            return;
        };
        let received = match &exchange.answer {
            Answer::Received(received) => received,
            // A host that does not even listen without TLS keeps the rule (APPT-AUTH-10).
            Answer::Lost(lost)
                if step.endpoint == scenario::Endpoint::PlainHttp && lost.kind == LostKind::NotConnected =>
            {
                self.all(step, Verdict::Pass, "the connection was refused", Some(exchange.id), findings);
                return;
            }
            Answer::Lost(lost) => {
                let why = format!("no answer: {}", lost.message);
                self.all(step, Verdict::Inconclusive, &why, Some(exchange.id), findings);
                self.effect(step, seen, number, exchange, findings);
                return;
            }
        };
        let status = received.status;
        if says_nothing(status) {
            let why = format!("{status} says nothing about the contract");
            self.all(step, Verdict::Inconclusive, &why, Some(exchange.id), findings);
            return;
        }
        if shuts_out(status) && step.credentials == Credentials::Own {
            let why = format!("{status}: the target did not accept the credentials of the run");
            self.all(step, Verdict::Inconclusive, &why, Some(exchange.id), findings);
            self.effect(step, seen, number, exchange, findings);
            return;
        }
        // Someone else holds the appointment, or something it depends on failed: not this request's fault.
        let hindered = step.outcome == scenario::Outcome::Accepted
            && matches!(status.get(), 423 | 424)
            && self.case.fixture.status().is_some();
        if hindered {
            let why = format!("{status}: the target could not carry it out at this moment");
            self.all(step, Verdict::Inconclusive, &why, Some(exchange.id), findings);
            return;
        }
        let refused = !status.is_success();
        let control =
            (step.outcome == scenario::Outcome::Refused && refused).then(|| self.control(step, number)).flatten();
        let disturbed = self.index.shared_batch(exchange.id).is_some_and(|batch| self.index.is_disturbed(batch));
        for rule in &step.status {
            let mut verdict = weigh(rule, step.outcome, status);
            let mut found = match status.is_success() {
                true => format!("{status}: {}", self.carried_out(step, seen)),
                false => status.to_string(),
            };
            if let Some(why) = &control
                && matches!(verdict, Verdict::Pass | Verdict::Warn)
            {
                verdict = Verdict::Inconclusive;
                found = format!("{status}, but {why}");
            }
            if disturbed && status.is_client_error() && verdict == Verdict::Fail {
                verdict = Verdict::Inconclusive;
                found = format!("{status}, but a refusal before it changed the appointment");
            }
            findings.push(self.finding(&rule.requirement, verdict, rule.expect.to_string(), found, Some(exchange.id)));
        }
        findings.extend(self.unruled(step, seen, status));
        self.effect(step, seen, number, exchange, findings);
        let applies = match step.outcome {
            scenario::Outcome::Accepted => !refused,
            scenario::Outcome::Refused => refused,
            scenario::Outcome::Either => true,
        };
        let view = View {
            exchange,
            received,
            before: seen.before.and_then(|id| self.index.exchange(id)),
            first_after: seen.first_after.and_then(|id| self.index.exchange(id)),
            after: seen.after.and_then(|id| self.index.exchange(id)),
            bindings: Some(&seen.bindings),
            bystander: self.attempt.seen.bystander.as_ref(),
            bodies: &self.index.bodies,
        };
        for rule in &step.checks {
            // Where documents leave the outcome open, what an accepted request must show cannot be asked of a refused one.
            let about_success = needs_success(&rule.check);
            let outcome = if !applies || (refused && step.outcome == scenario::Outcome::Either && about_success) {
                match step.outcome {
                    scenario::Outcome::Either => Outcome::Void,
                    scenario::Outcome::Accepted | scenario::Outcome::Refused => {
                        Outcome::Undecided(format!("the request was answered {status}"))
                    }
                }
            } else {
                evaluate(&rule.check, &view)
            };
            for (requirement, breach) in &rule.requirements {
                findings.extend(self.weighed(requirement, *breach, &outcome, exchange.id));
            }
        }
    }

    /// What a success did: a server that says yes and does nothing fails in a way of its own (APPT-OPS-04).
    fn carried_out(&self, step: &Step, seen: &StepSeen) -> &'static str {
        let read = |id: Option<ExchangeId>| id.and_then(|id| self.index.exchange(id));
        let idle = step.outcome == scenario::Outcome::Refused
            && seen.before != seen.after
            && super::check::changed_nothing(&self.index.bodies, read(seen.before), read(seen.after));
        if idle { "accepted, and nothing changed" } else { "the request was carried out" }
    }

    /// A refusal that took effect all the same is a failure, whatever its code (APPT-ATOM-01).
    fn effect(&self, step: &Step, seen: &StepSeen, number: usize, exchange: &'e Exchange, findings: &mut Vec<Finding>) {
        let refused = exchange.status().is_some_and(|status| !status.is_success());
        let shared =
            self.index.evidence.batches.iter().any(|batch| batch.tries.len() > 1 && batch.tries.contains(&exchange.id));
        if step.outcome != scenario::Outcome::Refused || !refused || shared || number > 0 {
            return;
        }
        let Ok(atomicity) = roles::REJECTED_WITHOUT_EFFECT.parse::<RequirementId>() else { return };
        let stands = self
            .contract
            .requirement(&atomicity)
            .is_some_and(|requirement| requirement.standing(self.plan.edition).is_some());
        let view = View {
            exchange,
            received: match exchange.received() {
                Some(received) => received,
                None => return,
            },
            before: seen.before.and_then(|id| self.index.exchange(id)),
            first_after: seen.first_after.and_then(|id| self.index.exchange(id)),
            after: seen.after.and_then(|id| self.index.exchange(id)),
            bindings: None,
            bystander: None,
            bodies: &self.index.bodies,
        };
        if let (true, Outcome::Broken { expected, found }) = (stands, evaluate(&Check::Unchanged, &view)) {
            findings.push(self.finding(&atomicity, Verdict::Fail, expected, found, Some(exchange.id)));
        }
    }

    /// Why a refusal cannot count, if it cannot.
    fn control(&self, step: &Step, number: usize) -> Option<String> {
        let accepted = |id: ExchangeId| self.index.exchange(id).is_some_and(Exchange::succeeded);
        if self.case.steps.len() > 1 {
            let later = self
                .attempt
                .steps
                .iter()
                .zip(&self.case.steps)
                .skip(number + 1)
                .any(|(seen, step)| step.outcome == scenario::Outcome::Accepted && accepted(seen.exchange));
            return (!later)
                .then(|| "no later request of the case was accepted, so the refusal proves nothing".to_owned());
        }
        match &self.attempt.control {
            ControlSeen::Exchange(id) => {
                (!accepted(*id)).then(|| "its control was refused too, so the refusal proves nothing".to_owned())
            }
            ControlSeen::Twin(_) | ControlSeen::NotNeeded => self.twin(step),
            ControlSeen::Missing(why) if why.is_empty() => Some("it has no control".to_owned()),
            ControlSeen::Missing(why) => Some(format!("{why}, so the refusal proves nothing")),
        }
    }

    /// Where no step can follow, the same value must have been accepted elsewhere; for a value that no contract accepts,
    /// and for requests on no appointment, some documented PATCH must have been.
    fn twin(&self, step: &Step) -> Option<String> {
        let sent = match &step.patch {
            Some(scenario::Patch::Document(document)) => crate::plan::status_set(document),
            Some(scenario::Patch::Advance | scenario::Patch::Previous) | None => None,
        };
        let possible = |status| self.plan.routes.documents.keys().any(|(_, to)| *to == status);
        let wanted = sent.filter(|status| possible(*status) && self.case.role == Role::Refusal);
        let wanted = wanted.filter(|_| self.case.fixture != Fixture::Unknown && self.case.fixture != Fixture::None);
        let text = wanted.map(|status: crate::words::fhir::AppointmentStatus| format!("\"{}\"", status.code()));
        let found = self.index.evidence.exchanges.iter().any(|exchange| {
            exchange.is_patch()
                && exchange.succeeded()
                && exchange.purpose != crate::execute::evidence::Purpose::Try
                && text
                    .as_ref()
                    .is_none_or(|text| exchange.request.body.text().is_some_and(|body| body.contains(text.as_str())))
        });
        (!found).then(|| match wanted {
            Some(status) => {
                format!("no PATCH to {status} was accepted anywhere in the run, so the refusal proves nothing")
            }
            None => "no PATCH was accepted anywhere in the run, so the refusal proves nothing".to_owned(),
        })
    }

    fn unreached(&self, step: &Step, findings: &mut Vec<Finding>) {
        match &self.attempt.seen.halted {
            Some(why) => self.all(step, Verdict::NotTested, why, None, findings),
            None => {
                self.all(step, Verdict::Inconclusive, "an earlier step of the case did not succeed", None, findings)
            }
        }
    }

    /// A success where the case demands a rejection and none of its requirements has a rule about the code: what the case
    /// as a whole verifies is broken all the same.
    fn unruled(&self, step: &Step, seen: &StepSeen, status: crate::words::fhir::StatusCode) -> Option<Finding> {
        if step.outcome != scenario::Outcome::Refused || !status.is_success() || !step.status.is_empty() {
            return None;
        }
        let requirement = self.contract.requirement(self.case.body.verifies.first()?)?;
        let found = format!("{status}: {}", self.carried_out(step, seen));
        Some(self.finding(&requirement.id, Verdict::Fail, "4xx, without effect".to_owned(), found, Some(seen.exchange)))
    }

    /// Of an attempt that does not decide, what the contract forbids is a failure all the same.
    fn forbidden(&self, findings: &mut Vec<Finding>) {
        for (step, seen) in self.case.body.steps.iter().zip(&self.attempt.seen.steps) {
            let Some(status) = self.index.exchange(seen.exchange).and_then(Exchange::status) else { continue };
            if step.outcome != scenario::Outcome::Refused || !status.is_success() {
                continue;
            }
            findings.extend(self.unruled(step, seen, status));
            for rule in step.status.iter().filter(|rule| weigh(rule, step.outcome, status) == Verdict::Fail) {
                let found = format!("{status}: {}", self.carried_out(step, seen));
                let (id, expected) = (&rule.requirement, rule.expect.to_string());
                findings.push(self.finding(id, Verdict::Fail, expected, found, Some(seen.exchange)));
            }
        }
    }

    fn all(
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

    fn weighed(
        &self,
        requirement: &RequirementId,
        breach: Breach,
        outcome: &Outcome,
        exchange: ExchangeId,
    ) -> Option<Finding> {
        let (verdict, expected, found) = match outcome {
            Outcome::Void => return None,
            Outcome::Holds if breach == Breach::Observe => {
                (Verdict::Observed, String::new(), "as described".to_owned())
            }
            Outcome::Holds => (Verdict::Pass, String::new(), String::new()),
            Outcome::Broken { expected, found } => (breach.into(), expected.clone(), found.clone()),
            Outcome::Tolerated { expected, found } => {
                (Verdict::from(breach).max(Verdict::Warn), expected.clone(), found.clone())
            }
            Outcome::Undecided(why) => (Verdict::Inconclusive, String::new(), why.clone()),
        };
        Some(self.finding(requirement, verdict, expected, found, Some(exchange)))
    }

    fn finding(
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
        }
    }
}

/// Whether a check speaks of what a success shows.
fn needs_success(check: &Check) -> bool {
    match check {
        Check::After(_)
        | Check::AfterAbsent(_)
        | Check::AfterContains(_)
        | Check::AfterLacks(_)
        | Check::OnlyChanged(_)
        | Check::Changed(_)
        | Check::NewVersion
        | Check::TagIsNextRead
        | Check::LastModifiedIsLastUpdated
        | Check::NarrativeNamesStatus
        | Check::Body(_) => true,
        Check::Header(_)
        | Check::NotLater { .. }
        | Check::Outcome(_)
        | Check::SameContent
        | Check::TagAccepted(_)
        | Check::TagsUnique
        | Check::Resource(_)
        | Check::EchoesRequestId
        | Check::DeclaresPatch
        | Check::DeclaresPatchFormat
        | Check::BodyHas(_)
        | Check::Status { .. }
        | Check::Unchanged
        | Check::ControlAccepted
        | Check::BystanderUnchanged
        | Check::EntirelyOldOrNew => false,
    }
}
