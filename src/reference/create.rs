//! POST /Appointment: just enough of it that a harness can make its own fixtures.

use serde_json::{Value, json};

use super::Rules;
use super::appointment::{instant, slot_id};
use super::json;
use super::respond::{Issue, Refusal};
use super::store::{Held, Store};
use super::validate;
use crate::suite::contract::{Edition, Flag};

/// Creates an appointment from a body and gives its id.
///
/// # Errors
/// 400 where the body is no JSON object; 422 where it is not an appointment that the edition creates: 2024-03 books one
/// free slot or takes a proposal, 2019-05 books, the base specification takes every valid appointment.
pub(super) fn create(rules: &Rules, store: &mut Store, body: &[u8]) -> Result<String, Refusal> {
    let structure = |message: String| Refusal::new(400, Issue::Structure, message);
    let mut resource = json::read(body).map_err(|error| structure(format!("The body is not JSON: {error}.")))?;
    if !resource.is_object() {
        return Err(structure("The body is not a resource.".to_owned()));
    }
    let taken = match (rules.edition, resource.get("status").and_then(Value::as_str)) {
        (Edition::FhirR4, _) | (Edition::March2024, Some("proposed")) => None,
        (Edition::March2024, Some("booked")) => Some(named_slot(store, &resource)?),
        (Edition::May2019, Some("booked")) if resource.get("slot").is_some() => Some(named_slot(store, &resource)?),
        (Edition::May2019, Some("booked")) if resource.get("start").is_some() => None,
        (Edition::May2019, Some("booked")) => Some(any_slot(store)?),
        (Edition::March2024 | Edition::May2019, _) => {
            let accepted = if rules.edition == Edition::May2019 { "booked" } else { "booked, proposed" };
            return Err(Refusal::business_rule(format!("An appointment is created with one of: {accepted}.")));
        }
    };
    if let Some((id, slot)) = taken.as_ref().and_then(|id| Some((id, store.slots.get(id)?))) {
        resource["slot"] = json!([{ "reference": format!("Slot/{id}") }]);
        resource["start"] = Value::from(instant(slot.start));
        resource["end"] = Value::from(instant(slot.end()));
        resource["minutesDuration"] = Value::from(slot.minutes);
    }
    if rules.edition == Edition::March2024 {
        let flag = |flag: Flag| json!({ "url": flag.url(), "valueBoolean": true });
        resource["extension"] = json!([flag(Flag::IsCancelable), flag(Flag::IsReschedulable)]);
    }
    if let Some(members) = resource.as_object_mut() {
        members.remove("id");
        members.remove("meta");
    }
    validate::appointment(&resource)?;
    if rules.edition.is_vendor() && !validate::has_patient(&resource) {
        return Err(Refusal::business_rule("A Patient has to take part.".to_owned()));
    }
    if let Some(slot) = taken.and_then(|id| store.slots.get_mut(&id)) {
        slot.free = false;
    }
    Ok(store.add(resource, Held::Free))
}

fn named_slot(store: &Store, resource: &Value) -> Result<String, Refusal> {
    let count = resource.get("slot").and_then(Value::as_array).map_or(0, Vec::len);
    let id = slot_id(resource).filter(|id| count == 1 && store.slots.get(*id).is_some_and(|slot| slot.free));
    id.map(ToOwned::to_owned).ok_or_else(|| Refusal::business_rule("`slot` does not name one free slot.".to_owned()))
}

fn any_slot(store: &Store) -> Result<String, Refusal> {
    let free = store.slots.iter().rev().find(|(_, slot)| slot.free);
    free.map(|(id, _)| id.clone()).ok_or_else(|| Refusal::business_rule("There is no free slot left.".to_owned()))
}
