//! Judges a list step by step: what was seen, held against the model and the checks that always hold.

use std::collections::BTreeSet;

use base64::Engine as _;

use super::account::{Account, Shown};
use super::deviation::{DeviationKind, ListJudgement, Undecided};
use crate::execute::evidence::{Exchange, ExchangeId, ListTrial, Moving, Payload, Reply, Response, StepSeen};
use crate::judge::check::{Beside, FailedPatch, LeftBehind, beside};
use crate::judge::outcome;
use crate::judge::status::{says_nothing, shuts_out};
use crate::judge::suspects::likely;
use crate::judge::verdict::{CheckResult, Verdict};
use crate::model::{self, Allowed, AppointmentState, PermittedChange, Reason};
use crate::suite::contract::{Contract, Edition, roles};
use crate::suite::scenario::OutcomeCheck;
use crate::words::fhir::StatusCode;

/// Judges the steps of a list in order. Its ids are places in `exchanges`; what moves by itself
/// was seen in the run before the lists.
pub fn judge_list(
    contract: &Contract,
    edition: Edition,
    (exchanges, moving): (&[Exchange], &Moving),
    list: &ListTrial,
) -> ListJudgement {
    let mut account = Account::new(contract, edition, exchanges, moving);
    for (place, seen) in list.sent() {
        (account.step, account.exchange) = (place, seen.exchange);
        if let Err(why) = account.judge_step(seen) {
            (account.judged.undecided, account.judged.open_at) = (Some(why), Some(seen.exchange));
            break;
        }
        account.judged.judged += 1;
    }
    account.without_control(list);
    if let Some(watched) = list.bystander.as_ref().and_then(|bystander| Beside::of(bystander, exchanges)) {
        account.bystander(list, watched);
    }
    if let Some(why) = &list.halted {
        account.judged.undecided.get_or_insert_with(|| Undecided::trouble(why.as_str()));
    }
    account.judged
}

impl<'e> Account<'e> {
    /// # Errors
    /// Nothing follows from this step, nor from those after it.
    fn judge_step(&mut self, seen: &StepSeen) -> Result<(), Undecided> {
        let exchange =
            self.exchange_of(seen.exchange).ok_or_else(|| Undecided::trouble("the evidence lacks the exchange"))?;
        if exchange.is_patch() && exchange.failed_over() && exchange.received().is_none() {
            return self.unanswered(seen, exchange);
        }
        let received = answered(exchange)?;
        let status = received.status;
        self.outcome(received);
        if !exchange.is_patch() {
            return match (status.is_success(), received.limit()) {
                (_, Some(limit)) => Err(Undecided::Limit(limit.into_owned())),
                (true, None) => Ok(()),
                (false, None) => Err(Undecided::Trouble(format!("a read was answered {status}"))),
            };
        }
        let (state, allowed) = self.allowed(seen, exchange)?;
        if status.is_success() {
            // The status alone shows what was carried out, whatever became of the reads.
            if let Allowed::Refuse { reasons, .. } = &allowed {
                self.wrong_success(reasons, status);
            }
            let after = self.read(seen.after)?;
            if let Some((served, _)) = &after {
                self.served(&state.resource, served);
            }
            // Without a read after it, what comes next would be charged with its change.
            let unread = after.is_none();
            self.carried_out(allowed, &state, after)?;
            if unread {
                return Err(Undecided::trouble("the appointment could not be read back after a success"));
            }
        } else if self.done_although(&allowed, seen, exchange)? {
            // What it was to do is done, or half of it, and that is told.
        } else {
            self.rejected(allowed, status)?;
            let first_after = self.read(seen.first_after)?;
            self.effect(&state, first_after);
        }
        self.pass_on(state.version, seen)?;
        received.limit().map_or(Ok(()), |limit| Err(Undecided::Limit(limit.into_owned())))
    }

    /// What may become of a request, in the state in which it met the appointment.
    fn allowed(&mut self, seen: &StepSeen, exchange: &'e Exchange) -> Result<(AppointmentState, Allowed), Undecided> {
        let before = self.read(seen.before)?;
        let before = before.ok_or_else(|| Undecided::trouble("the appointment could not be read before"))?;
        let state = AppointmentState {
            version: self.version(before.1),
            strong: before.1.received().and_then(|read| read.header("etag")).is_some_and(|tag| tag.starts_with('"')),
            resource: (*before.0).clone(),
            earlier: self.earlier.clone(),
            free_slots: slots(seen),
        };
        let body = bytes(exchange);
        let request = model::PatchRequest { headers: &exchange.request.headers, body: &body };
        let allowed = self.standing(model::step(self.edition, &self.contract.tables, &state, &request));
        self.several = body.windows(5).filter(|part| part == b"\"op\":").count() > 1;
        Ok((state, allowed))
    }

    /// The version that a step replaced is one of the earlier ones for those after it.
    fn pass_on(&mut self, old: Option<String>, seen: &StepSeen) -> Result<(), Undecided> {
        let now = self.read(seen.after)?.and_then(|(_, exchange)| self.version(exchange));
        self.earlier.extend(old.filter(|old| now.is_some_and(|now| now != *old)));
        Ok(())
    }

    /// A PATCH that got no response: the list goes on from what the read after it shows (reading C-45).
    fn unanswered(&mut self, seen: &StepSeen, exchange: &'e Exchange) -> Result<(), Undecided> {
        let (state, allowed) = self.allowed(seen, exchange)?;
        match &allowed {
            Allowed::Refuse { .. } => {
                let after = self.read(seen.first_after)?.ok_or_else(|| answered_nothing(exchange))?;
                self.effect(&state, Some(after));
            }
            Allowed::Accept { .. } | Allowed::Either { .. } => drop(self.done_although(&allowed, seen, exchange)?),
        }
        self.pass_on(state.version, seen)
    }

    /// Whether a request that may be carried out was, over which the server failed; one that was carried out by half is a
    /// breach (APPT-ATOM-07).
    ///
    /// # Errors
    /// What became of it is not known.
    fn done_although(&mut self, allowed: &Allowed, seen: &StepSeen, exchange: &'e Exchange) -> Result<bool, Undecided> {
        let may_be_done = match allowed {
            Allowed::Accept { .. } | Allowed::Either { .. } => true,
            Allowed::Refuse { .. } => false,
        };
        if !may_be_done || !exchange.failed_over() {
            return Ok(false);
        }
        let read = |id: Option<ExchangeId>| id.and_then(|id| self.exchange_of(id));
        let (Some(before), Some(after)) = (read(seen.before), read(seen.first_after)) else {
            return Err(answered_nothing(exchange));
        };
        let (bodies, moving, commands) = (&self.bodies, self.moving, self.edition.is_vendor());
        match (FailedPatch { patch: exchange, before, after, bodies, moving, commands }).left_behind() {
            LeftBehind::Old => Ok(false),
            LeftBehind::New => Ok(true),
            LeftBehind::Half(found) => {
                let expected = "the appointment as it was, or as the whole document makes it";
                let found = format!("{}, and {found}", exchange.outcome_in_words());
                self.deviate(roles::ERROR_LEAVES_OLD_OR_NEW, DeviationKind::Half, None, expected, found);
                Ok(true)
            }
            LeftBehind::Unknown => Err(answered_nothing(exchange)),
        }
    }

    /// A request that was carried out and may be.
    fn carried_out(
        &mut self,
        allowed: Allowed,
        state: &AppointmentState,
        after: Option<Shown<'e>>,
    ) -> Result<(), Undecided> {
        match allowed {
            Allowed::Refuse { .. } => Ok(()),
            Allowed::Accept { by, change } => {
                let waiting = std::mem::take(&mut self.waiting);
                by.into_iter().chain(waiting).for_each(|id| self.keep(id));
                self.result(&change, state, after)
            }
            Allowed::Either { change, .. } => self.result(&change, state, after),
        }
    }

    /// A request that was rejected, by its status code.
    fn rejected(&mut self, allowed: Allowed, status: StatusCode) -> Result<(), Undecided> {
        match allowed {
            Allowed::Refuse { reasons, doubts } => self.rejection(&reasons, &doubts, status),
            Allowed::Accept { by, .. } => {
                if matches!(status.get(), 423 | 424) {
                    return Err(Undecided::Trouble(format!(
                        "{status}: the target could not carry it out at this moment"
                    )));
                }
                self.wrong_rejection(&by, status);
            }
            Allowed::Either { .. } if status.is_server_error() => self.server_error(status),
            Allowed::Either { .. } => {}
        }
        Ok(())
    }

    /// Leaves out reasons that do not stand in the edition, or do not apply to the target; where none is left, nothing forbids a success.
    fn standing(&self, allowed: Allowed) -> Allowed {
        let Allowed::Refuse { reasons, doubts } = allowed else { return allowed };
        let stands = |reason: &Reason| {
            let requirement = reason.requirement.as_ref().and_then(|id| self.contract.requirement(id));
            let applies = |id: &str| id != roles::UNSUPPORTED_FORMAT || !self.may_list_format();
            requirement.is_some_and(|one| one.standing(self.edition).is_some() && applies(one.id.as_str()))
        };
        let reasons: Vec<Reason> = reasons.into_iter().filter(stands).collect();
        if reasons.is_empty() {
            Allowed::Either { doubts, change: PermittedChange::default() }
        } else {
            Allowed::Refuse { reasons, doubts }
        }
    }

    /// Any OperationOutcome is well formed; one in a body that met a limit is left open.
    fn outcome(&mut self, received: &'e Response) {
        if received.limit().is_some() {
            return;
        }
        let check = OutcomeCheck {
            present: false,
            well_formed: true,
            has_error: false,
            code: Vec::new(),
            fhir_media_type: false,
        };
        match outcome::check(&check, received, &self.bodies) {
            CheckResult::Broken { expected, found } => {
                self.deviate(roles::OUTCOME_WELL_FORMED, DeviationKind::Outcome, None, expected, found);
            }
            CheckResult::Holds => self.keep_id(roles::OUTCOME_WELL_FORMED),
            CheckResult::Tolerated { .. } | CheckResult::Undecided(_) | CheckResult::Void => {}
        }
    }

    /// The step of a list that most likely changed an appointment which it does not address.
    fn suspect(&self, list: &ListTrial, id: &str) -> Option<(usize, ExchangeId)> {
        let patches =
            list.sent().filter_map(|(_, seen)| self.exchange_of(seen.exchange).filter(|sent| sent.is_patch()));
        let first = likely(&patches.collect::<Vec<_>>(), id, |_| false).first()?.id;
        list.sent().find(|(_, seen)| seen.exchange == first).map(|(place, seen)| (place, seen.exchange))
    }

    /// No request changed the appointment that none addressed.
    fn bystander(&mut self, list: &ListTrial, watched: Beside<'e>) {
        let limit =
            [watched.before, watched.after].into_iter().filter_map(Exchange::received).find_map(Response::limit);
        match (beside(watched, &self.bodies, self.moving), limit) {
            (_, Some(limit)) => {
                self.judged.undecided.get_or_insert_with(|| Undecided::Limit(limit.into_owned()));
            }
            (CheckResult::Broken { expected, found }, None) => {
                if let Some((place, step)) = self.suspect(list, watched.id) {
                    (self.step, self.exchange) = (place, step);
                }
                let (id, verdict) = (roles::NO_OTHER_RESOURCE, Some(Verdict::Fail));
                self.deviate(id, DeviationKind::Bystander, verdict, expected, found);
            }
            (
                CheckResult::Holds | CheckResult::Tolerated { .. } | CheckResult::Undecided(_) | CheckResult::Void,
                None,
            ) => {}
        }
    }
}

/// What a request did over which the server failed is not known.
fn answered_nothing(exchange: &Exchange) -> Undecided {
    Undecided::Trouble(format!("{}, and what it did to the appointment is not known", exchange.outcome_in_words()))
}

/// A response from which something follows.
fn answered(exchange: &Exchange) -> Result<&Response, Undecided> {
    let received = match &exchange.reply {
        Reply::Received(received) => received,
        Reply::Lost(lost) => return Err(Undecided::Trouble(format!("no answer: {}", lost.message))),
    };
    let status = received.status;
    if says_nothing(status) {
        return Err(Undecided::Trouble(format!("{status} says nothing about the contract")));
    }
    if shuts_out(status) {
        let why = format!("{status}: the target did not accept the credentials of the run");
        return Err(Undecided::Trouble(why));
    }
    Ok(received)
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
