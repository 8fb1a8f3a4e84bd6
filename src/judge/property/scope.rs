//! Which exchanges a property is about.

use serde_json::Value;

use crate::execute::evidence::{Exchange, Purpose};
use crate::judge::bodies::Bodies;
use crate::judge::index::{Index, StepPlace};
use crate::judge::status::says_nothing;
use crate::plan::{PropertyRule, status_set};
use crate::suite::contract::CodePattern;
use crate::suite::scenario::On;
use crate::words::fhir::AppointmentStatus;

/// Whether an exchange is of the kind.
pub(super) fn concerns<'a>(index: &Index<'a>, on: On, exchange: &'a Exchange) -> bool {
    let Some(status) = exchange.status() else { return false };
    // What an authorization server responds is not the API's.
    if says_nothing(status) || exchange.purpose == Purpose::Token {
        return false;
    }
    match on {
        On::AnyUrl => exchange.is_patch(),
        On::Answer => patches_appointment(exchange),
        On::Success => patches_appointment(exchange) && status.is_success(),
        On::Refusal => patches_appointment(exchange) && status.is_client_error(),
        On::Mistake => {
            let refused = |place: StepPlace<'_>| place.step.outcome.is_of_mistake();
            patches_appointment(exchange) && index.place(exchange.id).is_some_and(refused)
        }
        On::Read => is_read(exchange),
        On::Served => index.was_patched(exchange) && (is_read(exchange) || is_returned(index, exchange)),
        On::Response => true,
        On::Batch | On::Lane | On::Request => false,
    }
}

/// Whether an appointment was read.
fn is_read(exchange: &Exchange) -> bool {
    let was_found = exchange.status().is_some_and(|status| status.get() == 200);
    exchange.purpose == Purpose::Read && exchange.request.method == "GET" && was_found
}

/// Whether the response to a PATCH carries an appointment.
fn is_returned<'a>(index: &Index<'a>, exchange: &'a Exchange) -> bool {
    let body = index.bodies.resource(Some(exchange)).filter(|_| patches_appointment(exchange));
    body.is_some_and(|body| body.get("resourceType").and_then(Value::as_str) == Some("Appointment"))
}

/// Whether a request is a PATCH of `/Appointment/{id}`: what other URLs do with the method says nothing about it.
pub(super) fn patches_appointment(exchange: &Exchange) -> bool {
    let path = exchange.request.url.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.rsplit('/');
    let id = segments.next().unwrap_or_default();
    exchange.is_patch() && !id.is_empty() && segments.next() == Some("Appointment")
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
