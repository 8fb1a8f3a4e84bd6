//! Whether a JSON value is an Appointment that FHIR R4 allows, as far as the contract can notice.

use serde_json::Value;

use super::appointment::reference;
use super::clause::Issue;
use super::date::begins;
use super::rejection::shorten;
use crate::words::fhir::AppointmentStatus;

/// The members of an Appointment and the JSON type of each (FHIR R4 Appointment, DomainResource, Resource).
const MEMBERS: [(&str, MemberShape); 32] = [
    ("resourceType", MemberShape::Text),
    ("id", MemberShape::Text),
    ("meta", MemberShape::Object),
    ("implicitRules", MemberShape::Text),
    ("language", MemberShape::Text),
    ("text", MemberShape::Object),
    ("contained", MemberShape::Objects),
    ("extension", MemberShape::Objects),
    ("modifierExtension", MemberShape::Objects),
    ("identifier", MemberShape::Objects),
    ("status", MemberShape::Text),
    ("cancelationReason", MemberShape::Object),
    ("serviceCategory", MemberShape::Objects),
    ("serviceType", MemberShape::Objects),
    ("specialty", MemberShape::Objects),
    ("appointmentType", MemberShape::Object),
    ("reasonCode", MemberShape::Objects),
    ("reasonReference", MemberShape::Objects),
    ("priority", MemberShape::Number),
    ("description", MemberShape::Text),
    ("supportingInformation", MemberShape::Objects),
    ("start", MemberShape::Text),
    ("end", MemberShape::Text),
    ("minutesDuration", MemberShape::Number),
    ("slot", MemberShape::Objects),
    ("created", MemberShape::Text),
    ("comment", MemberShape::Text),
    ("patientInstruction", MemberShape::Text),
    ("basedOn", MemberShape::Objects),
    ("participant", MemberShape::Objects),
    ("requestedPeriod", MemberShape::Objects),
    ("_status", MemberShape::Object),
];

#[derive(Debug, Clone, Copy)]
enum MemberShape {
    Text,
    Number,
    Object,
    Objects,
}

/// What is wrong with a resource, as an issue and a part of a sentence.
pub(super) type Invalid = (Issue, String);

/// Only the server says what a resource is called and which version it is (BASE-17): the first of its members that a
/// patch changed all the same.
pub(super) fn changed_identity(before: &Value, after: &Value) -> Option<&'static str> {
    ["resourceType", "id", "meta"].into_iter().find(|name| before.get(name) != after.get(name))
}

/// Checks the members, the value sets and the invariants app-1 to app-4 (BASE-06 to BASE-11).
///
/// # Errors
/// The first thing found wrong.
pub(super) fn appointment(resource: &Value) -> Result<(), Invalid> {
    let Some(members) = resource.as_object() else { return wrong("it is not an object") };
    if resource.get("resourceType").and_then(Value::as_str) != Some("Appointment") {
        return wrong("its resourceType is not Appointment");
    }
    for (name, value) in members {
        let Some((_, shape)) = MEMBERS.iter().find(|(member, _)| member == name) else {
            return wrong(format!("`{}` is no member of an Appointment", shorten(name)));
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

impl MemberShape {
    /// FHIR has no null, no empty string and no empty list.
    fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (MemberShape::Text, Value::String(text)) => !text.is_empty(),
            (MemberShape::Number, Value::Number(number)) => number.is_u64(),
            (MemberShape::Object, Value::Object(members)) => !members.is_empty(),
            (MemberShape::Objects, Value::Array(items)) => !items.is_empty() && items.iter().all(Value::is_object),
            (MemberShape::Text | MemberShape::Number | MemberShape::Object | MemberShape::Objects, _) => false,
        }
    }
}

fn wrong(what: impl Into<String>) -> Result<(), Invalid> {
    Err((Issue::Value, what.into()))
}

fn broken(what: &str) -> Result<(), Invalid> {
    Err((Issue::Invariant, what.to_owned()))
}
