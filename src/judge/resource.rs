//! Rules about an Appointment as it was read, and whether a part is found in it.

use serde_json::Value;

use super::bodies::Bodies;
use super::verdict::CheckResult;
use crate::execute::evidence::Response;
use crate::model::{ResourceBreach, check_resource};
use crate::suite::scenario::ResourceRule;
use crate::words::json::same_instant;
pub(super) use crate::words::json::shown;

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
    if rule == ResourceRule::HasVersion {
        let version = resource.get("meta").and_then(|meta| meta.get("versionId")).and_then(Value::as_str);
        let has = received.header("etag").is_some() || version.is_some();
        return CheckResult::of(has, "an ETag or meta.versionId", "neither");
    }
    holds(rule, &resource)
}

/// A rule about what an Appointment holds.
pub(super) fn holds(rule: ResourceRule, resource: &Value) -> CheckResult {
    match check_resource(rule, resource) {
        Ok(()) => CheckResult::Holds,
        Err(ResourceBreach { expected, found }) => CheckResult::Broken { expected, found },
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
