//! Judges a generated sequence step by step: what was seen, held against the model and the checks that always hold.

use crate::suite::contract::roles;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base64::Engine as _;
use serde_json::Value;

use super::bodies::Bodies;
use super::check::{beside, version_of};
use super::status::{says_nothing, shuts_out, weigh};
use super::verdict::{CheckResult as Outcome, Verdict};
use super::{outcome, resource};
use crate::execute::evidence::{Answer, Exchange, ExchangeId, Payload, Received, StepSeen};
use crate::execute::trail::{Trail, Trod};
use crate::model::{self, Allowed, Change, Reason, State};
use crate::plan::StatusRule;
use crate::suite::contract::{Contract, Edition, Grade, RequirementId, Tables};
use crate::suite::scenario::{self, OutcomeCheck};
use crate::words::fhir::{AppointmentStatus, StatusCode};

/// Something that was not as the contract has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    /// The step that shows it, counted from 0.
    pub step: usize,
    pub requirement: RequirementId,
    /// What was broken, for whoever writes it down as a scenario.
    pub kind: Kind,
    pub verdict: Verdict,
    pub expected: String,
    pub found: String,
    /// The exchange, counted within the trail.
    pub exchange: ExchangeId,
}

/// The side of an answer that a deviation is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A request that must be refused was carried out, or was refused with a wrong code.
    Refusal,
    /// A request that must be accepted was refused.
    Success,
    /// A refusal had an effect.
    Effect,
    /// A success does not show this member and value in the next read.
    Result(String, Option<Value>),
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

/// What became of one list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SequenceJudgement {
    pub deviations: Vec<Deviation>,
    /// How often each requirement was seen to be kept.
    pub kept: BTreeMap<RequirementId, usize>,
    /// Steps that were sent and could be judged.
    pub judged: usize,
    /// Why the rest could not be, where it could not.
    pub undecided: Option<String>,
}

impl SequenceJudgement {
    /// The first deviation that is a failure.
    pub fn failure(&self) -> Option<&Deviation> {
        self.deviations.iter().find(|own| own.verdict == Verdict::Fail)
    }
}

/// Judges the steps of a trail in order.
pub fn judge_sequence(contract: &Contract, tables: &Tables, edition: Edition, trail: &Trail) -> SequenceJudgement {
    let mut judge = Judge {
        contract,
        edition,
        trail,
        step: 0,
        exchange: 0,
        earlier: BTreeSet::new(),
        waiting: Vec::new(),
        bodies: Bodies::default(),
        seen: SequenceJudgement::default(),
    };
    for (number, trod) in trail.steps.iter().enumerate() {
        let Trod::Sent(seen) = trod else { continue };
        (judge.step, judge.exchange) = (number, seen.exchange);
        if let Err(why) = judge.step(tables, seen) {
            judge.seen.undecided = Some(why);
            break;
        }
        judge.seen.judged += 1;
    }
    if let Some(bystander) = &trail.bystander
        && let Outcome::Broken { expected, found } = beside(bystander, &judge.bodies)
    {
        judge.deviate(roles::ONLY_WHAT_IS_NAMED, Kind::Bystander, Some(Verdict::Fail), expected, found);
    }
    judge.seen
}

struct Judge<'a> {
    contract: &'a Contract,
    edition: Edition,
    trail: &'a Trail,
    step: usize,
    exchange: ExchangeId,
    earlier: BTreeSet<String>,
    /// Requirements whose refusals wait for an accepted request after them, without which they prove nothing.
    waiting: Vec<RequirementId>,
    bodies: Bodies<'a>,
    seen: SequenceJudgement,
}

impl<'a> Judge<'a> {
    #[expect(
        clippy::too_many_lines,
        reason = "the order in which a step is judged: each line presumes those before it"
    )]
    fn step(&mut self, tables: &Tables, seen: &StepSeen) -> Result<(), String> {
        let exchange = self.trail.exchange(seen.exchange).ok_or("the evidence lacks the exchange")?;
        let received = match &exchange.answer {
            Answer::Received(received) => received,
            Answer::Lost(lost) => return Err(format!("no answer: {}", lost.message)),
        };
        let status = received.status;
        if says_nothing(status) {
            return Err(format!("{status} says nothing about the contract"));
        }
        if shuts_out(status) {
            return Err(format!("{status}: the target did not accept the credentials of the run"));
        }
        self.outcome(received);
        if !exchange.is_patch() {
            return if status.is_success() { Ok(()) } else { Err(format!("a read was answered {status}")) };
        }
        let before = self.read(seen.before).ok_or("the appointment could not be read before")?;
        let state = State {
            version: self.version(before.1),
            resource: (*before.0).clone(),
            earlier: self.earlier.clone(),
            free_slots: slots(seen),
        };
        let body = bytes(exchange);
        let request = model::Request { headers: &exchange.request.headers, body: &body };
        let allowed = model::step(self.edition, tables, &state, &request);
        let after = self.read(seen.after);
        let first_after = self.read(seen.first_after);
        let several = body.windows(5).filter(|own| own == b"\"op\":").count() > 1;
        match (self.standing(allowed), status.is_success()) {
            (Allowed::Refuse { reasons, .. }, true) => self.wrong_success(&reasons, status),
            (Allowed::Refuse { reasons, doubts }, false) => {
                self.refusal(&reasons, &doubts, status);
                self.effect(&state, first_after, several);
            }
            (Allowed::Accept { by, .. }, false) => {
                if matches!(status.get(), 423 | 424) {
                    return Err(format!("{status}: the target could not carry it out at this moment"));
                }
                self.wrong_refusal(&by, status);
                self.effect(&state, first_after, several);
            }
            (Allowed::Either { .. }, false) => {
                if status.is_server_error() {
                    self.server_error(status);
                }
                self.effect(&state, first_after, several);
            }
            (Allowed::Accept { by, change }, true) => {
                let waiting = std::mem::take(&mut self.waiting);
                by.into_iter().chain(waiting).for_each(|own| self.keep(own));
                self.result(&change, &state, after)?;
            }
            (Allowed::Either { change, .. }, true) => self.result(&change, &state, after)?,
        }
        let now = self.read(seen.after).and_then(|(_, exchange)| self.version(exchange));
        if let Some(old) = state.version
            && now.is_some_and(|now| now != old)
        {
            self.earlier.insert(old);
        }
        Ok(())
    }

    /// Leaves out reasons that do not stand in the edition; where none is left, nothing forbids a success.
    fn standing(&self, allowed: Allowed) -> Allowed {
        let Allowed::Refuse { reasons, doubts } = allowed else { return allowed };
        let stands = |reason: &Reason| {
            let requirement = reason.requirement.as_ref().and_then(|id| self.contract.requirement(id));
            requirement.is_some_and(|own| own.standing(self.edition).is_some())
        };
        let reasons: Vec<Reason> = reasons.into_iter().filter(stands).collect();
        if reasons.is_empty() {
            Allowed::Either { doubts, change: Change::default() }
        } else {
            Allowed::Refuse { reasons, doubts }
        }
    }

    fn wrong_success(&mut self, reasons: &[Reason], status: StatusCode) {
        for reason in reasons {
            let Some(id) = &reason.requirement else { continue };
            let expected = self.rule(reason).map_or("a refusal".to_owned(), |rule| rule.expect.to_string());
            let found = format!("{status}: the request was carried out");
            let forbidden = self.rule(reason).is_some_and(|rule| rule.expect.grade(status) == Grade::Forbidden);
            let verdict = forbidden.then_some(Verdict::Fail);
            self.deviate(id.as_str(), Kind::Refusal, verdict, expected, found);
        }
    }

    /// Of several reasons for a refusal any may give the code: the mildest judgement counts.
    fn refusal(&mut self, reasons: &[Reason], doubts: &[Reason], status: StatusCode) {
        if status.is_server_error() {
            return self.server_error(status);
        }
        let judged = |reason: &Reason| match self.rule(reason) {
            Some(rule) => weigh(&rule, scenario::Outcome::Refused, status),
            None if status.is_client_error() => Verdict::Pass,
            None => Verdict::Fail,
        };
        let mildest = reasons.iter().chain(doubts).map(judged).max_by_key(|own| mildness(*own));
        match mildest {
            Some(verdict @ (Verdict::Fail | Verdict::Warn)) => {
                let first = reasons.iter().find(|own| self.rule(own).is_some());
                if let Some((reason, rule)) = first.and_then(|own| Some((own, self.rule(own)?))) {
                    let id = reason.requirement.clone();
                    let expected = rule.expect.to_string();
                    if let Some(id) = id {
                        self.deviate(id.as_str(), Kind::Refusal, Some(verdict), expected, status.to_string());
                    }
                }
            }
            Some(
                Verdict::Pass
                | Verdict::Observed
                | Verdict::Error
                | Verdict::Inconclusive
                | Verdict::NotTested
                | Verdict::NotApplicable,
            )
            | None => {
                // With one reason it is plain what was refused; it counts once a later request is accepted.
                let one_defect = reasons.iter().filter(|own| !own.also).count() == 1;
                if one_defect && doubts.iter().all(|own| own.requirement.is_none()) {
                    self.waiting.extend(reasons.iter().filter_map(|own| own.requirement.clone()));
                }
            }
        }
        self.keep_id(roles::NO_SERVER_ERROR);
    }

    fn wrong_refusal(&mut self, by: &[RequirementId], status: StatusCode) {
        // The tag sent is the current one; a refusal for the version breaks the rule about tags.
        let versioned = matches!(status.get(), 409 | 412);
        let id = if versioned { None } else { by.first().cloned() };
        let id = id.map_or(roles::DOCUMENTED_TAG.to_owned(), |own| own.as_str().to_owned());
        let (expected, found) = ("200".to_owned(), format!("{status}: a documented request was refused"));
        self.deviate(&id, Kind::Success, None, expected, found);
    }

    fn server_error(&mut self, status: StatusCode) {
        let verdict = self.rule_of(roles::NO_SERVER_ERROR).map(|rule| weigh(&rule, scenario::Outcome::Refused, status));
        let expected = "a 4xx code for a faulty request".to_owned();
        self.deviate(roles::NO_SERVER_ERROR, Kind::ServerError, verdict, expected, status.to_string());
    }

    /// A refusal changes neither content nor version (ATOM-01 to ATOM-03).
    fn effect(&mut self, state: &State, after: Option<(Rc<Value>, &'a Exchange)>, several: bool) {
        let Some((after, exchange)) = after else { return };
        let changed = resource::differences(&state.resource, &after);
        let content: Vec<&String> = changed.iter().filter(|own| !within(own, "/meta")).collect();
        let moved = state.version.is_some() && self.version(exchange) != state.version;
        if !content.is_empty() {
            let found = content.iter().map(|own| own.as_str()).collect::<Vec<_>>().join(", ");
            for id in [roles::REJECTED_WITHOUT_EFFECT, roles::ALL_OR_NOTHING].into_iter().take(1 + usize::from(several))
            {
                let expected = "the appointment as it was before the refusal".to_owned();
                self.deviate(id, Kind::Effect, None, expected, format!("changed: {found}"));
            }
        } else if moved || !changed.is_empty() {
            let expected = "the version as it was before the refusal".to_owned();
            self.deviate(roles::REJECTED_WITHOUT_VERSION, Kind::Effect, None, expected, "the version moved".to_owned());
        } else {
            self.keep_id(roles::REJECTED_WITHOUT_EFFECT);
            self.keep_id(roles::REJECTED_WITHOUT_VERSION);
        }
    }

    /// A success shows what was asked for, and nothing else (RSP-13, TRN-16, ATOM-02, ATOM-06, VER-18).
    fn result(
        &mut self,
        change: &Change,
        state: &State,
        after: Option<(Rc<Value>, &'a Exchange)>,
    ) -> Result<(), String> {
        let (after, exchange) = after.ok_or("the appointment could not be read back after a success")?;
        let shown = after.get("status").and_then(Value::as_str);
        if let Some(status) = change.status {
            let id = match (self.edition.is_vendor(), status) {
                (false, _) => roles::ALL_OR_NOTHING,
                (true, AppointmentStatus::Arrived) => roles::ARRIVAL_IS_READ,
                (true, _) => roles::EFFECT_IS_READ,
            };
            if shown == Some(status.code()) {
                self.keep_id(id);
            } else {
                let kind = Kind::Result("/status".to_owned(), Some(Value::from(status.code())));
                let found = format!("status {}", shown.unwrap_or("absent"));
                self.deviate(id, kind, None, format!("status {status} in the next read"), found);
            }
        }
        let changed = resource::differences(&state.resource, &after);
        if let Some(touches) = &change.touches {
            let beyond: Vec<&str> = changed
                .iter()
                .map(String::as_str)
                .filter(|own| !within(own, "/meta") && !within(own, "/text"))
                .filter(|own| !touches.iter().any(|touched| within(own, touched)))
                .collect();
            if beyond.is_empty() {
                self.keep_id(roles::ONLY_WHAT_IS_NAMED);
            } else {
                let found = format!("changed too: {}", beyond.join(", "));
                let expected = format!("nothing changed but {}", touches.join(", "));
                self.deviate(roles::ONLY_WHAT_IS_NAMED, Kind::Beyond(touches.clone()), None, expected, found);
            }
            if let Some(predicted) = &change.resource {
                self.prediction(predicted, &after, touches);
            }
        }
        let differs = changed.iter().any(|own| !within(own, "/meta") && !within(own, "/text"));
        if differs && state.version.is_some() && self.version(exchange) == state.version {
            let expected = "a new version for a change".to_owned();
            self.deviate(
                roles::CHANGE_MAKES_VERSION,
                Kind::Version,
                None,
                expected,
                "the version of before".to_owned(),
            );
        }
        Ok(())
    }

    /// The base specification: the members named hold what RFC 6902 makes of them (ATOM-02, RFC-09).
    fn prediction(&mut self, predicted: &Value, after: &Value, touches: &[String]) {
        let wrong = resource::differences(predicted, after)
            .into_iter()
            .filter(|own| !within(own, "/meta") && !within(own, "/text"))
            .filter(|own| touches.iter().any(|touched| within(own, touched)))
            .find(|own| !same(predicted.pointer(own), after.pointer(own)));
        let Some(pointer) = wrong else { return self.keep_id(roles::ALL_OR_NOTHING) };
        let expected = format!("{pointer} = {} in the next read", resource::shown(predicted.pointer(&pointer)));
        let found = format!("{pointer} = {}", resource::shown(after.pointer(&pointer)));
        let value = predicted.pointer(&pointer).cloned();
        self.deviate(roles::ALL_OR_NOTHING, Kind::Result(pointer, value), None, expected, found);
    }

    fn outcome(&mut self, received: &'a Received) {
        let check = OutcomeCheck {
            present: false,
            well_formed: true,
            has_error: false,
            code: Vec::new(),
            fhir_media_type: false,
        };
        match outcome::check(&check, received, &self.bodies) {
            Outcome::Broken { expected, found } => {
                self.deviate(roles::OUTCOME_WELL_FORMED, Kind::Outcome, None, expected, found)
            }
            Outcome::Holds => self.keep_id(roles::OUTCOME_WELL_FORMED),
            Outcome::Tolerated { .. } | Outcome::Undecided(_) | Outcome::Void => {}
        }
    }

    /// A read as a resource, with its exchange.
    fn read(&self, id: Option<ExchangeId>) -> Option<(Rc<Value>, &'a Exchange)> {
        let exchange = self.trail.exchange(id?)?;
        Some((self.bodies.resource(Some(exchange))?, exchange))
    }

    /// The opaque part of the version that a read shows.
    fn version(&self, read: &'a Exchange) -> Option<String> {
        version_of(&self.bodies, read)
    }

    fn rule(&self, reason: &Reason) -> Option<StatusRule> {
        let requirement = self.contract.requirement(reason.requirement.as_ref()?)?;
        requirement.standing(self.edition)?;
        let expect = reason
            .case
            .and_then(|case| requirement.expectation(self.edition, Some(case)))
            .or_else(|| requirement.expectation(self.edition, None))?;
        Some(StatusRule {
            requirement: requirement.id.clone(),
            expect: expect.clone(),
            code: requirement.code,
            breach: requirement.breach(self.edition),
            level: requirement.level,
        })
    }

    fn rule_of(&self, id: &str) -> Option<StatusRule> {
        self.rule(&Reason { requirement: Some(id.parse().ok()?), case: None, also: false })
    }

    /// Notes a deviation from a requirement that stands; its verdict is the requirement's where none is given.
    fn deviate(&mut self, id: &str, kind: Kind, verdict: Option<Verdict>, expected: String, found: String) {
        let Ok(requirement) = id.parse::<RequirementId>() else { return };
        let Some(own) = self.contract.requirement(&requirement) else { return };
        if own.standing(self.edition).is_none() {
            return;
        }
        let verdict = verdict.unwrap_or_else(|| own.breach(self.edition).into());
        let (step, exchange) = (self.step, self.exchange);
        self.seen.deviations.push(Deviation { step, requirement, kind, verdict, expected, found, exchange });
    }

    fn keep(&mut self, id: RequirementId) {
        *self.seen.kept.entry(id).or_default() += 1;
    }

    fn keep_id(&mut self, id: &str) {
        if let Ok(id) = id.parse() {
            self.keep(id);
        }
    }
}

/// The milder of two judgements of one code is the one with the larger number.
fn mildness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Error | Verdict::Fail => 0,
        Verdict::Warn => 1,
        Verdict::Inconclusive | Verdict::NotTested | Verdict::NotApplicable | Verdict::Observed => 2,
        Verdict::Pass => 3,
    }
}

/// The slots that the harness had found free when it built the request.
fn slots(seen: &StepSeen) -> BTreeSet<String> {
    let bound = ["slot", "slot-2"].into_iter().filter_map(|name| seen.bindings.get(name)?.as_str());
    bound.map(str::to_owned).collect()
}

fn bytes(exchange: &Exchange) -> Vec<u8> {
    match &exchange.request.body {
        Payload::Empty => Vec::new(),
        Payload::Text(text) => text.clone().into_bytes(),
        Payload::Base64(text) => base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default(),
    }
}

/// Equality that does not tell 1 from 1.0.
fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

fn within(pointer: &str, prefix: &str) -> bool {
    pointer == prefix || pointer.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
}
