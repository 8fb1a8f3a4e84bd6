//! Which exchanges a property is about.

use crate::execute::evidence::{Exchange, Purpose};
use crate::judge::bodies::Bodies;
use crate::judge::index::Index;
use crate::judge::status::says_nothing;
use crate::plan::{PropertyRule, status_set};
use crate::suite::contract::CodePattern;
use crate::suite::scenario::{On, Outcome};
use crate::words::fhir::AppointmentStatus;

/// Whether an exchange is of the kind.
pub(super) fn concerns(index: &Index<'_>, on: On, exchange: &Exchange) -> bool {
    let Some(status) = exchange.status() else { return false };
    if says_nothing(status) {
        return false;
    }
    match on {
        On::Answer => exchange.is_patch(),
        On::Success => exchange.is_patch() && status.is_success(),
        On::Refusal => exchange.is_patch() && status.is_client_error(),
        On::Mistake => {
            exchange.is_patch() && index.place(exchange.id).is_some_and(|place| place.step.outcome == Outcome::Refused)
        }
        On::Read => exchange.purpose == Purpose::Read && exchange.request.method == "GET" && status.get() == 200,
        On::Response => true,
        On::Batch | On::Lane => false,
    }
}

/// Whether an exchange meets the conditions of the property.
pub(super) fn when<'a>(index: &Index<'a>, property: &PropertyRule, exchange: &'a Exchange) -> bool {
    let when = &property.when;
    let status = exchange.status();
    let covered = |set: &[CodePattern]| status.is_some_and(|status| set.iter().any(|pattern| pattern.covers(status)));
    if !when.status.is_empty() && !covered(&when.status) {
        return false;
    }
    if when.without_header.as_ref().is_some_and(|name| exchange.sent_header(name).is_some())
        || when.with_header.as_ref().is_some_and(|name| exchange.sent_header(name).is_none())
    {
        return false;
    }
    if when.to.is_empty() && when.not_to.is_empty() {
        return true;
    }
    let sent = status_sent(&index.bodies, exchange);
    let held = index.read_before(exchange.id).and_then(|read| {
        index.bodies.json(&read.received()?.body)?.get("status")?.as_str()?.parse::<AppointmentStatus>().ok()
    });
    match sent {
        None => when.to.is_empty(),
        Some(sent) if !when.to.is_empty() => when.to.contains(&sent),
        Some(sent) => !when.not_to.contains(&sent) && held != Some(sent),
    }
}

fn status_sent<'a>(bodies: &Bodies<'a>, exchange: &'a Exchange) -> Option<AppointmentStatus> {
    status_set(&*bodies.json(&exchange.request.body)?)
}
