//! What the base specification says of an Appointment as it is served: its structure, its codes and its invariants.

use serde_json::Value;

use crate::suite::contract::{StructureFault, tables};
use crate::suite::scenario::ResourceRule;
use crate::words::fhir::AppointmentStatus;
use crate::words::json::shown;

/// How an Appointment breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceBreach {
    pub expected: String,
    pub found: String,
}

/// The codes of Appointment.participant.status (FHIR R4 value set ParticipationStatus).
const PARTICIPATION: [&str; 4] = ["accepted", "declined", "tentative", "needs-action"];

/// Holds an Appointment against a rule. Whether a read gives a version is not to be seen in it alone, and passes.
///
/// # Errors
/// How it breaks the rule.
pub fn check_resource(rule: ResourceRule, resource: &Value) -> Result<(), ResourceBreach> {
    let text = |member: &str| resource.get(member).and_then(Value::as_str);
    let participants = || resource.get("participant").and_then(Value::as_array).into_iter().flatten();
    let status = text("status");
    match rule {
        ResourceRule::Structure => structure(resource),
        ResourceRule::PeriodsRunForwards => match backward_period(resource) {
            None => Ok(()),
            Some(period) => broken("periods that end after they start (per-1)", shown(Some(period))),
        },
        ResourceRule::StatusInValueSet => {
            let known = status.is_some_and(|status| status.parse::<AppointmentStatus>().is_ok());
            of(known, "one of the ten codes of Appointment.status", shown(resource.get("status")))
        }
        ResourceRule::ParticipantStatusInValueSet => {
            let wrong = participants()
                .map(|participant| participant.get("status"))
                .find(|status| !status.and_then(Value::as_str).is_some_and(|status| PARTICIPATION.contains(&status)));
            wrong.map_or(Ok(()), |status| broken("each participant.status one of the four codes", shown(status)))
        }
        ResourceRule::ParticipantHasTypeOrActor => {
            let bare = participants()
                .any(|participant| participant.get("type").is_none() && participant.get("actor").is_none());
            of(!bare, "each participant with a type or an actor (app-1)", "a participant with neither")
        }
        ResourceRule::StartAndEndTogether => {
            let (start, end) = (text("start").is_some(), text("end").is_some());
            let found = if start { "start without end" } else { "end without start" };
            of(start == end, "start and end together or not at all (app-2)", found)
        }
        ResourceRule::StartUnlessOpen => {
            let open = matches!(status, Some("proposed" | "cancelled" | "waitlist"));
            let both = text("start").is_some() && text("end").is_some();
            let found = format!("no start and end in status {}", status.unwrap_or("none"));
            of(both || open, "start and end, unless proposed, cancelled or waitlist (app-3)", found)
        }
        ResourceRule::ReasonOnlyWhenCancelled => {
            let gone = matches!(status, Some("cancelled" | "noshow"));
            let found = format!("a cancelationReason in status {}", status.unwrap_or("none"));
            let holds = resource.get("cancelationReason").is_none() || gone;
            of(holds, "a cancelationReason only when cancelled or noshow (app-4)", found)
        }
        ResourceRule::HasVersion => Ok(()),
    }
}

/// Whether a server may serve what came of an appointment: it breaks no rule that the appointment kept. What a server makes
/// of another one is open (reading C-39).
pub(super) fn may_be_served(before: &Value, resource: &Value) -> bool {
    let keeps = |rule| check_resource(rule, resource).is_ok() || check_resource(rule, before).is_err();
    let others = ResourceRule::ALL.into_iter().filter(|rule| *rule != ResourceRule::Structure);
    others.into_iter().all(keeps) && new_faults(before, resource).is_empty()
}

/// What is wrong with the structure of what came of an appointment, and was not wrong with that.
pub fn new_faults(before: &Value, resource: &Value) -> Vec<StructureFault> {
    let Ok(tables) = tables() else { return Vec::new() };
    let known = tables.resources.faults("Appointment", before);
    let mut faults = tables.resources.faults("Appointment", resource);
    faults.retain(|fault| !known.iter().any(|known| known.pointer == fault.pointer && known.kind == fault.kind));
    faults
}

fn of(holds: bool, expected: &str, found: impl Into<String>) -> Result<(), ResourceBreach> {
    if holds { Ok(()) } else { broken(expected, found) }
}

fn broken(expected: &str, found: impl Into<String>) -> Result<(), ResourceBreach> {
    Err(ResourceBreach { expected: expected.to_owned(), found: found.into() })
}

fn structure(resource: &Value) -> Result<(), ResourceBreach> {
    let Ok(tables) = tables() else { return Ok(()) };
    let faults = tables.resources.faults("Appointment", resource);
    let Some(first) = faults.first() else { return Ok(()) };
    let more = match faults.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    broken(&format!("a valid R4 Appointment: {}", first.expected), format!("{}{more}", first.found))
}

/// A Period anywhere in a value that ends before it starts.
fn backward_period(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(items) => items.iter().find_map(backward_period),
        Value::Object(members) => {
            let instant = |name: &str| members.get(name).and_then(Value::as_str);
            let backward = instant("start").zip(instant("end")).is_some_and(|(start, end)| is_after(start, end));
            if backward { Some(value) } else { members.values().find_map(backward_period) }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Whether a dateTime is later than another one. A day without a time and an instant are not compared: which of them is
/// earlier depends on a time zone that is not there.
fn is_after(one: &str, other: &str) -> bool {
    let instants = (one.parse::<jiff::Timestamp>(), other.parse::<jiff::Timestamp>());
    match instants {
        (Ok(one), Ok(other)) => one > other,
        (Err(_), Err(_)) => {
            let is_date = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            let length = one.len().min(other.len());
            is_date(one) && is_date(other) && one.get(..length) > other.get(..length)
        }
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn periods_are_compared_where_they_can_be() {
        let forwards = |start: &str, end: &str| {
            let resource = json!({ "requestedPeriod": [{ "start": start, "end": end }] });
            check_resource(ResourceRule::PeriodsRunForwards, &resource).is_ok()
        };
        assert!(forwards("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"));
        assert!(forwards("2026-01-01T00:30:00+01:00", "2026-01-01T00:00:00Z"), "an offset counts");
        assert!(!forwards("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"));
        assert!(forwards("2026-01", "2026-01-01"), "a month has that day");
        assert!(!forwards("2026-02", "2026-01-31"));
        assert!(!forwards("2027", "2026-12"));
        assert!(forwards("2026-01-02", "2026-01-01T23:00:00Z"), "no time zone is there");
        assert!(forwards("soon", "never"));
        assert!(forwards("2026", ""));
    }

    #[test]
    fn what_breaks_a_rule_may_not_be_served() {
        let sound = json!({
            "resourceType": "Appointment",
            "status": "booked",
            "start": "2026-01-01T10:00:00Z",
            "end": "2026-01-01T10:30:00Z",
            "participant": [{ "actor": { "display": "x" }, "status": "accepted" }],
        });
        assert!(may_be_served(&sound, &sound));
        for (member, value) in [
            ("status", json!("gone")),
            ("participant", json!([{ "status": "accepted" }])),
            ("participant", json!([{ "actor": { "display": "x" } }])),
            ("end", json!(null)),
            ("cancelationReason", json!({ "text": "x" })),
            ("minutesDuration", json!(-5)),
            ("requestedPeriod", json!([{ "start": "2027", "end": "2026" }])),
            ("odd", json!("x")),
        ] {
            let mut changed = sound.clone();
            changed[member] = value;
            assert!(!may_be_served(&sound, &changed), "{member}");
            assert!(may_be_served(&changed, &changed), "{member}: it was so before");
        }
    }
}
