//! What each command does to an appointment and its slot, on a copy: nothing is written before all of it is possible.

use serde_json::{Value, json};

use super::Rules;
use super::appointment::{Room, change_link, instant, is_patient, put_extension, set_participation, slot_id};
use super::command::Asked;
use super::fault::Fault;
use super::respond::{Refusal, shorten};
use super::store::{Change, Store};
use crate::suite::contract::{CommandName, Flag};

/// The appointment after all commands.
///
/// # Errors
/// 422 where a slot is unknown or busy (VAL-04); every other check was made before.
pub(super) fn of(rules: &Rules, store: &Store, before: &Value, asked: &[Asked<'_>]) -> Result<Change, Refusal> {
    let mut change = Change { resource: before.clone(), takes: None, frees: None };
    for one in asked {
        apply(rules, store, &mut change, *one)?;
    }
    Ok(change)
}

fn apply(rules: &Rules, store: &Store, change: &mut Change, one: Asked<'_>) -> Result<(), Refusal> {
    let Asked { command, value } = one;
    let (mut provider, mut patient) = (Room::Provider, Room::Patient);
    if rules.has(Fault::SwapVideoLinks) {
        std::mem::swap(&mut provider, &mut patient);
    }
    match command.name {
        CommandName::SetStatus => set_status(change, value),
        CommandName::BookSlot | CommandName::Reschedule => take_slot(rules, store, change, value)?,
        CommandName::SetReason => set_reason(rules, &mut change.resource, value),
        CommandName::SetCancelationReason => set_cancelation_reason(rules, &mut change.resource, value),
        CommandName::AddProviderLink | CommandName::ReplaceProviderLink => {
            set_link(&mut change.resource, provider, value);
        }
        CommandName::AddPatientLink | CommandName::ReplacePatientLink => {
            set_link(&mut change.resource, patient, value);
        }
        CommandName::AddLinkStart | CommandName::ReplaceLinkStart => set_period(&mut change.resource, "start", value),
        CommandName::AddLinkEnd | CommandName::ReplaceLinkEnd => set_period(&mut change.resource, "end", value),
        CommandName::SetPatientStatus if rules.has(Fault::VirtualPathStored) => {
            change.resource["patient-status"] = value.clone();
        }
        CommandName::SetPatientStatus => {
            let tentative = |participant: &Value| {
                is_patient(participant) && participant.get("status").and_then(Value::as_str) == Some("tentative")
            };
            set_participation(&mut change.resource, tentative, value.as_str().unwrap_or_default());
        }
        CommandName::ActionComment | CommandName::RescheduleReason => {
            put_extension(&mut change.resource, value.get(0).cloned().unwrap_or_default());
        }
        CommandName::SetComment => change.resource["comment"] = value.clone(),
    }
    Ok(())
}

/// A cancelled appointment gives its slot back, and what is over can be neither cancelled nor rescheduled.
fn set_status(change: &mut Change, value: &Value) {
    change.resource["status"] = value.clone();
    if value == "cancelled" && change.takes.is_none() {
        change.frees = slot_id(&change.resource).map(ToOwned::to_owned);
    }
    if (value == "cancelled" || value == "fulfilled") && change.resource.get("extension").is_some() {
        for flag in [Flag::IsCancelable, Flag::IsReschedulable] {
            put_extension(&mut change.resource, json!({ "url": flag.url(), "valueBoolean": false }));
        }
    }
}

/// The time follows the slot, and whoever was asked to come has now a place (COMB-11, ATOM-06).
fn take_slot(rules: &Rules, store: &Store, change: &mut Change, value: &Value) -> Result<(), Refusal> {
    let reference = value.pointer("/0/reference").and_then(Value::as_str).unwrap_or_default();
    let id = reference.strip_prefix("Slot/").unwrap_or_default();
    let slot = store.slots.get(id).filter(|slot| slot.free || rules.has(Fault::DoubleBooking));
    let Some(slot) = slot else {
        return Err(Refusal::business_rule(format!("`{}` is not a free slot.", shorten(reference))));
    };
    change.frees = slot_id(&change.resource).map(ToOwned::to_owned);
    change.takes = Some(id.to_owned());
    change.resource["slot"] = json!([{ "reference": reference }]);
    change.resource["start"] = Value::from(instant(slot.start));
    change.resource["end"] = Value::from(instant(slot.end()));
    change.resource["minutesDuration"] = Value::from(slot.minutes);
    let waiting = |participant: &Value| participant.get("status").and_then(Value::as_str) == Some("needs-action");
    set_participation(&mut change.resource, waiting, "accepted");
    Ok(())
}

/// Only the text counts, and the empty list removes the reason (VAL-07, VAL-08).
fn set_reason(rules: &Rules, resource: &mut Value, value: &Value) {
    match value.get(0) {
        Some(reason) if rules.has(Fault::KeepIgnoredParts) => resource["reasonCode"] = json!([reason]),
        Some(reason) => resource["reasonCode"] = json!([{ "text": reason.get("text") }]),
        None => {
            if let Some(members) = resource.as_object_mut() {
                members.remove("reasonCode");
            }
        }
    }
}

/// Only the coding counts (VAL-12).
fn set_cancelation_reason(rules: &Rules, resource: &mut Value, value: &Value) {
    let coding = value.pointer("/coding/0");
    let part = |name: &str| coding.and_then(|coding| coding.get(name));
    resource["cancelationReason"] = if rules.has(Fault::KeepIgnoredParts) {
        value.clone()
    } else {
        json!({ "coding": [{ "system": part("system"), "code": part("code") }] })
    };
}

fn set_link(resource: &mut Value, room: Room, value: &Value) {
    change_link(resource, room, |contact| {
        contact.insert("value".to_owned(), value.clone());
    });
}

/// The period sent once holds for both rooms (VAL-14).
fn set_period(resource: &mut Value, end: &str, value: &Value) {
    for room in [Room::Provider, Room::Patient] {
        change_link(resource, room, |contact| {
            let period = contact.entry("period").or_insert_with(|| json!({}));
            if period.is_object() {
                period[end] = value.clone();
            }
        });
    }
}
