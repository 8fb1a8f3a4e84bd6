//! A step that the contract does not want carried out: its status code, and that it has no effect.

use super::account::{Account, Shown};
use super::deviation::{Deviation, DeviationKind, Undecided};
use crate::execute::evidence::{Exchange, ExchangeId, ListTrial};
use crate::judge::status::weigh;
use crate::judge::verdict::Verdict;
use crate::model::{AppointmentState, Reason};
use crate::suite::contract::{Grade, RequirementId, roles};
use crate::suite::scenario;
use crate::words::fhir::StatusCode;
use crate::words::json::within;

impl<'e> Account<'e> {
    /// A request that must be rejected was carried out.
    pub(super) fn wrong_success(&mut self, reasons: &[Reason], status: StatusCode) {
        for reason in reasons {
            let Some(id) = &reason.requirement else { continue };
            let expected = self.rule(reason).map_or("a refusal".to_owned(), |rule| rule.expect.to_string());
            let found = format!("{status}: the request was carried out");
            let forbidden = self.rule(reason).is_some_and(|rule| rule.expect.grade(status) == Grade::Forbidden);
            let verdict = forbidden.then_some(Verdict::Fail);
            self.deviate(id.as_str(), DeviationKind::Rejection, verdict, expected, found);
        }
    }

    /// Of several reasons for a rejection any may give the code: the mildest judgement counts.
    pub(super) fn rejection(&mut self, reasons: &[Reason], doubts: &[Reason], status: StatusCode) {
        if status.is_server_error() {
            return self.server_error(status);
        }
        let judged = |reason: &Reason| match self.rule(reason) {
            Some(rule) => weigh(&rule, scenario::Outcome::Refused, status),
            None if status.is_client_error() => Verdict::Pass,
            None => Verdict::Fail,
        };
        match reasons.iter().chain(doubts).map(judged).max_by_key(|verdict| mildness(*verdict)) {
            Some(verdict @ (Verdict::Fail | Verdict::Warn)) => {
                let ruled = reasons.iter().find_map(|reason| Some((reason.requirement.clone()?, self.rule(reason)?)));
                if let Some((id, rule)) = ruled {
                    let expected = rule.expect.to_string();
                    self.deviate(id.as_str(), DeviationKind::Rejection, Some(verdict), expected, status.to_string());
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
                // With one reason it is plain what was rejected; it counts once a later request is accepted.
                let one_defect = reasons.iter().filter(|reason| !reason.also).count() == 1;
                if one_defect && doubts.iter().all(|doubt| doubt.requirement.is_none()) {
                    self.waiting.extend(reasons.iter().filter_map(|reason| reason.requirement.clone()));
                }
            }
        }
        self.keep_id(roles::NO_SERVER_ERROR);
    }

    /// A request that must be accepted was rejected.
    pub(super) fn wrong_rejection(&mut self, by: &[RequirementId], status: StatusCode) {
        // The tag sent is the current one; a rejection for the version breaks the rule about tags.
        let versioned = matches!(status.get(), 409 | 412);
        let id = by.first().filter(|_| !versioned);
        let id = id.map_or(roles::DOCUMENTED_TAG, RequirementId::as_str);
        let found = format!("{status}: a documented request was refused");
        self.deviate(id, DeviationKind::Success, None, "200", found);
    }

    /// A rejection counts, also as a wrong one, only where a later request of the list was accepted (design section 4.3); what
    /// does not count leaves the list undecided.
    pub(super) fn without_control(&mut self, list: &ListTrial) {
        let accepted = |id: ExchangeId| self.exchange_of(id).is_some_and(|one| one.is_patch() && one.succeeded());
        let last = list.sent().map(|(_, seen)| seen.exchange).chain(list.control).filter(|id| accepted(*id)).last();
        let controlled = |deviation: &Deviation| {
            let rejected = self.exchange_of(deviation.exchange).and_then(Exchange::status);
            let about = matches!(deviation.kind, DeviationKind::Rejection | DeviationKind::Success);
            !about
                || !rejected.is_some_and(StatusCode::is_client_error)
                || last.is_some_and(|last| last > deviation.exchange)
        };
        let (counted, rest): (Vec<Deviation>, Vec<Deviation>) =
            self.judged.deviations.iter().cloned().partition(controlled);
        self.judged.deviations = counted;
        if let Some(first) = rest.first() {
            let why = format!("{}, and no plain PATCH after it was accepted, so that it says nothing", first.found);
            if self.judged.undecided.is_none() {
                // The control shows what stands behind it, where one was sent.
                let at = list.control.unwrap_or(first.exchange);
                (self.judged.undecided, self.judged.open_at) = (Some(Undecided::trouble(why)), Some(at));
            }
        }
    }

    /// A server error for a faulty request.
    pub(super) fn server_error(&mut self, status: StatusCode) {
        let verdict = self.rule_of(roles::NO_SERVER_ERROR).map(|rule| weigh(&rule, scenario::Outcome::Refused, status));
        let (id, expected) = (roles::NO_SERVER_ERROR, "a 4xx code for a faulty request");
        self.deviate(id, DeviationKind::ServerError, verdict, expected, status.to_string());
    }

    /// A rejected request changes neither content nor version (ATOM-01 to ATOM-03).
    pub(super) fn effect(&mut self, state: &AppointmentState, after: Option<Shown<'e>>) {
        let Some((after, exchange)) = after else { return };
        let changed = self.moving.differences(&state.resource, &after);
        let content: Vec<&str> = changed.iter().map(String::as_str).filter(|path| !within(path, "/meta")).collect();
        let moved = state.version.is_some() && self.version(exchange) != state.version;
        if !content.is_empty() {
            let found = format!("changed: {}", content.join(", "));
            for id in
                [roles::REJECTED_WITHOUT_EFFECT, roles::ALL_OR_NOTHING].into_iter().take(1 + usize::from(self.several))
            {
                let expected = "the appointment as it was before the refusal";
                self.deviate(id, DeviationKind::Effect, None, expected, found.as_str());
            }
        } else if moved || !changed.is_empty() {
            let expected = "the version as it was before the refusal";
            self.deviate(roles::REJECTED_WITHOUT_VERSION, DeviationKind::Effect, None, expected, "the version moved");
        } else {
            self.keep_id(roles::REJECTED_WITHOUT_EFFECT);
            // That the tag from before is still good is seen once a later request is accepted.
            self.waiting.extend(roles::REJECTED_WITHOUT_VERSION.parse::<RequirementId>());
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
