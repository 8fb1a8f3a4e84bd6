//! Checks of the appointment that is read back, and of the members of a response.

use std::collections::BTreeMap;

use serde_json::Value;

use super::view::CheckView;
use crate::judge::resource;
use crate::judge::verdict::CheckResult;
use crate::plan::in_check;
use crate::suite::scenario::Check;
use crate::words::fhir::AppointmentStatus;

/// Checks that name values: those that only the run knows are filled in first.
pub(super) fn named(check: &Check, view: &CheckView<'_, '_>) -> CheckResult {
    let bound = match view.bindings {
        Some(bindings) => in_check(check, bindings),
        None => check.clone(),
    };
    with_after(view, |after| has_part(after, &bound))
}

/// What is read at a URL, and what the response to a PATCH of it names, has the id of the URL (reading C-44).
pub(super) fn id_of_url(view: &CheckView<'_, '_>) -> CheckResult {
    let Some(id) = view.exchange.appointment.as_deref() else { return CheckResult::Void };
    for name in ["location", "content-location"] {
        let named = view.received.header(name).and_then(|location| location.split_once("Appointment/"));
        let named = named.map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
        if let Some(named) = named.filter(|named| *named != id) {
            return CheckResult::of(false, format!("{name} of Appointment/{id}"), format!("Appointment/{named}"));
        }
    }
    let body = view.bodies.json(&view.received.body);
    let appointment = body.filter(|body| body.get("resourceType").and_then(Value::as_str) == Some("Appointment"));
    let Some(appointment) = appointment else { return CheckResult::Void };
    let found = appointment.get("id");
    CheckResult::of(
        found.and_then(Value::as_str) == Some(id),
        format!("an Appointment with id {id} at its URL"),
        format!("id {}", resource::shown(found)),
    )
}

/// None of these places is in the appointment read back.
pub(super) fn absent(pointers: &[String], view: &CheckView<'_, '_>) -> CheckResult {
    with_after(view, |after| match pointers.iter().find(|pointer| after.pointer(pointer).is_some()) {
        None => CheckResult::Holds,
        Some(pointer) => CheckResult::of(
            false,
            format!("no {pointer} in the appointment read back"),
            format!("{pointer} = {}", resource::shown(after.pointer(pointer))),
        ),
    })
}

/// The response has these members.
pub(super) fn body_has(members: &BTreeMap<String, Value>, view: &CheckView<'_, '_>) -> CheckResult {
    match view.bodies.json(&view.received.body) {
        Some(body) => has_members(&body, members, "in the answer"),
        None => CheckResult::of(false, "a JSON body", "none"),
    }
}

/// A heuristic (APPT-BASE-13): a generated narrative that names a status names the one held.
pub(super) fn narrative(view: &CheckView<'_, '_>) -> CheckResult {
    with_after(view, narrated)
}

fn narrated(after: &Value) -> CheckResult {
    let text = after.get("text").and_then(|text| text.get("div")).and_then(Value::as_str);
    let status = after.get("status").and_then(Value::as_str);
    let (Some(text), Some(status)) = (text, status) else { return CheckResult::Void };
    let text = text.to_lowercase();
    let named: Vec<&str> =
        AppointmentStatus::ALL.iter().map(|status| status.code()).filter(|code| text.contains(code)).collect();
    CheckResult::of(
        named.is_empty() || named.contains(&status),
        format!("a narrative that names {status}, or no status"),
        format!("a narrative that names {}", named.join(", ")),
    )
}

fn with_after(view: &CheckView<'_, '_>, judge: impl FnOnce(&Value) -> CheckResult) -> CheckResult {
    match view.bodies.resource(view.after) {
        Some(after) => judge(&after),
        None => CheckResult::Undecided("the appointment could not be read back".to_owned()),
    }
}

/// Whether a part is, or is not, in the appointment read back.
fn has_part(after: &Value, check: &Check) -> CheckResult {
    if let Check::AfterContains(part) = check {
        let expected = format!("{part} in the appointment read back");
        CheckResult::of(resource::contains(after, part), expected, "it is not there")
    } else if let Check::AfterLacks(part) = check {
        let expected = format!("no {part} in the appointment read back");
        CheckResult::of(!resource::contains(after, part), expected, "it is there")
    } else if let Check::After(members) = check {
        has_members(after, members, "read back")
    } else {
        CheckResult::Void
    }
}

fn has_members(whole: &Value, members: &BTreeMap<String, Value>, place: &str) -> CheckResult {
    for (pointer, expected) in members {
        let found = whole.pointer(pointer);
        if !found.is_some_and(|found| resource::contains(found, expected)) {
            return CheckResult::Broken {
                expected: format!("{pointer} = {expected} {place}"),
                found: format!("{pointer} = {}", resource::shown(found)),
            };
        }
    }
    CheckResult::Holds
}
