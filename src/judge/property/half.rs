//! The property of requests over which the server failed and that took effect: they did so whole (APPT-ATOM-07).

use std::collections::BTreeMap;

use super::responses::Responses;
use super::scope::patches_appointment;
use crate::execute::evidence::{Exchange, ExchangeId, LostKind, Purpose, Reply};
use crate::judge::check::{FailedPatch, LeftBehind};
use crate::judge::index::Index;
use crate::judge::verdict::CheckResult;

/// After each PATCH that ended in a server error, or lost its response, the appointment is as it was or as the document
/// makes it.
pub(super) fn effects(index: &Index<'_>, responses: &mut Responses) {
    let someone = index.strangers.shown();
    let mut held = Vec::new();
    let mut open = false;
    for exchange in index.exchanges().filter(|exchange| patches_appointment(exchange)) {
        match left_behind(index, exchange) {
            None | Some(LeftBehind::Unknown) => responses.add(exchange.id, CheckResult::Void),
            Some(LeftBehind::Old | LeftBehind::New) => held.push(exchange.id),
            Some(LeftBehind::Half(found)) => {
                let found = format!("{}, and {found}", exchange.outcome_in_words());
                let expected = "the appointment as it was, or as the whole document makes it".to_owned();
                open |= someone.is_some();
                responses.add(
                    exchange.id,
                    match someone {
                        Some(why) => CheckResult::Undecided(format!("{found}, but someone else writes here: {why}")),
                        None => CheckResult::Broken { expected, found },
                    },
                );
            }
        }
    }
    // What someone else may have done is no reason to call the rule kept.
    for id in held.into_iter().filter(|_| !open) {
        responses.add(id, CheckResult::Holds);
    }
}

/// The requests over which the server failed, and that had a part of their effect.
pub(super) fn half_done(index: &Index<'_>) -> BTreeMap<ExchangeId, String> {
    let halves = index.exchanges().filter(|exchange| patches_appointment(exchange)).filter_map(|exchange| {
        match left_behind(index, exchange)? {
            LeftBehind::Half(found) => Some((exchange.id, found)),
            LeftBehind::Old | LeftBehind::New | LeftBehind::Unknown => None,
        }
    });
    halves.collect()
}

/// What a PATCH left behind over which the server failed; nothing where it did not, or where the document must not be
/// carried out at all, which is another rule's matter (APPT-ATOM-01).
fn left_behind(index: &Index<'_>, exchange: &Exchange) -> Option<LeftBehind> {
    let may_be_done = match (index.place(exchange.id), exchange.purpose) {
        (Some(place), _) => !place.step.outcome.is_of_mistake(),
        (None, Purpose::Advance | Purpose::Control | Purpose::Walk) => true,
        (
            None,
            Purpose::Create
            | Purpose::Read
            | Purpose::Preflight
            | Purpose::Search
            | Purpose::Try
            | Purpose::Race
            | Purpose::Token
            | Purpose::CleanUp,
        ) => false,
    };
    if !may_be_done || !ended_in_error(exchange) {
        return None;
    }
    let (before, after) = (index.read_before(exchange.id)?, index.read_after(exchange.id)?);
    // What was sent between the reads beside it may have done the same.
    let alone =
        |other: &Exchange| other.id == exchange.id || other.appointment != exchange.appointment || !other.is_write();
    let between = (before.id..after.id).filter_map(|id| index.exchange(id));
    if !between.into_iter().all(alone) {
        return None;
    }
    let (bodies, moving, commands) = (&index.bodies, &index.moving, index.edition.is_vendor());
    Some(FailedPatch { patch: index.exchange(exchange.id)?, before, after, bodies, moving, commands }.left_behind())
}

/// Whether the server says that it failed, or says nothing and closes the connection; one that a gateway no longer waits
/// for may still be at it.
fn ended_in_error(exchange: &Exchange) -> bool {
    match &exchange.reply {
        Reply::Received(received) => matches!(received.status.get(), 500 | 501 | 503),
        Reply::Lost(lost) => lost.kind == LostKind::Broken,
    }
}
