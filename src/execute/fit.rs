//! Whether a candidate is what it was listed, found or made as (design section 8: every candidate is read and checked).

use serde_json::Value;

use crate::suite::scenario::Fixture;

/// What keeps an appointment that was read from being the fixture, in words; nothing where nothing does. What cannot be seen
/// in an appointment, such as a lock, is taken on trust.
pub(super) fn misfit(fixture: Fixture, appointment: &Value) -> Option<String> {
    let status = appointment.get("status").and_then(Value::as_str).unwrap_or("none");
    let is = |code: &str, rest: bool, lacks: &str| match (status == code, rest) {
        (true, true) => None,
        (false, _) => Some(format!("reads `{status}`")),
        (true, false) => Some(lacks.to_owned()),
    };
    match fixture {
        Fixture::ProposedWithReason => is("proposed", has_entries(appointment.get("reasonCode")), "has no reasonCode"),
        Fixture::Tentative => is("booked", is_tentative(appointment), "has no tentative participant"),
        Fixture::VideoUnlinked => is("booked", !has_link(appointment), "has a video link already"),
        Fixture::VideoLinked => is("booked", has_link(appointment), "has no video link"),
        Fixture::NotCancelable | Fixture::Locked | Fixture::FailingDependency => is("booked", true, ""),
        Fixture::Proposed
        | Fixture::Pending
        | Fixture::Booked
        | Fixture::Arrived
        | Fixture::Fulfilled
        | Fixture::Cancelled
        | Fixture::Noshow
        | Fixture::EnteredInError
        | Fixture::CheckedIn
        | Fixture::Waitlist => fixture.status().and_then(|wanted| is(wanted.code(), true, "")),
        Fixture::Any | Fixture::None | Fixture::Unknown | Fixture::Deleted => None,
    }
}

/// Whether a slot that was read can be booked; one that shows no status is taken on trust.
pub(super) fn is_free(slot: &Value) -> bool {
    slot.get("status").and_then(Value::as_str).is_none_or(|status| status == "free")
}

fn has_entries(list: Option<&Value>) -> bool {
    list.and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}

fn is_tentative(appointment: &Value) -> bool {
    let participants = appointment.get("participant").and_then(Value::as_array);
    let status = |participant: &Value| participant.get("status").and_then(Value::as_str) == Some("tentative");
    participants.is_some_and(|participants| participants.iter().any(status))
}

/// Whether a room of a video visit, which is a contained HealthcareService, has an address.
fn has_link(appointment: &Value) -> bool {
    let contained = appointment.get("contained").and_then(Value::as_array);
    contained.is_some_and(|contained| contained.iter().any(|room| has_entries(room.get("telecom"))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_candidate_is_held_against_what_it_was_listed_as() {
        let linked = json!([{ "resourceType": "HealthcareService", "telecom": [{ "value": "https://v.example/1" }] }]);
        for (fixture, appointment, fits) in [
            (Fixture::Booked, json!({ "status": "booked" }), true),
            (Fixture::Booked, json!({ "status": "arrived" }), false),
            (Fixture::Booked, json!({}), false),
            (Fixture::ProposedWithReason, json!({ "status": "proposed", "reasonCode": [{ "text": "x" }] }), true),
            (Fixture::ProposedWithReason, json!({ "status": "proposed" }), false),
            (Fixture::ProposedWithReason, json!({ "status": "booked", "reasonCode": [{ "text": "x" }] }), false),
            (Fixture::Tentative, json!({ "status": "booked", "participant": [{ "status": "tentative" }] }), true),
            (Fixture::Tentative, json!({ "status": "booked", "participant": [{ "status": "accepted" }] }), false),
            (Fixture::VideoUnlinked, json!({ "status": "booked" }), true),
            (Fixture::VideoUnlinked, json!({ "status": "booked", "contained": linked }), false),
            (Fixture::VideoLinked, json!({ "status": "booked", "contained": linked }), true),
            (Fixture::VideoLinked, json!({ "status": "booked", "contained": [] }), false),
            (Fixture::Locked, json!({ "status": "cancelled" }), false),
            (Fixture::Any, json!({ "status": "noshow" }), true),
        ] {
            assert_eq!(misfit(fixture, &appointment).is_none(), fits, "{fixture} {appointment}");
        }
    }

    #[test]
    fn a_slot_is_free_unless_it_says_otherwise() {
        for (slot, free) in
            [(json!({ "status": "free" }), true), (json!({ "status": "busy" }), false), (json!({}), true)]
        {
            assert_eq!(is_free(&slot), free, "{slot}");
        }
    }
}
