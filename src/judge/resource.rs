//! Rules about an Appointment as it was read, and whether a part is found in it.

use serde_json::Value;

use super::bodies::Bodies;
use super::verdict::CheckResult;
use crate::execute::evidence::Response;
use crate::suite::scenario::ResourceRule;
use crate::words::fhir::AppointmentStatus;
use crate::words::json::same_instant;

/// The codes of Appointment.participant.status (FHIR R4 value set ParticipationStatus).
const PARTICIPATION: [&str; 4] = ["accepted", "declined", "tentative", "needs-action"];

/// Whether a place is one of contained resources, and holds what none may: contained resources of its own, a version, a
/// time of change or security labels (dom-2, dom-4, dom-5). What a server makes of that is no matter of what was asked for
/// (reading C-39).
pub(super) fn is_wrongly_contained(resource: &Value, pointer: &str) -> bool {
    let Some(below) = pointer.strip_prefix("/contained") else { return false };
    let place = below.strip_prefix('/').and_then(|below| below.split('/').next());
    let contained = resource.get("contained").and_then(Value::as_array).into_iter().flatten().enumerate();
    let mut concerned = contained.filter(|(number, _)| place.is_none_or(|place| place == number.to_string()));
    concerned.any(|(_, contained)| {
        let forbidden = ["/contained", "/meta/versionId", "/meta/lastUpdated", "/meta/security"];
        forbidden.iter().any(|member| contained.pointer(member).is_some())
    })
}

/// Judges a rule of the base specification on an Appointment.
pub(super) fn rule<'a>(rule: ResourceRule, received: &'a Response, bodies: &Bodies<'a>) -> CheckResult {
    let Some(resource) = bodies.json(&received.body).filter(|body| body.is_object()) else {
        let why = match received.unread() {
            Some(unread) => format!("the read gave no JSON resource: a body {}", unread.in_words()),
            None => "the read gave no JSON resource".to_owned(),
        };
        return CheckResult::Undecided(why);
    };
    let text = |member: &str| resource.get(member).and_then(Value::as_str);
    let participants = || resource.get("participant").and_then(Value::as_array).into_iter().flatten();
    let status = text("status");
    match rule {
        ResourceRule::StatusInValueSet => {
            let known = status.is_some_and(|status| status.parse::<AppointmentStatus>().is_ok());
            CheckResult::of(known, "one of the ten codes of Appointment.status", shown(resource.get("status")))
        }
        ResourceRule::ParticipantStatusInValueSet => {
            let wrong = participants()
                .map(|participant| participant.get("status"))
                .find(|status| !status.and_then(Value::as_str).is_some_and(|status| PARTICIPATION.contains(&status)));
            match wrong {
                None => CheckResult::Holds,
                Some(status) => CheckResult::of(false, "each participant.status one of the four codes", shown(status)),
            }
        }
        ResourceRule::ParticipantHasTypeOrActor => {
            let bare = participants()
                .any(|participant| participant.get("type").is_none() && participant.get("actor").is_none());
            CheckResult::of(!bare, "each participant with a type or an actor (app-1)", "a participant with neither")
        }
        ResourceRule::StartAndEndTogether => {
            let (start, end) = (text("start").is_some(), text("end").is_some());
            let found = if start { "start without end" } else { "end without start" };
            CheckResult::of(start == end, "start and end together or not at all (app-2)", found)
        }
        ResourceRule::StartUnlessOpen => {
            let open = matches!(status, Some("proposed" | "cancelled" | "waitlist"));
            let both = text("start").is_some() && text("end").is_some();
            CheckResult::of(
                both || open,
                "start and end, unless proposed, cancelled or waitlist (app-3)",
                format!("no start and end in status {}", status.unwrap_or("none")),
            )
        }
        ResourceRule::ReasonOnlyWhenCancelled => {
            let gone = matches!(status, Some("cancelled" | "noshow"));
            CheckResult::of(
                resource.get("cancelationReason").is_none() || gone,
                "a cancelationReason only when cancelled or noshow (app-4)",
                format!("a cancelationReason in status {}", status.unwrap_or("none")),
            )
        }
        ResourceRule::HasVersion => {
            let version = resource.get("meta").and_then(|meta| meta.get("versionId")).and_then(Value::as_str);
            CheckResult::of(
                received.header("etag").is_some() || version.is_some(),
                "an ETag or meta.versionId",
                "neither",
            )
        }
    }
}

/// Whether `part` is found in `whole`: objects may have more members, lists may have more elements.
pub(super) fn contains(whole: &Value, part: &Value) -> bool {
    matches(whole, part)
        || match whole {
            Value::Object(members) => members.values().any(|member| contains(member, part)),
            Value::Array(items) => items.iter().any(|item| contains(item, part)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

fn matches(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|member| matches(member, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            part.iter().all(|value| whole.iter().any(|item| matches(item, value)))
        }
        (Value::String(whole), Value::String(part)) => whole == part || same_instant(whole, part),
        _ => whole == part,
    }
}

/// A value for a message, not too long.
pub(super) fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    if text.chars().count() > 200 { format!("{}…", text.chars().take(200).collect::<String>()) } else { text }
}
