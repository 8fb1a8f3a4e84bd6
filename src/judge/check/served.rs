//! The check of what is served after a patch that may leave no valid Appointment (reading C-39).

use serde_json::Value;

use super::view::CheckView;
use crate::judge::resource::{holds, shown};
use crate::judge::verdict::CheckResult;
use crate::model::{new_faults, predict};
use crate::suite::contract::StructureKind;
use crate::suite::scenario::ResourceRule;

/// The rule holds of the appointment read back. A value of another JSON type that the server turned into a valid one is let
/// pass with a warning.
pub(super) fn served(rule: ResourceRule, view: &CheckView<'_, '_>) -> CheckResult {
    let Some(after) = view.bodies.resource(view.after) else {
        return CheckResult::Undecided("the appointment could not be read back".to_owned());
    };
    let result = holds(rule, &after);
    match (rule, &result) {
        (ResourceRule::Structure, CheckResult::Holds) if view.received.status.is_success() => {
            turned(&after, view).unwrap_or(result)
        }
        _ => result,
    }
}

/// A value of another JSON type than the element's, in the place of which a valid one is served that was not there before.
fn turned(after: &Value, view: &CheckView<'_, '_>) -> Option<CheckResult> {
    let before = view.bodies.resource(view.before)?;
    let document = view.bodies.json(&view.exchange.request.body)?;
    let made = predict(&before, &document)?.invalid?;
    let of_type = new_faults(&before, &made).into_iter().filter(|fault| fault.kind == StructureKind::JsonType);
    let is_new = |pointer: &str| after.pointer(pointer).is_some() && after.pointer(pointer) != before.pointer(pointer);
    let fault = of_type.into_iter().find(|fault| is_new(&fault.pointer))?;
    Some(CheckResult::Tolerated {
        expected: format!("{} rejected: {}", shown(made.pointer(&fault.pointer)), fault.expected),
        found: format!("{}: {} = {}", view.received.status, fault.pointer, shown(after.pointer(&fault.pointer))),
    })
}
