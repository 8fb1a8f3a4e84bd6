//! Faults that write something else than was asked for.

use serde_json::Value;

use crate::reference::appointment::status;
use crate::reference::store::Draft;

/// Nothing changes.
pub(super) fn forget(draft: &mut Draft, before: &Value) {
    *draft = Draft::of(before.clone());
}

/// The end of the appointment is lost.
pub(super) fn drop_end(draft: &mut Draft, _before: &Value) {
    if let Some(members) = draft.resource.as_object_mut() {
        members.remove("end");
    }
}

/// The actor of the last participant is lost.
pub(super) fn bare_participant(draft: &mut Draft, _before: &Value) {
    let last = draft.resource["participant"].as_array_mut().and_then(|list| list.last_mut());
    if let Some(Value::Object(last)) = last {
        last.remove("actor");
    }
}

/// The participants come in the opposite order.
pub(super) fn turn_participants_round(draft: &mut Draft, _before: &Value) {
    if let Some(participants) = draft.resource["participant"].as_array_mut() {
        participants.reverse();
    }
}

/// The narrative stays as it was when the status changes.
pub(super) fn keep_narrative(draft: &mut Draft, before: &Value) {
    if status(before) != status(&draft.resource)
        && let Some(narrative) = before.get("text")
    {
        draft.resource["text"] = narrative.clone();
    }
}
