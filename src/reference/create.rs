//! POST /Appointment: just enough of it that a harness can make fixtures.

use serde_json::{Value, json};

use super::appointment::{instant, slot_id};
use super::clause::Clause;
use super::promise::Creation;
use super::rejection::Rejection;
use super::store::{Obstacle, Store};
use super::terms::Terms;
use super::{json, validate};
use crate::suite::contract::Flag;

/// Creates an appointment from a body and gives its id.
///
/// # Errors
/// 400 where the body is no JSON object; 422 where it is not an appointment that the edition creates: 2024-03 books one
/// free slot or takes a proposal, 2019-05 books, the base specification takes every valid appointment.
pub(super) fn create(terms: &Terms, store: &mut Store, body: &[u8]) -> Result<String, Rejection> {
    let mut resource = read(terms, body)?;
    let taken = slot_to_take(terms, store, &resource)?;
    if let Some((id, slot)) = taken.as_ref().and_then(|id| Some((id, store.slots.get(id)?))) {
        resource["slot"] = json!([{ "reference": format!("Slot/{id}") }]);
        resource["start"] = Value::from(instant(slot.start));
        resource["end"] = Value::from(instant(slot.end()));
        resource["minutesDuration"] = Value::from(slot.minutes);
    }
    if terms.promises.flags {
        let flag = |flag: Flag| json!({ "url": flag.url(), "valueBoolean": true });
        resource["extension"] = json!([flag(Flag::IsCancelable), flag(Flag::IsReschedulable)]);
    }
    if let Some(members) = resource.as_object_mut() {
        members.remove("id");
        members.remove("meta");
    }
    if let Err((issue, what)) = validate::appointment(&resource) {
        terms.require(Clause::CreatedValid(issue), false, || format!("The appointment would be invalid: {what}."))?;
    }
    let is_attended = terms.promises.creation == Creation::Any || validate::has_patient(&resource);
    terms.require(Clause::PatientTakesPart, is_attended, || "A Patient has to take part.".to_owned())?;
    if let Some(slot) = taken.and_then(|id| store.slots.get_mut(&id)) {
        slot.free = false;
    }
    Ok(store.add(resource, Obstacle::Nothing))
}

/// The body as a JSON object.
fn read(terms: &Terms, body: &[u8]) -> Result<Value, Rejection> {
    let structure = |message: String| terms.reject(Clause::BodyIsResource, message);
    let resource = json::read(body).map_err(|error| structure(format!("The body is not JSON: {error}.")))?;
    if resource.is_object() { Ok(resource) } else { Err(structure("The body is not a resource.".to_owned())) }
}

/// The slot that the appointment takes up, where it takes one.
fn slot_to_take(terms: &Terms, store: &Store, resource: &Value) -> Result<Option<String>, Rejection> {
    let has = |member: &str| resource.get(member).is_some();
    match (terms.promises.creation, resource.get("status").and_then(Value::as_str)) {
        (Creation::Any, _) | (Creation::BookedOrProposed, Some("proposed")) => Ok(None),
        (Creation::BookedOrProposed, Some("booked")) => named_slot(terms, store, resource).map(Some),
        (Creation::Booked, Some("booked")) if has("slot") => named_slot(terms, store, resource).map(Some),
        (Creation::Booked, Some("booked")) if has("start") => Ok(None),
        (Creation::Booked, Some("booked")) => any_slot(terms, store).map(Some),
        (Creation::Booked, _) => Err(not_created(terms, "booked")),
        (Creation::BookedOrProposed, _) => Err(not_created(terms, "booked, proposed")),
    }
}

fn not_created(terms: &Terms, accepted: &str) -> Rejection {
    terms.reject(Clause::Creatable, format!("An appointment is created with one of: {accepted}."))
}

fn named_slot(terms: &Terms, store: &Store, resource: &Value) -> Result<String, Rejection> {
    let count = resource.get("slot").and_then(Value::as_array).map_or(0, Vec::len);
    let id = slot_id(resource).filter(|id| count == 1 && store.slots.get(*id).is_some_and(|slot| slot.free));
    let otherwise = || terms.reject(Clause::Creatable, "`slot` does not name one free slot.".to_owned());
    id.map(ToOwned::to_owned).ok_or_else(otherwise)
}

fn any_slot(terms: &Terms, store: &Store) -> Result<String, Rejection> {
    let free = store.slots.iter().rev().find(|(_, slot)| slot.free);
    let otherwise = || terms.reject(Clause::Creatable, "There is no free slot left.".to_owned());
    free.map(|(id, _)| id.clone()).ok_or_else(otherwise)
}
