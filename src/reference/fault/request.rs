//! Faults that misread a request, or the table it is held against.

use serde_json::Value;

use crate::reference::call::Call;
use crate::suite::contract::{PatchCommand, ValueShape};
use crate::words::fhir::EntityTag;

/// The wish that a POST be read as a PATCH is not seen.
pub(super) fn without_method_override(call: &mut Call) {
    call.headers.remove("x-http-method-override");
    call.query.retain(|(name, _)| name != "_method");
}

/// The resource type in the path is read without regard to case.
pub(super) fn with_usual_case(call: &mut Call) {
    let mut parts: Vec<&str> = call.path.split('/').collect();
    // The path begins with a slash, so the type is the third part: nothing, the base, the type.
    if let Some(kind) = parts.get_mut(2).filter(|kind| kind.eq_ignore_ascii_case("Appointment")) {
        *kind = "Appointment";
    }
    call.path = parts.join("/");
}

/// A PATCH that changes the id is one of the appointment which that id names.
pub(super) fn follow_id(call: &mut Call) {
    let Some(body) = call.body.as_ref().filter(|_| call.method.as_str() == "PATCH") else { return };
    let Ok(document) = serde_json::from_slice::<Value>(body) else { return };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let named = |operation: &Value| match operation["path"].as_str()? {
        "/id" => text(&operation["value"]),
        "" => text(&operation["value"]["id"]),
        _ => None,
    };
    let id = document.as_array().and_then(|operations| operations.iter().find_map(named));
    if let (Some(id), Some((parent, _))) = (id, call.path.rsplit_once('/')) {
        call.path = format!("{parent}/{id}");
    }
}

/// A later version than the current one passes for the current one.
pub(super) fn take_later_for_current(tags: &mut Vec<EntityTag>, current: Option<&EntityTag>) {
    let number = |tag: &EntityTag| tag.opaque().parse::<u64>().ok();
    let Some((current, latest)) = current.and_then(|current| Some((current, number(current)?))) else { return };
    for tag in tags {
        if number(tag).is_some_and(|claimed| claimed > latest) {
            *tag = current.clone();
        }
    }
}

/// A tag that is the number of the current one passes for it, whatever zeros and signs stand before it; a strong one for a
/// strong one.
pub(super) fn read_tags_as_numbers(tags: &mut Vec<EntityTag>, current: Option<&EntityTag>) {
    let number = |tag: &EntityTag| tag.opaque().parse::<f64>().ok();
    for tag in tags {
        if let Some(current) = current.filter(|current| number(current).is_some() && number(current) == number(tag)) {
            *tag = in_form_of(tag, current);
        }
    }
}

/// The current tag, weak or strong as the one sent.
pub(super) fn in_form_of(sent: &EntityTag, current: &EntityTag) -> EntityTag {
    let strong = || format!("\"{}\"", current.opaque()).parse().ok();
    let form = if sent.is_weak() { None } else { strong() };
    form.unwrap_or_else(|| current.clone())
}

/// A tag that begins with the current one passes for it.
pub(super) fn take_longer_for_current(tags: &mut Vec<EntityTag>, current: Option<&EntityTag>) {
    for tag in tags {
        if let Some(current) = current.filter(|current| tag.opaque().starts_with(current.opaque())) {
            *tag = in_form_of(tag, current);
        }
    }
}

/// A weak tag matches nothing, and its strong form in its place.
pub(super) fn take_strong_form_alone(tags: &mut Vec<EntityTag>, _: Option<&EntityTag>) {
    tags.retain(|tag| !tag.is_weak());
    for tag in tags {
        if let Some(weak) = EntityTag::weak(tag.opaque()) {
            *tag = weak;
        }
    }
}

/// A link may be longer or shorter than the table says.
pub(super) fn change_link_length(command: &mut PatchCommand, by: isize) {
    if let ValueShape::Link { at_most } = &mut command.value {
        *at_most = at_most.saturating_add_signed(by);
    }
}
