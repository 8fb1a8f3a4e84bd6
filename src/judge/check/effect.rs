//! Checks of what one accepted document did: its effect, and that what it does not name stayed as it was.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::Value;

use super::view::CheckView;
use crate::execute::evidence::Moving;
use crate::judge::resource::{is_wrongly_contained, shown};
use crate::judge::verdict::CheckResult;
use crate::model::{Predicted, predict};
use crate::suite::scenario::OnlyNamed;
use crate::words::json::within;

/// The reads around an accepted document, and what the base specification makes of the first of them.
struct Carried {
    before: Rc<Value>,
    after: Rc<Value>,
    predicted: Predicted,
}

/// What the document makes of the places that it names is what the read afterwards shows there (APPT-BASE-32).
pub(super) fn has_effect(view: &CheckView<'_, '_>) -> CheckResult {
    let carried = match carried(view) {
        Ok(carried) => carried,
        Err(result) => return result,
    };
    let Carried { before, after, predicted } = carried;
    let Some(resource) = &predicted.resource else { return CheckResult::Void };
    let Some(pointer) = missed(&predicted, resource, &after, view.moving) else { return CheckResult::Holds };
    let as_before = before.pointer(&pointer) == after.pointer(&pointer);
    CheckResult::Broken {
        expected: format!("{pointer} = {} in the next read", shown(resource.pointer(&pointer))),
        found: format!(
            "{}: {pointer} = {}{}",
            view.received.status,
            shown(after.pointer(&pointer)),
            if as_before { " as before" } else { "" }
        ),
    }
}

/// The first place that a document names and that is not as it makes it; `resource` is what it makes of all.
pub(super) fn missed(predicted: &Predicted, resource: &Value, after: &Value, moving: &Moving) -> Option<String> {
    moving.differences(resource, after).into_iter().find(|pointer| {
        // What a server adds to a value, such as a display, takes nothing from it.
        let added = resource.pointer(pointer).is_none() && predicted.named.iter().any(|named| is_below(pointer, named));
        named(predicted, pointer) && !is_left_to_others(resource, pointer) && !added
    })
}

/// What the document does not name is as it was, apart from what follows and from what moves by itself (APPT-ATOM-06).
pub(super) fn only_named(rule: &OnlyNamed, view: &CheckView<'_, '_>) -> CheckResult {
    let carried = match carried(view) {
        Ok(carried) => carried,
        Err(result) => return result,
    };
    let Carried { before, after, predicted } = carried;
    let follows = rule.follows.iter().filter(|(cause, _)| predicted.named.iter().any(|named| within(named, cause)));
    let free: Vec<&str> =
        rule.besides.iter().chain(follows.flat_map(|(_, derived)| derived)).map(String::as_str).collect();
    // An element that was taken out or put in moves those behind it, as the document says.
    let reference = predicted.resource.as_ref().map_or(Cow::Borrowed(&*before), Cow::Borrowed);
    let strange: Vec<String> = view
        .moving
        .differences(&reference, &after)
        .into_iter()
        .filter(|pointer| !named(&predicted, pointer) && !free.iter().any(|free| within(pointer, free)))
        .collect();
    let list = |pointers: &mut dyn Iterator<Item = &str>| pointers.collect::<Vec<_>>().join(", ");
    let allowed = list(&mut predicted.named.iter().map(String::as_str).chain(free.iter().copied()));
    let found = strange
        .iter()
        .take(4)
        .map(|pointer| format!("{pointer} {} → {}", shown(reference.pointer(pointer)), shown(after.pointer(pointer))));
    CheckResult::of(
        strange.is_empty(),
        format!("nothing changed but {allowed}"),
        format!("changed too: {}", found.collect::<Vec<_>>().join("; ")),
    )
}

fn carried(view: &CheckView<'_, '_>) -> Result<Carried, CheckResult> {
    let unread = || CheckResult::Undecided("the appointment could not be read before and after".to_owned());
    let document = view.bodies.json(&view.exchange.request.body).ok_or(CheckResult::Void)?;
    let before = view.bodies.resource(view.before).ok_or_else(unread)?;
    let after = view.bodies.resource(view.after).ok_or_else(unread)?;
    let predicted = predict(&before, &document).ok_or(CheckResult::Void)?;
    Ok(Carried { before, after, predicted })
}

/// Whether other rules are about a place: those about the version, about what the resource is and about what is valid.
pub(super) fn is_left_to_others(resource: &Value, pointer: &str) -> bool {
    let others = ["/meta", "/id", "/resourceType"];
    others.iter().any(|other| within(pointer, other)) || is_wrongly_contained(resource, pointer)
}

/// Whether a difference lies at or below a place that the document names, or takes one with it.
pub(super) fn named(predicted: &Predicted, pointer: &str) -> bool {
    predicted.named.iter().any(|named| within(pointer, named) || is_below(named, pointer))
}

fn is_below(pointer: &str, other: &str) -> bool {
    pointer != other && within(pointer, other)
}
