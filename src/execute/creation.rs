//! The bodies by which appointments are made: the documented ones of each edition.

use serde_json::{Value, json};

use super::evidence::Response;
use crate::suite::contract::Edition;
use crate::suite::scenario::Fixture;
use crate::words::fhir::FhirId;

/// Everything that may be sent to make an appointment in a state, the fullest first; `slot` is the id of the slot that it
/// takes, where it takes one.
pub fn creations(edition: Edition, state: Fixture, slot: Option<&str>) -> Vec<String> {
    let rich = (edition == Edition::FhirR4 && slot.is_none()).then(|| super::rich::RICH.to_owned());
    rich.into_iter().chain([documented(state, slot).to_string()]).collect()
}

/// The id of an appointment that was made: that in Location, else that in the body. What is no FHIR id would lead
/// elsewhere, and is not used.
pub fn made_id(received: &Response) -> Option<FhirId> {
    let from_location = received.header("location").and_then(|location| {
        let mut parts = location.split('/').skip_while(|part| *part != "Appointment");
        parts.nth(1).and_then(|id| id.split(['?', '#']).next()?.parse().ok())
    });
    from_location.or_else(|| received.body.json()?.get("id")?.as_str()?.parse().ok())
}

fn documented(state: Fixture, slot: Option<&str>) -> Value {
    let patient = json!({ "actor": { "reference": "Patient/12724066" }, "status": "accepted" });
    if state == Fixture::Proposed {
        return json!({
            "resourceType": "Appointment",
            "status": "proposed",
            "serviceType": [{ "coding": [{
                "system": "https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d/codeSet/14249",
                "code": "4047611"
            }] }],
            "participant": [
                { "actor": { "reference": "Patient/12724066" }, "status": "needs-action" },
                { "actor": { "reference": "Location/21304876" }, "status": "needs-action" }
            ],
            "requestedPeriod": [{ "start": "2030-01-07T08:00:00Z", "end": "2030-01-11T17:00:00Z" }]
        });
    }
    match slot {
        Some(slot) => json!({
            "resourceType": "Appointment",
            "status": "booked",
            "slot": [{ "reference": format!("Slot/{slot}") }],
            "participant": [patient]
        }),
        None => json!({
            "resourceType": "Appointment",
            "status": "booked",
            "start": "2030-01-07T09:00:00Z",
            "end": "2030-01-07T09:30:00Z",
            "minutesDuration": 30,
            "participant": [patient]
        }),
    }
}
