//! An Appointment as the server holds it: a JSON object, with the few questions and changes the contract knows.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::suite::contract::Flag;
use crate::words::fhir::AppointmentStatus;

/// The part of a video visit that a link belongs to. Rooms are found by name: the order of `contained` in a read is not
/// the order of the paths in a patch (OPS-27, reading C-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Provider,
    Patient,
}

impl Room {
    /// What HealthcareService.type.text calls it.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Room::Provider => "Provider Virtual Meeting Room",
            Room::Patient => "Patient Virtual Meeting Room",
        }
    }
}

/// The status, where it is one of the ten codes.
pub(super) fn status(appointment: &Value) -> Option<AppointmentStatus> {
    appointment.get("status")?.as_str()?.parse().ok()
}

/// The id of the slot the appointment takes up.
pub(super) fn slot_id(appointment: &Value) -> Option<&str> {
    appointment.pointer("/slot/0/reference")?.as_str()?.strip_prefix("Slot/")
}

/// The participants whose actor is a Patient.
pub(super) fn patients(appointment: &Value) -> impl Iterator<Item = &Value> {
    members(appointment, "participant").filter(|participant| is_patient(participant))
}

/// Whether a participant's actor is a Patient.
pub(super) fn is_patient(participant: &Value) -> bool {
    reference(participant).is_some_and(|reference| reference.starts_with("Patient/"))
}

/// The reference of a participant's actor.
pub(super) fn reference(participant: &Value) -> Option<&str> {
    participant.pointer("/actor/reference")?.as_str()
}

/// Whether the appointment is a video visit.
pub(super) fn is_video_visit(appointment: &Value) -> bool {
    members(appointment, "contained").any(|service| is_room(service, Room::Provider))
}

/// Whether the rooms of a video visit have links.
pub(super) fn has_links(appointment: &Value) -> bool {
    members(appointment, "contained").any(|service| service.get("telecom").is_some())
}

/// Whether the extension of this name is there and `false`.
pub(super) fn is_flagged_false(appointment: &Value, flag: Flag) -> bool {
    members(appointment, "extension").any(|extension| {
        extension.get("url").and_then(Value::as_str) == Some(flag.url())
            && extension.get("valueBoolean") == Some(&Value::Bool(false))
    })
}

/// Changes the contact point of a room, which is made where there is none.
pub(super) fn change_link(appointment: &mut Value, room: Room, change: impl FnOnce(&mut Map<String, Value>)) {
    let services = appointment.get_mut("contained").and_then(Value::as_array_mut);
    let Some(service) = services.into_iter().flatten().find(|service| is_room(service, room)) else { return };
    if service.pointer("/telecom/0").is_none() {
        service["telecom"] = json!([{ "system": "url" }]);
    }
    if let Some(contact) = service.pointer_mut("/telecom/0").and_then(Value::as_object_mut) {
        change(contact);
    }
}

/// Puts an extension in the list, in place of one with the same URL.
pub(super) fn put_extension(appointment: &mut Value, extension: Value) {
    if !appointment.get("extension").is_some_and(Value::is_array) {
        appointment["extension"] = json!([]);
    }
    if let Some(list) = appointment.get_mut("extension").and_then(Value::as_array_mut) {
        list.retain(|other| other.get("url") != extension.get("url"));
        list.push(extension);
    }
}

/// Sets the participation of the participants that `which` selects.
pub(super) fn set_participation(appointment: &mut Value, which: impl Fn(&Value) -> bool, to: &str) {
    let participants = appointment.get_mut("participant").and_then(Value::as_array_mut);
    for participant in participants.into_iter().flatten().filter(|participant| which(participant)) {
        participant["status"] = Value::from(to);
    }
}

/// Writes what only the server may write: the id, the version and the time of the change.
pub(super) fn stamp(appointment: &mut Value, id: &str, version: &str, when: Timestamp) {
    appointment["id"] = Value::from(id);
    if !appointment.get("meta").is_some_and(Value::is_object) {
        appointment["meta"] = json!({});
    }
    appointment["meta"]["versionId"] = Value::from(version);
    appointment["meta"]["lastUpdated"] = Value::from(instant(when));
}

/// Writes a narrative that names the status, so that it cannot contradict the data (BASE-13).
pub(super) fn narrate(appointment: &mut Value) {
    let status = status(appointment).map_or("of unknown status", AppointmentStatus::code);
    let div = format!(
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p><b>Appointment</b></p><p><b>Status</b>: {status}</p></div>"
    );
    appointment["text"] = json!({ "status": "generated", "div": div });
}

/// A FHIR instant with milliseconds, in UTC.
pub(super) fn instant(when: Timestamp) -> String {
    when.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn is_room(service: &Value, room: Room) -> bool {
    members(service, "type").any(|kind| kind.get("text").and_then(Value::as_str) == Some(room.title()))
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}
