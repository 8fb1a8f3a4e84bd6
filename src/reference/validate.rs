//! Whether a JSON value is an Appointment that FHIR R4 allows, as far as the contract can notice.

use serde_json::Value;

use super::appointment::reference;
use super::clause::Issue;
use super::date::begins;
use super::structure;
use crate::suite::contract::tables;
use crate::words::fhir::AppointmentStatus;

/// What is wrong with a resource, as an issue and a part of a sentence.
pub(super) type Invalid = (Issue, String);

/// Only the server says what a resource is called and which version it is (BASE-17): the first of its members that a
/// patch changed all the same.
pub(super) fn changed_identity(before: &Value, after: &Value) -> Option<&'static str> {
    ["resourceType", "id", "meta"].into_iter().find(|name| before.get(name) != after.get(name))
}

/// Checks the members, the value sets and the invariants app-1 to app-4 (BASE-06 to BASE-11, BASE-19).
///
/// # Errors
/// The first thing found wrong.
pub(super) fn appointment(resource: &Value) -> Result<(), Invalid> {
    let Some(members) = resource.as_object() else { return wrong("it is not an object") };
    if resource.get("resourceType").and_then(Value::as_str) != Some("Appointment") {
        return wrong("its resourceType is not Appointment");
    }
    let Some(Ok(status)) = resource.get("status").and_then(Value::as_str).map(str::parse::<AppointmentStatus>) else {
        return Err((Issue::CodeInvalid, "`status` is not one of its value set".to_owned()));
    };
    let participants = resource.get("participant").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for participant in participants.iter().filter(|participant| participant.is_object()) {
        let participation = participant.get("status").and_then(Value::as_str).unwrap_or_default();
        if !["accepted", "declined", "tentative", "needs-action"].contains(&participation) {
            return Err((Issue::CodeInvalid, "a participant's `status` is not in its value set".to_owned()));
        }
        if participant.get("type").is_none() && participant.get("actor").is_none() {
            return broken("a participant has neither type nor actor (app-1)");
        }
    }
    match tables() {
        Ok(tables) => structure::check(&tables.resources, "Appointment", members).or_else(wrong)?,
        Err(_) => return wrong("the table of its members cannot be read"),
    }
    invariants(resource, status)
}

/// What R4 asks of several members together (app-2 to app-4, per-1).
fn invariants(resource: &Value, status: AppointmentStatus) -> Result<(), Invalid> {
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

fn wrong(what: impl Into<String>) -> Result<(), Invalid> {
    Err((Issue::Value, what.into()))
}

fn broken(what: &str) -> Result<(), Invalid> {
    Err((Issue::Invariant, what.to_owned()))
}
