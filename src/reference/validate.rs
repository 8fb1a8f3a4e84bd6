//! Whether a JSON value is an Appointment that FHIR R4 allows, as far as the contract can notice.

use serde_json::Value;

use super::appointment::reference;
use super::respond::{Issue, Refusal};
use super::value::begins;
use crate::words::fhir::AppointmentStatus;

/// The members of an Appointment and the JSON type of each (FHIR R4 Appointment, DomainResource, Resource).
const MEMBERS: [(&str, Shape); 32] = [
    ("resourceType", Shape::Text),
    ("id", Shape::Text),
    ("meta", Shape::Object),
    ("implicitRules", Shape::Text),
    ("language", Shape::Text),
    ("text", Shape::Object),
    ("contained", Shape::Objects),
    ("extension", Shape::Objects),
    ("modifierExtension", Shape::Objects),
    ("identifier", Shape::Objects),
    ("status", Shape::Text),
    ("cancelationReason", Shape::Object),
    ("serviceCategory", Shape::Objects),
    ("serviceType", Shape::Objects),
    ("specialty", Shape::Objects),
    ("appointmentType", Shape::Object),
    ("reasonCode", Shape::Objects),
    ("reasonReference", Shape::Objects),
    ("priority", Shape::Number),
    ("description", Shape::Text),
    ("supportingInformation", Shape::Objects),
    ("start", Shape::Text),
    ("end", Shape::Text),
    ("minutesDuration", Shape::Number),
    ("slot", Shape::Objects),
    ("created", Shape::Text),
    ("comment", Shape::Text),
    ("patientInstruction", Shape::Text),
    ("basedOn", Shape::Objects),
    ("participant", Shape::Objects),
    ("requestedPeriod", Shape::Objects),
    ("_status", Shape::Object),
];

#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Number,
    Object,
    Objects,
}

/// Only the server says what a resource is called and which version it is (BASE-17).
///
/// # Errors
/// 422 where a patch changed the type, the id or the meta of a resource.
pub(super) fn keeps_identity(before: &Value, after: &Value) -> Result<(), Refusal> {
    for name in ["resourceType", "id", "meta"] {
        if before.get(name) != after.get(name) {
            return Err(Refusal::business_rule(format!("`{name}` cannot be changed by a client.")));
        }
    }
    Ok(())
}

/// Checks the members, the value sets and the invariants app-1 to app-4 (BASE-06 to BASE-11).
///
/// # Errors
/// 422 for the first thing found wrong.
pub(super) fn appointment(resource: &Value) -> Result<(), Refusal> {
    check(resource)
        .map_err(|(issue, what)| Refusal::new(422, issue, format!("The appointment would be invalid: {what}.")))
}

fn check(resource: &Value) -> Result<(), (Issue, String)> {
    let Some(members) = resource.as_object() else { return wrong("it is not an object") };
    if resource.get("resourceType").and_then(Value::as_str) != Some("Appointment") {
        return wrong("its resourceType is not Appointment");
    }
    for (name, value) in members {
        let Some((_, shape)) = MEMBERS.iter().find(|(own, _)| own == name) else {
            return wrong(format!("`{}` is no member of an Appointment", super::respond::shorten(name)));
        };
        if !shape.fits(value) {
            return wrong(format!("`{name}` has a value of the wrong type"));
        }
    }
    let Some(status) = resource.get("status").and_then(Value::as_str) else { return wrong("`status` is missing") };
    let Ok(status) = status.parse::<AppointmentStatus>() else {
        return Err((Issue::CodeInvalid, "`status` is not in its value set".to_owned()));
    };
    for name in ["start", "end"] {
        let text = resource.get(name).and_then(Value::as_str);
        if text.is_some_and(|text| begins(text).is_none() || !text.contains('T')) {
            return wrong(format!("`{name}` is no instant"));
        }
    }
    let participants = resource.get("participant").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if participants.is_empty() {
        return wrong("it has no participant");
    }
    for participant in participants {
        let participation = participant.get("status").and_then(Value::as_str).unwrap_or_default();
        if !["accepted", "declined", "tentative", "needs-action"].contains(&participation) {
            return Err((Issue::CodeInvalid, "a participant's `status` is not in its value set".to_owned()));
        }
        if participant.get("type").is_none() && participant.get("actor").is_none() {
            return broken("a participant has neither type nor actor (app-1)");
        }
    }
    let (start, end) = (resource.get("start").is_some(), resource.get("end").is_some());
    let untimed = [AppointmentStatus::Proposed, AppointmentStatus::Cancelled, AppointmentStatus::Waitlist];
    // The expression of app-4 has `no-show`, but the code is `noshow` (reading C-17).
    let over = [AppointmentStatus::Cancelled, AppointmentStatus::Noshow];
    if start != end {
        return broken("it has only one of start and end (app-2)");
    }
    if !start && !untimed.contains(&status) {
        return broken("its status needs start and end (app-3)");
    }
    if !periods_run_forwards(resource) {
        return broken("a period ends before it starts (per-1)");
    }
    if resource.get("cancelationReason").is_some() && !over.contains(&status) {
        return broken("its status takes no cancelationReason (app-4)");
    }
    Ok(())
}

/// Looks for a Period anywhere that ends before it starts (VAL-16).
fn periods_run_forwards(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(periods_run_forwards),
        Value::Object(members) => {
            let instant = |name: &str| members.get(name).and_then(Value::as_str).and_then(begins);
            instant("start").zip(instant("end")).is_none_or(|(start, end)| start <= end)
                && members.values().all(periods_run_forwards)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Whether a Patient takes part.
pub(super) fn has_patient(resource: &Value) -> bool {
    let participants = resource.get("participant").and_then(Value::as_array).into_iter().flatten();
    participants.filter_map(reference).any(|reference| reference.starts_with("Patient/"))
}

impl Shape {
    /// FHIR has no null, no empty string and no empty list.
    fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Shape::Text, Value::String(text)) => !text.is_empty(),
            (Shape::Number, Value::Number(number)) => number.is_u64(),
            (Shape::Object, Value::Object(members)) => !members.is_empty(),
            (Shape::Objects, Value::Array(items)) => !items.is_empty() && items.iter().all(Value::is_object),
            (Shape::Text | Shape::Number | Shape::Object | Shape::Objects, _) => false,
        }
    }
}

fn wrong(what: impl Into<String>) -> Result<(), (Issue, String)> {
    Err((Issue::Value, what.into()))
}

fn broken(what: &str) -> Result<(), (Issue, String)> {
    Err((Issue::Invariant, what.to_owned()))
}
