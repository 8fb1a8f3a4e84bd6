//! Faults in what one command or one operation does.

use serde_json::{Value, json};

use crate::reference::appointment::{Room, change_link};
use crate::reference::operation::DocumentOperation;
use crate::suite::contract::{CommandName, PatchOp};

/// The link for the provider's room is given to the patient's, and the reverse.
pub(super) fn swap_links(name: CommandName, appointment: &mut Value, value: &Value) -> bool {
    let for_provider = matches!(name, CommandName::AddProviderLink | CommandName::ReplaceProviderLink);
    let for_patient = matches!(name, CommandName::AddPatientLink | CommandName::ReplacePatientLink);
    if for_provider || for_patient {
        let room = if for_provider { Room::Patient } else { Room::Provider };
        change_link(appointment, room, |contact| {
            contact.insert("value".to_owned(), value.clone());
        });
    }
    for_provider || for_patient
}

/// The path of the patient's participation makes a new member.
pub(super) fn store_virtual_path(name: CommandName, appointment: &mut Value, value: &Value) -> bool {
    if name == CommandName::SetPatientStatus {
        appointment["patient-status"] = value.clone();
    }
    name == CommandName::SetPatientStatus
}

/// The coding of a booking reason and the text of a cancelation reason are stored.
pub(super) fn keep_ignored_parts(name: CommandName, appointment: &mut Value, value: &Value) -> bool {
    let reason = if name == CommandName::SetReason { value.get(0) } else { None };
    if let Some(reason) = reason {
        appointment["reasonCode"] = json!([reason]);
    }
    if name == CommandName::SetCancelationReason {
        appointment["cancelationReason"] = value.clone();
    }
    reason.is_some() || name == CommandName::SetCancelationReason
}

/// A `test` of a member that is there, whatever it holds.
pub(super) fn is_test_of_something(document: &Value, operation: &DocumentOperation) -> bool {
    operation.op == PatchOp::Test && document.pointer(&operation.path).is_some()
}

/// An `add` below a member that is not there.
pub(super) fn adds_below_nothing(document: &Value, operation: &DocumentOperation) -> bool {
    let parent = operation.path.rsplit_once('/').map(|(parent, _)| parent);
    operation.op == PatchOp::Add && parent.is_some_and(|parent| document.pointer(parent).is_none())
}

/// A `replace` of a member that is not there.
pub(super) fn replaces_nothing(document: &Value, operation: &DocumentOperation) -> bool {
    operation.op == PatchOp::Replace && document.pointer(&operation.path).is_none()
}
