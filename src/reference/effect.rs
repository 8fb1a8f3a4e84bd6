//! What each command does to an appointment and its slot, on a copy: nothing is written before all of it is possible.

use serde_json::{Value, json};

use super::appointment::{Room, change_link, instant, is_patient, put_extension, set_participation, slot_id};
use super::clause::Clause;
use super::given::GivenCommand;
use super::rejection::{Rejection, shorten};
use super::store::{Draft, Store};
use super::terms::Terms;
use crate::suite::contract::{CommandName, Flag};

/// The appointment after all commands.
///
/// # Errors
/// 422 where a slot is unknown or busy (VAL-04); every other check was made before.
pub(super) fn of(
    terms: &Terms,
    store: &Store,
    before: &Value,
    commands: &[GivenCommand<'_>],
) -> Result<Draft, Rejection> {
    let mut draft = Draft::of(before.clone());
    for given in commands {
        if !terms.in_place_of_effect(given.command.name, &mut draft.resource, given.value) {
            apply(terms, store, &mut draft, *given)?;
        }
    }
    Ok(draft)
}

fn apply(terms: &Terms, store: &Store, draft: &mut Draft, given: GivenCommand<'_>) -> Result<(), Rejection> {
    let (value, appointment) = (given.value, &mut draft.resource);
    match given.command.name {
        CommandName::SetStatus => set_status(draft, value),
        CommandName::BookSlot | CommandName::Reschedule => take_slot(terms, store, draft, value)?,
        CommandName::SetReason => set_reason(appointment, value),
        CommandName::SetCancelationReason => set_cancelation_reason(appointment, value),
        CommandName::AddProviderLink | CommandName::ReplaceProviderLink => set_link(appointment, Room::Provider, value),
        CommandName::AddPatientLink | CommandName::ReplacePatientLink => set_link(appointment, Room::Patient, value),
        CommandName::AddLinkStart | CommandName::ReplaceLinkStart => set_period(appointment, "start", value),
        CommandName::AddLinkEnd | CommandName::ReplaceLinkEnd => set_period(appointment, "end", value),
        CommandName::SetPatientStatus => set_patient_status(appointment, value),
        CommandName::ActionComment | CommandName::RescheduleReason => {
            put_extension(appointment, value.get(0).cloned().unwrap_or_default());
        }
        CommandName::SetComment => appointment["comment"] = value.clone(),
    }
    Ok(())
}

/// A cancelled appointment gives its slot back, and what is over can be neither cancelled nor rescheduled.
fn set_status(draft: &mut Draft, value: &Value) {
    draft.resource["status"] = value.clone();
    if value == "cancelled" && draft.takes.is_none() {
        draft.frees = slot_id(&draft.resource).map(ToOwned::to_owned);
    }
    if (value == "cancelled" || value == "fulfilled") && draft.resource.get("extension").is_some() {
        for flag in [Flag::IsCancelable, Flag::IsReschedulable] {
            put_extension(&mut draft.resource, json!({ "url": flag.url(), "valueBoolean": false }));
        }
    }
}

/// The time follows the slot, and whoever was asked to come has now a place (COMB-11, ATOM-06).
fn take_slot(terms: &Terms, store: &Store, draft: &mut Draft, value: &Value) -> Result<(), Rejection> {
    let reference = value.pointer("/0/reference").and_then(Value::as_str).unwrap_or_default();
    let id = reference.strip_prefix("Slot/").unwrap_or_default();
    let otherwise = || format!("`{}` is not a free slot.", shorten(reference));
    let Some(slot) = store.slots.get(id) else { return Err(terms.reject(Clause::SlotFree, otherwise())) };
    terms.require(Clause::SlotFree, slot.free, otherwise)?;
    draft.frees = slot_id(&draft.resource).map(ToOwned::to_owned);
    draft.takes = Some(id.to_owned());
    draft.resource["slot"] = json!([{ "reference": reference }]);
    draft.resource["start"] = Value::from(instant(slot.start));
    draft.resource["end"] = Value::from(instant(slot.end()));
    draft.resource["minutesDuration"] = Value::from(slot.minutes);
    let waiting = |participant: &Value| participant.get("status").and_then(Value::as_str) == Some("needs-action");
    set_participation(&mut draft.resource, waiting, "accepted");
    Ok(())
}

/// Only the text counts (VAL-07), and the empty list removes the reason (VAL-08).
fn set_reason(appointment: &mut Value, value: &Value) {
    match value.get(0) {
        Some(reason) => appointment["reasonCode"] = json!([{ "text": reason.get("text") }]),
        None => {
            if let Some(members) = appointment.as_object_mut() {
                members.remove("reasonCode");
            }
        }
    }
}

/// Only the coding counts (VAL-12).
fn set_cancelation_reason(appointment: &mut Value, value: &Value) {
    let coding = value.pointer("/coding/0");
    let part = |name: &str| coding.and_then(|coding| coding.get(name));
    appointment["cancelationReason"] = json!({ "coding": [{ "system": part("system"), "code": part("code") }] });
}

/// The patients who take part tentatively take part as asked (OPS-17, OPS-18).
fn set_patient_status(appointment: &mut Value, value: &Value) {
    let tentative = |participant: &Value| {
        is_patient(participant) && participant.get("status").and_then(Value::as_str) == Some("tentative")
    };
    set_participation(appointment, tentative, value.as_str().unwrap_or_default());
}

/// Each link belongs to its room (OPS-27).
fn set_link(appointment: &mut Value, room: Room, value: &Value) {
    change_link(appointment, room, |contact| {
        contact.insert("value".to_owned(), value.clone());
    });
}

/// The period sent once holds for both rooms (VAL-14).
fn set_period(appointment: &mut Value, end: &str, value: &Value) {
    for room in [Room::Provider, Room::Patient] {
        change_link(appointment, room, |contact| {
            let period = contact.entry("period").or_insert_with(|| json!({}));
            if period.is_object() {
                period[end] = value.clone();
            }
        });
    }
}
