//! Checks of what changed between the reads around a request.

use serde_json::Value;

use super::view::{Beside, CheckView};
use crate::execute::evidence::{Exchange, Moving};
use crate::judge::bodies::Bodies;
use crate::judge::resource;
use crate::judge::verdict::CheckResult;
use crate::words::json::within;

/// Nothing changed but these places.
pub(super) fn only(allowed: &[String], view: &CheckView<'_, '_>) -> CheckResult {
    between(view, |before, after| {
        let strange: Vec<String> = view
            .moving
            .differences(before, after)
            .into_iter()
            .filter(|pointer| !allowed.iter().any(|allowed| within(pointer, allowed)))
            .collect();
        CheckResult::of(
            strange.is_empty(),
            format!("nothing changed but {}", allowed.join(", ")),
            format!("changed too: {}", strange.join(", ")),
        )
    })
}

/// Each of these places changed.
pub(super) fn each(pointers: &[String], view: &CheckView<'_, '_>) -> CheckResult {
    between(view, |before, after| {
        match pointers.iter().find(|pointer| before.pointer(pointer) == after.pointer(pointer)) {
            None => CheckResult::Holds,
            Some(pointer) => CheckResult::of(
                false,
                format!("another {pointer} than before"),
                format!("{pointer} = {} as before", resource::shown(after.pointer(pointer))),
            ),
        }
    })
}

/// No content changed; what is derived may have.
pub(super) fn same_content(view: &CheckView<'_, '_>) -> CheckResult {
    between(view, |before, after| {
        let changed = content_changes(view.moving, before, after);
        CheckResult::of(changed.is_empty(), "the same content as before", format!("changed: {}", changed.join(", ")))
    })
}

/// The appointment that no step addresses is as it was.
pub(super) fn bystander(view: &CheckView<'_, '_>) -> CheckResult {
    match view.bystander {
        Some(bystander) => beside(bystander, view.bodies, view.moving),
        None => CheckResult::Undecided("no appointment was left to watch".to_owned()),
    }
}

/// A refused request changes neither content nor version nor lastUpdated (APPT-ATOM-01).
pub(super) fn unchanged(view: &CheckView<'_, '_>) -> CheckResult {
    let (Some(before), Some(after)) = (view.before, view.first_after) else { return CheckResult::Void };
    let (Some(old), Some(new)) = (view.bodies.resource(Some(before)), view.bodies.resource(Some(after))) else {
        return CheckResult::Undecided("the appointment could not be read before and after".to_owned());
    };
    let tag = |exchange: &Exchange| exchange.received().and_then(|received| received.header("etag")).map(str::to_owned);
    // Narratives and the flags that say what may be done next are derived and may be made again on each read.
    let changed: Vec<String> =
        view.moving.differences(&old, &new).into_iter().filter(|pointer| !within(pointer, "/text")).collect();
    if !changed.is_empty() {
        let first: Vec<String> = changed
            .iter()
            .take(4)
            .map(|pointer| {
                format!(
                    "{pointer} {} → {}",
                    resource::shown(old.pointer(pointer)),
                    resource::shown(new.pointer(pointer))
                )
            })
            .collect();
        return CheckResult::Broken {
            expected: "the appointment exactly as before".to_owned(),
            found: first.join("; "),
        };
    }
    CheckResult::of(
        tag(before) == tag(after),
        format!("ETag {} as before", tag(before).unwrap_or_default()),
        format!("ETag {}", tag(after).unwrap_or_default()),
    )
}

/// Whether another appointment is as it was.
pub(in crate::judge) fn beside<'e>(bystander: Beside<'e>, bodies: &Bodies<'e>, moving: &Moving) -> CheckResult {
    let (before, after) = (bodies.resource(Some(bystander.before)), bodies.resource(Some(bystander.after)));
    let expected = format!("Appointment/{}, which no request addressed, as it was", bystander.id);
    match (before, after) {
        (Some(before), Some(after)) => {
            let changed = moving.differences(&before, &after);
            CheckResult::of(changed.is_empty(), expected, format!("changed: {}", changed.join(", ")))
        }
        (Some(_), None) => {
            let status = bystander.after.status();
            match status {
                Some(status) if status.is_client_error() && status.get() != 429 => {
                    CheckResult::of(false, expected, format!("reading it gives {status}"))
                }
                Some(_) | None => CheckResult::Undecided("the other appointment could not be read again".to_owned()),
            }
        }
        (None, _) => CheckResult::Undecided("the other appointment could not be read".to_owned()),
    }
}

/// Whether two reads show the same content, whatever their versions are.
pub(in crate::judge) fn changed_nothing<'a>(
    bodies: &Bodies<'a>,
    moving: &Moving,
    before: Option<&'a Exchange>,
    after: Option<&'a Exchange>,
) -> bool {
    match (bodies.resource(before), bodies.resource(after)) {
        (Some(before), Some(after)) => content_changes(moving, &before, &after).is_empty(),
        _ => false,
    }
}

/// The places outside the version and the narrative in which two reads differ.
fn content_changes(moving: &Moving, before: &Value, after: &Value) -> Vec<String> {
    let differences = moving.differences(before, after).into_iter();
    differences.filter(|pointer| !within(pointer, "/meta") && !within(pointer, "/text")).collect()
}

fn between(view: &CheckView<'_, '_>, judge: impl FnOnce(&Value, &Value) -> CheckResult) -> CheckResult {
    match (view.bodies.resource(view.before), view.bodies.resource(view.after)) {
        (Some(before), Some(after)) => judge(&before, &after),
        _ => CheckResult::Undecided("the appointment could not be read before and after".to_owned()),
    }
}
